import type { ChainReport, Report } from '../../report/report.ts';
import { countOf, formatCount } from '../words.ts';
import { totalOf } from './report.ts';

/** One chain as a line for people. `whole` is true where nothing about it is open. */
export interface CoverageRow {
  readonly id: string;
  readonly account: string;
  readonly digests: string;
  readonly logs: string;
  readonly covered: string;
  readonly whole: boolean;
}

/** The chains of one account, summed up. */
export interface AccountCoverage {
  readonly account: string;
  readonly chains: number;
  readonly whole: number;
  readonly digests: string;
  readonly logs: string;
}

function outcome(valid: number, total: number): string {
  return valid === total ? formatCount(total) : `${formatCount(valid)} of ${formatCount(total)}`;
}

/** An interrupted run leaves digests that were listed without an outcome. */
function knownDigests({ digests }: ChainReport): number {
  return Math.max(digests.listed, totalOf(digests));
}

/** `2026-11-20T15:00:00Z` to the minute, without the letters that a table has no room for. */
export function shortTime(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function coveredText(chain: ChainReport): string {
  // Late log files belong to hours that standard digests cover.
  if (chain.kind === 'backfill') return 'no time of its own';
  const first = chain.covered[0];
  const last = chain.covered.at(-1);
  if (first === undefined || last === undefined) return 'nothing';
  const span = `${shortTime(first.from)} to ${shortTime(last.to)}`;
  const gaps = chain.covered.length - 1;
  return gaps === 0 ? span : `${span}, ${countOf(gaps, 'gap')}`;
}

/** The ids of chains that a reader must look at: a finding heavier than a note, or uncovered time. */
function openChains(report: Report): ReadonlySet<string> {
  const open = new Set(report.window.uncovered.map((span) => span.chain));
  for (const finding of report.findings) {
    if (finding.weight !== 'note' && finding.chain !== undefined) open.add(finding.chain);
  }
  for (const { weight, chain } of report.overflowFindings?.counts ?? []) {
    if (weight !== 'note' && chain !== undefined) open.add(chain);
  }
  return open;
}

/** Every chain of the report in its order, as text cells; not escaped. */
export function coverageRows(report: Report): readonly CoverageRow[] {
  const open = openChains(report);
  return report.chains.map((chain) => {
    const logs = totalOf(chain.logs);
    return {
      id: chain.id,
      account: chain.account,
      digests: outcome(chain.digests.valid, knownDigests(chain)),
      logs: logs === 0 && chain.logs.listed > 0 ? 'unchecked' : outcome(chain.logs.valid, logs),
      covered: coveredText(chain),
      whole: !open.has(chain.id) && (chain.kind === 'backfill' || chain.covered.length > 0),
    };
  });
}

/** The same by account, in the report's order of accounts. */
export function accountCoverage(report: Report): readonly AccountCoverage[] {
  const rows = coverageRows(report);
  const accounts = [...new Set(report.chains.map((chain) => chain.account))];
  return accounts.map((account) => {
    const chains = report.chains.filter((chain) => chain.account === account);
    const sum = (pick: (chain: ChainReport) => number) =>
      chains.reduce((total, chain) => total + pick(chain), 0);
    return {
      account,
      chains: chains.length,
      whole: rows.filter((row) => row.account === account && row.whole).length,
      digests: outcome(
        sum((chain) => chain.digests.valid),
        sum(knownDigests),
      ),
      logs: outcome(
        sum((chain) => chain.logs.valid),
        sum((chain) => totalOf(chain.logs)),
      ),
    };
  });
}
