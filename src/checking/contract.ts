import { hash } from 'node:crypto';
import { asciiJson } from '../base/json.ts';
import type { HashedFile, HashFile } from '../crypto/hash.ts';
import type { END_THREAD } from '../hashing/end-worker.ts';
import type { Access } from '../source/access.ts';
import type { StoredObject } from '../source/source.ts';

/**
 * The questions to a checker of log files, and its answers. All of it is plain data, so that a thread, or another
 * machine, can answer as well as the thread that asks:
 *
 *     access   how the objects of a bucket are read (see `source/access.ts`); again where credentials change
 *     batch    number 7 · bucket · 64 files · key NUL sha256 NUL key NUL sha256 NUL …
 *     outcome  number 7 · odd [12, 40] · bytes · leaf hashes, ends of lines, sizes and inventory lines of the others
 *
 * An outcome says of a file only that it agrees with its digest. A file that is odd in any way - other content, absent,
 * refused, too large - is no finding yet: the caller checks it again, by the one path that judges.
 */

/** Log files of one bucket, to be held against the SHA-256 of their content that digests recorded. */
export interface Batch {
  readonly number: number;
  readonly bucket: string;
  readonly count: number;
  /** Key and hash (lower-case hex) of each file by turns, parted by NUL: one text is sent more quickly than many. */
  readonly items: string;
  /** Its requests have taken their turns in a pace that others keep as well: none is made a second time. */
  readonly paced: boolean;
  /** The stored bytes are to come with the outcome. */
  readonly handsOn: boolean;
}

/** The result of a batch. */
export interface Outcome {
  readonly batch: number;
  /** The places in the batch of those that are not known to agree, in any order. */
  readonly odd: readonly number[];
  /** Bytes of the others, as stored and after decompression. */
  readonly read: number;
  readonly inflated: number;
  /** The facts of the others, see `Packed`. */
  readonly packed: Uint8Array;
  /** The others as they were stored, by their places; there where the batch hands them on. */
  readonly stored?: readonly (StoredObject | undefined)[] | undefined;
  /** Requests that may be in flight for its thread by now; 0 where there are none. */
  readonly width: number;
}

/** The character between the items of a batch. Nothing that holds it is put into one. */
export const BETWEEN = '\0';
/** Files of one batch at most. */
export const MOST_FILES = 64;
/** Bytes that one batch hands on, or one larger file alone: a file beyond that comes back as odd. */
export const MOST_HANDED_ON: number = 4 * 1024 * 1024;
/** Bytes of one leaf hash. */
const LEAF = 32;

/** Bytes of bodies that are held at once, over all threads. */
export const BYTES_HELD: number = 64 * 1024 * 1024;

/**
 * Bytes of contents that are held natively at once, over all threads: each has one whole. A thread has 32 MB of them at most,
 * because larger contents gain nothing, and 8 MB at least, which it holds in pure Node as well.
 */
const CONTENTS_HELD: number = 256 * 1024 * 1024;
const MOST_CONTENT: number = 32 * 1024 * 1024;
const LEAST_CONTENT: number = 8 * 1024 * 1024;

/** The most that a file may hold for one of so many threads to hash it natively, in bytes. */
export function nativeContent(threads: number): number {
  return Math.max(LEAST_CONTENT, Math.min(MOST_CONTENT, Math.floor(CONTENTS_HELD / threads)));
}

/** Of so many requests in flight, those that are left to a checker; undefined where no number was asked for. */
export function requestsOf(concurrency: number | undefined): number | undefined {
  return concurrency === undefined ? undefined : concurrency - Math.ceil(concurrency / 4);
}

/** A message to a thread. */
export type ToThread =
  | { readonly access: Access; readonly bucket: string }
  | { readonly batch: Batch }
  | { readonly hash: number; readonly file: Uint8Array }
  | { readonly stop: true }
  | typeof END_THREAD;

/** The answer for a file that was to be hashed; undefined where this machine failed, or it was not begun. */
export interface Hashed {
  readonly hash: number;
  readonly hashed: HashedFile | undefined;
}

/** The start data of a thread: its share of the bounds of all threads. */
export interface ThreadSettings {
  readonly native: boolean;
  /** The largest content that is hashed natively, in bytes. */
  readonly nativeContent: number;
  readonly requests: number;
  readonly fixed: boolean;
  readonly bytes: number;
}

/** The buffers that may leave this thread: a whole buffer, never a part of one. */
export function ownBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && byteLength > 0 && buffer.byteLength === byteLength ? [buffer] : [];
}

/**
 * The facts of the files of a batch that agree, in one piece of memory. For n files:
 *
 *     leaves  n × 32 bytes          the leaf hash of each line (RFC 9162)
 *     ends    n × 4 bytes           where each line ends, from the beginning of the first; lowest byte first
 *     sizes   n × 8 bytes           bytes as stored and after decompression, four each
 *     lines                         the inventory lines, each with its line feed
 *
 * An odd file has a line of no length, and nothing else of it counts.
 */

const END = 4;
const SIZES = 8;
/** Characters that JSON writes as they are. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** One object that agrees. Hashes in lower-case hex, sizes in bytes. */
export interface AgreeingFile {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly stored: string;
  readonly content: string;
  readonly size: number;
  readonly inflated: number;
}

/** Collects the log files of one batch, or digests in a row. */
export class PackedWriter {
  readonly #count: number;
  readonly #lines: string[];
  readonly #sizes: Uint32Array;
  readonly #head: string;

