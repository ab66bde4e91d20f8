import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import type forge from 'node-forge';
import asn1 from 'node-forge/lib/asn1.js';
import util from 'node-forge/lib/util.js';
import { malformed, TrailVerifyError } from '../base/errors.ts';

/**
 * DER (ITU-T X.690): read by node-forge's hardened parser, and accepted only where writing it again gives the very same bytes.
 * So every value has one encoding, and the bytes that were hashed or signed are exactly the bytes that were read.
 */

/** One DER value: its identifier octet, its content, its items where it is constructed, and its whole encoding. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly items: readonly DerValue[];
  readonly bytes: Uint8Array;
}

/** Identifier octets (X.690, 8.1.2) of the types used here; context(n) gives those of `[n]`. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of a constructed `[number]`. */
export function context(number: number): number {
  return 0xa0 | number;
}

/** Signature files, timestamps and certificates are some kilobytes; nothing genuine comes near this. */
const MAX_LENGTH = 1024 * 1024;

/** The typings of node-forge know its older form only; its documentation has the options. */
const fromDer = asn1.fromDer as unknown as (
  bytes: forge.util.ByteBuffer,
  options: { readonly strict: boolean; readonly decodeBitStrings: boolean },
) => forge.asn1.Asn1;

/** The one value that `bytes` encode. Throws EVIDENCE_INVALID, naming `name`, for anything but strict DER. */
export function readDer(bytes: Uint8Array, name: string): DerValue {
  if (bytes.length === 0) throw notDer(name, 'is empty');
  if (bytes.length > MAX_LENGTH) throw notDer(name, `is larger than ${MAX_LENGTH} bytes`);
  let parsed: forge.asn1.Asn1;
  let written: Buffer;
  try {
    const buffer = util.createBuffer(Buffer.from(bytes).toString('latin1'));
    parsed = fromDer(buffer, { strict: true, decodeBitStrings: false });
    written = encodingOf(parsed);
  } catch (cause) {
    throw notDer(name, 'is not DER', cause);
  }
  if (!written.equals(bytes)) throw notDer(name, 'is not strict DER');
  return toDerValue(parsed, written);
}

/** Cuts the bytes along the parsed tree: they are strict DER, so every length is where it says. */
function toDerValue(parsed: forge.asn1.Asn1, bytes: Buffer): DerValue {
  const items: DerValue[] = [];
  const { header } = lengthsOf(bytes);
  const content = bytes.subarray(header);
  let at = 0;
  for (const item of Array.isArray(parsed.value) ? parsed.value : []) {
    const { total } = lengthsOf(content.subarray(at));
    items.push(toDerValue(item, content.subarray(at, at + total)));
    at += total;
  }
  return { tag: bytes[0] ?? 0, content, items, bytes };
}

function lengthsOf(bytes: Buffer): { readonly header: number; readonly total: number } {
  const first = bytes[1] ?? 0;
  if (first < 0x80) return { header: 2, total: 2 + first };
  const size = first & 0x7f;
  return { header: 2 + size, total: 2 + size + bytes.readUIntBE(2, size) };
}

function encodingOf(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}

function notDer(name: string, why: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('EVIDENCE_INVALID', `${name} ${why}`, { cause });
}

/** One value with identifier octet `tag` whose content is `contents`, one behind the other. */
export function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Uint8Array.of(tag, content.length), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Uint8Array.of(tag, 0x80 | length.length), length, content]);
}

/** SEQUENCE of `items`, each already DER. */
export function sequence(...items: readonly Uint8Array[]): Uint8Array {
  return tlv(TAG.sequence, ...items);
}

/** The items of a SET OF in the order that DER prescribes (X.690, 11.6): by their encodings. */
export function sortedItems(items: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...items].sort(Buffer.compare);
}

/** OBJECT IDENTIFIER in dotted form. */
export function oid(dotted: string): Uint8Array {
  return tlv(TAG.oid, Buffer.from(asn1.oidToDer(dotted).getBytes(), 'latin1'));
}

