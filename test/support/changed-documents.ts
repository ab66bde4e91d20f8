/** A document with one thing changed, in every way that matters to a schema. */

/** Names and indices that lead to a value. */
export type Path = readonly (string | number)[];

/** The paths of a document and of everything in it. */
export function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (Array.isArray(value))
    return [path, ...value.flatMap((inner, index) => pathsOf(inner, [...path, index]))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))];
}

/** The value at a path. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => Object(inner)[step], value);
}

/** A copy with another value at a path; without it, where that is undefined. */
export function withChange(value: unknown, [first, ...rest]: Path, change: unknown): unknown {
  if (first === undefined) return change;
  const inner = withChange(valueAt(value, [first]), rest, change);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => (index === first ? inner : item));
    return items.filter((item) => item !== undefined);
  }
  const { [first]: _, ...others } = Object(value);
  return inner === undefined ? others : { ...others, [first]: inner };
}

const JUNK: readonly unknown[] = [null, true, false, 0, -1, 1.5, 2 ** 53, '', 'note', 'VALID', [], {}, [{}]];

/** What to put in place of a value: nothing, other types, other texts, and with one more in it. */
export function changesOf(value: unknown): readonly unknown[] {
  const more: readonly unknown[] = Array.isArray(value)
    ? [[...value, null], [...value, ...value.slice(0, 1)], []]
    : typeof value === 'object' && value !== null
      ? [
          { ...value, comment: 'hello' },
          { ...value, constructor: 1 },
        ]
      : typeof value === 'string'
        ? [`${value}x`, value.slice(1), value.toLowerCase(), value.replace(/^\d{4}/, '0000'), [value]]
        : typeof value === 'number'
          ? [-value, value + 0.5, String(value)]
          : [];
  return [undefined, ...JUNK, ...more];
}

/** What a path is a path to, whatever document it is in: without the numbers of items. */
export function placeOf(document: unknown, path: Path): string {
  const code =
    path[0] === 'findings' && path.length > 1 ? valueAt(document, ['findings', path[1] ?? 0, 'code']) : '';
  return [code, ...path.map((step) => (typeof step === 'number' ? '*' : step))].join('/');
}
