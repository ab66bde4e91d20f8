import { context, type DerValue, oid, readDer, sequence, TAG, tlv } from './der.ts';
import { OID } from './object-identifiers.ts';
import { expectTag, itemsOf, malformed, onlyItem } from './read-value.ts';
import { type Timestamp, timestampTokenIn } from './timestamp.ts';

/** A timestamp over some bytes, as `requestTimestamp` gives it. */
export type Stamp = (
  data: Uint8Array,
) => Promise<{ readonly file: Uint8Array; readonly timestamp: Timestamp }>;

const WHAT = 'the signature';

/**
 * The signature file with a timestamp over its bare signature in it, as the unsigned attribute
 * id-aa-signatureTimeStampToken (RFC 3161, appendix A): so CAdES-BES becomes CAdES-T (ETSI EN 319 122-1, 5.3). Throws
 * what `stamp` throws, EVIDENCE_INVALID for a file that `signContent` did not make.
 */
export async function embedTimestamp(
  file: Uint8Array,
  stamp: Stamp,
): Promise<{ readonly file: Uint8Array; readonly timestamp: Timestamp }> {
  const [type, wrapped] = itemsOf(readDer(file, WHAT), WHAT);
  const fields = itemsOf(onlyItem(wrapped, WHAT), WHAT);
  const signerInfo = itemsOf(onlyItem(fields.at(-1), WHAT), WHAT);
  const signature = expectTag(signerInfo[5], TAG.octetString, WHAT);
  if (type === undefined || signerInfo.length !== 6) throw malformed(WHAT, 'is timestamped already');
  const stamped = await stamp(signature.content);
  const attribute = sequence(
    oid(OID.signatureTimestamp),
    tlv(TAG.set, timestampTokenIn(stamped.file, 'the timestamp')),
  );
  const timed = sequence(...encodings(signerInfo), tlv(context(1), attribute));
  const signedData = sequence(...encodings(fields.slice(0, -1)), tlv(TAG.set, timed));
  return {
    file: sequence(type.bytes, tlv(context(0), signedData)),
    timestamp: stamped.timestamp,
  };
}

function encodings(values: readonly DerValue[]): readonly Uint8Array[] {
  return values.map(({ bytes }) => bytes);
}
