import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TrailVerifyError } from '../errors.ts';
import { type CopyRoot, errorCode, inspect, isAbsent } from './folder-lookup.ts';
import { readName, SIDECAR_SUFFIX, unescapeText } from './folder-path.ts';
import { compareKeys } from './key-order.ts';
import { readSidecar, type Sidecar } from './sidecar.ts';

/** One object or folder of a copy, by the segment of the key that its name stands for. */
export interface Entry {
  readonly segment: string;
  readonly folder: boolean;
  readonly path: string;
  /** The object's sidecar lies beside it. */
  readonly hasSidecar: boolean;
  /** There is no file: the object was listed when the copy was made, and could not be read. */
  readonly unread?: Sidecar;
}

/** A key has at most 1,024 bytes, each escaped as three characters, in parts of 180. */
const MAX_PARTS = 18;

/**
 * What a folder holds, in the order S3 would list it: by the key's bytes, a folder as if its name ended in `/`.
 * `keyPrefix` is the folder's own key. Sidecars are no objects. Throws ACCESS_DENIED where it may not be read or
 * leads out of the copy.
 */
export async function readEntries(
  root: CopyRoot,
  path: string,
  keyPrefix: string,
): Promise<readonly Entry[]> {
  const entries = new Map<string, Entry>();
  await addEntries(root, path, keyPrefix, '', 0, entries);
  return [...entries].sort(([left], [right]) => compareKeys(left, right)).map(([, entry]) => entry);
}

async function addEntries(
  root: CopyRoot,
  path: string,
  keyPrefix: string,
  before: string,
  depth: number,
  entries: Map<string, Entry>,
): Promise<void> {
  const found = await readFolder(path);
  const names = new Set(found.map((entry) => entry.name));
  for (const dirent of found) {
    const { name } = dirent;
    const read = readName(name);
    if (depth > 0 && !read.escaped) continue;
    const child = join(path, name);
    if (dirent.isFile() && name.endsWith(SIDECAR_SUFFIX)) {
      const owner = name.slice(0, -SIDECAR_SUFFIX.length);
      if (names.has(owner)) continue;
      const segment = segmentOf(readName(owner), before);
      const sidecar = segment === undefined ? undefined : await readSidecar(child, keyPrefix + segment);
      if (segment !== undefined && sidecar !== undefined) {
        // A sidecar alone tells of an object that could not be copied, or else of one that left the copy.
        if (sidecar.unread !== undefined) {
          add(entries, {
            segment,
            folder: false,
            path: join(path, owner),
            hasSidecar: true,
            unread: sidecar,
          });
        }
        continue;
      }
    }
    const folder = await isFolder(root, child, dirent);
    if (read.continued && folder && depth < MAX_PARTS) {
      await addEntries(root, child, keyPrefix, before + read.text, depth + 1, entries);
      continue;
    }
    const segment = segmentOf(read, before);
    if (segment === undefined) continue;
    add(entries, { segment, folder, path: child, hasSidecar: !folder && names.has(name + SIDECAR_SUFFIX) });
  }
}

async function readFolder(path: string): Promise<Dirent[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    const escaped = found.filter(({ name }) => readName(name).escaped);
    if (escaped.length === 0) return found;
    // What stands under its own name comes first and wins over an escaped one of the same key.
    const last = new Set(escaped);
    return [...found.filter((dirent) => !last.has(dirent)), ...escaped];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw new TrailVerifyError('ACCESS_DENIED', `folder ${path} may not be read (${errorCode(error)})`, {
      hint: 'give this user the right to read it',
      cause: error,
    });
  }
}

function segmentOf(read: { text: string; escaped: boolean }, before: string): string | undefined {
  return read.escaped ? unescapeText(before + read.text) : read.text;
}

function add(entries: Map<string, Entry>, entry: Entry): void {
  const name = entry.folder ? `${entry.segment}/` : entry.segment;
  if (!entries.has(name)) entries.set(name, entry);
}

async function isFolder(root: CopyRoot, path: string, dirent: Dirent): Promise<boolean> {
  if (!dirent.isSymbolicLink()) return dirent.isDirectory();
  const place = await inspect(root, path);
  // A link that leads out is shown as an object, which then may not be read: it must not vanish silently.
  return place?.kind === 'folder';
}
