import { strictJsonText } from '../base/json.ts';

/**
 * Splits text that holds several JSON documents one after the other - JSON lines, or the outputs of one command
 * run once per Region and appended to one file - and parses each. Throws SyntaxError, with what is wrong in words, where one
 * is not JSON that every reader takes alike.
 */
export function parseJsonDocuments(text: string): readonly unknown[] {
  const documents: unknown[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) {
      documents.push(parse(text.slice(start, at + 1)));
      start = at + 1;
    }
  }
  if (text.slice(start).trim() !== '') documents.push(parse(text.slice(start)));
  return documents;
}

function parse(text: string): unknown {
  const read = strictJsonText(text);
  if ('value' in read) return read.value;
  throw new SyntaxError(read.problem, { cause: read.cause });
}
