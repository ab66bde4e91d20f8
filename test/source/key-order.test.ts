import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys } from '../../src/source/source.ts';

test.each([
  ['a', 'b'],
  ['a', 'aa'],
  ['a-b', 'a.b'],
  ['a.b', 'a/b'],
  ['Z', 'a'],
  ['z', 'é'],
  ['\u{ff21}', '\u{1f600}'],
])('%j comes before %j', (left, right) => {
  expect(compareKeys(left, right)).toBeLessThan(0);
  expect(compareKeys(right, left)).toBeGreaterThan(0);
});

test('is the order of the UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
  );
});
