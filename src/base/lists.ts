/**
 * Lists that somebody else makes long. `push(...list)` and `Math.max(...list)` hand over every item as an argument, which
 * ends in a RangeError at some 120 000: an attacker can plant as many objects, and a large organization has as many chains.
 */

/** Adds every item of `more` to the end of `list`. */
export function append<Item>(list: Item[], more: Iterable<Item>): void {
  for (const item of more) list.push(item);
}

/** The largest number, and minus infinity of none. */
export function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
}

/** The smallest number, and infinity of none. */
export function smallest(numbers: readonly number[]): number {
  return numbers.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
}

/** The items that `fits` is true of, and the others, each in their order. */
export function partition<Item>(
  list: readonly Item[],
  fits: (item: Item) => boolean,
): readonly [Item[], Item[]] {
  const [fitting, others]: [Item[], Item[]] = [[], []];
  for (const item of list) (fits(item) ? fitting : others).push(item);
  return [fitting, others];
}

/**
 * The place of the first item for which `isBefore` is false; the length where there is none. `isBefore` must be true of a first
 * part of the list, and of no later item.
 */
export function firstNotBefore<Item>(sorted: ArrayLike<Item>, isBefore: (item: Item) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle] as Item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
