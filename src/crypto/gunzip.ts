/**
 * Gzip as strictly as evidence asks: one member of RFC 1952, its check sum and length right.
 *
 *     1f 8b 08 FLG MTIME(4) XFL OS [extra] [name\0] [comment\0] [header CRC]  deflate…  CRC32(4) ISIZE(4)
 *
 * node:zlib's own gunzip joins further members and passes over zero bytes behind the last; readers differ on
 * both, so here the header and trailer are read by hand and only the deflate stream is zlib's.
 */
import { crc32, inflateRawSync } from 'node:zlib';

/** What a gzip file held: its content, and how many bytes stand behind its one member (0 where it is strict). */
export interface Gunzipped {
  readonly bytes: Uint8Array;
  readonly trailingBytes: number;
}

/** Either the content, or in words why this is not one whole gzip member. */
export type GunzipResult =
  | { readonly content: Gunzipped }
  | { readonly content: undefined; readonly problem: string };

/** What is said of a file that does not begin as gzip does. */
export const NOT_GZIP = 'is not gzip';

const FIXED_HEADER = 10;
const TRAILER = 8;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const RESERVED_FLAGS = 0xe0;
/** Deflate cannot expand by more (zlib's technical details); an ISIZE beyond it is a lie not worth allocating for. */
const MAX_EXPANSION = 1032;
/** One output chunk at most: larger ones cost page faults without gain. */
const MAX_CHUNK = 8 * 1024 * 1024;
/** And at least, for an ISIZE that says too little must not make millions of them. */
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
 * As `gunzip`; a file that is no gzip at all is its own content, for some tools inflate what they copy. Whether it is the content
 * that was signed its hash must show, as ever.
 */
export function gunzipOrPlain(file: Uint8Array, maxOutput: number): GunzipResult {
  const result = gunzip(file, maxOutput);
  if (result.content !== undefined || result.problem !== NOT_GZIP) return result;
  return file.length > maxOutput
    ? problem(tooLong(maxOutput))
    : { content: { bytes: file, trailingBytes: 0 } };
}

/** How long its trailer says that the content is, at most what its bytes could hold; hostile all the same. */
export function statedLength(file: Uint8Array): number {
  return Math.min(uint32(file, file.length - 4), MAX_EXPANSION * file.length);
}

/** How many bytes stand behind the trailer that begins at `end`; or why it does not belong to this content. */
export function checkTrailer(
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
export function gzipDataStart(file: Uint8Array): number | string {
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
export function tooLong(maxOutput: number): string {
  return `inflates to more than ${maxOutput} bytes`;
}

/** What zlib's error says of the file. Throws it anew where it says nothing of the file. */
export function inflateProblem(error: unknown, maxOutput: number): string {
  switch (error instanceof Error && 'code' in error && error.code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return tooLong(maxOutput);
    case 'Z_BUF_ERROR':
      return 'ends in the middle of its data';
    case 'Z_DATA_ERROR':
      return 'holds damaged data';
    default:
      // What this machine lacks is no fault of the file, and must not be held against it.
      throw error;
  }
}
