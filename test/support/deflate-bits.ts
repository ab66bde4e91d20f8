/** Deflate streams written bit by bit, to say what no compressor says. */
export class DeflateBits {
  readonly #bytes: number[] = [];
  #count = 0;

  /** A number as deflate writes numbers: its lowest bit first. */
  number(value: number, bits: number): this {
    for (let at = 0; at < bits; at += 1) this.#bit((value >> at) & 1);
    return this;
  }

  /** A Huffman code word: its highest bit first. */
  code(word: number, bits: number): this {
    for (let at = bits - 1; at >= 0; at -= 1) this.#bit((word >> at) & 1);
    return this;
  }

  /** The header of a block: whether it is the last, and its kind (0 stored, 1 fixed codes, 2 dynamic codes). */
  block(isLast: boolean, kind: 0 | 1 | 2): this {
    return this.number(isLast ? 1 : 0, 1).number(kind, 2);
  }

  /** A stored block, whole. */
  stored(content: Uint8Array, isLast: boolean): this {
    this.block(isLast, 0);
    while (this.#count % 8 !== 0) this.#bit(0);
    this.number(content.length, 16).number(content.length ^ 0xffff, 16);
    for (const byte of content) this.number(byte, 8);
    return this;
  }

  /** A literal or length symbol of the fixed codes. */
  fixed(symbol: number): this {
    if (symbol < 144) return this.code(0x30 + symbol, 8);
    if (symbol < 256) return this.code(0x190 + symbol - 144, 9);
    if (symbol < 280) return this.code(symbol - 256, 7);
    return this.code(0xc0 + symbol - 280, 8);
  }

  /**
   * The header of dynamic codes with these code lengths, literal and distance symbols in one list. Lengths are written as
   * they are, each in four bits.
   */
  lengths(literals: readonly number[], distances: readonly number[]): this {
    this.number(literals.length - 257, 5)
      .number(distances.length - 1, 5)
      .number(15, 4);
    // Symbols 16 to 18 come first and are not used; each of the sixteen lengths has four bits.
    for (let at = 0; at < 19; at += 1) this.number(at < 3 ? 0 : 4, 3);
    for (const length of [...literals, ...distances]) this.code(length, 4);
    return this;
  }

  /** What was written, filled up to whole bytes. */
  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }

  #bit(bit: number): void {
    const at = this.#count >> 3;
    this.#bytes[at] = (this.#bytes[at] ?? 0) | (bit << (this.#count & 7));
    this.#count += 1;
  }
}
