import { gunzipOrPlain, sha256 } from '../crypto/hash.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { type Digest, parseDigest } from '../digest/digest.ts';
import { type Relocator, relocator } from '../digest/digest-key.ts';
import { type NoteProblem, unproven, violation } from '../report/check.ts';
import { type InventoryLine, readInventoryLine } from '../report/inventory.ts';
import { verifyInclusion } from '../report/merkle.ts';
import type { Report } from '../report/report.ts';
import { objectUri } from '../source/source.ts';
import { digestSigningString, holdsKey, signatureVerifies, signingKeysOf } from './digests.ts';
import { decodeBase64, type Inclusion, type Proof, type ProofDigest } from './proof.ts';

/** As for any digest: far more than an hour of CloudTrail takes. */
const MAX_DIGEST_CONTENT = 128 * 1024 * 1024;

interface DigestsCheck {
  readonly object: InventoryLine;
  readonly report: Report;
  readonly keys: readonly PublicKey[] | undefined;
  readonly note: NoteProblem;
}

/** A digest of the proof that is one of the report's and well formed. */
interface CountedDigest {
  readonly line: InventoryLine;
  readonly digest: Digest;
  readonly sha256: string;
}

/**
 * Checks the digests of a proof: each one of the report's and at its place, the first naming the object with its hash or
 * being it, each further one recording the one before it, and the last signed by AWS.
 */
export function checkProofDigests(proof: Proof, check: DigestsCheck): void {
  const { report, note } = check;
  const relocations = relocator(report.source.relocated);
  const given = proof.digests ?? [];
  if (given.length === 0) note(unproven('the proof holds no digest file, and so nothing that AWS signed'));
  const counted: CountedDigest[] = [];
  for (const [at, one] of given.entries()) {
    const digest = readCounted(
      proof,
      one,
      given.length === 1 ? 'the digest file' : `digest file ${at + 1}`,
      check,
    );
    // Everything that depends on it cannot be judged any more.
    if (digest === undefined) return;
    counted.push(digest);
  }
  const [first, ...further] = counted;
  const last = counted.at(-1);
  if (first === undefined || last === undefined) {
    if (proof.signature !== undefined) note(violation('the proof holds a signature of no digest file'));
    return;
  }
  for (const { line, digest } of counted) {
    const signed = relocations.toSigned({ bucket: line.bucket, key: line.key }, digest.location);
    if (objectUri(signed) !== objectUri(digest.location))
      note(violation('the digest file is not where it was signed to be'));
  }
  checkNamed(proof, first, relocations, check);
  let before = first;
  for (const successor of further) {
    if (!records(successor, before, relocations))
      note(violation('a digest file does not record the one before it as it is'));
    before = successor;
  }
  checkSignature(proof, last, check);
}

function readCounted(
  proof: Proof,
  { inclusion, stored: encoded }: ProofDigest,
  what: string,
  { note }: DigestsCheck,
): CountedDigest | undefined {
  const line = includedLine(proof, inclusion, what, note);
  if (line === undefined) return undefined;
  const stored = decodeBase64(encoded);
  if (stored === undefined || line.kind !== 'digest' || sha256(stored) !== line.stored) {
    note(violation(`${what} is not the one that the report counted`));
    return undefined;
  }
  const { content } = gunzipOrPlain(stored, MAX_DIGEST_CONTENT);
  const digest = content?.trailingBytes === 0 ? parseDigest(content.bytes).digest : undefined;
  const hash = content === undefined ? undefined : sha256(content.bytes);
  if (digest === undefined || hash === undefined || hash !== line.content) {
    note(violation(`${what} is not what CloudTrail writes`));
    return undefined;
  }
  return { line, digest, sha256: hash };
}

function records(
  successor: CountedDigest,
  { line, sha256: hash }: CountedDigest,
  relocations: Relocator,
): boolean {
  const { previous } = successor.digest;
  if (previous === undefined || previous.sha256 !== hash) return false;
  const { bucket, key } = relocations.toActual(previous);
  return bucket === line.bucket && key === line.key;
}

/** A digest file names a log file with the hash of its content; one that is itself the object needs no naming. */
function checkNamed(
  proof: Proof,
  { digest }: CountedDigest,
  relocations: Relocator,
  { object, note }: DigestsCheck,
): void {
  if (object.kind === 'digest') {
    const same = proof.digests?.[0]?.inclusion;
    if (same?.index !== proof.object.index || same.leaf !== proof.object.leaf)
      note(violation('the digest file is another than the object'));
    return;
  }
  const named = digest.logFiles.find((log) => {
    const { bucket, key } = relocations.toActual({ bucket: log.bucket, key: log.key });
    return bucket === object.bucket && key === object.key;
  });
  if (named === undefined) note(violation('the digest file does not name the log file'));
  else if (object.status === 'valid' && named.sha256 !== object.content)
    note(violation('the digest file names the log file with another hash'));
  else if (object.status === 'invalid' && object.content !== null && named.sha256 !== object.content)
    note(violation(`AWS signed content of SHA-256 ${named.sha256}, and it holds ${object.content}`));
}

function checkSignature(
  { signature }: Proof,
  { digest, sha256: hash }: CountedDigest,
  { report, keys, note }: DigestsCheck,
): void {
  if (signature === undefined) {
    note(unproven('the proof holds no signature of AWS over its digest file'));
    return;
  }
  // Computed again: the text in the proof is for those who check it by hand.
  const signed = digestSigningString(digest, hash);
  if (signature.signingString !== signed)
    note(violation('the signing string is not that of the digest file'));
  const { fingerprint, region, publicKey } = signature.key;
  const known = signingKeysOf(report.keys, digest).find(
    ({ key }) => key.publicKey === publicKey && key.fingerprint === fingerprint && key.region === region,
  );
  if (known === undefined) {
    note(
      violation(
        'the key is none of those that the report rests on, or not the one that the digest file names',
      ),
    );
    return;
  }
  if (known.isExpired) note(violation('the key had expired when the digest file was signed'));
  if (!signatureVerifies(signed, signature.value, known.der))
    note(violation("AWS's signature does not verify over the digest file"));
  if (keys === undefined || holdsKey(keys, known.der, digest)) return;
  const isPart = keys.some(({ distrust }) => distrust !== undefined);
  note(
    unproven(
      isPart
        ? 'the key is none of those given with --keys that are outside the evidence'
        : 'the key is none of those given with --keys',
    ),
  );
}

/** The line of the inventory, if the proof shows that it is one of the report's. */
export function includedLine(
  { tree }: Proof,
  inclusion: Inclusion,
  what: string,
  note: NoteProblem,
): InventoryLine | undefined {
  const { leaf, index, path } = inclusion;
  if (!verifyInclusion(Buffer.from(leaf, 'latin1'), { index, size: tree.size, path }, tree.root)) {
    note(violation(`${what} does not lead to the Merkle root`));
    return undefined;
  }
  const line = readInventoryLine(leaf);
  if (line === undefined) note(violation(`${what} is no line of an inventory`));
  return line;
}
