import type { HashedFile } from '../crypto/hash-gzip.ts';
import { type HashFile, ThreadLost } from '../crypto/hasher.ts';
import type { ObjectRef, OpenOptions, Source, StoredObject } from '../source/source.ts';
import { MAX_LOG_FILE } from './check-log.ts';

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

/** Reads and hashes one log file, again where a thread was lost with its bytes. Throws as `Source.open` and `hash` do. */
export async function hashLog(
  ref: ObjectRef,
  source: Source,
  hash: HashFile,
  options: HashLogOptions,
): Promise<HashedLog> {
  const handOver = !options.keep && source.handsOver === true;
  try {
    return await tryOnce(ref, source, hash, options, handOver);
  } catch (error) {
    if (!(error instanceof ThreadLost)) throw error;
    return tryOnce(ref, source, hash, options, false);
  }
}

async function tryOnce(
  ref: ObjectRef,
  source: Source,
  hash: HashFile,
  { keep, admit }: HashLogOptions,
  handOver: boolean,
): Promise<HashedLog> {
  const stored = await source.open(ref, {
    maxBytes: MAX_LOG_FILE,
    ...(admit === undefined ? {} : { admit }),
  });
  const file = await hash(stored.bytes, handOver);
  return { file, versionId: stored.versionId, ...(keep ? { stored } : {}) };
}