/** The dotted form of an OBJECT IDENTIFIER's content; undefined where it is none. */
function dottedForm(content: Uint8Array): string | undefined {
  try {
    return asn1.derToOid(Buffer.from(content).toString('latin1'));
  } catch {
    return undefined;
  }
}

/** INTEGER of a small number, or of the big-endian bytes of a positive one. */
export function integer(value: number | Uint8Array): Uint8Array {
  const bytes = typeof value === 'number' ? [value] : [...value];
  while (bytes.length > 1 && bytes[0] === 0 && (bytes[1] ?? 0) < 0x80) bytes.shift();
  return tlv(TAG.integer, Uint8Array.from((bytes[0] ?? 0) >= 0x80 ? [0, ...bytes] : bytes));
}

/** OCTET STRING. */
export function octets(bytes: Uint8Array): Uint8Array {
  return tlv(TAG.octetString, bytes);
}

/** NULL. */
const NULL: Uint8Array = Uint8Array.of(TAG.null, 0);

/** Object identifiers in dotted form, each with the standard that assigns it. */
export const OID = {
  /** RFC 5652 */
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  /** RFC 5035 (ESS) */
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  /** RFC 3161 */
  timestampInfo: '1.2.840.113549.1.9.16.1.4',
  signatureTimestamp: '1.2.840.113549.1.9.16.2.14',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  /** RFC 8017 and RFC 4055 */
  rsaEncryption: '1.2.840.113549.1.1.1',
  mgf1: '1.2.840.113549.1.1.8',
  rsaPss: '1.2.840.113549.1.1.10',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  /** RFC 5758 */
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
  /** RFC 5754, and for SHA-1 RFC 3370 */
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  /** RFC 5280 */
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  certificatePolicies: '2.5.29.32',
  extendedKeyUsage: '2.5.29.37',
  anyExtendedKeyUsage: '2.5.29.37.0',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  /** RFC 9336 */
  documentSigning: '1.3.6.1.5.5.7.3.36',
  /** RFC 2986 */
  extensionRequest: '1.2.840.113549.1.9.14',
} as const;

/** `value`, which must be there and have the identifier octet `tag`. Throws EVIDENCE_INVALID, naming `what`. */
export function expectTag(value: DerValue | undefined, tag: number, what: string): DerValue {
  if (value?.tag !== tag) throw malformed(what, 'is missing or of another type');
  return value;
}

/** The items of a SEQUENCE. Throws EVIDENCE_INVALID, naming `what`, where it is none. */
export function itemsOf(value: DerValue | undefined, what: string): readonly DerValue[] {
  return expectTag(value, TAG.sequence, what).items;
}

/** The only item of a constructed value. Throws EVIDENCE_INVALID, naming `what`, where there is none or another. */
export function onlyItem(value: DerValue | undefined, what: string): DerValue {
  const [item, second] = value?.items ?? [];
  if (item === undefined || second !== undefined) throw malformed(what, 'does not hold exactly one value');
  return item;
}

/** An OBJECT IDENTIFIER in dotted form. Throws EVIDENCE_INVALID, naming `what`. */
export function readOid(value: DerValue | undefined, what: string): string {
  const { content } = expectTag(value, TAG.oid, what);
  const dotted = dottedForm(content);
  if (dotted === undefined) throw malformed(what, 'is no object identifier');
  return dotted;
}

/** A small non-negative INTEGER. Throws EVIDENCE_INVALID, naming `what`, for others too. */
export function readSmallInteger(value: DerValue | undefined, what: string): number {
  const { content } = expectTag(value, TAG.integer, what);
  if (content.length > 4 || (content[0] ?? 0x80) >= 0x80) throw malformed(what, 'is out of range');
  return Number.parseInt(Buffer.from(content).toString('hex'), 16);
}

