/** Reads objects of a folder copy for a thread that may wait for the disk: it says where their files lie. */
import type { FolderAccess, ObjectFile, ObjectReader } from '../access.ts';
import { type CopyRoot, liesInside, rootAt } from './lookup.ts';
import { plainPath } from './read.ts';
import type { WholeFiles } from './whole-files.ts';

/**
 * A reader of a copy, with the checks of its source: an object that stands under its own name, in a folder that is really
 * inside the copy. Whoever opens the file follows no link in its last place. What is to be described is read here, by the bounds of
 * `whole`.
 */
export function folderReader(access: FolderAccess, whole?: WholeFiles): ObjectReader {
  const root = rootAt(access.root);
  const buckets = new Map(access.buckets);
  return {
    // A copy has nothing to renew.
    renew: () => {},
    read: (bucket, keys, take, { described = false } = {}) => {
      const base = buckets.get(bucket);
      for (const [at, key] of keys.entries()) {
        const found = (file: ObjectFile | undefined): void => {
          if (file === undefined) take(at, undefined);
          else if (!described) take(at, { file });
          else if (whole === undefined) take(at, undefined);
          else whole.read(file, (object) => take(at, object));
        };
        if (base === undefined) found(undefined);
        else find(root, base, key, found);
      }
    },
    release: (bytes) => whole?.release(bytes),
    stop: () => whole?.stop(),
    close: async () => {},
  };
}

function find(
  root: CopyRoot,
  base: string,
  key: string,
  found: (file: ObjectFile | undefined) => void,
): void {
  const path = plainPath(base, key);
  const inside = path === undefined ? false : liesInside(root, path);
  const answer = (isInside: boolean): void =>
    found(isInside && path !== undefined ? { path, key } : undefined);
  if (typeof inside === 'boolean') answer(inside);
  else inside.then(answer, () => answer(false));
}
