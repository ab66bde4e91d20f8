import { HOUR } from '../base/clock.ts';
import { firstNotBefore } from '../base/lists.ts';
import { type Interval, union } from '../chain/coverage.ts';

/** How far around trouble its causes are looked for: an act is recorded up to an hour off, and delivered up to two hours later. */
const AROUND = 3 * HOUR;
/** Times held before they are joined: a damaged day tells of itself once for each of its log files. */
const MOST_APART = 10_000;

/** When there was trouble, by account: time that is not covered, or that a finding is about. */
export class TroubleTimes {
  readonly #times = new Map<string, { joined: readonly Interval[]; more: Interval[] }>();

  /** Whether there is none at all. */
  get isEmpty(): boolean {
    return this.#times.size === 0;
  }

  /** Takes note of trouble; a moment counts as well as a span. */
  add(account: string, { from, to }: Interval): void {
    if (Number.isNaN(from) || Number.isNaN(to)) return;
    const times = this.#times.get(account) ?? { joined: [], more: [] };
    this.#times.set(account, times);
    times.more.push({ from, to: Math.max(to, from + 1) });
    if (times.more.length >= MOST_APART) join(times);
  }

  /**
   * How far `window` is from where trouble of the account begins or ends, in milliseconds; undefined where it lies around
   * none. What lies deep within a long silence tells least of it.
   */
  distance(account: string, window: Interval): number | undefined {
    const times = this.#times.get(account);
    if (times === undefined) return undefined;
    join(times);
    const { joined } = times;
    let least: number | undefined;
    for (
      let at = firstNotBefore(joined, ({ to }) => to < window.from - AROUND);
      at < joined.length;
      at += 1
    ) {
      const trouble = joined[at];
      if (trouble === undefined || trouble.from - AROUND > window.to) break;
      least = Math.min(
        least ?? Number.POSITIVE_INFINITY,
        apart(window, trouble.from),
        apart(window, trouble.to),
      );
    }
    return least;
  }
}

function join(times: { joined: readonly Interval[]; more: Interval[] }): void {
  if (times.more.length === 0) return;
  times.joined = union([...times.joined, ...times.more]);
  times.more = [];
}

function apart({ from, to }: Interval, time: number): number {
  return Math.max(0, from - time, time - to);
}
