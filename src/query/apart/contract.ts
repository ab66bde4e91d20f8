/** What passes between a run and the process that asks for it. */
import type { ErrorCode } from '../../base/errors.ts';
import type { OpenOptions, Rows } from '../opened-events.ts';

/** What is to be done; each is answered in its turn, by its number. */
export type Task =
  /** Opens events: all of the rest is about these. `place` is the full path of their folder. With `hasLines` the lines of a witness follow. */
  | {
      readonly do: 'open';
      readonly options: Omit<OpenOptions, 'witness'>;
      readonly place: string;
      readonly spill: string;
      readonly hasLines: boolean;
    }
  | { readonly do: 'prepare'; readonly sql: string; readonly asParquet: boolean }
  | { readonly do: 'ask'; readonly sql: string }
  | { readonly do: 'write'; readonly sql: string; readonly limit: number | undefined }
  | { readonly do: 'written' | 'next' | 'undated' }
  /** Answered at once, whatever is under way. */
  | { readonly do: 'check' };

/** To the process. The last lines of a witness say that they are. */
export type ToProcess =
  | (Task & { readonly number: number })
  | { readonly do: 'lines'; readonly lines: readonly string[]; readonly isLast: boolean }
  | { readonly do: 'interrupt' };

/** What each task is answered with. */
export interface Results {
  readonly open: undefined;
  readonly prepare: undefined;
  readonly ask: Rows['columns'];
  readonly written: Rows['columns'];
  readonly write: boolean;
  /** Rows as JSON; undefined after the last ones. */
  readonly next: string | undefined;
  readonly undated: number;
  readonly check: undefined;
}

/** From the process. */
export type FromProcess =
  | { readonly number: number; readonly result: Results[keyof Results] }
  | { readonly number: number; readonly error: Refused }
  /** It has more memory than a question may take, and is about to end itself. */
  | { readonly exceeded: true };

/** An error as it passes. One without a code is a fault of this program. */
export interface Refused {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}
