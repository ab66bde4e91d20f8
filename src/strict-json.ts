/**
 * JSON as a stranger's file, in one way everywhere: UTF-8 and nothing else, no field that stands twice in one object, no depth
 * that no document of this tool has, no name that means something to JavaScript. Two readers must not see two documents.
 */
import { findDuplicateKey } from './digest/duplicate-keys.ts';

/** What a document holds, or in words, going on after its name, why it is refused. */
export type StrictJson = { readonly value: unknown } | { readonly problem: string; readonly cause?: unknown };

/** Reports, the deepest documents of this tool, have some ten levels. */
const MOST_DEPTH = 64;
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
export function strictJson(bytes: Uint8Array, options: { readonly mayHaveMark?: boolean } = {}): StrictJson {
  const text = strictText(bytes, options.mayHaveMark);
  return text === undefined ? { problem: 'is not JSON in UTF-8' } : strictJsonText(text);
}

/** The one document in `text`. */
export function strictJsonText(text: string): StrictJson {
  // Before it is parsed: an array in an array takes two characters of a file, and dozens of bytes in memory.
  if (isTooDeep(text)) return { problem: `is not JSON of ${MOST_DEPTH} levels at most` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { problem: 'is not JSON in UTF-8', cause };
  }
  const twice = findDuplicateKey(text, POLLUTING);
  if (twice === undefined) return { value };
  if (twice === POLLUTING) return { problem: `has a field named ${POLLUTING}` };
  return { problem: `names ${JSON.stringify(twice.slice(0, MOST_NAMED))} twice in one object` };
}

const BRACKETS = /["[\]{}]/g;
const STRING_END = /["\\]/g;

function isTooDeep(text: string): boolean {
  let depth = 0;
  BRACKETS.lastIndex = 0;
  for (let found = BRACKETS.exec(text); found !== null; found = BRACKETS.exec(text)) {
    switch (found[0]) {
      case '"':
        BRACKETS.lastIndex = stringEnd(text, found.index + 1);
        break;
      case '{':
      case '[':
        depth += 1;
        if (depth > MOST_DEPTH) return true;
        break;
      default:
        depth -= 1;
    }
  }
  return false;
}

/** Behind the quote that closes a string whose content begins at `at`; the end of the text where none does. */
function stringEnd(text: string, at: number): number {
  STRING_END.lastIndex = at;
  for (let found = STRING_END.exec(text); found !== null; found = STRING_END.exec(text)) {
    if (found[0] === '"') return found.index + 1;
    STRING_END.lastIndex = found.index + 2;
  }
  return text.length;
}
