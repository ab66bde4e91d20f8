import { type Dirent, realpathSync, type Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { errorCode } from '../../base/errors.ts';
import { ReadPace, readSidecar } from './object-file.ts';
import { canBeName, escapeSegment, isPlainSegment, readNames, SIDECAR_SUFFIX } from './path.ts';

/**
 * The thing at a place of the copy: by its own name, or behind a symbolic link that stays inside the copy (`isLink`). Whatever is
 * neither file nor folder is `closed`, with its kind in words: a pipe, a link that leads out of the copy or nowhere. It is not
 * opened, and it is not absent: nobody deleted a file by that. A copy may come from an adversary, and must not make this
 * machine's other files look like evidence.
 */
type Place =
  | { readonly kind: 'file' | 'folder'; readonly path: string; readonly isLink: boolean }
  | ClosedPlace;

interface ClosedPlace {
  readonly kind: 'closed';
  readonly path: string;
  /** As a noun: `a pipe`. */
  readonly what: string;
}

/** It is followed on the way to an object, and is none itself. */
export const LINK_TO_FOLDER = 'a symbolic link to a folder';

/** The kind of thing that is looked for. */
type Wanted = 'file' | 'folder';

/** The folder of a copy: nothing outside `path`, which has no symbolic link in it, is ever read. */
export interface CopyRoot {
  readonly path: string;
  /** How the keys of all its files begin: '' for a copy from the top of its buckets, else it ends in `/` (see `placed.ts`). */
  readonly above: string;
  /** Whether folders are inside, by path as asked; a promise until that is known. */
  readonly inside: Map<string, boolean | Promise<boolean>>;
  /** How quickly files of the copy come. */
  readonly pace: ReadPace;
  /** Files and folders seen so far whose key another one has as well, by path. */
  readonly twins: Map<string, Twin>;
  /** Folders that could not be read, by path. */
  readonly unread: Map<string, UnreadFolder>;
}

/** A folder of a copy that could not be read: the key that its name begins with, and the file system's code, or words. */
export interface UnreadFolder {
  readonly key: string;
  readonly path: string;
  readonly reason: string;
}

/** A file or folder of a copy whose escaped name encodes a key that another has: both are listed, it as `own`. */
export interface Twin {
  readonly key: string;
  readonly own: string;
  readonly path: string;
}

/** Enough for the day folders of a run; forgotten all at once when full. */
const MAX_REMEMBERED = 20_000;

/** Opens the folder of a copy. Rejects with the file system's error where it is absent. */
export async function openRoot(path: string, above?: string): Promise<CopyRoot> {
  return rootAt(await realpath(path), above);
}

/** The folder of a copy at a path that has no symbolic link in it. */
export function rootAt(path: string, above = ''): CopyRoot {
  return { path, above, inside: new Map(), pace: new ReadPace(), twins: new Map(), unread: new Map() };
}

/** The thing at `path`; undefined where there is nothing. Rejects with the file system's error where it may not be seen. */
export async function inspect(root: CopyRoot, path: string): Promise<Place | undefined> {
  try {
    const status = await lstat(path);
    if (!status.isSymbolicLink()) return placeOf(path, status, false);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    const real = await realpath(path);
    if (isWithin(root, real)) return placeOf(real, await stat(real), true);
    return { kind: 'closed', path, what: 'a symbolic link that leads out of the copy' };
  } catch (error) {
    if (isAbsent(error)) return { kind: 'closed', path, what: 'a symbolic link whose target is not there' };
    if (errorCode(error) === 'ELOOP')
      return { kind: 'closed', path, what: 'a symbolic link that leads in a circle' };
    throw error;
  }
}

function placeOf(path: string, status: Stats, isLink: boolean): Place {
  if (status.isFile()) return { kind: 'file', path, isLink };
  if (status.isDirectory()) return { kind: 'folder', path, isLink };
  return {
    kind: 'closed',
    path,
    what: isLink ? `a symbolic link to ${specialKind(status)}` : specialKind(status),
  };
}

/** What is neither file, folder nor link, in words. */
export function specialKind(status: Stats): string {
  if (status.isFIFO()) return 'a pipe';
  if (status.isSocket()) return 'a socket';
  return 'a device';
}

/** As `liesInside`, from what was remembered alone: false where it has to be found out. */
export function isKnownInside(root: CopyRoot, path: string): boolean {
  return root.inside.get(dirname(path)) === true;
}

/** True where the folder that holds `path` is really inside the copy. The answer is remembered, because every object asks for it. */
export function liesInside(root: CopyRoot, path: string): Promise<boolean> | boolean {
  const folder = dirname(path);
  const known = root.inside.get(folder);
  if (known !== undefined) return known;
  const now = findOutNow(root, folder);
  if (now !== undefined) return now;
  const asked = findOut(root, folder);
  // The other objects of the folder, asked for at the same time, wait for this answer.
  remember(root, folder, asked);
  return asked;
}

/** As `findOut`, where the copy's files come at once and the folder is there; else undefined. */
function findOutNow(root: CopyRoot, folder: string): boolean | undefined {
  if (!root.pace.isQuick) return undefined;
  const began = performance.now();
  try {
    const inside = isWithin(root, realpathSync.native(folder));
    remember(root, folder, inside);
    return inside;
  } catch {
    return undefined;
  } finally {
    root.pace.took((performance.now() - began) * 1000);
  }
}

function remember({ inside }: CopyRoot, folder: string, answer: boolean | Promise<boolean>): void {
  if (inside.size >= MAX_REMEMBERED) inside.clear();
  inside.set(folder, answer);
}

async function findOut(root: CopyRoot, folder: string): Promise<boolean> {
  const real = await realpath(folder).catch(() => undefined);
  const inside = real !== undefined && isWithin(root, real);
  // A path that is absent now may be there later.
  if (real === undefined) root.inside.delete(folder);
  else root.inside.set(folder, inside);
  return inside;
}

/** The part of a key that the copy's folders and files are named by; undefined for one that is not in this part of its bucket. */
export function innerKey({ above }: CopyRoot, key: string): string | undefined {
  return key.startsWith(above) ? key.slice(above.length) : undefined;
}

/**
 * Walks from `base` along the segments of a key that `innerKey` gave, each in its plain or its escaped form, and returns what is
 * there; undefined where nothing of the wanted kind is. What is closed on the way is returned.
 */
export async function locate(
  root: CopyRoot,
  base: string,
  segments: readonly string[],
  wanted: Wanted,
): Promise<Place | undefined> {
  let place: Place = { kind: 'folder', path: base, isLink: false };
  for (const at of segments.keys()) {
    const kind = at < segments.length - 1 ? 'folder' : wanted;
    let next: Place | undefined;
    for (const form of await formsOf(root, place.path, segments, at, kind)) {
      next = await descend(root, place.path, form);
      if (next?.kind === 'closed') return next;
      if (next?.kind === kind) break;
      // A listing shows it as an object. A folder by its own name shows that there are longer keys, and no object.
      if (next?.isLink === true && kind === 'file')
        return { kind: 'closed', path: next.path, what: LINK_TO_FOLDER };
      next = undefined;
    }
    if (next === undefined) return undefined;
    place = next;
  }
  return place;
}

/**
 * The names that a segment may have, as `readEntries` reads them: its own first, unless that is the sidecar of another object.
 * An escaped form encodes another segment, unless that segment is there under its own name too.
 */
async function formsOf(
  root: CopyRoot,
  folder: string,
  segments: readonly string[],
  at: number,
  kind: Wanted,
): Promise<readonly (readonly string[])[]> {
  const segment = segments[at] ?? '';
  const escaped = escapeSegment(segment, kind);
  const read = readNames([segment], kind);
  if (read.kind === 'continued') return [[segment]];
  if (read.kind === 'escaped') {
    const twin = isPlainSegment(read.segment) ? await inspect(root, join(folder, read.segment)) : undefined;
    return twin === undefined ? [escaped] : [[segment], escaped];
  }
  if (!isPlainSegment(segment) && !(segment.startsWith('=_') && canBeName(segment))) return [escaped];
  if (kind === 'folder' || !segment.endsWith(SIDECAR_SUFFIX)) return [[segment], escaped];
  const owner = segment.slice(0, -SIDECAR_SUFFIX.length);
  const ownerKey = root.above + [...segments.slice(0, at), owner].join('/');
  const isSidecar = (await readSidecar(join(folder, segment), ownerKey)) !== undefined;
  return isSidecar ? [escaped] : [[segment], escaped];
}

/** True for an error that says: there is nothing of that name. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(error));
}

async function descend(root: CopyRoot, base: string, names: readonly string[]): Promise<Place | undefined> {
  let place: Place | undefined = { kind: 'folder', path: base, isLink: false };
  for (const name of names) {
    if (place.kind !== 'folder') return undefined;
    place = await inspect(root, join(place.path, name));
    if (place === undefined || place.kind === 'closed') return place;
  }
  return place;
}

function isWithin(root: CopyRoot, real: string): boolean {
  return real === root.path || real.startsWith(beginningOf(root.path, sep));
}

/** How paths below a folder begin: that of a drive (`E:\`) has its separator already. */
function beginningOf(folder: string, separator: string): string {
  return folder.endsWith(separator) ? folder : folder + separator;
}

/** The names of a path below a folder, one that is empty for the folder itself; undefined for a path that is not in there. */
export function namesBelow(
  folder: string,
  path: string,
  separator: string = sep,
): readonly string[] | undefined {
  if (path === folder) return [''];
  const beginning = beginningOf(folder, separator);
  return path.startsWith(beginning) ? path.slice(beginning.length).split(separator) : undefined;
}

/** One name of a folder. */
export interface FoundName {
  /** As text; bytes that are no UTF-8 become U+FFFD. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** The name is no UTF-8: no key can be written so, and no path made of the text leads there. */
  readonly nameless: boolean;
}

/** The character that a decoder puts in place of bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * The names in a folder, none where there is no such folder. First comes the name itself, if it has the key. Then come escaped
 * names, because one of the same key is another object; then names that are no UTF-8. Rejects with the file system's error.
 */
export async function namesOf(path: string): Promise<readonly FoundName[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    // Only the bytes distinguish names that are no UTF-8 from one that holds the very character.
    const names = found.some(({ name }) => name.includes(REPLACEMENT))
      ? await exactNames(path)
      : found.map((dirent) => ({ name: dirent.name, kind: kindOfName(dirent), nameless: false }));
    return names.some((one) => rank(one) > 0) ? [...names].sort((a, b) => rank(a) - rank(b)) : names;
  } catch (error) {
    // A path that is too long for the system may well lead to a folder.
    if (isAbsent(error) && !isTooLong(error)) return [];
    throw error;
  }
}

async function exactNames(path: string): Promise<readonly FoundName[]> {
  const found = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  return found.map((dirent) => {
    const bytes: Uint8Array = dirent.name;
    const name = Buffer.from(bytes).toString('utf8');
    return { name, kind: kindOfName(dirent), nameless: !Buffer.from(name).equals(bytes) };
  });
}

function rank({ name, nameless }: FoundName): number {
  if (nameless) return 2;
  return name.startsWith('=_') ? 1 : 0;
}

function isTooLong(error: unknown): boolean {
  return errorCode(error) === 'ENAMETOOLONG';
}

function kindOfName(dirent: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FoundName['kind'] {
  if (dirent.isFile()) return 'file';
  if (dirent.isDirectory()) return 'folder';
  return dirent.isSymbolicLink() ? 'link' : 'other';
}
