/**
 * Functions of Trino, which Athena and CloudTrail Lake have, as macros for DuckDB: those that it lacks, and those that it
 * means otherwise. A macro hides DuckDB's own function of its name; `system.main` still reaches that one.
 *
 *     date_diff('day', a, b)     complete days, as in Trino; DuckDB counts the midnights in between
 */
import { sqlText } from '../events/columns.ts';
import { formatted } from './formats.ts';

/** The forms of one function: its arguments, and what it is. */
export interface Macro {
  /** A name of Trino, or one that begins with trino_ and only helps others. */
  readonly name: string;
  readonly forms: readonly (readonly [args: string, body: string])[];
}

// A path with a name in brackets, $["a b"], is written $."a b" here. An index that counts from the end finds nothing.
const PATH = String.raw`regexp_replace(CASE WHEN regexp_matches(p, '\[\s*[-#]') THEN NULL ELSE p END, '\["([^"\]]*)"\]', '."\1"', 'g')`;
const asJson = (text: string): string => `TRY_CAST(${text} AS JSON)`;

// Java’s backslash takes the next character as it is, and $1 is a group; here \1 is. Private characters keep what is done.
const replaced = (text: string, from: string, to: string): string =>
  `system.main.replace(${text}, ${sqlText(from)}, ${sqlText(to)})`;
const ESCAPED = replaced(replaced('r', '\\\\', '\ue000'), '\\$', '\ue001');
const GROUPS = String.raw`system.main.regexp_replace(system.main.regexp_replace(${ESCAPED}, '\\(.)', '\1', 'g'), '\$(\d)', '\\\1', 'g')`;
const REPLACEMENT = replaced(replaced(GROUPS, '\ue000', '\\\\'), '\ue001', '$');

/** A pattern without what a backslash escapes. */
const BARE = String.raw`system.main.regexp_replace(p, '\\.', 'x', 'g')`;
/** Java has sets within sets, and intersects them with &&. RE2 reads their characters. */
const NESTED_SET = String.raw`regexp_matches(${BARE}, '\[[^\]]*(?:&&|[^\]]\[)|\[\[')`;
const searched = (name: string, found: string): string =>
  `CASE WHEN ${NESTED_SET} THEN error('the pattern ' || p || ' of ${name} has a set within a set, which cannot be translated') ELSE ${found} END`;
/** A pattern without sets and without what follows a whole group. */
const SHAPE = String.raw`system.main.regexp_replace(system.main.regexp_replace(${BARE}, '\[[^\]]*\]', 'x', 'g'), '\)[?*]\??', ')', 'g')`;
/** A group that is '' matched nothing, or did not match: DuckDB does not say which. */
const GROUP = String.raw`CASE WHEN r <> '' THEN r WHEN r IS NULL OR p IS NULL THEN NULL WHEN NOT regexp_matches(${BARE}, '\||\)[?*{]') THEN r WHEN NOT regexp_matches(system.main.replace(${SHAPE}, '(?:', '('), '[?*{^]|\(\(|\(\)|\(\||\|\)|\$[)|]') AND NOT regexp_matches(p, '\\[bBAzZG]') THEN NULL ELSE error('a group of the pattern ' || p || ' is empty or missing, and which of them cannot be said') END`;

