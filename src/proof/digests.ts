import { malformed, TrailVerifyError } from '../base/errors.ts';
import { openDigest } from '../chain/open-digest.ts';
import type { OpenedDigest } from '../chain/read-digest.ts';
import type { Digest } from '../digest/digest.ts';
import { relocator } from '../digest/relocation.ts';
import { signingString } from '../digest/signing-string.ts';
import type { Report } from '../report/report.ts';
import { type PlacedLine, refOf } from '../report/scan-inventory.ts';
import { type ObjectRef, objectUri, type Source } from '../source/source.ts';
import { signatureVerifies, signingKeysOf } from './key.ts';
import { listSuccessors } from './list-successors.ts';
import { MOST_PROOF_DIGESTS, type ProofSignature } from './proof.ts';

/** Digest files that vouch for an object, and AWS's signature of the last, as far as there are any. */
export interface VouchingDigests {
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
 * the successor stands for it, and so on. Throws EVIDENCE_INVALID for a digest that is no longer the one that the report
 * counted, OBJECT_UNREACHABLE for one that cannot be read, and what the source throws.
 */
export async function vouchingDigests(material: DigestMaterial): Promise<VouchingDigests> {
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
  // The last of a window that ends in the past may be borne out by a digest that the report does not count.
  const last = chain.at(-1) ?? first;
  const outside = await recordedOutside(last, material);
  if (outside !== undefined) return { digests: chain, signature: outside };
  // Nothing bears it out: what it says of itself is all there is.
  return { digests: [first], signature: claimed(first, metadataSignature(first), report)[0]?.facts };
}

/** What AWS signs of a digest; `sha256` is that of its content. */
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
