/** What an answer rests on: the report behind the events, the time that the question could see, and what of that is not covered. */
import { CLOUDTRAIL_BEGAN, HOUR, isoTime } from '../base/clock.ts';
import type { EventsDocument } from '../events/events-document.ts';
import type { Span } from '../findings/family.ts';
import type { Report } from '../report/report.ts';
import type { UncoveredTime } from './answer-document.ts';

/** The time of the events that are asked, by eventTime, in milliseconds since the epoch. */
export interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What of the range every chain covers by proven digests, and what is not covered, as ISO 8601. */
export interface Coverage {
  readonly covered: readonly Span[];
  readonly uncovered: readonly UncoveredTime[];
}

/**
 * Digests are of the time in which log files were delivered, some minutes after the events in them (user guide, "How CloudTrail
 * works": 5 minutes on average). What is missing within the hour after the range may have held events of it.
 */
const LATEST = HOUR;

/** A stretch of time in milliseconds since the epoch. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The coverage of a range, and of the hour after it; where it has no beginning or end, those of the window that the report is
 * about. A chain counts as it is: that its newest digest may be late, or that it had not begun, excuses a verdict and fills no gap.
 */
export function coverageOf(
  { window, chains }: Pick<Report, 'window' | 'chains'>,
  { from, to }: Range,
): Coverage {
  const standard = chains.filter(({ kind }) => kind === 'standard');
  const proven = standard.map(({ covered }) => covered.map(stretchOf));
  const asked = from ?? (window.requested.from === null ? undefined : Date.parse(window.requested.from));
  const first = firstOf(proven.flat());
  // Where nothing is proven either, nothing of all time is covered.
  const begin = asked ?? (Number.isFinite(first) ? first : CLOUDTRAIL_BEGAN);
  const end = to ?? Date.parse(window.requested.to);
  const range = { from: begin, to: end + LATEST };
  const uncovered = [
    ...(standard.length === 0 && begin < range.to
      ? [{ from: isoTime(begin), to: isoTime(range.to), chain: 'all', reason: 'NOTHING_VERIFIED' }]
      : []),
    ...edges(
      standard.map(({ id }, at) => [...(proven[at] ?? []), ...gapsOf(window, id)]),
      range,
      asked !== undefined || begin === CLOUDTRAIL_BEGAN,
    ),
    ...window.uncovered
      .filter((span) => overlaps(stretchOf(span), range))
      .map(({ from: first, to: last, chain, reason }) => ({ from: first, to: last, chain, reason })),
  ];
  return { covered: without({ from: begin, to: end }, uncovered.map(stretchOf)), uncovered };
}

/** Time before the first proven digest and after the newest, of all chains that lack some: their longest as one. */
function edges(
  chains: readonly (readonly Stretch[])[],
  range: Stretch,
  hasBegin: boolean,
): readonly UncoveredTime[] {
  const befores = chains
    .map((spans) => Math.min(range.to, firstOf(spans)))
    .filter((first) => hasBegin && first > range.from);
  // One without a digest lacks all of it, which is named once.
  const afters = chains
    .filter((spans) => spans.length > 0 || !hasBegin)
    .map((spans) => Math.max(range.from, lastOf(spans)))
    .filter((last) => last < range.to);
  const named = (count: number): string =>
    count === chains.length ? 'all' : `${count} of ${chains.length} chains`;
  return [
    ...(befores.length === 0
      ? []
      : [
          {
            from: isoTime(range.from),
            to: isoTime(Math.max(...befores)),
            chain: named(befores.length),
            reason: 'BEFORE_FIRST_DIGEST',
          },
        ]),
    ...(afters.length === 0
      ? []
      : [
          {
            from: isoTime(Math.min(...afters)),
            to: isoTime(range.to),
            chain: named(afters.length),
            reason: 'AFTER_NEWEST_DIGEST',
          },
        ]),
  ];
}

/** The gaps of a chain that the report names. */
function gapsOf({ uncovered }: Report['window'], id: string): readonly Stretch[] {
  return uncovered.filter(({ chain }) => chain === id).map(stretchOf);
}

