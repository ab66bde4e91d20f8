import { sha256 } from '../crypto/sha256.ts';
import type { BagFolderReader } from './problem.ts';

/** Files up to this size are kept between being hashed and being read: digests and signatures are a few kilobytes. */
const MOST_KEPT_BYTES = 64 * 1024;
/** What is kept in all; beyond it files are read twice. */
const MOST_KEPT_IN_ALL = 128 * 1024 * 1024;

/** The same folder, which keeps small files of `data/digests` from their hash to their reading: what was hashed is then what is read. */
export function rereadFolder(folder: BagFolderReader): BagFolderReader {
  const kept = new Map<string, Uint8Array>();
  let bytesKept = 0;
  return {
    list: () => folder.list(),
    pieces: (path) => folder.pieces(path),
    hash: async (path) => {
      if (!path.startsWith('data/digests/')) return folder.hash(path);
      const bytes = await folder.read(path, MOST_KEPT_BYTES);
      if (bytes === undefined) return folder.hash(path);
      if (bytesKept + bytes.length <= MOST_KEPT_IN_ALL && !kept.has(path)) {
        kept.set(path, bytes);
        bytesKept += bytes.length;
      }
      return { sha256: sha256(bytes), size: bytes.length };
    },
    read: async (path, maxBytes) => {
      const bytes = kept.get(path);
      if (bytes === undefined || bytes.length > maxBytes) return folder.read(path, maxBytes);
      kept.delete(path);
      bytesKept -= bytes.length;
      return bytes;
    },
  };
}
