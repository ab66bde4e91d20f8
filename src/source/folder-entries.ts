import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TrailVerifyError } from '../errors.ts';
import { type CopyRoot, errorCode, inspect, isAbsent, type Twin } from './folder-lookup.ts';
import { type ReadName, readNames, SIDECAR_SUFFIX } from './folder-path.ts';
import { compareKeys } from './key-order.ts';
import { readSidecar, readSidecarNow, type Sidecar } from './sidecar.ts';

/** One object or folder of a copy, by the segment of the key that its name stands for. */
export interface Entry {
  readonly segment: string;
  readonly folder: boolean;
  readonly path: string;
  /**
   * It is a folder, or may be one, and is not entered: a symbolic link to a folder or out of the copy, or a folder whose name is
   * no UTF-8. It is listed as an object, which then may not be read.
   */
  readonly closed?: true;
  /** What S3 said of the object, where that lies beside it. */
  readonly sidecar?: Sidecar;
  /** There is no file: the sidecar says that the object was listed when the copy was made, and could not be read. */
  readonly unread?: Sidecar;
}

/** A key has at most 1,024 bytes, each escaped as three characters, in parts of 180. */
const MAX_PARTS = 18;

/**
 * What a folder holds, in the order S3 would list it: by the key's bytes, a folder as if its name ended in `/`.
 * `keyPrefix` is the folder's own key. Sidecars are no objects; a file that only has the name of one is, and so is a file
 * whose escaped name stands for a key that another file has already: both are listed, under their own names. Links to folders
 * are objects too: followed, two of them that lead up make as many paths as somebody likes. Throws
 * ACCESS_DENIED where the folder may not be read or leads out of the copy.
 */
export async function readEntries(
  root: CopyRoot,
  path: string,
  keyPrefix: string,
  look: Look = 'whole',
): Promise<readonly Entry[]> {
  const reading: Reading = { root, path, keyPrefix, look, entries: new Map(), sidecars: new Map() };
  await addEntries(reading, []);
  return [...reading.entries].sort(([left], [right]) => compareKeys(left, right)).map(([, entry]) => entry);
}

/** `names` looks into no sidecar: enough to see which folders there are. */
export type Look = 'whole' | 'names';

interface Reading {
  readonly look: Look;
  readonly root: CopyRoot;
  readonly path: string;
  readonly keyPrefix: string;
  readonly entries: Map<string, Entry>;
  /** Those that were read, by their path and the key that they would be of. */
  readonly sidecars: Map<string, Sidecar | undefined | Promise<Sidecar | undefined>>;
}

/** Adds what lies in the folder at `above`, the names of the parts of a long segment; none for the folder itself. */
async function addEntries(reading: Reading, above: readonly string[]): Promise<void> {
  const { root, keyPrefix } = reading;
  const folder = join(reading.path, ...above);
  const found = await readFolder(folder);
  const names = new Set(found.map((entry) => entry.name));
  for (const dirent of found) {
    const { name } = dirent;
    const child = join(folder, name);
    const isFile = dirent.isFile();
    if (isFile && name.endsWith(SIDECAR_SUFFIX)) {
      const owner = name.slice(0, -SIDECAR_SUFFIX.length);
      const segment = segmentOf(readNames([...above, owner], 'file'), [...above, owner]);
      if (reading.look === 'names' && names.has(owner)) continue;
      const read = sidecarAt(reading, child, keyPrefix + segment);
      // Most come at once, and a turn of the event loop for each takes as long as the file.
      const sidecar = read instanceof Promise ? await read : read;
      if (sidecar !== undefined) {
        // A sidecar alone tells of an object that could not be copied, or else of one that left the copy.
        if (!names.has(owner) && sidecar.unread !== undefined) {
          const unread = { segment, folder: false, path: join(folder, owner), unread: sidecar };
          add(reading, unread, [...above, owner]);
        }
        continue;
      }
    }
    const inner = isFile ? 'object' : await kindOfInner(root, child, dirent);
    const isInner = inner === 'folder';
    const read = readNames([...above, name], isInner ? 'folder' : 'file');
    if (read.kind === 'continued' && above.length < MAX_PARTS) {
      await addEntries(reading, [...above, name]);
      continue;
    }
    const segment = segmentOf(read, [...above, name]);
    const isDescribed = reading.look === 'whole' && !isInner && names.has(name + SIDECAR_SUFFIX);
    const described = isDescribed
      ? sidecarAt(reading, child + SIDECAR_SUFFIX, keyPrefix + segment)
      : undefined;
    const sidecar = described instanceof Promise ? await described : described;
    const entry: Entry = {
      segment,
      folder: isInner,
      path: child,
      ...(inner === 'closed' ? { closed: true } : {}),
      ...(sidecar === undefined ? {} : { sidecar }),
    };
    add(reading, entry, [...above, name]);
  }
}

