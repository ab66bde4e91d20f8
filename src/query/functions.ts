/**
 * Functions of Trino that no macro can stand for: what takes a lambda, a type, a clause of its own or a special syntax is
 * rewritten on the statement's tokens, and what has no counterpart is an error that names it.
 *
 *     any_match(resources, r -> r.type = 'AWS::S3::Object')
 *     trino_any(list_transform(resources, r -> r.type = 'AWS::S3::Object'))
 */
import { TrailVerifyError } from '../base/errors.ts';
import { sqlText } from '../events/columns.ts';
import type { Edits } from './edits.ts';
import { checkFormat, type FormatStyle, parsingFormat } from './formats.ts';
import { isCompared } from './zones.ts';

/**
 * Functions with another name in DuckDB: one takes a lambda, one must not hide DuckDB's own of that name, and an aggregate that is
 * a macro has no FILTER.
 */
const RENAMED: Readonly<Record<string, string>> = {
  transform: 'list_transform',
  json_extract: 'json_extract_or_null',
  to_hex: 'hex',
  arbitrary: 'any_value',
};

/** Aggregates that leave no NULL out; those that give a list have a third argument. */
const BY: Readonly<Record<string, string>> = { max_by: 'arg_max_null', min_by: 'arg_min_null' };

/** Types with a macro that casts to each. */
const CASTS: Readonly<Record<string, string>> = {
  bigint: 'bigint',
  int: 'integer',
  integer: 'integer',
  smallint: 'smallint',
  tinyint: 'tinyint',
  // A text with an offset is none.
  timestamp: 'timestamp',
};

/** Functions whose call goes between two texts. */
const WRAPPED: Readonly<Record<string, readonly [string, string]>> = {
  any_match: ['trino_any(list_transform(', '))'],
  all_match: ['trino_all(list_transform(', '))'],
  none_match: ['trino_none(list_transform(', '))'],
};

/** Functions that parse a time. DuckDB wants a constant format, which no macro can hand on. */
const PARSING: Readonly<Record<string, FormatStyle>> = { date_parse: 'mysql', parse_datetime: 'joda' };

/** Functions that write a time. */
const WRITING: Readonly<Record<string, FormatStyle>> = { date_format: 'mysql', format_datetime: 'joda' };

/** Parts of a date that EXTRACT counts otherwise: in Trino a week begins on Monday, with 1. */
const EXTRACTED: Readonly<Record<string, string>> = {
  dow: 'isodow',
  day_of_week: 'isodow',
  day_of_month: 'day',
  day_of_year: 'doy',
  year_of_week: 'isoyear',
  yow: 'isoyear',
};

/** What has no counterpart here, and what to write instead where there is something. */
export const UNTRANSLATABLE: Readonly<Record<string, string | undefined>> = {
  approx_most_frequent: 'GROUP BY with ORDER BY count(*) DESC LIMIT counts exactly',
  array_frequency: undefined,
  bing_tile: undefined,
  checksum: undefined,
  combinations: undefined,
  evaluate_classifier_predictions: undefined,
  human_readable_seconds: undefined,
  ip_prefix: undefined,
  ip_subnet_max: undefined,
  ip_subnet_min: undefined,
  is_subnet_of: undefined,
  json_query: 'json_extract takes a path',
  json_value: 'json_extract_scalar takes a path',
  json_table: undefined,
  map_filter: undefined,
  map_zip_with: undefined,
  match_recognize: undefined,
  merge: undefined,
  multimap_agg: undefined,
  multimap_from_entries: undefined,
  ngrams: undefined,
  numeric_histogram: undefined,
  parse_duration: undefined,
  parse_presto_data_size: undefined,
  qdigest_agg: undefined,
  reduce: 'list_reduce(list, lambda, first value) is in its place',
  reduce_agg: undefined,
  regexp_position: undefined,
  split_to_map: undefined,
  split_to_multimap: undefined,
  tdigest_agg: undefined,
  transform_keys: undefined,
  transform_values: undefined,
  zip: undefined,
  zip_with: undefined,
};

/** The functions that are rewritten, by Trino's names: they work in a statement, but are no macros of a database. */
export const REWRITTEN: readonly string[] = [
  ...Object.keys(RENAMED),
  ...Object.keys(WRAPPED),
  ...Object.keys(PARSING),
  ...Object.keys(BY),
  ...['approx_distinct', 'format', 'if', 'listagg', 'regexp_replace', 'unnest'],
];

