import type { HashFile } from '../crypto/hash.ts';
import type { Access } from '../source/access.ts';
import type { Batch, Outcome } from './contract.ts';

/** Something that checks batches: threads, or the thread that asks. */
export interface Checker {
  /** Requests that it may have in flight at once, all together; files being read, for a folder. */
  readonly requests: number;
  /** Whether it takes another batch without letting it wait for long; `paced` without letting it wait at all. */
  hasRoom(paced: boolean): boolean;
  /** Calls `wake` once, when a batch has ended that is under way now or later, or none will. */
  onRoom(wake: () => void): void;
  /** Whether some of it has nothing to do. */
  isIdle(): boolean;
  /** Checks one batch. Rejects where the thread was lost that had it, and where there is none. */
  check(batch: Omit<Batch, 'number'>, access: Access): Promise<Outcome>;
  /**
   * Hashes a log file that somebody else has read, for the path that judges: where its source is read by nobody else, or what
   * was read is handed on.
   */
  readonly hash: HashFile;
  /**
   * Gives up what is under way: files that were not begun come back as odd, or are hashed by the thread that asks. So what another run
   * has under way at the same time takes longer, and nothing else.
   */
  stop(): void;
}

/** A checker that ends its threads and connections when it is closed. */
export interface OpenChecker extends Checker {
  close(): Promise<void>;
}

/** A window begins with so much of the requests that there may be, unless their number is fixed. */
const FIRST_SHARE = 0.25;

/** How wide a window is from the beginning. */
export function firstWidth({
  requests,
  fixed,
}: {
  readonly requests: number;
  readonly fixed: boolean;
}): number {
  return fixed ? requests : Math.ceil(FIRST_SHARE * requests);
}

/** Files that wait for one thread beside those in its window: two batches, so that it need not wait for the next. */
const WAITING = 128;
const AHEAD = 1.25;

/** Whether one that has so many files, and so wide a window, has room for a batch; `paced` only in the window itself. */
export function hasCredit(files: number, width: number, paced: boolean): boolean {
  return files < (paced ? width : AHEAD * width + WAITING);
}
