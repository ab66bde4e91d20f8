/** Reads objects of a folder copy for a thread that may wait for the disk: it says where their files lie. */
import type { FolderAccess, ObjectReader, TakeFound } from '../access.ts';
import { type CopyRoot, liesInside, rootAt } from './lookup.ts';
import { plainPath } from './read.ts';

/**
 * A reader of a copy, with the checks of its source: an object that stands under its own name, in a folder that is really
 * inside the copy. Whoever opens the file follows no link in its last place.
 */
export function folderReader(access: FolderAccess): ObjectReader {
  const root = rootAt(access.root);
  const buckets = new Map(access.buckets);
  return {
    // A copy has nothing to renew.
    renew: () => {},
    read: (bucket, keys, take) => {
      const base = buckets.get(bucket);
      for (const [at, key] of keys.entries()) {
        if (base === undefined) take(at, undefined);
        else tell(root, base, key, at, take);
      }
    },
    release: () => {},
    // Nothing waits here.
    stop: () => {},
    close: async () => {},
  };
}

function tell(root: CopyRoot, base: string, key: string, at: number, take: TakeFound): void {
  const path = plainPath(base, key);
  const inside = path === undefined ? false : liesInside(root, path);
  const answer = (isInside: boolean): void =>
    take(at, isInside && path !== undefined ? { file: { path, key } } : undefined);
  if (typeof inside === 'boolean') answer(inside);
  else inside.then(answer, () => answer(false));
}
