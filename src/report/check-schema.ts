/**
 * Checks a value against a JSON Schema, as far as this project's own schemas go: the keywords below and no others.
 * A reader of evidence needs no more, and a validator that compiles code from a schema is more than it should carry.
 */
import { TrailVerifyError } from '../base/errors.ts';

/** A further check of every value that a `$ref` leads to: the problem in words, or undefined. */
export type Refinements = Readonly<Record<string, (value: unknown) => string | undefined>>;

type Schema = Readonly<Record<string, unknown>>;
type Check = (operand: unknown, value: unknown, schema: Schema, walk: Walk) => string | undefined;

interface Walk {
  readonly root: Schema;
  readonly refinements: Refinements;
  readonly patterns: Map<string, RegExp>;
}

const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$defs',
  '$comment',
  'title',
  'description',
]);

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (operand, value, _schema, walk) => {
    const target = resolve(operand, walk.root);
    return check(target, value, walk) ?? walk.refinements[String(operand)]?.(value);
  },
  type: (operand, value) => {
    const wanted = isList(operand) ? operand : [operand];
    return wanted.some((type) => isOfType(type, value)) ? undefined : `: is not ${wanted.join(' or ')}`;
  },
  const: (operand, value) => (value === operand ? undefined : `: is not ${JSON.stringify(operand)}`),
  enum: (operand, value) =>
    isList(operand) && operand.includes(value) ? undefined : `: ${quote(value)} is none of the known values`,
  required: (operand, value) => {
    if (!isObject(value) || !isList(operand)) return undefined;
    const missing = operand.find((name) => !Object.hasOwn(value, String(name)));
    return missing === undefined ? undefined : `: has no ${quote(missing)}`;
  },
  properties: (operand, value, _schema, walk) => {
    if (!isObject(value) || !isObject(operand)) return undefined;
    for (const name of Object.keys(operand)) {
      const problem = Object.hasOwn(value, name) && check(operand[name], value[name], walk);
      if (problem) return `.${name}${problem}`;
    }
    return undefined;
  },
  additionalProperties: (operand, value, schema, walk) => {
    if (!isObject(value)) return undefined;
    const known = isObject(schema.properties) ? schema.properties : {};
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(known, name)) continue;
      const problem =
        operand === false ? ': is not a property of such an object' : check(operand, value[name], walk);
      if (problem !== undefined) return `.${quote(name)}${problem}`;
    }
    return undefined;
  },
  items: (operand, value, _schema, walk) => {
    if (!isList(value)) return undefined;
    for (const [index, item] of value.entries()) {
      const problem = check(operand, item, walk);
      if (problem !== undefined) return `[${index}]${problem}`;
    }
    return undefined;
  },
  oneOf: (operand, value, _schema, walk) => alternatives(operand, value, walk, (count) => count === 1),
  anyOf: (operand, value, _schema, walk) => alternatives(operand, value, walk, (count) => count > 0),
  minItems: (operand, value) =>
    isList(value) && value.length < Number(operand) ? `: has fewer than ${operand} items` : undefined,
  maxItems: (operand, value) =>
    isList(value) && value.length > Number(operand) ? `: has more than ${operand} items` : undefined,
  minLength: (operand, value) =>
    typeof value === 'string' && value.length < Number(operand) ? ': is too short' : undefined,
  minimum: (operand, value) =>
    typeof value === 'number' && value < Number(operand) ? `: is less than ${operand}` : undefined,
  maximum: (operand, value) =>
    typeof value === 'number' && value > Number(operand) ? `: is more than ${operand}` : undefined,
  pattern: (operand, value, _schema, { patterns }) => {
    const source = String(operand);
    const pattern = patterns.get(source) ?? new RegExp(source, 'u');
    patterns.set(source, pattern);
    return typeof value !== 'string' || pattern.test(value)
      ? undefined
      : `: ${quote(value)} has not the right form`;
  },
};

/**
 * The first thing in `value` that `schema` does not allow, as a path and what is wrong there; undefined where all
 * is well. Throws INTERNAL for a schema with a keyword that is not known here: nothing is passed over.
 */
export function schemaProblem(
  schema: unknown,
  value: unknown,
  refinements: Refinements = {},
): string | undefined {
  if (!isObject(schema)) throw unusable(schema);
  return check(schema, value, { root: schema, refinements, patterns: new Map() });
}

function check(schema: unknown, value: unknown, walk: Walk): string | undefined {
  if (schema === true) return undefined;
  if (!isObject(schema)) throw unusable(schema);
  for (const keyword of Object.keys(schema)) {
    if (ANNOTATIONS.has(keyword)) continue;
    const one = Object.hasOwn(CHECKS, keyword) ? CHECKS[keyword] : undefined;
    if (one === undefined) throw unusable(keyword);
    const problem = one(schema[keyword], value, schema, walk);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function alternatives(
  operand: unknown,
  value: unknown,
  walk: Walk,
  isEnough: (count: number) => boolean,
): string | undefined {
  const problems = (isList(operand) ? operand : []).map((schema) => check(schema, value, walk));
  if (isEnough(problems.filter((problem) => problem === undefined).length)) return undefined;
  return problems.find((problem) => problem !== undefined) ?? ': fits more than one form';
}

function resolve(ref: unknown, root: Schema): unknown {
  let target: unknown = root;
  for (const step of String(ref).split('/').slice(1)) {
    target = isObject(target) ? target[step] : undefined;
  }
  return target;
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return isList(value);
  if (type === 'object') return isObject(value);
  return type === 'integer' ? Number.isSafeInteger(value) : typeof value === type;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !isList(value);
}

/** More of a hostile value than this is no help to anybody. */
const SHOWN = 60;

function quote(value: unknown): string {
  const text = JSON.stringify(typeof value === 'object' && value !== null ? '…' : value) ?? 'undefined';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function unusable(what: unknown): TrailVerifyError {
  return new TrailVerifyError('INTERNAL', `the schema cannot be checked here: ${quote(what)}`);
}
