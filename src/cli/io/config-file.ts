/**
 * A config file as data: YAML 1.2 (core schema) or JSON, which is a part of it. Somebody writes it by hand, so it is read by
 * strict rules: one document, no name twice, no anchors, no aliases, no tags and no directives. Each value keeps its line.
 *
 *     fail-on: invalid
 *     verify:
 *       keys: [cloudtrail-keys.jsonl]
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
} from 'yaml';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import { strictText } from '../../base/json.ts';
import { type OnFile, readGiven } from './files.ts';

/** A value of a config file, and the line where it begins. */
export type ConfigValue = { readonly line: number } & (
  | { readonly kind: 'section'; readonly entries: readonly ConfigEntry[] }
  | { readonly kind: 'list'; readonly items: readonly ConfigValue[] }
  | { readonly kind: 'flag'; readonly on: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'nothing' }
);

/** A named value. */
export interface ConfigEntry {
  readonly name: string;
  readonly line: number;
  readonly value: ConfigValue;
}

/** A thousand accounts in a list have a quarter of it. */
const MOST_BYTES = 64 * 1024;
const HINT = 'for example a line such as: fail-on: invalid';

/** The entries of a file; `onFile` sees its bytes. Throws CONFIGURATION, naming file and line. */
export async function readConfigFile(file: string, onFile: OnFile): Promise<readonly ConfigEntry[]> {
  const bytes = await readGiven(file, {
    what: 'config file',
    most: MOST_BYTES,
    code: 'CONFIGURATION',
    hint: 'give a file of options in YAML or JSON',
  });
  onFile(file, bytes);
  const text = strictText(bytes, true);
  if (text === undefined) throw wrongFile(file, undefined, 'is not text in UTF-8');
  const lines = new LineCounter();
  const lineOf = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : Math.max(1, lines.linePos(at).line);
  const document = parse(file, text, lines);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw wrongFile(file, lineOf(problem.pos[0]), wordsOf(problem));
  if (document.directives.yaml.explicit === true)
    throw wrongFile(file, 1, 'has a directive, which no option needs');
  refuseReferences(document, (at, why) => wrongFile(file, lineOf(at), why));
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null))
    throw wrongFile(file, undefined, 'is empty');
  const value = readValue(contents, (at) => lineOf(at) ?? 1, file);
  if (value.kind === 'section') return value.entries;
  throw wrongFile(file, value.line, 'has no names with values');
}

/** The error for a file that cannot be used; `why` goes on after its name and line. */
export function wrongFile(
  file: string,
  line: number | undefined,
  why: string,
  hint: string = HINT,
): TrailVerifyError {
  const place = placeIn(file, line);
  return new TrailVerifyError('CONFIGURATION', `${place}${line === undefined ? '' : ':'} ${why}`, { hint });
}

/** The words for a place in a config file. */
export function placeIn(file: string, line: number | undefined): string {
  return line === undefined ? `config file ${file}` : `config file ${file}, line ${line}`;
}

function parse(file: string, text: string, lineCounter: LineCounter): Document.Parsed<ParsedNode> {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      strict: true,
      // Looked for here, to name both lines.
      uniqueKeys: false,
      prettyErrors: false,
      // More silence would hide a second document.
      logLevel: 'error',
      keepSourceTokens: false,
      lineCounter,
    });
  } catch (error) {
    throw wrongFile(file, undefined, wordsOf(error));
  }
}

/** Some thousand brackets in one another are more than the parser's stack holds, and it says so in words of its own. */
function wordsOf(error: unknown): string {
  const why = messageOf(error);
  return why.includes('call stack') ? 'has too many values in one another' : `is not YAML: ${why}`;
}

/** What makes a text mean something other than it says, or a few bytes gigabytes. */
function refuseReferences(
  document: Document.Parsed<ParsedNode>,
  wrong: (at: number | undefined, why: string) => TrailVerifyError,
): void {
  visit(document, (_, node) => {
    if (isAlias(node)) throw wrong(node.range?.[0], 'has an alias: write the value itself');
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return;
    const { anchor, tag, range } = node;
    if (anchor !== undefined) throw wrong(range?.[0], 'has an anchor, which no option needs');
    if (tag !== undefined) throw wrong(range?.[0], 'has a tag, which no option needs');
  });
}

function readValue(node: Node | null | undefined, lineOf: (at: number) => number, file: string): ConfigValue {
  const line = lineOf(node?.range?.[0] ?? 0);
  if (isMap(node)) {
    const entries: ConfigEntry[] = [];
    const seen = new Map<string, number>();
    for (const { key, value } of node.items) {
      const at = isScalar(key) || isMap(key) || isSeq(key) ? lineOf(key.range?.[0] ?? 0) : line;
      if (!isScalar(key) || typeof key.value !== 'string')
        throw wrongFile(file, at, 'has a name that is no text');
      const name = key.value;
      const before = seen.get(name);
      if (before !== undefined)
        throw wrongFile(
          file,
          at,
          `names ${JSON.stringify(name)} twice, in line ${before} as well`,
          'leave one of them out',
        );
      seen.set(name, at);
      entries.push({ name, line: at, value: readValue(value as Node | null, lineOf, file) });
    }
    return { kind: 'section', line, entries };
  }
  if (isSeq(node)) {
    return { kind: 'list', line, items: node.items.map((item) => readValue(item as Node, lineOf, file)) };
  }
  if (!isScalar(node) || node.value === null || node.value === undefined) return { kind: 'nothing', line };
  const { value, source } = node;
  if (typeof value === 'boolean') return { kind: 'flag', line, on: value };
  // A number as it is written: an account id may begin with zeros.
  return { kind: 'text', line, text: typeof value === 'string' ? value : (source ?? String(value)) };
}
