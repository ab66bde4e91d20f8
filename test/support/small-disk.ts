/** A disk of a megabyte that can be filled: a file system in memory, which only root may mount. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const SIZE = 1 << 20;

/** Why no such disk can be had here; undefined where it can. */
export function smallDiskRefusal(): string | undefined {
  if (process.platform !== 'linux') return 'a small disk is mounted on Linux only';
  // A space of its own for mounts, which ends with the process: nothing is left mounted.
  const { status, error, stderr } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
  return status === 0
    ? undefined
    : `a small disk cannot be mounted: ${error?.message ?? String(stderr).trim()}`;
}

/** A disk at `path`, unmounted when the current test ends. */
export interface SmallDisk {
  readonly path: string;
  /** Bytes of one page, in which room is given out. */
  readonly page: number;
  /** Leaves room for so many pages and no more. */
  leave(pages: number): void;
}

/** Mounts an empty disk; `inodes` bounds how many files and folders it holds, itself counted. */
export function smallDisk(inodes = 10_000): SmallDisk {
  const folder = path.join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},nr_inodes=${inodes}`, 'tmpfs', folder]);
  onTestFinished(() => {
    // Lazily: a process that a failed test left behind would keep it.
    execFileSync('umount', ['--lazy', folder]);
  });
  const page = statfsSync(folder).bsize;
  return {
    path: folder,
    page,
    leave: (pages) => {
      const filler = path.join(folder, 'filler');
      rmSync(filler, { force: true });
      const free = statfsSync(folder).bavail - pages;
      const file = openSync(filler, 'wx');
      if (free > 0) writeSync(file, Buffer.alloc(free * page));
      closeSync(file);
    },
  };
}
