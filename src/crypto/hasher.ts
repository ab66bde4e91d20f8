import { TrailVerifyError } from '../base/errors.ts';
import { limiter } from '../base/flow.ts';
import { type HashedFile, hashGzip } from './hash-gzip.ts';

/** A file that was read where it lies, and what its source keeps beside it. */
export interface HashedObject extends HashedFile {
  readonly versionId?: string;
}

/**
 * Hashes a file that was read, within the bounds of whoever hashes, here or on another thread; the results are the same. With
 * `handOver` nobody else has a use for the bytes: they may go to another thread, and are gone from here. Rejects with ThreadLost, and
 * as `hashGzip`.
 */
export type HashFile = (file: Uint8Array, handOver: boolean) => Promise<HashedFile>;

/** A thread ended that had the bytes of a file for itself: whoever has them must read them again. */
export class ThreadLost extends Error {
  constructor() {
    super('a thread for hashing was lost');
    this.name = 'ThreadLost';
  }
}

/**
 * Hashes on this thread, one file after the other, contents of `maxContent` bytes at most; after `stop` aborts, whatever was not
 * begun is refused with INTERRUPTED.
 */
export function hashHere(maxContent: number, stop?: AbortSignal): HashFile {
  const limit = limiter(1);
  return (file) =>
    limit(async () => {
      if (stop?.aborted === true) throw interrupted();
      return hashGzip(file, maxContent);
    });
}

/** What a file is refused with that nobody hashes any more. */
export function interrupted(): TrailVerifyError {
  return new TrailVerifyError('INTERRUPTED', 'the hashing of log files was interrupted');
}
