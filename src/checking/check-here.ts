import { setImmediate } from 'node:timers/promises';
import { type HashedObject, hashHere } from '../crypto/hash.ts';
import { type FileBounds, type LocalHasher, plainHasher } from '../hashing/local-hasher.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from '../logs/check-log.ts';
import type { Access, FoundObject, ObjectReader } from '../source/access.ts';
import { ReadPace } from '../source/folder/object-file.ts';
import { ObjectReaders } from '../source/open-readers.ts';
import type { StoredObject } from '../source/source.ts';
import { WIDEST_WINDOW } from '../source/wrappers.ts';
import {
  type Batch,
  BETWEEN,
  BYTES_HELD,
  type Checker,
  firstWidth,
  hasCredit,
  MOST_HANDED_ON,
  type OpenChecker,
  type Outcome,
  PackedWriter,
  requestsOf,
} from './contract.ts';

/** The task of a batch: read each of its files, hash it, and report those whose content has the hash that their digest recorded. */

/** Bounds of one log file, in bytes: those of every other check of it. */
export const LOG_BOUNDS: FileBounds = { maxBytes: MAX_LOG_FILE, maxContent: MAX_LOG_CONTENT };

/**
 * Checks one batch, and hands over its outcome. Only one whole gzip member, and nothing behind it, agrees. Every other file is
 * odd, and so are all files of a batch that contradicts itself.
 */
export function checkBatch(
  batch: Batch,
  reader: ObjectReader | undefined,
  hasher: LocalHasher,
  done: (outcome: Omit<Outcome, 'width'>) => void,
): void {
  const { number, bucket, count, items, paced, handsOn } = batch;
  const parts = items.split(BETWEEN);
  const isSound = parts.length === 2 * count;
  const writer = new PackedWriter(bucket, count);
  const odd: number[] = [];
  const stored: StoredObject[] = [];
  let handed = 0;
  let left = count;
  let read = 0;
  let inflated = 0;
  const one = (): void => {
    left -= 1;
    if (left > 0) return;
    done({ batch: number, odd, read, inflated, packed: writer.pack(), ...(handsOn ? { stored } : {}) });
  };
  /** Keeps the bytes that are to be handed on; false where there is no room for them, or not all of them are known. */
  const isKept = (at: number, found: FoundObject | undefined): boolean => {
    if (!handsOn) return true;
    const { file: bytes, description } = found ?? {};
    if (!(bytes instanceof Uint8Array) || description === undefined) return false;
    if (handed > 0 && handed + bytes.length > MOST_HANDED_ON) return false;
    handed += bytes.length;
    stored[at] = { bytes, ...description };
    return true;
  };
  const judge = (at: number, hashed: HashedObject | undefined, found: FoundObject | undefined): void => {
    const content = parts[2 * at + 1] ?? '';
    const versionId = found?.versionId ?? hashed?.versionId;
    if (hashed === undefined || !agrees(hashed, content) || !isKept(at, found)) odd.push(at);
    else {
      const { size, sha256 } = hashed;
      const sizes = { size, inflated: hashed.content.size ?? 0 };
      writer.put(at, { key: parts[2 * at] ?? '', versionId, stored: sha256, content, ...sizes });
      read += sizes.size;
      inflated += sizes.inflated;
    }
    one();
  };
  const keys = Array.from({ length: count }, (_, at) => parts[2 * at] ?? '');
  if (reader === undefined || !isSound) {
    for (const at of keys.keys()) judge(at, undefined, undefined);
    return;
  }
  const take = (at: number, found: FoundObject | undefined): void => {
    if (found === undefined) {
      judge(at, undefined, undefined);
      return;
    }
    const { file } = found;
    hasher.add(file, (hashed) => {
      if (file instanceof Uint8Array) reader.release(file.length);
      judge(at, hashed, found);
    });
  };
  reader.read(bucket, keys, take, { once: paced, described: handsOn });
}

function agrees({ content }: HashedObject, expected: string): boolean {
  return content.size !== undefined && content.trailingBytes === 0 && content.sha256 === expected;
}

/** Checks batches on the thread that asks: for a library without threads, and before threads are worth their start. */

