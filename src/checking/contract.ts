/**
 * What is asked of whoever checks log files, and what comes back. All of it is plain data, so that a thread, or another
 * machine, can do it as well as the thread that asks:
 *
 *     access   how the objects of a bucket are read (see `source/access.ts`); again where credentials change
 *     batch    number 7 · bucket · 64 files · key NUL sha256 NUL key NUL sha256 NUL …
 *     outcome  number 7 · odd [12, 40] · bytes · leaf hashes, ends of lines, sizes and inventory lines of the others
 *
 * An outcome says of a file only that it agrees with its digest. A file that is odd in any way - other content, absent,
 * refused, too large - is no finding yet: whoever asked checks it again, by the one path that judges.
 */
import type { HashedFile } from '../crypto/hash.ts';
import type { Access } from '../source/access.ts';
import type { StoredObject } from '../source/source.ts';

/** Log files of one bucket, to be held against the SHA-256 of their content that digests recorded. */
export interface Batch {
  readonly number: number;
  readonly bucket: string;
  readonly count: number;
  /** Key and hash (lower-case hex) of each file by turns, parted by NUL: one text is sent more quickly than many. */
  readonly items: string;
  /** Its requests have taken their turns in a pace that others keep as well: none is made a second time. */
  readonly paced: boolean;
  /** What was stored is to come with the outcome. */
  readonly handsOn: boolean;
}

/** What became of a batch. */
export interface Outcome {
  readonly batch: number;
  /** The places in the batch of those that are not known to agree, in any order. */
  readonly odd: readonly number[];
  /** Bytes of the others, as stored and after decompression. */
  readonly read: number;
  readonly inflated: number;
  /** What is told of the others, see `Packed`. */
  readonly packed: Uint8Array;
  /** The others as they were stored, by their places; there where the batch hands them on. */
  readonly stored?: readonly (StoredObject | undefined)[];
  /** Requests that may be in flight for its thread by now; 0 where there are none. */
  readonly width: number;
}

/** What parts the items of a batch. Nothing that holds it is put into one. */
export const BETWEEN = '\0';
/** Files of one batch at most. */
export const MOST_FILES = 64;
/** Bytes that one batch hands on, or one larger file alone: what is beyond comes back as odd. */
export const MOST_HANDED_ON: number = 4 * 1024 * 1024;
/** Bytes of one leaf hash. */
export const LEAF = 32;

/** Bytes of bodies that are held at once, over all threads. */
export const BYTES_HELD: number = 64 * 1024 * 1024;

/**
 * Bytes of contents that are held natively at once, over all threads: each has one whole. A thread has 32 MB of them at most, for
 * larger contents gain nothing, and 8 MB at least, which it holds in pure Node as well.
 */
const CONTENTS_HELD: number = 256 * 1024 * 1024;
const MOST_CONTENT: number = 32 * 1024 * 1024;
const LEAST_CONTENT: number = 8 * 1024 * 1024;

/** What a file may hold for one of so many threads to hash it natively, in bytes. */
export function nativeContent(threads: number): number {
  return Math.max(LEAST_CONTENT, Math.min(MOST_CONTENT, Math.floor(CONTENTS_HELD / threads)));
}

/** Of so many requests in flight, those that are left to a checker; undefined where no number was asked for. */
export function requestsOf(concurrency: number | undefined): number | undefined {
  return concurrency === undefined ? undefined : concurrency - Math.ceil(concurrency / 4);
}

/** What is sent to a thread. */
export type ToThread =
  | { readonly access: Access; readonly bucket: string }
  | { readonly batch: Batch }
  | { readonly hash: number; readonly file: Uint8Array }
  | { readonly stop: true };

/** What comes back of a file that was to be hashed; undefined where this machine failed, or it was not begun. */
export interface Hashed {
  readonly hash: number;
  readonly hashed: HashedFile | undefined;
}

/** What a thread is started with: its share of all that the threads may have. */
export interface ThreadSettings {
  readonly native: boolean;
  /** The largest content that is hashed natively, in bytes. */
  readonly nativeContent: number;
  readonly requests: number;
  readonly fixed: boolean;
  readonly bytes: number;
}

/** What may leave this thread: a whole buffer, never a part of one. */
export function ownBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && byteLength > 0 && buffer.byteLength === byteLength ? [buffer] : [];
}
