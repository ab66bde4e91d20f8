import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { type HashedObject, hashGzipNow, hashLongGzip, sha256 } from '../crypto/hash.ts';
import type { ObjectFile } from '../source/access.ts';
import {
  type ReadBuffer,
  type ReadPace,
  readBuffer,
  readObjectFile,
  versionOf,
} from '../source/folder/object-file.ts';
import { SIDECAR_SUFFIX } from '../source/folder/path.ts';

/** Hashes files for the thread that it runs on, one after the other, or natively many at a time. */

/** Bounds of each file, in bytes. */
export interface FileBounds {
  readonly maxBytes: number;
  readonly maxContent: number;
}

/** The place of a file that nobody has read yet, rather than its bytes. */
function isObjectFile(file: Uint8Array | ObjectFile): file is ObjectFile {
  return !(file instanceof Uint8Array);
}

/** Called with the hashes of a file; undefined where it cannot be read in its place, or this machine fails. */
type TakeHashed = (hashed: HashedObject | undefined) => void;

/** Hashes its files, in the order in which they come. */
export interface LocalHasher {
  /** `take` may be called at once. Bytes are used until then. */
  add(file: Uint8Array | ObjectFile, take: TakeHashed): void;
  /** Begins with nothing more: a waiting file is reported as undefined. */
  stop(): void;
}

interface Waiting {
  readonly file: Uint8Array | ObjectFile;
  readonly take: TakeHashed;
}

/** Files of one native call at most, many times as many as are hashed side by side; and bytes held, because connections wait meanwhile. */
const MOST_TOGETHER = 64;
const BYTES_TOGETHER = 256 * 1024;

/**
 * A hasher in JavaScript. With `pace` a thread that has other work: where reads are slow it reads no file, and somebody else
 * does.
 */
export function plainHasher(bounds: FileBounds, pace?: ReadPace): LocalHasher {
  const buffer = readBuffer();
  let queue: Waiting[] = [];
  let isBusy = false;
  const run = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const hashed = hashOne(next.file, bounds, { buffer, pace });
      // Most are done at once; a long one delays the others, because they share the buffer.
      next.take(hashed instanceof Promise ? await hashed.catch(() => undefined) : hashed);
    }
    isBusy = false;
  };
  return {
    add: (file, take) => {
      queue.push({ file, take });
      if (isBusy) return;
      isBusy = true;
      void run();
    },
    stop: () => {
      const left = queue;
      queue = [];
      for (const { take } of left) take(undefined);
    },
  };
}

function hashOne(
  file: Uint8Array | ObjectFile,
  { maxBytes, maxContent }: FileBounds,
  means: { readonly buffer: ReadBuffer; readonly pace: ReadPace | undefined },
): HashedObject | undefined | Promise<HashedObject | undefined> {
  try {
    const read = isObjectFile(file) ? readPaced(file, maxBytes, means) : { bytes: file };
    if (read === undefined || read.bytes.length > maxBytes) return undefined;
    const { bytes, ...version } = read;
    const now = hashGzipNow(bytes, maxContent);
    if (now !== undefined) return { ...now, ...version };
    return hashLongGzip(bytes, maxContent).then((hashed) => ({ ...hashed, ...version }));
  } catch {
    // The thread that asked reports the lack of this machine, if it lacks it too.
    return undefined;
  }
}

function readPaced(
  file: ObjectFile,
  maxBytes: number,
  { buffer, pace }: { readonly buffer: ReadBuffer; readonly pace: ReadPace | undefined },
): ReturnType<typeof readObjectFile> {
  if (pace === undefined) return readObjectFile(file, maxBytes, buffer);
  if (!pace.isQuick) return undefined;
  const began = performance.now();
  const read = readObjectFile(file, maxBytes, buffer);
  pace.took((performance.now() - began) * 1000);
  return read;
}

/**
 * A hasher that asks the addon, on the thread that calls. All files that came in one turn go together, because files are hashed
 * side by side. Where the addon gives no answer for a file, a plain hasher hashes it. So it does with every file of more than
 * `atOnce` bytes: the addon has a content whole in memory, a plain hasher in pieces.
 */
