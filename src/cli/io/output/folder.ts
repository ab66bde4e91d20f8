/** The folder of a run's output: found writable before the run, and this run's alone until it is whole. */
import { mkdirSync } from 'node:fs';
import { lstat, open, readdir, realpath, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { isDiskFull, unwritable } from '../../../copy/disk-full.ts';
import { makeFolder } from '../../../copy/make-folder.ts';
import { type ClaimedFolder, claimFolder, inPlace, PARTIAL_FOLDER } from '../../../source/claimed-folder.ts';
import {
  isUnfinished,
  noteFolder,
  noteUnfinished,
  removeTemporaryFolder,
  requireGoingOn,
  settle,
  withUnfinished,
} from '../../../source/unfinished.ts';
import { FULL_HINT, shortPath, writeWhole } from '../output.ts';

/** The folder that a run's results go to: made and found writable before the run, so that no hour of work is lost. */
export interface OutputFolder {
  /** Where files are written: a folder of this run alone, in the one that was given or next to it. */
  readonly path: string;
  /** Whether a former run's folder is replaced. */
  readonly replaces: boolean;
  /** The name that a file has once the run has ended, as one would type it here. */
  shown(file: string): string;
  /**
   * Ends the output: puts everything into its place, or the whole in that of a former run's. Calls `onWhole` at the moment from which
   * on the answer stays, however the process ends; not for a folder that is in a temporary one. Throws OUTPUT_NOT_USABLE.
   */
  publish(onWhole?: () => void): Promise<void>;
  /** Writes one file whole or not at all, and returns its path. Throws INTERNAL. */
  write(name: string, pieces: Iterable<string>): Promise<string>;
  /** Removes everything written, and the folder where this run made it and nothing else is in it: a run that failed leaves nothing behind. */
  discard(): Promise<void>;
}

/** A folder that is there, empty, and claimed by this run. */
interface EmptyFolder {
  readonly claim: ClaimedFolder;
  /** Forgets what is noted of it: it stays, or is gone. */
  settle(): void;
  /** Gives it back, and removes it where this run made it and nothing is in it. */
  discard(): Promise<void>;
}

/**
 * Opens `wanted`, or a new folder `trail-verify-<UTC time>` of the time `now` (milliseconds since the epoch).
 * With `force` a former run's may be replaced; undefined where the command has no such option.
 * Throws OUTPUT_NOT_USABLE where it is not a folder, not empty, another run's, or cannot be written to, OUTPUT_NOT_WRITTEN where the
 * disk is full.
 */
export async function openOutputFolder(
  wanted: string | undefined,
  now: number,
  force?: boolean | undefined,
): Promise<OutputFolder> {
  const named = path.resolve(wanted ?? (await freeFolderName(now)));
  const place = await behindLink(named);
  const isReplaced = force === true && (await isFormerRun(place));
  const output = isReplaced ? await openBeside(place) : await openInPlace(place, force !== undefined);
  const { folder } = output;
  return {
    path: folder,
    replaces: isReplaced,
    shown: (file) => {
      const below = path.relative(folder, path.resolve(file));
      return shortPath(below.startsWith('..') ? path.resolve(file) : path.join(named, inPlace(below)));
    },
    publish: async (onWhole = () => {}) => {
      requireGoingOn();
      await output.publish(() => {
        output.settle();
        if (!isUnfinished(place)) onWhole();
      });
    },
    write: (name, pieces) => writeWhole(path.join(folder, name), pieces),
    discard: output.discard,
  };
}

/**
 * Opens the folder that copies are put into one by one, each of which stays as soon as it is whole; `discard` removes it where nothing
 * is in it. Throws as `openOutputFolder` does.
 */
export async function openCopyFolder(
  wanted: string,
): Promise<{ readonly path: string; discard(): Promise<void> }> {
  const place = await behindLink(path.resolve(wanted));
  const empty = await openEmpty(place, false);
  await empty.claim.release();
  return { path: place, discard: empty.discard };
}

/** Where the files of an output are made, and how they come into their place. */
interface OutputWay {
  readonly folder: string;
  settle(): void;
  /** Calls `whole` at the moment when everything is in its place: no signal comes between. */
  publish(whole: () => void): Promise<void>;
  discard(): Promise<void>;
}

/** In the folder itself, which is new or empty. */
async function openInPlace(place: string, canForce: boolean): Promise<OutputWay> {
  const { claim, settle: forget, discard } = await openEmpty(place, canForce);
  return {
    folder: claim.path,
    settle: forget,
    publish: async (whole) => {
      try {
        claim.publish();
      } catch (cause) {
        throw notUsable(place, `was changed during the run: ${messageOf(cause)}`, cause);
      }
      whole();
    },
    discard,
  };
}

/** Next to the folder of a former run, whose place it takes. */
async function openBeside(place: string): Promise<OutputWay> {
  const { besideFolder, replaceFolder } = await import('./former-run.ts');
  const folder = besideFolder(place);
  try {
    mkdirSync(folder);
    noteUnfinished(folder, 'tree');
    await requireWritable(folder, folder);
  } catch (error) {
    settle(folder);
    throw error instanceof TrailVerifyError ? error : notUsable(folder, 'cannot be made', error);
  }
  return {
    folder,
    settle: () => settle(folder),
    publish: (whole) => replaceFolder(place, folder, whole),
    discard: () => removeTemporaryFolder(folder),
  };
}

async function openEmpty(folder: string, canForce: boolean): Promise<EmptyFolder> {
  const firstMade = await makeFolder(folder).catch((error: unknown) => {
    throw notUsable(folder, errorCode(error) === 'ENOTDIR' ? 'is not a folder' : 'cannot be made', error);
  });
  const noted = noteFolder(folder, firstMade);
  const forget = (): void => noted.forEach(settle);
  let claim: ClaimedFolder | undefined;
  const discard = async (): Promise<void> => {
    await claim?.release();
    await removeMade(folder, firstMade);
    forget();
  };
  try {
    claim = await claimEmpty(folder, canForce);
    await requireWritable(folder, claim.path);
    return { claim, settle: forget, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Claims a folder that is empty: what another run has made by then is seen, because it is claimed first. */
async function claimEmpty(folder: string, canForce: boolean): Promise<ClaimedFolder> {
  await requireEmpty(folder, canForce);
  let claim: ClaimedFolder;
  try {
    claim = claimFolder(folder);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw notUsable(folder, 'is not writable', error);
    throw notUsable(folder, CLAIMED, undefined, canForce ? REPLACE_HINT : CLAIM_HINT);
  }
  try {
    await requireEmpty(folder, canForce);
    return claim;
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** Nobody can know which of the two it is. */
const CLAIM_HINT = `give another folder with --output, or remove its ${PARTIAL_FOLDER} where no other run is at work`;
const CLAIMED = `is being written to by another run, or holds the ${PARTIAL_FOLDER} of one that was killed`;

/** The folder that a link names, because a new one must not take the link's place; any other name as it is. Throws OUTPUT_NOT_USABLE. */
async function behindLink(named: string): Promise<string> {
  const there = await lstat(named).catch(() => undefined);
  if (there?.isSymbolicLink() !== true) return named;
  const real = await realpath(named).catch((error: unknown) => {
    throw notUsable(named, 'is a link that leads to no folder', error);
  });
  if (!(await stat(real)).isDirectory()) throw notUsable(named, 'is a link to a file, not to a folder');
  return real;
}

/** Whether there is a folder that --force may replace: false for one that is new or empty. Throws OUTPUT_NOT_USABLE for any other. */
async function isFormerRun(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.length === 0) return false;
  const foreign = await (await import('./former-run.ts')).foreignIn(folder);
  if (foreign === undefined) return true;
  throw new TrailVerifyError('OUTPUT_NOT_USABLE', `output folder ${folder} is not replaced: ${foreign}`, {
    hint: '--force replaces what a former run made, and nothing else: give a new or empty folder with --output',
  });
}

async function freeFolderName(now: number): Promise<string> {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const taken = new Set(await readdir('.').catch(() => []));
  let name = `trail-verify-${stamp}`;
  for (let next = 2; taken.has(name); next += 1) name = `trail-verify-${stamp}-${next}`;
  return name;
}

async function requireEmpty(folder: string, canForce: boolean): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown) => {
    throw notUsable(folder, errorCode(error) === 'ENOTDIR' ? 'is not a folder' : 'cannot be read', error);
  });
  const hint = canForce ? REPLACE_HINT : undefined;
  const others = entries.filter((name) => name !== PARTIAL_FOLDER);
  if (others.length > 0) throw notUsable(folder, 'is not empty', undefined, hint);
}

/** `within` is the folder in it that files are written to. */
async function requireWritable(folder: string, within: string): Promise<void> {
  try {
    await withUnfinished(path.join(within, 'probe'), async (probe) => (await open(probe, 'wx')).close());
  } catch (error) {
    throw notUsable(folder, 'is not writable', error);
  }
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

const REPLACE_HINT =
  'give a new or empty folder with --output, or replace what a former run made with --force';

function notUsable(folder: string, why: string, cause?: unknown, hint?: string): TrailVerifyError {
  const said = isDiskFull(cause) ? 'has no room left' : why;
  return unwritable(`output folder ${folder} ${said}`, cause, {
    full: FULL_HINT,
    else: hint ?? 'give a new or empty folder that you may write to with --output',
  });
}
