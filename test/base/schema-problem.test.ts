import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { fieldText, parseBy, problemText } from '../../src/base/document-schema.ts';

const entry = z.strictObject({
  names: z.array(z.string().check(z.minLength(2), z.maxLength(3))),
  when: z.optional(z.union([z.number(), z.pipe(z.string(), z.transform(Number))])),
});

function told(value: unknown, schema: z.ZodMiniType = entry): string {
  const parsed = parseBy(schema, value);
  return 'problem' in parsed ? fieldText(parsed.problem) : 'none';
}

describe('parseBy', () => {
  test('gives what the schema makes of a value', () => {
    expect(parseBy(entry, { names: [], when: '7' })).toEqual({ value: { names: [], when: 7 } });
  });

  test.each([
    ['is not object', 'x'],
    ['names: is missing', {}],
    ['names: is not array', { names: 'ab' }],
    ['names.1: is not string', { names: ['ab', 7] }],
    ['names.0: is too short', { names: ['a'] }],
    ['names.0: is too long', { names: ['abcd'] }],
    ['when: is of no known form', { names: [], when: null }],
    ['more: is not a property of such an object', { names: [], more: 1 }],
    ['"a b": is not a property of such an object', { names: [], 'a b': 1 }],
  ])('says %j', (said, value) => {
    expect(told(value)).toBe(said);
  });

  test('has words for what it does not know', () => {
    expect(told(7, z.number().check(z.multipleOf(2)))).toBe('is not as it must be');
    expect(told(7, z.number().check(z.refine(() => false, 'is odd')))).toBe('is odd');
  });

  test('tells the first of a million problems', () => {
    expect(told({ names: Array.from({ length: 1_000_000 }, () => 7) })).toBe('names.0: is not string');
  });

  test('shows little of a hostile name', () => {
    const said = told({ names: [], [`\u001b[31m${'x'.repeat(100_000)}`]: 1 });
    expect(said).toMatch(/^"\\u001b\[31mx+…: is not a property of such an object$/);
    expect(said.length).toBeLessThan(110);
  });
});

test('a path is told from the root on', () => {
  expect(problemText({ path: [], message: 'is missing' })).toBe('$: is missing');
  expect(problemText({ path: ['a', 0], message: 'is missing' })).toBe('$.a: has no 0');
  expect(problemText({ path: ['a', 0, 'b'], message: 'is odd' })).toBe('$.a[0].b: is odd');
});