/** The bytes of a BIT STRING of whole octets. Throws EVIDENCE_INVALID, naming `what`. */
export function readBits(value: DerValue | undefined, what: string): Uint8Array {
  const { content } = expectTag(value, TAG.bitString, what);
  if (content[0] !== 0) throw malformed(what, 'is not of whole octets');
  return content.subarray(1);
}

/** A UTCTime or GeneralizedTime in UTC, as RFC 5280 4.1.2.5 has them (fractions allowed), in milliseconds since the epoch. */
export function readTime(value: DerValue | undefined, what: string): number {
  const text = Buffer.from(value?.content ?? []).toString('latin1');
  const form = value?.tag === TAG.utcTime ? /^(\d\d)((?:\d\d){5})Z$/ : /^(\d{4})((?:\d\d){5})(\.\d{1,6})?Z$/;
  const [whole, year = '', rest = '', fraction = ''] = form.exec(text) ?? [];
  if ((value?.tag !== TAG.utcTime && value?.tag !== TAG.generalizedTime) || whole === undefined)
    throw malformed(what, 'is no time in UTC');
  // RFC 5280: two digits from 50 on are of the twentieth century.
  const fullYear = year.length === 4 ? year : `${Number(year) >= 50 ? 19 : 20}${year}`;
  const [month, day, hour, minute, second] = rest.match(/\d\d/g) ?? [];
  const iso = `${fullYear}-${month}-${day}T${hour}:${minute}:${second}`;
  const time = Date.parse(`${iso}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(iso))
    throw malformed(what, 'is no time that exists');
  return time;
}

/** True where two encodings are the same bytes. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/**
 * The signature algorithms of reports, certificates and timestamps, as AlgorithmIdentifier (RFC 5280, 4055, 5758).
 * SHA-1, MD5, DSA and Ed25519 are no part of it.
 */

/** The algorithms that may sign a report. */
export type SignatureAlgorithm = 'rsa-pkcs1-sha256' | 'rsa-pss-sha256' | 'ecdsa-sha256';

/** The hash functions that are accepted. */
export type HashName = 'sha256' | 'sha384' | 'sha512';

/** How one signature is to be verified. */
export interface SignatureScheme {
  readonly family: 'rsa' | 'ec';
  readonly hash: HashName;
  /** Length of the salt in bytes; undefined for anything but RSA-PSS. */
  readonly saltLength?: number | undefined;
}

const HASHES: ReadonlyMap<string, HashName> = new Map([
  [OID.sha256, 'sha256'],
  [OID.sha384, 'sha384'],
  [OID.sha512, 'sha512'],
]);
const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  [OID.sha256WithRsa, { family: 'rsa', hash: 'sha256' }],
  [OID.sha384WithRsa, { family: 'rsa', hash: 'sha384' }],
  [OID.sha512WithRsa, { family: 'rsa', hash: 'sha512' }],
  [OID.ecdsaWithSha256, { family: 'ec', hash: 'sha256' }],
  [OID.ecdsaWithSha384, { family: 'ec', hash: 'sha384' }],
  [OID.ecdsaWithSha512, { family: 'ec', hash: 'sha512' }],
]);
const SALT_LENGTH = 32;
/** A salt is never longer than the modulus of the largest key in use. */
const MAX_SALT_LENGTH = 2048;

/** AlgorithmIdentifier of SHA-256, without parameters (RFC 5754, 2.2). */
export const SHA256_IDENTIFIER: Uint8Array = sequence(oid(OID.sha256));

/** AlgorithmIdentifier of a signature that this tool makes. */
export function algorithmIdentifier(algorithm: SignatureAlgorithm): Uint8Array {
  if (algorithm === 'rsa-pkcs1-sha256') return sequence(oid(OID.sha256WithRsa), NULL);
  if (algorithm === 'ecdsa-sha256') return sequence(oid(OID.ecdsaWithSha256));
  const hash = sequence(oid(OID.sha256), NULL);
  return sequence(
    oid(OID.rsaPss),
    sequence(
      tlv(context(0), hash),
      tlv(context(1), sequence(oid(OID.mgf1), hash)),
      tlv(context(2), integer(SALT_LENGTH)),
    ),
  );
}

/** Verifies the scheme that this tool signs with. */
export function schemeOf(algorithm: SignatureAlgorithm): SignatureScheme {
  if (algorithm === 'ecdsa-sha256') return { family: 'ec', hash: 'sha256' };
  const pss = algorithm === 'rsa-pss-sha256' ? { saltLength: SALT_LENGTH } : {};
  return { family: 'rsa', hash: 'sha256', ...pss };
}

/** The hash function of an AlgorithmIdentifier. Throws EVIDENCE_INVALID, naming `what`, for one that is not accepted. */
export function readHash(value: DerValue | undefined, what: string): HashName {
  const [name, parameters, more] = itemsOf(value, what);
  const hash = HASHES.get(readOid(name, what));
  const isPlain = more === undefined && (parameters === undefined || sameBytes(parameters.bytes, NULL));
  if (hash === undefined || !isPlain) throw malformed(what, 'is not SHA-256, SHA-384 or SHA-512');
  return hash;
}

/**
 * How a signature with this AlgorithmIdentifier is verified; `digest` is the hash that goes with a bare
 * rsaEncryption, as CMS allows (RFC 3370, 3.2). Throws EVIDENCE_INVALID, naming `what`, for one that is not accepted.
 */
export function readScheme(value: DerValue | undefined, what: string, digest?: HashName): SignatureScheme {
  const [name, parameters, more] = itemsOf(value, what);
  const id = readOid(name, what);
  if (more !== undefined) throw malformed(what, 'has too many parts');
  if (id === OID.rsaPss) return readPss(parameters, what);
  const scheme =
    id === OID.rsaEncryption && digest !== undefined
      ? ({ family: 'rsa', hash: digest } as const)
      : SCHEMES.get(id);
  if (scheme === undefined) throw malformed(what, `is not one that is accepted (${id})`);
  const isPlain = parameters === undefined || (scheme.family === 'rsa' && sameBytes(parameters.bytes, NULL));
  if (!isPlain) throw malformed(what, 'has parameters that it must not have');
  return scheme;
}

function readPss(parameters: DerValue | undefined, what: string): SignatureScheme {
  // The defaults of RFC 4055 are SHA-1, so all three must be there; a trailer field must not.
  const [hashPart, maskPart, saltPart, more] = itemsOf(parameters, what);
  const tags = [hashPart, maskPart, saltPart].map((part) => part?.tag);
  if (more !== undefined || tags.some((tag, at) => tag !== context(at)))
    throw malformed(what, 'has RSA-PSS parameters of another form');
  const hash = readHash(onlyItem(hashPart, what), what);
  const [mask, maskHash, none] = itemsOf(onlyItem(maskPart, what), what);
  const saltLength = readSmallInteger(onlyItem(saltPart, what), what);
  const isMgf1 = readOid(mask, what) === OID.mgf1 && readHash(maskHash, what) === hash && none === undefined;
  if (!isMgf1 || saltLength > MAX_SALT_LENGTH)
    throw malformed(what, 'has RSA-PSS parameters of another form');
  return { family: 'rsa', hash, saltLength };
}

/** Whether `signature` is that of `key` over `data`; false also where the key is of another family. */
export function verifyScheme(
  scheme: SignatureScheme,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const family = key.asymmetricKeyType === 'ec' ? 'ec' : 'rsa';
  const isPss = scheme.saltLength !== undefined;
  if (family !== scheme.family || (key.asymmetricKeyType === 'rsa-pss' && !isPss)) return false;
  const padding = isPss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
    : { padding: constants.RSA_PKCS1_PADDING };
  try {
    return verify(scheme.hash, data, family === 'rsa' ? { key, ...padding } : { key }, signature);
  } catch {
    return false;
  }
}

/** Hash of `data` in raw bytes. */
export function digestOf(hash: HashName | 'sha1', data: Uint8Array): Uint8Array {
  return createHash(hash).update(data).digest();
}
