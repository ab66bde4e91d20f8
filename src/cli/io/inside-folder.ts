import { lstat, readlink, stat } from 'node:fs/promises';
import path from 'node:path';

/** Files that stand at the top of a copy or bag of this tool. */
const TOP_FILES = ['collect-report.json', 'bagit.txt', 'manifest-sha256.txt'];
/** Folders above the one given that may be the top of the same copy: bucket, prefix, `data`. */
const MOST_ABOVE = 4;
/** As many as Linux follows. */
const MOST_LINKS = 40;

/**
 * Whether a file lies in a folder, or in the copy or bag that the folder is a part of. One that is reached through a link
 * in there counts as well, for whoever wrote the folder chose where that leads. A hard link cannot be told.
 */
export async function liesInside(file: string, folder: string): Promise<boolean> {
  return isBelow(file, [folder, ...(await topsAbove(folder))]);
}

/** Whether a file lies in the copy or bag that another file is a part of; false where that lies in none. */
export async function liesInCopyOf(file: string, other: string): Promise<boolean> {
  return isBelow(file, await topsAbove(other));
}

async function isBelow(file: string, folders: readonly string[]): Promise<boolean> {
  const tops = new Set<string>();
  for (const folder of folders) tops.add(await identity(folder));
  for (const step of await wayTo(file)) if (tops.has(await identity(step))) return true;
  return false;
}

/** The folders above a file or folder that are the top of a copy or bag. */
async function topsAbove(place: string): Promise<readonly string[]> {
  const tops: string[] = [];
  let above = path.resolve(place);
  for (let count = 0; count < MOST_ABOVE; count += 1) {
    above = path.dirname(above);
    for (const name of TOP_FILES) {
      const isThere = await lstat(path.join(above, name)).then(
        () => true,
        () => false,
      );
      if (isThere) tops.push(above);
    }
  }
  return tops;
}

/** Every folder, link and file on the way to a file, each link followed by hand. */
async function wayTo(file: string): Promise<readonly string[]> {
  const { root } = path.parse(path.resolve(file));
  const seen: string[] = [];
  let rest = path.resolve(file).slice(root.length).split(path.sep);
  let at = root;
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = path.join(at, name);
    seen.push(next);
    const target = links < MOST_LINKS ? await readlink(next).catch(() => undefined) : undefined;
    if (target === undefined) {
      at = next;
      continue;
    }
    links += 1;
    const start = path.parse(target).root;
    if (start !== '') at = start;
    rest = [...target.slice(start.length).split(path.sep), ...rest];
  }
  return seen;
}

/** What tells a file or folder from all others, whatever it is called; its own path where there is none. */
async function identity(file: string): Promise<string> {
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return file;
  }
}
