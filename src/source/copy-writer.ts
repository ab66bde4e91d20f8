import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrailVerifyError } from '../errors.ts';
import { isDiskFull } from './disk-full.ts';
import { errorCode } from './folder-lookup.ts';
import { escapeSegment, isWritableSegment, SIDECAR_SUFFIX } from './folder-path.ts';
import { formatSidecar, type Sidecar } from './sidecar.ts';

/** Writes objects into a copy, each whole or not at all. Every method throws OUTPUT_NOT_USABLE, or OUTPUT_NOT_WRITTEN where the disk is full. */
export interface CopyWriter {
  /** Makes the folder of a bucket. */
  addBucket(bucket: string): Promise<void>;
  /** Writes an object, then its sidecar: a file without a fitting sidecar is one that was not finished. */
  write(sidecar: Sidecar, bytes: Uint8Array): Promise<void>;
  /** Notes that an object could not be copied; takes away an older copy of it. */
  writeUnread(sidecar: Sidecar): Promise<void>;
  /** Removes what is left of unfinished writes. */
  close(): Promise<void>;
}

/** Unfinished files lie here, on the same file system; a name that no bucket can have. */
const TEMPORARY = '.collect-temporary';
/** Day folders known to be there; forgotten all at once when full. */
const MAX_REMEMBERED = 20_000;

/** Opens a folder, which is there already, for writing a copy into it. */
export function openCopyWriter(folder: string): CopyWriter {
  const folders = new Map<string, Promise<string>>();
  let written = 0;

  /** The folder of a key's folders, made if need be. */
  const folderOf = (parent: string, segments: readonly string[]): Promise<string> => {
    const last = segments.at(-1);
    if (last === undefined) return Promise.resolve(parent);
    const name = JSON.stringify([parent, segments]);
    const known = folders.get(name);
    if (known !== undefined) return known;
    if (folders.size >= MAX_REMEMBERED) folders.clear();
    const made = folderOf(parent, segments.slice(0, -1)).then((above) => makeFolder(above, last));
    folders.set(name, made);
    return made;
  };

  const temporary = async (content: Uint8Array | string): Promise<string> => {
    written += 1;
    const path = join(folder, TEMPORARY, `${process.pid}-${written}`);
    await mkdir(join(folder, TEMPORARY), { recursive: true });
    await writeFile(path, content);
    return path;
  };

  const placeOf = async ({ bucket, key }: Sidecar): Promise<string> => {
    const segments = key.split('/');
    const name = segments.at(-1) ?? '';
    const parent = await folderOf(join(folder, bucket), segments.slice(0, -1));
    const plain = join(parent, name);
    if (isWritableSegment(name) && !(await isFolder(plain))) return plain;
    return makeEscaped(parent, name);
  };

  const finish = async (sidecar: Sidecar, from: string, to: string): Promise<string> => {
    try {
      await rename(from, to);
      return to;
    } catch (error) {
      if (!(await isFolder(to))) throw error;
      // Meanwhile it has become the folder of another key.
      const name = sidecar.key.split('/').at(-1) ?? '';
      const escaped = await makeEscaped(to.slice(0, -name.length), name);
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
        await mkdir(join(folder, bucket), { recursive: true });
      }),
    write: (sidecar, bytes) =>
      guarded(async () => {
        const place = await placeOf(sidecar);
        const object = await temporary(bytes);
        if (sidecar.lastModified !== undefined) {
          await utimes(object, sidecar.lastModified / 1000, sidecar.lastModified / 1000);
        }
        const path = await finish(sidecar, object, place);
        await rename(await temporary(formatSidecar(sidecar)), path + SIDECAR_SUFFIX);
      }),
    writeUnread: (sidecar) =>
      guarded(async () => {
        const place = await placeOf(sidecar);
        await rm(place, { force: true });
        await rename(await temporary(formatSidecar(sidecar)), place + SIDECAR_SUFFIX);
      }),
    close: () => guarded(() => rm(join(folder, TEMPORARY), { recursive: true, force: true })),
  };
}

const GOES_ON = 'make room and run the same command again: it goes on where it ended';

/** The error of a folder that cannot be written to; `whenFull` is the hint where its disk is full. */
export function outputError(folder: string, error: unknown, whenFull: string = GOES_ON): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  if (isDiskFull(error)) {
    const message = `folder ${folder} has no room left`;
    return new TrailVerifyError('OUTPUT_NOT_WRITTEN', message, { hint: whenFull, cause: error });
  }
  const message = `folder ${folder} cannot be written to (${errorCode(error)})`;
  return new TrailVerifyError('OUTPUT_NOT_USABLE', message, { hint: 'choose another folder', cause: error });
}

async function makeFolder(above: string, segment: string): Promise<string> {
  if (isWritableSegment(segment)) {
    const plain = join(above, segment);
    if (await isMade(plain)) return plain;
  }
  return makeNested(above, escapeSegment(segment));
}

/** The escaped place of an object, with the folders of all but its last part. */
async function makeEscaped(parent: string, name: string): Promise<string> {
  const parts = escapeSegment(name);
  return join(await makeNested(parent, parts.slice(0, -1)), parts.at(-1) ?? '');
}

async function makeNested(above: string, names: readonly string[]): Promise<string> {
  let path = above;
  for (const name of names) {
    path = join(path, name);
    await mkdir(path, { recursive: true });
  }
  return path;
}

/** Makes a folder; false where an object has that name. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return isFolder(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
