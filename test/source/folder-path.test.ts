import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  escapeSegment,
  isPlainSegment,
  isWritableSegment,
  readName,
  unescapeText,
} from '../../src/source/folder-path.ts';

function roundTrip(segment: string): string | undefined {
  const names = escapeSegment(segment).map(readName);
  expect(names.every(({ escaped }) => escaped)).toBe(true);
  expect(names.map(({ continued }) => continued)).toEqual(names.map((_, at) => at < names.length - 1));
  return unescapeText(names.map(({ text }) => text).join(''));
}

describe('the escaped form of a segment', () => {
  test.each([
    ['', ['%_']],
    ['.', ['%_%2E']],
    ['..', ['%_%2E%2E']],
    ['a\0b', ['%_a%00b']],
    ['%_x', ['%_%25_x']],
    ['é', ['%_%C3%A9']],
    ['x'.repeat(200), [`%_${'x'.repeat(180)}%~`, `%_${'x'.repeat(20)}`]],
  ])('of %j', (segment, names) => {
    expect(escapeSegment(segment)).toEqual(names);
  });

  test('is read back as the segment, and is safe whatever the segment is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (segment) => {
        expect(roundTrip(segment)).toBe(segment);
        for (const name of escapeSegment(segment)) {
          expect(name).toMatch(/^%_[A-Za-z0-9_=+@%-]*(%~)?$/);
          expect(name.length).toBeLessThan(200);
        }
      }),
    );
  });
});

describe('a segment under its own name', () => {
  test.each(['x.json.gz', 'a b', 'ä', '%41', '%-', '.hidden', 'trailing.', '%_%'])(
    'may be read: %j',
    (segment) => {
      expect(isPlainSegment(segment)).toBe(true);
      expect(readName(segment)).toEqual({ text: segment, escaped: false, continued: false });
    },
  );

  test.each(['', '.', '..', 'a/b', 'a\0', '%_', '%_x', 'x'.repeat(256), 'é'.repeat(128)])(
    'may not: %j',
    (segment) => {
      expect(isPlainSegment(segment)).toBe(false);
      expect(isWritableSegment(segment)).toBe(false);
    },
  );

  test('is not written where a sidecar has or needs the name', () => {
    expect(isWritableSegment('x.s3-metadata.json')).toBe(false);
    expect(isWritableSegment('x'.repeat(238))).toBe(true);
    expect(isWritableSegment('x'.repeat(239))).toBe(false);
  });
});
