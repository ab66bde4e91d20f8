/**
 * A folder that one process alone writes an answer into. All of it is made in a folder within, whose making is the claim, and moved up
 * when it is whole: two processes never mix their files, and one that is killed leaves nothing that looks like an answer.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../base/errors.ts';
import { noteUnfinished, requireGoingOn, settle } from './unfinished.ts';

/** The name of the folder whose making is the claim. The answer is made in one of a new name in it, which no other process writes into. */
export const PARTIAL_FOLDER = '.partial';
/** The names of those. */
export const OWN: RegExp = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The path that something in a claimed folder has when it is whole. */
export function inPlace(file: string): string {
  const names = file.split(path.sep);
  return names
    .filter((name, at) => name !== PARTIAL_FOLDER && (names[at - 1] !== PARTIAL_FOLDER || !OWN.test(name)))
    .join(path.sep);
}

/** A folder that is this process's until `publish` or `release`. */
export interface ClaimedFolder {
  /** Where everything is written meanwhile. */
  readonly path: string;
  /**
   * Moves everything up, and gives the claim back: at once, so that no signal comes between. Nothing that is there is replaced but the
   * files in `replaced`. Throws the error of the file system, EEXIST among them; everything is where it was then.
   */
  publish(replaced?: readonly string[]): void;
  /** Removes everything that was written, and gives the claim back. */
  release(): Promise<void>;
}

/** Claims a folder that is there. Throws the error of the file system, EEXIST where another process has it, or had when it was killed. */
export function claimFolder(folder: string): ClaimedFolder {
  const place = path.resolve(folder);
  const claim = path.join(place, PARTIAL_FOLDER);
  const own = path.join(claim, randomUUID());
  mkdirSync(claim);
  noteUnfinished(claim, 'folder');
  mkdirSync(own);
  noteUnfinished(own, 'tree', claim);
  return {
    path: own,
    publish: (replaced = []) => {
      requireGoingOn();
      moveUp(own, place, new Set(replaced));
      try {
        rmdirSync(claim);
      } catch {
        // Somebody else's files are in it: theirs to keep.
      }
      settle(claim);
    },
    release: async () => {
      await rm(own, { recursive: true, force: true });
      // Where it is another process's by now, that has its own folder in it.
      await rmdir(claim).catch(() => undefined);
      settle(claim);
    },
  };
}

/** A signature is moved before what it signs, and a manifest before the file that makes a folder a bag: names from last to first. */
function moveUp(from: string, to: string, replaced: ReadonlySet<string>): void {
  const moves = movesOf(from, to, readdirSync(from).toSorted().toReversed(), replaced);
  const done: (readonly [from: string, to: string])[] = [];
  try {
    for (const [made, place] of moves) {
      renameSync(made, place);
      done.push([made, place]);
    }
    removeEmpty(from);
  } catch (error) {
    for (const [made, place] of done.toReversed()) renameSync(place, made);
    throw error;
  }
}

type Move = readonly [from: string, to: string];

/** A folder that is there already takes what is new in it. */
function movesOf(
  from: string,
  to: string,
  names: readonly string[],
  replaced: ReadonlySet<string>,
): readonly Move[] {
  return names.flatMap((name) => {
    const move: Move = [path.join(from, name), path.join(to, name)];
    const there = lstatSync(move[1], { throwIfNoEntry: false });
    if (there === undefined || replaced.has(name)) return [move];
    if (there.isDirectory() && lstatSync(move[0]).isDirectory())
      return movesOf(...move, readdirSync(move[0]), new Set());
    throw Object.assign(new Error(`${name} is there already`), { code: 'EEXIST' });
  });
}

/** Removes a folder of empty folders. */
function removeEmpty(folder: string): void {
  for (const name of readdirSync(folder)) removeEmpty(path.join(folder, name));
  rmdirSync(folder);
}

/**
 * Makes a folder below `root`, which must be there: one that is gone is not made again, because another process has its place by then.
 * Rejects with the error of the file system.
 */
export async function makeFolderBelow(root: string, folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    const isBelow = path.resolve(folder, '..').startsWith(path.resolve(root) + path.sep);
    if (errorCode(error) !== 'ENOENT' || !isBelow) throw error;
    await makeFolderBelow(root, path.dirname(folder));
    await makeFolderBelow(root, folder);
  }
}
