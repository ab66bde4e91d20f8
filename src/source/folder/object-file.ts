/** Reads objects of a folder copy on a thread of its own, which may wait for the disk. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ObjectFile } from '../access.ts';
import type { StoredObject } from '../source.ts';
import { SIDECAR_SUFFIX } from './path.ts';
import { READ_FLAGS } from './regular-file.ts';
import { LONGEST_SIDECAR, parseSidecar } from './sidecar.ts';

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
  const bytes = readRegularFile(path, maxBytes, buffer);
  if (bytes === undefined) return undefined;
  const sidecarPath = path + SIDECAR_SUFFIX;
  // Asked first, for a file that is not there costs an error otherwise.
  if (!existsSync(sidecarPath)) return { bytes };
  const sidecar = readRegularFile(sidecarPath, LONGEST_SIDECAR, readBuffer());
  return { bytes, ...(sidecar === undefined ? {} : versionOf(sidecar, key)) };
}

/** The object as `Source.open` reads it, without what is only kept. Undefined as for `readObjectFile`, also for its sidecar. */
export function readStoredFile(
  { path, key }: ObjectFile,
  maxBytes: number,
  buffers: { readonly object: ReadBuffer; readonly sidecar: ReadBuffer },
): Pick<StoredObject, 'bytes' | 'metadata' | 'versionId'> | undefined {
  const bytes = readRegularFile(path, maxBytes, buffers.object);
  if (bytes === undefined) return undefined;
  const sidecarPath = path + SIDECAR_SUFFIX;
  if (!existsSync(sidecarPath)) return { bytes, metadata: undefined };
  const file = readRegularFile(sidecarPath, LONGEST_SIDECAR, buffers.sidecar);
  if (file === undefined) return undefined;
  return { bytes, ...describedBy(file, key) };
}

/** What the bytes or the text of its sidecar say of an object, if it is the sidecar of that object. */
export function describedBy(
  file: Buffer | string,
  key: string,
): Pick<StoredObject, 'metadata' | 'versionId'> {
  const sidecar = parseSidecar(file, key);
  const { versionId } = sidecar ?? {};
  return { metadata: sidecar?.metadata, ...(versionId === undefined ? {} : { versionId }) };
}

/** The version that an object's sidecar names, if it is the sidecar of that object. */
export function versionOf(sidecar: Buffer, key: string): Pick<StoredObject, 'versionId'> {
  const versionId = parseSidecar(sidecar, key)?.versionId;
  return versionId === undefined ? {} : { versionId };
}

function readRegularFile(path: string, maxBytes: number, buffer: ReadBuffer): Buffer | undefined {
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
    return bytes;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function reserve(buffer: ReadBuffer, size: number): Buffer {
  if (size > LARGEST_KEPT) return Buffer.allocUnsafeSlow(size);
  if (buffer.bytes.length < size) buffer.bytes = Buffer.allocUnsafeSlow(2 * size);
  return buffer.bytes.subarray(0, size);
}
