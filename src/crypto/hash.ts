import { createHash, hash } from 'node:crypto';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { interrupted } from '../base/errors.ts';
import { limiter } from '../base/flow.ts';

/**
 * Gzip as strictly as evidence asks: one member of RFC 1952, its check sum and length right.
 *
 *     1f 8b 08 FLG MTIME(4) XFL OS [extra] [name\0] [comment\0] [header CRC]  deflate…  CRC32(4) ISIZE(4)
 *
 * node:zlib's own gunzip joins further members and passes over zero bytes behind the last; readers differ on
 * both, so here the header and trailer are read by hand and only the deflate stream is zlib's.
 */

/** The content of a gzip file, and the number of bytes behind its one member (0 where it is strict). */
interface Gunzipped {
  readonly bytes: Uint8Array;
  readonly trailingBytes: number;
}

/** Either the content, or in words why this is not one whole gzip member. */
export type GunzipResult =
  | { readonly content: Gunzipped }
  | { readonly content: undefined; readonly problem: string };

/** The problem of a file that does not begin as gzip does. */
export const NOT_GZIP = 'is not gzip';

const FIXED_HEADER = 10;
const TRAILER = 8;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const RESERVED_FLAGS = 0xe0;
/** Deflate cannot expand by more (zlib's technical details); an ISIZE beyond it is false and not worth the memory. */
const MAX_EXPANSION = 1032;
/** One output chunk at most: larger ones cost page faults without gain. */
const MAX_CHUNK = 8 * 1024 * 1024;
/** The least, because an ISIZE that is too small must not make millions of them. */
const MIN_CHUNK = 16 * 1024;

/** Inflates `file`, refusing more than `maxOutput` bytes of content. Throws only where this machine fails, as for want of memory. */
export function gunzip(file: Uint8Array, maxOutput: number): GunzipResult {
  const start = gzipDataStart(file);
  if (typeof start === 'string') return problem(start);
  const chunkSize = Math.max(MIN_CHUNK, Math.min(statedLength(file), MAX_CHUNK, maxOutput));
  let bytes: Uint8Array;
  let consumed: number;
  try {
    // `info` is missing from the type definitions' overloads, yet documented since Node 10.
    const inflated = inflateRawSync(file.subarray(start), {
      chunkSize,
      maxOutputLength: maxOutput,
      info: true,
    }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    bytes = inflated.buffer;
    consumed = inflated.engine.bytesWritten;
  } catch (error) {
    return problem(inflateProblem(error, maxOutput));
  }
  const trailingBytes = checkTrailer(file, start + consumed, {
    checkSum: crc32(bytes),
    length: bytes.length,
  });
  if (typeof trailingBytes === 'string') return problem(trailingBytes);
  return { content: { bytes, trailingBytes } };
}

/**
 * As `gunzip`; a file that is no gzip at all is its own content, because some tools inflate the files that they copy. Only its
 * hash shows whether it is the content that was signed.
 */
export function gunzipOrPlain(file: Uint8Array, maxOutput: number): GunzipResult {
  const result = gunzip(file, maxOutput);
  if (result.content !== undefined || result.problem !== NOT_GZIP) return result;
  return file.length > maxOutput
    ? problem(tooLong(maxOutput))
    : { content: { bytes: file, trailingBytes: 0 } };
}

/** How long its trailer says that the content is, at most what its bytes could hold; hostile all the same. */
function statedLength(file: Uint8Array): number {
  return Math.min(uint32(file, file.length - 4), MAX_EXPANSION * file.length);
}

/** The number of bytes behind the trailer that begins at `end`; or why it does not belong to this content. */
function checkTrailer(
  file: Uint8Array,
  end: number,
  content: { readonly checkSum: number; readonly length: number },
): number | string {
  if (end + TRAILER > file.length) return 'ends before its trailer';
  if (uint32(file, end) !== content.checkSum) return 'check sum is wrong';
  if (uint32(file, end + 4) !== content.length % 2 ** 32) return 'length is wrong';
  return file.length - end - TRAILER;
}

/** Where the deflate stream begins, or why this is no gzip header with a stream and a trailer behind it. */
function gzipDataStart(file: Uint8Array): number | string {
  const start = headerLength(file);
  return typeof start === 'number' && file.length < start + TRAILER ? 'ends before its trailer' : start;
}

function uint32(file: Uint8Array, at: number): number {
  return new DataView(file.buffer, file.byteOffset, file.byteLength).getUint32(at, true);
}

function headerLength(file: Uint8Array): number | string {
  if (file.length === 0) return 'is empty';
  if (file.length < FIXED_HEADER || file[0] !== 0x1f || file[1] !== 0x8b) return NOT_GZIP;
  const [, , method, flags = 0] = file;
  if (method !== 8 || (flags & RESERVED_FLAGS) !== 0) return 'is of an unknown gzip kind';
  let at = FIXED_HEADER;
  if ((flags & FLAG_EXTRA) !== 0) at += 2 + (file[at] ?? 0) + 256 * (file[at + 1] ?? 0);
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const zero = file.indexOf(0, at);
    if (zero === -1) return 'ends in its header';
    at = zero + 1;
  }
  if ((flags & FLAG_HEADER_CRC) !== 0) {
    const stated = (file[at] ?? 0) + 256 * (file[at + 1] ?? 0);
    if (stated !== crc32(file.subarray(0, at)) % 65536) return 'header check sum is wrong';
    at += 2;
  }
  return at;
}

