import { constants } from 'node:fs';
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
