/**
 * The formats of times: what Trino writes as MySQL or as Joda-Time does, in the directives of DuckDB.
 *
 *     mysql  %Y-%m-%d %H:%i:%s         joda  yyyy-MM-dd HH:mm:ss         duckdb  %Y-%m-%d %H:%M:%S
 */
import { TrailVerifyError } from '../base/errors.ts';
import { sqlText } from '../events/columns.ts';

/** Directives, and what they are in DuckDB. */
type Directives = Readonly<Record<string, string>>;

/** Whose directives a format has. */
export type FormatStyle = 'mysql' | 'joda';

/** MySQL's directives, which date_format and date_parse take. */
const MYSQL: Directives = {
  ...Object.fromEntries(
    ['a', 'b', 'd', 'f', 'H', 'I', 'j', 'm', 'p', 'S', 'y', 'Y', '%'].map((l) => [`%${l}`, `%${l}`]),
  ),
  '%c': '%-m',
  '%e': '%-d',
  '%h': '%I',
  '%i': '%M',
  '%k': '%-H',
  '%l': '%-I',
  '%M': '%B',
  '%r': '%I:%M:%S %p',
  '%s': '%S',
  '%T': '%H:%M:%S',
  '%v': '%V',
  '%W': '%A',
  '%x': '%G',
};

/** MySQL's directives that Trino has not either; of any other one it writes the letter. */
const NOT_MYSQL = ['%D', '%U', '%u', '%V', '%w', '%X', '%'];

/** Joda's patterns, which format_datetime and parse_datetime take. */
const JODA: Directives = {
  ...same('%Y', 'y', 'yyyy', 'Y', 'YYYY'),
  ...same('%y', 'yy', 'YY'),
  ...same('%G', 'x', 'xxxx'),
  ...same('%B', 'MMMM', 'MMMMM'),
  MMM: '%b',
  MM: '%m',
  M: '%-m',
  dd: '%d',
  d: '%-d',
  DDD: '%j',
  D: '%-j',
  ...same('%a', 'E', 'EE', 'EEE'),
  ...same('%A', 'EEEE', 'EEEEE'),
  e: '%u',
  ww: '%V',
  HH: '%H',
  H: '%-H',
  hh: '%I',
  h: '%-I',
  mm: '%M',
  m: '%-M',
  ss: '%S',
  s: '%-S',
  SSS: '%g',
  a: '%p',
};

/** What a format writes, and no parser reads. All times are in UTC; Joda counts milliseconds, and writes noughts after them. */
const JODA_WRITES: Directives = {
  SSSS: '%g0',
  SSSSS: '%g00',
  SSSSSS: '%g000',
  Z: '+0000',
  ZZ: '+00:00',
  ZZZ: 'UTC',
  z: 'UTC',
};

/** What a parser reads, and a format writes otherwise. */
const JODA_READS: Directives = { SSSSSS: '%f', Z: '%z', ZZ: '%z' };

// Private characters stand for what DuckDB has no directive for; they are replaced after it has written the rest.
const UNKNOWN = '\ue000';
const COUNTED: Readonly<Record<string, readonly [mark: string, written: string]>> = {
  w: ['\ue001', 'CAST(weekofyear(trino_utc(t)) AS VARCHAR)'],
  k: ['\ue002', 'CAST((hour(trino_utc(t)) + 23) % 24 + 1 AS VARCHAR)'],
  kk: ['\ue003', "lpad(CAST((hour(trino_utc(t)) + 23) % 24 + 1 AS VARCHAR), 2, '0')"],
  K: ['\ue004', 'CAST(hour(trino_utc(t)) % 12 AS VARCHAR)'],
  KK: ['\ue005', "lpad(CAST(hour(trino_utc(t)) % 12 AS VARCHAR), 2, '0')"],
  S: ['\ue006', "system.main.left(strftime(trino_utc(t), '%g'), 1)"],
  SS: ['\ue007', "system.main.left(strftime(trino_utc(t), '%g'), 2)"],
};

const MYSQL_TOKENS = '(?s)%.|[^%]+|%';
const JODA_TOKENS = `(?s)''|'(?:[^']|'')+'|${[...'yYxMdDEewHhkKmsSaZzGCu'].map((l) => `${l}+`).join('|')}|.`;

