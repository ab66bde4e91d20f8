/** The order of two strings' UTF-8 bytes, which is S3's listing order: negative, zero or positive, as for sort. */
export function compareUtf8(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** UTF-8 sorts by code point: surrogates (code points from U+10000) come after U+E000..U+FFFF, unlike in UTF-16. */
function byteRank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit <= 0xdfff ? codeUnit + 0x2000 : codeUnit - 0x800;
}

/** The index of the first key of `keys` (in UTF-8 order) that is not before `key`; `keys.length` where none is. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(keys[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Above this many changes, one sort of everything is cheaper than a change at a time. */
const SINGLE_CHANGES = 32;

/** A set of keys that is looked at in UTF-8 order. Lists once given out never change. */
export class SortedKeys {
  #sorted: readonly string[];
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();

  constructor(sorted: readonly string[] = []) {
    this.#sorted = sorted;
  }

  add(key: string): void {
    if (!this.#removed.delete(key)) this.#added.add(key);
  }

  remove(key: string): void {
    if (!this.#added.delete(key)) this.#removed.add(key);
  }

  /** All keys, in the order of their UTF-8 bytes. */
  list(): readonly string[] {
    if (this.#added.size + this.#removed.size > SINGLE_CHANGES) {
      const kept = this.#sorted.filter((key) => !this.#removed.has(key));
      const fresh = [...this.#added].filter((key) => !this.#has(key));
      this.#sorted = kept.concat(fresh).sort(compareUtf8);
    } else {
      for (const key of this.#removed) {
        if (this.#has(key)) this.#sorted = this.#sorted.toSpliced(lowerBound(this.#sorted, key), 1);
      }
      for (const key of this.#added) {
        if (!this.#has(key)) this.#sorted = this.#sorted.toSpliced(lowerBound(this.#sorted, key), 0, key);
      }
    }
    this.#added.clear();
    this.#removed.clear();
    return this.#sorted;
  }

  #has(key: string): boolean {
    return this.#sorted[lowerBound(this.#sorted, key)] === key;
  }
}
