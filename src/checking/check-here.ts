/** Checks batches on the thread that asks: for a library without threads, and before threads are worth their start. */
import { setImmediate } from 'node:timers/promises';
import { hashHere } from '../crypto/hash.ts';
import { plainHasher } from '../hashing/local-hasher.ts';
import type { Access } from '../source/access.ts';
import { ReadPace } from '../source/folder/read-file.ts';
import { ObjectReaders } from '../source/open-readers.ts';
import { checkBatch, LOG_BOUNDS } from './check-batch.ts';
import { firstWidth, hasCredit, type OpenChecker } from './checker.ts';
import type { Batch, Outcome } from './contract.ts';

/** What it may have: requests at once, from the beginning or at most, and bytes of bodies. */
export interface HereSettings {
  readonly requests: number;
  readonly fixed: boolean;
  readonly bytes: number;
}

/** Files at once until it is known how large they are. */
const FIRST_FILES = 16;

/** A checker without a thread. Where files come slowly it leaves them to whoever asked. */
export function checkerHere(settings: HereSettings): OpenChecker {
  const pace = new ReadPace();
  const readers = new ObjectReaders({ ...settings, maxBytes: LOG_BOUNDS.maxBytes, pace });
  const hasher = plainHasher(LOG_BOUNDS, pace);
  const told = new Map<string, Access>();
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
        if (told.get(batch.bucket) !== access) readers.renew(batch.bucket, access);
        told.set(batch.bucket, access);
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
