/** Events that can be asked: what opening them takes, and what an answer is made of. */
import { TrailVerifyError } from '../base/errors.ts';
import type { EventsDocument } from '../events/events-document.ts';
import type { FileMarks } from '../events/file-marks.ts';
import type { GiveLines } from './witness-table.ts';

/** Which events are asked, and how. Times are milliseconds since the epoch. */
export interface OpenOptions {
  /** The export's folder, and its document, whose files were checked. */
  readonly folder: string;
  readonly document: Pick<EventsDocument, 'contents' | 'files'>;
  /** Of these files, as they were when they were checked. */
  readonly marks: FileMarks;
  /** Only events of this time are there: from the first on, and before the second. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** What `now()` is. */
  readonly now: number;
  /** Gives the lines of recovered events, for the table of a witness; undefined for a database without it. */
  readonly witness?: GiveLines | undefined;
  /** A new Parquet file that an answer may be written to; its folder is there. */
  readonly target?: string | undefined;
}

/** A value as DuckDB's JSON has it: numbers of 64 bits and more as texts. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** The answer of one statement, in batches of rows. */
export interface Rows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Taken once, and until the next question: CONFIGURATION is thrown at a second reader. */
  readonly batches: AsyncIterable<readonly (readonly Value[])[]>;
}

/** Events that can be asked. */
export interface OpenedEvents {
  /** Runs one SELECT. Throws CONFIGURATION for any other statement, and where DuckDB refuses it, as its batches do. */
  ask(sql: string): Promise<Rows>;
  /**
   * Writes the answer of one SELECT to the target, `limit` rows at most; returns whether there are more. Throws likewise, and
   * OUTPUT_NOT_WRITTEN where the disk is full.
   */
  write(sql: string, limit?: number): Promise<boolean>;
  /** The rows that were written. */
  written(): Promise<Rows>;
  /** How many events have no time in CloudTrail's form: a time that is asked about leaves them out. */
  undated(): Promise<number>;
  /** Throws EVIDENCE_INVALID where a file of the export was changed since it was checked; also while a statement is under way. */
  check(): Promise<void>;
  /** Ends the statement under way, or the next one where there is none. */
  interrupt(): void;
  close(): Promise<void>;
}

/** The error of a question that was interrupted. */
export function questionInterrupted(cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('INTERRUPTED', 'the question was interrupted', { cause });
}
