/** How long an event data store is waited for in all, and what is said meanwhile. */
import { LAKE_QUERY_MS } from '../../../aws/lake-events.ts';
import { MINUTE } from '../../../base/clock.ts';
import { formatDuration } from '../../../render/words.ts';

/** Queries in a row that may take longer than their time: more of them would be charged as well, and take hours. */
const MOST_LATE = 3;
/** How often it is said what is waited for (milliseconds). */
const WORD_EVERY = MINUTE;
const ITS_TIME = formatDuration(LAKE_QUERY_MS);

/** The patience with one store. `say` takes a sentence without its full stop, `now` is a clock in milliseconds. */
export class LakePatience {
  readonly #say: (text: string) => void;
  readonly #now: () => number;
  #late = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(say: (text: string) => void, now: () => number) {
    this.#say = say;
    this.#now = now;
  }

  /** Why no more queries are started; undefined where they are. */
  get refusal(): string | undefined {
    if (this.#late < MOST_LATE) return undefined;
    return `no query was started, as the last ${this.#late} were not done after ${ITS_TIME} each`;
  }

  /** A query that was asked for at that time is waited for. It is said once a minute, of one for all. */
  waits(asked: number, place: string): void {
    const now = this.#now();
    if (now - asked < WORD_EVERY || now - this.#saidAt < WORD_EVERY) return;
    this.#saidAt = now;
    this.#say(
      `waiting for CloudTrail Lake: a query about ${place} is not done after ${formatDuration(now - asked)}, and is given up after ${ITS_TIME}`,
    );
  }

  /** A query has ended, or was given up. */
  ended(isLate: boolean): void {
    this.#late = isLate ? this.#late + 1 : 0;
  }
}
