import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { malformed } from '../base/errors.ts';

/** The content of a gzip file that comes in pieces; `name` is what errors call it. Throws EVIDENCE_INVALID where it is damaged. */
export async function* inflate(stored: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const fed = pipeline(stored, gunzip);
  // Whoever reads the pieces sees the error.
  fed.catch(() => undefined);
  try {
    for await (const piece of gunzip) yield piece as Uint8Array;
  } catch (error) {
    const isDamage = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    throw isDamage ? malformed(name, `cannot be inflated: ${error.message}`) : error;
  } finally {
    gunzip.destroy();
  }
}
