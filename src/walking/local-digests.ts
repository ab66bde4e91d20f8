/** Digests of a copy, read on a thread that may wait for the disk. */
import type { DigestReader } from '../chain/digest-reader.ts';
import { MAX_DIGEST_FILE, type OpenedDigest, readStored } from '../chain/read-digest.ts';
import type { FolderAccess } from '../source/access.ts';
import { folderReader } from '../source/folder-reader.ts';
import { readBuffer, readStoredFile } from '../source/object-file.ts';
import { ReadPace } from '../source/read-pace.ts';
import type { ObjectFile, ObjectRef } from '../source/source.ts';

/**
 * Reads what plainly lies in a file of the copy, with the checks of its source. While files come slowly it reads hardly any: whoever
 * asked has several of them read at once.
 */
export function localDigests(access: FolderAccess): DigestReader {
  const files = folderReader(access);
  const buffers = { object: readBuffer(), sidecar: readBuffer() };
  const pace = new ReadPace();
  return {
    read: (ref) => {
      if (!pace.isQuick) return undefined;
      try {
        let file: ObjectFile | undefined;
        // Told at once but where a folder is not known to lie inside and is slow to be looked at.
        files.read(ref.bucket, [ref.key], (_, found) => {
          if (found !== undefined && !(found.file instanceof Uint8Array)) file = found.file;
        });
        return file === undefined ? undefined : readFile(ref, file);
      } catch {
        // What this machine lacks is told by the thread that asked, if it lacks it too.
        return undefined;
      }
    },
  };

  function readFile(ref: ObjectRef, file: ObjectFile): OpenedDigest | undefined {
    const began = performance.now();
    const stored = readStoredFile(file, MAX_DIGEST_FILE, buffers);
    pace.took((performance.now() - began) * 1000);
    return stored === undefined ? undefined : readStored(ref, stored);
  }
}
