/** What a witness is asked: the times of a report in which a file or the proof of it is lacking, by account and Region. */
import { HOUR } from '../base/clock.ts';
import { isAccountId, isRegionName } from '../base/names.ts';
import { CATALOGUE, findingSpan } from '../findings/catalogue.ts';
import type { Finding, FindingCode } from '../findings/finding.ts';
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

/** A stretch of time in milliseconds since the epoch, both ends inclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is asked of one account and Region. */
export interface PlaceQuestion {
  readonly account: string;
  readonly region: string;
  /** In order of time; they neither touch nor overlap. */
  readonly stretches: readonly Stretch[];
  readonly causes: readonly Cause[];
  /** Whether there may be files of Insights events. */
  readonly hasInsights: boolean;
  /** The trails that deliver from there, by their names and home Regions. */
  readonly trails: readonly TrailName[];
}

/** A trail as chains name it. */
export interface TrailName {
  readonly trail: string;
  readonly homeRegion: string;
  /** The organization that it belongs to; undefined for an account's own. */
  readonly organization?: string | undefined;
}

/** Events are delivered within minutes, and sometimes later: those of the hour before belong to the first files of a time. */
export const LEAD: number = HOUR;

/**
 * The questions of a report, in order of account and Region: about the times that it lacks, or, with `all`, about all of its window.
 * Nothing is asked about times after `now`.
 */
export function questionsOf(report: Report, all: boolean, now: number): readonly PlaceQuestion[] {
  const places = new Map<string, { causes: Cause[]; stretches: Stretch[] }>();
  const placeOf = (chain: string) => {
    const [account = '', region = ''] = chain.split('/');
    if (!isAccountId(account) || !isRegionName(region)) return undefined;
    const id = `${account}/${region}`;
    const place = places.get(id) ?? { causes: [], stretches: [] };
    places.set(id, place);
    return place;
  };
  for (const cause of [...causesOf(report)]) {
    const place = placeOf(cause.chain);
    place?.causes.push(cause);
    place?.stretches.push({ from: cause.from - LEAD, to: cause.until });
  }
  if (all) {
    const { from, to } = report.window.requested;
    for (const { id, first, last, kind } of report.chains) {
      const begin = from ?? first;
      if (begin === null || last === null || kind !== 'standard') continue;
      // The youngest events of a chain are on their way to its next digest.
      const end = Math.min(Date.parse(to), Date.parse(last)) - LEAD;
      placeOf(id)?.stretches.push({ from: Date.parse(begin), to: end });
    }
  }
  // Of a chain whose files of Insights events are all gone, nobody knows that it had any.
  const hasInsights = !all || report.chains.some(({ families }) => (families.insights ?? 0) > 0);
  return [...places]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, { causes, stretches }]) => {
      const [account = '', region = ''] = id.split('/');
      return {
        account,
        region,
        stretches: joined(stretches.map(({ from, to }) => ({ from, to: Math.min(to, now) }))),
        causes,
        hasInsights,
        trails: trailsOf(report, id),
      };
    })
    .filter(({ stretches }) => stretches.length > 0);
}

function trailsOf({ chains }: Report, place: string): readonly TrailName[] {
  const trails = chains
    .filter(({ account, region, kind }) => `${account}/${region}` === place && kind === 'standard')
    .map(({ trail, homeRegion, organization }) => ({ trail, homeRegion, organization }));
  return [...new Map(trails.map((one) => [JSON.stringify(one), one])).values()];
}

/** The causes that a time of an event can belong to: of those whose files may hold it. */
export function causesAt(causes: readonly Cause[], time: number): readonly Cause[] {
  return causes.filter(({ from, until }) => from - LEAD <= time && time <= until);
}

function* causesOf(report: Report): Generator<Cause> {
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

/** The stretches in order, those that touch made into one; those that end before they begin left out. */
function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const inOrder = stretches.filter(({ from, to }) => from <= to).sort((a, b) => a.from - b.from);
  const result: Stretch[] = [];
  for (const next of inOrder) {
    const last = result.at(-1);
    if (last === undefined || next.from > last.to) result.push(next);
    else result[result.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
  }
  return result;
}
