/**
 * JSON of an unknown writer, read in one way everywhere: UTF-8 and nothing else, no field that occurs twice in one object, no
 * depth that no document of this tool has, no name that means something to JavaScript. Two readers must not see two documents.
 * A text may hold so many values for its size. A parsed document takes memory by the value and not by the byte. Twenty million
 * characters of `{},{},…` are more than a gigabyte, and gzip packs them into as many thousand.
 */

/** The content of a document. Or, in words that go on after its name, the reason why it is refused. */
export type StrictJson = { readonly value: unknown } | { readonly problem: string; readonly cause?: unknown };

/** Reports, the deepest documents of this tool, have some ten levels. */
const MOST_DEPTH = 64;
/** Reports, the largest, have some forty characters for each. */
const MOST_VALUES = 8_000_000;
const MOST_NAMED = 60;
const POLLUTING = '__proto__';

/** The text of bytes in UTF-8, without a byte order mark where it may have one; undefined for anything else. */
export function strictText(bytes: Uint8Array, mayHaveMark = false): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: !mayHaveMark }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The one document in `bytes`. Editors on Windows put a byte order mark before what people write by hand. */
export function strictJson(
  bytes: Uint8Array,
  options: { readonly mayHaveMark?: boolean | undefined } = {},
): StrictJson {
  const text = strictText(bytes, options.mayHaveMark);
  return text === undefined ? { problem: 'is not JSON in UTF-8' } : strictJsonText(text);
}

/**
 * The one document in `text`. With `mayNameAll` a field may be named `__proto__` as any other: for what is only compared and written
 * again, such as an event, whose names are its sender's. No field of it may be copied into an object by its name.
 */
export function strictJsonText(
  text: string,
  { mayNameAll = false }: { readonly mayNameAll?: boolean } = {},
): StrictJson {
  // Before it is parsed: an array in an array takes two characters of a file, and dozens of bytes in memory.
  const beyond = beyondBounds(text, { depth: MOST_DEPTH, values: MOST_VALUES });
  if (beyond === 'depth') return { problem: `is not JSON of ${MOST_DEPTH} levels at most` };
  if (beyond === 'values') return { problem: `is not JSON of ${MOST_VALUES} values at most` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { problem: 'is not JSON in UTF-8', cause };
  }
  const twice = findDuplicateKey(text, mayNameAll ? undefined : POLLUTING);
  if (twice === undefined) return { value };
  if (twice === POLLUTING && !mayNameAll) return { problem: `has a field named ${POLLUTING}` };
  return { problem: `names ${JSON.stringify(twice.slice(0, MOST_NAMED))} twice in one object` };
}

/** At most `depth` levels, and `values` commas and opening brackets outside strings. */
interface JsonBounds {
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
function beyondBounds(text: string, { depth, values }: JsonBounds): 'depth' | 'values' | undefined {
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

/**
 * The first object key that occurs twice in one object of `text`, which JSON.parse has accepted; undefined where none does; or
 * `refused`, where an object has a key of that name. JSON.parse silently keeps the last of two, while other readers keep the
 * first. So two readers of one digest could see two documents.
 */
export function findDuplicateKey(text: string, refused?: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = stringEnd(text, at);
        const keys = open.at(-1);
        if (expectKey && keys !== undefined) {
          const written = text.slice(at + 1, end);
          const key = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
          if (keys.has(key) || key === refused) return key;
          keys.add(key);
          expectKey = false;
        }
        at = end;
        break;
      }
      case 0x7b: // {
        open.push(new Set());
        expectKey = true;
        break;
      case 0x5b: // [
        open.push(undefined);
        expectKey = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        expectKey = false;
        break;
      case 0x2c: // ,
        expectKey = open.at(-1) !== undefined;
        break;
    }
  }
  return undefined;
}

/** The index of the quote that closes the string opened at `start`. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** JSON that any tool reads alike: characters outside ASCII, and the DEL among them, as `\uXXXX`. */
export function asciiJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  // Asked first, because replacing costs more than that even where there is nothing to replace, as in nearly all keys.
  return /[\u007f-\uffff]/.test(text) ? text.replace(/[\u007f-\uffff]/g, escapeUnit) : text;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
