/**
 * JSON as a stranger's file, in one way everywhere: UTF-8 and nothing else, no field that stands twice in one object, no depth
 * that no document of this tool has, no name that means something to JavaScript. Two readers must not see two documents.
 */
import { findDuplicateKey } from './duplicate-keys.ts';
import { beyondBounds } from './json-shape.ts';

/** What a document holds, or in words, going on after its name, why it is refused. */
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
export function strictJson(bytes: Uint8Array, options: { readonly mayHaveMark?: boolean } = {}): StrictJson {
  const text = strictText(bytes, options.mayHaveMark);
  return text === undefined ? { problem: 'is not JSON in UTF-8' } : strictJsonText(text);
}

/** The one document in `text`. */
export function strictJsonText(text: string): StrictJson {
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
  const twice = findDuplicateKey(text, POLLUTING);
  if (twice === undefined) return { value };
  if (twice === POLLUTING) return { problem: `has a field named ${POLLUTING}` };
  return { problem: `names ${JSON.stringify(twice.slice(0, MOST_NAMED))} twice in one object` };
}
