import type { HashedFile } from '../crypto/hash-gzip.ts';
import { type Hasher, type HashOptions, ThreadLost } from '../crypto/hasher.ts';
import { TrailVerifyError } from '../errors.ts';
import {
  type ObjectRef,
  type OpenOptions,
  objectUri,
  type Source,
  type StoredObject,
} from '../source/source.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from './check-log.ts';

/** One log file, hashed, with the version that was read; `stored` where it was asked for. */
export interface HashedLog {
  readonly file: HashedFile;
  readonly versionId: string | undefined;
  readonly stored?: StoredObject;
}

/** What becomes of a log file while it is read. */
export interface HashLogOptions {
  /** Give what was stored with its hashes. */
  readonly keep: boolean;
  /** As in `OpenOptions`. */
  readonly admit?: OpenOptions['admit'];
}

/**
 * Reads and hashes one log file. A thread that is lost may have been another file's fault,
 * or nobody's, so the file has a second try, alone. Throws as `Source.open` does, and OBJECT_UNREACHABLE where a second
 * thread was lost: what this machine cannot do is no fault of the file.
 */
export async function hashLog(
  ref: ObjectRef,
  source: Source,
  hasher: Hasher,
  options: HashLogOptions,
): Promise<HashedLog> {
  try {
    return await tryOnce(ref, source, hasher, options, false);
  } catch (error) {
    if (!(error instanceof ThreadLost)) throw error;
  }
  try {
    return await tryOnce(ref, source, hasher, options, true);
  } catch (error) {
    if (!(error instanceof ThreadLost)) throw error;
    throw new TrailVerifyError(
      'OBJECT_UNREACHABLE',
      `${objectUri(ref)} could not be hashed: the thread at work on it was lost twice (${error.message})`,
      { hint: 'free memory on this machine, or hash on one thread with --workers 0', cause: error },
    );
  }
}

async function tryOnce(
  ref: ObjectRef,
  source: Source,
  hasher: Hasher,
  { keep, admit }: HashLogOptions,
  alone: boolean,
): Promise<HashedLog> {
  const options: HashOptions = { maxContent: MAX_LOG_CONTENT, alone };
  const file = keep || hasher.hashFile === undefined ? undefined : await source.fileOf?.(ref);
  if (file !== undefined) {
    const hashed = await hasher.hashFile?.(file, { ...options, maxBytes: MAX_LOG_FILE });
    if (hashed !== undefined) return { file: hashed, versionId: hashed.versionId };
  }
  await hasher.ready();
  const stored = await source.open(ref, {
    maxBytes: MAX_LOG_FILE,
    ...(admit === undefined ? {} : { admit }),
  });
  const handOver = !keep && source.handsOver === true;
  const hashed = await hasher.hash(stored.bytes, { ...options, handOver });
  return { file: hashed, versionId: stored.versionId, ...(keep ? { stored } : {}) };
}
