/**
 * What this process has made and what is no answer yet: files under temporary names, and all that a run writes before its answer is
 * whole. A process that ends at once removes it, so that nothing is left that somebody might take for an answer.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';

/** How a path is removed: a folder only where it is empty by then; a tree with all that is in it; what is kept not at all. */
export type UnfinishedKind = 'file' | 'folder' | 'tree' | 'kept';

interface Note {
  readonly kind: UnfinishedKind;
  /** The answer that it is a part of: `settle` of that forgets it. */
  readonly within: string;
}

const notes = new Map<string, Note>();
let isEnding = false;

/**
 * Notes a path that nobody else can have made: it is new, or is just about to be. `within` is the folder whose answer it belongs
 * to, where that is another one. Throws where the process is ending, and it is removed all the same.
 */
export function noteUnfinished(made: string, kind: UnfinishedKind = 'file', within: string = made): void {
  notes.set(path.resolve(made), { kind, within: path.resolve(within) });
  requireGoingOn();
}

/** Throws where the process is ending: what is made from now on would stay without the rest. */
export function requireGoingOn(): void {
  if (isEnding) throw new Error('this process is ending');
}

/**
 * Notes the folder of an answer, and those above it that were made for it, of which `topmost` is the first: undefined where all were
 * there, and then it is kept. Returns what to settle when the answer is whole. Throws where the process is ending.
 */
export function noteFolder(folder: string, topmost: string | undefined): readonly string[] {
  const full = path.resolve(folder);
  const above: string[] = [];
  for (let at = full; topmost !== undefined && at !== topmost && at !== path.dirname(at); ) {
    at = path.dirname(at);
    above.push(at);
  }
  for (const one of above) notes.set(one, { kind: 'folder', within: one });
  noteUnfinished(full, topmost === undefined ? 'kept' : 'folder');
  return [full, ...above];
}

/** Notes a file that has just got its last name, where that is in a folder whose answer is not whole. */
export function noteNamed(file: string): void {
  const full = path.resolve(file);
  if (isUnfinished(path.dirname(full))) notes.set(full, { kind: 'file', within: full });
}

/** Whether a folder, or one above it, is noted. */
export function isUnfinished(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (notes.has(at)) return true;
    if (path.dirname(at) === at) return false;
  }
}

/** Forgets a path and all that belongs to it: it is whole, or gone. Where the process is ending it is too late for that. */
export function settle(whole: string): void {
  if (isEnding) return;
  const top = path.resolve(whole);
  notes.delete(top);
  for (const [made, { within }] of notes) if (isBelow(within, top)) notes.delete(made);
}

function isBelow(file: string, top: string): boolean {
  return file === top || file.startsWith(top.endsWith(path.sep) ? top : top + path.sep);
}

/**
 * Gives `make` a new name next to `file`, in which that is made until it is whole. Whatever is left under that name is removed. Throws
 * what `make` throws, and where the process is ending.
 */
export async function withUnfinished<Result>(
  file: string,
  make: (partial: string) => Promise<Result>,
): Promise<Result> {
  const partial = path.join(path.dirname(file), `.${randomUUID()}.tmp`);
  try {
    noteUnfinished(partial);
    return await make(partial);
  } finally {
    // One that cannot be removed was never made, or the error that is on its way already says so.
    await rm(partial, { force: true }).catch(() => undefined);
    settle(partial);
  }
}

/** Makes a folder of a new name that begins so, which is noted until `removeTemporaryFolder`. Throws the error of the file system. */
export function makeTemporaryFolder(prefix: string): string {
  // At once: a signal between the making and the note would leave it.
  const folder = mkdtempSync(prefix);
  noteUnfinished(folder, 'tree');
  return folder;
}

/** Removes such a folder with all that is in it. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  settle(folder);
}

/** Removes what is noted, for a process that is about to end: from now on nothing more is. Takes `patience` milliseconds at most. Returns what is left. */
export function removeUnfinished(patience: number): readonly string[] {
  isEnding = true;
  const end = performance.now() + patience;
  const all = [...notes].filter(([, { kind }]) => kind !== 'kept');
  // Files first, as they make a folder an answer; folders last, the deepest first.
  const files = all.filter(([, { kind }]) => kind === 'file');
  const trees = all.filter(([, { kind }]) => kind === 'tree');
  const folders = all.filter(([, { kind }]) => kind === 'folder');
  for (const [made] of files) quietly(() => unlinkSync(made));
  for (const [made] of trees) quietly(() => removeTree(made, end));
  for (const [made] of folders.toSorted(([a], [b]) => b.length - a.length)) quietly(() => rmdirSync(made));
  return [...files, ...trees].map(([made]) => made).filter(isThere);
}

/** Whether anything is there that `removeUnfinished` would remove; a folder is, too, where somebody else put something into it. */
export function isUnfinishedThere(): boolean {
  return [...notes].some(([made, { kind }]) => kind !== 'kept' && isThere(made));
}

function removeTree(top: string, end: number): void {
  if (performance.now() > end) return;
  if (!lstatSync(top).isDirectory()) {
    unlinkSync(top);
    return;
  }
  for (const name of readdirSync(top)) quietly(() => removeTree(path.join(top, name), end));
  rmdirSync(top);
}

/** What cannot be removed stays, and must not keep the rest from being removed. */
function quietly(remove: () => void): void {
  try {
    remove();
  } catch {
    // It is gone already, or nobody may remove it: `isThere` says which.
  }
}

function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
