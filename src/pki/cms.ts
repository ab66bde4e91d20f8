/** Signature files and timestamp tokens: CMS SignedData (RFC 5652) with one signer, read strictly. */
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { strangerIn } from './certificate-path.ts';
import {
  context,
  type DerValue,
  digestOf,
  expectTag,
  type HashName,
  itemsOf,
  OID,
  onlyItem,
  readDer,
  readHash,
  readOid,
  readScheme,
  readSmallInteger,
  readTime,
  type SignatureScheme,
  sameBytes,
  TAG,
  tlv,
  verifyScheme,
} from './der.ts';

/** A SignerInfo (RFC 5652, 5.3), read but not verified. */
export interface SignerInfo {
  readonly issuer: Uint8Array;
  readonly serial: Uint8Array;
  readonly hash: HashName;
  readonly attributes: ReadonlyMap<string, DerValue>;
  /** The signed bytes: the attributes as the SET that they are hashed as. */
  readonly signed: Uint8Array;
  readonly scheme: SignatureScheme;
  readonly signature: Uint8Array;
  readonly signingTime: number | undefined;
  /** The timestamp over the signature, from the unsigned attributes, DER; not verified. */
  readonly timestampToken: Uint8Array | undefined;
}

/**
 * Reads a SignerInfo that names its certificate by issuer and serial number and has signed attributes, in DER's order and once
 * each. Unsigned attributes are refused, because nothing would protect them. One timestamp over the signature is allowed where
 * `mayHoldTimestamp` says so, because it protects itself. Throws EVIDENCE_INVALID, naming `what`.
 */
function readSignerInfo(value: DerValue, what: string, mayHoldTimestamp = false): SignerInfo {
  const [version, signerId, digest, signed, algorithm, signature, unsigned, beyond] = itemsOf(value, what);
  const [issuer, serial, more] = itemsOf(signerId, what);
  if (readSmallInteger(version, what) !== 1 || more !== undefined)
    throw malformed(what, 'does not name its signer by issuer and serial number');
  // Without attributes a signature over one thing can pass for one over another (openssl#27055).
  if (signed?.tag !== context(0)) throw malformed(what, 'has no signed attributes');
  if (beyond !== undefined) throw malformed(what, 'has too many parts');
  if (unsigned !== undefined && !mayHoldTimestamp)
    throw malformed(what, 'has unsigned attributes, which nothing protects');
  const hash = readHash(digest, what);
  const attributes = readAttributes(signed, what);
  const time = attributes.get(OID.signingTime);
  return {
    issuer: expectTag(issuer, TAG.sequence, what).bytes,
    serial: expectTag(serial, TAG.integer, what).bytes,
    hash,
    attributes,
    signed: tlv(TAG.set, signed.content),
    scheme: readScheme(algorithm, what, hash),
    signature: expectTag(signature, TAG.octetString, what).content,
    signingTime: time === undefined ? undefined : readTime(time, `the signing time of ${what}`),
    timestampToken: unsigned === undefined ? undefined : readTimestampToken(unsigned, what),
  };
}

/** The only unsigned attribute that is accepted (RFC 3161, appendix A), with the only value that it may have. */
function readTimestampToken(unsigned: DerValue, what: string): Uint8Array {
  if (unsigned.tag !== context(1)) throw malformed(what, 'has unsigned attributes of another form');
  const attributes = readAttributes(unsigned, what);
  const token = attributes.get(OID.signatureTimestamp);
  if (token === undefined || attributes.size !== 1) {
    const names = [...attributes.keys()].filter((name) => name !== OID.signatureTimestamp).join(', ');
    throw malformed(what, `has unsigned attributes that nothing protects: ${names || 'an empty set'}`);
  }
  return expectTag(token, TAG.sequence, `the timestamp in ${what}`).bytes;
}

function readAttributes(signed: DerValue, what: string): ReadonlyMap<string, DerValue> {
  const attributes = new Map<string, DerValue>();
  let before: Uint8Array = new Uint8Array();
  for (const attribute of signed.items) {
    const [type, values, more] = itemsOf(attribute, what);
    const name = readOid(type, what);
    if (attributes.has(name) || more !== undefined) throw malformed(what, `has the attribute ${name} twice`);
    if (Buffer.compare(before, attribute.bytes) > 0) throw malformed(what, 'has unsorted attributes');
    attributes.set(name, onlyItem(expectTag(values, TAG.set, what), `the attribute ${name} of ${what}`));
    before = attribute.bytes;
  }
  return attributes;
}

