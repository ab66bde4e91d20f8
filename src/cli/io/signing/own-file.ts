/** Files of the user that are believed: nobody else may have written them, and none may keep the command waiting. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';

/** The user of this process; undefined on a system without numbers of users. */
export const OWN_USER: number | undefined = process.getuid?.();
/** Write permission of group and others. */
export const OTHERS_WRITE = 0o022;

const { O_NOFOLLOW, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

/** What a file or folder says of itself, as far as it decides whether it is believed. */
export interface OwnStatus {
  readonly uid: number;
  readonly mode: number;
  readonly nlink: number;
  isFile(): boolean;
}

/**
 * Opens a file with the flags of `open`: never through a link in the last place, and never waiting for the other end of a pipe. What is
 * looked at is the open file, not its path. Rejects with the file system's error, and with one that says why where it is not the user's alone.
 */
export async function openOwnFile(file: string, flags: number, mode: number): Promise<FileHandle> {
  // A system without the flag has nothing else to refuse links by.
  if (O_NOFOLLOW === undefined && (await isLink(file))) throw new Error('it is a link');
  const handle = await open(file, flags | (O_NOFOLLOW ?? 0) | O_NONBLOCK | O_NOCTTY, mode);
  try {
    const why = whyNotOwn(await handle.stat(), OWN_USER);
    if (why !== undefined) throw new Error(why);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Why an open file is not the user's alone; undefined where it is. */
export function whyNotOwn(status: OwnStatus, user: number | undefined): string | undefined {
  if (!status.isFile()) return 'it is no file';
  if (user === undefined) return undefined;
  if (status.uid !== user) return 'it is a file of another user';
  if ((status.mode & OTHERS_WRITE) !== 0) return 'it can be written by others';
  // Another name of it may be where others can write.
  return status.nlink > 1 ? 'it has another name elsewhere (a hard link)' : undefined;
}

async function isLink(file: string): Promise<boolean> {
  const status = await lstat(file).catch(() => undefined);
  return status?.isSymbolicLink() === true;
}
