import * as z from 'zod/mini';
import { $constructor, $ZodArray, $ZodRecord } from 'zod/v4/core';
import { asciiJson } from './json.ts';

/**
 * The vocabulary in which the documents of this tool are described: zod, and of it what JSON Schema can say as well. From one
 * description come the check of what is read (`checkDocument`), the published JSON Schema (`npm run docs`), and, by the
 * compiler, that neither differs from the type that the program uses (`documentOf`):
 *
 *     const shape = () => object({ id: text(), seen: optional(time()), sizes: list(count()) });
 *     const note: () => Schema<Note> = documentOf<Note>()(shape);
 */

/** The description of values of one type. */
export type Schema<Value = unknown> = z.core.$ZodType<Value>;

/** The words of a schema in the published file. A schema with an `id` occurs there once and is referred to. */
interface Annotation {
  readonly id?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}

/** The words that schemas were given, for `z.toJSONSchema`. */
export const ANNOTATIONS: z.core.$ZodRegistry<Annotation> = z.registry<Annotation>();

/** The same schema with words for its reader, there where it is used. */
export function described<One extends Schema>(schema: One, about: string | Annotation): One {
  const one = z.clone(schema);
  ANNOTATIONS.add(one, typeof about === 'string' ? { description: about } : about);
  return one;
}

