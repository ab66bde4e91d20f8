import { createHash } from 'node:crypto';
import { firstNotBefore } from '../base/lists.ts';

/** Log files remembered in one run, at 8 bytes each. */
const MOST_REMEMBERED = 4_000_000;

/**
 * The log files of a run that do not agree with their digests or could not be read. Of each only 48 bits of its URI's SHA-256
 * are kept, since an attacker can make as many as there are objects; two that share them are one in a hundred million.
 */
export class BadLogs {
  readonly #most: number;
  #numbers = new Float64Array(64);
  #length = 0;
  #isSorted = true;
  #isFull = false;

  constructor(most: number = MOST_REMEMBERED) {
    this.#most = most;
  }

  /** Whether there were more than are remembered: those that are not here may be good or bad. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Remembers one by its URI. */
  add(uri: string): void {
    if (this.#length >= this.#most) {
      this.#isFull = true;
      return;
    }
    if (this.#length === this.#numbers.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length] = numberOf(uri);
    this.#length += 1;
    this.#isSorted = false;
  }

  /** Whether one is remembered. */
  has(uri: string): boolean {
    const numbers = this.#numbers.subarray(0, this.#length);
    if (!this.#isSorted) numbers.sort();
    this.#isSorted = true;
    const wanted = numberOf(uri);
    return numbers[firstNotBefore(numbers, (one) => one < wanted)] === wanted;
  }
}

function numberOf(uri: string): number {
  return createHash('sha256').update(uri).digest().readUIntBE(0, 6);
}
