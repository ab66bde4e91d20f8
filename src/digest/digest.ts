import type { ObjectRef } from '../source/source.ts';

/** One log file as a digest names it: where it was delivered, and the SHA-256 of its uncompressed content (lower-case hex). */
export interface LogRef extends ObjectRef {
  readonly sha256: string;
}

/** What a digest records of the one before it: its place, content hash (lower-case hex) and signature (hex, as written). */
export interface PreviousDigest extends ObjectRef {
  readonly sha256: string;
  readonly signature: string;
}

/** A well-formed digest file whose content is not proven yet. Times are milliseconds since the epoch. */
export interface Digest {
  readonly account: string;
  readonly startTime: number;
  readonly endTime: number;
  /** `digestEndTime` letter by letter, for the signing string. */
  readonly endTimeText: string;
  /** Where CloudTrail signed it to be. */
  readonly location: ObjectRef;
  /** Lower-case hex MD5 of the signing key's DER bytes. */
  readonly fingerprint: string;
  /** Undefined in a starting digest, whose five `previousDigest…` fields are null. */
  readonly previous: PreviousDigest | undefined;
  readonly logFiles: readonly LogRef[];
  /** Log files that the digest names more than once: keys of the second and later entries. */
  readonly repeatedLogFiles: readonly ObjectRef[];
}
