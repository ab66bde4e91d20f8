import { randomUUID } from 'node:crypto';
import { link, rm } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { isDiskFull } from '../../copy/disk-full.ts';
import { type Pieces, writePieces } from './write-pieces.ts';

/** Who may read a file that is written: its owner alone, or whom the umask allows. */
export type Readers = 'owner' | 'everyone';

/**
 * Writes a file that must not exist yet, whole or not at all, and to the disk before it has its name. Throws
 * OUTPUT_NOT_USABLE, or OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function writeNewFile(
  file: string,
  pieces: Pieces,
  readers: Readers = 'everyone',
): Promise<void> {
  const partial = path.join(path.dirname(file), `.${randomUUID()}.tmp`);
  try {
    await writePieces(partial, pieces, readers === 'owner' ? 0o600 : 0o666);
    // A link, unlike a rename, never replaces what is there.
    await link(partial, file);
  } catch (cause) {
    throw notWritten(file, cause);
  } finally {
    await removeQuietly(partial);
  }
}

/** Removes what is half made. What cannot be removed was never made, or says so by the error that is on its way already. */
export async function removeQuietly(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => undefined);
}

function notWritten(file: string, cause: unknown): TrailVerifyError {
  const system = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (system === 'EEXIST') {
    const hint = 'give another name with --output, or remove it';
    return new TrailVerifyError('OUTPUT_NOT_USABLE', `file ${file} exists already`, { hint, cause });
  }
  const noFolder = system === 'ENOENT' || system === 'ENOTDIR';
  const why = noFolder
    ? `lies in no folder: ${path.dirname(file)}`
    : `cannot be written: ${cause instanceof Error ? cause.message : cause}`;
  const hint = `${isDiskFull(cause) ? 'free some space, or give' : 'give'} another place with --output`;
  const code = isDiskFull(cause) ? 'OUTPUT_NOT_WRITTEN' : 'OUTPUT_NOT_USABLE';
  return new TrailVerifyError(code, `file ${file} ${why}`, { hint, cause });
}
