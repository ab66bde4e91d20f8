import type { KeyObject } from 'node:crypto';
import {
  checkDocument,
  list,
  object,
  once,
  only,
  type Schema,
  single,
  text,
} from '../base/document-schema.ts';
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { asciiJson, strictJsonText } from '../base/json.ts';
import type { Verdict, Weight } from '../findings/finding.ts';
import type { Certificate } from '../pki/certificate.ts';
import { digestOf, schemeOf, verifyScheme } from '../pki/der.ts';
import { checkedSignature, type ReportSigner, signerCertificate } from '../pki/sign.ts';
import { type Stamp, verifyTimestamp } from '../pki/timestamp.ts';
import { decodeBase64 } from '../proof/proof.ts';
import { attempt } from '../report/check.ts';
import { countFindings } from '../report/findings-beyond.ts';
import type { DigestTotals, LogTotals, Report } from '../report/report.ts';
import type { ReadReport } from '../report/report-schema.ts';
import { PAYLOAD_MANIFEST } from '../source/bag/index.ts';
import {
  type NoteReportProblem,
  type TimestampTrust,
  trustedTimestamp,
  unproven,
  violation,
} from './problems.ts';

/**
 * A signature in the form that supply-chain tools read: a DSSE envelope (secure-systems-lab/dsse, version 1) around an
 * in-toto statement, in a Sigstore bundle of version 0.3. No service of Sigstore has a part in it: there is no entry of
 * a transparency log, and no certificate of Fulcio; the key is named by the hash of its public half, and a verifier
 * must have that key from elsewhere.
 *
 * The statement (in-toto Statement v1) gives a pipeline the report's result: its subject is the report file, its predicate the result in short.
 */

/** What a bundle holds, its texts decoded. */
export interface Bundle {
  /** The statement's bytes, as they were signed. */
  readonly payload: Uint8Array;
  /** The signature over `preAuthenticationEncoding` of the payload. */
  readonly signature: Uint8Array;
  /** Which key signed: see `keyHint`. */
  readonly hint: string;
  /** A TimeStampResp (RFC 3161) over the signature; undefined where there is none. */
  readonly timestamp: Uint8Array | undefined;
}

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Statements are a kilobyte or two, timestamps some kilobytes. */
export const MOST_BUNDLE_BYTES: number = 1024 * 1024;

/** What DSSE signs of a statement: lengths in bytes, so that no payload can pass for another type of it. */
export function preAuthenticationEncoding(payload: Uint8Array): Uint8Array {
  const type = Buffer.from(PAYLOAD_TYPE);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
}

/** The name of a key in a bundle: SHA-256 of its public half (SubjectPublicKeyInfo, DER) in base64. */
export function keyHint(key: KeyObject): string {
  return base64(digestOf('sha256', key.export({ type: 'spki', format: 'der' })));
}

/** The bundle as its file: one line of ASCII JSON. */
export function formatBundle({ payload, signature, hint, timestamp }: Bundle): string {
  const times = timestamp === undefined ? [] : [{ signedTimestamp: base64(timestamp) }];
  const bundle: BundleFile = {
    mediaType: MEDIA_TYPE,
    verificationMaterial: {
      publicKey: { hint },
      tlogEntries: [],
      timestampVerificationData: { rfc3161Timestamps: times },
    },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: base64(signature), keyid: '' }],
    },
  };
  return `${asciiJson(bundle)}\n`;
}

/**
 * The bundle in those bytes; `what` is what errors call it. Nothing is verified. Throws EVIDENCE_INVALID for any others than
 * `formatBundle` writes: so no byte of a bundle is without meaning.
 */
