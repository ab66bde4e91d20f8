/**
 * Writes objects into a copy so that every file system holds them: names that are not portable are escaped, and so is the second
 * of two keys that differ by letter case only (see `source/folder/path.ts`). Nothing is written through a link: folders must be
 * folders, and files are made under new random names and put into their places whole.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, TrailVerifyError } from '../base/errors.ts';
import { renameOver } from '../source/file-moves.ts';
import { formatSidecar, type Sidecar } from '../source/folder/object-file.ts';
import { escapeSegment, isWritableSegment, SIDECAR_SUFFIX } from '../source/folder/path.ts';
import type { ObjectRef } from '../source/source.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../source/unfinished.ts';
import { HANDLES_HINT, isDiskFull, isOutOfHandles, unwritable } from './disk-full.ts';

/** Writes objects into a copy, each whole or not at all. Every method throws OUTPUT_NOT_USABLE, or OUTPUT_NOT_WRITTEN where the disk is full. */
export interface CopyWriter {
  /** Makes the folder of a bucket. */
  addBucket(bucket: string): Promise<void>;
  /** Writes an object, then its sidecar: a file without a fitting sidecar is one that was not finished. */
  write(sidecar: Sidecar, bytes: Uint8Array): Promise<void>;
  /** Notes that an object could not be copied; takes away an older copy of it. */
  writeUnread(sidecar: Sidecar): Promise<void>;
  /** Removes the rest of unfinished writes. */
  close(): Promise<void>;
}

/** The reports of a writer. */
export interface CopyWriterOptions {
  /** Called for each object whose key, or that of a folder above it, differs from another's by letter case only. */
  readonly onCaseTwin?: ((object: ObjectRef) => void) | undefined;
}

/** Unfinished files are in a folder that begins so, on the same file system; no bucket can have such a name. */
const TEMPORARY = '.collect-temporary-';
/** Folders known to be there, and their names; forgotten all at once when full. */
const MAX_REMEMBERED = 20_000;
const MAX_NAMES = 500_000;

/** Opens a folder, which is there already, for writing a copy into it. */
export function openCopyWriter(
  folder: string,
  { onCaseTwin = () => {} }: CopyWriterOptions = {},
): CopyWriter {
  const folders = new Map<string, Promise<string>>();
  const names = new TakenNames();
  let temporaryFolder: Promise<string> | undefined;

  /** The folder of a bucket, or of a key's folders, made if need be. */
  const folderOf = (segments: readonly string[], object: ObjectRef): Promise<string> => {
    const last = segments.at(-1);
    if (last === undefined) return Promise.resolve(folder);
    const name = JSON.stringify(segments);
    const known = folders.get(name);
    if (known !== undefined) return known;
    if (folders.size >= MAX_REMEMBERED) folders.clear();
    const made = folderOf(segments.slice(0, -1), object).then((above) => makeFolder(above, last, object));
    folders.set(name, made);
    return made;
  };

  const makeFolder = async (above: string, segment: string, object: ObjectRef): Promise<string> => {
    if (await isFree(above, segment, object)) {
      const plain = join(above, segment);
      if (await isMade(plain)) return plain;
    }
    return makeNested(above, escapeSegment(segment, 'folder'));
  };

  /** Whether a segment may keep its own name there. */
  const isFree = async (above: string, segment: string, object: ObjectRef): Promise<boolean> => {
    if (!isWritableSegment(segment)) return false;
    const isTwin = (await names.take(above, segment)) !== segment;
    if (isTwin) onCaseTwin({ bucket: object.bucket, key: object.key });
    return !isTwin;
  };

  const temporary = async (content: Uint8Array | string): Promise<string> => {
    temporaryFolder ??= makeTemporary(folder);
    const path = join(await temporaryFolder, randomUUID());
    const file = await open(path, 'wx');
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    return path;
  };

  const placeOf = async ({ bucket, key }: Sidecar): Promise<Place> => {
    const segments = key.split('/');
    const name = segments.at(-1) ?? '';
    const parent = await folderOf([bucket, ...segments.slice(0, -1)], { bucket, key });
    const isPlain = (await isFree(parent, name, { bucket, key })) && !(await isFolder(join(parent, name)));
    return { parent, name, path: isPlain ? join(parent, name) : await makeEscaped(parent, name) };
  };

  const finish = async (from: string, { parent, name, path }: Place): Promise<string> => {
    try {
      await renameOver(from, path);
      return path;
    } catch (error) {
      if (!(await isFolder(path))) throw error;
      // Meanwhile it has become the folder of another key.
      const escaped = await makeEscaped(parent, name);
      await rename(from, escaped);
      return escaped;
    }
  };

  const guarded = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      throw outputError(folder, error);
    }
  };

  return {
    addBucket: (bucket) =>
      guarded(async () => {
        await folderOf([bucket], { bucket, key: '' });
      }),
    write: (sidecar, bytes) =>
      guarded(async () => {
        const place = await placeOf(sidecar);
        const object = await temporary(bytes);
        if (sidecar.lastModified !== undefined) {
          await utimes(object, sidecar.lastModified / 1000, sidecar.lastModified / 1000);
        }
        const path = await finish(object, place);
        await renameOver(await temporary(formatSidecar(sidecar)), path + SIDECAR_SUFFIX);
      }),
    writeUnread: (sidecar) =>
      guarded(async () => {
        const { path } = await placeOf(sidecar);
        await rm(path, { force: true });
        await renameOver(await temporary(formatSidecar(sidecar)), path + SIDECAR_SUFFIX);
      }),
    close: () =>
      guarded(async () => {
        const made = await temporaryFolder?.catch(() => undefined);
        if (made !== undefined) await removeTemporaryFolder(made);
      }),
  };
}

