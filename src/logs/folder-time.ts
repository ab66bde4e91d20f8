import { holds, type Interval } from '../chain/coverage.ts';

/** The time of one account folder, as `PlaceCoverage` has it. */
export interface FolderTime {
  /** Every digest that may name its log files was read. */
  readonly decided: readonly Interval[];
  /** Or may be looked up. */
  readonly reachable: readonly Interval[];
  /** Or there is none. */
  readonly ahead: readonly Interval[];
  /** The time of which something is claimed, or will be. */
  readonly claimed: readonly Interval[];
}

/** Whether every digest was read that may name a log file of a time, `slack` milliseconds before and after it. */
export function isDecided({ decided }: FolderTime, time: number, slack: number): boolean {
  return holds(decided, { from: time - slack, to: time + slack });
}

/** Whether a time is before all that a folder's chains cover or may. */
export function isBefore({ claimed }: FolderTime, at: number): boolean {
  return claimed.every(({ from }) => at < from);
}
