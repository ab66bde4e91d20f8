import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ReadPace } from './read-pace.ts';

/** Never follows a link in the last place, and never waits for the other end of a named pipe. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Larger files are worth another thread's while. */
const MOST_AT_ONCE = 256 * 1024;

/** A file that was read at once; `mtimeMs` in milliseconds since the epoch. */
export interface ReadFile {
  readonly bytes: Buffer;
  readonly mtimeMs: number;
}

/**
 * A small regular file as it is, read in this thread; undefined where it is none, where it cannot be read, and where
 * `pace` says that reads are slow. Whoever gets undefined asks the usual way, which tells the reasons.
 */
export function readNow(path: string, pace: ReadPace): ReadFile | undefined {
  if (!pace.isQuick) return undefined;
  const began = performance.now();
  let file: number | undefined;
  try {
    file = openSync(path, FLAGS);
    const status = fstatSync(file);
    if (!status.isFile() || status.size > MOST_AT_ONCE) return undefined;
    const bytes = Buffer.allocUnsafeSlow(status.size);
    for (let filled = 0; filled < status.size; ) {
      const read = readSync(file, bytes, filled, status.size - filled, filled);
      if (read === 0) return undefined;
      filled += read;
    }
    return { bytes, mtimeMs: status.mtimeMs };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
    pace.took((performance.now() - began) * 1000);
  }
}
