import { isoTime } from '../base/clock.ts';
import { type KeyLookup, type KeyRing, type PublicKey, verifySignature } from '../crypto/public-key.ts';
import { type Digest, signedText } from '../digest/digest.ts';
import { type Chain, chainId, type DigestKey, parseDigestKey, type Relocator } from '../digest/digest-key.ts';
import { type Finding, type FindingObject, makeFinding, type Outcome } from '../findings/finding.ts';
import { type ObjectRef, objectUri } from '../source/source.ts';
import type { OpenedDigest } from './read-digest.ts';

/**
 * The proof of one digest. Only here does a digest become a VerifiedDigest, by one of three proofs, each an
 * AWS signature that covers its content and its place:
 *
 *   own-signature   the signature in its S3 metadata verifies
 *   successor       a proven successor recorded this very content hash at this place
 *   successor       the signature that an unproven successor carries of it verifies (a bare folder's second newest)
 */

declare const verified: unique symbol;

/** A digest whose content and place AWS's signature proves. Made by `checkDigest` alone. */
export interface VerifiedDigest {
  readonly [verified]: true;
  readonly ref: ObjectRef;
  readonly digest: Digest;
  readonly sha256: string;
  /** The signature that belongs to it, lower-case hex: its own, or the one its successor recorded. */
  readonly signature: string;
  readonly provenBy: 'own-signature' | 'successor';
  /** False where a proven successor recorded another content for this place: genuine, but not of this chain. */
  readonly asRecorded: boolean;
}

/** What a check needs to know besides the digest: what its successor says of it, and what to trust. */
export interface DigestContext {
  readonly chain: Chain;
  readonly keyRing: Pick<KeyRing, 'find'>;
  readonly relocations: Relocator;
  /** The end of its window by its key (milliseconds since the epoch), which unlike the content is bounded by the listing. */
  readonly endTime: number;
  readonly recorded?: Recorded | undefined;
  /** The signatures that unproven digests carry of it (hex), one of which may be its successor. */
  readonly carriedSignatures?: readonly string[] | undefined;
}

/** What became of one digest. `outcome` is the heaviest of the findings' weights. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
  readonly digest: VerifiedDigest | undefined;
}

/** Judges one digest that is there in some form; `opened.state` is never 'absent' here. */
export async function checkDigest(
  opened: Exclude<OpenedDigest, { state: 'absent' }>,
  context: DigestContext,
): Promise<Judgement> {
  // Made for each finding, because a sound digest has none.
  const about = (): About => aboutDigest(opened, context);
  if (opened.state === 'unreadable') {
    return judged([makeFinding('DIGEST_UNREADABLE', about(), opened.failure)], undefined);
  }
  if (opened.state === 'malformed') {
    const evidence = { problems: opened.problems, ...hashEvidence(opened.sha256, context.recorded) };
    const malformed = makeFinding('DIGEST_MALFORMED', about(), evidence);
    return judged([malformed, ...checkLink(about, opened.sha256, undefined, context.recorded)], undefined);
  }
  const { digest, sha256, metadata } = opened;
  const findings: Finding[] = [];
  const signed = signedText(digest, sha256);
  const own = metadata.signature;
  const signing = { signingString: signed, signature: own };
  const expected = context.relocations.toSigned(opened.ref, digest.location);
  const isMoved = digest.location.bucket !== expected.bucket || digest.location.key !== expected.key;
  if (opened.storedInflated === true)
    findings.push(makeFinding('DIGEST_STORED_INFLATED', about(), { sha256 }));
  if (isMoved) {
    const evidence = { expected: objectUri(digest.location), actual: objectUri(expected), ...signing };
    findings.push(makeFinding('DIGEST_MOVED', about(), evidence));
  }
  const { region, kind } = context.chain;
  const query = { region, fingerprint: digest.fingerprint, time: context.endTime };
  const lookup = await context.keyRing.find(
    metadata.generatedAt === undefined ? query : { ...query, generatedAt: metadata.generatedAt },
  );
  findings.push(...checkKey(lookup, digest, region, { about, signing }));
  const key = isUsable(lookup.found, digest) ? lookup.found.key : undefined;
  const verifies = (signature: string | undefined): boolean =>
    key !== undefined && signature !== undefined && verifySignature(signed, signature, key);

  const ownVerifies = verifies(own);
  const hashRecorded = context.recorded?.sha256 === sha256;
  const recordedSignature = hashRecorded ? context.recorded.signature : undefined;
  const carriedSignature = context.carriedSignatures?.find(verifies);
  /** The signature of whichever proof holds: its own, or the one that its successor kept. */
  const provenSignature = (ownVerifies ? own : undefined) ?? recordedSignature ?? carriedSignature;
  const invalid = (signatureFrom: 'metadata' | 'successor', signature: string): void => {
    const hashes = hashEvidence(sha256, context.recorded);
    const { fingerprint } = digest;
    const evidence = { fingerprint, signatureFrom, signingString: signed, signature, ...hashes };
    findings.push(makeFinding('DIGEST_SIGNATURE_INVALID', about(), evidence));
  };
  if (key !== undefined && own !== undefined && !ownVerifies) invalid('metadata', own);
  if (
    key !== undefined &&
    own === undefined &&
    context.recorded !== undefined &&
    !verifies(context.recorded.signature)
  )
    invalid('successor', context.recorded.signature);

  const absent = absentMetadata(metadata, kind);
  // A bare folder keeps no metadata. A user who declares that objects were copied has said that they were written again.
  const isCopy = expected.bucket !== opened.ref.bucket || expected.key !== opened.ref.key;
  const mayLackMetadata = !metadata.kept || isCopy;
  if (absent.length > 0) {
    const evidence = hashRecorded ? { absent, provenBy: context.recorded.by } : { absent };
    const weight = mayLackMetadata && provenSignature !== undefined ? 'note' : 'unproven';
    findings.push(makeFinding('DIGEST_SIGNATURE_MISSING', about(), evidence, weight));
  }
  findings.push(...checkLink(about, sha256, own, context.recorded));
  if (provenSignature === undefined || isMoved) return judged(findings, undefined);
  const asRecorded = context.recorded === undefined || hashRecorded;
  const provenBy = ownVerifies ? 'own-signature' : 'successor';
  // The one place where the brand is given: everything above has earned it.
  return judged(findings, {
    ref: opened.ref,
    digest,
    sha256,
    signature: provenSignature.toLowerCase(),
    provenBy,
    asRecorded,
  } as VerifiedDigest);
}

