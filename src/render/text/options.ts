import type { Paint } from './terminal.ts';

/**
 * How a text for people is laid out. `columns` is the width to keep to; `reportPath` names the written report, and
 * `reportSha256` (hex) the one that is authoritative.
 */
export interface TextOptions {
  readonly columns: number;
  readonly paint: Paint;
  readonly verbose: boolean;
  readonly reportPath?: string;
  readonly reportSha256?: string;
  /** Who signed the written report and who confirms the time, a line each, below its path; shown escaped. */
  readonly signedBy?: readonly string[];
  /** False where the checkpoint that the report names could not be written. */
  readonly stateKept?: boolean;
}

/** Longer lines of prose are hard to read, however wide the terminal. */
const MOST_PROSE_COLUMNS = 100;

/** The width that prose is wrapped to. */
export function proseColumns(options: TextOptions): number {
  return Math.min(options.columns, MOST_PROSE_COLUMNS);
}
