import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { strictJson, strictJsonText, strictText } from '../../src/base/json.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

test("a text of names that are its sender's may have a field called __proto__, and changes nothing", () => {
  const read = strictJsonText('{"a":{"__proto__":{"admin":true}}}', { mayNameAll: true });
  expect(JSON.stringify(read)).toBe('{"value":{"a":{"__proto__":{"admin":true}}}}');
  expect({}).not.toHaveProperty('admin');
  const twice = strictJsonText('{"__proto__":1,"\\u005f_proto__":2}', { mayNameAll: true });
  expect(twice).toEqual({ problem: 'names "__proto__" twice in one object' });
});

describe('strictJson', () => {
  test.each<readonly [string, Uint8Array, RegExp]>([
    ['a key twice', bytes('{"a":1,"b":{"c":1,"c":2}}'), /^names "c" twice in one object$/],
    ['a key twice, written in two ways', bytes('{"a":1,"\\u0061":2}'), /^names "a" twice/],
    ['a long key twice', bytes(`{"${'k'.repeat(500)}":1,"${'k'.repeat(500)}":2}`), /^names "k{60}" twice/],
    ['a name of JavaScript', bytes('[{"__proto__":{"admin":true}}]'), /^has a field named __proto__$/],
    ['the same in escapes', bytes('{"\\u005f_proto__":1}'), /^has a field named __proto__$/],
    ['too deep', bytes('['.repeat(65) + ']'.repeat(65)), /^is not JSON of 64 levels at most$/],
    ['endlessly deep', bytes('[{"a":'.repeat(1_000_000)), /^is not JSON of 64 levels at most$/],
    [
      'too much for its size',
      bytes(`[${'[],'.repeat(4_000_001)}1]`),
      /^is not JSON of 8000000 values at most$/,
    ],
    ['nothing', bytes(''), /^is not JSON/],
    ['two documents', bytes('{}{}'), /^is not JSON/],
    ['a string without an end', bytes('{"a":"\\'), /^is not JSON/],
    ['Latin-1', Buffer.from('{"a":"ü"}', 'latin1'), /^is not JSON in UTF-8$/],
    ['half a character', Buffer.from([0x22, 0xc3, 0x22]), /^is not JSON in UTF-8$/],
    ['a byte order mark', bytes('\uFEFF{}'), /^is not JSON/],
  ])('refuses %s', (_, written, problem) => {
    const read = strictJson(written);
    if ('value' in read) throw new Error('it was taken');
    expect(read.problem).toMatch(problem);
  });

  test('takes a mark where people write by hand', () => {
    expect(strictJson(bytes('\uFEFF[1]'), { mayHaveMark: true })).toEqual({ value: [1] });
  });

  test('brackets in strings are no levels', () => {
    const text = JSON.stringify({ a: `${'['.repeat(100)}"\\"{{{`, b: ['x'] });
    expect(strictJson(bytes(text))).toEqual({ value: JSON.parse(text) });
  });

  test('takes what JSON.parse takes, but for what two readers could take differently', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5, noUnicodeString: false }), (text) => {
        const read = strictJsonText(text);
        if ('value' in read) expect(read.value).toEqual(JSON.parse(text));
        else expect(read.problem).toMatch(/^has a field named __proto__$/);
      }),
    );
  });
});

test('strictText is undefined for bytes that are no UTF-8', () => {
  expect(strictText(Buffer.from([0xff]))).toBeUndefined();
  expect(strictText(bytes('\uFEFFa'))).toBe('\uFEFFa');
  expect(strictText(bytes('\uFEFFa'), true)).toBe('a');
});
