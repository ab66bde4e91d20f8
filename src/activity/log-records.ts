/** Where an event lies in the uncompressed content of its log file, in bytes. */
export interface EventPlace {
  readonly offset: number;
  readonly length: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x7d, 0x5d]);
const BRACE = 0x7b;

/** The places of the objects that are items of the outermost object's `Records`: `{"Records":[{…},{…}]}` in any spacing. */
export function* recordsOf(bytes: Buffer): Generator<EventPlace> {
  let depth = 0;
  /** The last string of the outermost object: the key of the value that begins next. */
  let name = '';
  let inRecords = false;
  let begin = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      if (depth === 1) name = bytes.toString('latin1', at + 1, end);
      at = end;
    } else if (OPENING.has(byte)) {
      depth += 1;
      if (depth === 2) inRecords = name === 'Records' && byte !== BRACE;
      if (depth === 3) begin = at;
    } else if (CLOSING.has(byte)) {
      if (depth === 3 && inRecords && bytes[begin] === BRACE) yield { offset: begin, length: at + 1 - begin };
      depth -= 1;
    }
  }
}

/** The index of the quote that ends the string begun at `start`; behind the end where none does. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
