import { open } from 'node:fs/promises';
import { TrailVerifyError } from '../index.ts';

/** The content of a file of at most `most` bytes; `what` is what errors call it, before its name. Throws TARGET_NOT_FOUND. */
export async function readWholeFile(file: string, most: number, what: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r');
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw new Error('it is no file');
      if (status.size > most) throw new Error(`it is larger than ${most} bytes`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrailVerifyError('TARGET_NOT_FOUND', `${what} ${file} cannot be read: ${why}`, {
      hint: 'check its name and your permission to read it',
      cause,
    });
  }
}
