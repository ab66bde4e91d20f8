import { type ErrorCode, malformed, TrailVerifyError } from '../base/errors.ts';
import { type OpenedDigest, openDigest } from '../chain/read-digest.ts';
import { md5 } from '../crypto/hash.ts';
import { parsePublicKey } from '../crypto/key-file.ts';
import { type PublicKey, verifySignature } from '../crypto/public-key.ts';
import { type Digest, signingString } from '../digest/digest.ts';
import { chainId, chainOf, parseDigestKey, relocator } from '../digest/digest-key.ts';
import type { KeyReport, Report } from '../report/report.ts';
import { type PlacedLine, refOf } from '../report/scan-inventory.ts';
import { type ObjectRef, objectUri, type Source } from '../source/source.ts';
import { decodeBase64, MOST_PROOF_DIGESTS, type ProofSignature } from './proof.ts';

/** Digest files that prove an object, and AWS's signature of the last, as far as there are any. */
export interface ProvingDigests {
  readonly digests: readonly { readonly placed: PlacedLine; readonly stored: Uint8Array }[];
  readonly signature: ProofSignature | undefined;
}

/** What they are looked for in: the digest's own line, and those of digests before it in the inventory, the nearest first. */
export interface DigestMaterial {
  readonly digest: PlacedLine;
  readonly newer: readonly PlacedLine[];
  readonly report: Report;
  readonly source: Source;
}

interface Read {
  readonly placed: PlacedLine;
  readonly stored: Uint8Array;
  readonly opened: OpenedDigest;
}

/**
 * The digest that names an object, with its own signature or the one that its successor recorded; where neither verifies
 * the successor proves it, and so on. Throws EVIDENCE_INVALID for a digest that is no longer the one that the report
 * counted, OBJECT_UNREACHABLE for one that cannot be read, and what the source throws.
 */
export async function provingDigests(material: DigestMaterial): Promise<ProvingDigests> {
  const { report, source, digest } = material;
  const first = await readCounted(digest, source);
  const chain: Read[] = [];
  let candidates = material.newer;
  let next: Read | undefined = first;
  while (next !== undefined && chain.length < MOST_PROOF_DIGESTS) {
    const current: Read = next;
    chain.push(current);
    const own = metadataSignature(current);
    const byOwn = verifying(current, own, report);
    if (byOwn !== undefined) return { digests: chain, signature: byOwn };
    const successor = await successorOf(current, candidates, material);
    const byRecord = verifying(current, successor && recordedBy(successor.opened, current, report), report);
    if (byRecord !== undefined) return { digests: chain, signature: byRecord };
    candidates =
      successor === undefined ? [] : candidates.filter(({ index }) => index < successor.placed.index);
    next = successor;
  }
  // The last of a window that ends in the past may be proven by a digest that the report does not count.
  const last = chain.at(-1) ?? first;
  const outside = await recordedOutside(last, material);
  if (outside !== undefined) return { digests: chain, signature: outside };
  // Nothing proves it: only its own claim is left.
  return { digests: [first], signature: claimed(first, metadataSignature(first), report)[0]?.facts };
}

/** The text that AWS signs for a digest; `sha256` is that of its content. */
export function digestSigningString(digest: Digest, sha256: string): string {
  const { endTimeText, location, previous } = digest;
  return signingString({ endTimeText, ...location, sha256, previousSignature: previous?.signature });
}

async function readCounted(placed: PlacedLine, source: Source): Promise<Read> {
  const ref = refOf(placed.line);
  const opened = await openDigest(source, ref, true);
  if (opened.state === 'unreadable')
    throw new TrailVerifyError(
      'OBJECT_UNREACHABLE',
      `${objectUri(ref)} cannot be read: ${opened.failure.detail}`,
      {
        hint: 'give access to the objects that the report was made of, or a copy of them with --source',
      },
    );
  const read = asCounted(placed, opened);
  if (read === undefined) throw malformed(objectUri(ref), 'is no longer there as the report counted it');
  return read;
}

function asCounted(placed: PlacedLine, opened: OpenedDigest): Read | undefined {
  const stored = opened.stored?.bytes;
  return stored !== undefined && opened.hashes?.stored === placed.line.stored
    ? { placed, stored, opened }
    : undefined;
}

/** The digest that recorded this very one. A candidate that cannot be read, or has changed since, is none. */
async function successorOf(
  current: Read,
  candidates: readonly PlacedLine[],
  { report, source }: DigestMaterial,
): Promise<Read | undefined> {
  for (const candidate of candidates) {
    const read = asCounted(candidate, await openDigest(source, refOf(candidate.line), true));
    if (read !== undefined && recordedBy(read.opened, current, report) !== undefined) return read;
  }
  return undefined;
}

async function recordedOutside(
  last: Read,
  { report, source }: DigestMaterial,
): Promise<ProofSignature | undefined> {
  for (const ref of await listSuccessors(refOf(last.placed.line), source)) {
    const signature = recordedBy(await openDigest(source, ref), last, report);
    const facts = verifying(last, signature, report);
    if (facts !== undefined) return facts;
  }
  return undefined;
}

