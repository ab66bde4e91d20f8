import { gunzipOrPlain, sha256 } from '../crypto/hash.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { type Digest, parseDigest } from '../digest/digest.ts';
import { type Relocator, relocator } from '../digest/digest-key.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import { MAX_LOG_CONTENT } from '../logs/check-log.ts';
import {
  attempt,
  type Check,
  checkLine,
  conclude,
  type NoteProblem,
  type Problem,
  unproven,
  violation,
} from '../report/check.ts';
import { type InventoryLine, readInventoryLine } from '../report/inventory.ts';
import { verifyInclusion } from '../report/merkle.ts';
import type { FindingCount, Report } from '../report/report.ts';
import { readReport } from '../report/report-schema.ts';
import { refOf } from '../report/scan-inventory.ts';
import { objectUri } from '../source/source.ts';
import { digestSigningString, holdsKey, signatureVerifies, signingKeysOf } from './digests.ts';
import { findEvent } from './make.ts';
import {
  decodeBase64,
  type Inclusion,
  type Proof,
  type ProofDigest,
  type ProofEvent,
  readProof,
} from './proof.ts';

/**
 * Checks a proof against its report alone: that the report counted the object and with which outcome, that AWS signed the
 * digest that names it with that very content, and that the event is where the proof says. Whether the report is
 * genuine is another question (`checkReport`).
 */

/** What is checked. All bytes are those of the files. */
export interface ProofCheckOptions {
  readonly proof: Uint8Array;
  readonly report: Uint8Array;
  /** The log file as stored, for a proof of an event that does not hold it. */
  readonly log?: Uint8Array | undefined;
  /** CloudTrail's public keys from elsewhere: the one that signed must be among them. Without any, nothing is proven. */
  readonly keys?: readonly PublicKey[] | undefined;
}

/** What a check of a proof read. */
interface CheckedProof {
  /** The object that it is about, and the proof itself, as far as they can be read. */
  readonly object: InventoryLine | undefined;
  readonly proof: Proof | undefined;
  /** Where the keys from elsewhere came from that are the one of the proof. */
  readonly keyOrigins: readonly string[];
}

/** What a check came to: VALID where the proof holds and the object is what AWS signed by a key that is known from elsewhere. */
export type ProofCheck = Check<CheckedProof>;

/** Checks a proof; every fault in it is a problem, never an error. */
export function checkProof(options: ProofCheckOptions): ProofCheck {
  const problems: Problem[] = [];
  const note: NoteProblem = (found) => {
    if (found !== undefined) problems.push(found);
  };
  const refuse = ({ message }: Error): void => note(violation(message));
  const proof = attempt(() => readProof(options.proof, 'the proof'), refuse);
  const report = attempt(() => readReport(options.report, 'the report').report, refuse);
  let object: InventoryLine | undefined;
  if (proof !== undefined && report !== undefined) {
    bindToReport(proof, options.report, report, note);
    object = includedLine(proof, proof.object, 'the object', note);
    if (object !== undefined) {
      checkProofDigests(proof, { object, report, keys: options.keys, note: ofDigests(note) });
      if (options.keys === undefined) note(unproven(reportAlone(proof, report)));
      checkProofEvent(proof, { object, log: options.log, note });
      judgeStatus(object, report, note);
    }
  }
  return conclude<CheckedProof, Problem>(problems, {
    object,
    proof,
    keyOrigins: originsOf(options.keys ?? [], proof?.signature?.key.fingerprint),
  });
}

/** Also the maker of a proof knows no more, if AWS listed the key: that was in another run, and only the report says so. */
function reportAlone(proof: Proof, report: Report): string {
  const own = report.keys.find(({ fingerprint }) => fingerprint === proof.signature?.key.fingerprint);
  const from =
    own?.endpoint === undefined ? '' : `, which had it from ${own.endpoint}, and that is not AWS's`;
  return `the key is from the report alone${from}: give CloudTrail's public keys from another source with --keys`;
}

function originsOf(keys: readonly PublicKey[], fingerprint: string | undefined): readonly string[] {
  const same = keys.filter((key) => key.fingerprint === fingerprint && key.distrust === undefined);
  return [...new Set(same.map(({ origin }) => origin))];
}

function bindToReport(proof: Proof, bytes: Uint8Array, report: Report, note: NoteProblem): void {
  if (sha256(bytes) !== proof.report.sha256) note(violation('the proof is of another report'));
  else if (proof.report.id !== (report.reportId ?? report.run.id))
    note(violation('the proof names its report by another id'));
  const tree = report.objects?.merkle;
  if (tree?.root !== proof.tree.root || tree.size !== proof.tree.size)
    note(violation('the proof leads to another Merkle root than the one that the report binds'));
}

function judgeStatus(
  { status, kind, bucket, key }: InventoryLine,
  { findings, overflowFindings }: Report,
  note: NoteProblem,
): void {
  if (status === 'valid') {
    // Two digests may name one log file, and one of its two lines says what the other does not.
    const contrary = findings.find(
      ({ code, weight, object }) =>
        kind === 'log' &&
        weight === 'violation' &&
        CATALOGUE[code].subject === 'log' &&
        object?.bucket === bucket &&
        object.key === key,
    );
    if (contrary !== undefined)
      note(notIntact(`the report has the finding ${contrary.code} of the object as well`));
    else if (kind === 'log' && overflowFindings?.counts.some(isOfLogs) === true)
      note(
        unproven(
          `a finding in ${overflowFindings.path}, which is not read here, may be of the object as well`,
        ),
      );
    return;
  }
  if (status === 'unproven') note(unproven('the report could not prove the object'));
  else note(notIntact(`the report found the object ${status}`));
}

