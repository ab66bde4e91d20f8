import type { PublicKey } from '../crypto/key-ring.ts';
import type { ObjectFile, ObjectRef } from '../source/source.ts';
import type { OpenedDigest } from './read-digest.ts';

/** Reads digests where they lie, on other threads, and tries their own signatures there. */
export interface DigestReader {
  /**
   * The digest in that file as `openDigest` opens it; undefined where it has to be opened through its source, which then
   * tells why. Never rejects.
   */
  read(ref: ObjectRef, file: ObjectFile): Promise<OpenedDigest | undefined>;
  /** A key that digests are signed with, to try signatures under ahead of need. */
  learn(key: PublicKey): void;
}
