import { isObjectError, type TrailVerifyError } from '../base/errors.ts';
import { gunzip, NOT_GZIP, sha256 } from '../crypto/hash.ts';
import { isSignatureHex } from '../crypto/public-key.ts';
import { type Digest, type ParsedDigest, parseDigest, parseDigestText } from '../digest/digest.ts';
import type { ByteCount, ObjectHashes } from '../findings/event.ts';
import type { ReadFailure } from '../findings/finding.ts';
import type { ObjectRef, Source, StoredObject } from '../source/source.ts';

/** What the bytes of a digest file say, with nothing of it proven; apart from where they come from, so that any thread may read. */

/**
 * Bounds of one digest file. A log file entry takes about 400 bytes and compresses some eight times; these allow
 * for a quarter of a million log files in an hour, far more than any Region delivers.
 */
export const MAX_DIGEST_FILE: number = 32 * 1024 * 1024;
const MAX_DIGEST_CONTENT = 128 * 1024 * 1024;

/** The S3 user metadata that CloudTrail keeps with a digest, as far as it is there and usable. */
interface DigestMetadata {
  /** False in a bare folder copy, which keeps no metadata at all. */
  readonly kept: boolean;
  readonly signature: string | undefined;
  readonly algorithm: string | undefined;
  /** Milliseconds since the epoch; only backfill digests carry it. */
  readonly generatedAt: number | undefined;
}

/** A digest file as it was found, nothing of it proven. `sha256` is that of its uncompressed content, lower-case hex. */
export type OpenedDigest = {
  readonly ref: ObjectRef;
  readonly bytes: ByteCount;
  /** There where it was read, like the version that was. */
  readonly hashes?: ObjectHashes | undefined;
  readonly versionId?: string | undefined;
  /** As it was read; there only where it was asked for. */
  readonly stored?: StoredObject | undefined;
} & (
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly failure: ReadFailure }
  | { readonly state: 'malformed'; readonly problems: readonly string[]; readonly sha256: string | undefined }
  | {
      readonly state: 'parsed';
      readonly digest: Digest;
      readonly sha256: string;
      readonly metadata: DigestMetadata;
      /** Set where what is stored is its content, without the gzip. */
      readonly storedInflated?: true | undefined;
    }
);

/** Inflates, hashes and parses what was stored. */
export function readStored(ref: ObjectRef, stored: StoredObject): OpenedDigest {
  const read = stored.bytes.length;
  const result = gunzip(stored.bytes, MAX_DIGEST_CONTENT);
  const { versionId } = stored;
  const version = versionId === undefined ? {} : { versionId };
  const storedHash = sha256(stored.bytes);
  if (result.content === undefined) {
    const plain = result.problem === NOT_GZIP ? parseDigest(stored.bytes).digest : undefined;
    if (plain !== undefined) {
      return {
        ref,
        bytes: { read, inflated: read },
        hashes: { stored: storedHash, content: storedHash },
        ...version,
        state: 'parsed',
        digest: plain,
        sha256: storedHash,
        metadata: readMetadata(stored.metadata),
        storedInflated: true,
      };
    }
    return {
      ref,
      bytes: { read, inflated: 0 },
      hashes: { stored: storedHash },
      ...version,
      state: 'malformed',
      problems: [result.problem],
      sha256: undefined,
    };
  }
  const content = result.content.bytes;
  const { trailingBytes } = result.content;
  const hashes = { stored: storedHash, content: sha256(content) };
  const inflated = { ref, bytes: { read, inflated: content.length }, hashes, ...version };
  if (trailingBytes > 0) {
    const problems = [`${trailingBytes} bytes follow its gzip member`];
    return { ...inflated, state: 'malformed', problems, sha256: hashes.content };
  }
  return readParsed(inflated, parseDigest(content), stored.metadata);
}

/** A digest file that is one whole gzip member and nothing else, with what it holds: hashed, and as text in ASCII. */
export interface InflatedDigest {
  readonly ref: ObjectRef;
  readonly bytes: ByteCount;
  readonly hashes: ObjectHashes & { readonly content: string };
  readonly versionId?: string | undefined;
}

