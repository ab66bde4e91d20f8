import { lstatSync, type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { knownTime } from '../../base/clock.ts';
import { errorCode, TrailVerifyError } from '../../base/errors.ts';
import { mapParallel } from '../../base/flow.ts';
import { compareKeys, type Level, type ListedObject, MOST_LEVEL_OBJECTS } from '../source.ts';
import { type Entry, noteUnread, type ReadOptions, readEntries } from './entries.ts';
import { type CopyRoot, innerKey, locate, specialKind } from './lookup.ts';
import type { Sidecar } from './object-file.ts';

/** Files looked at at once; Node serves four at a time. */
const AT_ONCE = 16;
/** Rows of a page, as S3 has them. */
const PAGE_SIZE = 1000;
/** A key has at most 1,024 bytes, so it cannot have more folders. */
const MAX_DEPTH = 1024;

/** The range to list of one bucket's folder: keys that begin with `prefix` and sort after `startAfter`. */
export interface FolderRange {
  readonly prefix: string;
  readonly startAfter?: string | undefined;
  readonly keySuffices?: ((key: string) => boolean) | undefined;
  readonly showsFiles?: boolean | undefined;
}

/** Pages of the objects below the folder of a bucket, in key order. Reads only the folders that the range can reach. */
export async function* listFolder(
  root: CopyRoot,
  base: string,
  range: FolderRange,
): AsyncGenerator<readonly ListedObject[]> {
  let page: ListedObject[] = [];
  for await (const run of walkFrom(root, base, range)) {
    for (const row of await describeAll(root, run, range)) {
      page.push(row);
      if (page.length < PAGE_SIZE) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

/** The folders directly below `prefix` that hold at least one object, or may do so, in key order. */
export async function listSubfolders(
  root: CopyRoot,
  base: string,
  prefix: string,
): Promise<readonly string[]> {
  const step = stepAbove(root, prefix);
  if (step !== undefined) return (await holdsObject(root, base, root.above)) ? [step] : [];
  const start = await startFolder(root, base, prefix);
  if (start === undefined) return [];
  const folders: string[] = [];
  for (const entry of await readEntries(root, start.path, start.key, { look: 'names' })) {
    const key = `${start.key}${entry.segment}/`;
    if (entry.folder && key.startsWith(prefix) && (await holdsObject(root, entry.path, key)))
      folders.push(key);
  }
  return folders;
}

/** The level directly below `prefix`: the folders that hold at least one object, and the objects. */
export async function listLevel(root: CopyRoot, base: string, prefix: string): Promise<Level> {
  const start = stepAbove(root, prefix) === undefined ? await startFolder(root, base, prefix) : undefined;
  if (start === undefined)
    return { folders: await listSubfolders(root, base, prefix), objects: [], further: 0 };
  const entries = (await readEntries(root, start.path, start.key))
    .filter(({ folder }) => !folder)
    .map((entry) => ({ ...entry, key: start.key + entry.segment }))
    .filter(({ key }) => key.startsWith(prefix));
  const objects = await describeAll(root, entries.slice(0, MOST_LEVEL_OBJECTS), { prefix });
  const further = Math.max(0, entries.length - MOST_LEVEL_OBJECTS);
  return { folders: await listSubfolders(root, base, prefix), objects, further };
}

interface ListedEntry extends Entry {
  readonly key: string;
}

/** Neighbouring objects of the range, in key order, begun at the deepest folder that the prefix names. */
async function* walkFrom(
  root: CopyRoot,
  base: string,
  range: FolderRange,
): AsyncGenerator<readonly ListedEntry[]> {
  const start = await startFolder(root, base, range.prefix);
  if (start !== undefined) yield* walk(root, start.path, start.key, range, 0);
}

async function* walk(
  root: CopyRoot,
  path: string,
  keyPrefix: string,
  range: FolderRange,
  depth: number,
  how: ReadOptions = {},
): AsyncGenerator<readonly ListedEntry[]> {
  let run: ListedEntry[] = [];
  for (const entry of await readEntries(root, path, keyPrefix, how)) {
    const key = keyPrefix + entry.segment;
    if (!entry.folder) {
      if (isInRange(key, range)) run.push({ ...entry, key });
      if (run.length < PAGE_SIZE) continue;
    }
    if (run.length > 0) yield run;
    run = [];
    if (!entry.folder || !mayHold(`${key}/`, range)) continue;
    if (depth < MAX_DEPTH) yield* walk(root, entry.path, `${key}/`, range, depth + 1, how);
    else (how.onUnread ?? noteUnread)(root, { key: `${key}/`, path: entry.path, reason: 'it is too deep' });
  }
  if (run.length > 0) yield run;
}

function isInRange(key: string, { prefix, startAfter }: FolderRange): boolean {
  return key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0);
}

function mayHold(folder: string, { prefix, startAfter }: FolderRange): boolean {
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  return startAfter === undefined || startAfter.startsWith(folder) || compareKeys(folder, startAfter) > 0;
}

/** The one folder below a prefix that is above the copied part of a bucket; undefined for any other prefix. */
function stepAbove({ above }: CopyRoot, prefix: string): string | undefined {
  const isAbove = above.startsWith(prefix) && prefix !== above;
  return isAbove ? above.slice(0, above.indexOf('/', prefix.length) + 1) : undefined;
}

/** The folder of the copy with which a listing begins: the deepest that the prefix names, or the copy's own. */
async function startFolder(
  root: CopyRoot,
  base: string,
  prefix: string,
): Promise<{ path: string; key: string } | undefined> {
  if (root.above.startsWith(prefix)) return { path: base, key: root.above };
  const key = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const inner = innerKey(root, key);
  if (inner === undefined) return undefined;
  if (inner === '') return { path: base, key };
  const place = await locate(root, base, inner.slice(0, -1).split('/'), 'folder').catch((error: unknown) => {
    noteUnread(root, { key, path: join(base, inner), reason: errorCode(error) });
    return undefined;
  });
  if (place?.kind === 'closed') {
    throw new TrailVerifyError('ACCESS_DENIED', `${place.path} is ${place.what}, and no folder`, {
      hint: 'put the folder itself in its place; cp -L and rsync -L copy what links lead to',
    });
  }
  return place === undefined ? undefined : { path: place.path, key };
}

/** A folder that may not be read may hold some: its reader gets the error later. */
async function holdsObject(root: CopyRoot, path: string, key: string): Promise<boolean> {
  let isUnread = false;
  const onUnread = (): void => {
    isUnread = true;
  };
  const how: ReadOptions = { look: 'names', onUnread };
  for await (const run of walk(root, path, key, { prefix: key }, 0, how)) return run.length > 0;
  return isUnread;
}

async function describeAll(
  root: CopyRoot,
  entries: readonly ListedEntry[],
  { keySuffices, showsFiles = false }: FolderRange,
): Promise<readonly ListedObject[]> {
  const rows = entries.map((entry) =>
    keySuffices?.(entry.key) === true ? { key: entry.key, size: 0 } : describeNow(root, entry, showsFiles),
  );
  if (!rows.includes(undefined)) return rows.filter((row) => row !== undefined);
  return mapParallel(
    [...entries.entries()],
    AT_ONCE,
    async ([at, entry]) => rows[at] ?? describe(entry, showsFiles),
  );
}

/** As `describe`, where the copy's files come at once; else undefined. */
function describeNow({ pace }: CopyRoot, entry: ListedEntry, showsFiles: boolean): ListedObject | undefined {
  if (entry.unread !== undefined || !pace.isQuick) return undefined;
  const began = performance.now();
  try {
    return rowOf(entry, lstatSync(entry.path, { throwIfNoEntry: false }), showsFiles);
  } catch {
    return undefined;
  } finally {
    pace.took((performance.now() - began) * 1000);
  }
}

async function describe(entry: ListedEntry, showsFiles: boolean): Promise<ListedObject> {
  const isFile = entry.unread === undefined;
  const status = isFile ? await lstat(entry.path).catch(() => undefined) : undefined;
  return rowOf(entry, status, showsFiles);
}

/** A row of the listing. The sidecar knows better than the file when the object was written, because files get copied. */
function rowOf(
  { key, what, sidecar, unread }: ListedEntry,
  status: Stats | undefined,
  showsFiles: boolean,
): ListedObject {
  const lastModified =
    (unread ?? sidecar)?.lastModified ??
    knownTime(status === undefined ? undefined : Math.round(status.mtimeMs));
  const size = status?.isFile() ? status.size : (unread?.size ?? 0);
  const isSpecial = status !== undefined && !status.isFile() && !status.isSymbolicLink();
  const noFile = what ?? (isSpecial ? specialKind(status) : undefined);
  const row = { key, size, lastModified };
  const shown = noFile === undefined ? row : { ...row, noFile };
  return showsFiles && status !== undefined ? { ...shown, ...traitsOf(status, sidecar) } : shown;
}

/** What shows that a file changed, or that it is another one. A link shows nothing of the file to which it leads. */
function traitsOf(status: Stats, sidecar: Sidecar | undefined): Pick<ListedObject, 'changed' | 'file'> {
  if (!status.isFile()) return { changed: Number.POSITIVE_INFINITY };
  // Another file may have been given the same times, and facts are in a file of their own.
  const file = sidecar === undefined ? `${status.ino}` : `${status.ino} ${JSON.stringify(sidecar)}`;
  return { changed: status.ctimeMs, file };
}
