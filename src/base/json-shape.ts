/**
 * How many values a JSON text may hold for its size. What is parsed takes memory by the value and not by the byte: twenty million
 * characters of `{},{},…`, which gzip packs into as many thousand, are more than a gigabyte.
 */

/** At most `depth` levels, and `values` commas and opening brackets outside strings. */
export interface JsonBounds {
  readonly depth: number;
  readonly values: number;
}

/** A log file is described by six fields in some 350 characters of a digest; below the first figure nothing weighs. */
const ALWAYS_LIGHT = 64 * 1024;
const CHARACTERS_A_VALUE = 32;
const DEEPEST_DIGEST = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Which bound a text goes beyond, without parsing it; undefined where it keeps within both, or is no JSON at all. */
export function beyondBounds(text: string, { depth, values }: JsonBounds): 'depth' | 'values' | undefined {
  let level = 0;
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = closingQuote(text, at + 1);
        break;
      case 0x7b: // {
      case 0x5b: // [
        level += 1;
        count += 1;
        if (level > depth) return 'depth';
        if (count > values) return 'values';
        break;
      case 0x7d: // }
      case 0x5d: // ]
        level -= 1;
        break;
      case 0x2c: // ,
        count += 1;
        if (count > values) return 'values';
        break;
    }
  }
  return undefined;
}

/** Whether a text would take far more memory than a digest of its size, if it were parsed. Anybody can lay such a file among them. */
export function isHeavyForDigest(text: string): boolean {
  if (text.length <= ALWAYS_LIGHT) return false;
  return (
    beyondBounds(text, { depth: DEEPEST_DIGEST, values: text.length / CHARACTERS_A_VALUE }) !== undefined
  );
}

/** The index of the quote that closes a string whose content begins at `at`; the end of the text where none does. */
function closingQuote(text: string, at: number): number {
  let end = at;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) return end;
    if (code === BACKSLASH) end += 1;
  }
  return end;
}
