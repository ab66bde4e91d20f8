import type { Access, ObjectDescription } from './access.ts';

/**
 * Where evidence comes from: objects in buckets, however they are stored. S3, a folder that mirrors a
 * bucket and an evidence bag all look like this to the rest of the program, for example
 *
 *     for await (const page of source.list({ bucket, prefix: 'AWSLogs/' })) for (const { key } of page) …
 *     const { bytes, metadata } = await source.open({ bucket, key }, { maxBytes });
 *
 * Everything a source returns is hostile until proven: keys may hold any character, bytes may be anything.
 */

/** The place of one object. `versionId` is set only where one version of several is meant. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** The longest id of a version, in bytes of UTF-8 (user guide, "How S3 Versioning works"): a longer one is not S3's. */
export const LONGEST_VERSION_ID = 1024;

/** One row of a listing: size in bytes, and when the object was last written (milliseconds since the epoch). */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly lastModified?: number | undefined;
  /** S3's entity tag: shows that an object changed, and proves nothing of its content. */
  readonly etag?: string | undefined;
  /** What is in its place, as a noun (`a pipe`), where a copy has no file of it: nobody knows what was copied there. */
  readonly noFile?: string | undefined;
  /**
   * When the file system last changed a file of a copy (milliseconds since the epoch), which its writer does not choose; infinite for
   * a link. Like `file`, it is there where `showsFiles` asks for it.
   */
  readonly changed?: number | undefined;
  /** Of a file of a copy: which file it is, and what the copy says of it next to it. */
  readonly file?: string | undefined;
}

/** The range to list: keys that begin with `prefix` and sort after `startAfter`, in the order of their UTF-8 bytes. */
export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  readonly startAfter?: string | undefined;
  /**
   * True for keys whose size and time of writing nobody needs. A source that would have to look at each object for them may
   * give a size of 0 and no time.
   */
  readonly keySuffices?: ((key: string) => boolean) | undefined;
  /** Whether a copy is to say which file each object is, and when that changed: for who compares two listings. */
  readonly showsFiles?: boolean | undefined;
}

/** One level directly below a prefix: its "folders" (each ends in `/` and begins with the prefix) and its objects, in key order. */
export interface Level {
  readonly folders: readonly string[];
  /** The first objects, the one whose key is the prefix itself among them; `MOST_LEVEL_OBJECTS` at most. */
  readonly objects: readonly ListedObject[];
  /** How many objects there are beyond those. */
  readonly further: number;
}

/** Objects of one level that are named one by one. Next to the folders of a trail there are few, or somebody adds them on purpose. */
export const MOST_LEVEL_OBJECTS = 1_000;

/** One object as it was read: the bytes as stored (never decompressed), and the facts that are kept with them. */
export interface StoredObject extends ObjectDescription {
  readonly bytes: Uint8Array;
}

/** An object as stored, hashed: SHA-256 in lower-case hex, size in bytes. */
export interface StoredHash {
  readonly sha256: string;
  readonly size: number;
  readonly versionId?: string | undefined;
}

/** How far this machine's clock is ahead of a server's, in milliseconds, and by how much that may be wrong either way. */
export interface ClockSkew {
  readonly milliseconds: number;
  readonly uncertainty: number;
}

/** One version of an object, or a delete marker. `versionId` is `null` for one written while versioning was not on. */
export interface ListedVersion {
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly size: number;
  /** When it was written, in milliseconds since the epoch. */
  readonly lastModified?: number | undefined;
}

/** One version in a listing of many objects: its key, and whether a reader of the object gets this version. */
export interface KeyVersion extends ListedVersion {
  readonly key: string;
  readonly isLatest: boolean;
}

/** A lifecycle rule that takes objects away: days after they were written, or after they were replaced; a date is a rule's own. */
export interface ExpiryRule {
  readonly id: string;
  readonly prefix: string;
  readonly days?: number | undefined;
  readonly date?: number | undefined;
  readonly noncurrentDays?: number | undefined;
}

