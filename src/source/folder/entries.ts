import { join } from 'node:path';
import { errorCode, TrailVerifyError } from '../../base/errors.ts';
import { append } from '../../base/lists.ts';
import { compareKeys } from '../source.ts';
import {
  type CopyRoot,
  type FoundName,
  inspect,
  LINK_TO_FOLDER,
  namesOf,
  type Twin,
  type UnreadFolder,
} from './lookup.ts';
import { readListedSidecar, readSidecar, type Sidecar } from './object-file.ts';
import { readNames, SIDECAR_SUFFIX } from './path.ts';

/** One object or folder of a copy, by the segment of the key that its name encodes. */
export interface Entry {
  readonly segment: string;
  readonly folder: boolean;
  readonly path: string;
  /**
   * It is not entered: a `link` to a folder or out of the copy, or a `folder` whose name is no UTF-8. It is listed as an object,
   * which then may not be read.
   */
  readonly closed?: 'link' | 'folder' | undefined;
  /** What it is, as a noun, where it is closed. */
  readonly what?: string | undefined;
  /** The facts that S3 gave of the object, where a sidecar holds them. */
  readonly sidecar?: Sidecar | undefined;
  /** There is no file: the sidecar says that the object was listed when the copy was made, and could not be read. */
  readonly unread?: Sidecar | undefined;
}

/** A key has at most 1,024 bytes, each escaped as three characters, in parts of 180. */
const MAX_PARTS = 18;

/**
 * The entries of a folder in the order S3 would list them: by the key's bytes, a folder as if its name ended in `/`.
 * `keyPrefix` is the folder's own key. Sidecars are no objects, but a file that only has the name of one is an object. The
 * escaped name of a file may encode a key that another file has already: both are listed, under their own names. Links to
 * folders are objects too, because two links that lead up would make as many paths as somebody likes. A folder that may not be
 * read is handed to `onUnread` and taken for empty. Throws ACCESS_DENIED where it is the copy's own.
 */
export async function readEntries(
  root: CopyRoot,
  path: string,
  keyPrefix: string,
  { look = 'whole', onUnread = noteUnread }: ReadOptions = {},
): Promise<readonly Entry[]> {
  const reading: Reading = { root, path, keyPrefix, look, onUnread };
  const entries = new Map<string, Entry>();
  for (const found of (await entriesIn(reading, [])) ?? []) add(reading, entries, found);
  return [...entries].sort(([left], [right]) => compareKeys(left, right)).map(([, entry]) => entry);
}

/** `names` looks into no sidecar of a file that is there: enough to see which folders there are, and whether there is an object. */
export type Look = 'whole' | 'names';

/** How a folder is read. A folder that could not be read is noted for `Source.outside`, unless `onUnread` takes it. */
export interface ReadOptions {
  readonly look?: Look | undefined;
  readonly onUnread?: ((root: CopyRoot, folder: UnreadFolder) => void) | undefined;
}

interface Reading {
  readonly look: Look;
  readonly onUnread: NonNullable<ReadOptions['onUnread']>;
  readonly root: CopyRoot;
  readonly path: string;
  readonly keyPrefix: string;
}

/** Work that nearly always ends at once: a turn of the event loop takes as long as the file. */
type Later<Value> = Value | Promise<Value>;

/** An entry, and the names of its path below the folder that is read: several for a long segment. */
interface NamedEntry {
  readonly entry: Entry;
  readonly names: readonly string[];
}

/**
 * The content of the folder at `above`, the names of the parts of a long segment; none for the folder itself. Undefined where
 * that holds anything but the rest of long segments: then it is a folder of that name, and not a part of one.
 */
async function entriesIn(
  reading: Reading,
  above: readonly string[],
): Promise<readonly NamedEntry[] | undefined> {
  const folder = join(reading.path, ...above);
  const found = await namesIn(reading, folder);
  const isPart = above.length > 0;
  const files = new Set(
    found.filter(({ kind, nameless }) => kind !== 'folder' && !nameless).map(({ name }) => name),
  );
  const sidecars: NameInFolder['sidecars'] = new Map();
  const entries: NamedEntry[] = [];
  for (const { name, kind, nameless } of found) {
    const read = innerOf(reading, { name, kind, nameless, folder, files, sidecars }, above);
    const inner = read instanceof Promise ? await read : read;
    if (inner === undefined) return undefined;
    append(entries, inner);
  }
  return isPart && entries.length === 0 ? undefined : entries;
}

/** A name, the folder that it was found in and the names of the files there. */
interface NameInFolder extends FoundName {
  readonly folder: string;
  readonly files: ReadonlySet<string>;
  /** The folder's sidecars that were read, by the name of the file: each is wanted for itself and for its object. */
  readonly sidecars: Map<string, Later<Sidecar | undefined>>;
}

/** The entries that one name makes: none for a sidecar; undefined where the folder at `above` is no part of a segment. */
function innerOf(reading: Reading, found: NameInFolder, above: readonly string[]): Later<Inner> {
  const { name, kind } = found;
  if (found.nameless) {
    const closed = kind === 'folder' || kind === 'link' ? kind : undefined;
    const what = closed && `a ${closed} whose name is no UTF-8`;
    const path = join(found.folder, name);
    return above.length > 0
      ? undefined
      : [{ names: [name], entry: { segment: name, folder: false, path, ...withClosed(closed, what) } }];
  }
  if (kind === 'folder') return folderEntries(reading, found, above);
  if (kind === 'link') return linkEntries(reading, found, above);
  const ofSidecar = sidecarEntries(reading, found, above);
  if (ofSidecar instanceof Promise)
    return ofSidecar.then((entries) => entries ?? fileEntries(reading, found, above));
  return ofSidecar ?? fileEntries(reading, found, above);
}

