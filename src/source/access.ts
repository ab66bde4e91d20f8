/**
 * How the objects of a bucket are read, as plain data. Another thread or machine that has it needs no source: it reads the
 * objects with a reader of its own.
 *     { kind: 'folder', root: '/copies/2026', above: '', buckets: [['trail-logs', '/copies/2026/trail-logs']] }
 *     { kind: 's3', url: 'https://trail-logs.s3.eu-central-1.amazonaws.com/', region: 'eu-central-1', accessKeyId: … }
 */

import type { Way } from '../aws/network/network.ts';

/** How the objects of a bucket are read. */
export type Access = FolderAccess | S3Access;

/** A copy: its folder, without a symbolic link in it, and the folders of its buckets. */
export interface FolderAccess {
  readonly kind: 'folder';
  readonly root: string;
  /** How the keys of all its files begin: '' for a copy from the top of its buckets, else it ends in `/`. */
  readonly above: string;
  readonly buckets: readonly (readonly [bucket: string, folder: string])[];
}

/** A bucket in S3: the URL above its objects, and the credentials that sign requests for them. Times in milliseconds. */
export interface S3Access {
  readonly kind: 's3';
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Whether requests say that the caller pays for them. */
  readonly requestPayer: boolean;
  /** The time of the server's clock, less that of this machine's. */
  readonly clockOffset: number;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** The way to the server where it is not the plain one: a proxy, further authorities. */
  readonly way?: Way | undefined;
}

/**
 * An object in a file of this machine. Its folder was seen to be inside its copy. The reader of the file follows no link in the
 * last place. Where the file is not as expected, `Source.open` gives the reason.
 */
export interface ObjectFile {
  readonly path: string;
  readonly key: string;
}

/** The facts that are kept with the bytes of an object. */
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
 * A found object: its bytes, or the file that holds them; and the version that was read. Where a description was asked for,
 * `description` is set, and nobody else holds the bytes.
 */
export interface FoundObject {
  readonly file: Uint8Array | ObjectFile;
  readonly versionId?: string | undefined;
  readonly description?: ObjectDescription | undefined;
}

/** How objects are read: `once` without a second try, `described` with all facts that are kept with their bytes. */
export interface ReadHow {
  readonly once?: boolean | undefined;
  readonly described?: boolean | undefined;
}

/** Called once for each object, with its place among the keys; undefined where anything is not as expected. */
export type TakeFound = (at: number, found: FoundObject | undefined) => void;

/** Reads objects in the plainest case alone. It reports nothing of any other case: `Source.open` finds the reason. */
export interface ObjectReader {
  /** How objects of a bucket are read from now on. */
  renew(bucket: string, access: Access): void;
  /**
   * Reads the objects of a bucket, in any order. `release` is owed for the bytes of each that was found.
   */
  read(bucket: string, keys: readonly string[], take: TakeFound, how?: ReadHow): void;
  /** So many bytes that were found are not held any more. */
  release(bytes: number): void;
  /** Gives up every read that waits or is under way, and reports it as undefined. Later requests are read again. */
  stop(): void;
  /** Ends its connections. */
  close(): Promise<void>;
}
