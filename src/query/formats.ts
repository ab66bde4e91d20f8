/**
 * The formats of times: what Trino writes as MySQL or as Joda-Time does, in the directives of DuckDB.
 *
 *     mysql  %Y-%m-%d %H:%i:%s         joda  yyyy-MM-dd HH:mm:ss         duckdb  %Y-%m-%d %H:%M:%S
 */
import { sqlText } from '../events/columns.ts';

/** Directives and what they are in DuckDB, in the order in which they are looked for. */
type Directives = readonly (readonly [theirs: string, ours: string])[];

/** MySQL's directives, which date_format and date_parse take; those that DuckDB has alike are left out. */
const MYSQL: Directives = [
  ['%%', '%%'],
  ['%c', '%-m'],
  ['%e', '%-d'],
  ['%h', '%I'],
  ['%i', '%M'],
  ['%k', '%-H'],
  ['%l', '%-I'],
  ['%M', '%B'],
  ['%r', '%I:%M:%S %p'],
  ['%s', '%S'],
  ['%T', '%H:%M:%S'],
  ['%v', '%V'],
  ['%W', '%A'],
  ['%x', '%G'],
];

/** Joda's patterns, which format_datetime and parse_datetime take: the longer before the shorter. */
const JODA: Directives = [
  ["''", "'"],
  ["'T'", 'T'],
  ["'Z'", 'Z'],
  ["'UTC'", 'UTC'],
  ["'at'", 'at'],
  ['%', '%%'],
  ['SSSSSS', '%f'],
  ['SSS', '%g'],
  ['yyyy', '%Y'],
  ['YYYY', '%Y'],
  ['xxxx', '%G'],
  ['MMMM', '%B'],
  ['EEEE', '%A'],
  ['MMM', '%b'],
  ['EEE', '%a'],
  ['DDD', '%j'],
  ['yy', '%y'],
  ['MM', '%m'],
  ['dd', '%d'],
  ['HH', '%H'],
  ['hh', '%I'],
  ['mm', '%M'],
  ['ss', '%S'],
  ['ww', '%V'],
  ['ZZ', '%z'],
  ['y', '%Y'],
  ['M', '%-m'],
  ['d', '%-d'],
  ['H', '%-H'],
  ['h', '%-I'],
  ['m', '%-M'],
  ['s', '%-S'],
  ['a', '%p'],
  ['E', '%a'],
  ['e', '%u'],
  ['Z', '%z'],
];

/** Whose directives a format has. */
export type FormatStyle = 'mysql' | 'joda';

const STYLES: Readonly<Record<FormatStyle, Directives>> = { mysql: MYSQL, joda: JODA };

// Private characters stand for directives while a format is translated, so that none is translated twice.
const FIRST_PRIVATE = 0xe000;
const mark = (index: number): string => String.fromCharCode(FIRST_PRIVATE + index);

/** A format as DuckDB has it. */
export function duckFormat(format: string, style: FormatStyle): string {
  const marked = STYLES[style].reduce(
    (text, [theirs], index) => text.replaceAll(theirs, mark(index)),
    format,
  );
  return STYLES[style].reduce((text, [, ours], index) => text.replaceAll(mark(index), ours), marked);
}

/** An expression for a format as DuckDB has it, from an expression for the format. */
export function sqlFormat(format: string, style: FormatStyle): string {
  const directives = STYLES[style];
  const replaced = (text: string, from: string, to: string): string =>
    `system.main.replace(${text}, ${sqlText(from)}, ${sqlText(to)})`;
  const marked = directives.reduce((text, [theirs], index) => replaced(text, theirs, mark(index)), format);
  return directives.reduce((text, [, ours], index) => replaced(text, mark(index), ours), marked);
}
