import { open } from 'node:fs/promises';

/** Text is handed to the file in portions of this many characters. */
const PORTION = 1 << 20;

/** What a file is written from: texts or bytes, one after the other. */
export type Pieces = Iterable<string | Uint8Array>;

/**
 * Writes a file that is not there yet, and to the disk before it returns. `mode` is that of a new file, less the umask.
 * Rejects with the error of the file system.
 */
export async function writePieces(file: string, pieces: Pieces, mode: number = 0o666): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    let portion = '';
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        portion += piece;
        if (portion.length < PORTION) continue;
      }
      await handle.writeFile(portion);
      portion = '';
      if (typeof piece !== 'string') await handle.writeFile(piece);
    }
    await handle.writeFile(portion);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