function stretchOf({ from, to }: Span): Stretch {
  return { from: Date.parse(from), to: Date.parse(to) };
}

function overlaps(one: Stretch, other: Stretch): boolean {
  return one.to > other.from && one.from < other.to;
}

/** The first and the last moment of stretches; they may be too many to be arguments of a call. */
function firstOf(spans: readonly Stretch[]): number {
  return spans.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY);
}

function lastOf(spans: readonly Stretch[]): number {
  return spans.reduce((last, { to }) => Math.max(last, to), Number.NEGATIVE_INFINITY);
}

/** What is left of a stretch without gaps in it. */
function without(span: Stretch, gaps: readonly Stretch[]): readonly Span[] {
  const left: Span[] = [];
  let at = span.from;
  const keep = (to: number): void => {
    if (at < to) left.push({ from: isoTime(at), to: isoTime(to) });
  };
  for (const gap of gaps.toSorted((a, b) => a.from - b.from)) {
    keep(Math.min(gap.from, span.to));
    at = Math.max(at, gap.to);
  }
  keep(span.to);
  return left;
}

const WITNESS_WARNING =
  "The rows of witness_events are a witness's copies: no signature covers them, and they are not verified.";

/** Who signed a corroboration. */
interface WitnessSigner {
  readonly name: string;
  readonly isTrusted: boolean;
}

/** What is said of a corroboration; its signer is undefined where nobody signed it. */
function witnessWarnings(signer: WitnessSigner | undefined): readonly string[] {
  if (signer === undefined)
    return [WITNESS_WARNING, 'The corroboration is not signed: nothing shows that it is as it was made.'];
  if (signer.isTrusted) return [WITNESS_WARNING];
  const check = 'give the certificate with --trust to have that checked';
  return [WITNESS_WARNING, `The corroboration is signed by ${signer.name} (${check}).`];
}

/** Names that a sentence has of each kind at most. */
const MOST_NAMED = 5;

/** What a reader must know before the answer, in sentences: what the events of the export are not. */
export function answerWarnings(
  { unreadable }: EventsDocument,
  { scope, totals }: Pick<Report, 'scope' | 'totals'>,
  isSigned: boolean,
  undated: number,
  witness?: { readonly signer: WitnessSigner | undefined } | undefined,
): readonly string[] {
  const { invalid, missing, unproven } = totals.logs;
  const lacking = invalid + missing + unproven;
  const count = unreadable.length;
  return [
    ...(witness === undefined ? [] : witnessWarnings(witness.signer)),
    ...(isSigned ? [] : ['The export is not signed: nothing shows that it is as it was made.']),
    ...limitedTo(scope),
    ...(lacking === 0
      ? []
      : [
          `The events of ${lacking} log ${lacking === 1 ? 'file' : 'files'} are missing: digests name ${lacking === 1 ? 'it, and it is' : 'them, and they are'} altered, missing or unproven.`,
        ]),
    ...(count === 0
      ? []
      : [
          `The events of ${count} intact log ${count === 1 ? 'file' : 'files'} are missing, because ${count === 1 ? 'it holds' : 'they hold'} no records that can be read (see events.json).`,
        ]),
    ...(undated === 0
      ? []
      : [
          `${undated} ${undated === 1 ? 'event has' : 'events have'} no time in the form of CloudTrail: what is asked of a time may lack ${undated === 1 ? 'it' : 'them'}.`,
        ]),
  ];
}

/** What the run was narrowed to: what happened elsewhere has no rows. */
function limitedTo(scope: Report['scope']): readonly string[] {
  const parts = [
    named('account', scope?.accounts),
    named('Region', scope?.regions),
    named('trail', scope?.trails),
  ].filter((part) => part !== '');
  return parts.length === 0 ? [] : [`Only ${parts.join(', ')} was verified: events of others are missing.`];
}

function named(kind: string, names: readonly string[] | null | undefined): string {
  if (names === null || names === undefined || names.length === 0) return '';
  const rest = names.length - MOST_NAMED;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `${kind}${names.length === 1 ? '' : 's'} ${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
