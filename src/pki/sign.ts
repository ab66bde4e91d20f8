/**
 * The signature file of a report: a detached CMS SignedData (RFC 5652) with the attributes of CAdES-BES (ETSI EN 319
 * 122-1): content type, signing time, message digest and the signer's certificate (RFC 5035), which `openssl cms
 * -verify -cades` checks as well.
 */

import { constants, type KeyObject, sign } from 'node:crypto';
import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { type Certificate, readCertificate, reportPurposeProblem } from './certificate.ts';
import { certificateProblem, isValidAt, strangerIn } from './certificate-path.ts';
import {
  algorithmIdentifier,
  context,
  digestOf,
  integer,
  OID,
  octets,
  oid,
  SHA256_IDENTIFIER,
  type SignatureAlgorithm,
  schemeOf,
  sequence,
  sortedItems,
  TAG,
  tlv,
  verifyScheme,
} from './der.ts';

/** The content and time of a signature: `sha256` is the content's hash in raw bytes, `at` milliseconds since the epoch. */
export interface SigningTask {
  readonly sha256: Uint8Array;
  readonly at: number;
}

/** Length of one coordinate of P-256. */
const P256_LENGTH = 32;

/**
 * The signature file (DER) of `signer` over content with that hash. Throws SIGNING_FAILED where the signer gives a
 * signature that its own certificate does not verify, EVIDENCE_INVALID where its chain cannot be read.
 */
export async function signContent(task: SigningTask, signer: ReportSigner): Promise<Uint8Array> {
  const [certificate, ...issuers] = signer.chain.map((der) =>
    readCertificate(der, "the signer's certificate"),
  );
  if (certificate === undefined)
    throw new TrailVerifyError('SIGNING_FAILED', 'the signer has no certificate');
  const attributes = sortedItems([
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.signingTime, timeValue(task.at)),
    attribute(OID.messageDigest, octets(task.sha256)),
    attribute(OID.signingCertificateV2, certificateReference(certificate)),
  ]);
  // Signed is the SET itself; stored it is under [0] (RFC 5652, 5.4).
  const signature = await checkedSignature(tlv(TAG.set, ...attributes), signer, certificate);
  const signerInfo = sequence(
    integer(1),
    sequence(certificate.issuer, certificate.serial),
    SHA256_IDENTIFIER,
    tlv(context(0), ...attributes),
    algorithmIdentifier(signer.alg),
    octets(signature),
  );
  const certificates = sortedItems([certificate, ...issuers].map(({ der }) => der));
  const signedData = sequence(
    integer(1),
    tlv(TAG.set, SHA256_IDENTIFIER),
    sequence(oid(OID.data)),
    tlv(context(0), ...certificates),
    tlv(TAG.set, signerInfo),
  );
  return sequence(oid(OID.signedData), tlv(context(0), signedData));
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return sequence(oid(type), tlv(TAG.set, value));
}

/** SigningCertificateV2 with SHA-256, its default, and the issuer and serial number besides. */
function certificateReference({ der, issuer, serial }: Certificate): Uint8Array {
  const issuerSerial = sequence(sequence(tlv(context(4), issuer)), serial);
  return sequence(sequence(sequence(octets(digestOf('sha256', der)), issuerSerial)));
}

/** UTCTime through 2049, GeneralizedTime later (RFC 5652, 11.3); milliseconds since the epoch, to the second. */
export function timeValue(at: number): Uint8Array {
  const digits = isoTime(at).replace(/[-:T]/g, '');
  return at < Date.UTC(2050, 0, 1)
    ? tlv(TAG.utcTime, Buffer.from(digits.slice(2)))
    : tlv(TAG.generalizedTime, Buffer.from(digits));
}

/**
 * The signature of `signer` over `tbs` as its certificate verifies it; ECDSA as DER. Throws SIGNING_FAILED for another, and
 * what the signer throws.
 */
export async function checkedSignature(
  tbs: Uint8Array,
  signer: ReportSigner,
  certificate: Certificate,
): Promise<Uint8Array> {
  const given = await signer.sign(tbs);
  const fits = (signature: Uint8Array): boolean =>
    verifyScheme(schemeOf(signer.alg), certificate.key, tbs, signature);
  if (fits(given)) return given;
  // HSM tools write ECDSA signatures as the two numbers, one behind the other.
  if (signer.alg === 'ecdsa-sha256' && given.length === 2 * P256_LENGTH) {
    const numbers = sequence(integer(given.subarray(0, P256_LENGTH)), integer(given.subarray(P256_LENGTH)));
    if (fits(numbers)) return numbers;
  }
  throw new TrailVerifyError(
    'SIGNING_FAILED',
    `the signature of ${given.length} bytes that the signer gave does not verify with the certificate of ${certificate.name}`,
    { hint: `check that key and certificate belong together, and that the signer signs with ${signer.alg}` },
  );
}

