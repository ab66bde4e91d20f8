import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../base/errors.ts';
import { renameOver } from './file-moves.ts';
import { readOwnFile } from './own-files.ts';
import { withUnfinished } from './unfinished.ts';

/**
 * Files that somebody names by hand, opened as if planted. A pipe that nobody writes to, a device without an end and a gigabyte
 * of nothing must fail at once. A link is followed, because a user may name one; the file that it leads to is checked.
 */

/** Never waits for the other end of a named pipe, and takes no terminal for the process's own. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const PIECE = 64 * 1024;
/** An open descriptor of this process, as a shell's `<(command)` names it. */
const DESCRIPTOR = /^\/(?:dev\/fd\/\d{1,6}|proc\/self\/fd\/\d{1,6}|dev\/stdin)$/;
/** A command that asks a vault needs a moment; one that says nothing for so long says nothing. */
const SECRET_DEADLINE_MS = 10_000;
const SECRET_PAUSE_MS = 20;

/** Opens a regular file. Rejects with an error whose message says why not, in words that go on after its name. */
export async function openGivenFile(file: string): Promise<FileHandle> {
  // Checked before it is opened, because opening some devices is an act; and again, because it may have been replaced.
  requireRegular(await statusOf(file));
  const handle = await open(file, FLAGS);
  try {
    requireRegular(await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The content of a regular file of at most `most` bytes. Rejects as `openGivenFile` does. */
export async function readGivenFile(file: string, most: number): Promise<Buffer> {
  const handle = await openGivenFile(file);
  try {
    return await readHandle(handle, most);
  } finally {
    await handle.close();
  }
}

/** The bytes of an open file, at most `most` of them. The size that the file reports is checked, and not believed. */
export async function readHandle(handle: FileHandle, most: number): Promise<Buffer> {
  const { size } = await handle.stat();
  if (size > most) throw tooLarge(most);
  const pieces: Buffer[] = [];
  let length = 0;
  for (;;) {
    // One byte more than the size shows the end with the next read.
    const piece = Buffer.allocUnsafe(Math.max(Math.min(PIECE, most + 1 - length), size + 1 - length));
    const { bytesRead } = await handle.read(piece, 0, piece.length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
    if (length > most) throw tooLarge(most);
    pieces.push(piece.subarray(0, bytesRead));
  }
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, length);
}

/**
 * The same for a secret, which may also come from a pipe that is open already (`<(command)`, /dev/stdin). So it need not be on
 * a disk. The pipe has some seconds at most.
 */
export async function readGivenSecret(file: string, most: number): Promise<Buffer> {
  if (!DESCRIPTOR.test(file) || !(await stat(file)).isFIFO()) return readGivenFile(file, most);
  const handle = await open(file, FLAGS);
  try {
    return await readPipe(handle, most);
  } finally {
    await handle.close();
  }
}

async function readPipe(handle: FileHandle, most: number): Promise<Buffer> {
  const end = performance.now() + SECRET_DEADLINE_MS;
  const pieces: Buffer[] = [];
  let length = 0;
  while (performance.now() < end) {
    const piece = Buffer.alloc(Math.min(PIECE, most + 1));
    const bytesRead = await handle.read(piece, 0, piece.length, null).then(
      (read) => read.bytesRead,
      (error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
        throw error;
      },
    );
    if (bytesRead === 0) return Buffer.concat(pieces, length);
    if (bytesRead === undefined) await wait(SECRET_PAUSE_MS);
    else {
      length += bytesRead;
      if (length > most) throw tooLarge(most);
      pieces.push(piece.subarray(0, bytesRead));
    }
  }
  throw new Error(`it does not end within ${SECRET_DEADLINE_MS / 1000} seconds`);
}

/** The status of a file; a link that leads nowhere is no file that is absent: its name is there. */
async function statusOf(file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (error) {
    const isThere = await lstat(file).then(
      () => true,
      () => false,
    );
    throw isThere ? new Error(`it is a link that leads to no file: ${messageOf(error)}`) : error;
  }
}

function requireRegular(status: Stats): void {
  if (!status.isFile()) throw new Error(`it is no file but ${kindOf(status)}`);
}

function kindOf(status: Stats): string {
  if (status.isDirectory()) return 'a folder';
  if (status.isFIFO()) return 'a named pipe';
  return status.isSocket() ? 'a socket' : 'a device';
}

function tooLarge(most: number): Error {
  return new Error(`it is larger than ${most} bytes`);
}

/**
 * Replaces the file of that name, or writes a new one: whole or not at all, and flushed to the disk before it gets the name.
 * Until then the content has a random name, so nobody can plant a link there. A link at the name itself is replaced, not
 * followed. `mode` is less the umask. Rejects with the file system's error, and leaves nothing behind.
 */
export async function replaceFile(
  file: string,
  content: Uint8Array | string,
  mode: number = 0o666,
): Promise<void> {
  await withUnfinished(file, async (partial) => {
    // Exclusive: an existing file is an error, and so is a link.
    const handle = await open(partial, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(partial, file);
  });
}

/** The bytes of `verify.sh`, as in this package and in every bag that it makes. */
export function readVerifyScript(): Promise<Uint8Array> {
  return readOwnFile('verify.sh');
}
