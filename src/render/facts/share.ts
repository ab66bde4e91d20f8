import { smallest } from '../../base/lists.ts';
import { type Interval, subtract, union } from '../../chain/coverage.ts';
import { evidenceSpan, wasInterrupted } from '../../findings/catalogue.ts';
import type { Finding, FindingCode } from '../../findings/finding.ts';
import type { Report } from '../../report/report.ts';
import { countOf, enumerate, formatCount } from '../words.ts';
import { isOfQueriesOnly } from './queries.ts';
import { chainTimelines } from './timeline.ts';

/** Findings of chains that are not in the report's list, because nothing of them is there. */
const ABSENT: ReadonlySet<FindingCode> = new Set(['CHAIN_ABSENT', 'CHAIN_VANISHED']);

/**
 * The share of the asked time that is proven, in per cent with two decimals, rounded down: 100 only where all of it is.
 *
 * Over all standard chains in scope: the time asked about is the part of the window that a chain's digests cover, or that the
 * report calls uncovered; for a chain that is gone, or that is expected and has no digest, it is the whole window. The hours for which CloudTrail may
 * still deliver a digest are not asked about yet. Of this, time is proven that proven digests cover and that no violation and
 * nothing unproven is about: the hour of an altered log file is not. Time that a trusted checkpoint proves counts as proven.
 * Of a window without a beginning, the time of each chain is asked about from the first that is known of it: a digest that was found,
 * one that is missing, or one that was deleted and whose version AWS signed. Of a chain that is gone nobody knows that first one.
 * Findings that are about no chain's time, such as files that no digest lists, leave the share as it is: they are `outside`.
 */
export interface ProvenShare {
  readonly percent: number;
  /** What it is a share of. */
  readonly of: 'window' | 'since-first-digest';
  /** Chains that are there, or should be, and those of them of which nothing is there. */
  readonly chains: { readonly known: number; readonly gone: number };
  /** Findings that are not in it, but for notes: how many of each code, in the order of codes. */
  readonly outside: readonly { readonly code: FindingCode; readonly count: number }[];
}

/** Codes that the sentence names. */
const MOST_CODES = 3;

/** The share as sentences of plain text; of what is named by `of`, and what it leaves out. */
export function shareSentence(report: Report): string {
  const share = provenShare(report);
  if ('unknown' in share) return `Proven share: not known, for ${share.unknown}.`;
  const { percent, of } = share;
  const what = of === 'window' ? 'of the window' : "since each chain's first digest";
  return `Proven: ${percent === 100 ? '100' : percent.toFixed(2)} % ${what}${shareRest(share)}.`;
}

/** What else must be said with a share: chains that are gone and in it, findings that are not. Begins with its own mark. */
export function shareRest({ percent, chains: { known, gone }, outside }: ProvenShare): string {
  const total = outside.reduce((sum, { count }) => sum + count, 0);
  const named = outside.slice(0, MOST_CODES).map(({ code, count }) => `${formatCount(count)} ${code}`);
  if (outside.length > MOST_CODES) named.push(countOf(outside.length - MOST_CODES, 'other code'));
  const isGone = gone > 0 ? `; ${notThere(gone, known)}` : '';
  // Where nothing is proven there is nothing to set apart.
  if (total === 0 || percent === 0) return isGone;
  return `${isGone}. Not in this share: ${countOf(total, 'finding')} (${enumerate(named)})`;
}

function notThere(gone: number, known: number): string {
  return `${gone} of ${countOf(known, 'chain')} ${gone === 1 ? 'is' : 'are'} not there`;
}

/** The share; where it is not known how much was asked, the reason, as a clause. */
export function provenShare(report: Report): ProvenShare | { readonly unknown: string } {
  const { requested } = report.window;
  if (isOfQueriesOnly(report)) return { unknown: 'query results have no time to cover' };
  if (wasInterrupted(report.findings)) return { unknown: 'the run ended early' };
  const incomplete = report.findings.flatMap((one) => (one.code === 'DISCOVERY_INCOMPLETE' ? [one] : []));
  if (incomplete.length > 0)
    return {
      unknown: incomplete.every(({ evidence }) => evidence.refused !== undefined)
        ? `${countOf(incomplete.length, 'folder')} could not be listed`
        : 'the search for trails did not end',
    };
  if (requested.from !== null) return shareOf(report, Date.parse(requested.from), 'window');
  return shareOf(report, Number.NEGATIVE_INFINITY, 'since-first-digest');
}

