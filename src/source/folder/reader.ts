/** Reads objects of a folder copy for a thread that may wait for the disk: it says where their files lie. */
import type { FolderAccess, FoundObject, ObjectFile, ObjectReader, TakeFound } from '../access.ts';
import { type CopyRoot, liesInside, rootAt } from './lookup.ts';
import { readStoredFile } from './object-file.ts';
import { plainPath } from './read.ts';
import type { ReadPace } from './read-pace.ts';

/** Of files that are read here: bytes of each at most, and how quickly they come, where that matters. */
interface FolderBounds {
  readonly maxBytes: number;
  readonly pace?: ReadPace;
}

/**
 * A reader of a copy, with the checks of its source: an object that stands under its own name, in a folder that is really
 * inside the copy. Whoever opens the file follows no link in its last place. What is to be described is read here, if it has no more
 * than `maxBytes`, and by `pace` files come quickly.
 */
export function folderReader(access: FolderAccess, bounds: FolderBounds): ObjectReader {
  const root = rootAt(access.root);
  const buckets = new Map(access.buckets);
  return {
    // A copy has nothing to renew.
    renew: () => {},
    read: (bucket, keys, take, { described = false } = {}) => {
      const base = buckets.get(bucket);
      const find = described
        ? (file: ObjectFile) => readWhole(file, bounds)
        : (file: ObjectFile) => ({ file });
      for (const [at, key] of keys.entries()) {
        if (base === undefined) take(at, undefined);
        else tell(root, base, key, at, take, find);
      }
    },
    release: () => {},
    // Nothing waits here.
    stop: () => {},
    close: async () => {},
  };
}

function tell(
  root: CopyRoot,
  base: string,
  key: string,
  at: number,
  take: TakeFound,
  find: (file: ObjectFile) => FoundObject | undefined,
): void {
  const path = plainPath(base, key);
  const inside = path === undefined ? false : liesInside(root, path);
  const answer = (isInside: boolean): void =>
    take(at, isInside && path !== undefined ? find({ path, key }) : undefined);
  if (typeof inside === 'boolean') answer(inside);
  else inside.then(answer, () => answer(false));
}

/** What a file holds, in memory of its own. */
function readWhole(file: ObjectFile, { maxBytes, pace }: FolderBounds): FoundObject | undefined {
  if (pace?.isQuick === false) return undefined;
  const began = performance.now();
  const stored = readStoredFile(file, maxBytes);
  pace?.took((performance.now() - began) * 1000);
  if (stored === undefined) return undefined;
  const { bytes, ...description } = stored;
  const { versionId } = description;
  return { file: bytes, ...(versionId === undefined ? {} : { versionId }), description };
}
