import { isoTime } from '../base/clock.ts';
import { sha256 } from '../crypto/hash.ts';
import type { PublicKey } from '../crypto/key-ring.ts';
import type { KeyReport } from './report.ts';

/** A key as it stands in the report; `usedByDigests` is how many proven digests name it. */
export function keyReport(key: PublicKey, usedByDigests: number): KeyReport {
  const { modulusLength, publicExponent } = key.key.asymmetricKeyDetails ?? {};
  return {
    fingerprint: key.fingerprint,
    region: key.region ?? null,
    validFrom: key.validFrom === undefined ? null : isoTime(key.validFrom),
    validTo: key.validTo === undefined ? null : isoTime(key.validTo),
    origin: key.origin,
    ...(key.distrust === undefined ? {} : { trusted: false }),
    ...(key.endpoint === undefined ? {} : { endpoint: key.endpoint }),
    publicKey: Buffer.from(key.der).toString('base64'),
    sha256: sha256(key.der),
    ...(modulusLength === undefined ? {} : { bits: modulusLength }),
    ...(publicExponent === undefined ? {} : { exponent: Number(publicExponent) }),
    usedByDigests,
  };
}