/** The signature that `newer` records of `current`; undefined where it records another digest or none. */
function recordedBy(newer: OpenedDigest, { placed, opened }: Read, { source }: Report): string | undefined {
  const previous = newer.state === 'parsed' ? newer.digest.previous : undefined;
  if (previous === undefined || opened.state !== 'parsed' || previous.sha256 !== opened.sha256)
    return undefined;
  const { bucket, key }: ObjectRef = relocator(source.relocated).toActual(previous);
  const isSame = bucket === placed.line.bucket && key === placed.line.key;
  return isSame ? previous.signature.toLowerCase() : undefined;
}

function metadataSignature({ opened }: Read): string | undefined {
  return opened.state === 'parsed' ? opened.metadata.signature : undefined;
}

function verifying(read: Read, value: string | undefined, report: Report): ProofSignature | undefined {
  return claimed(read, value, report).find(({ verifies }) => verifies)?.facts;
}

/** The facts of a signature with each key of the report that it could be by. */
function claimed(
  { opened }: Read,
  value: string | undefined,
  report: Report,
): readonly { readonly verifies: boolean; readonly facts: ProofSignature }[] {
  if (opened.state !== 'parsed' || value === undefined) return [];
  const { digest, sha256 } = opened;
  const signed = digestSigningString(digest, sha256);
  return signingKeysOf(report.keys, digest).map(({ key, der, isExpired }) => ({
    verifies: !isExpired && signatureVerifies(signed, value, der),
    facts: { value, signingString: signed, key },
  }));
}

/** A key of a report that may have signed a digest. */
export interface SigningKey {
  readonly key: ProofSignature['key'];
  readonly der: Uint8Array;
  /** Whether its validity had ended when the digest's window ended. */
  readonly isExpired: boolean;
}

/** The keys of a report that a digest names: by the fingerprint that their own bytes have, and in its Region or any. */
export function signingKeysOf(keys: readonly KeyReport[], digest: Digest): readonly SigningKey[] {
  const wanted = parseDigestKey(digest.location.key)?.region;
  return keys.flatMap(({ fingerprint, region, publicKey = '', validTo }) => {
    const der = decodeBase64(publicKey);
    const isNamed = der !== undefined && fingerprint === digest.fingerprint && md5(der) === fingerprint;
    if (!isNamed || (region !== null && region !== wanted)) return [];
    const isExpired = validTo !== null && Date.parse(validTo) < digest.endTime;
    return [{ key: { fingerprint, region, publicKey }, der, isExpired }];
  });
}

/** Whether keys from elsewhere hold that key, byte for byte, for the Region and the time of a digest, and may be trusted. */
export function holdsKey(keys: readonly PublicKey[], der: Uint8Array, digest: Digest): boolean {
  const wanted = parseDigestKey(digest.location.key)?.region;
  return keys.some(
    ({ fingerprint, der: other, region, validTo, distrust }) =>
      distrust === undefined &&
      fingerprint === digest.fingerprint &&
      Buffer.compare(other, der) === 0 &&
      (region === undefined || region === wanted) &&
      (validTo === undefined || validTo >= digest.endTime),
  );
}

/** Whether a signature (hex) over `signed` is by the key in those DER bytes; false for bytes that are no key of CloudTrail. */
export function signatureVerifies(signed: string, signature: string, der: Uint8Array): boolean {
  try {
    return verifySignature(signed, signature, parsePublicKey(der, 'of the proof'));
  } catch (error) {
    if (error instanceof TrailVerifyError) return false;
    throw error;
  }
}

/** Digests of the same chain that may be the next one: after an interruption it is not the next hour's. */
const MOST_SUCCESSORS = 4;
/** A day's digests of every trail of a Region come between two of one trail. */
const MOST_LISTED = 5000;
/** A user who may read the objects of a report need not have the right to list them. */
const CLOSED: ReadonlySet<string> = new Set<ErrorCode>(['ACCESS_DENIED', 'TARGET_NOT_FOUND']);

/**
 * Digest files of the same chain that follow a digest in its folder, the next one first; none for a key that is no
 * digest's or a folder that may not be listed. Throws as `Source.list` for all else.
 */
async function listSuccessors(place: ObjectRef, source: Source): Promise<readonly ObjectRef[]> {
  try {
    return await listBehind(place, source);
  } catch (error) {
    const isClosed = error instanceof TrailVerifyError && CLOSED.has(error.code);
    if (isClosed) return [];
    throw error;
  }
}

async function listBehind({ bucket, key }: ObjectRef, source: Source): Promise<readonly ObjectRef[]> {
  const parsed = parseDigestKey(key);
  if (parsed === undefined) return [];
  const chain = chainId(chainOf(parsed));
  // Behind the Region come year, month, day and name.
  const folder = `${key.split('/').slice(0, -4).join('/')}/`;
  const found: ObjectRef[] = [];
  let listed = 0;
  for await (const page of source.list({ bucket, prefix: folder, startAfter: key })) {
    for (const { key: other } of page) {
      const candidate = parseDigestKey(other);
      if (candidate !== undefined && chainId(chainOf(candidate)) === chain)
        found.push({ bucket, key: other });
      if (found.length === MOST_SUCCESSORS) return found;
    }
    listed += page.length;
    if (listed >= MOST_LISTED) break;
  }
  return found;
}
