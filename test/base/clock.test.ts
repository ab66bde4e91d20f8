import { expect, test } from 'vitest';
import { isoTime, knownTime } from '../../src/base/clock.ts';

test.each([
  ['0000-01-01T00:00:00Z', Date.parse('0000-01-01T00:00:00Z')],
  ['1970-01-01T00:00:00Z', 0],
  ['9999-12-31T23:59:59Z', Date.parse('9999-12-31T23:59:59.999Z')],
])('%s is a time', (text, time) => {
  expect(isoTime(knownTime(time) ?? Number.NaN)).toBe(text);
});

test.each([
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  9_999_999_999_999_000,
  Date.parse('9999-12-31T23:59:59.999Z') + 1,
  Date.parse('0000-01-01T00:00:00Z') - 1,
])('%s is none', (time) => {
  expect(knownTime(time)).toBeUndefined();
});