/** The content hash that was recorded of a digest and the one that was computed, as far as they are known. */
function hashEvidence(
  actual: string | undefined,
  recorded: Recorded | undefined,
): { readonly expected?: string | undefined; readonly actual?: string | undefined } {
  return { expected: recorded?.sha256, actual };
}

/** What every finding of a digest begins with. */
type About = Pick<Finding, 'object'> & { readonly chain: string; readonly time: string };

function aboutDigest(opened: OpenedDigest, { chain, endTime, relocations }: DigestContext): About {
  const { ref, versionId } = opened;
  const claims = opened.state === 'parsed' ? opened.digest.location : undefined;
  const version = versionId === undefined ? {} : { versionId };
  return {
    object: { ...findingObject(ref, relocations, claims), ...version },
    chain: chainId(chain),
    time: isoTime(endTime),
  };
}

interface KeyFindingFacts {
  readonly about: () => About;
  readonly signing: { readonly signingString: string; readonly signature?: string | undefined };
}

function checkKey(
  lookup: KeyLookup,
  digest: Digest,
  region: string,
  { about, signing }: KeyFindingFacts,
): readonly Finding[] {
  const { fingerprint } = digest;
  if (lookup.found === undefined) {
    const evidence = { fingerprint, region, ringComplete: lookup.complete, ...signing };
    return [makeFinding('DIGEST_KEY_UNKNOWN', about(), evidence)];
  }
  const { validTo, origin, distrust } = lookup.found;
  // Its validity is as little known as the key itself.
  if (distrust !== undefined) {
    const evidence = { fingerprint, region, origin, ...distrust, ...signing };
    return [makeFinding('KEYS_UNTRUSTED', about(), evidence)];
  }
  if (validTo === undefined || !isExpired(lookup.found, digest)) return [];
  const times = { validTo: isoTime(validTo), digestEnd: isoTime(digest.endTime) };
  const evidence = { fingerprint, region, ...times, ...signing };
  return [makeFinding('DIGEST_KEY_EXPIRED', about(), evidence)];
}

/** Whether a key may prove a digest: it must be there, of a trusted origin, and not have ended before. */
function isUsable(key: PublicKey | undefined, digest: Digest): key is PublicKey {
  return key !== undefined && key.distrust === undefined && !isExpired(key, digest);
}

