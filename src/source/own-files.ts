/**
 * The files of this package that a run reads or names, from their places here. In the single executable
 * `build/executable/own-files.ts` replaces this module, because they are in the executable itself.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What this program runs from: its sources or modules, the bundle of the command, or the single executable. */
export type Origin = 'modules' | 'bundle' | 'executable';

/** The files that are read; `packages.json` is what the build wrote of the bundle. */
export type OwnFile = 'package.json' | 'packages.json' | 'verify.sh';

/** A file of this program, with its SHA-256 in hexadecimal digits. */
export interface OwnHash {
  readonly name: string;
  readonly sha256: string;
}

/** The folder of this file: `src/source`, `dist/source`, or `dist/command` of the bundle. */
const FOLDER = path.dirname(fileURLToPath(import.meta.url));

/** The folder of this package; undefined where there is none, as in the executable. */
export const PACKAGE_FOLDER: string | undefined = path.join(FOLDER, '../..');

/** What this process runs from. */
export const ORIGIN: Origin = FOLDER === path.join(FOLDER, '../../dist/command') ? 'bundle' : 'modules';

/** The bytes of a file. Rejects where it is not there. */
export function readOwnFile(name: OwnFile): Promise<Uint8Array> {
  return readFile(path.join(name === 'packages.json' ? FOLDER : path.join(FOLDER, '../..'), name));
}

/** What the command consists of, by name: the files of the bundle; none for modules. Throws where they cannot be read. */
export function ownHashes(): readonly OwnHash[] {
  if (ORIGIN !== 'bundle') return [];
  // Their names are ASCII, and so in the same order for any sort of bytes.
  const names = readdirSync(FOLDER).sort();
  // A hundred files, which are read sooner one after the other than by the threads that read for everybody.
  return names.map((name) => {
    const hash = createHash('sha256').update(readFileSync(path.join(FOLDER, name)));
    return { name, sha256: hash.digest('hex') };
  });
}

/**
 * SHA-256 of the list of this program's own files with theirs, as `find . -type f | LC_ALL=C sort | xargs sha256sum` prints it
 * in the folder `dist/command`; of the executable, its own; null for modules. Throws where they cannot be read.
 */
export function buildDigest(): string | null {
  if (ORIGIN !== 'bundle') return null;
  const list = createHash('sha256');
  for (const { name, sha256 } of ownHashes()) list.update(`${sha256}  ./${name}\n`);
  return list.digest('hex');
}
