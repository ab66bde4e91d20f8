import { readFile } from 'node:fs/promises';

/** The bytes of `verify.sh`, as it lies in this package and in every bag that it makes. */
export function readVerifyScript(): Promise<Uint8Array> {
  // From src/source and from dist/source alike.
  return readFile(new URL('../../verify.sh', import.meta.url));
}
