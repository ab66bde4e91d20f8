import { createHash } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Names that look random and are the same in every run: each is a hash of the seed and a counter. */
export class SeededNames {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Sixteen letters and digits, the unique part of a log file's name. */
  uniqueString(): string {
    return [...this.#next().subarray(0, 16)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  }

  /** A name in the form of a GUID. */
  guid(): string {
    const hex = this.#next().toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  #next(): Buffer {
    this.#count += 1;
    return createHash('sha256').update(`${this.#seed}/${this.#count}`).digest();
  }
}