function isExpired(key: { readonly validTo: number | undefined }, digest: Digest): boolean {
  return key.validTo !== undefined && key.validTo < digest.endTime;
}

function absentMetadata(
  metadata: { signature: string | undefined; algorithm: string | undefined; generatedAt: number | undefined },
  kind: Chain['kind'],
): readonly string[] {
  const absent: string[] = [];
  if (metadata.signature === undefined) absent.push('signature');
  if (metadata.algorithm !== 'SHA256withRSA') absent.push('signature-algorithm');
  if (kind === 'backfill' && metadata.generatedAt === undefined) absent.push('backfill-generation-timestamp');
  return absent;
}

function judged(findings: readonly Finding[], digest: VerifiedDigest | undefined): Judgement {
  return { outcome: outcomeOf(findings), findings, digest };
}

/** The outcome that findings about one object add up to. */
export function outcomeOf(findings: readonly Finding[]): Outcome {
  if (findings.some((finding) => finding.weight === 'violation')) return 'invalid';
  return findings.some((finding) => finding.weight === 'unproven') ? 'unproven' : 'valid';
}

/** What a proven successor recorded of a digest: content hash and signature (lower-case hex), and the successor's URI. */
export interface Recorded {
  readonly sha256: string;
  readonly signature: string;
  readonly by: string;
}

/**
 * Both links to the digest really read: the content hash (`previousDigestHashValue`) and the signature
 * (`previousDigestSignature`). A hash or signature that the digest does not have, or a missing record, gives no
 * finding here: other checks name those.
 */
export function checkLink(
  about: () => Pick<Finding, 'object'> & { readonly chain: string; readonly time: string },
  sha256: string | undefined,
  signature: string | undefined,
  recorded: Recorded | undefined,
): readonly Finding[] {
  if (recorded === undefined) return [];
  const findings: Finding[] = [];
  if (sha256 !== undefined && sha256 !== recorded.sha256) {
    const evidence = { expected: recorded.sha256, actual: sha256, recordedBy: recorded.by };
    findings.push(makeFinding('LINK_HASH_MISMATCH', about(), evidence));
  }
  if (signature !== undefined && signature !== recorded.signature) {
    const evidence = { expected: recorded.signature, actual: signature, recordedBy: recorded.by };
    findings.push(makeFinding('LINK_SIGNATURE_MISMATCH', about(), evidence));
  }
  return findings;
}

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
  relocations: Relocator,
  direction: 'back' | 'any' = 'back',
): Link | undefined {
  if (opened.state !== 'parsed' || opened.digest.previous === undefined) return undefined;
  if (astrayOf(opened, relocations, direction) !== undefined) return undefined;
  const { bucket, key, sha256, signature } = opened.digest.previous;
  const ref = relocations.toActual({ bucket, key });
  const endTime = parseDigestKey(ref.key)?.endTime ?? opened.digest.startTime;
  const recorded = { sha256, signature: signature.toLowerCase(), by: objectUri(opened.ref) };
  return { ref, endTime, signature, recorded, successor: proven };
}

/** Where a link leads that cannot be one of its chain, and why not. */
interface AstrayLink {
  readonly ref: ObjectRef;
  readonly reason: 'not-back' | 'other-chain';
}

/**
 * What is wrong with where a digest's link leads: to itself or a later digest (but 'any'), or to one of another account,
 * Region or trail. Each link goes back by the time in its key, so that a walk along links ends.
 */
export function astrayOf(
  opened: OpenedDigest,
  relocations: Relocator,
  direction: 'back' | 'any' = 'back',
): AstrayLink | undefined {
  if (opened.state !== 'parsed' || opened.digest.previous === undefined) return undefined;
  const { previous, startTime, endTime } = opened.digest;
  const ref = relocations.toActual({ bucket: previous.bucket, key: previous.key });
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

/**
 * An object as findings name it: where it is, and where it was signed to be if a declared relocation separates the two; by where it
 * `claims` to be, where several moves lead to its place.
 */
export function findingObject(actual: ObjectRef, relocations: Relocator, claims?: ObjectRef): FindingObject {
  const uri = objectUri(actual);
  const signedAs = objectUri(relocations.toSigned(actual, claims));
  return signedAs === uri ? { ...actual, uri } : { ...actual, uri, signedAs };
}
