import { type ListedDigest, placeOf } from '../chain/digest-queue.ts';
import {
  type DigestReader,
  type InflatedDigest,
  MAX_DIGEST_FILE,
  type OpenedDigest,
  readInflated,
  readStored,
} from '../chain/read-digest.ts';
import { NATIVE_ROW_BYTES, type NativeOpen, nativeRow } from '../hashing/local-hasher.ts';
import type { FolderAccess, FoundObject, ObjectFile, ObjectReader, S3Access } from '../source/access.ts';
import {
  describedBy,
  type ReadBuffer,
  ReadPace,
  readBuffer,
  readStoredFile,
} from '../source/folder/object-file.ts';
import { SIDECAR_SUFFIX } from '../source/folder/path.ts';
import { folderReader } from '../source/folder/read.ts';
import { ObjectReaders } from '../source/open-readers.ts';
import type { ObjectRef, StoredObject } from '../source/source.ts';

/** Digests of a copy, read on a thread that may wait for the disk: one by one, or natively some of them in one call. */

/** The further facts for a native reader: the digests in the order of the walk, and how many to read in one call. */
export interface NativeReading {
  readonly addon: NativeOpen;
  readonly listed: readonly ListedDigest[];
  readonly ahead: () => number;
}

/** Digests of one call: a call costs as much as some of them. */
export const MOST_IN_CALL = 32;
/** Bytes of a file and of its content that are worth reading natively: a digest that names thousands of log files costs more than the call. */
const MOST_STORED = 64 * 1024;
const MOST_CONTENT = 128 * 1024;
/** How far the walk may have skipped in its listing, where digests are gone or are elsewhere. */
const MOST_SKIPPED = 64;

/**
 * Reads plain files of the copy, with the checks of its source. While files come slowly it reads hardly any: the walk has
 * several of them read at once.
 */
export function localDigests(access: FolderAccess, native?: NativeReading): DigestReader {
  const plain = new PlainReader(access);
  return native === undefined ? plain : new NativeReader(plain, native);
}

class PlainReader implements DigestReader {
  readonly #files: ObjectReader;
  readonly #buffers: { readonly object: ReadBuffer; readonly sidecar: ReadBuffer };
  readonly pace = new ReadPace();

  get isQuick(): boolean {
    return this.pace.isQuick;
  }

  constructor(access: FolderAccess) {
    this.#files = folderReader(access);
    this.#buffers = { object: readBuffer(), sidecar: readBuffer() };
  }

  read(ref: ObjectRef): OpenedDigest | undefined {
    return this.pace.isQuick ? this.readNow(ref) : undefined;
  }

  readNow(ref: ObjectRef): OpenedDigest | undefined {
    try {
      const file = this.fileOf(ref);
      if (file === undefined) return undefined;
      const began = performance.now();
      const stored = readStoredFile(file, MAX_DIGEST_FILE, this.#buffers);
      this.pace.took((performance.now() - began) * 1000);
      return stored === undefined ? undefined : readStored(ref, stored);
    } catch {
      // The thread that asked reports the lack of this machine, if it lacks it too.
      return undefined;
    }
  }

  /** The plain place of a digest. Undefined also where a folder is not known to be inside, and looking at it is slow. */
  fileOf(ref: ObjectRef): ObjectFile | undefined {
    let file: ObjectFile | undefined;
    this.#files.read(ref.bucket, [ref.key], (_, found) => {
      if (found !== undefined && !(found.file instanceof Uint8Array)) file = found.file;
    });
    return file;
  }
}

class NativeReader implements DigestReader {
  readonly #plain: PlainReader;
  readonly #native: NativeReading;
  readonly #rows = Buffer.alloc(MOST_IN_CALL * NATIVE_ROW_BYTES);
  /** Those that were read and not yet asked for, by bucket and key: parsed only then, because texts take little memory. */
  readonly #ready = new Map<string, ReadTexts>();
  #next = 0;

  constructor(plain: PlainReader, native: NativeReading) {
    this.#plain = plain;
    this.#native = native;
  }

  get isQuick(): boolean {
    return this.#plain.isQuick;
  }