const URL_HOST = String.raw`'^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)'`;
const URL_PORT = String.raw`'^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*):(\d+)'`;
const URL_PATH = `'^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)'`;
const found = (pattern: string): string => `system.main.regexp_extract(u, ${pattern}, 1)`;
/** What is no URL is NULL; what a URL lacks is ''. */
const ofUrl = (part: string): string =>
  String.raw`CASE WHEN NOT regexp_matches(u, '[\s"<>\\^${'`'}{|}]|%(?:[^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)') THEN ${part} END`;
const PARAMETER = `'&' || regexp_escape(n) || '(?:=([^&]*))?(?:&|$)'`;
const QUERY = String.raw`'&' || system.main.regexp_extract(u, '^[^#?]*\?([^#]*)', 1)`;

const IS_LIST = (list: string): string => `typeof(${list}) LIKE '%[]'`;
const UTC = `upper(z) IN ('UTC', 'Z', 'GMT', 'UT', '+00:00', '-00:00', 'ETC/UTC')`;
const inUtc = (name: string, time: string): string =>
  `CASE WHEN ${UTC} THEN ${time} ELSE error('${name} to the zone ' || z || ' cannot be translated here') END`;
const OFFSET = String.raw`':\d\d(?:[.,]\d+)?\s*[+-]\d|[Tt]\d\d\s*[+-]\d'`;
const UTC_OFFSET = `'[+-]00(?::?00)?$'`;

/** Whether a text has an offset, which DuckDB would drop. */
const HAS_OFFSET = `typeof(x) = 'VARCHAR' AND coalesce(regexp_matches(CAST(x AS VARCHAR), ${OFFSET}), false)`;

/** Whether a text has another zone than UTC. */
const HAS_ZONE = String.raw`${HAS_OFFSET} AND NOT regexp_matches(CAST(x AS VARCHAR), ${UTC_OFFSET}) OR typeof(x) = 'VARCHAR' AND coalesce(regexp_matches(CAST(x AS VARCHAR), '[A-Za-z]{2,}\s*$') AND NOT regexp_matches(CAST(x AS VARCHAR), '(?i)(?:utc|gmt)$'), false)`;

/**
 * Casts to whole numbers: a double is rounded half away from zero, and a text has digits alone. What fails is a cast that fails,
 * because DuckDB's TRY takes no call of error.
 */
const WHOLE: readonly Macro[] = ['bigint', 'integer', 'smallint', 'tinyint'].flatMap((type) => [
  one(
    `trino_${type}`,
    'x',
    `CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN CAST(round(TRY_CAST(x AS DOUBLE)) AS ${type}) WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), '[+-]?[0-9]+') THEN CAST('the text ' || CAST(x AS VARCHAR) || ' is no whole number' AS ${type}) ELSE CAST(x AS ${type}) END`,
  ),
  one(
    `trino_try_${type}`,
    'x',
    `CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN TRY_CAST(round(TRY_CAST(x AS DOUBLE)) AS ${type}) WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), '[+-]?[0-9]+') THEN NULL ELSE TRY_CAST(x AS ${type}) END`,
  ),
]);

/** One macro for each form of arguments; up to sixteen texts are joined by concat. */
const CONCAT: readonly (readonly [string, string])[] = Array.from({ length: 15 }, (_, more) => {
  const names = argumentNames(more + 2);
  return [names.join(', '), names.join(' || ')];
});

/** The same for concat_ws, which also takes a list. */
const CONCAT_WS: readonly (readonly [string, string])[] = Array.from({ length: 16 }, (_, more) => {
  const names = argumentNames(more + 1);
  const texts = `system.main.concat_ws(s, ${names.join(', ')})`;
  const list = `CASE WHEN ${IS_LIST('a0')} THEN array_to_string(TRY_CAST(a0 AS VARCHAR[]), s) ELSE ${texts} END`;
  return [['s', ...names].join(', '), more === 0 ? list : texts];
});

/** greatest and least are NULL where one value is. */
const extreme = (name: string): Macro => ({
  name,
  forms: Array.from({ length: 16 }, (_, more) => {
    const names = argumentNames(more + 1).join(', ');
    const isNull = argumentNames(more + 1).map((one) => `${one} IS NULL`);
    return [names, `CASE WHEN NOT (${isNull.join(' OR ')}) THEN system.main.${name}(${names}) END`] as const;
  }),
});

function argumentNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `a${index}`);
}

function one(name: string, args: string, body: string): Macro {
  return { name, forms: [[args, body]] };
}

/** Of a text from 1 on, or from its end; what begins outside it is ''. */
const SUBSTR: readonly (readonly [string, string])[] = [
  ['t, s', "CASE WHEN s = 0 OR s < -length(t) THEN '' ELSE system.main.substring(t, s) END"],
  ['t, s, n', "CASE WHEN n <= 0 OR s = 0 OR s < -length(t) THEN '' ELSE system.main.substring(t, s, n) END"],
];

/** The instant of a time in ISO 8601: UTC where it has no offset. */
const isoInstant = `CASE WHEN regexp_matches(t, ${OFFSET}) OR regexp_matches(t, '[Zz]$') THEN CAST(t AS TIMESTAMPTZ) ELSE CAST(t AS TIMESTAMP) AT TIME ZONE 'UTC' END`;

/** The steps of a path such as lax $.a[0]."b c". */
const STEPS = String.raw`system.main.regexp_extract_all(p, '\.(?:"[^"]*"|[A-Za-z_][A-Za-z0-9_]*)|\[[0-9]+\]')`;
const STRICT_PATH = String.raw`'^\s*(?:lax|strict)?\s*\$(?:\.(?:"[^"]*"|[A-Za-z_][A-Za-z0-9_]*)|\[[0-9]+\])*\s*$'`;
/** Where the strict path finds nothing, a lax one may still find it in a list; that is an error here. */
const JSON_EXISTS = `CASE WHEN j IS NULL OR p IS NULL THEN NULL WHEN NOT regexp_matches(p, ${STRICT_PATH}) THEN error('the path ' || p || ' of json_exists cannot be translated') WHEN ${asJson('j')} IS NULL THEN false WHEN system.main.json_exists(${asJson('j')}, '$' || array_to_string(${STEPS}, '')) THEN true WHEN regexp_matches(p, '^\\s*strict') THEN false WHEN list_contains(list_transform(${STEPS}, lambda s, i: CASE WHEN starts_with(s, '[') THEN system.main.json_type(${asJson('j')}, '$' || array_to_string(list_slice(${STEPS}, 1, i - 1), '')) <> 'ARRAY' ELSE system.main.json_type(${asJson('j')}, '$' || array_to_string(list_slice(${STEPS}, 1, i - 1), '')) = 'ARRAY' END), true) THEN error('the path ' || p || ' of json_exists goes through a list, which cannot be translated') ELSE false END`;

/** The macros, by what they are about. */
export const MACROS: readonly Macro[] = [
  // What others are made of
  one(
    'trino_utc',
    't',
    `CASE WHEN typeof(t) = 'TIMESTAMP WITH TIME ZONE' THEN CAST(t AS TIMESTAMPTZ) AT TIME ZONE 'UTC' ELSE CAST(t AS TIMESTAMP) END`,
  ),
  one(
    'trino_text',
    'x',
    `CASE typeof(x) WHEN 'JSON' THEN CASE WHEN json_type(to_json(x)) NOT IN ('OBJECT', 'ARRAY') THEN to_json(x) ->> '$' END WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g') WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ) AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%g UTC') ELSE CAST(x AS VARCHAR) END`,
  ),
  one(
    'trino_format',
    'x',
    `CASE WHEN typeof(x) IN ('VARCHAR', 'BOOLEAN', 'DATE', 'JSON', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', '"NULL"') OR typeof(x) LIKE 'DECIMAL%' THEN coalesce(CAST(x AS VARCHAR), 'null') ELSE error('format of a value of type ' || typeof(x) || ' cannot be translated') END`,
  ),
  ...WHOLE,
  one(
    'trino_timestamp',
    'x',
    `CASE WHEN ${HAS_OFFSET} THEN CAST('the text ' || CAST(x AS VARCHAR) || ' has an offset' AS TIMESTAMP) ELSE CAST(x AS TIMESTAMP) END`,
  ),
  ...['CAST', 'TRY_CAST'].map((cast) =>
    one(
      cast === 'CAST' ? 'trino_zoned' : 'trino_try_zoned',
      'x',
      `CASE WHEN ${HAS_ZONE} THEN error('the time ' || CAST(x AS VARCHAR) || ' has a zone, which cannot be kept here: compare it') ELSE ${cast}(x AS TIMESTAMPTZ) END`,
    ),
  ),
  one('trino_try_timestamp', 'x', `CASE WHEN NOT (${HAS_OFFSET}) THEN TRY_CAST(x AS TIMESTAMP) END`),
  one(
    'trino_any',
    'b',
    'CASE WHEN list_contains(b, true) THEN true WHEN list_count(b) = len(b) THEN false END',
  ),
  one(
    'trino_all',
    'b',
    'CASE WHEN list_contains(b, false) THEN false WHEN list_count(b) = len(b) THEN true END',
  ),
  one('trino_none', 'b', 'NOT trino_any(b)'),
  one('trino_group', 'r, p', GROUP),
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
  one('array_except', 'a, b', 'array_distinct(list_filter(a, lambda x: list_position(b, x) IS NULL))'),
  one('array_intersect', 'a, b', 'array_distinct(list_filter(a, lambda x: list_position(b, x) IS NOT NULL))'),
  one(
    'array_remove',
    'l, v',
    'CASE WHEN v IS NOT NULL THEN list_filter(l, lambda x: x IS DISTINCT FROM v) END',
  ),
  one(
    'array_position',
    'l, v',
    'CASE WHEN l IS NOT NULL AND v IS NOT NULL THEN CAST(coalesce(list_position(l, v), 0) AS BIGINT) END',
  ),
  one('repeat', 'v, n', 'list_transform(range(n), lambda i: v)'),
  one(
    'contains',
    'l, v',
    'CASE WHEN v IS NULL THEN NULL WHEN list_contains(l, v) THEN true WHEN list_count(l) = len(l) THEN false END',
  ),
  one('array_max', 'l', 'CASE WHEN list_count(l) = len(l) THEN list_max(l) END'),
  one('array_min', 'l', 'CASE WHEN list_count(l) = len(l) THEN list_min(l) END'),
  one('array_sum', 'l', 'CASE WHEN l IS NOT NULL THEN coalesce(list_sum(l), 0) END'),
  one('array_average', 'l', 'list_avg(l)'),
  one(
    'arrays_overlap',
    'a, b',
    'CASE WHEN list_has_any(a, b) THEN true WHEN len(a) = 0 OR len(b) = 0 OR (list_count(a) = len(a) AND list_count(b) = len(b)) THEN false END',
  ),
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
  one('max_by', 'x, y', 'arg_max_null(x, y)'),
  one('min_by', 'x, y', 'arg_min_null(x, y)'),
  one('arbitrary', 'x', 'any_value(x)'),
  one(
    'entropy',
    'c',
    'CASE WHEN sum(c) > 0 THEN log2(sum(c)) - sum(CASE WHEN c > 0 THEN c * log2(c) ELSE 0 END) / sum(c) ELSE CAST(0 AS DOUBLE) END',
  ),
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
  one('json_exists', 'j, p', JSON_EXISTS),
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
  one('date_format', 't, f', formatted('date_format', 'mysql')),
  one('format_datetime', 't, f', formatted('format_datetime', 'joda')),
  one('trino_iso_instant', 't', isoInstant),
  one(
    'trino_iso_local',
    't',
    String.raw`CAST(CASE WHEN regexp_matches(t, ${OFFSET}) OR regexp_matches(t, '[Zz]$') THEN system.main.regexp_replace(t, '\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)$', '') ELSE t END AS TIMESTAMP)`,
  ),
  one(
    'from_iso8601_timestamp',
    't',
    `CASE WHEN regexp_matches(t, ${OFFSET}) AND NOT regexp_matches(t, ${UTC_OFFSET}) THEN error('the time ' || t || ' of from_iso8601_timestamp has an offset, which cannot be kept here: compare it, or read a part of it') ELSE trino_iso_instant(t) END`,
  ),
  one('from_iso8601_date', 't', 'CAST(t AS DATE)'),
  one(
    'to_iso8601',
    't',
    `CASE typeof(t) WHEN 'DATE' THEN strftime(trino_utc(t), '%Y-%m-%d') WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(trino_utc(t), '%Y-%m-%dT%H:%M:%S.%gZ') ELSE strftime(trino_utc(t), '%Y-%m-%dT%H:%M:%S.%g') END`,
  ),
  {
    name: 'from_unixtime',
    forms: [
      ['s', 'to_timestamp(s)'],
      ['s, z', inUtc('from_unixtime', 'to_timestamp(s)')],
    ],
  },
  one('to_unixtime', 't', 'epoch(trino_utc(t))'),
  one('at_timezone', 't, z', inUtc('at_timezone', 'CAST(t AS TIMESTAMPTZ)')),
  one('with_timezone', 't, z', inUtc('with_timezone', "CAST(t AS TIMESTAMP) AT TIME ZONE 'UTC'")),
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
  { name: 'concat_ws', forms: CONCAT_WS },
  ...['substr', 'substring'].map((name) => ({ name, forms: SUBSTR })),
  {
    name: 'replace',
    forms: [
      ['t, s', `system.main.replace(t, s, '')`],
      ['t, s, r', 'system.main.replace(t, s, r)'],
    ],
  },
  one('split_part', 't, d, n', 'string_split(t, d)[n]'),
  one('regexp_like', 't, p', searched('regexp_like', 'regexp_matches(t, p)')),
  {
    name: 'regexp_extract',
    forms: [
      [
        't, p',
        searched(
          'regexp_extract',
          'CASE WHEN regexp_matches(t, p) THEN system.main.regexp_extract(t, p) END',
        ),
      ],
      [
        't, p, g',
        searched(
          'regexp_extract',
          'CASE WHEN regexp_matches(t, p) THEN CASE WHEN g = 0 THEN system.main.regexp_extract(t, p) ELSE trino_group(system.main.regexp_extract(t, p, g), p) END END',
        ),
      ],
    ],
  },
  {
    name: 'regexp_extract_all',
    forms: [
      ['t, p', searched('regexp_extract_all', 'system.main.regexp_extract_all(t, p)')],
      [
        't, p, g',
        searched(
          'regexp_extract_all',
          'CASE WHEN g = 0 THEN system.main.regexp_extract_all(t, p) ELSE list_transform(system.main.regexp_extract_all(t, p, g), lambda r: trino_group(r, p)) END',
        ),
      ],
    ],
  },
  {
    name: 'trino_regexp_replace',
    forms: [
      ['t, p', searched('regexp_replace', `system.main.regexp_replace(t, p, '', 'g')`)],
      ['t, p, r', searched('regexp_replace', `system.main.regexp_replace(t, p, ${REPLACEMENT}, 'g')`)],
    ],
  },
  one('regexp_count', 't, p', 'len(regexp_extract_all(t, p))'),
  one('regexp_split', 't, p', searched('regexp_split', 'regexp_split_to_array(t, p)')),
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
  extreme('greatest'),
  extreme('least'),
  one('bitwise_and', 'a, b', 'a & b'),
  one('bitwise_or', 'a, b', 'a | b'),
  one('rand', '', 'random()'),
  one('to_base', 'n, b', 'lower(system.main.to_base(n, b))'),
  // URLs
  one('url_decode', 't', `system.main.url_decode(system.main.replace(t, '+', ' '))`),
  one(
    'url_encode',
    't',
    `system.main.replace(system.main.replace(system.main.replace(system.main.url_encode(t), '%20', '+'), '%2A', '*'), '~', '%7E')`,
  ),
  one('url_extract_protocol', 'u', ofUrl(found(`'^([A-Za-z][A-Za-z0-9+.-]*):'`))),
  one('url_extract_host', 'u', ofUrl(found(URL_HOST))),
  one('url_extract_port', 'u', `TRY_CAST(${ofUrl(found(URL_PORT))} AS BIGINT)`),
  one('url_extract_path', 'u', ofUrl(`system.main.url_decode(${found(URL_PATH)})`)),
  one('url_extract_query', 'u', ofUrl(`system.main.url_decode(${found(String.raw`'^[^#?]*\?([^#]*)'`)})`)),
  one('url_extract_fragment', 'u', ofUrl(`system.main.url_decode(${found(`'#(.*)$'`)})`)),
  one(
    'url_extract_parameter',
    'u, n',
    ofUrl(
      `CASE WHEN regexp_matches(${QUERY}, ${PARAMETER}) THEN url_decode(system.main.regexp_extract(${QUERY}, ${PARAMETER}, 1)) END`,
    ),
  ),
];