/** Verifies a SignerInfo against its signer's certificate and the content's type and digest. Throws EVIDENCE_INVALID, or CONTENT_CHANGED, naming `what`. */
function verifySignerInfo(
  info: SignerInfo,
  signer: Certificate,
  content: { readonly type: string; readonly digest: Uint8Array },
  what: string,
): void {
  const { attributes } = info;
  if (readOid(attributes.get(OID.contentType), `the content type of ${what}`) !== content.type)
    throw malformed(what, 'has signed another content type');
  const digest = expectTag(attributes.get(OID.messageDigest), TAG.octetString, `the digest of ${what}`);
  verifyReference(attributes, signer, content.type, what);
  if (!verifyScheme(info.scheme, signer.key, info.signed, info.signature))
    throw malformed(what, `holds a signature that is not that of ${signer.name}`);
  // Last: the signature is genuine, so this says that the content, and not the file, is another one.
  if (!sameBytes(digest.content, content.digest))
    throw new TrailVerifyError('CONTENT_CHANGED', `${what} was made over other content`);
}

/** SigningCertificateV2, or in timestamps of older making SigningCertificate with SHA-1: which certificate the signer meant. */
function verifyReference(
  attributes: ReadonlyMap<string, DerValue>,
  signer: Certificate,
  contentType: string,
  what: string,
): void {
  const second = attributes.get(OID.signingCertificateV2);
  const first = attributes.get(OID.signingCertificate);
  const name = `the certificate reference of ${what}`;
  const value = second ?? (contentType === OID.timestampInfo ? first : undefined);
  const [references] = itemsOf(value, name);
  const parts = [...itemsOf(itemsOf(references, name)[0], name)];
  const hasAlgorithm = second !== undefined && parts[0]?.tag === TAG.sequence;
  const hash = second === undefined ? 'sha1' : hasAlgorithm ? readHash(parts.shift(), name) : 'sha256';
  const [digest, issuerSerial] = parts;
  if (!sameBytes(expectTag(digest, TAG.octetString, name).content, digestOf(hash, signer.der)))
    throw malformed(what, 'refers to another certificate than the one it holds');
  if (issuerSerial === undefined) return;
  const [issuers, serial] = itemsOf(issuerSerial, name);
  const issuer = onlyItem(onlyItem(issuers, name), name);
  if (!sameBytes(issuer.bytes, signer.issuer) || !sameBytes(serial?.bytes, signer.serial))
    throw malformed(what, 'refers to a certificate of another issuer or serial number');
}

/** A verified SignedData: who signed what. Whether the signer is to be trusted is another question. */
export interface SignedData {
  readonly content: Uint8Array;
  readonly signer: Certificate;
  readonly certificates: readonly Certificate[];
  /** The time that the signer claims, milliseconds since the epoch. */
  readonly signingTime: number | undefined;
  /** The bare signature, which a timestamp in the file is over. */
  readonly signature: Uint8Array;
  /** That timestamp (DER), not verified: see `verifyTimestampToken`. Undefined where there is none. */
  readonly timestampToken: Uint8Array | undefined;
}

/** The demands on a SignedData: its content type, and its content where that is outside (detached). */
export interface ExpectedContent {
  readonly type: string;
  readonly detached?: Uint8Array | undefined;
  /** A timestamp among the unsigned attributes is accepted: the caller verifies it. */
  readonly mayHoldTimestamp?: boolean | undefined;
}

/** A chain is three or four certificates long. */
const MAX_CERTIFICATES = 16;

/**
 * Verifies that the one signer of the SignedData in `file` signed its content: required attributes once each, message digest,
 * reference to the signer's certificate, signature. Every certificate in it must belong to the signer's chain. Throws
 * CONTENT_CHANGED where a genuine signature is over other content, EVIDENCE_INVALID for every other difference; both name
 * `what`.
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
