import { TrailVerifyError } from '../base/errors.ts';
import type { ChainTally } from './chain-tally.ts';
import type { Report } from './report.ts';

/** What must agree before a report is given out. */
export interface Books extends Pick<Report, 'verdict' | 'findings'> {
  readonly tallies: readonly ChainTally[];
  readonly uncovered: Report['window']['uncovered'];
  readonly logsChecked: boolean;
  /** Whether there are findings that the report neither names nor counts. */
  readonly isCut: boolean;
}

/**
 * Throws INTERNAL unless every log file that a proven digest names has one outcome, every finding is named or counted, and
 * uncovered time goes with no verdict of VALID.
 */
export function balanceBooks({ verdict, findings, tallies, uncovered, logsChecked, isCut }: Books): void {
  const isInterrupted = findings.some(({ code }) => code === 'RUN_INTERRUPTED');
  for (const tally of tallies) {
    if (tally.unaccounted === 0 || isInterrupted || !logsChecked) continue;
    throw unbalanced(`of ${tally.id}`, `${tally.unaccounted} log files have no outcome`);
  }
  if (isCut) throw unbalanced('of the findings', 'some are neither named nor counted');
  const first = uncovered.find(({ accepted }) => accepted === undefined);
  if (verdict === 'VALID' && first !== undefined)
    throw unbalanced(`of ${first.chain}`, 'uncovered time without a finding');
}

function unbalanced(whose: string, why: string): TrailVerifyError {
  return new TrailVerifyError('INTERNAL', `the books ${whose} do not balance: ${why}`);
}