export function nativeHasher(
  addon: NativeNow,
  bounds: FileBounds,
  atOnce: number = bounds.maxContent,
): LocalHasher {
  const plain = plainHasher(bounds);
  const rows = Buffer.alloc(MOST_TOGETHER * NATIVE_ROW_BYTES);
  let queue: Waiting[] = [];
  let bytes = 0;
  let isScheduled = false;
  const hash = (): void => {
    const group = queue;
    queue = [];
    bytes = 0;
    const sidecars = hashTogether(addon, group, { ...bounds, maxContent: atOnce }, rows);
    // Read before any callback, because a callback may start the next group, and that overwrites the rows.
    const results = group.map(({ file }, at) => hashedAt(rows, at, file, sidecars?.[at]));
    for (const [at, { file, take }] of group.entries()) {
      const hashed = results[at];
      if (hashed === undefined) plain.add(file, take);
      else take(hashed);
    }
  };
  const later = (): void => {
    isScheduled = false;
    if (queue.length > 0) hash();
  };
  return {
    add: (file, take) => {
      queue.push({ file, take });
      if (file instanceof Uint8Array) bytes += file.length;
      if (queue.length === MOST_TOGETHER || bytes >= BYTES_TOGETHER) hash();
      else if (!isScheduled) {
        isScheduled = true;
        setImmediate(later);
      }
    },
    stop: () => {
      const left = queue;
      queue = [];
      bytes = 0;
      for (const { take } of left) take(undefined);
      plain.stop();
    },
  };
}

/** Fills the rows of a group, and returns its sidecars; rows say nothing where the addon fails as a whole. */
function hashTogether(
  addon: NativeNow,
  group: readonly Waiting[],
  { maxBytes, maxContent }: FileBounds,
  rows: Buffer,
): readonly (Buffer | undefined)[] | undefined {
  const items = group.map(({ file }) => (isObjectFile(file) ? file.path : file));
  try {
    return addon.hashNow(items, SIDECAR_SUFFIX, maxBytes, maxContent, rows);
  } catch {
    rows.fill(0);
    return undefined;
  }
}

/** The hashes in a row; undefined where the addon gives no answer for its file. */
function hashedAt(
  rows: Buffer,
  at: number,
  file: Uint8Array | ObjectFile,
  sidecar: Buffer | undefined,
): HashedObject | undefined {
  const row = nativeRow(rows, at);
  if (row === undefined) return undefined;
  const version = sidecar === undefined || !isObjectFile(file) ? {} : versionOf(sidecar, file.key);
  const content = { size: row.contentSize, sha256: hex(row.contentSha256), trailingBytes: 0 };
  return { size: row.size, sha256: hex(row.sha256), content, ...version };
}

function hex({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}

/**
 * The native path, where this machine has it: libdeflate and the OpenSSL of this Node (see `native/`). It answers only for
 * whole, plain gzip members. It says nothing of all others, and `hashGzip` judges them.
 */

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

/** Reads, inflates and hashes files on the thread that calls, which is a worker, and returns their content. */
export interface NativeOpen {
  /**
   * Fills `rows` as `hashNow` does. Returns content and sidecar of each item by turns, as texts; a text that is not ASCII gets
   * no answer. The sidecar is undefined where there is none.
   */
  openNow(
    items: readonly (Uint8Array | string)[],
    sidecarSuffix: string,
    maxStored: number,
    maxContent: number,
    rows: Uint8Array,
  ): readonly (string | undefined)[];
}

/** The answer of `hashNow` for one item: sizes in bytes, hashes as views of its row. */
interface NativeRow {
  readonly size: number;
  readonly sha256: Uint8Array;
  readonly contentSize: number;
  readonly contentSha256: Uint8Array;
}

/** Length of a row, whose layout is in `native/addon.c`. */
export const NATIVE_ROW_BYTES = 88;

/** The row of the item at `at`; undefined where the addon gives no answer for it. */
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
 * The addon built for this platform; undefined where there is none, it cannot be loaded or it hashes wrongly. The memory that
 * it keeps for a thread is freed when the thread ends.
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

/** The files that try the addon before it is used: more files than are hashed side by side, and one that is cut off. */
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
  return [size, hexOf(row.sha256), contentSize, hexOf(row.contentSha256)];
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
