/**
 * A tar archive (POSIX.1-2017 pax interchange format) that is the same bytes for the same files: sorted by name, all of
 * them plain files of nobody (uid 0), written at the beginning of 1970.
 */
import { TrailVerifyError } from '../base/errors.ts';

/** One file of an archive; `content` must come to `size` bytes. */
export interface TarEntry {
  readonly path: string;
  readonly size: number;
  readonly content: () => AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** What eleven octal digits can say; a longer file has its size in a pax header. */
const MOST_OCTAL = 0o77777777777;
const LONGEST_NAME = 100;

/** The archive piece by piece. Throws INTERNAL where a file is not as long as it was said to be. */
export async function* tarPieces(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  for (const { path, size, content } of sorted) {
    const extended = paxRecords(path, size);
    if (extended.length > 0) {
      yield header('PaxHeader', extended.length, 'x');
      yield padded(extended);
    }
    yield header(path, size, '0');
    let length = 0;
    for await (const piece of content()) {
      length += piece.length;
      yield piece;
    }
    if (length !== size)
      throw new TrailVerifyError('INTERNAL', `file ${path} has ${length} bytes, and had ${size} before`);
    yield Buffer.alloc(-size & (BLOCK - 1));
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** What does not fit the plain header. */
function paxRecords(path: string, size: number): Uint8Array {
  const records = [
    ...(Buffer.byteLength(path) > LONGEST_NAME ? [paxRecord('path', path)] : []),
    ...(size > MOST_OCTAL ? [paxRecord('size', String(size))] : []),
  ];
  return Buffer.concat(records);
}

/** `<length> <name>=<value>\n`, in which the length counts its own digits. */
function paxRecord(name: string, value: string): Uint8Array {
  const rest = Buffer.from(` ${name}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function header(path: string, size: number, type: '0' | 'x'): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  Buffer.from(path).subarray(0, LONGEST_NAME).copy(block, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${(size > MOST_OCTAL ? 0 : size).toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  // The check sum is taken over the block with eight spaces in its place.
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]);
}
