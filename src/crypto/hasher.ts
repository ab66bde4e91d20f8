import { TrailVerifyError } from '../errors.ts';
import { limiter } from '../parallel.ts';
import type { ObjectFile } from '../source/source.ts';
import { type HashedFile, hashGzip } from './hash-gzip.ts';

/** Bounds of one file, in bytes, and whether its place in a batch with others cost it its thread before. */
export interface HashOptions {
  readonly maxContent: number;
  /** Hash it in a batch of its own. */
  readonly alone?: boolean;
  /** Nobody else has a use for the bytes: they may go to another thread, and are gone from here. */
  readonly handOver?: boolean;
}

/** A file that was read where it lies, and what its source keeps beside it. */
export interface HashedObject extends HashedFile {
  readonly versionId?: string;
}

/** A thread ended while it had this file. It may have been that of another file in its batch: one more try, alone, tells. */
export class ThreadLost extends TrailVerifyError {
  constructor(reason: string) {
    super('OBJECT_UNREACHABLE', reason);
    this.name = 'ThreadLost';
  }
}

/** Hashes log files, here or on other threads; the results are the same. Rejects with ThreadLost, and as `hashGzip`. */
export interface Hasher {
  /** How many files should be on their way at once for it to be busy. */
  readonly ahead: number;
  /** Resolves when bytes of another file may be held for it. */
  ready(): Promise<void>;
  /** Hashes a file that was read. */
  hash(file: Uint8Array, options: HashOptions): Promise<HashedFile>;
  /**
   * Reads and hashes a file where it lies; undefined where it cannot be done so and the object must be opened through its
   * source, which then tells why.
   */
  hashFile?(
    file: ObjectFile,
    options: HashOptions & { readonly maxBytes: number },
  ): Promise<HashedObject | undefined>;
}

/** The hasher of this thread: one file after the other. */
export function threadHasher(): Hasher {
  const limit = limiter(1);
  return {
    ahead: 0,
    ready: async () => {},
    hash: (file, { maxContent }) => limit(() => hashGzip(file, maxContent)),
  };
}