function shareOf(
  report: Report,
  from: number,
  of: ProvenShare['of'],
): ProvenShare | { readonly unknown: string } {
  const { requested } = report.window;
  const window = { from, to: Date.parse(requested.to) };
  let asked = 0;
  let proven = 0;
  const drawn = withLateLogs(report);
  const timelines = chainTimelines(drawn);
  for (const { chain, stretches } of timelines) {
    const trusted = (chain.trustedFromCheckpoint ?? []).map(intervalOf);
    const found = [...stretches, ...trusted];
    const all = clip([...found, ...removedBefore(drawn, chain.id, found)], window);
    const known = all.length === 0 ? [window] : all;
    const troubled = stretches.filter(({ state }) => state !== 'verified');
    const good = [...stretches.filter(({ state }) => state === 'verified'), ...trusted];
    asked += lengthOf(known);
    proven += lengthOf(subtract(clip(good, window), troubled));
  }
  const gone = goneChains(report, drawn).size;
  const chains = { known: timelines.length + gone, gone };
  if (gone > 0) asked += gone * Math.max(0, window.to - window.from);
  // Nothing in a report from elsewhere bounds its times.
  if (asked === Number.POSITIVE_INFINITY)
    return {
      unknown:
        gone > 0
          ? `${notThere(gone, chains.known)}, and without --from nobody knows since when ${gone === 1 ? 'it' : 'they'} should be`
          : 'a chain has no proven digest, and without --from nobody knows since when it should',
    };
  if (!Number.isSafeInteger(asked)) return { unknown: 'the times of the report are no times' };
  const outside = findingsOutside(drawn, new Set(timelines.map(({ chain }) => chain.id)));
  if (asked === 0)
    return of === 'window' ? { percent: 0, of, chains, outside } : { unknown: 'no chain was found' };
  // Milliseconds of many chains times ten thousand are beyond what a number holds exactly.
  return { percent: Number((BigInt(proven) * 10_000n) / BigInt(asked)) / 100, of, chains, outside };
}

/** The chains of which nothing is there, by id, or by the folder that they should be in. `drawn` has backfill chains as their own. */
function goneChains(report: Report, drawn: Report): ReadonlySet<string> {
  const listed = new Set(report.chains.map(({ id }) => id));
  const removed = drawn.findings.filter(
    ({ code, weight, chain }) => isRemoved({ code, weight }) && !listed.has(chain ?? ''),
  );
  const absent = report.findings.filter(
    ({ code, chain, object }) =>
      ABSENT.has(code) &&
      !listed.has(chain ?? '') &&
      // The folder of a chain whose deleted digest is known is that chain's.
      (chain !== undefined || !removed.some((one) => one.object.uri.startsWith(object.uri))),
  );
  return new Set([...removed, ...absent].map(({ chain, object }) => chain ?? object.uri));
}

function isRemoved({ code, weight }: Pick<Finding, 'code' | 'weight'>): boolean {
  return code === 'DIGEST_REMOVED' && weight !== 'note';
}

/** The time between deleted digests of a chain that AWS had signed, and what is known of it after them. */
function removedBefore({ findings }: Report, id: string, known: readonly Interval[]): readonly Interval[] {
  return findings.flatMap((finding) => {
    if (finding.code !== 'DIGEST_REMOVED' || finding.chain !== id || !isRemoved(finding)) return [];
    const from = Date.parse(finding.time ?? '');
    const later = known.flatMap((one) => (one.from > from ? [one.from] : []));
    // Anybody can give a version the name of an old digest: only AWS's signature shows that the chain was that old.
    return finding.evidence.expected === undefined || later.length === 0
      ? []
      : [{ from, to: smallest(later) }];
  });
}

/** The findings that the time of no chain shows. */
function findingsOutside(report: Report, chains: ReadonlySet<string>): ProvenShare['outside'] {
  const counts = new Map<FindingCode, number>();
  const add = (code: FindingCode, count: number): void => {
    counts.set(code, (counts.get(code) ?? 0) + count);
  };
  for (const finding of report.findings) if (!isInShare(finding, report, chains)) add(finding.code, 1);
  for (const { code, weight, chain, from, count } of report.overflowFindings?.counts ?? [])
    if (weight !== 'note' && !(chains.has(chain ?? '') && from !== undefined)) add(code, count);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, count]) => ({ code, count }));
}

function isInShare(finding: Finding, { window }: Report, chains: ReadonlySet<string>): boolean {
  const { code, weight, chain } = finding;
  if (weight === 'note' || code === 'NOTHING_VERIFIED' || ABSENT.has(code) || isRemoved(finding)) return true;
  if (chain === undefined || !chains.has(chain)) return false;
  const span = evidenceSpan(finding);
  if (span === undefined || weight === 'violation') return finding.time !== undefined || span !== undefined;
  return window.uncovered.some((one) => one.chain === chain && one.from < span.to && span.from < one.to);
}

const BACKFILL = /\/backfill$/;

/** The report, with what is wrong in a backfill chain as of its standard chain: late log files are of hours that this one covers. */
function withLateLogs(report: Report): Report {
  const standard = <Of extends { readonly chain?: string | undefined }>(one: Of): Of =>
    one.chain === undefined ? one : { ...one, chain: one.chain.replace(BACKFILL, '') };
  const { findings, overflowFindings: further } = report;
  return {
    ...report,
    findings: findings.map(standard),
    ...(further && { overflowFindings: { ...further, counts: further.counts.map(standard) } }),
  };
}

function intervalOf({ from, to }: { readonly from: string; readonly to: string }): Interval {
  return { from: Date.parse(from), to: Date.parse(to) };
}

function clip(intervals: readonly Interval[], { from, to }: Interval): readonly Interval[] {
  return union(intervals.map((one) => ({ from: Math.max(from, one.from), to: Math.min(to, one.to) })));
}

function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { from, to }) => sum + to - from, 0);
}
