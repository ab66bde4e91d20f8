/** How many findings there are: those that a report names, and those of which it has the count alone. */
import type { Finding, FindingCode, Weight } from '../findings/finding.ts';
import type { FindingCount, Report } from './report.ts';

/** The parts of a report that name and count its findings. */
export type FindingsOf = Pick<Report, 'findings' | 'overflowFindings'>;

/** Counts findings by chain, code and weight. */
export class FindingTally {
  readonly #counts = new Map<string, { -readonly [Key in keyof FindingCount]: FindingCount[Key] }>();

  /** Takes one finding into account. */
  add(finding: Finding): void {
    const { chain, code, weight, time } = finding;
    const name = [chain ?? '', code, weight].join('\n');
    let one = this.#counts.get(name);
    if (one === undefined) {
      one = { chain, code, weight, count: 0 };
      this.#counts.set(name, one);
    }
    one.count += 1;
    if (isAccepted(finding)) one.accepted = (one.accepted ?? 0) + 1;
    if (time === undefined) return;
    if (one.from === undefined || time < one.from) one.from = time;
    if (one.to === undefined || time > one.to) one.to = time;
  }

  /** The counts by chain, code and weight. */
  counts(): readonly FindingCount[] {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { chain, code, weight, count, accepted, from, to }]) => ({
        chain,
        code,
        weight,
        count,
        accepted,
        ...(from === undefined || to === undefined ? {} : { from, to }),
      }));
  }
}

/** Whether the finding is accepted. A mark on a finding that is not unproven is not this tool's, and counts for nothing. */
export function isAccepted({ weight, accepted }: Pick<Finding, 'weight' | 'accepted'>): boolean {
  return accepted !== undefined && weight === 'unproven';
}

/** All findings of a report, counted; one chain, code and weight may come twice. */
export function countsOf({ findings, overflowFindings }: FindingsOf): readonly FindingCount[] {
  const tally = new FindingTally();
  for (const finding of findings) tally.add(finding);
  return [...tally.counts(), ...(overflowFindings?.counts ?? [])];
}

/** How many findings there are, named or not. */
export function countAll(report: FindingsOf): number {
  return report.findings.length + (report.overflowFindings?.lines ?? 0);
}

/** How many findings are of a code. */
export function countOfCode(report: FindingsOf, code: FindingCode): number {
  return sum(report, (one) => (one.code === code ? one.count : 0));
}

/** How many findings there are of each weight. */
export function countFindings(report: FindingsOf): Readonly<Record<Weight, number>> {
  const counts = { violation: 0, unproven: 0, note: 0 };
  for (const { weight, count } of countsOf(report)) counts[weight] += count;
  return counts;
}

/** How many findings are accepted. */
export function countAccepted(report: FindingsOf): number {
  return sum(report, acceptedOf);
}

/** The verdict with how many findings it passes over: never one without the other. */
export function verdictHeadline(report: Pick<Report, 'verdict'> & FindingsOf): string {
  const accepted = countAccepted(report);
  if (accepted === 0) return report.verdict;
  return `${report.verdict}, ${accepted} finding${accepted === 1 ? '' : 's'} accepted`;
}

/** How many of counted findings are accepted: of what is unproven only, as for `isAccepted`. */
export function acceptedOf({ weight, count, accepted = 0 }: FindingCount): number {
  return weight === 'unproven' ? Math.min(accepted, count) : 0;
}

function sum(report: FindingsOf, of: (count: FindingCount) => number): number {
  return countsOf(report).reduce((total, count) => total + of(count), 0);
}
