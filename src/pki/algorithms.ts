/**
 * The signature algorithms of reports, certificates and timestamps, as AlgorithmIdentifier (RFC 5280, 4055, 5758).
 * SHA-1, MD5, DSA and Ed25519 are no part of it.
 */
import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import { malformed } from '../base/errors.ts';
import {
  context,
  type DerValue,
  integer,
  itemsOf,
  NULL,
  OID,
  oid,
  onlyItem,
  readOid,
  readSmallInteger,
  sameBytes,
  sequence,
  tlv,
} from './der.ts';

/** What a report may be signed with. */
export type SignatureAlgorithm = 'rsa-pkcs1-sha256' | 'rsa-pss-sha256' | 'ecdsa-sha256';

/** The hash functions that are accepted. */
export type HashName = 'sha256' | 'sha384' | 'sha512';

/** How one signature is to be verified. */
export interface SignatureScheme {
  readonly family: 'rsa' | 'ec';
  readonly hash: HashName;
  /** Length of the salt in bytes; undefined for anything but RSA-PSS. */
  readonly saltLength?: number;
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
