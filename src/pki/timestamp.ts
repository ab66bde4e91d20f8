/** Timestamps of RFC 3161: the request over some bytes, and the verified answer. */

import { randomBytes } from 'node:crypto';
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { maskedUrl } from '../base/masked-url.ts';
import { type Certificate, timestampPurposeProblem } from './certificate.ts';
import { trustIn } from './certificate-path.ts';
import { verifySignedData } from './cms.ts';
import {
  context,
  type DerValue,
  digestOf,
  expectTag,
  integer,
  itemsOf,
  OID,
  octets,
  oid,
  onlyItem,
  readDer,
  readHash,
  readOid,
  readSmallInteger,
  readTime,
  SHA256_IDENTIFIER,
  sameBytes,
  sequence,
  TAG,
  tlv,
} from './der.ts';

/** A verified timestamp: the bytes existed at `time` (milliseconds since the epoch), says `signer`. Trust in it is another question. */
export interface Timestamp {
  readonly time: number;
  /** The authority's policy, an object identifier. */
  readonly policy: string;
  /** The timestamp's serial number at its authority, hex. */
  readonly serial: string;
  readonly nonce: Uint8Array | undefined;
  readonly signer: Certificate;
  readonly certificates: readonly Certificate[];
}

/** The parts of a request besides the time. */
export interface TimestampWishes {
  /** 8 to 32 random bytes, which the answer must repeat. */
  readonly nonce: Uint8Array;
  /** The policy demanded, an object identifier; any where absent. */
  readonly policy?: string | undefined;
}

/** TimeStampReq over SHA-256 of `data`, asking for the authority's certificate, DER. */
function timestampRequest(data: Uint8Array, wishes: TimestampWishes): Uint8Array {
  return sequence(
    integer(1),
    sequence(SHA256_IDENTIFIER, octets(digestOf('sha256', data))),
    ...(wishes.policy === undefined ? [] : [oid(wishes.policy)]),
    integer(wishes.nonce),
    tlv(TAG.boolean, Uint8Array.of(0xff)),
  );
}

/**
 * The answer of an authority, verified: granted, over `data`, with the nonce and policy asked for. Returns the file to keep (a
 * TimeStampResp with nothing in it that no signature covers) and its facts. Throws TIMESTAMP_FAILED for a refusal,
 * EVIDENCE_INVALID for an answer that is none or to another request.
 */
function readTimestampAnswer(
  answer: Uint8Array,
  data: Uint8Array,
  wishes: TimestampWishes,
): { readonly file: Uint8Array; readonly timestamp: Timestamp } {
  const what = 'the answer of the timestamp authority';
  const [status, token] = itemsOf(readDer(answer, what), what);
  requireGranted(status, what);
  const file = sequence(sequence(integer(0)), expectTag(token, TAG.sequence, what).bytes);
  const timestamp = verifyTimestamp(file, data, what);
  const wished = integer(wishes.nonce).subarray(2);
  if (!sameBytes(timestamp.nonce, wished)) throw malformed(what, 'has not the nonce of the request');
  if (wishes.policy !== undefined && wishes.policy !== timestamp.policy)
    throw malformed(what, `is under the policy ${timestamp.policy}, not ${wishes.policy} as asked`);
  return { file, timestamp };
}

/** Words for PKIFailureInfo (RFC 3161, 2.4.2), by bit. */
const FAILURES: ReadonlyMap<number, string> = new Map([
  [0, 'the hash algorithm is not supported'],
  [2, 'the request is not permitted'],
  [5, 'the request has the wrong format'],
  [14, 'its time source is not available'],
  [15, 'the policy is not supported'],
  [16, 'an extension is not supported'],
  [17, 'the information asked for is not available'],
  [25, 'it has failed'],
]);

