import { constants, crc32, deflateRawSync } from 'node:zlib';

const CHUNK_SIZE = 16 * 1024 * 1024;
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]);
/** A final, empty deflate block with fixed codes. */
const FINAL_BLOCK = Buffer.from([0x03, 0x00]);

const made = new Map<number, Buffer>();

/** One sound gzip member that inflates to `chunks` times 16 MiB of zeros: its check sum and length are right. */
export function gzipBomb(chunks = 64): Buffer {
  const bomb = made.get(chunks) ?? make(chunks);
  made.set(chunks, bomb);
  // Nobody changes what others get.
  return Buffer.from(bomb);
}

function make(chunks: number): Buffer {
  const zeros = Buffer.alloc(CHUNK_SIZE);
  // A full flush ends on a byte and forgets the window, so the same bytes may follow again and again.
  const block = deflateRawSync(zeros, { finishFlush: constants.Z_FULL_FLUSH });
  let checksum = 0;
  for (let count = 0; count < chunks; count += 1) checksum = crc32(zeros, checksum);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE((chunks * CHUNK_SIZE) % 2 ** 32, 4);
  return Buffer.concat([HEADER, ...Array.from({ length: chunks }, () => block), FINAL_BLOCK, trailer]);
}
