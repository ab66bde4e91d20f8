/** Hashes files for the thread that it runs on, one after the other, or natively many at a time. */
import { hashGzipNow, hashLongGzip } from '../crypto/hash-gzip.ts';
import type { HashedObject } from '../crypto/hasher.ts';
import { SIDECAR_SUFFIX } from '../source/folder-path.ts';
import { type ReadBuffer, readBuffer, readObjectFile, versionOf } from '../source/object-file.ts';
import type { ReadPace } from '../source/read-pace.ts';
import type { ObjectFile } from '../source/source.ts';
import { isObjectFile } from './lane.ts';
import type { NativeAddon } from './native-addon.ts';

/** Bounds of each file, in bytes. */
export interface FileBounds {
  readonly maxBytes: number;
  readonly maxContent: number;
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

/** Files of one native call: as many as are hashed side by side, some times over. */
const MOST_TOGETHER = 64;
const SIDE_BY_SIDE = 8;
const LEAST_TOGETHER = 16;

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

/** A hasher that asks the addon, and a plain one where that does not vouch for a file. */
export function nativeHasher(addon: NativeAddon, bounds: FileBounds): LocalHasher {
  const plain = plainHasher(bounds);
  let queue: Waiting[] = [];
  let isBusy = false;
  let isScheduled = false;
  const send = async (): Promise<void> => {
    isBusy = true;
    while (queue.length > 0) {
      const count = Math.min(MOST_TOGETHER, queue.length);
      const group = queue.splice(0, count > SIDE_BY_SIDE ? count - (count % SIDE_BY_SIDE) : count);
      const items = group.map(({ file }) => (isObjectFile(file) ? file.path : file));
      const { maxBytes, maxContent } = bounds;
      const results = await addon.hashBatch(items, SIDECAR_SUFFIX, maxBytes, maxContent).catch(() => []);
      for (const [at, { file, take }] of group.entries()) {
        const result = results[at];
        if (result === undefined) {
          plain.add(file, take);
          continue;
        }
        const [size, sha256, contentSize, contentSha256, sidecar] = result;
        const version = sidecar === undefined || !isObjectFile(file) ? {} : versionOf(sidecar, file.key);
        const content = { size: contentSize, sha256: contentSha256, trailingBytes: 0 };
        take({ size, sha256, content, ...version });
      }
    }
    isBusy = false;
  };
  const later = (): void => {
    isScheduled = false;
    if (!isBusy) void send();
  };
  return {
    add: (file, take) => {
      queue.push({ file, take });
      if (isBusy || isScheduled) return;
      if (queue.length >= LEAST_TOGETHER) void send();
      else {
        // What comes in the same turn goes along.
        isScheduled = true;
        setImmediate(later);
      }
    },
    stop: () => {
      const left = queue;
      queue = [];
      for (const { take } of left) take(undefined);
      plain.stop();
    },
  };
}
