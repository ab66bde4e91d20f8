import { distrustKeys } from '../../crypto/key-rings.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { readKeyFiles } from './key-files.ts';

/**
 * The keys of every file, in order; those of a file that is a part of what is verified prove nothing: whoever wrote the rest
 * of it can have written them too. Throws KEY_FILE_INVALID as `readKeyFiles` does.
 */
export async function readTrustedKeys(
  files: readonly string[],
  isPart: (file: string) => Promise<boolean>,
  onFile?: (name: string, bytes: Uint8Array) => void,
): Promise<readonly PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const file of files) {
    const read = await readKeyFiles([file], onFile);
    keys.push(
      ...((await isPart(file)) ? distrustKeys(read, { reason: 'inside-target', detail: file }) : read),
    );
  }
  return keys;
}
