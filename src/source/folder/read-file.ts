import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Never follows a link in the last place, and never waits for the other end of a named pipe. */
export const READ_FLAGS: number = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a file for reading; rejects with the file system's error, ELOOP for a symbolic link. */
export function openForReading(path: string): Promise<FileHandle> {
  return open(path, READ_FLAGS);
}

/** The whole content of a regular file of at most `maxBytes`; undefined for anything else and where it cannot be read. */
export async function readSmallFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    const file = await openForReading(path);
    try {
      const status = await file.stat();
      return status.isFile() && status.size <= maxBytes ? await file.readFile() : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Never follows a link in the last place, and never waits for the other end of a named pipe. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Larger files are worth another thread's while. */
const MOST_AT_ONCE = 256 * 1024;

/** A file that was read at once; `mtimeMs` in milliseconds since the epoch. */
interface ReadFile {
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

/** Reads that take longer than this on average are worth handing to other threads, several at once. */
const SLOW = 1_000;
/** One late answer, as when this process had to wait for a processor, says little of the next ones. */
const MOST_COUNTED = 4_000;
/** How much one read counts beside those before it. */
const SHARE = 1 / 16;
/** While reads are slow, every so many-th is made at once to see whether that has changed. */
const TRY_AGAIN = 64;

/**
 * Whether files are best read at once, in the thread that asks. From the page cache a small file comes in a few
 * microseconds, a tenth of what asking Node's thread pool takes; from a cold disk or over a network it would keep all
 * else waiting.
 */
export class ReadPace {
  #average = 0;
  #turn = 0;

  /** Whether the next read should be made at once. */
  get isQuick(): boolean {
    if (this.#average < SLOW) return true;
    this.#turn = (this.#turn + 1) % TRY_AGAIN;
    return this.#turn === 0;
  }

  /** Takes note of how long a read that was made at once took, in microseconds. */
  took(microseconds: number): void {
    this.#average += (Math.min(microseconds, MOST_COUNTED) - this.#average) * SHARE;
  }
}