function isOfLogs({ code, weight }: FindingCount): boolean {
  return weight === 'violation' && CATALOGUE[code].subject === 'log';
}

interface EventCheck {
  readonly object: InventoryLine;
  /** The log file as stored, from elsewhere. */
  readonly log: Uint8Array | undefined;
  readonly note: NoteProblem;
}

/**
 * Checks the event of a proof, if it has one: it is in the proven log file, at that place, with those bytes.
 * A log file given from elsewhere must be the proven one, with an event or without.
 */
function checkProofEvent({ event, log: held }: Proof, { object, log, note }: EventCheck): void {
  const inProof = held === undefined ? undefined : decodeBase64(held);
  if (event === undefined && held !== undefined) note(violation('the proof holds a log file and no event'));
  if (held !== undefined && inProof === undefined)
    note(violation('the log file in the proof is not written in base64'));
  if (event !== undefined && held === undefined && log === undefined)
    note(unproven('the log file is not in the proof: give it with --log, so that its event can be checked'));
  for (const stored of [inProof, log]) {
    const content = stored === undefined ? undefined : contentOf(stored, object, note);
    if (event !== undefined && content !== undefined) checkPlace(event, content, note);
  }
}

/** The content of the log file, if it is the one that the report counted. */
function contentOf(stored: Uint8Array, object: InventoryLine, note: NoteProblem): Uint8Array | undefined {
  if (object.kind !== 'log' || sha256(stored) !== object.stored) {
    note(violation('the log file is not the one that the report counted'));
    return undefined;
  }
  const { content } = gunzipOrPlain(stored, MAX_LOG_CONTENT);
  // Only the hash of the content is what AWS signed: a report could pair it with other stored bytes.
  const hash = content === undefined ? null : sha256(content.bytes);
  if (hash === object.content && (object.status !== 'valid' || content?.trailingBytes === 0))
    return content?.bytes;
  note(violation('the log file holds another content than the report counted'));
  return undefined;
}

function checkPlace({ id, offset, length, bytes }: ProofEvent, content: Uint8Array, note: NoteProblem): void {
  const place = findEvent(content, id);
  if (place === undefined) {
    note(violation('the event is not in the log file'));
    return;
  }
  const found = Buffer.from(content.subarray(place.offset, place.offset + place.length));
  const isSame = place.offset === offset && place.length === length;
  if (!isSame || found.toString('base64') !== bytes)
    note(violation('the event is different in the log file'));
}

const NOT_INTACT = 'OBJECT_NOT_INTACT';
/** The name of problems with digests: of an object that is not intact they are what the report found as well. */
const OF_DIGESTS = 'DIGESTS';

function ofDigests(note: NoteProblem): NoteProblem {
  return (found) => note(found && { ...found, code: OF_DIGESTS });
}

/** What a genuine proof says of an object that is not as AWS signed it. */
function notIntact(text: string): Problem {
  return { ...violation(text), code: NOT_INTACT };
}

/**
 * What is known of a proof: GENUINE where it holds, and the object is intact or the proof shows that it is not; REFUSED
 * where it is forged or of another report; else UNPROVEN.
 */
export function proofConclusion({ verdict, problems }: ProofCheck): {
  readonly word: 'GENUINE' | 'REFUSED' | 'UNPROVEN';
  readonly isIntact: boolean;
} {
  if (verdict === 'VALID') return { word: 'GENUINE', isIntact: true };
  const violations = problems.filter(({ weight }) => weight === 'violation');
  const codes = new Set(violations.map(({ code }) => code));
  const isOfObject = [...codes].every((code) => code === NOT_INTACT || code === OF_DIGESTS);
  if (codes.has(NOT_INTACT) && isOfObject) return { word: 'GENUINE', isIntact: false };
  return { word: violations.length > 0 ? 'REFUSED' : 'UNPROVEN', isIntact: false };
}

/** What a check of a proof came to, in one line without its end; not escaped. */
export function renderProofCheck(check: ProofCheck): string {
  return proofLine(check).replace(/^[A-Z]+/, proofConclusion(check).word);
}

function proofLine(check: ProofCheck): string {
  const { object, proof, keyOrigins } = check;
  const uri = object === undefined ? 'the object' : objectUri(refOf(object));
  const what = proof?.event === undefined ? uri : `event ${proof.event.id} in ${uri}`;
  return checkLine(check, what, () => {
    const { size = 0, root = '' } = proof?.tree ?? {};
    const key = `key ${proof?.signature?.key.fingerprint ?? ''} is one of those given with --keys (${keyOrigins.join(', ')}: it counts if that did not come with the proof)`;
    return `${what} is as AWS signed it, and one of the ${size} objects that the report binds (Merkle root ${root}); ${key}`;
  });
}

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
function checkProofDigests(proof: Proof, check: DigestsCheck): void {
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
function includedLine(
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
