/**
 * Functions of Trino, which Athena and CloudTrail Lake have, as macros for DuckDB: those that it lacks, and those that it
 * means otherwise. A macro hides DuckDB's own function of its name; `system.main` still reaches that one.
 *
 *     date_diff('day', a, b)     complete days, as in Trino; DuckDB counts the midnights in between
 */
import { sqlFormat } from './formats.ts';

/** The forms of one function: its arguments, and what it is. */
export interface Macro {
  readonly name: string;
  readonly forms: readonly (readonly [args: string, body: string])[];
}

// A path with a name in brackets, $["a b"], is written $."a b" here.
const PATH = String.raw`regexp_replace(p, '\["([^"\]]*)"\]', '."\1"', 'g')`;
const asJson = (text: string): string => `TRY_CAST(${text} AS JSON)`;
/** A replacement names its groups $1 in Trino, \1 here. */
const REPLACEMENT = String.raw`regexp_replace(r, '\$(\d)', '\\\1', 'g')`;
const URL_HOST = String.raw`'^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)'`;
const URL_PORT = String.raw`'^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*):(\d+)'`;
const URL_PATH = `'^[A-Za-z][A-Za-z0-9+.-]*:(?://[^/?#]*)?([^?#]*)'`;
const found = (pattern: string): string => `nullif(system.main.regexp_extract(u, ${pattern}, 1), '')`;

/** One macro for each form of arguments; up to eight texts are joined by concat. */
const CONCAT: readonly (readonly [string, string])[] = [2, 3, 4, 5, 6, 7, 8].map((count) => {
  const names = Array.from({ length: count }, (_, index) => `a${index}`);
  return [names.join(', '), names.join(' || ')];
});

const one = (name: string, args: string, body: string): Macro => ({ name, forms: [[args, body]] });

