import { existsSync } from 'node:fs';
import { knownTime } from '../../base/clock.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { strictJson, strictJsonText } from '../../base/json.ts';
import { LONGEST_VERSION_ID } from '../source.ts';
import { type ReadPace, readNow, readSmallFile } from './read-file.ts';

/**
 * What S3 said of an object, kept in `<object file>.s3-metadata.json`. `unread` stands where the object was listed
 * but could not be copied: it has no file, and reading it fails as it failed then.
 */
export interface Sidecar {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; in the file ISO 8601. */
  readonly lastModified?: number;
  readonly versionId?: string;
  readonly etag?: string;
  readonly storageClass?: string;
  readonly unread?: { readonly code: UnreadCode; readonly message: string };
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
export const LONGEST_SIDECAR: number = 64 * 1024;

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
export function parseSidecar(file: Buffer | string, key?: string): Sidecar | undefined {
  const read = typeof file === 'string' ? strictJsonText(file) : strictJson(file);
  const sidecar = 'value' in read ? checkSidecar(read.value) : undefined;
  return key === undefined || sidecar?.key === key ? sidecar : undefined;
}

/** What a sidecar may hold. A file with more is an object that only has the name of one: it could hold events. */
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
