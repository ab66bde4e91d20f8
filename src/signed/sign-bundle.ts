import { TrailVerifyError } from '../base/errors.ts';
import { asciiJson } from '../base/json.ts';
import { checkedSignature, type ReportSigner, signerCertificate } from '../pki/sign.ts';
import type { Stamp } from '../pki/timestamp.ts';
import type { ReadReport } from '../report/read-report.ts';
import { type Bundle, keyHint, preAuthenticationEncoding, statementOf } from './bundle.ts';

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
