/** What a batch means: read each of its files, hash it, and tell those whose content has the hash that their digest recorded. */
import type { HashedObject } from '../crypto/hash.ts';
import type { FileBounds, LocalHasher } from '../hashing/local-hasher.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from '../logs/check-log.ts';
import type { FoundObject, ObjectReader } from '../source/access.ts';
import type { StoredObject } from '../source/source.ts';
import { type Batch, BETWEEN, MOST_HANDED_ON, type Outcome, PackedWriter } from './contract.ts';

/** Bounds of one log file, in bytes: those of every other check of it. */
export const LOG_BOUNDS: FileBounds = { maxBytes: MAX_LOG_FILE, maxContent: MAX_LOG_CONTENT };

/**
 * Checks one batch, and hands over its outcome. Only one whole gzip member, and nothing behind it, agrees; whatever else
 * comes is odd, and so are all files of a batch that is not what it says.
 */
export function checkBatch(
  batch: Batch,
  reader: ObjectReader | undefined,
  hasher: LocalHasher,
  done: (outcome: Omit<Outcome, 'width'>) => void,
): void {
  const { number, bucket, count, items, paced, handsOn } = batch;
  const parts = items.split(BETWEEN);
  const isSound = parts.length === 2 * count;
  const writer = new PackedWriter(bucket, count);
  const odd: number[] = [];
  const stored: StoredObject[] = [];
  let handed = 0;
  let left = count;
  let read = 0;
  let inflated = 0;
  const one = (): void => {
    left -= 1;
    if (left > 0) return;
    done({ batch: number, odd, read, inflated, packed: writer.pack(), ...(handsOn ? { stored } : {}) });
  };
  /** Keeps what is to be handed on; false where there is no room for it, or not all of it is known. */
  const isKept = (at: number, found: FoundObject | undefined): boolean => {
    if (!handsOn) return true;
    const { file: bytes, description } = found ?? {};
    if (!(bytes instanceof Uint8Array) || description === undefined) return false;
    if (handed > 0 && handed + bytes.length > MOST_HANDED_ON) return false;
    handed += bytes.length;
    stored[at] = { bytes, ...description };
    return true;
  };
  const judge = (at: number, hashed: HashedObject | undefined, found: FoundObject | undefined): void => {
    const content = parts[2 * at + 1] ?? '';
    const versionId = found?.versionId ?? hashed?.versionId;
    if (hashed === undefined || !agrees(hashed, content) || !isKept(at, found)) odd.push(at);
    else {
      const { size, sha256 } = hashed;
      const sizes = { size, inflated: hashed.content.size ?? 0 };
      writer.put(at, { key: parts[2 * at] ?? '', versionId, stored: sha256, content, ...sizes });
      read += sizes.size;
      inflated += sizes.inflated;
    }
    one();
  };
  const keys = Array.from({ length: count }, (_, at) => parts[2 * at] ?? '');
  if (reader === undefined || !isSound) {
    for (const at of keys.keys()) judge(at, undefined, undefined);
    return;
  }
  const take = (at: number, found: FoundObject | undefined): void => {
    if (found === undefined) {
      judge(at, undefined, undefined);
      return;
    }
    const { file } = found;
    hasher.add(file, (hashed) => {
      if (file instanceof Uint8Array) reader.release(file.length);
      judge(at, hashed, found);
    });
  };
  reader.read(bucket, keys, take, { once: paced, described: handsOn });
}

function agrees({ content }: HashedObject, expected: string): boolean {
  return content.size !== undefined && content.trailingBytes === 0 && content.sha256 === expected;
}
