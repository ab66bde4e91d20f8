/**
 * Composing and signing one digest file as CloudTrail does (user guide, "CloudTrail digest file structure").
 * Deliberately independent of src: what the tests rely on must not share the program's mistakes.
 */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { isoTime } from '../../src/base/clock.ts';
import type { ChainKind } from '../../src/digest/digest-key.ts';
import type { ObjectRef } from '../../src/source/source.ts';
import type { LogFamily } from './log-content.ts';
import type { TestKey } from './test-keys.ts';

/** A log file that was delivered. Times are milliseconds since the epoch; `content` is uncompressed. */
export interface DeliveredLog extends ObjectRef {
  readonly family: LogFamily;
  readonly content: Uint8Array;
  readonly sha256: string;
  readonly deliveredAt: number;
  readonly oldestEvent: number;
  readonly newestEvent: number;
}

/** A digest file that was delivered. Times are milliseconds since the epoch; `content` is uncompressed. */
export interface DeliveredDigest extends ObjectRef {
  readonly kind: ChainKind;
  readonly startTime: number;
  readonly endTime: number;
  readonly content: Uint8Array;
  readonly sha256: string;
  /** Lower-case hex, as in the object's metadata. */
  readonly signature: string;
  readonly signer: TestKey;
  readonly logs: readonly DeliveredLog[];
}

/** What a digest says; `previous` is undefined in a starting digest. */
export interface DigestParts extends ObjectRef {
  readonly account: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly fingerprint: string;
  readonly previous: (ObjectRef & { readonly sha256: string; readonly signature: string }) | undefined;
  readonly logs: readonly DeliveredLog[];
}

/** The JSON of a digest; fields may be changed before it is written. */
export type DigestFields = Record<string, unknown>;

/** The fields of a digest in CloudTrail's order. */
export function digestFields(parts: DigestParts): DigestFields {
  const { previous, logs } = parts;
  return {
    awsAccountId: parts.account,
    digestStartTime: isoTime(parts.startTime),
    digestEndTime: isoTime(parts.endTime),
    digestS3Bucket: parts.bucket,
    digestS3Object: parts.key,
    digestPublicKeyFingerprint: parts.fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: logs.length === 0 ? null : isoTime(Math.max(...logs.map((log) => log.newestEvent))),
    oldestEventTime: logs.length === 0 ? null : isoTime(Math.min(...logs.map((log) => log.oldestEvent))),
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.sha256 ?? null,
    previousDigestHashAlgorithm: previous === undefined ? null : 'SHA-256',
    previousDigestSignature: previous?.signature ?? null,
    logFiles: logs.map((log) => ({
      s3Bucket: log.bucket,
      s3Object: log.key,
      hashValue: log.sha256,
      hashAlgorithm: 'SHA-256',
      newestEventTime: isoTime(log.newestEvent),
      oldestEventTime: isoTime(log.oldestEvent),
    })),
  };
}

/** What a signature is made over: where and when the digest claims to be, and whose successor it is. */
export interface SignedClaims extends ObjectRef {
  readonly endTime: number;
  readonly previousSignature: string | undefined;
}

/** Signatures by key and by what they are over, hex: the same each time, and most scenarios are built many times. */
const made = new WeakMap<KeyObject, Map<string, string>>();
/** Of one key: some 20 MB. */
const MOST_KEPT = 20_000;

/** The hex signature over uncompressed digest bytes; CloudTrail signs with SHA-256 and nothing else. */
export function signDigest(
  content: Uint8Array,
  claims: SignedClaims,
  key: TestKey,
  algorithm: 'RSA-SHA256' | 'RSA-SHA1' = 'RSA-SHA256',
): string {
  const lines = [
    isoTime(claims.endTime),
    `${claims.bucket}/${claims.key}`,
    sha256Hex(content),
    claims.previousSignature ?? 'null',
  ];
  const text = lines.join('\n');
  const ofKey = made.get(key.privateKey) ?? new Map<string, string>();
  made.set(key.privateKey, ofKey);
  const name = `${algorithm} ${text}`;
  const known = ofKey.get(name);
  if (known !== undefined) return known;
  const signature = sign(algorithm, Buffer.from(text), key.privateKey).toString('hex');
  if (ofKey.size < MOST_KEPT) ofKey.set(name, signature);
  return signature;
}

/** The metadata CloudTrail keeps with a digest; `generatedAt` (milliseconds since the epoch) only with a backfill digest. */
export function digestMetadata(signature: string, generatedAt?: number): Record<string, string> {
  return {
    signature,
    'signature-algorithm': 'SHA256withRSA',
    ...(generatedAt === undefined
      ? {}
      : { 'backfill-generation-timestamp': new Date(generatedAt).toISOString() }),
  };
}

/** Lower-case hex SHA-256. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
