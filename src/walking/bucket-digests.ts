/** Digests of S3's buckets, read by a thread over connections of its own. */
import { MAX_DIGEST_FILE } from '../chain/read-digest.ts';
import type { FoundObject, ObjectReader, S3Access } from '../source/access.ts';
import { ObjectReaders } from '../source/open-readers.ts';
import type { ObjectRef, StoredObject } from '../source/source.ts';

/** What one thread may have in flight: requests, and bytes of bodies that are not parsed yet. */
export interface BucketShare {
  readonly requests: number;
  readonly bytes: number;
}

/** How a bucket of a source is read from now on. `source` names it: another may have a bucket of that name elsewhere. */
export interface ToldAccess {
  readonly source: number;
  readonly bucket: string;
  readonly access: S3Access;
}

/** Reads what is plainly there; of all else it says nothing, and the source of the thread that asked tells what it is. */
export class BucketDigests {
  readonly #readers: ObjectReaders;

  constructor(share: BucketShare) {
    // Walks open few digests ahead and leave pauses between them: what they may have they have from the beginning.
    this.#readers = new ObjectReaders({ ...share, fixed: true, maxBytes: MAX_DIGEST_FILE });
  }

  /** Takes note of how a bucket is read. */
  renew({ source, bucket, access }: ToldAccess): void {
    this.#readers.renew(nameOf(source, bucket), access);
  }

  /** What is stored, to be used up before the next turn of the event loop; undefined where it is not plainly there. */
  read(source: number, { bucket, key, versionId }: ObjectRef): Promise<StoredObject | undefined> {
    const name = nameOf(source, bucket);
    // Without a key it would be the bucket that is asked.
    const reader = versionId === undefined && key !== '' ? this.#readers.of(name) : undefined;
    if (reader === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      reader.read(name, [key], (_, found) => resolve(found && storedOf(reader, found)), { described: true });
    });
  }

  /** Gives up what is under way: it is undefined. */
  stop(): void {
    this.#readers.stop();
  }
}

function nameOf(source: number, bucket: string): string {
  return `${source} ${bucket}`;
}

function storedOf(reader: ObjectReader, { file: bytes, description }: FoundObject): StoredObject | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  setImmediate(() => reader.release(bytes.length));
  return description && { bytes, ...description };
}
