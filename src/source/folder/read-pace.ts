/** Reads that take longer than this on average are worth handing to other threads, several at once. */
const SLOW = 1_000;
/** One late answer, as when this process had to wait for a processor, says little of the next ones. */
const MOST_COUNTED = 4_000;
/** How much one read counts beside those before it. */
const SHARE = 1 / 16;
/** While reads are slow, every so many-th is made at once to see whether that has changed. */
const TRY_AGAIN = 64;

/**
 * Whether files are best read at once, in the thread that asks. From the page cache a small file comes in a few
 * microseconds, a tenth of what asking Node's thread pool takes; from a cold disk or over a network it would keep all
 * else waiting.
 */
export class ReadPace {
  #average = 0;
  #turn = 0;

  /** Whether the next read should be made at once. */
  get isQuick(): boolean {
    if (this.#average < SLOW) return true;
    this.#turn = (this.#turn + 1) % TRY_AGAIN;
    return this.#turn === 0;
  }

  /** Takes note of how long a read that was made at once took, in microseconds. */
  took(microseconds: number): void {
    this.#average += (Math.min(microseconds, MOST_COUNTED) - this.#average) * SHARE;
  }
}
