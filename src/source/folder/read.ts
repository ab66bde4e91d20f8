import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, errorCode, TrailVerifyError } from '../../base/errors.ts';
import { ByteRoom } from '../../base/flow.ts';
import type { FolderAccess, FoundObject, ObjectFile, ObjectReader } from '../access.ts';
import {
  type ObjectRef,
  type OpenOptions,
  objectUri,
  type StoredHash,
  type StoredObject,
} from '../source.ts';
import { type CopyRoot, innerKey, isKnownInside, liesInside, locate, rootAt } from './lookup.ts';
import {
  describeFile,
  openForReading,
  type ReadPace,
  readNow,
  readSidecar,
  readSidecarNow,
  readStoredFile,
} from './object-file.ts';
import { escapeSegment, isPlainSegment, SIDECAR_SUFFIX } from './path.ts';

/** Bytes of a file that are hashed at a time. */
const PIECE = 1024 * 1024;

/** Reads one object of the copy whose bucket is the folder at `base`. Throws as `Source.open` does. */
export async function readObject(
  root: CopyRoot,
  base: string,
  ref: ObjectRef,
  options: OpenOptions,
): Promise<StoredObject> {
  const path = plainPath(root, base, ref.key);
  // Most objects have their own name, without a link: only the others are looked for.
  if (path !== undefined && (isKnownInside(root, path) || (await liesInside(root, path)))) {
    const now = readWholeNow(root, path, ref, options.maxBytes);
    if (now !== undefined) return now;
    const file = await openForReading(path).catch(() => undefined);
    const found = file === undefined ? undefined : await readFile(file, path, ref, options);
    if (found !== undefined) return found;
  }
  return readElsewhere(root, base, ref, (file, path) => readFile(file, path, ref, options));
}

/** Hashes one object of the copy, piece by piece. Throws as `Source.open` does. */
export async function hashObject(root: CopyRoot, base: string, ref: ObjectRef): Promise<StoredHash> {
  return readElsewhere(root, base, ref, (file, path) => hashFile(file, path, ref));
}

/** The path of an object whose key is the path of its file; undefined for a key that must be looked for, or is not in the copy. */
function plainPath(root: CopyRoot, base: string, fullKey: string): string | undefined {
  const key = innerKey(root, fullKey);
  if (key === undefined) return undefined;
  const slash = key.lastIndexOf('/') + 1;
  const name = key.slice(slash);
  const folder = `${base}\0${key.slice(0, slash)}`;
  const known = folders.get(folder);
  if (known !== undefined)
    return isPlainSegment(name) && !name.endsWith(SIDECAR_SUFFIX) ? known + name : undefined;
  const path = findPlainPath(base, key);
  if (path === undefined) return undefined;
  if (folders.size >= MOST_FOLDERS) folders.clear();
  folders.set(folder, path.slice(0, -name.length));
  return path;
}

/** The paths of folders, by base and key: objects of a few days are asked for at a time. */
const folders = new Map<string, string>();
const MOST_FOLDERS = 4_096;

function findPlainPath(base: string, key: string): string | undefined {
  const segments = key.split('/');
  return segments.every((segment) => isPlainSegment(segment)) && !key.endsWith(SIDECAR_SUFFIX)
    ? join(base, ...segments)
    : undefined;
}

/** The object with its sidecar where both come at once; see `readNow`. */
function readWholeNow(
  { pace }: CopyRoot,
  path: string,
  ref: ObjectRef,
  maxBytes: number,
): StoredObject | undefined {
  const file = readNow(path, pace);
  if (file === undefined || file.bytes.length > maxBytes) return undefined;
  const known = readSidecarNow(path + SIDECAR_SUFFIX, ref.key, pace);
  if (known === undefined) return undefined;
  const { sidecar } = known;
  return { bytes: file.bytes, ...describeFile(sidecar, file.mtimeMs) };
}

/** Looks for the object's file, and hands it to `read`, which closes it and gives back undefined where it is no regular file. */
async function readElsewhere<Read>(
  root: CopyRoot,
  base: string,
  ref: ObjectRef,
  read: (file: FileHandle, path: string) => Promise<Read | undefined>,
): Promise<Read> {
  const key = innerKey(root, ref.key);
  if (key === undefined) throw notCopied(root, ref);
  const segments = key.split('/');
  try {
    const place = await locate(root, base, segments, 'file');
    if (place === undefined) throw await absence(root, base, ref, segments);
    if (place.kind === 'closed') throw noFile(ref, `${place.path} is ${place.what}`);
    const found = await read(await openForReading(place.path), place.path);
    if (found !== undefined) return found;
    throw noFile(ref, `${place.path} is no file`);
  } catch (error) {
    if (error instanceof TrailVerifyError) throw error;
    const code = errorCode(error);
    const denied = code === 'EACCES' || code === 'EPERM';
    throw refused(
      ref,
      denied ? 'OBJECT_DENIED' : 'OBJECT_UNREACHABLE',
      `its file cannot be read (${code})`,
      error,
    );
  }
}