/** The macros, by what they are about. */
export const MACROS: readonly Macro[] = [
  // Maps and lists (Trino: "Map functions and operators", "Array functions and operators")
  one('element_at', 'm, k', 'm[k]'),
  one(
    'cardinality',
    'c',
    `CASE json_type(to_json(c)) WHEN 'ARRAY' THEN CAST(system.main.json_array_length(to_json(c)) AS BIGINT) WHEN 'OBJECT' THEN len(json_keys(to_json(c))) END`,
  ),
  {
    name: 'array_join',
    forms: [
      ['l, d', 'array_to_string(l, d)'],
      ['l, d, n', 'array_to_string(list_transform(l, lambda x: coalesce(CAST(x AS VARCHAR), n)), d)'],
    ],
  },
  one('array_distinct', 'l', 'list_filter(l, lambda x, i: list_position(l, x) = i)'),
  one('array_union', 'a, b', 'array_distinct(list_concat(a, b))'),
  one('array_except', 'a, b', 'array_distinct(list_filter(a, lambda x: NOT list_contains(b, x)))'),
  one('array_intersect', 'a, b', 'array_distinct(list_filter(a, lambda x: list_contains(b, x)))'),
  one('array_remove', 'l, v', 'list_filter(l, lambda x: x <> v)'),
  one('array_max', 'l', 'list_max(l)'),
  one('array_min', 'l', 'list_min(l)'),
  one('array_sum', 'l', 'list_sum(l)'),
  one('array_average', 'l', 'list_avg(l)'),
  one('arrays_overlap', 'a, b', 'list_has_any(a, b)'),
  one(
    'slice',
    'l, s, n',
    'list_slice(l, s, CASE WHEN s < 0 AND s + n - 1 >= 0 THEN len(l) ELSE s + n - 1 END)',
  ),
  {
    name: 'sequence',
    forms: [
      ['a, b', 'CASE WHEN a <= b THEN generate_series(a, b) ELSE generate_series(a, b, -1) END'],
      ['a, b, s', 'generate_series(a, b, s)'],
    ],
  },
  // Aggregates
  one('approx_distinct', 'x', 'count(DISTINCT x)'),
  one('approx_percentile', 'x, p', 'quantile_disc(x, p)'),
  one('set_agg', 'x', 'list(DISTINCT x)'),
  one('every', 'x', 'bool_and(x)'),
  one('map_agg', 'k, v', 'map(list(k), list(v))'),
  // JSON: what is no JSON is NULL, not an error
  one('json_extract_or_null', 'j, p', `system.main.json_extract(${asJson('j')}, ${PATH})`),
  one(
    'json_extract_scalar',
    'j, p',
    `CASE WHEN system.main.json_type(${asJson('j')}, ${PATH}) NOT IN ('OBJECT', 'ARRAY') THEN system.main.json_extract_string(${asJson('j')}, ${PATH}) END`,
  ),
  one(
    'json_array_length',
    'j',
    `CASE WHEN json_type(${asJson('j')}) = 'ARRAY' THEN CAST(system.main.json_array_length(${asJson('j')}) AS BIGINT) END`,
  ),
  one('json_array_contains', 'j, v', `list_contains(TRY_CAST(${asJson('j')} AS JSON[]), to_json(v))`),
  one('json_array_get', 'j, i', `CASE WHEN json_type(${asJson('j')}) = 'ARRAY' THEN ${asJson('j')} -> i END`),
  one(
    'json_size',
    'j, p',
    `CASE json_type(json_extract_or_null(j, p)) WHEN 'ARRAY' THEN CAST(system.main.json_array_length(json_extract_or_null(j, p)) AS BIGINT) WHEN 'OBJECT' THEN len(json_keys(json_extract_or_null(j, p))) ELSE CASE WHEN json_extract_or_null(j, p) IS NOT NULL THEN 0 END END`,
  ),
  one('json_parse', 't', 'CAST(t AS JSON)'),
  one('json_format', 'j', 'CAST(json(j) AS VARCHAR)'),
  one('is_json_scalar', 'j', `json_type(CAST(j AS JSON)) NOT IN ('OBJECT', 'ARRAY')`),
  // Times
  {
    name: 'date_add',
    forms: [
      ['d, i', 'd + i'],
      ['u, n, t', `t + CAST(CAST(n AS VARCHAR) || ' ' || u AS INTERVAL)`],
    ],
  },
  one('date_diff', 'u, a, b', 'date_sub(u, a, b)'),
  one('date_format', 't, f', `strftime(t, ${sqlFormat('f', 'mysql')})`),
  one('format_datetime', 't, f', `strftime(t, ${sqlFormat('f', 'joda')})`),
  one('from_iso8601_timestamp', 't', 'CAST(t AS TIMESTAMPTZ)'),
  one('from_iso8601_date', 't', 'CAST(t AS DATE)'),
  one(
    'to_iso8601',
    't',
    `CASE typeof(t) WHEN 'DATE' THEN strftime(t, '%Y-%m-%d') WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ') ELSE strftime(t, '%Y-%m-%dT%H:%M:%S.%g') END`,
  ),
  {
    name: 'from_unixtime',
    forms: [
      ['s', 'to_timestamp(s)'],
      ['s, z', 'to_timestamp(s)'],
    ],
  },
  one('to_unixtime', 't', 'epoch(t)'),
  one('at_timezone', 't, z', 't'),
  one('with_timezone', 't, z', 't AT TIME ZONE z'),
  one('last_day_of_month', 't', 'last_day(t)'),
  one('day_of_week', 't', 'isodow(t)'),
  one('dow', 't', 'isodow(t)'),
  one('day_of_month', 't', 'day(t)'),
  one('day_of_year', 't', 'dayofyear(t)'),
  one('doy', 't', 'dayofyear(t)'),
  one('week_of_year', 't', 'weekofyear(t)'),
  one('year_of_week', 't', 'isoyear(t)'),
  one('yow', 't', 'isoyear(t)'),
  one('millisecond', 't', 'system.main.millisecond(t) % 1000'),
  // Texts
  { name: 'concat', forms: CONCAT },
  {
    name: 'replace',
    forms: [
      ['t, s', `system.main.replace(t, s, '')`],
      ['t, s, r', 'system.main.replace(t, s, r)'],
    ],
  },
  one('split_part', 't, d, n', 'string_split(t, d)[n]'),
  one('regexp_like', 't, p', 'regexp_matches(t, p)'),
  {
    name: 'regexp_extract',
    forms: [
      ['t, p', 'CASE WHEN regexp_matches(t, p) THEN system.main.regexp_extract(t, p) END'],
      ['t, p, g', 'CASE WHEN regexp_matches(t, p) THEN system.main.regexp_extract(t, p, g) END'],
    ],
  },
  {
    name: 'regexp_replace_all',
    forms: [
      ['t, p', `regexp_replace(t, p, '', 'g')`],
      ['t, p, r', `regexp_replace(t, p, ${REPLACEMENT}, 'g')`],
    ],
  },
  one('regexp_count', 't, p', 'len(regexp_extract_all(t, p))'),
  one('regexp_split', 't, p', 'regexp_split_to_array(t, p)'),
  one('levenshtein_distance', 'a, b', 'levenshtein(a, b)'),
  one('hamming_distance', 'a, b', 'hamming(a, b)'),
  one('codepoint', 't', 'unicode(t)'),
  one('normalize', 't', 'nfc_normalize(t)'),
  one('to_utf8', 't', 'encode(t)'),
  one('from_utf8', 'b', 'decode(b)'),
  one('from_hex', 't', 'unhex(t)'),
  one('md5', 'b', 'unhex(system.main.md5(b))'),
  one('sha1', 'b', 'unhex(system.main.sha1(b))'),
  one('sha256', 'b', 'unhex(system.main.sha256(b))'),
  one('bitwise_and', 'a, b', 'a & b'),
  one('bitwise_or', 'a, b', 'a | b'),
  one('rand', '', 'random()'),
  // URLs: what a URL does not have is NULL
  one('url_extract_protocol', 'u', found(`'^([A-Za-z][A-Za-z0-9+.-]*):'`)),
  one('url_extract_host', 'u', found(URL_HOST)),
  one('url_extract_port', 'u', `TRY_CAST(${found(URL_PORT)} AS BIGINT)`),
  one(
    'url_extract_path',
    'u',
    `CASE WHEN regexp_matches(u, ${URL_PATH}) THEN system.main.regexp_extract(u, ${URL_PATH}, 1) END`,
  ),
  one('url_extract_query', 'u', found(String.raw`'\?([^#]*)'`)),
  one('url_extract_fragment', 'u', found(`'#(.*)$'`)),
  one(
    'url_extract_parameter',
    'u, n',
    `CASE WHEN regexp_matches(u, '[?&]' || regexp_escape(n) || '=') THEN url_decode(system.main.regexp_extract(u, '[?&]' || regexp_escape(n) || '=([^&#]*)', 1)) END`,
  ),
];

/** The functions of Trino that are macros, by its names: some macros have a name that hides none of DuckDB's functions. */
export function trinoNames(): readonly string[] {
  return MACROS.map(({ name }) => name).filter((name) => !/_or_null$|_all$/.test(name));
}

/** Statements that create the macros, in an order in which each finds those that it is made of. */
export function macroStatements(macros: readonly Macro[]): readonly string[] {
  return macros.map(({ name, forms }) => {
    const written = forms.map(([args, body]) => `(${args}) AS (${body})`);
    return `CREATE OR REPLACE MACRO ${name}${written.join(', ')}`;
  });
}
