/**
 * How the objects of a bucket are read, as plain data: whoever has it - another thread, another machine - reads them
 * without the source that gave it, by a reader of its own:
 *
 *     { kind: 'folder', root: '/copies/2026', buckets: [['trail-logs', '/copies/2026/trail-logs']] }
 *     { kind: 's3', url: 'https://trail-logs.s3.eu-central-1.amazonaws.com/', region: 'eu-central-1', accessKeyId: … }
 */

/** How the objects of a bucket are read. */
export type Access = FolderAccess | S3Access;

/** A copy: its folder, without a symbolic link in it, and the folders of its buckets. */
export interface FolderAccess {
  readonly kind: 'folder';
  readonly root: string;
  readonly buckets: readonly (readonly [bucket: string, folder: string])[];
}

/** A bucket in S3: the URL that its objects lie below, and what signs requests for them. Times in milliseconds. */
export interface S3Access {
  readonly kind: 's3';
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** What the server's clock shows, less this machine's. */
  readonly clockOffset: number;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/**
 * An object that lies in a file of this machine, in a folder that was seen to be inside its copy. Whoever reads it follows
 * no link in its last place; where it is not as expected there, `Source.open` tells why.
 */
export interface ObjectFile {
  readonly path: string;
  readonly key: string;
}

/** What is kept beside the bytes of an object. */
export interface ObjectDescription {
  /** User metadata by lower-case name without `x-amz-meta-`; undefined where the source keeps none (a bare folder). */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly lastModified?: number | undefined;
  readonly versionId?: string | undefined;
  /** S3's entity tag and storage class, where the source knows them: kept with a copy, never judged. */
  readonly etag?: string | undefined;
  readonly storageClass?: string | undefined;
}

/**
 * What was found of an object: its bytes, or the file that holds them; and the version that was read. `description` is there,
 * and the bytes are nobody else's, where that was asked for.
 */
export interface FoundObject {
  readonly file: Uint8Array | ObjectFile;
  readonly versionId?: string | undefined;
  readonly description?: ObjectDescription | undefined;
}

/** How objects are read: `once` without a second try, `described` with all that is kept beside their bytes. */
export interface ReadHow {
  readonly once?: boolean | undefined;
  readonly described?: boolean | undefined;
}

/** Is told of each object once, by its place among the keys; undefined where anything is not as expected. */
export type TakeFound = (at: number, found: FoundObject | undefined) => void;

/** Reads objects in the plainest case alone; of all else it says nothing, and `Source.open` tells what it is. */
export interface ObjectReader {
  /** How objects of a bucket are read from now on. */
  renew(bucket: string, access: Access): void;
  /**
   * Reads the objects of a bucket, in any order. `release` is owed for the bytes of each that was found.
   */
  read(bucket: string, keys: readonly string[], take: TakeFound, how?: ReadHow): void;
  /** So many bytes that were found are not held any more. */
  release(bytes: number): void;
  /** Gives up all that waits or is under way: it is told as undefined. What is asked for later is read again. */
  stop(): void;
  /** Ends its connections. */
  close(): Promise<void>;
}
