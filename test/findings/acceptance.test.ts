import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasWildcard, matchesWildcard, patternOf } from '../../src/findings/event.ts';

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
    ['a\\*c', 'a*c', true],
    ['a\\*c', 'abc', false],
    ['a\\*c', 'a\\bc', false],
    ['a\\**', 'a*bc', true],
    ['a\\**', 'abc', false],
    ['*\\*', 'ab*c*', true],
    ['*\\*', 'ab*c', false],
    ['a\\\\b', 'a\\\\b', true],
    ['a\\\\b', 'a\\b', false],
    ['a\\b\\', 'a\\b\\', true],
    ['a\\', 'a', false],
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

  const NAME = fc.string({ unit: fc.constantFrom('a', '\\', '*'), maxLength: 8 });
  test('the pattern of a text matches that text alone', () => {
    fc.assert(
      fc.property(NAME, NAME, (text, other) => {
        expect(hasWildcard(patternOf(text))).toBe(false);
        expect(matchesWildcard(patternOf(text), text)).toBe(true);
        expect(matchesWildcard(patternOf(text), other)).toBe(text === other);
      }),
    );
  });

  test('what has no wildcard matches one text at most', () => {
    fc.assert(
      fc.property(NAME, NAME, (pattern, text) => {
        const named = pattern.replaceAll('\\*', '*');
        if (!hasWildcard(pattern)) expect(matchesWildcard(pattern, text)).toBe(text === named);
      }),
    );
  });

  test('a hostile pattern costs no more than both lengths', () => {
    expect(matchesWildcard(`${'*a'.repeat(300)}*b`, 'a'.repeat(20_000))).toBe(false);
  });
});
