import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { knownTime } from '../../base/clock.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { strictJson, strictJsonText } from '../../base/json.ts';
import type { ObjectDescription, ObjectFile } from '../access.ts';
import { LONGEST_VERSION_ID, type StoredObject } from '../source.ts';
import { SIDECAR_SUFFIX } from './path.ts';

/** How a system opens files: on Windows no flag refuses links and pipes, so they are looked for before. */
export interface OpeningRules {
  readonly flags: number;
  readonly looksFirst: boolean;
}

/** The rules of a system with these constants of its own. */
export function openingRules(
  own: Readonly<Partial<Record<'O_NOFOLLOW' | 'O_NONBLOCK', number>>>,
): OpeningRules {
  const { O_NOFOLLOW: noFollow, O_NONBLOCK: noWaiting = 0 } = own;
  return { flags: constants.O_RDONLY | (noFollow ?? 0) | noWaiting, looksFirst: noFollow === undefined };
}

/** Never follows a link in the last place, and never waits for the other end of a named pipe. */
const HERE: OpeningRules = openingRules(constants);

/** Opens a file for reading; rejects with the file system's error, ELOOP for a symbolic link. */
export async function openForReading(path: string, rules: OpeningRules = HERE): Promise<FileHandle> {
  if (rules.looksFirst && (await lstat(path)).isSymbolicLink())
    throw Object.assign(new Error(`${path} is a symbolic link`), { code: 'ELOOP' });
  return open(path, rules.flags);
}

