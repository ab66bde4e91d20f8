/**
 * A question in SQL, as it is given and as it is run: one SELECT, in which the names of other people's tables mean our views and
 * what DuckDB writes otherwise is rewritten. Everything else stays letter for letter. It guards against mistakes; that a
 * statement can read nothing else and change nothing is for the database to enforce.
 */
import { TrailVerifyError } from '../base/errors.ts';
import { suggestionHint } from '../base/suggest.ts';
import { Edits } from './edits.ts';
import { rewriteCall } from './functions.ts';
import { isEventDataStore, knownTable, LAKE_VIEW, TABLES, WITNESS_TABLE } from './tables.ts';
import { TYPOGRAPHIC, TYPOGRAPHIC_HINT, tokenize } from './tokens.ts';
import { refuseOffset, rewriteZone } from './zones.ts';

/** Athena takes statements of at most so many bytes (Athena user guide, "Service quotas"). */
export const LONGEST_STATEMENT: number = 262_144;
/** A placeholder such as <Event data store Id number> has fewer tokens. */
const LONGEST_PLACEHOLDER = 16;

const FIRST_WORDS = new Set(['select', 'with', 'values', 'from', 'table']);
/** What may come after a list of common table expressions. */
const WRITING = new Set(['insert', 'update', 'delete', 'merge', 'copy', 'create', 'drop', 'alter']);
/** Words that end the list of a FROM, at its level. */
const AFTER_FROM = new Set(
  'where group order having limit union except intersect window qualify select offset fetch'.split(' '),
);
/** Words after the name of a table that are no other name of it. */
const AFTER_TABLE = new Set([
  ...AFTER_FROM,
  ...'join inner left right full cross natural on using tablesample asof positional semi anti for'.split(' '),
]);
/** Calls in which FROM is a word of their own. */
const CALLS_WITH_FROM = new Set(['extract', 'trim', 'substring', 'overlay', 'position']);
/** Functions that read files. */
const READERS = /^(?:read_|parquet_|sniff_)|^glob$/i;
/** The schema whose views list what can be asked. */
const CATALOGUE = 'information_schema';

/** A statement as it was given, and as it is run. */
export interface Statement {
  readonly asGiven: string;
  readonly asRun: string;
}

/**
 * A statement for the views of `dialectStatements`. `tables` are the names it may ask. Throws CONFIGURATION for what is empty,
 * too long or no single SELECT, for a table that is not known, and for a function that cannot be translated.
 */
export function readStatement(sql: string, tables: readonly string[] = TABLES): Statement {
  checkText(sql);
  const edits = new Edits(sql, tokenize(sql));
  const end = dropSemicolons(edits);
  checkKind(edits, end);
  rewriteTables(edits, end, tables);
  const isOfLake = edits.written(end - 1).includes(LAKE_VIEW);
  for (let index = 0; index < end; index += 1) {
    rewriteToken(edits, index);
    if (isOfLake) refuseOffset(edits, index);
  }
  return { asGiven: sql, asRun: edits.written(end - 1) };
}

function checkText(sql: string): void {
  if (Buffer.byteLength(sql) > LONGEST_STATEMENT) {
    throw refused(`the statement has more than ${LONGEST_STATEMENT} bytes`);
  }
  if (sql.includes('\0')) throw refused('the statement has a NUL character');
}

/** Takes semicolons away from the end, and returns how many significant tokens are before them. */
function dropSemicolons(edits: Edits): number {
  let end = edits.length;
  while (edits.text(end - 1) === ';') {
    end -= 1;
  }
  if (end === 0) throw refused('the statement is empty');
  for (let index = 0; index < end; index += 1) {
    if (edits.text(index) === ';') {
      throw refused(`there is more than one statement: another begins after ${edits.position(index)}`);
    }
  }
  return end;
}

