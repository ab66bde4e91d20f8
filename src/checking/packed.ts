/**
 * What an outcome tells of the files of its batch that agree, in one piece of memory. For n files:
 *
 *     leaves  n × 32 bytes          the leaf hash of each line (RFC 9162)
 *     ends    n × 4 bytes           where each line ends, from the beginning of the first; lowest byte first
 *     sizes   n × 8 bytes           bytes as stored and after decompression, four each
 *     lines                         the inventory lines, each with its line feed
 *
 * An odd file has a line of no length, and nothing else of it counts.
 */
import { hash } from 'node:crypto';
import { asciiJson } from '../base/json.ts';
import { LEAF } from './contract.ts';

const END = 4;
const SIZES = 8;
/** Characters that stand in JSON as they are. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** One object that agrees. Hashes in lower-case hex, sizes in bytes. */
export interface AgreeingFile {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly stored: string;
  readonly content: string;
  readonly size: number;
  readonly inflated: number;
}

/** Collects the log files of one batch, or digests in a row. */
export class PackedWriter {
  readonly #count: number;
  readonly #lines: string[];
  readonly #sizes: Uint32Array;
  readonly #head: string;

  constructor(bucket: string, count: number, kind: 'log' | 'digest' = 'log') {
    this.#count = count;
    this.#lines = new Array<string>(count).fill('');
    this.#sizes = new Uint32Array(2 * count);
    this.#head = `{"kind":"${kind}","bucket":${jsonText(bucket)},"key":`;
  }

  /** Takes the file at a place of the batch: its line is that of `report/inventory-line.ts`, to the byte. */
  put(at: number, { key, versionId, stored, content, size, inflated }: AgreeingFile): void {
    const version = versionId === undefined ? 'null' : asciiJson(versionId);
    this.#lines[at] =
      `${this.#head}${jsonText(key)},"versionId":${version},"stored":"${stored}","content":"${content}","status":"valid"}\n`;
    this.#sizes[2 * at] = size;
    this.#sizes[2 * at + 1] = inflated;
  }

  /** All of it. */
  pack(): Uint8Array {
    const text = this.#lines.join('');
    const from = linesFrom(this.#count);
    const packed = Buffer.allocUnsafeSlow(from + text.length);
    packed.write(text, from, 'latin1');
    let at = from;
    for (let index = 0; index < this.#count; index += 1) {
      const length = this.#lines[index]?.length ?? 0;
      if (length > 0) writeLeaf(packed, index, at, at + length - 1);
      at += length;
      packed.writeUInt32LE(at - from, endAt(this.#count, index));
    }
    for (const [index, size] of this.#sizes.entries())
      packed.writeUInt32LE(size, sizesFrom(this.#count) + END * index);
    return packed;
  }
}

/** Reads what a writer packed. */
export class PackedReader {
  readonly #count: number;
  readonly #packed: Uint8Array;
  readonly #view: DataView;

  /** Throws RangeError where there is less than `count` files need. */
  constructor(packed: Uint8Array, count: number) {
    this.#count = count;
    this.#packed = packed;
    this.#view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    if (linesFrom(count) + this.#end(count - 1) !== packed.length)
      throw new RangeError('an outcome is not as long as it says');
  }

  /** The lines, leaf hashes, sizes and bytes of the files from one place to before another. */
  slice(
    from: number,
    to: number,
  ): { lines: Uint8Array; leaves: Uint8Array; sizes: Uint8Array; bytes: { read: number; inflated: number } } {
    const start = linesFrom(this.#count);
    const sizes = sizesFrom(this.#count);
    const bytes = { read: 0, inflated: 0 };
    for (let at = from; at < to; at += 1) {
      bytes.read += this.#view.getUint32(sizes + SIZES * at, true);
      bytes.inflated += this.#view.getUint32(sizes + SIZES * at + END, true);
    }
    return {
      lines: this.#packed.subarray(start + this.#end(from - 1), start + this.#end(to - 1)),
      leaves: this.#packed.subarray(LEAF * from, LEAF * to),
      sizes: this.#packed.subarray(sizes + SIZES * from, sizes + SIZES * to),
      bytes,
    };
  }

  #end(at: number): number {
    return at < 0 ? 0 : this.#view.getUint32(endAt(this.#count, at), true);
  }
}

function endAt(count: number, at: number): number {
  return LEAF * count + END * at;
}

function sizesFrom(count: number): number {
  return (LEAF + END) * count;
}

function linesFrom(count: number): number {
  return (LEAF + END + SIZES) * count;
}

/** The hash of 0x00 and the line without its line feed; the byte before the line is lent for that. */
function writeLeaf(packed: Buffer, index: number, from: number, to: number): void {
  const before = packed[from - 1] ?? 0;
  packed[from - 1] = 0;
  packed.write(hash('sha256', packed.subarray(from - 1, to), 'binary'), LEAF * index, 'latin1');
  packed[from - 1] = before;
}

function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : asciiJson(text);
}
