import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file in place of whatever has its name, whole or not at all, and to the disk before it has it. What is written before
 * that has a name that nobody can know and plant a link at; a link at the name itself is replaced, not followed. `mode` is less the
 * umask. Rejects with the file system's error, and leaves nothing behind.
 */
export async function replaceFile(
  file: string,
  content: Uint8Array | string,
  mode: number = 0o666,
): Promise<void> {
  const partial = path.join(path.dirname(file), `.${randomUUID()}.tmp`);
  try {
    // Exclusive: what is there already, a link too, is an error.
    const handle = await open(partial, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
