/** The named queries, and the statement that one is with its parameters filled in. */
import { isoTime, MINUTE } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { sqlText } from '../../events/columns.ts';
import { suggestionHint } from '../suggest.ts';
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
const SECOND = 1000;
const TIME_EXAMPLES = 'for example 2026-11-20, 2026-11-20T15:00:00Z or 2026-11-20T16:00:00+01:00';
const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?)?$/i;

/** A query by its name, whatever its letter case. Throws CONFIGURATION, with names that are close to it. */
export function namedQuery(name: string): NamedQuery {
  const query = NAMED_QUERIES.find((candidate) => candidate.name === name.trim().toLowerCase());
  if (query !== undefined) return query;
  const names = NAMED_QUERIES.map((candidate) => candidate.name);
  throw refused(`there is no query named ${shown(name)}`, suggestionHint(name, names));
}

/**
 * The statement of a named query. Each value is checked by its type and written as a literal, so that none can be read as SQL.
 * Throws CONFIGURATION for a name or parameter that is not known, a parameter that is missing, or a value not of its type.
 */
export function fillNamedQuery(name: string, given: Readonly<Record<string, string>>): FilledQuery {
  const query = namedQuery(name);
  const values = valuesOf(query, given);
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
  const [, day, clock, second = '00', fraction = '0', offset = 'Z'] = ISO.exec(value) ?? [];
  const local = `${day ?? ''}T${clock ?? '00:00'}:${second}.000Z`;
  const asUtc = Date.parse(local);
  // Date.parse rolls 2026-02-30 over to March; only what reads the same again exists.
  const exists = day !== undefined && !Number.isNaN(asUtc) && new Date(asUtc).toISOString() === local;
  if (!exists || (parameter.type === 'date' && clock !== undefined)) {
    const what = parameter.type === 'date' ? 'date (YYYY-MM-DD)' : 'time';
    throw refused(`the parameter ${parameter.name} is no ${what}: ${shown(value)}`, TIME_EXAMPLES);
  }
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  const ahead = /^z$/i.test(offset) ? 0 : minutes * MINUTE * (offset.startsWith('-') ? -1 : 1);
  // Events have whole seconds, and a time within one is after it.
  const within = Number(fraction) > 0 ? SECOND : 0;
  const time = isoTime(asUtc - ahead + within);
  if (!/^\d{4}-/.test(time)) throw refused(`the parameter ${parameter.name} is outside the years 0 to 9999`);
  return query.dialect === 'athena'
    ? sqlText(time)
    : `TIMESTAMP ${sqlText(time.slice(0, 19).replace('T', ' '))}`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function refused(message: string, hint?: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, { hint });
}
