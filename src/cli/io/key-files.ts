import { TrailVerifyError } from '../../base/errors.ts';
import { MOST_KEY_FILE_BYTES, readKeyFile } from '../../crypto/key-file.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { readGivenFile } from '../../source/given-file.ts';

/** The keys of every file, in order; `onFile` sees the bytes of each. Throws KEY_FILE_INVALID for a file that cannot be read or holds no good keys. */
export async function readKeyFiles(
  files: readonly string[],
  onFile?: (name: string, bytes: Uint8Array) => void,
): Promise<readonly PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const file of files) {
    const bytes = await readBytes(file);
    keys.push(...readKeyFile(bytes, file));
    onFile?.(file, bytes);
  }
  return keys;
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readGivenFile(file, MOST_KEY_FILE_BYTES);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new TrailVerifyError('KEY_FILE_INVALID', `key file ${file} cannot be read: ${detail}`, {
      hint: 'check its name and your permission to read it; write the target before --keys',
      cause: error,
    });
  }
}