/**
 * A signer of reports: a key file, an HSM, a key management service. `chain` is DER, the signer's certificate first; `sign`
 * gives the signature over `tbs` (which it hashes with SHA-256 itself), for ECDSA as DER.
 */
export interface ReportSigner {
  readonly chain: readonly Uint8Array[];
  readonly alg: SignatureAlgorithm;
  sign(tbs: Uint8Array): Promise<Uint8Array>;
}

const CERTIFICATE_HINT =
  'make a key and a certificate with trail-verify keygen, or give another certificate with --sign-cert';

/** A signer with a private key in memory; `certificates` in any order. Throws CONFIGURATION where they do not go together. */
export function keySigner(
  key: KeyObject,
  certificates: readonly Certificate[],
  algorithm?: SignatureAlgorithm,
): ReportSigner {
  const signer = certificates.find(({ x509 }) => x509.checkPrivateKey(key));
  if (signer === undefined)
    throw refusal('none of the certificates belongs to the signing key', CERTIFICATE_HINT);
  const alg = algorithmFor(signer, algorithm);
  return { chain: signerChain(signer, certificates), alg, sign: async (tbs) => signWith(key, alg, tbs) };
}

/** The signature of a private key over `data`, as the algorithm says. */
export function signWith(key: KeyObject, algorithm: SignatureAlgorithm, data: Uint8Array): Uint8Array {
  if (algorithm === 'rsa-pss-sha256') {
    return sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  }
  return sign('sha256', data, key);
}

/** The chain of `signer` in order of DER, itself first. Throws CONFIGURATION where another certificate is no part of it. */
export function signerChain(
  signer: Certificate,
  certificates: readonly Certificate[],
): readonly Uint8Array[] {
  const others = certificates.filter(({ fingerprint }) => fingerprint !== signer.fingerprint);
  const stranger = strangerIn(signer, [signer, ...others]);
  if (stranger !== undefined) {
    throw refusal(
      `the certificate of ${stranger.name} is no part of the chain of ${signer.name}`,
      "give the signer's certificate and those of its issuers only",
    );
  }
  return [signer, ...others].map(({ der }) => der);
}

/**
 * The algorithm that a certificate's key signs reports with: `wanted`, or the usual one of the key. Throws
 * CONFIGURATION where the key or the certificate is not accepted for reports.
 */
export function algorithmFor(signer: Certificate, wanted?: SignatureAlgorithm): SignatureAlgorithm {
  const { key, name } = signer;
  const type = key.asymmetricKeyType;
  if (type === 'ed25519' || type === 'ed448') {
    throw refusal(
      `${name} has an Ed25519 or Ed448 key: OpenSSL does not verify such signatures in CMS files, so nobody could check the report`,
      'use RSA (3072 bits) or ECDSA P-256',
    );
  }
  if (type === 'ec' && key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw refusal(
      `${name} has an elliptic curve key that is not on P-256`,
      'use RSA (3072 bits) or ECDSA P-256',
    );
  const problem = certificateProblem(signer) ?? reportPurposeProblem(signer);
  if (problem !== undefined) throw refusal(problem, CERTIFICATE_HINT);
  const possible: readonly SignatureAlgorithm[] =
    type === 'ec'
      ? ['ecdsa-sha256']
      : type === 'rsa-pss'
        ? ['rsa-pss-sha256']
        : ['rsa-pkcs1-sha256', 'rsa-pss-sha256'];
  const [usual = 'rsa-pkcs1-sha256'] = possible;
  const chosen = wanted ?? usual;
  if (!possible.includes(chosen))
    throw refusal(`${name} cannot sign with ${chosen}`, `its key signs with ${possible.join(' or ')}`);
  return chosen;
}

/** The certificate that a signer signs with. Throws EVIDENCE_INVALID where its chain holds none. */
export function signerCertificate(signer: ReportSigner): Certificate {
  return readCertificate(signer.chain[0] ?? new Uint8Array(), "the signer's certificate");
}

/** Throws CONFIGURATION where the signer's certificate is not valid at `at` (milliseconds since the epoch). */
export function requireValidSigner(signer: ReportSigner, at: number): void {
  const certificate = signerCertificate(signer);
  if (isValidAt(certificate, at)) return;
  const { name, notBefore, notAfter } = certificate;
  throw refusal(
    `the certificate of ${name} is valid from ${isoTime(notBefore)} to ${isoTime(notAfter)}, and not now (${isoTime(at)})`,
    CERTIFICATE_HINT,
  );
}

function refusal(message: string, hint: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, { hint });
}
