/** Signature files and timestamp tokens: CMS SignedData (RFC 5652) with one signer, read strictly. */
import { TrailVerifyError } from '../base/errors.ts';
import { digestOf, type HashName, readHash } from './algorithms.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { strangerIn } from './certificate-path.ts';
import { readSignerInfo, type SignerInfo, verifySignerInfo } from './cms.ts';
import { context, type DerValue, readDer, TAG } from './der.ts';
import { OID } from './object-identifiers.ts';
import {
  expectTag,
  itemsOf,
  malformed,
  onlyItem,
  readOid,
  readSmallInteger,
  sameBytes,
} from './read-value.ts';

/** A verified SignedData: who signed what. Whether the signer is to be trusted is another question. */
export interface SignedData {
  readonly content: Uint8Array;
  readonly signer: Certificate;
  readonly certificates: readonly Certificate[];
  /** What the signer says the time was, milliseconds since the epoch. */
  readonly signingTime: number | undefined;
  /** The bare signature, which a timestamp in the file is over. */
  readonly signature: Uint8Array;
  /** That timestamp (DER), not verified: see `verifyTimestampToken`. Undefined where there is none. */
  readonly timestampToken: Uint8Array | undefined;
}

/** What a SignedData must be: its content type, and its content where that lies outside (detached). */
export interface ExpectedContent {
  readonly type: string;
  readonly detached?: Uint8Array;
  /** A timestamp among the unsigned attributes is accepted: the caller verifies it. */
  readonly mayHoldTimestamp?: boolean;
}

/** A chain is three or four certificates long. */
const MAX_CERTIFICATES = 16;

/**
 * Verifies that the one signer of the SignedData in `file` signed its content: required attributes once each, message
 * digest, reference to the signer's certificate, signature; and that every certificate in it belongs to the
 * signer's chain. Throws CONTENT_CHANGED where a genuine signature is over other content, EVIDENCE_INVALID for whatever
 * else is otherwise; both name `what`.
 */
export function verifySignedData(file: Uint8Array, expected: ExpectedContent, what: string): SignedData {
  const [type, wrapped, more] = itemsOf(readDer(file, what), what);
  if (readOid(type, what) !== OID.signedData || wrapped?.tag !== context(0) || more !== undefined)
    throw malformed(what, 'is not a signature file (CMS SignedData)');
  const fields = [...itemsOf(onlyItem(wrapped, what), what)];
  const [version, digests, contentInfo] = fields.splice(0, 3);
  // RFC 5652, 5.1: 1 for plain data, 3 for any other content type.
  if (readSmallInteger(version, what) !== (expected.type === OID.data ? 1 : 3))
    throw malformed(what, 'is of another version of CMS');
  const content = readContent(contentInfo, expected, what);
  const certificates = readCertificates(fields[0]?.tag === context(0) ? fields.shift() : undefined, what);
  if (fields.length !== 1) throw malformed(what, 'holds more than certificates and a signer');
  const info = readSignerInfo(
    onlyItem(expectTag(fields[0], TAG.set, what), what),
    what,
    expected.mayHoldTimestamp,
  );
  requireDigest(digests, info.hash, what);
  const signer = findSigner(certificates, info, what);
  verifySignerInfo(info, signer, { type: expected.type, digest: digestOf(info.hash, content) }, what);
  const stranger = strangerIn(signer, certificates);
  if (stranger !== undefined)
    throw malformed(what, `holds a certificate that is no part of the signer's chain: ${stranger.name}`);
  const { signingTime, signature, timestampToken } = info;
  return { content, signer, certificates, signingTime, signature, timestampToken };
}

function requireDigest(value: DerValue | undefined, hash: HashName, what: string): void {
  if (readHash(onlyItem(expectTag(value, TAG.set, what), what), what) !== hash)
    throw malformed(what, 'names two digest algorithms');
}

function readContent(value: DerValue | undefined, expected: ExpectedContent, what: string): Uint8Array {
  const [type, wrapped, more] = itemsOf(value, what);
  if (readOid(type, what) !== expected.type || more !== undefined)
    throw malformed(what, 'is over content of another type');
  if (expected.detached !== undefined) {
    if (wrapped !== undefined) throw malformed(what, 'carries content of its own, and must not');
    return expected.detached;
  }
  return expectTag(onlyItem(expectTag(wrapped, context(0), what), what), TAG.octetString, what).content;
}

function readCertificates(value: DerValue | undefined, what: string): readonly Certificate[] {
  const items = value?.items ?? [];
  if (items.length > MAX_CERTIFICATES)
    throw malformed(what, `holds ${items.length} certificates; ${MAX_CERTIFICATES} are accepted`);
  const certificates = items.map(({ bytes }) => readCertificate(bytes, `a certificate in ${what}`));
  if (new Set(certificates.map(({ fingerprint }) => fingerprint)).size < certificates.length)
    throw malformed(what, 'holds a certificate twice');
  return certificates;
}

function findSigner(certificates: readonly Certificate[], info: SignerInfo, what: string): Certificate {
  const [signer, second] = certificates.filter(
    ({ issuer, serial }) => sameBytes(issuer, info.issuer) && sameBytes(serial, info.serial),
  );
  if (signer === undefined || second !== undefined) {
    throw new TrailVerifyError('EVIDENCE_INVALID', `${what} does not hold its signer's certificate`, {
      hint: 'sign with the certificate embedded',
    });
  }
  return signer;
}
