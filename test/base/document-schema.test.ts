import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyObject,
  between,
  byField,
  checkDocument,
  count,
  documentOf,
  either,
  flag,
  integer,
  list,
  object,
  once,
  oneOf,
  only,
  optional,
  orNull,
  pattern,
  record,
  type Schema,
  single,
  text,
  time,
} from '../../src/base/document-schema.ts';

function problem(schema: Schema, value: unknown): string {
  const checked = checkDocument(schema, value);
  return 'problem' in checked ? checked.problem : 'none';
}

const form = object({ id: text(), sizes: optional(list(count())), by: optional(record(count())) });

describe('checkDocument', () => {
  test('gives back the very value', () => {
    const value = { by: { b: 1, a: 2 }, id: 'x' };
    const checked = checkDocument(form, value);
    expect('value' in checked && checked.value === value).toBe(true);
    expect(JSON.stringify(value)).toBe('{"by":{"b":1,"a":2},"id":"x"}');
  });

  test.each<[string, Schema, unknown, string]>([
    ['a list in place of an object', form, [], '$: is not object'],
    ['null', form, null, '$: is not object'],
    ['a field that is absent', form, {}, '$: has no "id"'],
    ['a field more', form, { id: 'x', constructor: 1 }, '$.constructor: is not a property of such an object'],
    ['another type', form, { id: 7 }, '$.id: is not string'],
    ['an object in place of a list', form, { id: 'x', sizes: { length: 0 } }, '$.sizes: is not array'],
    ['a list in place of fields', form, { id: 'x', by: [1] }, '$.by: is not object'],
    ['an item', form, { id: 'x', sizes: [1, -1] }, '$.sizes[1]: is less than 0'],
    ['half a number', form, { id: 'x', sizes: [1.5] }, '$.sizes[0]: is not integer'],
    ['a field by any name', form, { id: 'x', by: { 'a.b': '' } }, '$.by."a.b": is not number'],
    ['no number to count with', integer(), 2 ** 53, '$: is more than 9007199254740991'],
    ['nor below', integer(), -(2 ** 53), '$: is less than -9007199254740991'],
    ['too much', between(0, 1), 1.5, '$: is more than 1'],
    ['infinity', between(0, 1), Number.POSITIVE_INFINITY, '$: is not number'],
    ['too few', list(text(), { least: 1 }), [], '$: has fewer than 1 items'],
    ['too many', list(text(), { most: 1 }), ['', ''], '$: has more than 1 items'],
    ['not one', single(text()), [], '$: has fewer than 1 items'],
    ['more than one', single(text()), ['', ''], '$: has more than 1 items'],
    ['neither', either(only('a'), flag()), 7, '$: is of no known form'],
    ['another value', only('a'), 'b', '$: is not "a"'],
    ['none of several', oneOf(['a', 'b']), 'c', '$: "c" is none of the known values'],
    ['an object for a value', oneOf(['a', 'b']), { a: 1 }, '$: "…" is none of the known values'],
    ['null for a value', oneOf(['a', 'b']), null, '$: null is none of the known values'],
    ['another form', pattern(/^\d$/), 'x', '$: "x" has not the right form'],
    ['no time', orNull(time()), 'noon', '$: is no time'],
    ['a list for any object', anyObject(), [], '$: is not object'],
  ])('says what is wrong with %s', (_, schema, value, said) => {
    expect(problem(schema, value)).toBe(said);
  });

  test('tells forms apart by a field', () => {
    const forms = byField('kind', [object({ kind: only('a'), one: text() }), object({ kind: only('b') })]);
    expect(problem(forms, { kind: 'a', one: '' })).toBe('none');
    expect(problem(forms, { kind: 'a' })).toBe('$: has no "one"');
    expect(problem(forms, { kind: 'b', one: '' })).toBe('$.one: is not a property of such an object');
    expect(problem(forms, { kind: 'c' })).toBe('$.kind: "c" is none of the known values');
    expect(problem(forms, { kind: 'toString' })).toBe('$.kind: "toString" is none of the known values');
    expect(problem(forms, {})).toBe('$: has no "kind"');
    expect(problem(forms, 'a')).toBe('$: is not object');
  });

  test('names of JavaScript are names like others', () => {
    const planted: unknown = JSON.parse('{"id":"x","__proto__":{"sizes":7}}');
    expect(problem(form, planted)).toBe('$.__proto__: is not a property of such an object');
    expect(problem(object({ toString: text() }), {})).not.toBe('none');
    expect(problem(record(text()), JSON.parse('{"__proto__":7}'))).toBe('$.__proto__: is not string');
    expect(problem(record(text()), JSON.parse('{"constructor":"","hasOwnProperty":""}'))).toBe('none');
  });

  test('shows 60 characters of a hostile text at most, and none that a terminal acts on', () => {
    const hostile = `\u001b[31m\u202e\u009b"${'x'.repeat(100_000)}`;
    const said = [
      problem(oneOf(['a', 'b']), hostile),
      problem(form, { id: 'x', [hostile]: 1 }),
      problem(form, { id: 'x', by: { [hostile]: '' } }),
      problem(form, { id: 'x', ['y'.repeat(1000)]: 1 }),
    ];
    for (const one of said) {
      expect(one).toMatch(/^[ -~…]+$/);
      expect(one.length).toBeLessThan(130);
    }
  });

  test('stops at the first problem, however many there are', () => {
    const many = Array.from({ length: 200_000 }, () => ({ id: 'x', odd: 1 }));
    const started = performance.now();
    expect(problem(list(form), many)).toBe('$[0].odd: is not a property of such an object');
    expect(problem(record(form), { a: many[0], ...Object.fromEntries(many.entries()) })).toMatch(/^\$\."?0/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('a time', () => {
  /** As JavaScript counts: Date.parse lets the 30th of February run over into March. */
  function isTime(value: string): boolean {
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/.test(value)) return false;
    const at = Date.parse(value);
    return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 19) === value.slice(0, 19);
  }
  const isTaken = (value: string): boolean => problem(time(), value) === 'none';
  const two = (value: number): string => String(value).padStart(2, '0');

  test('is of a day that there is, in every year', () => {
    const times: string[] = [];
    for (let year = 0; year < 10_000; year += 1) {
      for (const rest of ['02-28', '02-29', '02-30', '12-31'] as const)
        times.push(`${String(year).padStart(4, '0')}-${rest}T00:00:00Z`);
    }
    for (let month = 0; month < 14; month += 1) {
      for (let day = 0; day < 33; day += 1) times.push(`2026-${two(month)}-${two(day)}T23:59:59.999Z`);
    }
    expect(times.filter((value) => isTaken(value) !== isTime(value))).toEqual([]);
  });

  test('is of an hour, a minute and a second that there are', () => {
    const part = fc.integer({ min: 0, max: 99 });
    const rest = fc.constantFrom('Z', '.5Z', '.500Z', '.1234Z', '', '+00:00', 'z', 'Z\n');
    fc.assert(
      fc.property(part, part, part, rest, (hour, minute, second, end) => {
        const value = `2026-11-20T${two(hour % 26)}:${two(minute)}:${two(second)}${end}`;
        expect([value, isTaken(value)]).toEqual([value, isTime(value)]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('documentOf', () => {
  interface Note {
    readonly id: string;
    readonly seen?: string;
    readonly kind: 'a' | 'b';
    readonly parts: readonly (string | null)[];
  }
  const fields = { id: text(), seen: optional(text()), kind: oneOf(['a', 'b']), parts: list(orNull(text())) };

  test('builds once, when it is asked', () => {
    let built = 0;
    const make = once(() => {
      built += 1;
      return object({});
    });
    expect(built).toBe(0);
    expect(make()).toBe(make());
    expect(built).toBe(1);
  });

  test('takes a schema of that very type alone', () => {
    const note = documentOf<Note>();
    expect(problem(note(() => object(fields))(), { id: '', kind: 'a', parts: [null] })).toBe('none');
    const { seen: _, ...without } = fields;
    // @ts-expect-error: it has a field less
    note(() => object(without));
    // @ts-expect-error: it has a field more
    note(() => object({ ...fields, more: optional(text()) }));
    // @ts-expect-error: a field must be there
    note(() => object({ ...fields, seen: text() }));
    // @ts-expect-error: a field may be absent
    note(() => object({ ...fields, id: optional(text()) }));
    // @ts-expect-error: a value less
    note(() => object({ ...fields, kind: only('a') }));
    // @ts-expect-error: any text
    note(() => object({ ...fields, kind: text() }));
    // @ts-expect-error: no null
    note(() => object({ ...fields, parts: list(text()) }));
  });
});
