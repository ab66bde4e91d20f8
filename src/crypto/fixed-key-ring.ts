import type { KeyLookup, KeyQuery, KeyRing, PublicKey } from './key-ring.ts';

/** Keys by fingerprint, those of one Region apart from those of another. */
export class KeyIndex {
  readonly #byFingerprint = new Map<string, PublicKey[]>();
  readonly #used = new Set<PublicKey>();

  /** Adds a key; one that is known already in the same Region is left out. */
  add(key: PublicKey): void {
    const known = this.#byFingerprint.get(key.fingerprint) ?? [];
    if (!known.some((other) => other.region === key.region))
      this.#byFingerprint.set(key.fingerprint, [...known, key]);
  }

  /** The key of that fingerprint in that Region, or one whose Region its file does not say. A key of another Region is no match. */
  find(query: KeyQuery): PublicKey | undefined {
    const known = this.#byFingerprint.get(query.fingerprint) ?? [];
    const key =
      known.find((other) => other.region === query.region) ??
      known.find((other) => other.region === undefined);
    if (key !== undefined) this.#used.add(key);
    return key;
  }

  /** The keys that `find` handed out. */
  used(): readonly PublicKey[] {
    return [...this.#used];
  }
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
  };
}