function same(ours: string, ...theirs: readonly string[]): Directives {
  return Object.fromEntries(theirs.map((one) => [one, ours]));
}

/**
 * A constant format for DuckDB's parser of times. Throws CONFIGURATION for a directive that it lacks, with `what` as the name of
 * what cannot be translated.
 */
export function parsingFormat(format: string, style: FormatStyle, what: string): string {
  return translated(format, style, style === 'joda' ? { ...JODA, ...JODA_READS } : MYSQL, what);
}

/** Throws CONFIGURATION, as `parsingFormat` does, where a constant format cannot be written. */
export function checkFormat(format: string, style: FormatStyle, what: string): void {
  translated(format, style, style === 'joda' ? { ...JODA, ...JODA_WRITES, ...COUNTED } : MYSQL, what);
}

function translated(
  format: string,
  style: FormatStyle,
  directives: Readonly<Record<string, unknown>>,
  what: string,
): string {
  const tokens = new RegExp((style === 'joda' ? JODA_TOKENS : MYSQL_TOKENS).slice('(?s)'.length), 'gs');
  return format.replaceAll(tokens, (token) => {
    if (Object.hasOwn(directives, token)) return String(directives[token]);
    if (style === 'joda' && token === "''") return "'";
    if (style === 'joda' && /^'.+'$/s.test(token)) {
      return token.slice(1, -1).replaceAll("''", "'").replaceAll('%', '%%');
    }
    const isUnknown = style === 'joda' ? /^[A-Za-z']/.test(token) : NOT_MYSQL.includes(token);
    if (isUnknown) {
      const message = `the format of ${what} has ${token}, which cannot be translated`;
      throw new TrailVerifyError('CONFIGURATION', message);
    }
    if (style === 'mysql') return token.startsWith('%') ? token.slice(1) : token;
    return token === '%' ? '%%' : token;
  });
}

/** An expression for the time `t` as a format writes it; `f` is the format, of which a directive without a counterpart is an error. */
export function formatted(name: string, style: FormatStyle): string {
  const written = `array_to_string(list_transform(system.main.regexp_extract_all(f, ${sqlText(style === 'joda' ? JODA_TOKENS : MYSQL_TOKENS)}), lambda k: ${style === 'joda' ? JODA_CASE : MYSQL_CASE}), '')`;
  const marks = style === 'joda' ? Object.values(COUNTED) : [];
  const time = marks.reduce(
    (text, [mark, count]) => `system.main.replace(${text}, '${mark}', ${count})`,
    `strftime(trino_utc(t), ${written})`,
  );
  const refusal = `the format ' || f || ' of ${name} cannot be translated`;
  return `CASE WHEN system.main.contains(${written}, '${UNKNOWN}') THEN CAST(CAST('${refusal}' AS INTEGER) AS VARCHAR) ELSE ${time} END`;
}

function cases(directives: Directives): string {
  return Object.entries(directives)
    .map(([theirs, ours]) => `WHEN ${sqlText(theirs)} THEN ${sqlText(ours)}`)
    .join(' ');
}

const INNER = `system.main.substring(k, 2, length(k) - 2)`;
const JODA_COUNTED = Object.fromEntries(Object.entries(COUNTED).map(([theirs, [mark]]) => [theirs, mark]));
const JODA_CASE = `CASE k ${cases({ ...JODA, ...JODA_WRITES, ...JODA_COUNTED, "''": "'", '%': '%%' })} ELSE CASE WHEN regexp_matches(k, '(?s)^''.+''$') THEN system.main.replace(system.main.replace(${INNER}, '''''', ''''), '%', '%%') WHEN regexp_matches(k, '^[A-Za-z'']') THEN '${UNKNOWN}' ELSE k END END`;
const MYSQL_CASE = `CASE k ${cases({ ...MYSQL, ...Object.fromEntries(NOT_MYSQL.map((one) => [one, UNKNOWN])) })} ELSE CASE WHEN starts_with(k, '%') THEN system.main.substring(k, 2) ELSE k END END`;
