/** The named queries, and the statement that one is with its parameters filled in. */
import { isoTime, systemClock } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { isAge, readGivenTime } from '../../base/given-time.ts';
import { suggestionHint } from '../../base/suggest.ts';
import { sqlText } from '../../events/columns.ts';
import { tokenize } from '../tokens.ts';
import { DATA_EVENT_QUERIES } from './data-events.ts';
import { DYNAMODB_QUERIES } from './dynamodb.ts';
import type { NamedQuery, QueryParameter } from './query.ts';
import { SECURITY_QUERIES } from './security.ts';

/** All named queries. */
export const NAMED_QUERIES: readonly NamedQuery[] = [
  ...DYNAMODB_QUERIES,
  ...DATA_EVENT_QUERIES,
  ...SECURITY_QUERIES,
];

/** A named query as a statement for `readStatement`, with the values of its parameters, defaults among them. */
export interface FilledQuery {
  readonly sql: string;
  readonly query: NamedQuery;
  readonly parameters: Readonly<Record<string, string>>;
}

/** No name of AWS, and no ARN, is longer. */
const LONGEST_VALUE = 2048;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const SECOND = 1000;

/** A query by its name, whatever its letter case. Throws CONFIGURATION, with names that are close to it. */
export function namedQuery(name: string): NamedQuery {
  const query = NAMED_QUERIES.find((candidate) => candidate.name === name.trim().toLowerCase());
  if (query !== undefined) return query;
  const names = NAMED_QUERIES.map((candidate) => candidate.name);
  throw refused(`there is no query named ${shown(name)}`, suggestionHint(name, names));
}

/**
 * The statement of a named query. Each value is checked by its type and written as a literal, so that none can be read as SQL; an
 * age counts back from `now` (milliseconds since the epoch; default the machine's clock).
 * Throws CONFIGURATION for a name or parameter that is not known, a parameter that is missing, or a value not of its type.
 */
export function fillNamedQuery(
  name: string,
  given: Readonly<Record<string, string>>,
  now: number = systemClock.now(),
): FilledQuery {
  const query = namedQuery(name);
  const values = withoutAges(query, valuesOf(query, given), now);
  const literals = new Map<string, string>();
  for (const parameter of query.parameters) {
    const value = values[parameter.name];
    if (value !== undefined) literals.set(`$${parameter.name}`, literalOf(query, parameter, value));
  }
  const left = new Set(query.parameters.map((parameter) => `$${parameter.name}`));
  const lines = query.sql.split('\n').filter((line) => {
    const needed = tokenize(line).filter(({ kind, text }) => kind === 'parameter' && left.has(text));
    return !/^\s*AND\b/.test(line) || needed.every(({ text }) => literals.has(text));
  });
  const tokens = tokenize(lines.join('\n'));
  const sql = tokens.map(({ kind, text }) => (kind === 'parameter' ? (literals.get(text) ?? text) : text));
  return { sql: sql.join(''), query, parameters: values };
}

function valuesOf(
  query: NamedQuery,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = query.parameters.map((parameter) => parameter.name);
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    const known = names.find((candidate) => candidate === name.toLowerCase());
    if (known === undefined) {
      const hint = suggestionHint(name, names);
      throw refused(`the query ${query.name} has no parameter ${shown(name)}`, hint);
    }
    if (values.has(known)) throw refused(`the parameter ${known} is given twice`);
    values.set(known, value);
  }
  for (const parameter of query.parameters) {
    if (values.has(parameter.name)) continue;
    if (parameter.default !== undefined) values.set(parameter.name, parameter.default);
    else if (parameter.required) {
      const hint = `${parameter.name}: ${parameter.description}`;
      throw refused(`the query ${query.name} needs the parameter ${parameter.name}`, hint);
    }
  }
  return Object.fromEntries(values);
}

/** The values with each age as the time that it is: the record of an answer must name what was asked, whenever it is read. */
function withoutAges(
  query: NamedQuery,
  values: Readonly<Record<string, string>>,
  now: number,
): Readonly<Record<string, string>> {
  const ages = query.parameters.flatMap((parameter) => {
    const value = values[parameter.name];
    if (parameter.type !== 'time' || value === undefined || !isAge(value)) return [];
    return [[parameter.name, isoTime(timeOf(parameter, value, now))] as const];
  });
  return { ...values, ...Object.fromEntries(ages) };
}

function literalOf(query: NamedQuery, parameter: QueryParameter, value: string): string {
  if (value === '' || value.length > LONGEST_VALUE || value.includes('\0')) {
    throw refused(`the parameter ${parameter.name} must have 1 to ${LONGEST_VALUE} characters, and no NUL`);
  }
  switch (parameter.type) {
    case 'text':
      return sqlText(value);
    case 'choice':
      return chosen(parameter, value);
    case 'time':
    case 'date':
      return timeLiteral(query, parameter, value);
  }
}

function chosen(parameter: QueryParameter, value: string): string {
  const choices = Object.entries(parameter.choices ?? {});
  const found = choices.find(([word]) => word === value.toLowerCase());
  if (found !== undefined) return found[1];
  const words = choices.map(([word]) => word).join(', ');
  throw refused(`the parameter ${parameter.name} is one of ${words}, not ${shown(value)}`);
}

/** A time as the dialect's column of times has it: text in Athena, a timestamp in Lake. */
function timeLiteral(query: NamedQuery, parameter: QueryParameter, value: string): string {
  // Events have whole seconds, and a time within one is after it.
  const time = isoTime(Math.ceil(timeOf(parameter, value, Number.NaN) / SECOND) * SECOND);
  return query.dialect === 'athena'
    ? sqlText(time)
    : `TIMESTAMP ${sqlText(time.slice(0, 19).replace('T', ' '))}`;
}

function timeOf(parameter: QueryParameter, value: string, now: number): number {
  const read = readGivenTime(value, now);
  if (parameter.type === 'date' && !DATE.test(value))
    throw refused(
      `the parameter ${parameter.name} is no date (YYYY-MM-DD): ${shown(value)}`,
      'for example 2026-11-20',
    );
  if (read.time !== undefined) return read.time;
  throw refused(`the parameter ${parameter.name}: ${shown(value)} ${read.why}`, read.hint);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function refused(message: string, hint?: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, { hint });
}
