import type { KeyDistrust, KeyLookup, KeyQuery, KeyRing, PublicKey } from './key-ring.ts';

/** Keys by fingerprint, those of one Region apart from those of another. */
export class KeyIndex {
  readonly #byFingerprint = new Map<string, PublicKey[]>();
  readonly #used = new Set<PublicKey>();

  /**
   * Adds a key. One of the same Region that was added before is joined with it, for a key may be listed by the parts of its
   * validity; one that is trusted takes the place of one that is not.
   */
  add(key: PublicKey): void {
    const known = this.#byFingerprint.get(key.fingerprint) ?? [];
    const same = known.find((other) => other.region === key.region);
    const joined = same === undefined ? key : joinKeys(same, key);
    if (joined === same) return;
    if (same !== undefined && this.#used.delete(same)) this.#used.add(joined);
    this.#byFingerprint.set(key.fingerprint, [...known.filter((other) => other !== same), joined]);
  }

  /** The key of that fingerprint in that Region, or one whose Region its file does not say. A key of another Region is no match. */
  find(query: KeyQuery): PublicKey | undefined {
    const known = this.#byFingerprint.get(query.fingerprint) ?? [];
    const usable = known.filter(({ region }) => region === query.region || region === undefined);
    const [key] = usable.sort((a, b) => rank(a, query.region) - rank(b, query.region));
    if (key !== undefined) this.#used.add(key);
    return key;
  }

  /** Every key that counts. */
  all(): readonly PublicKey[] {
    return [...this.#byFingerprint.values()].flat();
  }

  /** The keys that `find` handed out. */
  used(): readonly PublicKey[] {
    return [...this.#used];
  }
}

/** What is known of a key by two listings of it; the very first where the second says nothing more. */
function joinKeys(first: PublicKey, second: PublicKey): PublicKey {
  if (first.distrust !== undefined && second.distrust === undefined) return second;
  if (first.distrust === undefined && second.distrust !== undefined) return first;
  const { validFrom, validTo } = first;
  // What says nothing of its validity, such as a PEM file, widens none.
  if (second.validFrom === undefined || second.validTo === undefined) return first;
  if (validFrom === undefined || validTo === undefined) return second;
  if (second.validFrom >= validFrom && second.validTo <= validTo) return first;
  return {
    ...first,
    validFrom: Math.min(validFrom, second.validFrom),
    validTo: Math.max(validTo, second.validTo),
  };
}

/** The lower the better: a trusted key first, then one that says which Region it is of. */
function rank(key: PublicKey, region: string): number {
  return (key.distrust === undefined ? 0 : 2) + (key.region === region ? 0 : 1);
}

/** The same keys, from a place that proves nothing: see `KeyDistrust`. */
export function distrustKeys(keys: readonly PublicKey[], distrust: KeyDistrust): readonly PublicKey[] {
  return keys.map((key) => ({ ...key, distrust }));
}

/** A ring of the keys given and no others; an unknown key is never evidence, for the files may be incomplete. */
export function fixedKeyRing(keys: Iterable<PublicKey>): KeyRing {
  const index = new KeyIndex();
  for (const key of keys) index.add(key);
  return {
    find: async (query): Promise<KeyLookup> => {
      const found = index.find(query);
      return found === undefined ? { found, complete: false } : { found };
    },
    limits: () =>
      index.used().some((key) => key.validTo === undefined)
        ? ['Keys from PEM files say nothing of their validity, so expired keys could not be told.']
        : [],
    used: () => index.used(),
    given: () => index.all(),
  };
}
