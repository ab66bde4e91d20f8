import { link, open, rm } from 'node:fs/promises';
import { TrailVerifyError } from '../index.ts';

/** Text is handed to the file in portions of this many characters. */
const PORTION = 1 << 20;

/** Writes a file that must not exist yet, whole or not at all. Throws OUTPUT_NOT_USABLE. */
export async function writeNewFile(file: string, pieces: Iterable<string>): Promise<void> {
  const partial = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(partial, 'wx');
    try {
      let portion = '';
      for (const piece of pieces) {
        portion += piece;
        if (portion.length < PORTION) continue;
        await handle.writeFile(portion);
        portion = '';
      }
      await handle.writeFile(portion);
    } finally {
      await handle.close();
    }
    // A link, unlike a rename, never replaces what is there.
    await link(partial, file);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = exists
      ? 'exists already'
      : `cannot be written: ${error instanceof Error ? error.message : error}`;
    throw new TrailVerifyError('OUTPUT_NOT_USABLE', `file ${file} ${why}`, {
      hint: 'give the name of a new file with --output',
      cause: error,
    });
  } finally {
    await rm(partial, { force: true });
  }
}
