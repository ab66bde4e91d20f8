/** Hashes files for the thread that it runs on, one after the other, or natively many at a time. */
import { type HashedObject, hashGzipNow, hashLongGzip } from '../crypto/hash.ts';
import type { ObjectFile } from '../source/access.ts';
import { type ReadBuffer, readBuffer, readObjectFile, versionOf } from '../source/folder/object-file.ts';
import { SIDECAR_SUFFIX } from '../source/folder/path.ts';
import type { ReadPace } from '../source/folder/read-file.ts';
import { NATIVE_ROW_BYTES, type NativeNow, nativeRow } from './native-addon.ts';

/** Bounds of each file, in bytes. */
export interface FileBounds {
  readonly maxBytes: number;
  readonly maxContent: number;
}

/** Where a file lies that nobody has read yet, rather than its bytes. */
function isObjectFile(file: Uint8Array | ObjectFile): file is ObjectFile {
  return !(file instanceof Uint8Array);
}

/** Is told what a file holds; undefined where it cannot be read where it lies, or this machine fails. */
export type TakeHashed = (hashed: HashedObject | undefined) => void;

/** Hashes what it is given, in the order in which it comes. */
export interface LocalHasher {
  /** `take` may be called at once. Bytes are used until then. */
  add(file: Uint8Array | ObjectFile, take: TakeHashed): void;
  /** Begins with nothing more: what waits is told as undefined. */
  stop(): void;
}

interface Waiting {
  readonly file: Uint8Array | ObjectFile;
  readonly take: TakeHashed;
}

/**
 * Files of one native call at most, many times as many as are hashed side by side; and bytes held, for connections wait
 * meanwhile.
 */
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
      // Most are done at once; one that is long keeps the others, for they share the buffer.
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
    // What this machine lacks is told by the thread that asked, if it lacks it too.
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
 * A hasher that asks the addon, on the thread that calls: all that came in one turn goes together, for files are hashed side
 * by side. What the addon does not vouch for, a plain one hashes, and so whatever holds more than `atOnce` bytes: the addon has a
 * content whole in memory, a plain hasher in pieces.
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
    // Read before anybody is told, for what is told may lead to the next group, and that to other rows.
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

/** What a row says; undefined where its file is not vouched for. */
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
