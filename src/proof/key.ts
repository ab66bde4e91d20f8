import { TrailVerifyError } from '../base/errors.ts';
import type { PublicKey } from '../crypto/key-ring.ts';
import { parsePublicKey } from '../crypto/public-key.ts';
import { md5 } from '../crypto/sha256.ts';
import { verifySignature } from '../crypto/verify-signature.ts';
import type { Digest } from '../digest/digest.ts';
import { parseDigestKey } from '../digest/digest-key.ts';
import type { KeyReport } from '../report/report.ts';
import { decodeBase64, type ProofSignature } from './proof.ts';

/** A key of a report that may have signed a digest. */
export interface SigningKey {
  readonly key: ProofSignature['key'];
  readonly der: Uint8Array;
  /** Whether its validity had ended when the digest's window ended. */
  readonly isExpired: boolean;
}

/** The keys of a report that a digest names: by the fingerprint that their own bytes have, and in its Region or any. */
export function signingKeysOf(keys: readonly KeyReport[], digest: Digest): readonly SigningKey[] {
  const wanted = parseDigestKey(digest.location.key)?.region;
  return keys.flatMap(({ fingerprint, region, publicKey = '', validTo }) => {
    const der = decodeBase64(publicKey);
    const isNamed = der !== undefined && fingerprint === digest.fingerprint && md5(der) === fingerprint;
    if (!isNamed || (region !== null && region !== wanted)) return [];
    const isExpired = validTo !== null && Date.parse(validTo) < digest.endTime;
    return [{ key: { fingerprint, region, publicKey }, der, isExpired }];
  });
}

/** Whether keys from elsewhere hold that key, byte for byte, for the Region and the time of a digest, and may be trusted. */
export function holdsKey(keys: readonly PublicKey[], der: Uint8Array, digest: Digest): boolean {
  const wanted = parseDigestKey(digest.location.key)?.region;
  return keys.some(
    ({ fingerprint, der: other, region, validTo, distrust }) =>
      distrust === undefined &&
      fingerprint === digest.fingerprint &&
      Buffer.compare(other, der) === 0 &&
      (region === undefined || region === wanted) &&
      (validTo === undefined || validTo >= digest.endTime),
  );
}

/** Whether a signature (hex) over `signed` is by the key in those DER bytes; false for bytes that are no key of CloudTrail. */
export function signatureVerifies(signed: string, signature: string, der: Uint8Array): boolean {
  try {
    return verifySignature(signed, signature, parsePublicKey(der, 'of the proof'));
  } catch (error) {
    if (error instanceof TrailVerifyError) return false;
    throw error;
  }
}
