/** Reads objects of a folder copy on a thread of its own, which may wait for the disk. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { knownTime } from '../../base/clock.ts';
import type { ObjectDescription, ObjectFile } from '../access.ts';
import type { StoredObject } from '../source.ts';
import { SIDECAR_SUFFIX } from './path.ts';
import { READ_FLAGS } from './read-file.ts';
import { LONGEST_SIDECAR, parseSidecar, type Sidecar } from './sidecar.ts';

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
 * What the object's file holds, until `buffer` is used again. Undefined where anything is not as expected there - no file,
 * a link, more than `maxBytes`, no right to read: `Source.open` then tells what it is.
 */
export function readObjectFile(
  { path, key }: ObjectFile,
  maxBytes: number,
  buffer: ReadBuffer,
): Pick<StoredObject, 'bytes' | 'versionId'> | undefined {
  const bytes = readRegularFile(path, maxBytes, buffer)?.bytes;
  if (bytes === undefined) return undefined;
  const sidecarPath = path + SIDECAR_SUFFIX;
  // Asked first, for a file that is not there costs an error otherwise.
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
  const beside = readRegularFile(sidecarPath, LONGEST_SIDECAR, buffers?.sidecar);
  if (beside === undefined) return undefined;
  return { bytes: file.bytes, ...describeFile(parseSidecar(beside.bytes, key), file.mtimeMs) };
}

/** An object of a copy without its bytes: what its sidecar says, and when its file was written (milliseconds) where that says nothing of it. */
export function describeFile(sidecar: Sidecar | undefined, mtimeMs: number): ObjectDescription {
  const { versionId, etag, storageClass, lastModified = knownTime(Math.round(mtimeMs)) } = sidecar ?? {};
  return {
    metadata: sidecar?.metadata,
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(etag === undefined ? {} : { etag }),
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}

/** What the text of its sidecar says of an object, if it is the sidecar of that object. */
export function describedBy(file: string, key: string): Pick<StoredObject, 'metadata' | 'versionId'> {
  const sidecar = parseSidecar(file, key);
  const { versionId } = sidecar ?? {};
  return { metadata: sidecar?.metadata, ...(versionId === undefined ? {} : { versionId }) };
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
): { readonly bytes: Buffer; readonly mtimeMs: number } | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READ_FLAGS);
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