function checkKind(edits: Edits, end: number): void {
  let first = 0;
  while (edits.text(first) === '(') first += 1;
  const word = edits.word(first);
  // The list of WITH ends with a bracket, and so the statement's own verb comes after one.
  const verb = edits.find(first + 1, end, (index) => {
    const candidate = edits.word(index) ?? '';
    return edits.text(index - 1) === ')' && (WRITING.has(candidate) || FIRST_WORDS.has(candidate));
  });
  const isWriting = word === 'with' && verb !== undefined && WRITING.has(edits.word(verb) ?? '');
  if (word !== undefined && FIRST_WORDS.has(word) && !isWriting) return;
  const what = edits.text(isWriting ? verb : first);
  const hint = ['describe', 'show', 'desc', 'summarize'].includes(word ?? '')
    ? 'SELECT column_name, data_type FROM information_schema.columns lists the columns'
    : undefined;
  throw refused(`the statement is no SELECT: it has ${JSON.stringify(what.slice(0, 40))} in its place`, hint);
}

/** One level of brackets. */
interface Level {
  /** Whether its FROM is not yet over, so that a table comes after a comma. */
  inFrom: boolean;
  /** Whether the next token begins a table. */
  expectsTable: boolean;
  /** Whether FROM is a word of the call that it is the bracket of. */
  readonly hasOwnFrom: boolean;
}

function rewriteTables(edits: Edits, end: number, tables: readonly string[]): void {
  const names = commonTableNames(edits, end);
  const levels: Level[] = [{ inFrom: false, expectsTable: false, hasOwnFrom: false }];
  for (let index = 0; index < end; index += 1) {
    const level = levels.at(-1);
    if (level === undefined) return;
    const text = edits.text(index);
    if (text === '(') {
      const { expectsTable } = level;
      level.expectsTable = false;
      const isQuery = FIRST_WORDS.has(edits.word(index + 1) ?? '');
      const isTables = expectsTable && !isQuery;
      const hasOwnFrom = CALLS_WITH_FROM.has(edits.word(index - 1) ?? '');
      levels.push({ inFrom: isTables, expectsTable: isTables, hasOwnFrom });
    } else if (text === ')') levels.pop();
    else if (level.expectsTable && edits.word(index) !== 'lateral') {
      level.expectsTable = false;
      index = rewriteTable(edits, index, names, tables);
    } else if (text === ',') level.expectsTable = level.inFrom;
    else followWord(edits, index, level);
  }
}

function followWord(edits: Edits, index: number, level: Level): void {
  const word = edits.word(index) ?? '';
  if (edits.text(index - 1) === '.') return;
  if ((word === 'from' && isClause(edits, index, level)) || word === 'join') {
    level.inFrom = true;
    level.expectsTable = true;
  } else if (AFTER_FROM.has(word)) level.inFrom = false;
  else if (isGluedFrom(edits, index)) {
    // A copy of a page that lost its line break: "resourcesFROM <event-data-store-ID>".
    const text = edits.text(index);
    edits.set(index, `${text.slice(0, -4)} FROM`);
    level.inFrom = true;
    level.expectsTable = true;
  }
}

/** Whether FROM begins a clause: it is also a word of IS DISTINCT FROM, and of some calls. */
function isClause(edits: Edits, index: number, level: Level): boolean {
  const isDistinctFrom =
    edits.word(index - 1) === 'distinct' && ['is', 'not'].includes(edits.word(index - 2) ?? '');
  return !level.hasOwnFrom && !isDistinctFrom;
}

function isGluedFrom(edits: Edits, index: number): boolean {
  if (!/[^_]FROM$/.test(edits.text(index)) || edits.token(index)?.kind !== 'word') return false;
  return edits.text(index + 1) === '<' && placeholderAt(edits, index + 1) !== undefined;
}

