import type { KeyDistrust, KeyLookup, KeyQuery, KeyRing, PublicKey } from './key-ring.ts';

/** Keys by fingerprint, those of one Region apart from those of another. */
export class KeyIndex {
  readonly #byFingerprint = new Map<string, PublicKey[]>();
  readonly #used = new Set<PublicKey>();

  /** Adds a key; of those of one Region the first counts, and one that is trusted before one that is not. */
  add(key: PublicKey): void {
    const known = this.#byFingerprint.get(key.fingerprint) ?? [];
    const same = known.find((other) => other.region === key.region);
    if (same !== undefined && (same.distrust === undefined || key.distrust !== undefined)) return;
    this.#byFingerprint.set(key.fingerprint, [...known.filter((other) => other !== same), key]);
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
