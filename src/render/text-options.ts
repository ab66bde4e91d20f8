import type { Paint } from './paint.ts';

/** How a text for people is laid out. `columns` is the width to keep to; `reportPath` names the written report. */
export interface TextOptions {
  readonly columns: number;
  readonly paint: Paint;
  readonly verbose: boolean;
  readonly reportPath?: string;
}

/** Longer lines of prose are hard to read, however wide the terminal. */
const MOST_PROSE_COLUMNS = 100;

/** The width that prose is wrapped to. */
export function proseColumns(options: TextOptions): number {
  return Math.min(options.columns, MOST_PROSE_COLUMNS);
}
