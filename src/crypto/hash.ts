import { createHash, hash } from 'node:crypto';
import { crc32, createInflateRaw } from 'node:zlib';
import { interrupted } from '../base/errors.ts';
import { limiter } from '../base/flow.ts';
import {
  checkTrailer,
  type GunzipResult,
  gunzip,
  gzipDataStart,
  inflateProblem,
  statedLength,
  tooLong,
} from './gunzip.ts';

/** SHA-256 of `bytes`, lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** MD5 of `bytes`, lower-case hex: CloudTrail's key fingerprint, an identifier and never a proof. */
export function md5(bytes: Uint8Array): string {
  return hash('md5', bytes, 'hex');
}

/** A file that was read where it lies, and what its source keeps beside it. */
export interface HashedObject extends HashedFile {
  readonly versionId?: string;
}

/**
 * Hashes a file that was read, within the bounds of whoever hashes, here or on another thread; the results are the same. With
 * `handOver` nobody else has a use for the bytes: they may go to another thread, and are gone from here. What was not begun when
 * `signal` aborts is refused with INTERRUPTED. Rejects with ThreadLost, and as `hashGzip`.
 */
export type HashFile = (file: Uint8Array, handOver: boolean, signal?: AbortSignal) => Promise<HashedFile>;

/** A thread ended that had the bytes of a file for itself: whoever has them must read them again. */
export class ThreadLost extends Error {
  constructor() {
    super('a thread for hashing was lost');
    this.name = 'ThreadLost';
  }
}

/** Hashes on this thread, one file after the other, contents of `maxContent` bytes at most. */
export function hashHere(maxContent: number): HashFile {
  const limit = limiter(1);
  return (file, _, signal) =>
    limit(async () => {
      if (signal?.aborted === true) throw interrupted();
      return hashGzip(file, maxContent);
    });
}

/**
 * What a log file is judged by: the SHA-256 of its bytes as stored and of what they inflate to. Short content is
 * inflated at once, which is fastest; long content piece by piece, so that memory stays flat whatever a file holds.
 */

/** A file as stored, hashed; sizes in bytes, hashes lower-case hex. */
export interface HashedFile {
  readonly size: number;
  readonly sha256: string;
  readonly content: HashedContent;
}

/** What one gzip member held, with how many bytes stand behind it; or in words why the file is not one whole member. */
type HashedContent =
  | { readonly size: number; readonly sha256: string; readonly trailingBytes: number }
  | { readonly size: undefined; readonly problem: string };

/** Content up to here is inflated at once: beyond it, pieces are faster and take less memory. */
const AT_ONCE = 8 * 1024 * 1024;
const PIECE = 1024 * 1024;

/** Hashes one file and its content, of which more than `maxContent` bytes are a problem. Rejects as `gunzip` throws. */
export async function hashGzip(file: Uint8Array, maxContent: number): Promise<HashedFile> {
  return hashGzipNow(file, maxContent) ?? hashLongGzip(file, maxContent);
}

/** As `hashGzip`, without a turn of the event loop; undefined for long content, for `hashLongGzip`. Throws as `gunzip`. */
export function hashGzipNow(file: Uint8Array, maxContent: number): HashedFile | undefined {
  const content = hashContentNow(file, maxContent);
  return content && { size: file.length, sha256: sha256(file), content };
}

/** As `hashGzip`, piece by piece. */
export async function hashLongGzip(file: Uint8Array, maxContent: number): Promise<HashedFile> {
  return { size: file.length, sha256: sha256(file), content: await hashInPieces(file, maxContent) };
}

function hashContentNow(file: Uint8Array, maxContent: number): HashedContent | undefined {
  const start = gzipDataStart(file);
  if (typeof start === 'string') return { size: undefined, problem: start };
  if (statedLength(file) > AT_ONCE) return undefined;
  const bound = Math.min(AT_ONCE, maxContent);
  const result = gunzip(file, bound);
  // What is longer than it says is worth no more memory, and may yet be within the bound.
  return bound < maxContent && isTooLong(result, bound) ? undefined : hashed(result);
}

function isTooLong(result: GunzipResult, bound: number): boolean {
  return result.content === undefined && result.problem === tooLong(bound);
}

function hashed(result: GunzipResult): HashedContent {
  if (result.content === undefined) return { size: undefined, problem: result.problem };
  const { bytes, trailingBytes } = result.content;
  return { size: bytes.length, sha256: sha256(bytes), trailingBytes };
}

async function hashInPieces(file: Uint8Array, maxContent: number): Promise<HashedContent> {
  const start = gzipDataStart(file);
  if (typeof start === 'string') return { size: undefined, problem: start };
  const engine = createInflateRaw({ chunkSize: PIECE });
  const hash = createHash('sha256');
  let checkSum = 0;
  let length = 0;
  engine.end(file.subarray(start));
  try {
    for await (const piece of engine as AsyncIterable<Uint8Array>) {
      length += piece.length;
      if (length > maxContent) return { size: undefined, problem: tooLong(maxContent) };
      hash.update(piece);
      checkSum = crc32(piece, checkSum);
    }
  } catch (error) {
    return { size: undefined, problem: inflateProblem(error, maxContent) };
  }
  const trailingBytes = checkTrailer(file, start + engine.bytesWritten, { checkSum, length });
  if (typeof trailingBytes === 'string') return { size: undefined, problem: trailingBytes };
  return { size: length, sha256: hash.digest('hex'), trailingBytes };
}