/** The sidecar in that file, if it is that of `key`; each is wanted twice, for itself and for its object. */
function sidecarAt(
  { root, sidecars }: Reading,
  path: string,
  key: string,
): Sidecar | undefined | Promise<Sidecar | undefined> {
  const place = `${path}\0${key}`;
  if (sidecars.has(place)) return sidecars.get(place);
  const known = readSidecarNow(path, key, root.pace);
  const sidecar = known === undefined ? readSidecar(path, key) : known.sidecar;
  sidecars.set(place, sidecar);
  return sidecar;
}

async function readFolder(path: string): Promise<readonly Dirent[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    const isEscaped = ({ name }: Dirent): boolean => name.startsWith('=_');
    if (!found.some(isEscaped)) return found;
    // What stands under its own name comes first and has the key; an escaped one of the same key is another object.
    return [...found.filter((dirent) => !isEscaped(dirent)), ...found.filter(isEscaped)];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw new TrailVerifyError('ACCESS_DENIED', `folder ${path} may not be read (${errorCode(error)})`, {
      hint: 'give this user the right to read it',
      cause: error,
    });
  }
}

/** The segment that the names stand for: themselves, where they are no escaped form. */
function segmentOf(read: ReadName, names: readonly string[]): string {
  return read.kind === 'escaped' ? read.segment : names.join('/');
}

/** Adds an entry; one whose key another has already stands under its own names, and both are noted. */
function add({ root, entries, keyPrefix }: Reading, entry: Entry, names: readonly string[]): void {
  const key = (segment: string): string => (entry.folder ? `${segment}/` : segment);
  if (!entries.has(key(entry.segment))) {
    entries.set(key(entry.segment), entry);
    return;
  }
  const own = names.join('/');
  noteTwin(root, { key: keyPrefix + key(entry.segment), own: keyPrefix + key(own), path: entry.path });
  const { sidecar: _sidecar, ...rest } = entry;
  if (!entries.has(key(own))) entries.set(key(own), { ...rest, segment: own });
}

/** Twins that are told one by one; a copy with more has been prepared by somebody. */
const MOST_TWINS = 1_000;

function noteTwin({ twins }: CopyRoot, twin: Twin): void {
  if (twins.size < MOST_TWINS) twins.set(twin.path, twin);
}

/** What a decoder puts in place of bytes that are no UTF-8; a path that holds it may lead nowhere. */
const REPLACEMENT = '\ufffd';

async function kindOfInner(
  root: CopyRoot,
  path: string,
  dirent: Dirent,
): Promise<'folder' | 'object' | 'closed'> {
  if (!dirent.isSymbolicLink()) {
    if (!dirent.isDirectory()) return 'object';
    const isNamed = !dirent.name.includes(REPLACEMENT) || (await inspect(root, path)) !== undefined;
    return isNamed ? 'folder' : 'closed';
  }
  // Shown as an object: it must not vanish silently.
  return (await inspect(root, path))?.kind === 'file' ? 'object' : 'closed';
}
