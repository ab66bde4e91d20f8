import { TrailVerifyError } from '../../base/errors.ts';
import { readGivenFile } from '../../source/given-file.ts';

const HINT = 'check its name and your permission to read it';

/** The content of a file of at most `most` bytes; `what` is what errors call it, before its name. Throws TARGET_NOT_FOUND. */
export async function readWholeFile(
  file: string,
  most: number,
  what: string,
  hint: string = HINT,
): Promise<Uint8Array> {
  try {
    return await readGivenFile(file, most);
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
    return await readGivenFile(file, most);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(file, 'file', hint, cause);
  }
}

function unreadable(file: string, what: string, hint: string, cause: unknown): TrailVerifyError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TrailVerifyError('TARGET_NOT_FOUND', `${what} ${file} cannot be read: ${why}`, { hint, cause });
}
