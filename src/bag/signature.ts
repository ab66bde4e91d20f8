import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { verifySignedData } from '../pki/cms.ts';
import { OID } from '../pki/der.ts';
import { verifyTimestamp, verifyTimestampToken } from '../pki/timestamp.ts';
import type { BagFacts } from './facts.ts';

/**
 * Who signed a report and when that was timestamped, for a bag's texts, from the bytes of the three files; undefined where
 * there is no such file. Throws EVIDENCE_INVALID or CONTENT_CHANGED where they do not belong together.
 */
export function signatureFacts(
  report: Uint8Array,
  signature: Uint8Array | undefined,
  timestamp: Uint8Array | undefined,
): Pick<BagFacts, 'signer' | 'timestamp'> {
  if (signature === undefined) {
    if (timestamp === undefined) return { signer: undefined, timestamp: undefined };
    throw new TrailVerifyError('EVIDENCE_INVALID', 'there is a timestamp, and no signature that it is over');
  }
  const signed = verifySignedData(
    signature,
    { type: OID.data, detached: report, mayHoldTimestamp: true },
    'the signature',
  );
  const { signer, timestampToken: token } = signed;
  const embedded = token && verifyTimestampToken(token, signed.signature, 'the timestamp in the signature');
  const beside = timestamp && verifyTimestamp(timestamp, signature, 'the timestamp');
  // What lies beside the signature is what a reader without this tool can check, and is over all of it.
  const stamp = beside ?? embedded;
  return {
    signer: { name: signer.name, fingerprint: signer.fingerprint },
    timestamp: stamp && { time: isoTime(stamp.time), authority: stamp.signer.name },
  };
}
