/**
 * What a check of a bag reads of `corroboration.json`, by its lines as `verify.sh` does: both must come to one conclusion, whatever the
 * file holds, and a shell reads no JSON. Nobody need have signed it, so an attacker may have written every byte of it.
 */

/** The fields of a document, and those of what it holds. `verify.sh` has the same names. */
const TOP =
  'schema|tool|made|report|asked|result|witnesses|findings|furtherFindings|recovered|unlogged|limits';
const BELOW = [
  'name|version|sha256|run|verdict|window|from|to|kind|events|matched|same|differing|recovered|unlogged|leftOut|lacking|refused',
  'places|account|region|asked|answered|refusal|code|witness|eventId|time|eventName|eventSource|log|fields|path|verified',
  'further|explainedBy|file|lines|text',
].join('|');
const NAMED: RegExp = new RegExp(`^(?:  "(?:${TOP})"|    (?: {2}){0,5}"(?:${BELOW})"): `);
const BRACKET = /^(?: {2}){0,7}(?:\{|}|])?$/;
const VALUE = /^(?:0|[1-9]\d{0,15}|true|false|null|\{|\[|\[])$/;

const BEGIN = '{\n  "schema": "trail-verify/corroboration/v1",\n';
const END = '\n}\n';

/** Whether every line of a document (as latin1) is one that this tool writes, in ASCII. Their order and their values are not judged. */
export function isInLines(text: string): boolean {
  return (
    /^[\n -~]*$/.test(text) &&
    text.startsWith(BEGIN) &&
    text.endsWith(END) &&
    text.slice(0, -1).split('\n').every(isLine)
  );
}

function isLine(line: string): boolean {
  const content = line.endsWith(',') ? line.slice(0, -1) : line;
  const [name] = NAMED.exec(content) ?? [];
  if (name === undefined) return BRACKET.test(content);
  const value = content.slice(name.length);
  return VALUE.test(value) || isText(value);
}

/** Whether a value is a string. A line may have any length: an expression that takes a string letter by letter would run out of stack. */
function isText(value: string): boolean {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return false;
  return !/["\\]/.test(value.slice(1, -1).replace(/\\["\\bfnrtu]/g, ''));
}

/** The field `name` of a section of a document, a hash or a count; empty where there is none, and of several lines where several are. */
export function fieldIn(
  text: string,
  section: 'report' | 'recovered' | 'unlogged',
  name: 'sha256' | 'lines',
): string {
  const field = new RegExp(`^ {4}"${name}": "?([0-9a-f]*)"?,?$`);
  const found: string[] = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    if (!isInside) isInside = line === `  "${section}": {`;
    else if (line.startsWith('  }')) isInside = false;
    const [, value] = isInside ? (field.exec(line) ?? []) : [];
    if (value !== undefined) found.push(value);
  }
  // As a shell takes what a command wrote.
  return found.join('\n').replace(/\n+$/, '');
}

const LINE_FEED = 0x0a;
const LINE_BEGIN = '{"witness":"';
const LINE_END = '}}';

/** What is seen of a list of events without reading its JSON. */
interface SeenLines {
  /** Lines; text behind the last line end is one as well. */
  readonly count: number;
  /** Whether there are any, all in ASCII, and each begins and ends as one that this tool writes. */
  readonly isWritten: boolean;
}

/** Looks at the lines in the pieces of a list. A line may have any length: only its ends are held. */
export async function lookAtLines(pieces: AsyncIterable<Uint8Array>): Promise<SeenLines> {
  let count = 0;
  let isWritten = true;
  let length = 0;
  let begin = '';
  let end = '';
  const add = (bytes: Uint8Array): void => {
    const missing = LINE_BEGIN.length - begin.length;
    if (missing > 0) begin += latin1(bytes.subarray(0, missing));
    end = (end + latin1(bytes.subarray(-LINE_END.length))).slice(-LINE_END.length);
    length += bytes.length;
    isWritten &&= /^[ -~]*$/.test(latin1(bytes));
  };
  for await (const piece of pieces)
    for (let at = 0; at < piece.length; ) {
      const feed = piece.indexOf(LINE_FEED, at);
      add(piece.subarray(at, feed === -1 ? piece.length : feed));
      if (feed === -1) break;
      isWritten &&= begin === LINE_BEGIN && end === LINE_END;
      count += 1;
      [length, begin, end] = [0, '', ''];
      at = feed + 1;
    }
  // The last line has its end as well.
  return length > 0 ? { count: count + 1, isWritten: false } : { count, isWritten: isWritten && count > 0 };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
