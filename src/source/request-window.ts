/**
 * How many reads are worth having in flight: more hide more latency, until this thread or the server is the limit. A
 * window that begins small is widened only by reads that show it to be worth while.
 */

/** Where a window begins and ends. */
export const FIRST_WINDOW = 64;
export const WIDEST_WINDOW = 256;
const STEP = 1.25;
/** Above this share of its time the thread is the limit, and more in flight would only wait for it. */
const BUSY = 0.85;
/** A server that answers so much slower than it did is asked for too much. */
const SLOWED = 1.5;
const OVERLOADED = 3;
/** Larger objects are bound by bandwidth, and each takes memory; in bytes. */
const SMALL_OBJECT = 256 * 1024;
/** What the quickest round counts for in the next, so that one lucky round does not bind for ever. */
const FORGETTING = 1.02;

/** What one round of reads has shown, as many as the window has. */
export interface ReadRound {
  /** Means of one read: in milliseconds, and in bytes. */
  readonly time: number;
  readonly size: number;
  /** The share of the time in which the thread was at work, 0 to 1. */
  readonly busy: number;
  /** More reads waited all the time than there was room for. */
  readonly isFull: boolean;
}

/** Reads that may be in flight at once. */
export class RequestWindow {
  #width: number = FIRST_WINDOW;
  #quickest = Number.POSITIVE_INFINITY;

  get width(): number {
    return this.#width;
  }

  /** Takes one round into account. */
  learn({ time, size, busy, isFull }: ReadRound): void {
    this.#quickest = Math.min(this.#quickest * FORGETTING, time);
    const slower = time / this.#quickest;
    // A busy thread sees its answers late: that is no sign of the server.
    if (busy < BUSY && slower > OVERLOADED)
      this.#width = Math.max(FIRST_WINDOW, Math.floor(this.#width / STEP));
    else if (isFull && busy < BUSY && slower <= SLOWED && size <= SMALL_OBJECT)
      this.#width = Math.min(WIDEST_WINDOW, Math.ceil(this.#width * STEP));
  }
}