export function readBundle(bytes: Uint8Array, what: string): Bundle {
  if (bytes.length > MOST_BUNDLE_BYTES) throw malformed(what, `is larger than ${MOST_BUNDLE_BYTES} bytes`);
  const text = Buffer.from(bytes).toString('latin1');
  const read = strictJsonText(text);
  if (!('value' in read))
    throw malformed(what, read.cause === undefined ? read.problem : 'is not JSON in ASCII');
  const checked = checkDocument(bundleSchema(), read.value);
  if ('problem' in checked)
    throw malformed(
      what,
      `is no Sigstore bundle (0.3) of one statement and one signature: at ${checked.problem}`,
    );
  const { verificationMaterial: material, dsseEnvelope: envelope } = checked.value;
  const [time] = material.timestampVerificationData.rfc3161Timestamps;
  const bundle = {
    payload: decoded(envelope.payload),
    signature: decoded(envelope.signatures[0].sig),
    hint: material.publicKey.hint,
    timestamp: time && decoded(time.signedTimestamp),
  };
  // Also what two readers could take differently, as a name that occurs twice, is ruled out so.
  if (formatBundle(bundle) !== text) throw malformed(what, 'is not written as this tool writes it');
  return bundle;
}

const bundleShape = () =>
  object({
    mediaType: only(MEDIA_TYPE),
    verificationMaterial: object({
      publicKey: object({ hint: text() }),
      tlogEntries: list(text(), { most: 0 }),
      timestampVerificationData: object({
        rfc3161Timestamps: list(object({ signedTimestamp: text() }), { most: 1 }),
      }),
    }),
    dsseEnvelope: object({
      payload: text(),
      payloadType: only(PAYLOAD_TYPE),
      signatures: single(object({ sig: text(), keyid: only('') })),
    }),
  });

type BundleFile = ReturnType<typeof bundleShape>['_zod']['output'];
const bundleSchema: () => Schema<BundleFile> = once(bundleShape);

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Other spellings of the same bytes, and what is no base64, do not survive being written again. */
function decoded(text: string): Uint8Array {
  return decodeBase64(text) ?? new Uint8Array();
}

/** A file that a statement is about (in-toto ResourceDescriptor): its name next to the report, and its SHA-256 in hex. */
interface StatementSubject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** The result in short; the report has the whole of it. Times are ISO 8601 in UTC. */
interface ReportSummary {
  readonly verifier: { readonly id: 'trail-verify'; readonly version: string };
  readonly timeCreated: string;
  readonly run: string;
  readonly target: string;
  readonly verdict: Verdict;
  readonly window: {
    readonly from: string | null;
    readonly to: string;
    readonly verifiedThrough: string | null;
  };
  readonly digests: DigestTotals;
  readonly logs: LogTotals;
  /** How many findings there are of each weight. */
  readonly findings: Readonly<Record<Weight, number>>;
  /** How many things the report says that it did not or could not check. */
  readonly limits: number;
}

/** An in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md). */
interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: typeof PREDICATE_TYPE;
  readonly predicate: ReportSummary;
}

/** The type of an in-toto Statement, version 1. */
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/**
 * What the predicate is. in-toto's own "simple verification result" cannot say that something failed, and its test
 * result cannot say that something is unproven.
 */
const PREDICATE_TYPE = 'urn:trail-verify:report-summary:v1';

/** The statement about a report: one report, one statement. Its subjects are the report and the files that it names by hash. */
export function statementOf({ report, sha256 }: ReadReport): Statement {
  const subjects: StatementSubject[] = [{ name: 'report.json', digest: { sha256 } }];
  const inventory = report.objects?.inventory;
  if (inventory !== undefined) subjects.push({ name: inventory.path, digest: { sha256: inventory.sha256 } });
  const further = report.overflowFindings;
  if (further !== undefined) subjects.push({ name: further.path, digest: { sha256: further.sha256 } });
  if (report.evidence !== undefined)
    subjects.push({ name: PAYLOAD_MANIFEST, digest: { sha256: report.evidence.payloadManifestSha256 } });
  return {
    _type: STATEMENT_TYPE,
    subject: subjects,
    predicateType: PREDICATE_TYPE,
    predicate: summaryOf(report),
  };
}

function summaryOf(report: Report): ReportSummary {
  const { from, to } = report.window.requested;
  const { digests, logs } = report.totals;
  return {
    verifier: { id: 'trail-verify', version: report.tool.version },
    timeCreated: report.run.finished,
    run: report.run.id,
    target: report.source.target,
    verdict: report.verdict,
    window: { from, to, verifiedThrough: report.window.verifiedThrough },
    digests,
    logs,
    findings: countFindings(report),
    limits: report.limits.length,
  };
}

