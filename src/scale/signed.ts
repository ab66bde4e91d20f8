import { TrailVerifyError } from '../base/errors.ts';
import { sha256 } from '../crypto/hash.ts';
import { verifySignedData } from '../pki/cms.ts';
import { OID } from '../pki/der.ts';
import { type ReportSigner, signContent } from '../pki/sign.ts';

/**
 * Signatures over plans and results: CMS SignedData in DER, detached, as that of a report. What spares reading is believed by its
 * signer alone: a plan says what is verified, and a result that log files agree.
 */

/** Whose plans and results count: SHA-256 of their certificates in lower-case hex. */
export type TrustedSigners = ReadonlySet<string>;

/** The signature of `signer` over bytes; `at` is the time that it claims, in milliseconds since the epoch. Rejects with SIGNING_FAILED. */
export function signBytes(bytes: Uint8Array, signer: ReportSigner, at: number): Promise<Uint8Array> {
  return signContent({ sha256: Buffer.from(sha256(bytes), 'hex'), at }, signer);
}

/** Why a signature over bytes does not count, in words; undefined where one who is trusted made it. */
export function refuseSignature(
  bytes: Uint8Array,
  signature: Uint8Array,
  trusted: TrustedSigners,
): string | undefined {
  try {
    const { signer } = verifySignedData(signature, { type: OID.data, detached: bytes }, 'its signature');
    if (trusted.has(signer.fingerprint)) return undefined;
    return `${signer.name} signed it, certificate SHA-256 ${signer.fingerprint}, and is not trusted`;
  } catch (error) {
    if (error instanceof TrailVerifyError) return error.message;
    throw error;
  }
}