/** The rules of a bucket that keep its objects, or delete them. */
export interface BucketRetention {
  readonly versioning: 'Enabled' | 'Suspended' | 'Off';
  readonly mfaDelete: boolean;
  /** Object Lock's default retention, days; undefined where the bucket has no Object Lock. */
  readonly objectLock?:
    | { readonly mode?: string | undefined; readonly days?: number | undefined }
    | undefined;
  /** The lifecycle rules in force that expire objects or their versions. */
  readonly expiry: readonly ExpiryRule[];
}

/** Bounds of one read: an object larger than `maxBytes` is refused with OBJECT_TOO_LARGE before it is held. */
export interface OpenOptions {
  readonly maxBytes: number;
  /**
   * Called with the object's size (bytes, as stored) once for each try at reading it. The object is not held before the call
   * has settled. A source whose objects cost no memory until they are asked for need not call it.
   */
  readonly admit?: ((bytes: number) => Promise<void>) | undefined;
}

/** Parts of a copy outside the objects of its buckets. A run must report all of them. */
export interface OutsideReport {
  /** Files and folders outside the buckets with names as CloudTrail gives them; paths below the copy's folder, `/` behind a folder. */
  readonly outside: readonly { readonly kind: 'tree' | 'file'; readonly path: string }[];
  /** Objects or folders whose key is in the copy twice: the second is listed as `own`. */
  readonly twins: readonly { readonly bucket: string; readonly key: string; readonly own: string }[];
  /** Folders of the buckets, and outside them, that were to be listed and could not be; keys as for the twins. */
  readonly unread: readonly { readonly bucket: string; readonly key: string; readonly reason: string }[];
  /** Whether all of the copy was searched, and how many folders were. */
  readonly complete: boolean;
  readonly folders: number;
}

/** A pace that several readers keep together. */
export interface Pace {
  /** Requests that may begin together. */
  readonly most: number;
  /** Resolves when so many requests may begin. */
  turn(count: number): Promise<void>;
}

/** A place that objects are read from. Every method may be called concurrently. */
export interface Source {
  /** A name for people, for example `s3://bucket/prefix` or a folder's path. */
  readonly description: string;
  /** The kind of this copy, for the report. */
  readonly kind: 's3' | 'folder' | 'bag';
  /** True where nobody else holds the bytes that `open` returns, so that they may be given to another thread. */
  readonly handsOver?: boolean | undefined;
  /**
   * The pages of a listing, in key order. Throws TrailVerifyError TARGET_NOT_FOUND (no such bucket),
   * ACCESS_DENIED, CREDENTIALS or UNREACHABLE.
   */
  list(request: ListRequest): AsyncIterable<readonly ListedObject[]>;
  /**
   * The "folders" directly below `prefix` (each ends in `/` and begins with `prefix`), in key order. A source that asks for
   * them page by page may end once there are more than `most`. Throws as `list`.
   */
  folders(bucket: string, prefix: string, most?: number): Promise<readonly string[]>;
  /**
   * As `folders`, with the objects directly below `prefix`, at the cost of the same number of requests. `levelOf` serves a
   * source without it. Throws as `list`.
   */
  readonly level?: ((bucket: string, prefix: string, most?: number) => Promise<Level>) | undefined;
  /**
   * One object, whole. Throws TrailVerifyError OBJECT_NOT_FOUND, OBJECT_DENIED, OBJECT_ARCHIVED,
   * OBJECT_UNDECRYPTABLE, OBJECT_TOO_LARGE or OBJECT_UNREACHABLE; OBJECT_NOT_COPIED where a copy cannot say whether there
   * was such an object; OBJECT_NO_FILE where a copy has a link or a pipe in its place; CREDENTIALS where every read would fail alike.
   */
  open(ref: ObjectRef, options: OpenOptions): Promise<StoredObject>;
  /**
   * Hashes one object as it is stored, piece by piece: for objects of any size, whose bytes nobody needs. Absent where objects are
   * hashed as `open` gives them. Throws as `open`, but for OBJECT_TOO_LARGE.
   */
  readonly hashed?: ((ref: ObjectRef) => Promise<StoredHash>) | undefined;
  /**
   * How another thread reads the objects of a bucket by itself; the same object until something of it changes. Undefined where
   * they are read through this source alone. Rejects where credentials cannot be had.
   */
  readonly access?: ((bucket: string) => Promise<Access | undefined>) | undefined;
  /** How fast the holder of an access may ask; absent where nothing bounds that. */
  readonly pace?: Pace | undefined;
  /**
   * Whether the absence of an object of this bucket is evidence. False for a bucket that a copy does not
   * hold at all: its objects are then unreadable, not missing.
   */
  holds(bucket: string): Promise<boolean>;
  /**
   * The versions of one object, newest first, delete markers among them; absent where the source keeps none. Throws as
   * `list`.
   */
  readonly versions?: ((ref: ObjectRef) => Promise<readonly ListedVersion[]>) | undefined;
  /**
   * The pages of a listing of versions, in key order from page to page, and in none within one; delete markers are among
   * them. Absent as `versions`. Throws as `list`.
   */
  readonly listVersions?: ((request: ListRequest) => AsyncIterable<readonly KeyVersion[]>) | undefined;
  /**
   * As `folders`, of every object that has a version, even where a delete marker hides it. May end once there are more than
   * `most`. Absent as `versions`. Throws as `list`.
   */
  readonly versionFolders?:
    | ((bucket: string, prefix: string, most: number) => Promise<readonly string[]>)
    | undefined;
  /** The rules of a bucket that keep its objects; absent where the source has no such rules. Throws as `list`. */
  readonly retention?: ((bucket: string) => Promise<BucketRetention>) | undefined;
  /** The time of the server's clock, as the answers so far showed it; absent where there is no server. */
  readonly clockSkew?: (() => ClockSkew | undefined) | undefined;
  /** Parts of the copy outside the objects, by the listings so far; absent where there can be none. Asked when everything was listed. */
  readonly outside?: (() => Promise<OutsideReport>) | undefined;
}

