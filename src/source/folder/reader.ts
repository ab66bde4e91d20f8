import { lstatSync } from 'node:fs';
import { ByteRoom } from '../../base/flow.ts';
import type { FolderAccess, FoundObject, ObjectFile, ObjectReader } from '../access.ts';
import { type CopyRoot, liesInside, rootAt } from './lookup.ts';
import { type ReadPace, readStoredFile } from './object-file.ts';
import { plainPath } from './read.ts';

/** Reads objects of a folder copy for a thread that may wait for the disk: it returns the paths of their files. */

/**
 * A reader of a copy, with the checks of its source: the object has its own name, in a folder that is really inside the copy.
 * The thread that opens the file follows no link in its last place. Objects with a description are read here, within the bounds
 * of `whole`.
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

/** Reads files of a copy whole, for a caller that keeps their bytes: as many at once as there is room for. */

/** Bytes of one file at most, and of all that were read and not let go; `pace` where the thread has other work. */
interface WholeFileBounds {
  readonly maxBytes: number;
  readonly bytes: number;
  readonly pace?: ReadPace | undefined;
}

/** Called with the found object; undefined where anything is not as expected, or files come slowly. */
type Take = (found: FoundObject | undefined) => void;

/** Files that are held until they are released. */
export class WholeFiles {
  readonly #bounds: WholeFileBounds;
  readonly #room: ByteRoom;
  /** Those that wait for room. */
  readonly #waiting = new Set<Take>();

  constructor(bounds: WholeFileBounds) {
    this.#bounds = bounds;
    this.#room = new ByteRoom(bounds.bytes);
  }

  /** Reads one file, at once or when there is room. `release` is owed for the bytes that were found. */
  read(file: ObjectFile, take: Take): void {
    const { maxBytes, pace } = this.#bounds;
    const size = pace?.isQuick === false ? undefined : sizeOf(file);
    if (size === undefined || size > maxBytes) {
      take(undefined);
      return;
    }
    const enter = (): void => {
      // It may have been given up while it waited.
      if (this.#waiting.delete(take)) this.#readNow(file, size, take);
      else this.release(size);
    };
    this.#waiting.add(take);
    if (this.#room.take(size, enter)) enter();
  }

  /** So many bytes are not held any more. */
  release(bytes: number): void {
    this.#room.release(bytes);
  }

  /** Gives up what waits. */
  stop(): void {
    const left = [...this.#waiting];
    this.#waiting.clear();
    for (const take of left) take(undefined);
  }

  #readNow(file: ObjectFile, size: number, take: Take): void {
    const { maxBytes, pace } = this.#bounds;
    const began = performance.now();
    const stored = readStoredFile(file, maxBytes);
    pace?.took((performance.now() - began) * 1000);
    if (stored?.bytes.length !== size) {
      // Gone, or another by now.
      this.release(size);
      take(undefined);
      return;
    }
    const { bytes, ...description } = stored;
    const { versionId } = description;
    take({ file: bytes, versionId, description });
  }
}

function sizeOf({ path }: ObjectFile): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    return undefined;
  }
}