/**
 * The statement about a report, signed; see `formatBundle`. Throws SIGNING_FAILED where the signer gives a signature that
 * its own certificate does not verify, and what the signer throws.
 */
export async function signBundle(report: ReadReport, signer: ReportSigner): Promise<Bundle> {
  const certificate = signerCertificate(signer);
  const payload = Buffer.from(asciiJson(statementOf(report)));
  const signature = await checkedSignature(preAuthenticationEncoding(payload), signer, certificate);
  return { payload, signature, hint: keyHint(certificate.key), timestamp: undefined };
}

/** Throws CONFIGURATION for a signer whose signatures Sigstore's tools do not verify. */
export function requireBundleSigner({ alg }: ReportSigner): void {
  if (alg !== 'rsa-pss-sha256') return;
  throw new TrailVerifyError(
    'CONFIGURATION',
    'a Sigstore bundle cannot be signed with RSA-PSS: DSSE does not name the algorithm, and no tool of Sigstore would verify it',
    { hint: 'sign with rsa-pkcs1-sha256 or ecdsa-sha256, or without --also-sign' },
  );
}

/** The bundle with a timestamp over its signature. Throws what `stamp` throws. */
export async function stampBundle(bundle: Bundle, stamp: Stamp): Promise<Bundle> {
  const { file } = await stamp(bundle.signature);
  return { ...bundle, timestamp: file };
}

/** What a bundle is checked against. */
interface BundleCheckOptions extends TimestampTrust {
  readonly report: ReadReport;
  /** Who signed the report itself, and so must have signed the bundle; undefined where that is not known. */
  readonly signer: Certificate | undefined;
}

const WHAT = 'the Sigstore bundle';

/**
 * Whether a Sigstore bundle says the very same as the report and is of the same signer: notes what is not so. Trust in the
 * signer of the report is judged elsewhere.
 */
export function checkBundle(
  bytes: Uint8Array,
  options: BundleCheckOptions,
  note: NoteReportProblem,
): boolean {
  let isGood = true;
  const noteBad: NoteReportProblem = (found) => {
    isGood = false;
    note(found);
  };
  const bundle = attempt(
    () => readBundle(bytes, WHAT),
    ({ message }) => noteBad(violation('BUNDLE_INVALID', message)),
  );
  if (bundle === undefined) return false;
  checkSigner(bundle, options, noteBad);
  checkStatement(bundle, options.report, noteBad);
  const { timestamp, signature } = bundle;
  if (timestamp !== undefined) {
    const what = `the timestamp in ${WHAT}`;
    trustedTimestamp(() => verifyTimestamp(timestamp, signature, what), options, noteBad);
  }
  return isGood;
}

function checkSigner(bundle: Bundle, { signer, trust }: BundleCheckOptions, note: NoteReportProblem): void {
  const { payload, signature, hint } = bundle;
  const candidates = signer === undefined ? trust : [signer];
  const found = candidates.find(({ key }) => keyHint(key) === hint);
  if (found === undefined) {
    note(
      signer === undefined
        ? unproven(
            'BUNDLE_SIGNER_UNKNOWN',
            `${WHAT} names its key by a hash, and no certificate is of that key`,
          )
        : violation('BUNDLE_INVALID', `${WHAT} is of another key than the signature of ${signer.name}`),
    );
    return;
  }
  const signed = preAuthenticationEncoding(payload);
  // DSSE does not name the algorithm: for Sigstore's tools the kind of the key decides.
  const algorithms = ['rsa-pkcs1-sha256', 'ecdsa-sha256'] as const;
  if (!algorithms.some((one) => verifyScheme(schemeOf(one), found.key, signed, signature)))
    note(violation('BUNDLE_INVALID', `${WHAT} holds a signature that is not that of ${found.name}`));
}

/** One report, one statement, one text of it. */
function checkStatement({ payload }: Bundle, report: ReadReport, note: NoteReportProblem): void {
  const said = Buffer.from(payload).toString('latin1');
  if (said === asciiJson(statementOf(report))) return;
  note(
    said.includes(report.sha256)
      ? violation('BUNDLE_INCONSISTENT', `${WHAT} says something else than the report`)
      : violation('BUNDLE_CHANGED', `${WHAT} is not about this report`),
  );
}
