import type { ObjectRef } from '../source/source.ts';
import type { OpenedDigest } from './read-digest.ts';

/** Reads digests at once, for a walk on a thread that may wait for the disk. */
export interface DigestReader {
  /** Whether files come quickly: nothing is opened ahead through the source then. */
  readonly isQuick: boolean;
  /**
   * The digest as `openDigest` opens it; undefined where it does not plainly lie in a file, or files come slowly: then it is
   * opened through the source, which tells why. Never throws.
   */
  read(ref: ObjectRef): OpenedDigest | undefined;
}