/** The whole content of a regular file of at most `maxBytes`; undefined for anything else and where it cannot be read. */
export async function readSmallFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    const file = await openForReading(path);
    try {
      const status = await file.stat();
      return status.isFile() && status.size <= maxBytes ? await file.readFile() : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Larger files are worth another thread's while. */
const MOST_AT_ONCE = 256 * 1024;

/** A file that was read at once; `mtimeMs` in milliseconds since the epoch. */
interface ReadFile {
  readonly bytes: Buffer;
  readonly mtimeMs: number;
}

/**
 * A small regular file as it is, read in this thread. Undefined where it is none, where it cannot be read, and where `pace`
 * says that reads are slow. The caller then asks the usual way, which finds the reason.
 */
export function readNow(path: string, pace: ReadPace, rules: OpeningRules = HERE): ReadFile | undefined {
  if (!pace.isQuick) return undefined;
  const began = performance.now();
  try {
    return readRegularFile(path, MOST_AT_ONCE, undefined, rules);
  } finally {
    pace.took((performance.now() - began) * 1000);
  }
}

/** Reads that take longer than this on average are worth handing to other threads, several at once. */
const SLOW = 1_000;
/** One late answer, as when this process had to wait for a processor, says little of the next ones. */
const MOST_COUNTED = 4_000;
/** The weight of one read against those before it. */
const SHARE = 1 / 16;
/** While reads are slow, every so many-th is made at once to see whether that has changed. */
const TRY_AGAIN = 64;

/**
 * Whether files are best read at once, in the thread that asks. From the page cache a small file comes in a few
 * microseconds, a tenth of what asking Node's thread pool takes; from a cold disk or over a network it would keep all
 * else waiting.
 */
export class ReadPace {
  #average = 0;
  #turn = 0;

  /** Whether the next read should be made at once. */
  get isQuick(): boolean {
    if (this.#average < SLOW) return true;
    this.#turn = (this.#turn + 1) % TRY_AGAIN;
    return this.#turn === 0;
  }

  /** Takes note of how long a read that was made at once took, in microseconds. */
  took(microseconds: number): void {
    this.#average += (Math.min(microseconds, MOST_COUNTED) - this.#average) * SHARE;
  }
}

/**
 * The facts that S3 gave of an object, kept in `<object file>.s3-metadata.json`. `unread` is set where the object was listed
 * but could not be copied. It then has no file, and reading it fails as it failed during the collection.
 */
export interface Sidecar {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds since the epoch; in the file ISO 8601. */
  readonly lastModified?: number | undefined;
  readonly versionId?: string | undefined;
  readonly etag?: string | undefined;
  readonly storageClass?: string | undefined;
  readonly unread?: { readonly code: UnreadCode; readonly message: string } | undefined;
}

/** Why an object could not be copied. */
export type UnreadCode = Extract<
  ErrorCode,
  'OBJECT_DENIED' | 'OBJECT_ARCHIVED' | 'OBJECT_UNDECRYPTABLE' | 'OBJECT_TOO_LARGE' | 'OBJECT_UNREACHABLE'
>;

const UNREAD_CODES: ReadonlySet<string> = new Set<UnreadCode>([
  'OBJECT_DENIED',
  'OBJECT_ARCHIVED',
  'OBJECT_UNDECRYPTABLE',
  'OBJECT_TOO_LARGE',
  'OBJECT_UNREACHABLE',
]);

/** S3 keeps at most 2 KB of user metadata and a key of 1 KB; JSON may make each byte six. */
const LONGEST_SIDECAR: number = 64 * 1024;

/** Twice what S3 keeps of user metadata, names and values in UTF-8 (user guide, "Working with object metadata"). */
const MOST_METADATA = 4 * 1024;

/** True for a code that a sidecar may give as the reason why its object was not copied. */
export function isUnreadCode(code: string): code is UnreadCode {
  return UNREAD_CODES.has(code);
}

/** A sidecar as the text of its file. */
export function formatSidecar(sidecar: Sidecar): string {
  const { bucket, key, metadata, lastModified, ...rest } = sidecar;
  const written = lastModified === undefined ? {} : { lastModified: new Date(lastModified).toISOString() };
  return `${JSON.stringify({ bucket, key, metadata, ...written, ...rest }, null, 2)}\n`;
}

/** The sidecar in that file, if it is one and is that of `key` (where given); undefined for all else, never an error. */
export async function readSidecar(path: string, key?: string): Promise<Sidecar | undefined> {
  const file = await readSmallFile(path, LONGEST_SIDECAR);
  return file === undefined ? undefined : parseSidecar(file, key);
}

/** The sidecar in that file, as `readSidecar` reads it; read at once where `readNow` would, else undefined for not known. */
export function readSidecarNow(
  path: string,
  key: string,
  pace: ReadPace,
): { readonly sidecar: Sidecar | undefined } | undefined {
  return existsSync(path) ? readListedSidecar(path, key, pace) : { sidecar: undefined };
}

/** As `readSidecarNow`, of a file that was seen to be there. */
export function readListedSidecar(
  path: string,
  key: string,
  pace: ReadPace,
): ReturnType<typeof readSidecarNow> {
  const file = readNow(path, pace);
  if (file === undefined) return undefined;
  return { sidecar: file.bytes.length > LONGEST_SIDECAR ? undefined : parseSidecar(file.bytes, key) };
}

/** The sidecar in the bytes of its file, or in its text; undefined as for `readSidecar`. JSON that two readers may take in two ways is none. */
function parseSidecar(file: Buffer | string, key?: string): Sidecar | undefined {
  const read = typeof file === 'string' ? strictJsonText(file) : strictJson(file);
  const sidecar = 'value' in read ? checkSidecar(read.value) : undefined;
  return key === undefined || sidecar?.key === key ? sidecar : undefined;
}

/** The most that a sidecar may hold. A larger file is an object that only has the name of one: it could hold events. */
const FIELDS: ReadonlySet<string> = new Set([
  'bucket',
  'key',
  'size',
  'metadata',
  'lastModified',
  'versionId',
  'etag',
  'storageClass',
  'unread',
]);

function checkSidecar(value: unknown): Sidecar | undefined {
  if (!isRecord(value) || !Object.keys(value).every((name) => FIELDS.has(name))) return undefined;
  const { bucket, key, size, metadata, versionId, unread } = value;
  if (typeof bucket !== 'string' || typeof key !== 'string' || typeof size !== 'number') return undefined;
  if (typeof versionId === 'string' && Buffer.byteLength(versionId) > LONGEST_VERSION_ID) return undefined;
  if (isRecord(metadata) && sizeOf(metadata) > MOST_METADATA) return undefined;
  const lastModified = parseTime(value.lastModified);
  return {
    bucket,
    key,
    size,
    ...(isRecord(metadata) ? { metadata: textValues(metadata) } : {}),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(typeof versionId === 'string' ? { versionId } : {}),
    ...(typeof value.etag === 'string' ? { etag: value.etag } : {}),
    ...(typeof value.storageClass === 'string' ? { storageClass: value.storageClass } : {}),
    ...(isRecord(unread) && typeof unread.code === 'string' && isUnreadCode(unread.code)
      ? { unread: { code: unread.code, message: String(unread.message).slice(0, 2000) } }
      : {}),
  };
}

/** A time in ISO 8601; undefined for anything else. */
export function parseTime(text: unknown): number | undefined {
  return typeof text === 'string' ? knownTime(Date.parse(text)) : undefined;
}

function sizeOf(metadata: Readonly<Record<string, unknown>>): number {
  const sizes = Object.entries(metadata).map(([name, value]) =>
    Buffer.byteLength(typeof value === 'string' ? name + value : name),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function textValues(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: [string, string][] = [];
  for (const name of Object.keys(metadata)) {
    const value = metadata[name];
    if (typeof value === 'string') texts.push([name.toLowerCase(), value]);
  }
  return Object.fromEntries(texts);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads objects of a folder copy on a thread of its own, which may wait for the disk. */

/** Memory that is used for one file after the other. */
export interface ReadBuffer {
  bytes: Buffer;
}

/** Buffers up to here are kept for the next file. */
const LARGEST_KEPT = 8 * 1024 * 1024;

/** Memory for `readObjectFile`. */
export function readBuffer(): ReadBuffer {
  return { bytes: Buffer.allocUnsafeSlow(256 * 1024) };
}

/**
 * The content of the object's file, until `buffer` is used again. Undefined where anything is not as expected there: no file, a
 * link, more than `maxBytes`, no right to read. `Source.open` then finds the reason.
 */
export function readObjectFile(
  { path, key }: ObjectFile,
  maxBytes: number,
  buffer: ReadBuffer,
): Pick<StoredObject, 'bytes' | 'versionId'> | undefined {
  const bytes = readRegularFile(path, maxBytes, buffer)?.bytes;
  if (bytes === undefined) return undefined;
  const sidecarPath = path + SIDECAR_SUFFIX;
  // Asked first, because a file that is not there costs an error otherwise.
  if (!existsSync(sidecarPath)) return { bytes };
  const sidecar = readRegularFile(sidecarPath, LONGEST_SIDECAR, readBuffer());
  return { bytes, ...(sidecar === undefined ? {} : versionOf(sidecar.bytes, key)) };
}

/**
 * The object as `Source.open` reads it, until the buffers are used again; without any its bytes have a memory of their own. Undefined as
 * for `readObjectFile`, also for its sidecar.
 */
export function readStoredFile(
  { path, key }: ObjectFile,
  maxBytes: number,
  buffers?: { readonly object: ReadBuffer; readonly sidecar: ReadBuffer },
): StoredObject | undefined {
  const file = readRegularFile(path, maxBytes, buffers?.object);
  if (file === undefined) return undefined;
  const sidecarPath = path + SIDECAR_SUFFIX;
  if (!existsSync(sidecarPath)) return { bytes: file.bytes, ...describeFile(undefined, file.mtimeMs) };
  const companions = readRegularFile(sidecarPath, LONGEST_SIDECAR, buffers?.sidecar);
  if (companions === undefined) return undefined;
  return { bytes: file.bytes, ...describeFile(parseSidecar(companions.bytes, key), file.mtimeMs) };
}

/** An object of a copy without its bytes: the facts of its sidecar. Where that names no time, the time (milliseconds) of the file. */
export function describeFile(sidecar: Sidecar | undefined, mtimeMs: number): ObjectDescription {
  const { versionId, etag, storageClass, lastModified = knownTime(Math.round(mtimeMs)) } = sidecar ?? {};
  return {
    metadata: sidecar?.metadata,
    lastModified,
    versionId,
    etag,
    storageClass,
  };
}

/** The facts that the text of its sidecar gives of an object, if it is the sidecar of that object. */
export function describedBy(file: string, key: string): Pick<StoredObject, 'metadata' | 'versionId'> {
  const sidecar = parseSidecar(file, key);
  const { versionId } = sidecar ?? {};
  return { metadata: sidecar?.metadata, versionId };
}

/** The version that an object's sidecar names, if it is the sidecar of that object. */
export function versionOf(sidecar: Buffer, key: string): Pick<StoredObject, 'versionId'> {
  const versionId = parseSidecar(sidecar, key)?.versionId;
  return versionId === undefined ? {} : { versionId };
}

function readRegularFile(
  path: string,
  maxBytes: number,
  buffer?: ReadBuffer,
  rules: OpeningRules = HERE,
): ReadFile | undefined {
  let file: number | undefined;
  try {
    if (rules.looksFirst && lstatSync(path).isSymbolicLink()) return undefined;
    file = openSync(path, rules.flags);
    const status = fstatSync(file);
    if (!status.isFile() || status.size > maxBytes) return undefined;
    const bytes = reserve(buffer, status.size);
    for (let filled = 0; filled < bytes.length; ) {
      const read = readSync(file, bytes, filled, bytes.length - filled, filled);
      if (read === 0) return undefined;
      filled += read;
    }
    return { bytes, mtimeMs: status.mtimeMs };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function reserve(buffer: ReadBuffer | undefined, size: number): Buffer {
  if (buffer === undefined || size > LARGEST_KEPT) return Buffer.allocUnsafeSlow(size);
  if (buffer.bytes.length < size) buffer.bytes = Buffer.allocUnsafeSlow(2 * size);
  return buffer.bytes.subarray(0, size);
}