/** The names that WITH defines, in lower case. */
function commonTableNames(edits: Edits, end: number): ReadonlySet<string> {
  const names = new Set<string>();
  for (let index = 0; index < end; index += 1) {
    const before = edits.word(index - 1);
    const mayDefine = before === 'with' || before === 'recursive' || edits.text(index - 1) === ',';
    const columns = edits.text(index + 1) === '(' ? edits.closing(index + 1) : index;
    if (!mayDefine || columns === undefined) continue;
    const name = nameOf(edits, index);
    if (name !== undefined && edits.word(columns + 1) === 'as') names.add(name.toLowerCase());
  }
  return names;
}

/** Rewrites the table that begins at a token, and returns its last token. */
function rewriteTable(
  edits: Edits,
  at: number,
  names: ReadonlySet<string>,
  tables: readonly string[],
): number {
  const token = edits.token(at);
  if (token === undefined) return at;
  const hyphenated = hyphenatedAt(edits, at);
  if (hyphenated !== undefined) {
    if (!isEventDataStore(hyphenated.name)) throw unknownTable(edits, at, hyphenated.name, tables);
    edits.replace(at, hyphenated.last, LAKE_VIEW);
    return hyphenated.last;
  }
  if (token.text === '<') return rewritePlaceholder(edits, at, tables);
  if (token.kind === 'parameter') {
    if (!isEventDataStore(token.text.slice(1))) throw unknownTable(edits, at, token.text, tables);
    edits.set(at, LAKE_VIEW);
    return at;
  }
  if (token.kind === 'text') {
    throw noFile(edits, at, tables);
  }
  if (edits.word(at) === 'unnest' && edits.text(at + 1) === '(') return rewriteUnnest(edits, at);
  return rewriteName(edits, at, names, tables);
}

/** An id such as 1a2b-3c4d, as it is written without quotation marks: in SQL no table begins like that. */
function hyphenatedAt(edits: Edits, at: number): { name: string; last: number } | undefined {
  const start = edits.token(at)?.at ?? edits.sql.length;
  // The longest id that AWS prints has 40 characters, an ARN of one some 100.
  const name = /^[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)+/.exec(edits.sql.slice(start, start + 200))?.[0];
  if (name === undefined) return undefined;
  let last = at;
  while ((edits.token(last + 1)?.at ?? edits.sql.length) < start + name.length) last += 1;
  return { name, last };
}

/** A placeholder in angle brackets, and its last token. */
function placeholderAt(edits: Edits, at: number): { name: string; last: number } | undefined {
  for (let last = at + 1; last < at + LONGEST_PLACEHOLDER; last += 1) {
    const end = edits.token(last);
    if (end?.text !== '>') continue;
    const start = (edits.token(at)?.at ?? 0) + 1;
    return { name: edits.sql.slice(start, end.at), last };
  }
  return undefined;
}

function rewritePlaceholder(edits: Edits, at: number, tables: readonly string[]): number {
  const placeholder = placeholderAt(edits, at);
  const name = placeholder === undefined ? '<' : `<${placeholder.name}>`;
  if (placeholder === undefined || !isEventDataStore(placeholder.name)) {
    throw unknownTable(edits, at, name, tables);
  }
  edits.replace(at, placeholder.last, LAKE_VIEW);
  return placeholder.last;
}

/** A name, or names with dots between them: a catalog and a database before a table say nothing here. */
function rewriteName(
  edits: Edits,
  at: number,
  names: ReadonlySet<string>,
  tables: readonly string[],
): number {
  let last = at;
  while (edits.text(last + 1) === '.' && nameOf(edits, last + 2) !== undefined) last += 2;
  const name = nameOf(edits, last);
  if (name === undefined) return last;
  if (edits.text(last + 1) === '(') {
    if (READERS.test(name)) throw noFile(edits, at, tables);
    return last;
  }
  const schema = last === at ? undefined : nameOf(edits, last - 2)?.toLowerCase();
  if (schema === undefined ? names.has(name.toLowerCase()) : schema === CATALOGUE) return last;
  const ours = knownTable(name, tables);
  if (ours === undefined) throw unknownTable(edits, at, name, tables);
  const isSame = last === at && ours === name.toLowerCase();
  if (!isSame) edits.replace(at, last, ours + aliasFor(edits, last, name));
  return last;
}