/** The content of `file`, which is then closed; undefined where it is no regular file. */
async function readFile(
  file: FileHandle,
  path: string,
  ref: ObjectRef,
  { maxBytes, admit }: OpenOptions,
): Promise<StoredObject | undefined> {
  try {
    const status = await file.stat();
    if (!status.isFile()) return undefined;
    if (status.size > maxBytes) {
      throw refused(ref, 'OBJECT_TOO_LARGE', `its ${status.size} bytes are more than ${maxBytes}`);
    }
    await admit?.(status.size);
    const bytes = await readBytes(file, status.size);
    if (bytes === undefined)
      throw refused(ref, 'OBJECT_UNREACHABLE', 'its file became shorter while it was read');
    const sidecar = await readSidecar(path + SIDECAR_SUFFIX, ref.key);
    return { bytes, ...describeFile(sidecar, status.mtimeMs) };
  } catch (error) {
    if (error instanceof TrailVerifyError) throw error;
    throw refused(ref, 'OBJECT_UNREACHABLE', `its file cannot be read (${errorCode(error)})`, error);
  } finally {
    await file.close();
  }
}

/** As `readFile`, of which nothing is kept but the hash. */
async function hashFile(file: FileHandle, path: string, ref: ObjectRef): Promise<StoredHash | undefined> {
  try {
    const status = await file.stat();
    if (!status.isFile()) return undefined;
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, Math.max(1, status.size)));
    let size = 0;
    // No more than it had when it was opened: somebody may go on writing.
    while (size < status.size) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, status.size - size), size);
      if (bytesRead === 0)
        throw refused(ref, 'OBJECT_UNREACHABLE', 'its file became shorter while it was read');
      hash.update(piece.subarray(0, bytesRead));
      size += bytesRead;
    }
    const sidecar = await readSidecar(path + SIDECAR_SUFFIX, ref.key);
    return { sha256: hash.digest('hex'), size, versionId: sidecar?.versionId };
  } finally {
    await file.close();
  }
}

async function readBytes(file: FileHandle, size: number): Promise<Uint8Array | undefined> {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let filled = 0; filled < size; ) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return bytes;
}

/** Something is there, and it is no file: nobody deleted the object by that, and nothing is known of it. */
function noFile(ref: ObjectRef, reason: string): TrailVerifyError {
  const hint = 'put the file itself in its place; cp -L and rsync -L copy what links lead to';
  return refused(ref, 'OBJECT_NO_FILE', reason, undefined, hint);
}

/** Outside the part of its bucket that was copied: that the copy lacks it shows nothing. */
function notCopied({ path, above }: CopyRoot, ref: ObjectRef): TrailVerifyError {
  const reason = `${path} is a copy of s3://${ref.bucket}/${above} alone`;
  return refused(ref, 'OBJECT_NOT_COPIED', reason, undefined, 'verify the bucket itself, or copy all of it');
}

/** Not in the copy; with what its sidecar claims of that. */
async function absence(
  root: CopyRoot,
  base: string,
  ref: ObjectRef,
  segments: readonly string[],
): Promise<TrailVerifyError> {
  const name = segments.at(-1) ?? '';
  const parent = await locate(root, base, segments.slice(0, -1), 'folder');
  if (parent?.kind === 'folder') {
    const escaped = escapeSegment(name, 'file');
    const forms = isPlainSegment(name) ? [[name], escaped] : [escaped];
    for (const form of forms) {
      const path = join(parent.path, ...form) + SIDECAR_SUFFIX;
      const sidecar = (await liesInside(root, path)) ? await readSidecar(path, ref.key) : undefined;
      if (sidecar?.unread === undefined) continue;
      const { code, message } = sidecar.unread;
      // Anybody who took the file out of the copy can have written this as well. So it is reported, and makes nothing lighter.
      return new TrailVerifyError('OBJECT_NOT_FOUND', `${objectUri(ref)} is not in the copy`, {
        hint: 'read the bucket itself, or collect again with the right to read it',
        claim: `${code}: ${message}`,
      });
    }
  }
  return refused(
    ref,
    'OBJECT_NOT_FOUND',
    'it is not in the copy',
    undefined,
    'look for it where the copy was made',
  );
}

