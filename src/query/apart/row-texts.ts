import { TrailVerifyError } from '../../base/errors.ts';
import type { Rows, Value } from '../opened-events.ts';

type Row = readonly Value[];

/** Characters of a text at most, but for one row that is longer. */
const AT_ONCE = 4 << 20;

/** The rows of an answer as texts of JSON: a batch has thousands of rows, and one row may be a hundred million characters. */
export class RowTexts {
  readonly #batches: AsyncIterator<readonly Row[]>;
  #rows: readonly Row[] = [];
  #at = 0;

  constructor(batches: Rows['batches']) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** A list of the next rows; undefined after the last one. Throws what the batches do, and CONFIGURATION for a row that no text can hold. */
  async next(): Promise<string | undefined> {
    while (this.#at === this.#rows.length) {
      const { value, done } = await this.#batches.next();
      if (done === true) return undefined;
      this.#rows = value;
      this.#at = 0;
    }
    const texts: string[] = [];
    for (let held = 0; held < AT_ONCE && this.#at < this.#rows.length; this.#at += 1) {
      const text = textOf(this.#rows[this.#at]);
      held += text.length;
      texts.push(text);
    }
    return `[${texts.join(',')}]`;
  }
}

function textOf(row: Row | undefined): string {
  try {
    return JSON.stringify(row);
  } catch (cause) {
    throw tooLong('row', cause);
  }
}

/** A text of JavaScript is shorter than this (V8). */
const LONGEST_TEXT = 'half a gigabyte';

/** The error for a value or row of an answer that is longer than any text. */
export function tooLong(what: 'value' | 'row', cause: unknown): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `a ${what} of the answer is longer than ${LONGEST_TEXT}`, {
    hint: 'ask for less of it, as with left(…, 1000)',
    cause,
  });
}
