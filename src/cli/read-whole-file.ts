import { open } from 'node:fs/promises';
import { TrailVerifyError } from '../index.ts';

const HINT = 'check its name and your permission to read it';

/** The content of a file of at most `most` bytes; `what` is what errors call it, before its name. Throws TARGET_NOT_FOUND. */
export async function readWholeFile(
  file: string,
  most: number,
  what: string,
  hint: string = HINT,
): Promise<Uint8Array> {
  try {
    return await readUpTo(file, most);
  } catch (cause) {
    throw unreadable(file, what, hint, cause);
  }
}

/** The same, and undefined where there is no such file. Throws TARGET_NOT_FOUND. */
export async function readFileIfThere(
  file: string,
  most: number,
  hint: string = HINT,
): Promise<Uint8Array | undefined> {
  try {
    return await readUpTo(file, most);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(file, 'file', hint, cause);
  }
}

async function readUpTo(file: string, most: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new Error('it is no file');
    if (status.size > most) throw new Error(`it is larger than ${most} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, what: string, hint: string, cause: unknown): TrailVerifyError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TrailVerifyError('TARGET_NOT_FOUND', `${what} ${file} cannot be read: ${why}`, { hint, cause });
}