  read(ref: ObjectRef): OpenedDigest | undefined {
    const place = placeOf(ref);
    if (!this.#ready.has(place)) {
      if (!this.#plain.pace.isQuick) return undefined;
      this.#readAhead(ref);
    }
    const ready = this.#ready.get(place);
    this.#ready.delete(place);
    return ready === undefined ? this.#plain.readNow(ref) : parsed(ref, ready);
  }

  /** Reads a digest, and those that come after it in the listing. */
  #readAhead(ref: ObjectRef): void {
    const { listed, ahead, addon } = this.#native;
    const found = listed
      .slice(this.#next, this.#next + MOST_SKIPPED)
      .findIndex((one) => one.ref.key === ref.key && one.ref.bucket === ref.bucket);
    const from = this.#next + Math.max(found, 0);
    const refs = found < 0 ? [ref] : listed.slice(from, from + ahead()).map((one) => one.ref);
    if (found >= 0) this.#next = from + refs.length;
    this.#ready.clear();
    try {
      const files = refs.flatMap((one) => {
        const file = this.#plain.fileOf(one);
        return file === undefined ? [] : [{ ref: one, path: file.path }];
      });
      const began = performance.now();
      const paths = files.map(({ path }) => path);
      const texts = addon.openNow(paths, SIDECAR_SUFFIX, MOST_STORED, MOST_CONTENT, this.#rows);
      this.#plain.pace.took(((performance.now() - began) * 1000) / Math.max(1, files.length));
      for (const [at, file] of files.entries()) this.#take(file.ref, at, texts);
    } catch {
      // Each is read by itself then.
    }
  }

  /** Takes the call's answer for one file; nothing where the call gives none. */
  #take(ref: ObjectRef, at: number, texts: readonly (string | undefined)[]): void {
    const row = nativeRow(this.#rows, at);
    const content = texts[2 * at];
    if (row === undefined || content === undefined) return;
    const { size: read, contentSize: inflated } = row;
    const hashes = { stored: hexOf(row.sha256), content: hexOf(row.contentSha256) };
    this.#ready.set(placeOf(ref), { content, sidecar: texts[2 * at + 1], bytes: { read, inflated }, hashes });
  }
}

/** The result of a call for one digest. */
interface ReadTexts extends Pick<InflatedDigest, 'bytes' | 'hashes'> {
  readonly content: string;
  readonly sidecar: string | undefined;
}

function parsed(ref: ObjectRef, { content, sidecar, bytes, hashes }: ReadTexts): OpenedDigest {
  const { metadata, versionId } = sidecar === undefined ? NOTHING : describedBy(sidecar, ref.key);
  const version = versionId === undefined ? {} : { versionId };
  return readInflated({ ref, bytes, hashes, ...version }, content, metadata);
}

const NOTHING: ReturnType<typeof describedBy> = { metadata: undefined };

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Digests of S3's buckets, read by a thread over connections of its own. */

/** The bounds of one thread in flight: requests, and bytes of bodies that are not parsed yet. */
export interface BucketShare {
  readonly requests: number;
  readonly bytes: number;
}

/** How a bucket of a source is read from now on. `source` names it: another may have a bucket of that name elsewhere. */
export interface BucketAccess {
  readonly source: number;
  readonly bucket: string;
  readonly access: S3Access;
}

/** Reads objects that are plainly there. It says nothing of others: the source of the thread that asked finds their state. */
export class BucketDigests {
  readonly #readers: ObjectReaders;

  constructor(share: BucketShare) {
    // Walks open few digests ahead and leave pauses between them: they have their full share from the beginning.
    this.#readers = new ObjectReaders({ ...share, fixed: true, maxBytes: MAX_DIGEST_FILE });
  }

  /** Takes note of how a bucket is read. */
  renew({ source, bucket, access }: BucketAccess): void {
    this.#readers.renew(nameOf(source, bucket), access);
  }

  /** The stored bytes, to be used up before the next turn of the event loop; undefined where the object is not plainly there. */
  read(source: number, { bucket, key, versionId }: ObjectRef): Promise<StoredObject | undefined> {
    const name = nameOf(source, bucket);
    // Without a key it would be the bucket that is asked.
    const reader = versionId === undefined && key !== '' ? this.#readers.of(name) : undefined;
    if (reader === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      reader.read(name, [key], (_, found) => resolve(found && storedOf(reader, found)), { described: true });
    });
  }

  /** Gives up the reads under way: they are undefined. */
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
