import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** This package's folder; this file lies in `src/cli` or `dist/cli`. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/**
 * SHA-256 of the list of this tool's own files with theirs, as `find . -type f | LC_ALL=C sort | xargs sha256sum` prints it
 * in the folder `dist`; null where the tool runs from its sources.
 */
export async function buildDigest(): Promise<string | null> {
  const folder = path.join(PACKAGE, 'dist');
  if (!fileURLToPath(import.meta.url).startsWith(folder + path.sep)) return null;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    // Their names are ASCII, and so in the same order for any sort of bytes.
    .sort((a, b) => (a < b ? -1 : 1));
  const list = createHash('sha256');
  for (const name of names) {
    const hash = createHash('sha256').update(await readFile(path.join(folder, name)));
    list.update(`${hash.digest('hex')}  ./${name}\n`);
  }
  return list.digest('hex');
}

/** The versions of the packages that this tool depends on, as they are installed; one that is not is left out. */
export async function dependencyVersions(): Promise<Readonly<Record<string, string>>> {
  const { dependencies = {}, optionalDependencies = {} } = await readPackage(PACKAGE);
  const versions: Record<string, string> = {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies }).sort()) {
    const version = await installedVersion(name);
    if (version !== undefined) versions[name] = version;
  }
  return versions;
}

interface PackageFile {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
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
