import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '../base/errors.ts';

/** Folders above the wanted one that are made at most; no path of a system is as deep. */
const MOST_MADE = 1024;

/**
 * Makes a folder and those above it, and returns the topmost it made; undefined where all were there. One step at a time,
 * because Node's own recursive mkdir never returns where a file system refuses with ENOENT, as /proc does. `mode` is that
 * of new folders, less the umask. Rejects with the error of the file system. No signal comes between the making and the return.
 */
export async function makeFolder(folder: string, mode: number = 0o777): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = path.resolve(folder); missing.length < MOST_MADE; at = path.dirname(at)) {
    try {
      mkdirSync(at, mode);
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
    try {
      mkdirSync(one, mode);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  return topmost;
}