/** Its bounds: requests at once, from the beginning or at most, and bytes of bodies. */
interface HereSettings {
  readonly requests: number;
  readonly fixed: boolean;
  readonly bytes: number;
}

/** Files at once until it is known how large they are. */
const FIRST_FILES = 16;

/** A checker without a thread. Where files come slowly it leaves them to the caller. */
export function checkerHere(settings: HereSettings): OpenChecker {
  const pace = new ReadPace();
  const readers = new ObjectReaders({ ...settings, maxBytes: LOG_BOUNDS.maxBytes, pace });
  const hasher = plainHasher(LOG_BOUNDS, pace);
  const accesses = new Map<string, Access>();
  let files = 0;
  let next = 0;
  let isKnown = false;
  const waiting: (() => void)[] = [];
  const wakeAll = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  return {
    requests: settings.requests,
    // Until it is known how large files are, few are held up by one another.
    hasRoom: (paced) => {
      // Where nothing was read yet, and of a copy, there is none.
      const width = readers.width === 0 ? firstWidth(settings) : readers.width;
      return hasCredit(files, width, paced) && (isKnown || files < FIRST_FILES);
    },
    onRoom: (wake) => waiting.push(wake),
    isIdle: () => files === 0,
    check: async (asked, access) => {
      const batch: Batch = { ...asked, number: next };
      next += 1;
      files += batch.count;
      try {
        // Others have their turn before files are read at once.
        await setImmediate();
        if (accesses.get(batch.bucket) !== access) readers.renew(batch.bucket, access);
        accesses.set(batch.bucket, access);
        const outcome = await new Promise<Omit<Outcome, 'width'>>((resolve) =>
          checkBatch(batch, readers.of(batch.bucket), hasher, resolve),
        );
        isKnown = true;
        return { ...outcome, width: readers.width };
      } finally {
        files -= batch.count;
        wakeAll();
      }
    },
    hash: hashHere(LOG_BOUNDS.maxContent),
    stop: () => {
      readers.stop();
      hasher.stop();
    },
    close: () => {
      wakeAll();
      return readers.close();
    },
  };
}

/** The facts that decide how a run checks its log files, and where. */
interface CheckingOptions {
  readonly source: { readonly access?: unknown; readonly kind?: string | undefined };
  readonly checker?: Checker | undefined;
  readonly concurrency?: number | undefined;
}

/** The checker of one run. */
export interface RunChecker {
  readonly checker: Checker;
  /** Whether it reads log files itself, in batches; else the run reads them one by one, and has them hashed. */
  readonly inBatches: boolean;
  /** Objects that the run itself may read at once, next to the checker. */
  readonly rest: number;
  /** Ends everything that was opened for this run alone. */
  close(): Promise<void>;
}

/**
 * Objects that the thread that asks reads at once where no number is given: of a copy enough for its disk; of S3 the digests of
 * several chains, a bucket's latency being worth some hundred.
 */
const OF_A_COPY = 64;
const OF_A_BUCKET = 128;

/**
 * The checker of a run: the given one, or else the thread that asks. Log files are checked in batches, but where nobody else reads
 * the source, and where so few requests may be in flight that they cannot be divided. Reading a copy
 * is no request.
 */
export function runChecker(options: CheckingOptions): RunChecker {
  const { source, checker } = options;
  const isCopy = source.kind !== 's3';
  const concurrency = isCopy ? undefined : options.concurrency;
  const given = checker?.requests ?? requestsOf(concurrency) ?? WIDEST_WINDOW;
  const left = concurrency === undefined ? undefined : concurrency - given;
  const inBatches = source.access !== undefined && given > 0 && (left === undefined || left > 0);
  const all = options.concurrency ?? (isCopy ? OF_A_COPY : OF_A_BUCKET);
  const rest = inBatches && left !== undefined ? left : all;
  if (checker !== undefined) return { checker, inBatches, rest, close: async () => {} };
  const fixed = concurrency !== undefined;
  const here = checkerHere({ requests: Math.max(1, given), fixed, bytes: BYTES_HELD });
  return { checker: here, inBatches, rest, close: () => here.close() };
}
