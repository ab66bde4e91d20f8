import type { Digest } from './digest.ts';

/** What CloudTrail signs of a digest: the end of its window as written, its place, content hash, and the previous signature. */
export interface SignedParts {
  readonly endTimeText: string;
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of the uncompressed digest, lower-case hex. */
  readonly sha256: string;
  /** `previousDigestSignature` as written; undefined in a starting digest, which signs the letters `null`. */
  readonly previousSignature: string | undefined;
}

/** What CloudTrail signed of a digest that says this, and whose uncompressed content has that hash. */
export function signedText({ endTimeText, location, previous }: Digest, sha256: string): string {
  const { bucket, key } = location;
  return signingString({ endTimeText, bucket, key, sha256, previousSignature: previous?.signature });
}

/**
 * The signing string: four lines joined by LF, none behind the last. That a starting digest signs the literal
 * `null` is in aws-cli ("to match the Java implementation") and in genuine digests, not in the user guide.
 */
export function signingString(parts: SignedParts): string {
  return `${parts.endTimeText}\n${parts.bucket}/${parts.key}\n${parts.sha256}\n${parts.previousSignature ?? 'null'}`;
}
