import { type DigestKey, parseDigestKey } from '../digest/digest-key.ts';
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
export function proofFrom(link: Link | undefined): Pick<DigestContext, 'recorded' | 'carriedSignatures'> {
  if (link === undefined) return {};
  return link.successor === undefined ? { carriedSignatures: [link.signature] } : { recorded: link.recorded };
}

/**
 * The link of a digest just read, `proven` or not; undefined for a starting digest, for one that could not be parsed,
 * and for a link that leads astray, which a walk must not follow (backfill digests may link to later ones: 'any').
 */
export function linkOf(
  opened: OpenedDigest,
  proven: VerifiedDigest | undefined,
  moves: Relocator,
  direction: 'back' | 'any' = 'back',
): Link | undefined {
  if (opened.state !== 'parsed' || opened.digest.previous === undefined) return undefined;
  if (astrayOf(opened, moves, direction) !== undefined) return undefined;
  const { bucket, key, sha256, signature } = opened.digest.previous;
  const ref = moves.toActual({ bucket, key });
  const endTime = parseDigestKey(ref.key)?.endTime ?? opened.digest.startTime;
  const recorded = { sha256, signature: signature.toLowerCase(), by: objectUri(opened.ref) };
  return { ref, endTime, signature, recorded, successor: proven };
}

/** Where a link leads that cannot be one of its chain, and why not. */
export interface AstrayLink {
  readonly ref: ObjectRef;
  readonly reason: 'not-back' | 'other-chain';
}

/**
 * What is wrong with where a digest's link leads: to itself or a later digest (but 'any'), or to one of another account,
 * Region or trail. Each link goes back by the time in its key, so that a walk along links ends.
 */
export function astrayOf(
  opened: OpenedDigest,
  moves: Relocator,
  direction: 'back' | 'any' = 'back',
): AstrayLink | undefined {
  if (opened.state !== 'parsed' || opened.digest.previous === undefined) return undefined;
  const { previous, startTime, endTime } = opened.digest;
  const ref = moves.toActual({ bucket: previous.bucket, key: previous.key });
  const own = parseDigestKey(opened.ref.key);
  const led = parseDigestKey(ref.key);
  if (own !== undefined && led !== undefined && !isSameTrail(own, led, direction))
    return { ref, reason: 'other-chain' };
  const isBack = (led?.endTime ?? startTime) < Math.min(own?.endTime ?? endTime, endTime);
  return direction === 'any' || isBack ? undefined : { ref, reason: 'not-back' };
}

/** Whether two digests are of one trail in one account and Region; which kind follows which is known of hourly ones alone. */
function isSameTrail(own: DigestKey, led: DigestKey, direction: 'back' | 'any'): boolean {
  const isSame =
    own.account === led.account &&
    own.region === led.region &&
    own.trail === led.trail &&
    own.homeRegion === led.homeRegion;
  return isSame && (direction === 'any' || own.kind === led.kind);
}
