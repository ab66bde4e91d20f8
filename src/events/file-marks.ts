/**
 * Marks of files, by which it shows that nobody has written or replaced them meanwhile. The time of change (ctime) is the system's: who
 * puts content back, and its times, changes that.
 */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TrailVerifyError } from '../base/errors.ts';

/** The mark of each file, by its path in the folder. */
export type FileMarks = ReadonlyMap<string, string>;

/** The mark of a file or folder. */
export function markOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Milliseconds in which the time of a file may stay the same: the clock of Linux ticks 100 times a second at least. */
const STEP = 20;
/** The same where times are whole seconds, as on FAT. */
const COARSE_STEP = 2000;
/** Somebody who writes all the time is found by that, and not waited for. */
const ROUNDS = 3;

/**
 * What `look` finds of a file or folder, when the time of its last change is past: a second change within one step of that clock
 * would leave the mark as it is.
 */
export async function settledStatus(look: () => Promise<BigIntStats>): Promise<BigIntStats> {
  for (let round = 1; ; round += 1) {
    const status = await look();
    const step = status.ctimeNs % 1_000_000_000n === 0n ? COARSE_STEP : STEP;
    const age = Date.now() - Number(status.ctimeMs);
    // One of the future has another clock, which nobody can wait for.
    if (age < 0 || age > step || round === ROUNDS) return status;
    await wait(step + 1 - age);
  }
}

/**
 * What `settledStatus` finds of an open file, such that every later change shows. The system notes a change that comes through a mapping
 * of the file (mmap) with the first write to a page, and the next only when that page was written to the disk: so it is written, before
 * the mark is taken and behind it. A file system in memory (tmpfs) notes none of these.
 */
export async function flushedStatus(file: FileHandle): Promise<BigIntStats> {
  await flushed(file);
  const status = await settledStatus(() => file.stat({ bigint: true }));
  if (status.isFile()) await flushed(file);
  return status;
}

/** Nothing where it cannot be done: a file system that nobody may write to, or what is no file. */
async function flushed(file: FileHandle): Promise<void> {
  await file.sync().catch(() => undefined);
}

/** The error for a folder that is another, or for a file or folder in it that has another mark than before. */
export function changedWhileAsked(folder: string, name = ''): TrailVerifyError {
  return new TrailVerifyError(
    'EVIDENCE_INVALID',
    `${path.join(folder, name)} was changed while it was asked`,
    {
      hint: 'the answer is worth nothing: ask again when nobody writes to the folder',
    },
  );
}
