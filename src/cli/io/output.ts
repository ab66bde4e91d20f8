import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { HANDLES_HINT, isDiskFull, isOutOfHandles } from '../../copy/disk-full.ts';
import { removeQuietly } from './new-file.ts';
import { writePieces } from './write-pieces.ts';

/** The folder that a run's results go to: made and found writable before the run, so that no hour of work is lost. */
export interface OutputFolder {
  readonly path: string;
  /** Writes one file whole or not at all, and returns its path. Throws INTERNAL. */
  write(name: string, pieces: Iterable<string>): Promise<string>;
  /** Removes what was written, and the folder where this run made it and nothing else is in it: a run that failed leaves nothing behind. */
  discard(): Promise<void>;
}

/**
 * Opens `wanted`, or a new folder `trail-verify-<UTC time>` of the time `now` (milliseconds since the epoch).
 * Throws OUTPUT_NOT_USABLE where it is not a folder, not empty, or cannot be written to, OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function openOutputFolder(wanted: string | undefined, now: number): Promise<OutputFolder> {
  const folder = path.resolve(wanted ?? (await freeFolderName(now)));
  const firstMade = await makeFolder(folder).catch((error: unknown) => {
    throw notUsable(folder, isCode(error, 'ENOTDIR') ? 'is not a folder' : 'cannot be made', error);
  });
  try {
    await requireEmpty(folder);
    await requireWritable(folder);
  } catch (error) {
    await removeMade(folder, firstMade);
    throw error;
  }
  const written: string[] = [];
  return {
    path: folder,
    write: async (name, pieces) => {
      const file = await writeWhole(path.join(folder, name), pieces);
      written.push(file);
      return file;
    },
    discard: async () => {
      for (const file of written) await rm(file, { force: true });
      await removeMade(folder, firstMade);
    },
  };
}

async function freeFolderName(now: number): Promise<string> {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const taken = new Set(await readdir('.').catch(() => []));
  let name = `trail-verify-${stamp}`;
  for (let next = 2; taken.has(name); next += 1) name = `trail-verify-${stamp}-${next}`;
  return name;
}

/**
 * Makes a folder and those above it, and returns the topmost it made; undefined where all were there. One step at
 * a time, for Node's own recursive mkdir never returns where a file system refuses with ENOENT, as /proc does.
 */
async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder);
    return folder;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return undefined;
    if (!isCode(error, 'ENOENT') || path.dirname(folder) === folder) throw error;
  }
  const above = await makeFolder(path.dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error;
  });
  return above ?? folder;
}

async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown) => {
    throw notUsable(folder, isCode(error, 'ENOTDIR') ? 'is not a folder' : 'cannot be read', error);
  });
  if (entries.length > 0) throw notUsable(folder, 'is not empty');
}

async function requireWritable(folder: string): Promise<void> {
  const probe = path.join(folder, `.${randomUUID()}.tmp`);
  try {
    const file = await open(probe, 'wx');
    await file.close();
    await rm(probe);
  } catch (error) {
    throw notUsable(folder, 'is not writable', error);
  }
}

async function writeWhole(target: string, pieces: Iterable<string>): Promise<string> {
  const partial = path.join(path.dirname(target), `.${randomUUID()}.tmp`);
  try {
    await writePieces(partial, pieces);
    await rename(partial, target);
  } catch (error) {
    await removeQuietly(partial);
    const detail = error instanceof Error ? error.message : String(error);
    throw new TrailVerifyError('INTERNAL', `report ${target} could not be written: ${detail}`, {
      hint: outputHint(error),
      cause: error,
    });
  }
  return target;
}

/** What helps where a file of the output could not be written. */
export function outputHint(cause: unknown): string {
  return isOutOfHandles(cause)
    ? HANDLES_HINT
    : 'free some space or give another folder with --output, and run again';
}

/** Removes the folders that were made for the output, deepest first, as long as they are empty. */
async function removeMade(folder: string, firstMade: string | undefined): Promise<void> {
  if (firstMade === undefined) return;
  try {
    for (let current = folder; ; current = path.dirname(current)) {
      await rmdir(current);
      if (current === firstMade) return;
    }
  } catch {
    // Somebody put something there meanwhile: theirs to keep.
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function notUsable(folder: string, why: string, cause?: unknown): TrailVerifyError {
  if (isDiskFull(cause)) {
    return new TrailVerifyError('OUTPUT_NOT_WRITTEN', `output folder ${folder} has no room left`, {
      hint: 'free some space or give another folder with --output, and run again',
      cause,
    });
  }
  return new TrailVerifyError('OUTPUT_NOT_USABLE', `output folder ${folder} ${why}`, {
    hint: 'give a new or empty folder that you may write to with --output',
    cause,
  });
}