/** As `readStored`, of a digest that was inflated and hashed elsewhere. */
export function readInflated(
  inflated: InflatedDigest,
  text: string,
  metadata: StoredObject['metadata'],
): OpenedDigest {
  return readParsed(inflated, parseDigestText(text), metadata);
}

function readParsed(
  inflated: InflatedDigest,
  parsed: ParsedDigest,
  metadata: StoredObject['metadata'],
): OpenedDigest {
  const hash = inflated.hashes.content;
  if (parsed.digest === undefined)
    return { ...inflated, state: 'malformed', problems: parsed.problems, sha256: hash };
  return {
    ...inflated,
    state: 'parsed',
    digest: parsed.digest,
    sha256: hash,
    metadata: readMetadata(metadata),
  };
}

function readMetadata(metadata: StoredObject['metadata']): DigestMetadata {
  const signature = metadata?.signature?.trim();
  const generatedAt = Date.parse(metadata?.['backfill-generation-timestamp'] ?? '');
  return {
    kept: metadata !== undefined,
    signature: signature !== undefined && isSignatureHex(signature) ? signature.toLowerCase() : undefined,
    algorithm: metadata?.['signature-algorithm'],
    generatedAt: Number.isNaN(generatedAt) ? undefined : generatedAt,
  };
}

/**
 * Reads, inflates, hashes and parses one digest file; `keep` keeps what was stored. Rejects only with errors that end
 * the run.
 */
export async function openDigest(
  source: Pick<Source, 'open' | 'holds'>,
  ref: ObjectRef,
  keep = false,
): Promise<OpenedDigest> {
  let stored: StoredObject;
  try {
    stored = await source.open(ref, { maxBytes: MAX_DIGEST_FILE });
  } catch (error) {
    if (!isObjectError(error)) throw error;
    return unopened(ref, error, await source.holds(ref.bucket));
  }
  const opened = readStored(ref, stored);
  return keep ? { ...opened, stored } : opened;
}

/** Why an object could not be read, as findings have it. */
export function readFailure(error: TrailVerifyError): ReadFailure {
  const reasons = {
    OBJECT_DENIED: 'denied',
    OBJECT_ARCHIVED: 'archived',
    OBJECT_UNDECRYPTABLE: 'undecryptable',
    OBJECT_NOT_COPIED: 'not-in-copy',
    OBJECT_NO_FILE: 'no-file',
  } as const;
  const reason = error.code in reasons ? reasons[error.code as keyof typeof reasons] : 'unreachable';
  return { reason, detail: error.message };
}

/** Absence is evidence only in a bucket that the source holds. */
export function absence(ref: ObjectRef): ReadFailure {
  return { reason: 'not-in-copy', detail: `bucket ${ref.bucket} is not in this copy` };
}

function unopened(ref: ObjectRef, error: TrailVerifyError, held: boolean): OpenedDigest {
  const bytes = { read: 0, inflated: 0 };
  // CloudTrail writes nothing beyond the bound.
  if (error.code === 'OBJECT_TOO_LARGE')
    return { ref, bytes, state: 'malformed', problems: [error.message], sha256: undefined };
  if (error.code !== 'OBJECT_NOT_FOUND')
    return { ref, bytes, state: 'unreadable', failure: readFailure(error) };
  return held ? { ref, bytes, state: 'absent' } : { ref, bytes, state: 'unreadable', failure: absence(ref) };
}

/** Reads digests at once, for a walk on a thread that may wait for the disk. */
export interface DigestReader {
  /** Whether files come quickly: nothing is opened ahead through the source then. */
  readonly isQuick: boolean;
  /**
   * The digest as `openDigest` opens it; undefined where it is not plainly in a file, or files come slowly: then it is
   * opened through the source, which says why. Never throws.
   */
  read(ref: ObjectRef): OpenedDigest | undefined;
}
