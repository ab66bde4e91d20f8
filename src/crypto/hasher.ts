import { interrupted } from '../base/errors.ts';
import { limiter } from '../base/flow.ts';
import { type HashedFile, hashGzip } from './hash-gzip.ts';

/** A file that was read where it lies, and what its source keeps beside it. */
export interface HashedObject extends HashedFile {
  readonly versionId?: string;
}

/**
 * Hashes a file that was read, within the bounds of whoever hashes, here or on another thread; the results are the same. With
 * `handOver` nobody else has a use for the bytes: they may go to another thread, and are gone from here. What was not begun when
 * `signal` aborts is refused with INTERRUPTED. Rejects with ThreadLost, and as `hashGzip`.
 */
export type HashFile = (file: Uint8Array, handOver: boolean, signal?: AbortSignal) => Promise<HashedFile>;

/** A thread ended that had the bytes of a file for itself: whoever has them must read them again. */
export class ThreadLost extends Error {
  constructor() {
    super('a thread for hashing was lost');
    this.name = 'ThreadLost';
  }
}

/** Hashes on this thread, one file after the other, contents of `maxContent` bytes at most. */
export function hashHere(maxContent: number): HashFile {
  const limit = limiter(1);
  return (file, _, signal) =>
    limit(async () => {
      if (signal?.aborted === true) throw interrupted();
      return hashGzip(file, maxContent);
    });
}