  constructor(bucket: string, count: number, kind: 'log' | 'digest' = 'log') {
    this.#count = count;
    this.#lines = new Array<string>(count).fill('');
    this.#sizes = new Uint32Array(2 * count);
    this.#head = `{"kind":"${kind}","bucket":${jsonText(bucket)},"key":`;
  }

  /** Takes the file at a place of the batch: its line is that of `report/inventory-line.ts`, to the byte. */
  put(at: number, { key, versionId, stored, content, size, inflated }: AgreeingFile): void {
    const version = versionId === undefined ? 'null' : asciiJson(versionId);
    this.#lines[at] =
      `${this.#head}${jsonText(key)},"versionId":${version},"stored":"${stored}","content":"${content}","status":"valid"}\n`;
    this.#sizes[2 * at] = size;
    this.#sizes[2 * at + 1] = inflated;
  }

  /** All of it. */
  pack(): Uint8Array {
    const text = this.#lines.join('');
    const from = linesFrom(this.#count);
    const packed = Buffer.allocUnsafeSlow(from + text.length);
    packed.write(text, from, 'latin1');
    let at = from;
    for (let index = 0; index < this.#count; index += 1) {
      const length = this.#lines[index]?.length ?? 0;
      if (length > 0) writeLeaf(packed, index, at, at + length - 1);
      at += length;
      packed.writeUInt32LE(at - from, endAt(this.#count, index));
    }
    for (const [index, size] of this.#sizes.entries())
      packed.writeUInt32LE(size, sizesFrom(this.#count) + END * index);
    return packed;
  }
}

/** Reads the packed rows of a writer. */
export class PackedReader {
  readonly #count: number;
  readonly #packed: Uint8Array;
  readonly #view: DataView;

  /** Throws RangeError where there is less than `count` files need. */
  constructor(packed: Uint8Array, count: number) {
    this.#count = count;
    this.#packed = packed;
    this.#view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    if (linesFrom(count) + this.#end(count - 1) !== packed.length)
      throw new RangeError('an outcome is not as long as it says');
  }

  /** The lines, leaf hashes, sizes and bytes of the files from one place to before another. */
  slice(
    from: number,
    to: number,
  ): { lines: Uint8Array; leaves: Uint8Array; sizes: Uint8Array; bytes: { read: number; inflated: number } } {
    const start = linesFrom(this.#count);
    const sizes = sizesFrom(this.#count);
    const bytes = { read: 0, inflated: 0 };
    for (let at = from; at < to; at += 1) {
      bytes.read += this.#view.getUint32(sizes + SIZES * at, true);
      bytes.inflated += this.#view.getUint32(sizes + SIZES * at + END, true);
    }
    return {
      lines: this.#packed.subarray(start + this.#end(from - 1), start + this.#end(to - 1)),
      leaves: this.#packed.subarray(LEAF * from, LEAF * to),
      sizes: this.#packed.subarray(sizes + SIZES * from, sizes + SIZES * to),
      bytes,
    };
  }

  #end(at: number): number {
    return at < 0 ? 0 : this.#view.getUint32(endAt(this.#count, at), true);
  }
}

function endAt(count: number, at: number): number {
  return LEAF * count + END * at;
}

function sizesFrom(count: number): number {
  return (LEAF + END) * count;
}

function linesFrom(count: number): number {
  return (LEAF + END + SIZES) * count;
}

/** The hash of 0x00 and the line without its line feed; the byte before the line is lent for that. */
function writeLeaf(packed: Buffer, index: number, from: number, to: number): void {
  const before = packed[from - 1] ?? 0;
  packed[from - 1] = 0;
  packed.write(hash('sha256', packed.subarray(from - 1, to), 'binary'), LEAF * index, 'latin1');
  packed[from - 1] = before;
}

function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : asciiJson(text);
}

/** Something that checks batches: threads, or the thread that asks. */
export interface Checker {
  /** Requests that it may have in flight at once, all together; files being read, for a folder. */
  readonly requests: number;
  /** Whether it takes another batch without letting it wait for long; `paced` without letting it wait at all. */
  hasRoom(paced: boolean): boolean;
  /** Calls `wake` once, when a batch has ended that is under way now or later, or none will. */
  onRoom(wake: () => void): void;
  /** Whether some of it has nothing to do. */
  isIdle(): boolean;
  /** Checks one batch. Rejects where the thread was lost that had it, and where there is none. */
  check(batch: Omit<Batch, 'number'>, access: Access): Promise<Outcome>;
  /**
   * Hashes a log file that somebody else has read, for the path that judges: where nobody else reads its source, or where its
   * bytes are handed on.
   */
  readonly hash: HashFile;
  /**
   * Gives up the tasks under way: files that were not begun come back as odd, or are hashed by the thread that asks. So the
   * tasks of another run at the same time take longer, and nothing else changes.
   */
  stop(): void;
}

/** A checker that ends its threads and connections when it is closed. */
export interface OpenChecker extends Checker {
  close(): Promise<void>;
}

/** A window begins with so much of the requests that there may be, unless their number is fixed. */
const FIRST_SHARE = 0.25;

/** How wide a window is from the beginning. */
export function firstWidth({
  requests,
  fixed,
}: {
  readonly requests: number;
  readonly fixed: boolean;
}): number {
  return fixed ? requests : Math.ceil(FIRST_SHARE * requests);
}

/** Files that wait for one thread in addition to those in its window: two batches, so that it need not wait for the next. */
const WAITING = 128;
const AHEAD = 1.25;

/** Whether one that has so many files, and so wide a window, has room for a batch; `paced` only in the window itself. */
export function hasCredit(files: number, width: number, paced: boolean): boolean {
  return files < (paced ? width : AHEAD * width + WAITING);
}
