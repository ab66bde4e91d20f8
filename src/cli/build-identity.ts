import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this file: `src/cli`, or `dist/command` of the bundle. */
const FOLDER = path.dirname(fileURLToPath(import.meta.url));
/** This package's folder. */
const PACKAGE = path.join(FOLDER, '../..');
const IS_BUNDLE = FOLDER === path.join(PACKAGE, 'dist/command');

/**
 * SHA-256 of the list of this tool's own files with theirs, as `find . -type f | LC_ALL=C sort | xargs sha256sum` prints it
 * in the folder `dist/command`; null where the tool runs from its sources. Throws where they cannot be read.
 */
export function buildDigest(): string | null {
  if (!IS_BUNDLE) return null;
  // Their names are ASCII, and so in the same order for any sort of bytes.
  const names = readdirSync(FOLDER).sort();
  const list = createHash('sha256');
  for (const name of names) {
    // A hundred files, which are read sooner one after the other than by the threads that read for everybody.
    const hash = createHash('sha256').update(readFileSync(path.join(FOLDER, name)));
    list.update(`${hash.digest('hex')}  ./${name}\n`);
  }
  return list.digest('hex');
}

/** The versions of the packages that this tool depends on: those in the bundle, else as they are installed; one that is not there is left out. */
export async function dependencyVersions(): Promise<Readonly<Record<string, string>>> {
  const { dependencies = {}, optionalDependencies = {} } = await readPackage(PACKAGE);
  const bundled = IS_BUNDLE ? await bundledVersions() : undefined;
  const versions: Record<string, string> = {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies }).sort()) {
    const version = bundled === undefined ? await installedVersion(name) : bundled[name];
    if (version !== undefined) versions[name] = version;
  }
  return versions;
}

/** The file that the build wrote: see `build/bundle.ts`. */
async function bundledVersions(): Promise<Readonly<Record<string, string>>> {
  const { versions }: { versions: Readonly<Record<string, string>> } = JSON.parse(
    await readFile(path.join(FOLDER, 'packages.json'), 'utf8'),
  );
  return versions;
}

interface PackageFile {
  readonly version?: string | undefined;
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined;
}

async function readPackage(folder: string): Promise<PackageFile> {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as PackageFile;
}

/** Looks where Node does: in the `node_modules` of each folder upward. */
async function installedVersion(name: string): Promise<string | undefined> {
  for (let folder = PACKAGE; ; folder = path.dirname(folder)) {
    const found = await readPackage(path.join(folder, 'node_modules', name)).catch(() => undefined);
    if (found !== undefined) return found.version;
    if (path.dirname(folder) === folder) return undefined;
  }
}
