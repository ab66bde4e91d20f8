/**
 * Marks of files, by which it shows that nobody has written or replaced them meanwhile. The time of change (ctime) is the system's: who
 * puts content back, and its times, changes that.
 */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../base/errors.ts';
import { mapParallel } from '../base/flow.ts';

/** The mark of each file, by its path in the folder. */
export type FileMarks = ReadonlyMap<string, string>;

/** Files looked at once. */
const AT_ONCE = 16;

/** The mark of a file; one that cannot be looked at has none. */
export async function markOf(file: string): Promise<string> {
  const status = await lstat(file, { bigint: true }).catch(() => undefined);
  if (status === undefined) return '';
  const { dev, ino, size, mtimeNs, ctimeNs } = status;
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Throws EVIDENCE_INVALID where a file of the folder has another mark now. */
export async function requireUnchanged(folder: string, marks: FileMarks): Promise<void> {
  const changed = await mapParallel([...marks], AT_ONCE, async ([name, mark]) =>
    (await markOf(path.join(folder, name))) === mark ? [] : [name],
  );
  const [first] = changed.flat();
  if (first === undefined) return;
  throw new TrailVerifyError(
    'EVIDENCE_INVALID',
    `${path.join(folder, first)} was changed while it was asked`,
    {
      hint: 'the answer is worth nothing: ask again when nobody writes to the folder',
    },
  );
}