function requireGranted(value: DerValue | undefined, what: string): void {
  const [status, ...details] = itemsOf(value, what);
  // 1 is "granted with modifications": another timestamp than was asked for.
  if (readSmallInteger(status, what) === 0) return;
  const bits = details.find(({ tag }) => tag === TAG.bitString)?.content ?? new Uint8Array();
  const reasons = [...FAILURES].filter(([bit]) => ((bits[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0);
  const texts = details
    .filter(({ tag }) => tag === TAG.sequence)
    .flatMap(({ items }) => items.map(({ content }) => Buffer.from(content).toString('utf8').slice(0, 200)));
  const why = [...reasons.map(([, words]) => words), ...texts].join('; ') || 'without a reason';
  throw new TrailVerifyError('TIMESTAMP_FAILED', `the timestamp authority refused: ${why}`);
}

/**
 * The timestamp in a TimeStampResp file, which must have been granted over `data`. Its signature, purpose and imprint are
 * verified. Throws EVIDENCE_INVALID, naming `what`.
 */
export function verifyTimestamp(file: Uint8Array, data: Uint8Array, what: string): Timestamp {
  return verifyTimestampToken(timestampTokenIn(file, what), data, what);
}

/** The token in a TimeStampResp file, DER. Throws EVIDENCE_INVALID, naming `what`, where none was granted. */
function timestampTokenIn(file: Uint8Array, what: string): Uint8Array {
  const [status, token, more] = itemsOf(readDer(file, what), what);
  const [code] = itemsOf(status, what);
  if (readSmallInteger(code, what) !== 0 || more !== undefined) throw malformed(what, 'was not granted');
  return expectTag(token, TAG.sequence, what).bytes;
}

/** The timestamp in a bare token, as `verifyTimestamp`. A signature file holds it in this form (RFC 3161, appendix A). */
export function verifyTimestampToken(token: Uint8Array, data: Uint8Array, what: string): Timestamp {
  const { content, signer, certificates } = verifySignedData(token, { type: OID.timestampInfo }, what);
  const problem = timestampPurposeProblem(signer);
  if (problem !== undefined) throw malformed(what, `was made by another kind of signer: ${problem}`);
  const [version, policy, imprint, serial, time, ...rest] = itemsOf(readDer(content, what), what);
  const [algorithm, digest] = itemsOf(imprint, what);
  if (readSmallInteger(version, what) !== 1) throw malformed(what, 'is of another version');
  const hash = readHash(algorithm, what);
  if (!sameBytes(expectTag(digest, TAG.octetString, what).content, digestOf(hash, data)))
    throw malformed(what, 'was made over other bytes');
  if (rest.some(({ tag }) => tag === context(1)))
    throw malformed(what, 'has extensions, which are not checked');
  return {
    time: readTime(expectTag(time, TAG.generalizedTime, what), what),
    policy: readOid(policy, what),
    serial: Buffer.from(expectTag(serial, TAG.integer, what).content).toString('hex'),
    nonce: rest.find(({ tag }) => tag === TAG.integer)?.content,
    signer,
    certificates,
  };
}

/** Sends `body` to a URL and returns the answer. Throws UNREACHABLE. */
export type PostBytes = (url: string, body: Uint8Array) => Promise<Uint8Array>;

/** Which authority is asked, how, and what its timestamp must be. */
export interface TimestampOptions {
  readonly url: string;
  readonly post: PostBytes;
  /** The policy demanded, an object identifier. */
  readonly policy?: string | undefined;
  /** Certificates that the authority's must lead to; not checked where there are none. */
  readonly anchors?: readonly Certificate[] | undefined;
}

const NO_TIMESTAMP: ReadonlySet<string> = new Set(['EVIDENCE_INVALID', 'CONTENT_CHANGED']);
const NONCE_LENGTH = 16;

/**
 * Asks an authority (RFC 3161 over HTTP) to confirm that `data` exists now. Returns the timestamp file and its facts. Throws
 * UNREACHABLE. Throws TIMESTAMP_FAILED where the authority refuses, where its answer is no timestamp of these bytes, or where
 * its certificate does not lead to a trusted one.
 */
export async function requestTimestamp(
  data: Uint8Array,
  options: TimestampOptions,
): Promise<{ readonly file: Uint8Array; readonly timestamp: Timestamp }> {
  const { url, post, policy, anchors = [] } = options;
  const nonce = randomBytes(NONCE_LENGTH);
  // Neither negative nor with a leading zero, so that its encoding has one form everywhere.
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 1;
  const wishes = { nonce, policy };
  const answer = await post(url, timestampRequest(data, wishes));
  let read: ReturnType<typeof readTimestampAnswer>;
  try {
    read = readTimestampAnswer(answer, data, wishes);
  } catch (error) {
    if (error instanceof TrailVerifyError && NO_TIMESTAMP.has(error.code))
      throw new TrailVerifyError('TIMESTAMP_FAILED', `${maskedUrl(url)}: ${error.message}`, { cause: error });
    throw error;
  }
  if (anchors.length === 0) return read;
  const { signer, certificates, time } = read.timestamp;
  const trust = trustIn(signer, certificates, anchors, time);
  if ('why' in trust)
    throw new TrailVerifyError(
      'TIMESTAMP_FAILED',
      `${maskedUrl(url)}: its certificate is not trusted: ${trust.why}`,
      {
        hint: 'give the root certificate of the timestamp authority with --tsa-ca',
      },
    );
  return read;
}

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
