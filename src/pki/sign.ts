/**
 * The signature file of a report: a detached CMS SignedData (RFC 5652) with the attributes of CAdES-BES (ETSI EN 319
 * 122-1): content type, signing time, message digest and the signer's certificate (RFC 5035), which `openssl cms
 * -verify -cades` checks as well.
 */
import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { algorithmIdentifier, digestOf, SHA256_IDENTIFIER, schemeOf, verifyScheme } from './algorithms.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { context, integer, octets, oid, sequence, sortedItems, TAG, tlv } from './der.ts';
import { OID } from './object-identifiers.ts';
import type { ReportSigner } from './signer.ts';

/** What is signed, and when: `sha256` is that of the content in raw bytes, `at` milliseconds since the epoch. */
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