type Inner = readonly NamedEntry[] | undefined;

async function folderEntries(
  reading: Reading,
  { name, folder }: NameInFolder,
  above: readonly string[],
): Promise<Inner> {
  const names = [...above, name];
  if (readNames(names, 'folder').kind === 'continued' && names.length <= MAX_PARTS) {
    const parts = await entriesIn(reading, names);
    if (parts !== undefined) return parts;
  }
  const segment = segmentOf(names, 'folder');
  return segment === undefined
    ? undefined
    : [{ names, entry: { segment, folder: true, path: join(folder, name) } }];
}

async function linkEntries(reading: Reading, found: NameInFolder, above: readonly string[]): Promise<Inner> {
  const what = await closedLink(reading.root, join(found.folder, found.name));
  return fileEntries(reading, found, above, withClosed(what === undefined ? undefined : 'link', what));
}

function fileEntries(
  reading: Reading,
  found: NameInFolder,
  above: readonly string[],
  closed: Pick<Entry, 'closed' | 'what'> = {},
): Later<Inner> {
  const { name, folder, files } = found;
  const names = [...above, name];
  const segment = segmentOf(names, 'file');
  if (segment === undefined) return undefined;
  const path = join(folder, name);
  const entry = (sidecar: Sidecar | undefined): Inner => {
    const described = sidecar === undefined ? {} : { sidecar };
    return [{ names, entry: { segment, folder: false, path, ...closed, ...described } }];
  };
  if (reading.look !== 'whole' || !files.has(name + SIDECAR_SUFFIX)) return entry(undefined);
  const sidecar = sidecarOf(reading, found, name, segment);
  return sidecar instanceof Promise ? sidecar.then(entry) : entry(sidecar);
}

/** The entries that a sidecar adds: an object that could not be copied, or nothing. Undefined for a file that is no sidecar. */
function sidecarEntries(reading: Reading, found: NameInFolder, above: readonly string[]): Later<Inner> {
  const { name, kind, folder, files } = found;
  if (kind !== 'file' || !name.endsWith(SIDECAR_SUFFIX)) return undefined;
  const owner = name.slice(0, -SIDECAR_SUFFIX.length);
  // The file that it should be of is an object in any case.
  if (reading.look === 'names' && above.length === 0 && files.has(owner)) return [];
  const names = [...above, owner];
  const segment = segmentOf(names, 'file');
  if (segment === undefined) return undefined;
  const entries = (sidecar: Sidecar | undefined): Inner => {
    if (sidecar === undefined) return undefined;
    // Alone it shows that an object could not be copied, or that one left the copy.
    if (files.has(owner) || sidecar.unread === undefined) return [];
    return [{ names, entry: { segment, folder: false, path: join(folder, owner), unread: sidecar } }];
  };
  const read = sidecarOf(reading, found, owner, segment);
  return read instanceof Promise ? read.then(entries) : entries(read);
}

function withClosed(closed: Entry['closed'], what: Entry['what']): Pick<Entry, 'closed' | 'what'> {
  return closed === undefined ? {} : { closed, what };
}

/** The sidecar of the file `owner` of a folder, if it is that of the key that this name encodes. */
function sidecarOf(
  { root, keyPrefix }: Reading,
  { folder, sidecars }: NameInFolder,
  owner: string,
  segment: string,
): Later<Sidecar | undefined> {
  if (sidecars.has(owner)) return sidecars.get(owner);
  const path = join(folder, owner) + SIDECAR_SUFFIX;
  const key = keyPrefix + segment;
  const known = readListedSidecar(path, key, root.pace);
  const sidecar = known === undefined ? readSidecar(path, key) : known.sidecar;
  sidecars.set(owner, sidecar);
  return sidecar;
}

async function namesIn(
  { root, keyPrefix, onUnread }: Reading,
  folder: string,
): Promise<readonly FoundName[]> {
  try {
    return await namesOf(folder);
  } catch (error) {
    const reason = errorCode(error);
    if (folder === root.path)
      throw new TrailVerifyError('ACCESS_DENIED', `folder ${folder} may not be read (${reason})`, {
        hint: 'give this user the right to read it',
        cause: error,
      });
    onUnread(root, { key: keyPrefix, path: folder, reason });
    return [];
  }
}

/** The segment that names encode: one name for itself, where it is no escaped form. Undefined for several that are none. */
function segmentOf(names: readonly string[], kind: 'file' | 'folder'): string | undefined {
  const read = readNames(names, kind);
  if (read.kind === 'escaped') return read.segment;
  return names.length === 1 ? names[0] : undefined;
}

/** Adds an entry. An entry whose key another one has already is added under its own names, and both are noted. */
function add({ root, keyPrefix }: Reading, entries: Map<string, Entry>, { entry, names }: NamedEntry): void {
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

/** Twins, and folders that could not be read, which are named one by one; a copy with more has been prepared by somebody. */
const MOST_NOTED = 1_000;

function noteTwin({ twins }: CopyRoot, twin: Twin): void {
  if (twins.size < MOST_NOTED) twins.set(twin.path, twin);
}

/** Notes a folder that could not be read, so that `Source.outside` can report it. */
export function noteUnread({ unread }: CopyRoot, folder: UnreadFolder): void {
  if (unread.size < MOST_NOTED) unread.set(folder.path, folder);
}

/** What a link is that is no file of the copy; undefined for one that is. */
async function closedLink(root: CopyRoot, path: string): Promise<string | undefined> {
  // Shown as an object: it must not vanish silently.
  const place = await inspect(root, path).catch(() => undefined);
  if (place?.kind === 'file') return undefined;
  return place?.kind === 'closed' ? place.what : LINK_TO_FOLDER;
}