function problem(words: string): GunzipResult {
  return { content: undefined, problem: words };
}

/** The problem of content beyond the bound. */
function tooLong(maxOutput: number): string {
  return `inflates to more than ${maxOutput} bytes`;
}

/** The problem of the file that zlib's error names. Throws the error again where it says nothing of the file. */
function inflateProblem(error: unknown, maxOutput: number): string {
  switch (error instanceof Error && 'code' in error && error.code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return tooLong(maxOutput);
    case 'Z_BUF_ERROR':
      return 'ends in the middle of its data';
    case 'Z_DATA_ERROR':
      return 'holds damaged data';
    default:
      // A lack of this machine is no fault of the file, and must not count against it.
      throw error;
  }
}

/** SHA-256 of `bytes`, lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** MD5 of `bytes`, lower-case hex: CloudTrail's key fingerprint, an identifier and never a proof. */
export function md5(bytes: Uint8Array): string {
  return hash('md5', bytes, 'hex');
}

/** A file that was read in its place, and the facts that its source keeps with it. */
export interface HashedObject extends HashedFile {
  readonly versionId?: string | undefined;
}

/**
 * Hashes a file that was read, within the bounds of the hasher, here or on another thread; the results are the same. With
 * `handOver` nobody else has a use for the bytes: they may go to another thread, and are gone from here. A file that was not
 * begun when `signal` aborts is refused with INTERRUPTED. Rejects with ThreadLost, and as `hashGzip`.
 */
export type HashFile = (file: Uint8Array, handOver: boolean, signal?: AbortSignal) => Promise<HashedFile>;

/** A thread ended that alone had the bytes of a file: the caller must read them again. */
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
 * The hashes that judge a log file: the SHA-256 of its bytes as stored and of its inflated content. Short content is inflated
 * at once, which is fastest; long content piece by piece, so that memory stays flat whatever a file holds.
 */

/** A file as stored, hashed; sizes in bytes, hashes lower-case hex. */
export interface HashedFile {
  readonly size: number;
  readonly sha256: string;
  readonly content: HashedContent;
}

/** The content of one gzip member, with the number of bytes behind it; or in words why the file is not one whole member. */
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

/** As `hashGzip`, without a turn of the event loop; undefined for long content, which `hashLongGzip` takes. Throws as `gunzip`. */
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
  // A content that is longer than announced is worth no more memory, and may yet be within the bound.
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
