import { TrailVerifyError } from '../base/errors.ts';
import { sha256 } from '../crypto/hash.ts';
import type { ListedObject, ObjectRef, Source } from '../source/source.ts';

/**
 * Objects as listings show them, each as a short text: size, entity tag, the times at which it was written and, of a file, changed, and
 * which file it is. A machine that reads a shard takes it before it reads, and the merge when it comes to the object. Where they are not
 * the same, the object may be another one by now, and what was read of it does not count. A change that leaves all of this as it was goes
 * unseen: in a bucket the entity tag shows other content, and a file's time of change is the file system's own. One that is made right
 * after another may leave even the times as they were. So who reads takes no text of what was written or changed a moment ago.
 */
export class ListedObjects {
  readonly #source: Source;
  readonly #isOfReader: boolean;
  readonly #mostNames: number;
  /** The names in a folder by its address, the folder that was asked for last at the end. */
  readonly #folders = new Map<string, Promise<Listing>>();
  #names = 0;

  /** `isOfReader` leaves out what was written or changed a moment before it is listed. */
  constructor(
    source: Source,
    {
      isOfReader = false,
      mostNames = MOST_NAMES,
    }: { readonly isOfReader?: boolean; readonly mostNames?: number } = {},
  ) {
    this.#source = source;
    this.#isOfReader = isOfReader;
    this.#mostNames = mostNames;
  }

  /**
   * The text of an object; undefined where it is not listed, where its folder cannot be, or where too many are with it. Rejects with
   * errors that end a run.
   */
  async of({ bucket, key }: ObjectRef): Promise<string | undefined> {
    const end = key.lastIndexOf('/') + 1;
    const listing = await this.#listing(bucket, key.slice(0, end));
    return listing.get(key.slice(end));
  }

  /** Lists the folders whose addresses begin with `address` (`bucket/prefix`) again, from now on. */
  forget(address: string): void {
    for (const [folder, listing] of this.#folders)
      if (folder.startsWith(address)) this.#drop(folder, listing);
  }

  #listing(bucket: string, folder: string): Promise<Listing> {
    const address = `${bucket}/${folder}`;
    const held = this.#folders.get(address);
    this.#folders.delete(address);
    const listing = held ?? this.#list(bucket, folder);
    this.#folders.set(address, listing);
    if (held === undefined)
      listing.then(
        ({ size }) => this.#note(size),
        // The error is the caller's; the next who asks must not be given it for ever.
        () => {
          if (this.#folders.get(address) === listing) this.#folders.delete(address);
        },
      );
    return listing;
  }

  async #list(bucket: string, prefix: string): Promise<Listing> {
    const names = new Map<string, string>();
    // Objects have the times of their server, and of the machine's clock: no time that a caller gave.
    const settled = Date.now() - (this.#source.clockSkew?.()?.milliseconds ?? 0) - MOMENT;
    try {
      for await (const page of this.#source.list({ bucket, prefix, showsFiles: true }))
        for (const object of page) {
          if (names.size >= this.#mostNames) return new Map();
          if (this.#isOfReader && latestOf(object) > settled) continue;
          // A slice alone would keep the whole key in memory.
          names.set(` ${object.key.slice(prefix.length)}`.slice(1), textOf(object));
        }
    } catch (error) {
      // What is not listed is read: the run's own listings say so.
      if (isUnlistable(error)) return new Map();
      throw error;
    }
    return names;
  }

  /** Takes account of a listing, and drops those that were asked for longest ago. */
  #note(size: number): void {
    this.#names += size;
    for (const [address, listing] of this.#folders) {
      if (this.#names <= this.#mostNames || this.#folders.size < LEAST_FOLDERS) return;
      this.#drop(address, listing);
    }
  }

  #drop(address: string, listing: Promise<Listing>): void {
    this.#folders.delete(address);
    listing.then(
      (dropped) => {
        this.#names -= dropped.size;
      },
      () => {},
    );
  }
}

/**
 * Whether an error is that of one folder: S3 refuses its listing, a copy has a link in its place, or its bucket is gone. The run that
 * merges meets it where it is, and says so. Who reads a shard goes on with all else.
 */
export function isUnlistable(error: unknown): error is TrailVerifyError {
  return error instanceof TrailVerifyError && ['ACCESS_DENIED', 'TARGET_NOT_FOUND'].includes(error.code);
}

type Listing = ReadonlyMap<string, string>;

/** Names that are held at once: the days of some chains that are walked side by side. */
const MOST_NAMES = 400_000;
/** Folders that are held whatever they hold: of a place one of digests, and two of log files where its days meet. */
const LEAST_FOLDERS = 3;

/** Long enough that nobody finds another object with the same. */
const LENGTH = 24;

/** Times of writing are whole seconds in S3, and in some file systems two: within that, a further change shows nothing. */
const MOMENT = 3_000;

function latestOf({ lastModified = 0, changed = 0 }: ListedObject): number {
  return Math.max(lastModified, changed);
}

function textOf({ size, etag, lastModified, changed, file }: ListedObject): string {
  const line = JSON.stringify([size, etag ?? null, lastModified ?? null, changed ?? null, file ?? null]);
  return sha256(Buffer.from(line)).slice(0, LENGTH);
}
