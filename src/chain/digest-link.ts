import { parseDigestKey } from '../digest/digest-key.ts';
import type { Relocator } from '../digest/relocation.ts';
import type { ObjectRef } from '../source/source.ts';
import { objectUri } from '../source/source.ts';
import type { DigestContext, VerifiedDigest } from './check-digest.ts';
import type { Recorded } from './check-link.ts';
import type { OpenedDigest } from './read-digest.ts';

/** Where a digest's link leads, and what it records of the digest there. */
export interface Link {
  readonly ref: ObjectRef;
  /** The end of the linked digest's window (milliseconds since the epoch), by its key. */
  readonly endTime: number;
  readonly signature: string;
  readonly recorded: Recorded;
  /** The digest that links, where it is proven; otherwise the link is only a hint. */
  readonly successor: VerifiedDigest | undefined;
}

/** What a link says of the digest it leads to: a record where the digest that links is proven, otherwise only a signature to try. */
export function proofFrom(link: Link | undefined): Pick<DigestContext, 'recorded' | 'carriedSignature'> {
  if (link === undefined) return {};
  return link.successor === undefined ? { carriedSignature: link.signature } : { recorded: link.recorded };
}

/**
 * The link of a digest just read, `proven` or not; undefined for a starting digest, for one that could not be parsed,
 * and for a link that does not lead back in time, which a walk must not follow (backfill digests may: 'any').
 */
export function linkOf(
  opened: OpenedDigest,
  proven: VerifiedDigest | undefined,
  moves: Relocator,
  direction: 'back' | 'any' = 'back',
): Link | undefined {
  if (opened.state !== 'parsed' || opened.digest.previous === undefined) return undefined;
  const { bucket, key, sha256, signature } = opened.digest.previous;
  const ref = moves.toActual({ bucket, key });
  const endTime = parseDigestKey(ref.key)?.endTime ?? opened.digest.startTime;
  if (direction === 'back' && endTime >= opened.digest.endTime) return undefined;
  const recorded = { sha256, signature: signature.toLowerCase(), by: objectUri(opened.ref) };
  return { ref, endTime, signature, recorded, successor: proven };
}
