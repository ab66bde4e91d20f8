/** What zod says of a value that a schema refuses, in this project's words: the first problem alone, however many there are. */
import * as z from 'zod/mini';
import { asciiJson } from './json.ts';

/** The first thing that a schema does not allow: where it is, and what is wrong there. */
export interface SchemaProblem {
  /** Names and numbers that lead to it; empty for the whole value. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What a schema makes of a value, or why it refuses it. */
export type Parsed<Output> = { readonly value: Output } | { readonly problem: SchemaProblem };

/** What an entry of a file written by hand is, by its schema. */
export function parseBy<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
): Parsed<z.output<Schema>> {
  const result = z.safeParse(schema, value, HOW);
  if (result.success) return { value: result.data };
  const [issue] = result.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return {
    problem: { path: [...(issue?.path ?? []), ...unknown], message: issue?.message ?? 'is of no known form' },
  };
}

/** A problem as the end of a sentence, its path from the root `$` on: `$.findings[0].code: "X" is none of the known values`. */
export function problemText({ path, message }: SchemaProblem): string {
  const last = path.at(-1);
  if (message !== MISSING || last === undefined) return `$${path.map(step).join('')}: ${message}`;
  return `$${path.slice(0, -1).map(step).join('')}: has no ${quote(last)}`;
}

/** A problem as files written by hand are told of it: `accounts.0: is not string`; the message alone where it is about all. */
export function fieldText({ path, message }: SchemaProblem): string {
  return path.length === 0
    ? message
    : `${path.map((part) => nameOf(part) ?? quote(part)).join('.')}: ${message}`;
}

/** With `abortEarly`, a list of a million wrong items is one problem and not a million. */
const HOW: z.core.ParseContextInternal<z.core.$ZodIssue> = { error: words, abortEarly: true };
const MISSING = 'is missing';
/** More of a hostile value than this is no help to anybody. */
const SHOWN = 60;
/** zod's own names of types where JSON has others. */
const TYPES: Readonly<Record<string, string>> = { int: 'integer', record: 'object', tuple: 'array' };

function step(part: PropertyKey): string {
  return typeof part === 'number' ? `[${part}]` : `.${nameOf(part) ?? quote(part)}`;
}

/** A name or number that can be shown as it is. */
function nameOf(part: PropertyKey): string | undefined {
  const text = String(part);
  return text.length <= SHOWN && /^\w+$/.test(text) ? text : undefined;
}

function quote(value: unknown): string {
  if (typeof value === 'object' && value !== null) return '"…"';
  // Cut before it is escaped, and after: a character may become six.
  const text = typeof value === 'string' ? asciiJson(value.slice(0, SHOWN)) : String(value);
  const isWhole = text.length <= SHOWN && (typeof value !== 'string' || value.length <= SHOWN);
  return isWhole ? text : `${text.slice(0, SHOWN)}…`;
}

function words(issue: z.core.$ZodRawIssue): string {
  const { input } = issue;
  if (input === undefined) return MISSING;
  switch (issue.code) {
    case 'invalid_type':
      return `is not ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `is not ${JSON.stringify(issue.values[0])}`
        : `${quote(input)} is none of the known values`;
    case 'invalid_union':
      return unionWords(input, issue.discriminator);
    case 'invalid_format':
      return `${quote(input)} has not the right form`;
    case 'unrecognized_keys':
      return 'is not a property of such an object';
    case 'too_small':
      if (issue.origin === 'string') return 'is too short';
      if (issue.origin === 'array') return `has fewer than ${issue.minimum} items`;
      return `is less than ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return 'is too long';
      if (issue.origin === 'array') return `has more than ${issue.maximum} items`;
      return `is more than ${issue.maximum}`;
    default:
      // Whatever else zod says depends on the language that the process has given it.
      return 'is not as it must be';
  }
}

/** Of a union that is told apart by one field, what stands in that field is wrong. */
function unionWords(input: unknown, discriminator: string | undefined): string {
  if (discriminator === undefined) return 'is of no known form';
  const told = Object.getOwnPropertyDescriptor(Object(input), discriminator);
  return told === undefined ? MISSING : `${quote(told.value)} is none of the known values`;
}