/** Where an object goes: `path` is its file, in the folder `parent` of its key's folders. */
interface Place {
  readonly parent: string;
  readonly name: string;
  readonly path: string;
}

/** The names in each folder, so that no two differ by letter case only. */
class TakenNames {
  readonly #folders = new Map<string, Promise<Map<string, string>>>();
  #count = 0;

  /** Takes a name; returns the one that has its place, which is another where they differ by letter case. */
  async take(folder: string, name: string): Promise<string> {
    if (this.#folders.size >= MAX_REMEMBERED || this.#count >= MAX_NAMES) {
      this.#folders.clear();
      this.#count = 0;
    }
    const reading = this.#folders.get(folder) ?? namesIn(folder);
    this.#folders.set(folder, reading);
    const names = await reading;
    const folded = name.toLowerCase();
    const taken = names.get(folded);
    if (taken !== undefined) return taken;
    names.set(folded, name);
    this.#count += 1;
    return name;
  }
}

async function namesIn(folder: string): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const name of (await readdir(folder)).sort()) {
    const folded = name.toLowerCase();
    if (!names.has(folded)) names.set(folded, name);
  }
  return names;
}

const GOES_ON = 'make room and run the same command again: it goes on where it ended';

/** The error of a folder that cannot be written to; `whenFull` is the hint where its disk is full. */
export function outputError(folder: string, error: unknown, whenFull: string = GOES_ON): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  if (isOutOfHandles(error)) {
    const message = `folder ${folder} was not written: too many files are open (${errorCode(error)})`;
    return new TrailVerifyError('OUTPUT_NOT_WRITTEN', message, { hint: HANDLES_HINT, cause: error });
  }
  const why = isDiskFull(error) ? 'has no room left' : `cannot be written to (${errorCode(error)})`;
  return unwritable(`folder ${folder} ${why}`, error, { full: whenFull, else: 'choose another folder' });
}

/** A new folder for unfinished files; those of runs that were killed are removed. */
async function makeTemporary(folder: string): Promise<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.startsWith(TEMPORARY))
      await rm(join(folder, entry.name), { recursive: true, force: true });
  }
  return makeTemporaryFolder(join(folder, TEMPORARY));
}

/** The escaped place of an object, with the folders of all but its last part. */
async function makeEscaped(parent: string, name: string): Promise<string> {
  const parts = escapeSegment(name, 'file');
  return join(await makeNested(parent, parts.slice(0, -1)), parts.at(-1) ?? '');
}

async function makeNested(above: string, names: readonly string[]): Promise<string> {
  let path = above;
  for (const name of names) {
    path = join(path, name);
    if (!(await isMade(path))) throw occupied(path, 'a file');
  }
  return path;
}

/** Makes a folder; false where an object has that name. Throws where a link has it, because a link may lead anywhere. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const status = await lstat(path);
  if (status.isSymbolicLink()) throw occupied(path, 'a symbolic link');
  return status.isDirectory();
}

function occupied(path: string, by: string): TrailVerifyError {
  return new TrailVerifyError('OUTPUT_NOT_USABLE', `${path} is ${by} where a folder of the copy must be`, {
    hint: 'take it away, or choose another folder',
  });
}

/** True for a folder itself, not for a link to one: renaming replaces a link. */
async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}
