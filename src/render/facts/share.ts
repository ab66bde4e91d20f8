import { type Interval, subtract, union } from '../../chain/coverage.ts';
import { wasInterrupted } from '../../findings/catalogue.ts';
import type { FindingCode } from '../../findings/finding.ts';
import type { Report } from '../../report/report.ts';
import { isOfQueriesOnly } from './queries.ts';
import { chainTimelines } from './timeline.ts';

/** Chains that are not in the report's list, because nothing of them is there. */
const ABSENT: ReadonlySet<FindingCode> = new Set(['CHAIN_ABSENT', 'CHAIN_VANISHED']);

/**
 * The share of the asked time that is proven, in per cent with two decimals, rounded down: 100 only where all of it is.
 *
 * Over all standard chains in scope: the time asked about is the part of the window that a chain's digests cover, or that the
 * report calls uncovered; for an expected chain without any digest it is the whole window. The hours for which CloudTrail may
 * still deliver a digest are not asked about yet. Of this, time is proven that proven digests cover and that no violation and
 * nothing unproven is about: the hour of an altered log file is not. Time that a trusted checkpoint proves counts as proven.
 * Of a window without a beginning, the time of each chain is asked about from the first that is known of it: a digest that was found, or one that
 * is missing.
 */
export interface ProvenShare {
  readonly percent: number;
  /** What it is a share of. */
  readonly of: 'window' | 'since-first-digest';
}

/** The share; where it is not known how much was asked, the reason, as a clause. */
export function provenShare(report: Report): ProvenShare | { readonly unknown: string } {
  const { requested } = report.window;
  const has = (code: FindingCode): boolean => report.findings.some((finding) => finding.code === code);
  if (isOfQueriesOnly(report)) return { unknown: 'query results have no time to cover' };
  if (wasInterrupted(report.findings)) return { unknown: 'the run ended early' };
  if (has('DISCOVERY_INCOMPLETE')) return { unknown: 'the search for trails did not end' };
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
  for (const { chain, stretches } of chainTimelines(withLateLogs(report))) {
    const trusted = (chain.trustedFromCheckpoint ?? []).map(intervalOf);
    const all = clip([...stretches, ...trusted], window);
    const known = all.length === 0 ? [window] : all;
    const troubled = stretches.filter(({ state }) => state !== 'verified');
    const good = [...stretches.filter(({ state }) => state === 'verified'), ...trusted];
    asked += lengthOf(known);
    proven += lengthOf(subtract(clip(good, window), troubled));
  }
  const listed = new Set(report.chains.map(({ id }) => id));
  const absent = new Set(
    report.findings.flatMap(({ code, chain, object }) =>
      ABSENT.has(code) && !listed.has(chain ?? '') ? [chain ?? object.uri] : [],
    ),
  );
  if (absent.size > 0) asked += absent.size * Math.max(0, window.to - window.from);
  // Nothing in a report from elsewhere bounds its times.
  if (asked === Number.POSITIVE_INFINITY)
    return { unknown: 'a chain has no proven digest, and without --from nobody knows since when it should' };
  if (!Number.isSafeInteger(asked)) return { unknown: 'the times of the report are no times' };
  if (asked === 0) return of === 'window' ? { percent: 0, of } : { unknown: 'no chain was found' };
  // Milliseconds of many chains times ten thousand are beyond what a number holds exactly.
  return { percent: Number((BigInt(proven) * 10_000n) / BigInt(asked)) / 100, of };
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
