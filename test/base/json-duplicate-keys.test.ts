import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDuplicateKey } from '../../src/base/json.ts';

describe('a JSON key that occurs twice', () => {
  test.each([
    ['at the top', '{"a":1,"a":2}', 'a'],
    ['with others between', '{"a":1,"b":[{"c":2}],"a":3}', 'a'],
    ['deep inside', '{"a":[1,{"b":{"c":1,"d":2,"c":3}}]}', 'c'],
    ['after an inner object', '{"a":{"b":1},"a":2}', 'a'],
    ['after an inner array', '{"a":["x","y"],"a":2}', 'a'],
    ['written with an escape', '{"logFiles":1,"log\\u0046iles":2}', 'logFiles'],
    ['with a quote in it', '{"a\\"b":1,"a\\"b":2}', 'a"b'],
    ['ending in a backslash', '{"a\\\\":1,"a\\\\":2}', 'a\\'],
    ['with braces and commas in strings', '{"a":"},{\\"a\\":","a":1}', 'a'],
    ['the empty key', '{"":1,"":2}', ''],
    ['named as a property of every object', '{"__proto__":1,"__proto__":2}', '__proto__'],
    ['with white space', '{ "a" : 1 ,\n "a" : 2 }', 'a'],
  ])('is found %s', (_, text, key) => {
    JSON.parse(text);
    expect(findDuplicateKey(text)).toBe(key);
  });

  test.each([
    ['different keys', '{"a":1,"b":2}'],
    ['one key in two objects', '[{"a":1},{"a":2}]'],
    ['one key at two depths', '{"a":{"a":1}}'],
    ['a value that equals a key', '{"a":"a","b":"a"}'],
    ['strings in an array', '{"a":["b","b"]}'],
    ['a key that differs by an escape', '{"a":1,"\\u0061b":2}'],
    ['no object', '"a"'],
    ['a number', '1'],
    ['empty containers', '[{},[],{"a":{}}]'],
  ])('is not seen in %s', (_, text) => {
    JSON.parse(text);
    expect(findDuplicateKey(text)).toBeUndefined();
  });

  test('is found however deep it lies', () => {
    const depth = 50_000;
    const nest = (inner: string): string => '{"a":['.repeat(depth) + inner + ']}'.repeat(depth);
    expect(findDuplicateKey(nest('{"b":1,"b":2}'))).toBe('b');
    expect(findDuplicateKey(nest('{"b":1}'))).toBeUndefined();
  });

  test('is never seen in what JSON.stringify writes, and always once one is repeated', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.string(), (inner, key) => {
        const name = JSON.stringify(key);
        expect(findDuplicateKey(inner)).toBeUndefined();
        expect(findDuplicateKey(`[0,{${name}:${inner},${name}:null}]`)).toBe(key);
      }),
      { seed: 20261120, numRuns: 300 },
    );
  });
});
