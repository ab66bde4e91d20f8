import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../base/errors.ts';

/** Folders above the wanted one that are made at most; no path of a system is as deep. */
const MOST_MADE = 1024;

/**
 * Makes a folder and those above it, and returns the topmost it made; undefined where all were there. One step at a time,
 * because Node's own recursive mkdir never returns where a file system refuses with ENOENT, as /proc does. `mode` is that
 * of new folders, less the umask. Rejects with the error of the file system.
 */
export async function makeFolder(folder: string, mode: number = 0o777): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = path.resolve(folder); missing.length < MOST_MADE; at = path.dirname(at)) {
    try {
      await mkdir(at, mode);
      missing.push(at);
      break;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') break;
      if (errorCode(error) !== 'ENOENT' || path.dirname(at) === at) throw error;
      missing.push(at);
    }
  }
  const topmost = missing.at(-1);
  for (const one of missing.toReversed())
    await mkdir(one, mode).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  return topmost;
}
