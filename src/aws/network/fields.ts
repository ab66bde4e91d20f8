/** Fields of an answer, whose types nobody checks: the SDK takes what an endpoint sends. */

/** The value if it is a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value if it is a number that can count something. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The object's own fields; none for what is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return Object.assign(Object.create(null), isObject ? value : {});
}

/** Whether the field is not there. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
