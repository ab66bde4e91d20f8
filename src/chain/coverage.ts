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

/** What of `intervals` lies outside `holes`; both may be in any order. */
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
