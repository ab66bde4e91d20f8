import { HOUR, MINUTE } from '../base/clock.ts';

/** A span of time in milliseconds since the epoch, `from` before `to`. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The union of intervals, in order, touching ones joined. */
export function union(intervals: Iterable<Interval>): readonly Interval[] {
  const sorted = [...intervals].filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  const joined: Interval[] = [];
  for (const next of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && next.from <= last.to)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    else joined.push(next);
  }
  return joined;
}

/** The part of `intervals` outside `holes`; both may be in any order. */
export function subtract(intervals: Iterable<Interval>, holes: Iterable<Interval>): readonly Interval[] {
  const cut = union(holes);
  return union(intervals).flatMap((whole) => {
    const parts: Interval[] = [];
    let from = whole.from;
    for (const hole of cut) {
      if (hole.to <= from || hole.from >= whole.to) continue;
      if (hole.from > from) parts.push({ from, to: hole.from });
      from = Math.max(from, hole.to);
    }
    if (from < whole.to) parts.push({ from, to: whole.to });
    return parts;
  });
}

/** Whether one of `intervals` holds the whole of `span`; they are sorted and apart, as `union` makes them. */
export function holds(intervals: readonly Interval[], span: Interval): boolean {
  let low = 0;
  let high = intervals.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const interval = intervals[middle];
    if (interval === undefined || span.from < interval.from) high = middle - 1;
    else if (span.from > interval.to) low = middle + 1;
    else return span.to <= interval.to;
  }
  return false;
}

/** CloudTrail delivers one digest an hour, also when nothing happened (user guide, "CloudTrail digest file structure"). */
export const DIGEST_PERIOD: number = HOUR;

/**
 * How long after a digest's window its absence means nothing yet: delivery takes up to two hours after the end of
 * the hour, so nothing newer than three hours is expected. (Observed: about 30 minutes.)
 */
export const DELIVERY_GRACE: number = 3 * HOUR;

/** How far a digest's time may be from its expected slot and still be the digest of that slot. */
const SLOT_TOLERANCE = 30 * MINUTE;

/**
 * The ends of the hourly windows between two proven digests for which nothing is listed, newest first: counted back
 * from `newerStart`, where the newer one's window begins, to `olderEnd`. `listed` are the ends of what the listing
 * shows there, proven or not. `after` bounds the answer from below.
 */
export function missingSlots(
  newerStart: number,
  olderEnd: number,
  listed: readonly number[],
  after: number,
): readonly number[] {
  const slots: number[] = [];
  const floor = Math.max(olderEnd + SLOT_TOLERANCE, after);
  for (let slot = newerStart; slot > floor; slot -= DIGEST_PERIOD) {
    if (!listed.some((end) => Math.abs(end - slot) <= SLOT_TOLERANCE)) slots.push(slot);
  }
  return slots;
}
