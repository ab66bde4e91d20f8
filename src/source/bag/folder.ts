/** The folder of an evidence bag on the disk: written file by file, and read without ever following a link. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { outputError } from '../../copy/writer.ts';
import { openForReading } from '../folder/read-file.ts';

/** One file of a bag: its path below the bag's folder with `/` on every system; `other` is a link or a special file. */
export interface BagFile {
  readonly path: string;
  readonly kind: 'file' | 'other';
}

/** A bag's files. Paths are those that `list` gave, or new ones made of safe names. */
export interface BagFolder {
  /** Every file in it, in no particular order. Throws TARGET_NOT_FOUND. */
  list(): Promise<readonly BagFile[]>;
  /** The content of a file; undefined where it is none of at most `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** SHA-256 and length of a file, read piece by piece; undefined where it is none. */
  hash(path: string): Promise<{ readonly sha256: string; readonly size: number } | undefined>;
  /** The content of a file in pieces. */
  pieces(path: string): AsyncIterable<Uint8Array>;
  /** Writes a new file and the folders above it. Throws OUTPUT_NOT_USABLE, also where it is there already, and OUTPUT_NOT_WRITTEN. */
  write(path: string, content: Uint8Array | string): Promise<void>;
  /** Removes files and folders that were written, by name; what is not there is no matter. */
  remove(names: readonly string[]): Promise<void>;
}

const PIECE = 1 << 20;
/** A path has at most 4,096 bytes on any system in use. */
const MAX_DEPTH = 2048;
/** Folders known to be there; forgotten all at once when full. */
const MAX_REMEMBERED = 20_000;

/** The folder at `root` as a bag, there already or not. */
export function bagFolder(root: string): BagFolder {
  const made = new Map<string, Promise<unknown>>();
  const makeFolder = (folder: string): Promise<unknown> => {
    const known = made.get(folder);
    if (known !== undefined) return known;
    if (made.size >= MAX_REMEMBERED) made.clear();
    const making = mkdir(folder, { recursive: true });
    made.set(folder, making);
    return making;
  };
  return {
    list: async () => {
      const files: BagFile[] = [];
      try {
        await listInto(files, root, '', 0);
      } catch (cause) {
        const hint = 'give the folder of an evidence bag, unpacked';
        throw new TrailVerifyError('TARGET_NOT_FOUND', `folder ${root} cannot be read`, { hint, cause });
      }
      return files;
    },
    read: (path, maxBytes) => readWhole(join(root, path), maxBytes),
    hash: (path) => hashFile(join(root, path)),
    pieces: (path) => piecesOf(join(root, path)),
    write: async (path, content) => {
      const target = join(root, path);
      try {
        await makeFolder(dirname(target));
        await writeNew(target, content);
      } catch (error) {
        throw outputError(root, error, 'free some space or give another folder with --output, and run again');
      }
    },
    remove: async (names) => {
      for (const name of names) await rm(join(root, name), { recursive: true, force: true });
      made.clear();
    },
  };
}

/** Writes a new file; of one that could not be written whole nothing is left. */
async function writeNew(target: string, content: Uint8Array | string): Promise<void> {
  const file = await open(target, 'wx');
  try {
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function listInto(files: BagFile[], root: string, folder: string, depth: number): Promise<void> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && depth < MAX_DEPTH) await listInto(files, root, path, depth + 1);
    else files.push({ path, kind: entry.isFile() ? 'file' : 'other' });
  }
}

async function readWhole(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await openForReading(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const status = await file.stat();
    return status.isFile() && status.size <= maxBytes ? await file.readFile() : undefined;
  } finally {
    await file.close();
  }
}

async function hashFile(path: string): Promise<{ sha256: string; size: number } | undefined> {
  // Most files are small: read at once they cost half the time.
  const whole = await readWhole(path, PIECE);
  if (whole !== undefined)
    return { sha256: createHash('sha256').update(whole).digest('hex'), size: whole.length };
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of piecesOf(path)) {
      hash.update(piece);
      size += piece.length;
    }
  } catch {
    return undefined;
  }
  return { sha256: hash.digest('hex'), size };
}

/** The file in pieces that are the reader's own. Throws the file system's error, and where it is no file. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await openForReading(path);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error(`${path} is not a file`);
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(PIECE, status.size)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
