/**
 * Functions of Trino that no macro can stand for: what takes a lambda, a type, a clause of its own or a special syntax is
 * rewritten on the statement's tokens, and what has no counterpart is an error that names it.
 *
 *     any_match(resources, r -> r.type = 'AWS::S3::Object')
 *     coalesce(list_bool_or(list_transform(resources, r -> r.type = 'AWS::S3::Object')), false)
 */
import { TrailVerifyError } from '../base/errors.ts';
import { sqlText } from '../events/columns.ts';
import type { Edits } from './edits.ts';
import { duckFormat, type FormatStyle } from './formats.ts';

/** Functions with another name in DuckDB; the first takes a lambda, the second must not hide DuckDB's own of that name. */
const RENAMED: Readonly<Record<string, string>> = {
  transform: 'list_transform',
  json_extract: 'json_extract_or_null',
  to_hex: 'hex',
};

/** Functions whose call goes between two texts. */
const WRAPPED: Readonly<Record<string, readonly [string, string]>> = {
  any_match: ['coalesce(list_bool_or(list_transform(', ')), false)'],
  all_match: ['coalesce(list_bool_and(list_transform(', ')), true)'],
  none_match: ['NOT coalesce(list_bool_or(list_transform(', ')), false)'],
};

/** Functions that parse a time. DuckDB wants a constant format, which no macro can hand on. */
const PARSING: Readonly<Record<string, FormatStyle>> = { date_parse: 'mysql', parse_datetime: 'joda' };

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
  ...['approx_distinct', 'if', 'listagg', 'regexp_replace', 'unnest'],
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
  // With a fourth argument, its options, it is DuckDB's own.
  if (name === 'regexp_replace' && edits.commas(at + 1).length < 3) edits.set(at, 'regexp_replace_all');
  if (name === 'approx_distinct') rewriteApproxDistinct(edits, at, close);
  if (name === 'if' && edits.commas(at + 1).length === 1) edits.set(close, ', NULL)');
  if (name === 'cast' || name === 'try_cast') rewriteCast(edits, at, close);
  if (name === 'extract') rewriteExtract(edits, at);
  if (name === 'listagg') rewriteListagg(edits, close);
}

function rewriteParsing(edits: Edits, at: number, style: FormatStyle): void {
  const [comma] = edits.commas(at + 1);
  const format = comma === undefined ? undefined : edits.token(comma + 1);
  const isConstant = comma !== undefined && edits.closing(at + 1) === comma + 2;
  if (format?.kind !== 'text' || !format.text.startsWith("'") || !isConstant) {
    const message = `the format of ${edits.text(at)} (${edits.position(at)}) must be a text such as '%Y-%m-%d'`;
    throw new TrailVerifyError('CONFIGURATION', message);
  }
  // Joda's gives a time with a zone, UTC where the text has none.
  edits.set(at, style === 'joda' ? 'CAST(strptime' : 'strptime');
  if (style === 'joda') edits.set(comma + 2, ') AS TIMESTAMPTZ)');
  edits.set(comma + 1, sqlText(duckFormat(format.text.slice(1, -1).replaceAll("''", "'"), style)));
}

/** Counts exactly, so that the same question always has the same answer; the tolerated error falls away. */
function rewriteApproxDistinct(edits: Edits, at: number, close: number): void {
  const [comma] = edits.commas(at + 1);
  edits.set(at, 'count');
  edits.set(at + 1, '(DISTINCT ');
  for (let index = comma ?? close; index < close; index += 1) edits.set(index, '');
}

/** Trino casts a JSON text to the text itself, without its quotation marks; and it writes lists as array(type). */
function rewriteCast(edits: Edits, at: number, close: number): void {
  const inner = edits.closing(at + 3);
  const isText = inner !== undefined && edits.word(inner + 1) === 'as' && edits.word(inner + 2) === 'varchar';
  if (edits.word(at + 2) === 'json_extract' && isText) edits.set(at + 2, 'json_extract_scalar');
  const as = edits.find(at + 2, close, (index) => edits.word(index) === 'as');
  for (let index = as ?? close; index < close; index += 1) {
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

/** LISTAGG(x, ',') WITHIN GROUP (ORDER BY y): the order goes into the call. */
function rewriteListagg(edits: Edits, close: number): void {
  const isOrdered = edits.word(close + 1) === 'within' && edits.word(close + 2) === 'group';
  if (!isOrdered || edits.text(close + 3) !== '(') return;
  for (const index of [close, close + 1, close + 2, close + 3]) edits.set(index, '');
}

function untranslatable(edits: Edits, at: number, name: string): TrailVerifyError {
  const where = edits.position(at);
  return new TrailVerifyError('CONFIGURATION', `the function ${name} (${where}) cannot be translated`, {
    hint: UNTRANSLATABLE[name],
  });
}
