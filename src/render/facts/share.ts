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
 * Null where it is not known how much was asked: a window without a beginning, an interrupted run, a search for trails that did not end, query
 * results alone.
 */
export function provenShare(report: Report): number | null {
  const { requested } = report.window;
  const isOpen = report.findings.some(({ code }) => code === 'DISCOVERY_INCOMPLETE');
  if (requested.from === null || isOpen || wasInterrupted(report.findings) || isOfQueriesOnly(report))
    return null;
  const window = { from: Date.parse(requested.from), to: Date.parse(requested.to) };
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
  asked += absent.size * Math.max(0, window.to - window.from);
  // Nothing in a report from elsewhere bounds its times.
  if (!Number.isSafeInteger(asked)) return null;
  if (asked === 0) return 0;
  // Milliseconds of many chains times ten thousand are beyond what a number holds exactly.
  return Number((BigInt(proven) * 10_000n) / BigInt(asked)) / 100;
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