/** The old name as another name of the new table, for columns are often named with it. */
function aliasFor(edits: Edits, last: number, name: string): string {
  const next = edits.token(last + 1);
  const word = edits.word(last + 1);
  const hasAlias = next?.kind === 'quoted' || (word !== undefined && !AFTER_TABLE.has(word));
  return hasAlias ? '' : ` AS "${name.replaceAll('"', '""')}"`;
}

/**
 * CROSS JOIN UNNEST of what has several columns: a map (key, value) or a list of rows (arn, accountid, type). DuckDB unnests lists
 * alone, and leaves a row whole.
 */
function rewriteUnnest(edits: Edits, at: number): number {
  const open = at + 1;
  const close = edits.closing(open);
  if (close === undefined) return at;
  const columns = edits.find(close + 1, Math.min(close + 4, edits.length), (i) => edits.text(i) === '(');
  const hasOrdinality = edits.word(close + 1) === 'with';
  if (columns === undefined || hasOrdinality || edits.commas(open).length > 0) return close;
  const count = edits.commas(columns).length + 1;
  if (count === 2) {
    edits.set(at, 'LATERAL (SELECT e.key, e.value FROM (SELECT unnest(map_entries');
    edits.set(close, ')) AS e))');
  } else if (count > 2) {
    edits.set(at, 'LATERAL (SELECT unnest');
    edits.set(close, ', max_depth := 2))');
  }
  return close;
}

function nameOf(edits: Edits, index: number): string | undefined {
  const token = edits.token(index);
  if (token?.kind === 'quoted') return token.text.slice(1, -1).replaceAll('""', '"');
  return token?.kind === 'word' ? token.text : undefined;
}

function rewriteToken(edits: Edits, index: number): void {
  const token = edits.token(index);
  if (token === undefined) return;
  if (token.kind === 'parameter' && edits.isAsGiven(index)) {
    const hint = 'only named queries have parameters';
    throw refused(`the parameter ${token.text} (${edits.position(index)}) has no value`, hint);
  }
  if (token.kind === 'word' && TYPOGRAPHIC.test(token.text)) {
    throw refused(`there is a typographic quotation mark at ${edits.position(index)}`, TYPOGRAPHIC_HINT);
  }
  if (/^[xXuU]$/.test(token.text) && isAttached(edits, index)) {
    throw refused(`the literal ${token.text}'…' (${edits.position(index)}) cannot be translated`);
  }
  rewriteCall(edits, index);
  rewriteZone(edits, index);
}

/** Whether a text comes right after a word, as in X'41'. */
function isAttached(edits: Edits, index: number): boolean {
  const token = edits.token(index);
  const next = edits.token(index + 1);
  return next?.kind === 'text' && next.at === (token?.at ?? 0) + (token?.text.length ?? 0);
}

function noFile(edits: Edits, at: number, tables: readonly string[]): TrailVerifyError {
  const message = `a file (${edits.position(at)}) is no table here: only verified events can be asked`;
  return refused(message, `the tables are ${tables.join(', ')}`);
}

function unknownTable(edits: Edits, at: number, name: string, tables: readonly string[]): TrailVerifyError {
  const shown = JSON.stringify(name.slice(0, 80));
  if (name.toLowerCase() === WITNESS_TABLE)
    return refused(
      `table ${WITNESS_TABLE} (${edits.position(at)}) has what a witness recovered, and no corroboration is given`,
      'give the folder that trail-verify corroborate wrote with --corroboration',
    );
  return refused(`there is no table ${shown} (${edits.position(at)})`, suggestionHint(name, tables));
}

function refused(message: string, hint?: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, { hint });
}
