import { TrailVerifyError } from '../base/errors.ts';

const LINE_FEED = 0x0a;
/** An inventory's line holds a bucket, a key and a version, of at most a kilobyte each, perhaps six letters for each byte. */
const LONGEST_LINE = 64 * 1024;

/** Whole lines: as one piece with their line feeds, and each without its own. */
interface Lines {
  readonly bytes: Uint8Array;
  readonly lines: readonly Uint8Array[];
}

/**
 * What comes in pieces of any size, cut where lines end; text behind the last line feed is a line as well. Throws
 * EVIDENCE_INVALID for a line beyond `longest` bytes.
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  longest: number = LONGEST_LINE,
): AsyncGenerator<Lines> {
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    rest = bytes.subarray(end);
    if (rest.length > longest)
      throw new TrailVerifyError('EVIDENCE_INVALID', `a line is longer than ${longest} bytes`);
    if (end > 0) yield { bytes: bytes.subarray(0, end), lines: cut(bytes.subarray(0, end)) };
  }
  if (rest.length > 0) yield { bytes: rest, lines: [rest] };
}

function cut(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, at);
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return lines;
}

/** Where a run keeps lines that would not fit in memory: group by group while it goes on, and in the end as one file. */
export interface LineStore {
  /** The file's name, as its report gives it. */
  readonly name: string;
  /** Adds lines (of ASCII), or bytes that are none, to those of a group; never called again before it has resolved. */
  append(group: string, lines: string | Uint8Array): Promise<void>;
  /** What was added for a group, in order and in pieces of any size. */
  read(group: string): AsyncIterable<Uint8Array>;
  /** Writes the finished file, which is `lines`, compressed by gzip where it is one of gzip. */
  write(lines: AsyncIterable<Uint8Array>): Promise<void>;
}
