/**
 * The files that are asked, held until the last row. A path can lead to one folder now and to another later: who may rename the folder
 * of an export can put a forged one in its place, and the old one back. So DuckDB is given paths from the working folder, which stays
 * the same one whatever it is named. What happens below it shows in the times of the folders and files there.
 */
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { mapParallel } from '../../base/flow.ts';
import { changedWhileAsked, type FileMarks, markOf, settledStatus } from '../../events/file-marks.ts';

/** Files looked at once. */
const AT_ONCE = 16;

/** Files that were looked at once. */
export interface HeldFiles {
  /** Throws EVIDENCE_INVALID where one of them, or a folder on the way to it, was changed since. */
  check(): Promise<void>;
}

/** Which files are held. */
export interface Holding {
  /** Where they are, and how that folder is named in an error. */
  readonly place: string;
  readonly folder: string;
  /** Their paths in that folder. */
  readonly files: readonly string[];
  /** Their marks when they were hashed. */
  readonly marks: FileMarks;
}

/** Takes hold of files. Throws EVIDENCE_INVALID where one of them is not the file that was hashed. */
export async function holdFiles({ place, folder, files, marks }: Holding): Promise<HeldFiles> {
  const seen = new Map<string, string | undefined>();
  await mapParallel([...new Set(files.flatMap(foldersTo))], AT_ONCE, async (name) => {
    seen.set(name, await folderMark(path.join(place, name)));
  });
  for (const name of files) seen.set(name, marks.get(name));
  const whereNow = (): Promise<string | undefined> => realpath(place).catch(() => undefined);
  const where = await whereNow();
  const check = async (): Promise<void> => {
    // DuckDB refuses a file in a folder that is somewhere else by now.
    if ((await whereNow()) !== where) throw changedWhileAsked(folder);
    const changed = await mapParallel([...seen], AT_ONCE, async ([name, mark]) =>
      mark !== undefined && (await pathMark(path.join(place, name))) === mark ? [] : [name],
    );
    const [first] = changed.flat();
    if (first !== undefined) throw changedWhileAsked(folder, first);
  };
  // After the folders: from here on whatever leads elsewhere shows in them.
  await check();
  return { check };
}

/** `events/account=1/region=r` and those above it, but for the folder that all are in: who adds a note to that changes no event. */
function foldersTo(file: string): readonly string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** Undefined for what is no folder, a link to one among that. */
async function folderMark(folder: string): Promise<string | undefined> {
  const status = await settledStatus(() => lstat(folder, { bigint: true })).catch(() => undefined);
  return status?.isDirectory() === true ? markOf(status) : undefined;
}

async function pathMark(file: string): Promise<string | undefined> {
  const status = await lstat(file, { bigint: true }).catch(() => undefined);
  return status && markOf(status);
}