/**
 * Macros for a database that any client opens, whatever its time zone: times are of type TIMESTAMP, in UTC. DuckDB compares them
 * with a TIMESTAMPTZ by the client's zone.
 */
export const PORTABLE: readonly Macro[] = [
  one('from_unixtime', 's', `to_timestamp(s) AT TIME ZONE 'UTC'`),
  one('from_iso8601_timestamp', 't', `trino_iso_instant(t) AT TIME ZONE 'UTC'`),
  ...['at_timezone', 'with_timezone'].map((name) => one(name, 't, z', inUtc(name, 'trino_utc(t)'))),
  ...['now', 'get_current_timestamp', 'transaction_timestamp', 'current_localtimestamp'].map((name) =>
    one(name, '', `system.main.now() AT TIME ZONE 'UTC'`),
  ),
  ...['current_date', 'today'].map((name) =>
    one(name, '', `CAST(system.main.now() AT TIME ZONE 'UTC' AS DATE)`),
  ),
  ...['get_current_time', 'current_localtime'].map((name) =>
    one(name, '', `CAST(system.main.now() AT TIME ZONE 'UTC' AS TIME)`),
  ),
];

/** The functions of Trino that are macros, by its names: some macros have a name that hides none of DuckDB's functions. */
export function trinoNames(): readonly string[] {
  return MACROS.map(({ name }) => name).filter((name) => !/^trino_|_or_null$/.test(name));
}

/** Statements that create the macros, in an order in which each finds those that it is made of. */
export function macroStatements(macros: readonly Macro[]): readonly string[] {
  return macros.map(({ name, forms }) => {
    const written = forms.map(([args, body]) => `(${args}) AS (${body})`);
    return `CREATE OR REPLACE MACRO ${name}${written.join(', ')}`;
  });
}
