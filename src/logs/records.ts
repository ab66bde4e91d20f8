/**
 * The records of a log file's uncompressed content, in any spacing:
 *
 *     {"Records":[{…},{…}]}
 *     [{…},{…}]                 aggregated events, of which a parser's bug report shows this form and AWS documents none
 */
import { isUtf8 } from 'node:buffer';

/** The place of an event in the uncompressed content of its log file, in bytes. */
export interface EventPlace {
  readonly offset: number;
  readonly length: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const SPACE = 0x20;

/** The places of the objects that are items of the outermost object's `Records`, or of the outermost list. */
export function recordsOf(bytes: Uint8Array): readonly EventPlace[] {
  return scan(bytes).places;
}

/** The places of records, and how often the outermost object has `Records`, however its letters are written. */
function scan(bytes: Uint8Array): { readonly places: readonly EventPlace[]; readonly lists: number } {
  const places: EventPlace[] = [];
  let lists = 0;
  let depth = 0;
  /** The last string of the outermost object: the key of the value that begins next. */
  let name = '';
  let inRecords = false;
  /** The depth within a record: one more than that of its list. */
  let within = 3;
  let begin = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      if (depth === 1) {
        name = latin1(bytes, at + 1, end);
        if (isKey(bytes, end) && unescaped(name) === 'Records') lists += 1;
      }
      at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth === 1 && byte === OPEN_BRACKET) {
        inRecords = true;
        within = 2;
      } else if (depth === 2 && within === 3) inRecords = name === 'Records' && byte === OPEN_BRACKET;
      if (depth === within) begin = at;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === within && inRecords && bytes[begin] === OPEN_BRACE)
        places.push({ offset: begin, length: at + 1 - begin });
      depth -= 1;
    }
  }
  return { places, lists };
}

/** Whether a string is a key: a colon follows its end. */
function isKey(bytes: Uint8Array, end: number): boolean {
  for (let at = end + 1; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== undefined && byte > SPACE) return byte === COLON;
  }
  return false;
}

/** A string as a reader of JSON has it; of what is no string of JSON, nothing is asked. */
function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** The index of the quote that ends the string begun at `start`; behind the end where none does. */
function stringEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return bytes.length;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}

/** CloudTrail's log files have at most 50 MB in all (user guide, "Quotas"), and its events 1 MB. */
const MOST_RECORD = 64 * 1024 * 1024;

/** The texts of a log file's records, in their order; or in words why its content holds none that can be read. */
export type RecordTexts =
  | { readonly records: readonly string[] }
  | { readonly records: undefined; readonly problem: string };

/**
 * The texts of all records of a log file, each as it was written. A content that any two readers could take for different records is
 * refused whole: `Records` twice or with escapes, or something in it that is no object. A list alone is that of the records.
 */
export function readRecords(content: Uint8Array): RecordTexts {
  if (!isUtf8(content)) return refused('is not UTF-8');
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    return refused('is not JSON');
  }
  const items =
    typeof parsed === 'object' && parsed !== null && 'Records' in parsed ? parsed.Records : parsed;
  if (!Array.isArray(items)) return refused('has no list of records');
  if (!items.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item)))
    return refused('has a record that is no object');
  const { places, lists } = scan(bytes);
  if (places.some(({ length }) => length > MOST_RECORD))
    return refused(`has a record of more than ${MOST_RECORD} bytes`);
  // Readers differ in which of two they take, and in whether they know a name that is written with escapes.
  if (lists > 1) return refused('names its records twice');
  if (places.length !== items.length) return refused('writes the name of its records with escapes');
  return { records: places.map(({ offset, length }) => bytes.toString('utf8', offset, offset + length)) };
}

function refused(problem: string): RecordTexts {
  return { records: undefined, problem };
}
