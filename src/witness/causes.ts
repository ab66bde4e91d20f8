/** Why a witness is asked: what a report lacks, with the time of it. */
import { DAY, HOUR } from '../base/clock.ts';
import { append, firstNotBefore } from '../base/lists.ts';
import { CATALOGUE, findingSpan } from '../findings/catalogue.ts';
import type { Finding, FindingCode } from '../findings/finding.ts';
import { findingPlace } from '../render/facts/findings.ts';
import type { Report } from '../report/report.ts';

/** Why a time is asked about: no digest proves it, or a log file of it is missing, changed or unread. Milliseconds since the epoch. */
export type Cause = CauseTime &
  (
    | { readonly kind: 'uncovered'; readonly reason: FindingCode }
    | { readonly kind: 'finding'; readonly code: FindingCode; readonly uri: string }
  );

interface CauseTime {
  readonly chain: string;
  readonly from: number;
  readonly to: number;
  /** The end of the time that is asked about: later than `to` where nothing after it is proven either. */
  readonly until: number;
}

/** Events are delivered within minutes, and sometimes later: those of the hour before belong to the first files of a time. */
export const LEAD: number = HOUR;

/** The time before the end of a window that is asked about where nobody knows when a chain began: as long as the event history goes back. */
const UNKNOWN_BEGINNING = 90 * DAY;

/** Gives the causes that a time of an event can belong to, in their order: those whose files may hold it. */
export function causesByTime(causes: readonly Cause[]): (time: number) => readonly Cause[] {
  // By how long they are: then few must be looked at that begin soon enough, and end too early.
  const lengths = new Map<number, { readonly cause: Cause; readonly place: number }[]>();
  for (const [place, cause] of causes.entries()) {
    const length = 2 ** Math.ceil(Math.log2(Math.max(HOUR, cause.until - cause.from)));
    const same = lengths.get(length);
    if (same === undefined) lengths.set(length, [{ cause, place }]);
    else same.push({ cause, place });
  }
  for (const same of lengths.values()) same.sort((one, other) => one.cause.from - other.cause.from);
  return (time) => {
    const found: { readonly cause: Cause; readonly place: number }[] = [];
    for (const [length, same] of lengths) {
      const begin = firstNotBefore(same, ({ cause }) => cause.from < time - length);
      const end = firstNotBefore(same, ({ cause }) => cause.from - LEAD <= time);
      append(
        found,
        same.slice(begin, end).filter(({ cause }) => time <= cause.until),
      );
    }
    return found.sort((one, other) => one.place - other.place).map(({ cause }) => cause);
  };
}

/** What a report lacks: times that no digest proves, files of which nothing proven is left, and chains that are gone whole. */
export function* causesOf(report: Report): Generator<Cause> {
  yield* timesAndFiles(report);
  yield* wholeChains(report);
}

function* timesAndFiles(report: Report): Generator<Cause> {
  const { window, findings, overflowFindings } = report;
  const lasts = new Map(report.chains.map(({ id, last }) => [id, last === null ? 0 : Date.parse(last)]));
  const end = Date.parse(window.requested.to);
  /** Where the newest digests are not proven, nobody knows how many there were. */
  const untilOf = (chain: string, to: number): number =>
    to >= (lasts.get(chain) ?? 0) ? Math.max(to, end) : to;
  for (const { chain, from, to, reason } of window.uncovered) {
    const time = { from: Date.parse(from), to: Date.parse(to) };
    yield { kind: 'uncovered', chain, reason, ...time, until: untilOf(chain, time.to) };
  }
  for (const finding of findings) {
    const span = isLost(finding) ? findingSpan(finding) : undefined;
    if (span === undefined) continue;
    const { code, chain = '', object } = finding;
    const time = { from: Date.parse(span.from), to: Date.parse(span.to) };
    const until = CATALOGUE[code].subject === 'digest' ? untilOf(chain, time.to) : time.to;
    yield { kind: 'finding', code, chain, uri: object.uri, ...time, until };
  }
  // Their objects are in another file; the times are in the report.
  for (const { code, weight, chain = '', from, to } of overflowFindings?.counts ?? []) {
    if (!isLost({ code, weight }) || from === undefined || to === undefined) continue;
    const time = { from: Date.parse(from) - HOUR, to: Date.parse(to) };
    yield { kind: 'finding', code, chain, uri: overflowFindings?.path ?? '', ...time, until: time.to };
  }
}

/**
 * Whether a finding is about a log file or digest of which nothing proven is left. A file that nobody named has no part of its own in any
 * time. A digest may be missing before the time that the report knows to be uncovered, where it was the first of its chain.
 */
function isLost({ code, weight }: Pick<Finding, 'code' | 'weight'>): boolean {
  const { subject, counts } = CATALOGUE[code];
  return (subject === 'log' || subject === 'digest') && counts !== 'unlisted' && weight !== 'note';
}

/** Where a time begins of which everything is gone, in a report whose window has no beginning; undefined for any other report. */
export function unknownBeginning({ window: { requested } }: Report): number | undefined {
  return requested.from === null ? Date.parse(requested.to) - UNKNOWN_BEGINNING : undefined;
}

/** Chains of which nothing at all is proven, over the whole window; and days that hold fewer files than before. */
function* wholeChains(report: Report): Generator<Cause> {
  const { findings, chains, window } = report;
  const to = Date.parse(window.requested.to);
  const from = unknownBeginning(report) ?? Date.parse(window.requested.from ?? '');
  const time = { from, to, until: to };
  for (const finding of findings) {
    if (finding.weight === 'note') continue;
    const gone = goneTime(finding, time);
    if (gone === undefined) continue;
    const { code, object } = finding;
    const { account = '', region = '' } = findingPlace(finding);
    yield { kind: 'finding', code, chain: finding.chain ?? `${account}/${region}`, uri: object.uri, ...gone };
  }
  // Backfill digests repeat hours of a chain: they have no time of their own.
  const proven = new Set(
    chains.flatMap(({ id, kind, last }) => (kind === 'standard' && last === null ? [] : [id])),
  );
  const unproven = new Map<string, FindingCode>();
  for (const { chain, code, weight } of findings)
    if (chain !== undefined && weight !== 'note' && !proven.has(chain) && !unproven.has(chain))
      unproven.set(chain, code);
  for (const { id } of chains) if (!proven.has(id) && !unproven.has(id)) unproven.set(id, 'NOTHING_VERIFIED');
  for (const [chain, reason] of unproven) yield { kind: 'uncovered', chain, reason, ...time };
}

type Time = Pick<CauseTime, 'from' | 'to' | 'until'>;

/** The time of which a finding says that everything, or more than it names, is gone; undefined for one that says no such thing. */
function goneTime(finding: Finding, whole: Time): Time | undefined {
  if (finding.code === 'CHAIN_ABSENT' || finding.code === 'CHAIN_VANISHED') return whole;
  if (finding.code !== 'LISTING_SHRUNK') return undefined;
  const from = Date.parse(finding.evidence.day);
  const to = from + DAY - 1;
  return { from, to, until: to };
}