/** Rewrites the call that begins at a significant token; nothing where its function is DuckDB's own or a macro's. */
export function rewriteCall(edits: Edits, at: number): void {
  const name = edits.word(at);
  if (name === undefined || edits.text(at + 1) !== '(' || edits.text(at - 1) === '.') return;
  if (Object.hasOwn(UNTRANSLATABLE, name)) throw untranslatable(edits, at, name);
  const renamed = Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
  if (renamed !== undefined && edits.isAsGiven(at)) edits.set(at, renamed);
  const wrapped = Object.hasOwn(WRAPPED, name) ? WRAPPED[name] : undefined;
  const close = edits.closing(at + 1);
  if (wrapped !== undefined && close !== undefined) {
    edits.set(at, wrapped[0]);
    edits.set(at + 1, '');
    edits.set(close, wrapped[1]);
  }
  if (close === undefined) return;
  const style = Object.hasOwn(PARSING, name) ? PARSING[name] : undefined;
  if (style !== undefined) rewriteParsing(edits, at, style);
  const writes = Object.hasOwn(WRITING, name) ? WRITING[name] : undefined;
  if (writes !== undefined) checkWriting(edits, at, close, writes);
  // With a fourth argument, its options, it is DuckDB's own.
  if (name === 'regexp_replace' && edits.commas(at + 1).length < 3) edits.set(at, 'trino_regexp_replace');
  if (name === 'approx_distinct') rewriteApproxDistinct(edits, at, close);
  if (name === 'if' && edits.commas(at + 1).length === 1) edits.set(close, ', NULL)');
  if (name === 'cast' || name === 'try_cast') rewriteCast(edits, at, close);
  if (name === 'extract') rewriteExtract(edits, at);
  if (name === 'listagg') rewriteListagg(edits, at, close);
  if (name === 'format') rewriteFormat(edits, at, close);
  if (Object.hasOwn(BY, name)) rewriteBy(edits, at, name);
}