function refused(
  ref: ObjectRef,
  code: ErrorCode,
  reason: string,
  cause?: unknown,
  hint?: string,
): TrailVerifyError {
  return new TrailVerifyError(code, `${objectUri(ref)} could not be read: ${reason}`, {
    hint: hint ?? 'see to the file in the copy, or make the copy again',
    cause,
  });
}

/** Reads objects of a folder copy for a thread that may wait for the disk: it returns the paths of their files. */

/**
 * A reader of a copy, with the checks of its source: the object has its own name, in a folder that is really inside the copy.
 * The thread that opens the file follows no link in its last place. Objects with a description are read here, within the bounds
 * of `whole`.
 */
export function folderReader(access: FolderAccess, whole?: WholeFiles): ObjectReader {
  const root = rootAt(access.root, access.above);
  const buckets = new Map(access.buckets);
  return {
    // A copy has nothing to renew.
    renew: () => {},
    read: (bucket, keys, take, { described = false } = {}) => {
      const base = buckets.get(bucket);
      for (const [at, key] of keys.entries()) {
        const found = (file: ObjectFile | undefined): void => {
          if (file === undefined) take(at, undefined);
          else if (!described) take(at, { file });
          else if (whole === undefined) take(at, undefined);
          else whole.read(file, (object) => take(at, object));
        };
        if (base === undefined) found(undefined);
        else find(root, base, key, found);
      }
    },
    release: (bytes) => whole?.release(bytes),
    stop: () => whole?.stop(),
    close: async () => {},
  };
}

function find(
  root: CopyRoot,
  base: string,
  key: string,
  found: (file: ObjectFile | undefined) => void,
): void {
  const path = plainPath(root, base, key);
  const inside = path === undefined ? false : liesInside(root, path);
  const answer = (isInside: boolean): void =>
    found(isInside && path !== undefined ? { path, key } : undefined);
  if (typeof inside === 'boolean') answer(inside);
  else inside.then(answer, () => answer(false));
}

/** Reads files of a copy whole, for a caller that keeps their bytes: as many at once as there is room for. */

/** Bytes of one file at most, and of all that were read and not let go; `pace` where the thread has other work. */
interface WholeFileBounds {
  readonly maxBytes: number;
  readonly bytes: number;
  readonly pace?: ReadPace | undefined;
}

/** Called with the found object; undefined where anything is not as expected, or files come slowly. */
type Take = (found: FoundObject | undefined) => void;

/** Files that are held until they are released. */
export class WholeFiles {
  readonly #bounds: WholeFileBounds;
  readonly #room: ByteRoom;
  /** Those that wait for room. */
  readonly #waiting = new Set<Take>();

  constructor(bounds: WholeFileBounds) {
    this.#bounds = bounds;
    this.#room = new ByteRoom(bounds.bytes);
  }

  /** Reads one file, at once or when there is room. `release` is owed for the bytes that were found. */
  read(file: ObjectFile, take: Take): void {
    const { maxBytes, pace } = this.#bounds;
    const size = pace?.isQuick === false ? undefined : sizeOf(file);
    if (size === undefined || size > maxBytes) {
      take(undefined);
      return;
    }
    const enter = (): void => {
      // It may have been given up while it waited.
      if (this.#waiting.delete(take)) this.#readNow(file, size, take);
      else this.release(size);
    };
    this.#waiting.add(take);
    if (this.#room.take(size, enter)) enter();
  }

  /** So many bytes are not held any more. */
  release(bytes: number): void {
    this.#room.release(bytes);
  }

  /** Gives up what waits. */
  stop(): void {
    const left = [...this.#waiting];
    this.#waiting.clear();
    for (const take of left) take(undefined);
  }

  #readNow(file: ObjectFile, size: number, take: Take): void {
    const { maxBytes, pace } = this.#bounds;
    const began = performance.now();
    const stored = readStoredFile(file, maxBytes);
    pace?.took((performance.now() - began) * 1000);
    if (stored?.bytes.length !== size) {
      // Gone, or another by now.
      this.release(size);
      take(undefined);
      return;
    }
    const { bytes, ...description } = stored;
    const { versionId } = description;
    take({ file: bytes, versionId, description });
  }
}

function sizeOf({ path }: ObjectFile): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    return undefined;
  }
}
