/**
 * The native path, where this machine has it: libdeflate and the OpenSSL of this Node (see `native/`). It vouches only for
 * whole, plain gzip members; of all else it says nothing, and `hashGzip` judges.
 */
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../crypto/hash.ts';

/** Hashes bytes or files by path on the thread that calls, which is a worker: files are read, too, while it waits. */
export interface NativeNow {
  /**
   * Fills `rows` with one row for each item, to be read by `nativeRow`; it has `NATIVE_ROW_BYTES` for each, or this throws.
   * Returns the sidecars by item, undefined where none was found. `sidecarSuffix` follows a path in the name of its sidecar; none
   * is read where it is empty. A file has at most `maxStored` bytes, its content `maxContent`.
   */
  hashNow(
    items: readonly (Uint8Array | string)[],
    sidecarSuffix: string,
    maxStored: number,
    maxContent: number,
    rows: Uint8Array,
  ): readonly (Buffer | undefined)[] | undefined;
}

/** Reads, inflates and hashes files on the thread that calls, which is a worker, and hands over what they hold. */
export interface NativeOpen {
  /**
   * Fills `rows` as `hashNow` does. Returns content and sidecar of each item by turns, as texts: nothing is vouched for that is not
   * ASCII. The sidecar is undefined where there is none.
   */
  openNow(
    items: readonly (Uint8Array | string)[],
    sidecarSuffix: string,
    maxStored: number,
    maxContent: number,
    rows: Uint8Array,
  ): readonly (string | undefined)[];
}

/** What `hashNow` says of one item: sizes in bytes, hashes as views of its row. */
export interface NativeRow {
  readonly size: number;
  readonly sha256: Uint8Array;
  readonly contentSize: number;
  readonly contentSha256: Uint8Array;
}

/** Length of a row, whose layout `native/addon.c` tells. */
export const NATIVE_ROW_BYTES = 88;

/** The row of the item at `at`; undefined where it is not vouched for. */
export function nativeRow(rows: Uint8Array, at: number): NativeRow | undefined {
  const start = at * NATIVE_ROW_BYTES;
  if (rows[start] !== 1) return undefined;
  const numbers = new DataView(rows.buffer, rows.byteOffset + start, 24);
  return {
    size: numbers.getFloat64(8, true),
    sha256: rows.subarray(start + 24, start + 56),
    contentSize: numbers.getFloat64(16, true),
    contentSha256: rows.subarray(start + 56, start + 88),
  };
}

/**
 * The addon built for this platform; undefined where there is none, it cannot be loaded or it hashes wrongly. What it keeps for a
 * thread is freed when the thread ends.
 */
export function loadNativeNow(): NativeNow | undefined {
  try {
    const addon = loadAddon();
    if (!hasHashNow(addon)) return undefined;
    const trial = makeTrial();
    const rows = new Uint8Array(trial.items.length * NATIVE_ROW_BYTES);
    addon.hashNow(trial.items, '', TRIAL_BOUND, TRIAL_BOUND, rows);
    const results = trial.items.map((_, at) => resultOf(nativeRow(rows, at)));
    return isRight(trial, results) ? addon : undefined;
  } catch {
    return undefined;
  }
}

/** The same addon for a worker that wants what files hold; undefined as for `loadNativeAddon`. */
export function loadNativeOpen(): NativeOpen | undefined {
  try {
    const addon = loadAddon();
    if (!hasOpenNow(addon)) return undefined;
    const trial = makeTrial();
    const rows = new Uint8Array(trial.items.length * NATIVE_ROW_BYTES);
    const texts = addon.openNow(trial.items, '', TRIAL_BOUND, TRIAL_BOUND, rows);
    const results = trial.items.map((_, at) => resultOf(nativeRow(rows, at)));
    const isSame = trial.contents.every((content, at) => texts[2 * at] === content.toString('latin1'));
    return isSame && isRight(trial, results) ? addon : undefined;
  } catch {
    return undefined;
  }
}

function loadAddon(): unknown {
  const file = `../../native/prebuilt/${process.platform}-${process.arch}/hash-gzip.node`;
  return createRequire(import.meta.url)(file);
}

function hasHashNow(addon: unknown): addon is NativeNow {
  return (
    typeof addon === 'object' && addon !== null && 'hashNow' in addon && typeof addon.hashNow === 'function'
  );
}

function hasOpenNow(addon: unknown): addon is NativeOpen {
  return (
    typeof addon === 'object' && addon !== null && 'openNow' in addon && typeof addon.openNow === 'function'
  );
}

/** What the addon is tried with before it is used: more files than are hashed side by side, and one that is cut off. */
interface Trial {
  readonly items: readonly Buffer[];
  /** Of all items but the last. */
  readonly contents: readonly Buffer[];
}

const TRIAL_BOUND = 4096;

function makeTrial(): Trial {
  const contents = Array.from({ length: 9 }, (_, at) =>
    Buffer.from(Array.from({ length: 300 }, (_, number) => `${(at + number) * 7919} `).join('')),
  );
  return { contents, items: [...contents.map((content) => gzipSync(content)), gzipSync('').subarray(0, -1)] };
}

type Hashed = readonly [size: number, hash: string, contentSize: number, contentHash: string, ...unknown[]];

function isRight({ items, contents }: Trial, results: readonly (Hashed | undefined)[]): boolean {
  if (results.length !== items.length || results.at(-1) !== undefined) return false;
  return contents.every((content, at) => {
    const file = items[at];
    const [size, hash, contentSize, contentHash] = results[at] ?? [];
    if (file === undefined || size !== file.length || contentSize !== content.length) return false;
    return hash === sha256(file) && contentHash === sha256(content);
  });
}

function resultOf(row: NativeRow | undefined): Hashed | undefined {
  if (row === undefined) return undefined;
  const { size, contentSize } = row;
  return [size, hex(row.sha256), contentSize, hex(row.contentSha256)];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