/** The value of `make`, made on the first call and kept. So the start of the program builds no schema. */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Months of 31 and of 30 days, February, and its 29th in the years that have one; then the time of day. */
const TIME =
  /^(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|(?:\d{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{3})?Z$/;

/** A part that occurs in the published file once, under its name. */
export function named<One extends Schema>(id: string, make: () => One): () => One {
  return once(() => {
    const one = make();
    ANNOTATIONS.add(one, { ...ANNOTATIONS.get(one), id });
    return one;
  });
}

/** Any text. */
export function text(): z.ZodMiniString {
  return z.string();
}

/** A text of that form. */
export function pattern(form: RegExp): z.ZodMiniString {
  return z.string().check(z.regex(form));
}

/** A time as documents have it. */
export const time: () => Schema<string> = named('time', () =>
  described(z.string().check(z.regex(TIME, 'is no time')), {
    description: 'ISO 8601 in UTC, to the second or the millisecond, of a day that there is.',
  }),
);

/** A SHA-256. */
export const sha256: () => Schema<string> = named('sha256', () => pattern(/^[0-9a-f]{64}$/));

/** How many there are. */
export const count: () => Schema<number> = named('count', () => integer(0));

/** True or false. */
export function flag(): z.ZodMiniBoolean<boolean> {
  return z.boolean();
}

/** A number that JavaScript can count with. */
export function integer(least?: number): Schema<number> {
  return least === undefined ? z.int() : z.int().check(z.minimum(least));
}

/** Any number between two. */
export function between(least: number, most: number): Schema<number> {
  return z.number().check(z.minimum(least), z.maximum(most));
}

/** That very value. */
export function only<const Value extends string | boolean>(value: Value): z.ZodMiniLiteral<Value> {
  return z.literal(value);
}

/** One of those texts. */
export function oneOf<const Values extends readonly string[]>(values: Values): Schema<Values[number]> {
  return z.literal(values);
}

/** A value of that type, or null. */
export function orNull<One extends Schema>(schema: One): z.ZodMiniNullable<One> {
  return z.nullable(schema);
}

/** A field that may be absent. */
export function optional<One extends Schema>(schema: One): z.ZodMiniOptional<One> {
  return z.optional(schema);
}

/** An object of these fields and no others. */
export function object<Shape extends z.core.$ZodShape>(
  shape: Shape,
): z.ZodMiniObject<z.core.util.Writeable<Shape>, z.core.$strict> {
  return z.strictObject(shape);
}

/** A value of the one type or the other. */
export function either<One extends Schema, Other extends Schema>(
  one: One,
  other: Other,
): z.ZodMiniUnion<readonly [One, Other]> {
  return z.union([one, other]);
}

/** One of several objects that differ in the field `name`. */
export function byField<
  const Name extends string,
  Forms extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(name: Name, forms: Forms): z.ZodMiniDiscriminatedUnion<Forms, Name> {
  return z.discriminatedUnion(name, forms);
}

/** An object into which nobody looks: its fields may be any. */
export function anyObject<Type extends object>(): Schema<Type> {
  const any: Schema<object> = z.looseObject({});
  // A name for a schema that is handed on as it is.
  return any as Schema<Type>;
}

/** The fields of an object, described one by one, for an object that has more. */
export type FieldsOf<Type> = {
  readonly [Name in keyof Type]-?: Record<never, never> extends Pick<Type, Name>
    ? z.ZodMiniOptional<Schema<Exclude<Type[Name], undefined>>>
    : Schema<Type[Name]>;
};

/** How many items a list may have. */
interface ListBounds {
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

/** Items of one kind. Only the first wrong item is reported, and nothing is copied: a list may be most of a large file. */
export function list<One extends Schema>(
  item: One,
  { least, most }: ListBounds = {},
): Schema<readonly z.output<One>[]> {
  const checks = [
    ...(least === undefined ? [] : [z.minLength(least)]),
    ...(most === undefined ? [] : [z.maxLength(most)]),
  ];
  // The list accepts no other items: each was checked.
  return new List({ type: 'array', element: item, checks }) as Schema<readonly z.output<One>[]>;
}

/** A list of one item. */
export function single<One extends Schema>(item: One): z.ZodMiniTuple<readonly [One], null> {
  return z.tuple([item]);
}

/** Values of one kind by names of any kind. Only the first wrong value is reported, and nothing is copied. */
export function record<One extends Schema>(value: One): Schema<Readonly<Record<string, z.output<One>>>> {
  const names = z.string();
  // As of a list.
  return new Fields({ type: 'record', keyType: names, valueType: value }) as Schema<
    Readonly<Record<string, z.output<One>>>
  >;
}

const List = $constructor<$ZodArray>('List', (inst, def) => {
  $ZodArray.init(inst, def);
  inst._zod.parse = (payload, context) => {
    const { value } = payload;
    if (!Array.isArray(value)) return refuse(payload, inst, 'array');
    for (const [index, item] of value.entries())
      if (!isFit(payload, def.element, index, item, context)) break;
    return payload;
  };
});

const Fields = $constructor<$ZodRecord>('Fields', (inst, def) => {
  $ZodRecord.init(inst, def);
  inst._zod.parse = (payload, context) => {
    const { value } = payload;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refuse(payload, inst, 'record');
    for (const name of Object.keys(value))
      if (!isFit(payload, def.valueType, name, Reflect.get(value, name), context)) break;
    return payload;
  };
});

function refuse<Payload extends z.core.ParsePayload>(
  payload: Payload,
  inst: Schema,
  expected: 'array' | 'record',
): Payload {
  payload.issues.push({ code: 'invalid_type', expected, input: payload.value, inst });
  return payload;
}

/** Checks one item or field; the first of its problems is left in `payload`. */
function isFit(
  payload: z.core.ParsePayload,
  schema: z.core.SomeType,
  key: string | number,
  value: unknown,
  context: z.core.ParseContextInternal,
): boolean {
  const result = schema._zod.run({ value, issues: [] }, context);
  if (result instanceof Promise) throw new TypeError('a document is checked at once');
  const [issue] = result.issues;
  if (issue === undefined) return true;
  payload.issues.push({ ...issue, path: [key, ...(issue.path ?? [])] });
  return false;
}

/** `value`, if it is a document of that schema. Otherwise the problem, as the end of a sentence that begins with its path. */
export function checkDocument<Document>(
  schema: Schema<Document>,
  value: unknown,
): { readonly value: Document } | { readonly problem: string } {
  const parsed = parseBy(schema, value);
  // The very value and not zod's copy of it, whose fields are in another order. The schema has just checked its type.
  return 'problem' in parsed ? { problem: problemText(parsed.problem) } : { value: value as Document };
}

/** A type with its optional fields marked by their names and all else made plain, so that two of one kind are equal. */
type Plain<Type> = unknown extends Type
  ? 'anything'
  : Type extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : Type extends object
      ? {
          readonly [Name in keyof Type as Name extends string
            ? Record<never, never> extends Pick<Type, Name>
              ? `${Name}?`
              : Name
            : never]-?: Plain<Exclude<Type[Name], undefined>>;
        }
      : Type;
type Same<One, Other> = [Plain<One>, Plain<Other>] extends [Plain<Other>, Plain<One>] ? unknown : never;

/** A schema that is built when it is first asked for. One that differs from `Document` in any field does not compile. */
export function documentOf<Document>(): <One extends Schema>(
  make: () => One & Same<z.output<One>, Document>,
) => () => Schema<Document> {
  // The compiler has compared the two types field by field.
  return (make) => once(make) as () => Schema<Document>;
}

/** zod's problem with a value that a schema refuses, in this project's words: the first problem alone, however many there are. */

/** The first thing that a schema does not allow: its place and its problem. */
export interface SchemaProblem {
  /** Names and numbers that lead to it; empty for the whole value. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A value as its schema reads it, or the reason why the schema refuses it. */
type Parsed<Output> = { readonly value: Output } | { readonly problem: SchemaProblem };

/** An entry of a file written by hand, as its schema reads it. */
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

/** A problem in the form for files written by hand: `accounts.0: is not string`; the message alone where it is about all. */
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
      // All else that zod says depends on the language that the process has given it.
      return 'is not as it must be';
  }
}

/** The value in the field that distinguishes a union's objects is wrong. */
function unionWords(input: unknown, discriminator: string | undefined): string {
  if (discriminator === undefined) return 'is of no known form';
  const found = Object.getOwnPropertyDescriptor(Object(input), discriminator);
  return found === undefined ? MISSING : `${quote(found.value)} is none of the known values`;
}
