/** Certificates for signers that have none yet: self-signed, or a request (CSR) for an authority to sign. */
import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import { algorithmIdentifier, type SignatureAlgorithm, schemeOf, verifyScheme } from './algorithms.ts';
import { context, integer, octets, oid, readDer, sequence, TAG, tlv } from './der.ts';
import { OID } from './object-identifiers.ts';
import { itemsOf, readBits } from './read-value.ts';
import { timeValue } from './sign.ts';

/** A key that can sign without having a certificate yet: `sign` as in ReportSigner. */
export interface BareSigner {
  readonly publicKey: KeyObject;
  readonly alg: SignatureAlgorithm;
  sign(tbs: Uint8Array): Promise<Uint8Array>;
}

/** From when to when a certificate is valid, milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const TRUE = tlv(TAG.boolean, Uint8Array.of(0xff));
/** digitalSignature and nonRepudiation: the first two bits, six unused. */
const SIGNING_USAGE = tlv(TAG.bitString, Uint8Array.of(6, 0xc0));
const SERIAL_LENGTH = 16;

/**
 * A self-signed certificate (DER) for signing reports: no authority, key usage digitalSignature and nonRepudiation, no
 * extended key usage, so that OpenSSL's default purpose accepts it. `subject` is DER. Throws SIGNING_FAILED where the
 * key's signature does not verify with its public key.
 */
export async function selfSignedCertificate(
  signer: BareSigner,
  subject: Uint8Array,
  validity: Validity,
): Promise<Uint8Array> {
  const serial = randomBytes(SERIAL_LENGTH);
  // Positive, and never of fewer bytes (RFC 5280, 4.1.2.2).
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const key = publicKeyInfo(signer.publicKey);
  const body = sequence(
    tlv(context(0), integer(2)),
    integer(serial),
    algorithmIdentifier(signer.alg),
    subject,
    sequence(timeValue(validity.notBefore), timeValue(validity.notAfter)),
    subject,
    key,
    tlv(context(3), extensions(key)),
  );
  return signed(signer, body);
}

/** A certificate request (PKCS #10, RFC 2986; DER) that asks for what selfSignedCertificate gives. Throws SIGNING_FAILED. */
export async function certificateRequest(signer: BareSigner, subject: Uint8Array): Promise<Uint8Array> {
  const key = publicKeyInfo(signer.publicKey);
  const attribute = sequence(oid(OID.extensionRequest), tlv(TAG.set, extensions(key)));
  return signed(signer, sequence(integer(0), subject, key, tlv(context(0), attribute)));
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' });
}

function extensions(publicKey: Uint8Array): Uint8Array {
  const bits = readBits(itemsOf(readDer(publicKey, 'public key'), 'public key')[1], 'public key');
  // RFC 7093, 2, method 1.
  const keyIdentifier = createHash('sha256').update(bits).digest().subarray(0, 20);
  return sequence(
    sequence(oid(OID.basicConstraints), TRUE, octets(sequence())),
    sequence(oid(OID.keyUsage), TRUE, octets(SIGNING_USAGE)),
    sequence(oid(OID.subjectKeyIdentifier), octets(octets(keyIdentifier))),
  );
}

async function signed(signer: BareSigner, body: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(body);
  if (!verifyScheme(schemeOf(signer.alg), signer.publicKey, body, signature))
    throw new TrailVerifyError('SIGNING_FAILED', 'the signing key gave a signature that does not verify');
  const bits = tlv(TAG.bitString, Uint8Array.of(0), signature);
  return sequence(body, algorithmIdentifier(signer.alg), bits);
}
