/**
 * A folder that one process alone writes an answer into. All of it is made in a folder within, whose making is the claim, and moved up
 * when it is whole: two processes never mix their files, and one that is killed leaves nothing that looks like an answer.
 */
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../base/errors.ts';
import { noteUnfinished, requireGoingOn, settle } from './unfinished.ts';

/** The name of the folder in which an answer is made. */
export const PARTIAL_FOLDER = '.partial';

/** The path that something in a claimed folder has when it is whole. */
export function inPlace(file: string): string {
  return file
    .split(path.sep)
    .filter((name) => name !== PARTIAL_FOLDER)
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
  const own = path.join(path.resolve(folder), PARTIAL_FOLDER);
  mkdirSync(own);
  noteUnfinished(own, 'tree');
  const { ino, dev } = lstatSync(own);
  return {
    path: own,
    publish: (replaced = []) => {
      requireGoingOn();
      const now = lstatSync(own);
      if (now.ino !== ino || now.dev !== dev) throw new Error('another process has replaced it');
      moveUp(own, path.dirname(own), new Set(replaced));
      settle(own);
    },
    release: async () => {
      await rm(own, { recursive: true, force: true });
      settle(own);
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
