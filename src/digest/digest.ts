import { findDuplicateKey, isHeavyForDigest } from '../base/json.ts';
import type { ObjectRef } from '../source/source.ts';
import { parseDigestKey } from './digest-key.ts';

/** One log file as a digest names it: where it was delivered, and the SHA-256 of its uncompressed content (lower-case hex). */
export interface LogRef extends ObjectRef {
  readonly sha256: string;
}

/** A digest's record of the one before it: its place, content hash (lower-case hex) and signature (hex, as written). */
export interface PreviousDigest extends ObjectRef {
  readonly sha256: string;
  readonly signature: string;
}

/** A well-formed digest file whose content is not proven yet. Times are milliseconds since the epoch. */
export interface Digest {
  readonly account: string;
  readonly startTime: number;
  readonly endTime: number;
  /** `digestEndTime` letter by letter, for the signing string. */
  readonly endTimeText: string;
  /** Where CloudTrail signed it to be. */
  readonly location: ObjectRef;
  /** Lower-case hex MD5 of the signing key's DER bytes. */
  readonly fingerprint: string;
  /** Undefined in a starting digest, whose five `previousDigest…` fields are null. */
  readonly previous: PreviousDigest | undefined;
  readonly logFiles: readonly LogRef[];
  /** Log files that the digest names more than once: keys of the second and later entries. */
  readonly repeatedLogFiles: readonly ObjectRef[];
}

/**
 * Hostile bytes to a Digest, or the list of what is wrong with them. A digest file is JSON (user guide,
 * "CloudTrail digest file structure"):
 *
 *     { "awsAccountId": "111122223333", "digestStartTime": "2026-11-20T14:01:31Z", "digestEndTime": "…T15:01:31Z",
 *       "digestS3Bucket": "…", "digestS3Object": "…", "digestPublicKeyFingerprint": "31e8…",
 *       "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": …, "oldestEventTime": …,
 *       "previousDigestS3Bucket": …, "previousDigestS3Object": …, "previousDigestHashValue": …,
 *       "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": …,
 *       "logFiles": [{ "s3Bucket": "…", "s3Object": "…", "hashValue": "…", "hashAlgorithm": "SHA-256", … }] }
 */

/** A digest, or in words which of its fields are wrong (never empty then). */
export type ParsedDigest =
  | { readonly digest: Digest }
  | { readonly digest: undefined; readonly problems: readonly string[] };

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;
const SHA256 = /^[0-9a-f]{64}$/i;
const FINGERPRINT = /^[0-9a-f]{32}$/;
const HEX = /^[0-9a-f]+$/i;
/** Twice the bytes of the largest RSA modulus that is accepted (8192 bits). */
const MAX_SIGNATURE_LENGTH = 2048;
/** S3's own bounds: a key has at most 1,024 bytes; 255 is the longest bucket name that ever was legal. */
const MAX_KEY_LENGTH = 1024;
const MAX_BUCKET_LENGTH = 255;
const NOT_JSON = 'is not JSON in UTF-8';
/** More problems than this help nobody. */
const MAX_PROBLEMS = 20;
const PREVIOUS_FIELDS = [
  'previousDigestS3Bucket',
  'previousDigestS3Object',
  'previousDigestHashValue',
  'previousDigestHashAlgorithm',
  'previousDigestSignature',
] as const;

type Fields = Readonly<Record<string, unknown>>;

/** Parses the uncompressed bytes of a digest file. Proves nothing and never throws. */
export function parseDigest(bytes: Uint8Array): ParsedDigest {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { digest: undefined, problems: [NOT_JSON] };
  }
  return parseDigestText(text);
}

/** As `parseDigest`, of the text that its bytes are in UTF-8. */
export function parseDigestText(text: string): ParsedDigest {
  let value: unknown;
  try {
    if (isHeavyForDigest(text))
      return { digest: undefined, problems: ['holds more values than a digest of its size'] };
    value = JSON.parse(text);
  } catch {
    return { digest: undefined, problems: [NOT_JSON] };
  }
  if (!isObject(value)) return { digest: undefined, problems: ['is not a JSON object'] };
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined)
    return { digest: undefined, problems: [`field ${quote(duplicate)} occurs twice`] };
  return readFields(value);
}

function readFields(fields: Fields): ParsedDigest {
  const problems: string[] = [];
  const wrong = (field: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(`field ${field} is missing or wrong`);
  };
  const take = (field: string, fits: (text: string) => boolean): string => {
    const value = fields[field];
    if (typeof value === 'string' && fits(value)) return value;
    wrong(field);
    return '';
  };
  const account = take('awsAccountId', (text) => /^\d{12}$/.test(text));
  const startTime = parseTime(take('digestStartTime', isTime));
  const endTimeText = take('digestEndTime', isTime);
  const endTime = parseTime(endTimeText);
  const bucket = take('digestS3Bucket', isBucket);
  const key = take('digestS3Object', isKey);
  const fingerprint = take('digestPublicKeyFingerprint', (text) => FINGERPRINT.test(text));
  take('digestSignatureAlgorithm', (text) => text === 'SHA256withRSA');
  // Null in an empty digest, and no part of any proof.
  for (const field of ['newestEventTime', 'oldestEventTime'])
    if ((fields[field] ?? null) !== null) take(field, isTime);
  const previous = readPrevious(fields, take);
  const { logFiles, repeated } = readLogFiles(fields.logFiles, wrong);
  if (problems.length === 0 && startTime > endTime) problems.push('digestStartTime is after digestEndTime');
  if (problems.length === 0 && (parseDigestKey(key)?.account ?? account) !== account) {
    problems.push('awsAccountId is not the account of digestS3Object');
  }
  if (problems.length > 0) return { digest: undefined, problems };
  const digest: Digest = {
    account,
    startTime,
    endTime,
    endTimeText,
    location: { bucket, key },
    fingerprint,
    previous,
    logFiles,
    repeatedLogFiles: repeated,
  };
  return { digest };
}

