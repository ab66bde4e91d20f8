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

/** What was found of an object: its bytes, or the file that holds them; and the version that was read. */
export interface FoundObject {
  readonly file: Uint8Array | ObjectFile;
  readonly versionId?: string;
}

/** Is told of each object once, by its place among the keys; undefined where anything is not as expected. */
export type TakeFound = (at: number, found: FoundObject | undefined) => void;

/** Reads objects in the plainest case alone; of all else it says nothing, and `Source.open` tells what it is. */
export interface ObjectReader {
  /** How objects of a bucket are read from now on. */
  renew(bucket: string, access: Access): void;
  /**
   * Reads the objects of a bucket, in any order; `once` without a second try. `release` is owed for the bytes of each that was
   * found.
   */
  read(bucket: string, keys: readonly string[], take: TakeFound, once?: boolean): void;
  /** So many bytes that were found are not held any more. */
  release(bytes: number): void;
  /** Begins with nothing more, and gives up what is under way: all of it is told as undefined. */
  stop(): void;
  /** Ends its connections. */
  close(): Promise<void>;
}
