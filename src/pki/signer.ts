import { constants, type KeyObject, sign } from 'node:crypto';
import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { certificateProblem, isValidAt, strangerIn } from './certificate-path.ts';
import { reportPurposeProblem } from './signer-purpose.ts';

/**
 * Whoever signs reports: a key file, an HSM, a key management service. `chain` is DER, the signer's certificate first;
 * `sign` gives the signature over `tbs` (which it hashes with SHA-256 itself), for ECDSA as DER.
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