function rewriteParsing(edits: Edits, at: number, style: FormatStyle): void {
  const [comma] = edits.commas(at + 1);
  const format = comma === undefined ? undefined : edits.token(comma + 1);
  const isConstant = comma !== undefined && edits.closing(at + 1) === comma + 2;
  if (format?.kind !== 'text' || !format.text.startsWith("'") || !isConstant) {
    const message = `the format of ${edits.text(at)} (${edits.position(at)}) must be a text such as '%Y-%m-%d'`;
    throw new TrailVerifyError('CONFIGURATION', message);
  }
  // Joda's gives a time with a zone, UTC where the text has none. A zone of the text itself can only be compared.
  if (style === 'joda' && /[Zz]/.test(format.text.replaceAll(/''[^']*''/g, '')) && !isCompared(edits, at)) {
    const message = `the zone of parse_datetime (${edits.position(at)}) cannot be kept here`;
    throw new TrailVerifyError('CONFIGURATION', message, { hint: 'compare the time, or leave its zone out' });
  }
  edits.set(at, style === 'joda' ? 'CAST(strptime' : 'strptime');
  if (style === 'joda') edits.set(comma + 2, ') AS TIMESTAMPTZ)');
  const what = `${edits.word(at) ?? ''} (${edits.position(at)})`;
  edits.set(comma + 1, sqlText(parsingFormat(textOf(format.text), style, what)));
}

function checkWriting(edits: Edits, at: number, close: number, style: FormatStyle): void {
  const [comma] = edits.commas(at + 1);
  const format = comma === undefined ? undefined : edits.token(comma + 1);
  if (comma === undefined || close !== comma + 2 || format?.kind !== 'text' || !format.text.startsWith("'"))
    return;
  checkFormat(textOf(format.text), style, `${edits.word(at) ?? ''} (${edits.position(at)})`);
}

/** Counts exactly, so that the same question always has the same answer; the tolerated error falls away. */
function rewriteApproxDistinct(edits: Edits, at: number, close: number): void {
  const [comma] = edits.commas(at + 1);
  edits.set(at, 'count');
  edits.set(at + 1, '(DISTINCT ');
  for (let index = comma ?? close; index < close; index += 1) edits.set(index, '');
}

/** A text of a statement, without its quotation marks. */
function textOf(text: string): string {
  return text.slice(1, -1).replaceAll("''", "'");
}

function rewriteBy(edits: Edits, at: number, name: string): void {
  if (edits.commas(at + 1).length === 1) edits.set(at, BY[name] ?? name);
  else {
    const message = `the function ${name} (${edits.position(at)}) with a number of values cannot be translated`;
    throw new TrailVerifyError('CONFIGURATION', message);
  }
}

/** What Java's format does with texts and whole numbers: %s, %d, %05d and %%. */
function rewriteFormat(edits: Edits, at: number, close: number): void {
  const [first, ...rest] = edits.commas(at + 1);
  const format = edits.token(at + 2);
  if (format?.kind !== 'text' || !format.text.startsWith("'") || (first ?? close) !== at + 3) {
    const message = `the format of format (${edits.position(at)}) must be a text such as '%s by %s'`;
    throw new TrailVerifyError('CONFIGURATION', message);
  }
  const ends = first === undefined ? [] : [...rest, close];
  const pieces = textOf(format.text).split(/(%(?:0[1-9]\d?d|[a-zA-Z%]|.[^%\s]*|$))/s);
  let written = '(';
  let next = 0;
  let last = first ?? close;
  for (const piece of pieces.filter((one) => one !== '')) {
    if (!piece.startsWith('%') || piece === '%%' || piece === '%n') {
      const text = piece === '%%' ? '%' : piece === '%n' ? '\n' : piece;
      written += `${written === '(' ? '' : ' || '}${sqlText(text)}`;
      continue;
    }
    const width = /^%0(\d+)d$/.exec(piece)?.[1];
    const end = ends[next];
    if (end === undefined || (width === undefined && piece !== '%s' && piece !== '%d')) {
      const why = end === undefined ? 'a directive without a value' : piece;
      const message = `the format of format (${edits.position(at)}) has ${why}, which cannot be translated`;
      throw new TrailVerifyError('CONFIGURATION', message);
    }
    written += `${written === '(' ? '' : ' || '}${width === undefined ? 'trino_format(' : `coalesce(printf('%0${width}d', CAST(`}`;
    edits.set(last, written);
    written = width === undefined ? ')' : ` AS BIGINT)), lpad('null', ${width}, ' '))`;
    last = end;
    next += 1;
  }
  if (next !== ends.length) {
    const message = `format (${edits.position(at)}) has more values than its format`;
    throw new TrailVerifyError('CONFIGURATION', message);
  }
  for (const index of [at, at + 1, at + 2]) edits.set(index, '');
  edits.set(close, `${written === '(' ? "(''" : written})`);
}

/** Trino casts a JSON text to the text itself, cuts texts and rounds doubles; and it writes lists as array(type). */
function rewriteCast(edits: Edits, at: number, close: number): void {
  const as = edits.find(at + 2, close, (index) => edits.word(index) === 'as');
  if (as === undefined) return;
  const type = edits.word(as + 1) ?? '';
  const size =
    edits.text(as + 2) === '(' && edits.closing(as + 2) === close - 1 ? edits.text(as + 3) : undefined;
  const isPlain = as + 2 === close;
  const isLiteral = edits.word(at + 2) === 'timestamp' && as === at + 4;
  if (type === 'char') {
    const message = `the type char (${edits.position(as + 1)}) cannot be translated`;
    throw new TrailVerifyError('CONFIGURATION', message, { hint: 'varchar does not fill up with spaces' });
  }
  if (type === 'varchar' && (isPlain || size !== undefined) && !isLiteral) {
    edits.set(at, size === undefined ? 'trino_text' : 'system.main.left(trino_text');
    for (let index = as; index < close; index += 1) edits.set(index, '');
    if (size !== undefined) edits.set(close, `), ${size})`);
    return;
  }
  const isZoned =
    type === 'timestamp' && edits.word(close - 1) === 'zone' && edits.word(close - 3) === 'with';
  if (isZoned) {
    const isInstant = isCompared(edits, at);
    for (let index = as + 1; index < close; index += 1) edits.set(index, '');
    if (isInstant) edits.set(as + 1, 'TIMESTAMPTZ');
    else {
      edits.set(at, edits.word(at) === 'try_cast' ? 'trino_try_zoned' : 'trino_zoned');
      edits.set(as, '');
    }
    return;
  }
  if (isPlain && type === 'json') {
    // A text becomes a JSON text and is not parsed.
    edits.set(at, 'to_json');
    edits.set(as, '');
    edits.set(as + 1, '');
    return;
  }
  if (isPlain && Object.hasOwn(CASTS, type)) {
    edits.set(at, `trino_${edits.word(at) === 'try_cast' ? 'try_' : ''}${CASTS[type]}`);
    edits.set(as, '');
    edits.set(as + 1, '');
    return;
  }
  for (let index = as; index < close; index += 1) {
    const open = index + 1;
    const end = edits.text(open) === '(' ? edits.closing(open) : edits.closingAngle(open, close);
    if (edits.word(index) !== 'array' || end === undefined) continue;
    edits.set(index, '');
    edits.set(open, '');
    edits.set(end, '[]');
  }
}

function rewriteExtract(edits: Edits, at: number): void {
  const part = edits.word(at + 2) ?? '';
  const ours = Object.hasOwn(EXTRACTED, part) ? EXTRACTED[part] : undefined;
  if (ours !== undefined && edits.word(at + 3) === 'from') edits.set(at + 2, ours);
}

/** LISTAGG(x, ',') WITHIN GROUP (ORDER BY y): the order goes into the call. Without a separator there is none. */
function rewriteListagg(edits: Edits, at: number, close: number): void {
  const isOrdered = edits.word(close + 1) === 'within' && edits.word(close + 2) === 'group';
  const separator = edits.commas(at + 1).length === 0 ? ", ''" : '';
  if (!isOrdered || edits.text(close + 3) !== '(') {
    edits.set(close, `${separator})`);
    return;
  }
  edits.set(close, separator);
  for (const index of [close + 1, close + 2, close + 3]) edits.set(index, '');
}

function untranslatable(edits: Edits, at: number, name: string): TrailVerifyError {
  const where = edits.position(at);
  return new TrailVerifyError('CONFIGURATION', `the function ${name} (${where}) cannot be translated`, {
    hint: UNTRANSLATABLE[name],
  });
}