/** `s3://bucket/key`, the way findings name an object; the key is not escaped. */
export function objectUri(ref: ObjectRef): string {
  return `s3://${ref.bucket}/${ref.key}`;
}

/**
 * S3 lists keys "in UTF-8 binary order" (API reference, ListObjectsV2). JavaScript compares UTF-16 code units,
 * which differs only where a surrogate pair (U+10000 and above) meets a character of U+E000 to U+FFFF.
 */

/** Compares two keys as S3 orders them: below 0 where `left` comes first, 0 where they are the same. */
export function compareKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at += 1) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** Moves the surrogates behind the rest of the code units, where their UTF-8 bytes would be. */
function byteRank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit <= 0xdfff ? codeUnit + 0x2000 : codeUnit - 0x800;
}

/** Behind every key that begins with a folder's: keys are ordered by their bytes, and no character has higher ones. */
export const BEHIND = '\u{10ffff}';

/**
 * The level directly below `prefix`: by the source's own `level`, or else by its flat listing, which starts again behind each
 * folder. It may end once there are more than `most` folders. Throws what the source's listing throws.
 */
export async function levelOf(
  source: Source,
  bucket: string,
  prefix: string,
  most: number = Number.POSITIVE_INFINITY,
): Promise<Level> {
  if (source.level !== undefined) return source.level(bucket, prefix, most);
  const folders: string[] = [];
  const objects: ListedObject[] = [];
  let further = 0;
  let folder: string | undefined;
  const take = (object: ListedObject): void => {
    const end = object.key.indexOf('/', prefix.length);
    if (end >= 0) {
      folder = object.key.slice(0, end + 1);
      folders.push(folder);
    } else if (objects.length < MOST_LEVEL_OBJECTS) objects.push(object);
    else further += 1;
  };
  let isDone = false;
  while (!isDone && folders.length <= most) {
    isDone = true;
    const after = folder === undefined ? {} : { startAfter: folder + BEHIND };
    for await (const page of source.list({ bucket, prefix, ...after })) {
      for (const object of page) if (folder === undefined || !object.key.startsWith(folder)) take(object);
      if (folder !== undefined && page.at(-1)?.key.startsWith(folder) === true) {
        isDone = false;
        break;
      }
    }
  }
  return { folders, objects, further };
}