/**
 * All five `previousDigest…` fields are null (a starting digest) or none is. Only the signature must be written out even
 * then, as aws-cli asks too: how backfill digests write the others is not documented.
 */
function readPrevious(
  fields: Fields,
  take: (field: string, fits: (text: string) => boolean) => string,
): PreviousDigest | undefined {
  const isStarting = PREVIOUS_FIELDS.every((field) => (fields[field] ?? null) === null);
  if (isStarting && fields.previousDigestSignature === null) return undefined;
  const bucket = take('previousDigestS3Bucket', isBucket);
  const key = take('previousDigestS3Object', isKey);
  const hash = take('previousDigestHashValue', (text) => SHA256.test(text));
  take('previousDigestHashAlgorithm', (text) => text === 'SHA-256');
  const signature = take('previousDigestSignature', isSignature);
  return { bucket, key, sha256: hash.toLowerCase(), signature };
}

function readLogFiles(
  value: unknown,
  wrong: (field: string) => void,
): { logFiles: readonly LogRef[]; repeated: readonly ObjectRef[] } {
  const logFiles: LogRef[] = [];
  const repeated: ObjectRef[] = [];
  if (!Array.isArray(value)) {
    wrong('logFiles');
    return { logFiles, repeated };
  }
  const seen = new Map<string, string>();
  for (const [index, entry] of (value as readonly unknown[]).entries()) {
    const log = readLogFile(entry, (field) => wrong(`logFiles[${index}]${field}`));
    if (log === undefined) continue;
    const place = `${log.bucket}/${log.key}`;
    const known = seen.get(place);
    if (known === undefined) {
      seen.set(place, log.sha256);
      logFiles.push(log);
      continue;
    }
    repeated.push({ bucket: log.bucket, key: log.key });
    // One file cannot have two contents, so of two hashes one would have to be wrong.
    if (known !== log.sha256) wrong(`logFiles[${index}].hashValue`);
  }
  return { logFiles, repeated };
}

function readLogFile(entry: unknown, wrong: (field: string) => void): LogRef | undefined {
  if (!isObject(entry)) {
    wrong('');
    return undefined;
  }
  const { s3Bucket, s3Object, hashValue, hashAlgorithm } = entry;
  if (typeof s3Bucket !== 'string' || !isBucket(s3Bucket)) wrong('.s3Bucket');
  else if (typeof s3Object !== 'string' || !isKey(s3Object)) wrong('.s3Object');
  else if (typeof hashValue !== 'string' || !SHA256.test(hashValue)) wrong('.hashValue');
  else if (hashAlgorithm !== 'SHA-256') wrong('.hashAlgorithm');
  else return { bucket: s3Bucket, key: s3Object, sha256: hashValue.toLowerCase() };
  return undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSignature(text: string): boolean {
  return text.length <= MAX_SIGNATURE_LENGTH && text.length % 2 === 0 && HEX.test(text);
}

function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}

function parseTime(text: string): number {
  return text === '' ? 0 : Date.parse(text);
}

function isBucket(text: string): boolean {
  return text.length > 0 && text.length <= MAX_BUCKET_LENGTH && !text.includes('/');
}

function isKey(text: string): boolean {
  return text.length > 0 && text.length <= MAX_KEY_LENGTH;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}

/** The text that CloudTrail signs for a digest: the end of its window as written, its place, content hash, and the previous signature. */
interface SignedParts {
  readonly endTimeText: string;
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of the uncompressed digest, lower-case hex. */
  readonly sha256: string;
  /** `previousDigestSignature` as written; undefined in a starting digest, which signs the letters `null`. */
  readonly previousSignature: string | undefined;
}

/** The text that CloudTrail signed for a digest with these fields, whose uncompressed content has that hash. */
export function signedText({ endTimeText, location, previous }: Digest, sha256: string): string {
  const { bucket, key } = location;
  return signingString({ endTimeText, bucket, key, sha256, previousSignature: previous?.signature });
}

/**
 * The signing string: four lines joined by LF, none behind the last. That a starting digest signs the literal
 * `null` is in aws-cli ("to match the Java implementation") and in genuine digests, not in the user guide.
 */
export function signingString(parts: SignedParts): string {
  return `${parts.endTimeText}\n${parts.bucket}/${parts.key}\n${parts.sha256}\n${parts.previousSignature ?? 'null'}`;
}
