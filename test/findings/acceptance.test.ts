import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesWildcard } from '../../src/findings/event.ts';

describe('matchesWildcard', () => {
  test.each([
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['', '', true],
    ['*', '', true],
    ['s3://b/*', 's3://b/a/b/c.json.gz', true],
    ['*/us-east-1/*', '111122223333/us-east-1/audit@us-east-1', true],
    ['*a*b', 'xxaxxbxb', true],
    ['*a*b', 'xxaxxbx', false],
    ['a.c', 'abc', false],
    ['a?c', 'abc', false],
  ])('%j on %j is %j', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected);
  });

  test('agrees with a regular expression', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 16 });
    fc.assert(
      fc.property(piece, text, (pattern, subject) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's').test(subject);
        expect(matchesWildcard(pattern, subject)).toBe(expected);
      }),
    );
  });

  test('a hostile pattern costs no more than both lengths', () => {
    expect(matchesWildcard(`${'*a'.repeat(300)}*b`, 'a'.repeat(20_000))).toBe(false);
  });
});
