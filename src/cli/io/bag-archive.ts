import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type TarEntry, tarPieces } from '../../bag/tar.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { isDiskFull } from '../../copy/disk-full.ts';
import type { BagFolder } from '../../source/bag/index.ts';
import { removeQuietly } from './new-file.ts';

/** Where a gzip header names the operating system, and the value for "unknown" (RFC 1952). */
const GZIP_SYSTEM_AT = 9;
const GZIP_SYSTEM_UNKNOWN = 255;

/**
 * Writes a bag as one `.tar.gz`, which must not exist yet: the same bag gives the same bytes. Its folder in the archive is
 * `trail-verify-<run id>`. Throws OUTPUT_NOT_USABLE, or
 * OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function writeBagArchive(folder: BagFolder, file: string, runId: string): Promise<void> {
  const name = `trail-verify-${runId.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 64)}`;
  const partial = `${file}.${randomUUID()}.tmp`;
  try {
    const entries: TarEntry[] = [];
    for (const { path } of await folder.list()) {
      const size = (await folder.hash(path))?.size ?? 0;
      entries.push({ path: `${name}/${path}`, size, content: () => folder.pieces(path) });
    }
    await pipeline(
      Readable.from(tarPieces(entries)),
      createGzip({ level: 9 }),
      anonymousSystem(),
      createWriteStream(partial, { flags: 'wx' }),
    );
    // A link, unlike a rename, never replaces what is there.
    await link(partial, file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const code = isDiskFull(cause) ? 'OUTPUT_NOT_WRITTEN' : 'OUTPUT_NOT_USABLE';
    throw new TrailVerifyError(code, `archive ${file} cannot be written: ${why}`, {
      hint: 'free some space or give another name with --archive; the bag itself is complete',
      cause,
    });
  } finally {
    await removeQuietly(partial);
  }
}

/** Takes the operating system out of a gzip header, which zlib writes otherwise on each. */
function anonymousSystem(): Transform {
  let at = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      if (at <= GZIP_SYSTEM_AT && at + chunk.length > GZIP_SYSTEM_AT)
        chunk[GZIP_SYSTEM_AT - at] = GZIP_SYSTEM_UNKNOWN;
      at += chunk.length;
      done(null, chunk);
    },
  });
}
