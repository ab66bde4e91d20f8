import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { isAge, readGivenTime, readMonth } from '../../src/base/given-time.ts';

const at = (text: string, now: string): string | undefined => {
  const { time } = readGivenTime(text, Date.parse(now));
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('ages of months and years', () => {
  test.each([
    ['1mo', '2026-11-21T12:30:45.678Z', '2026-10-21T12:30:45.678Z'],
    ['12mo', '2026-11-21T12:00:00Z', '2025-11-21T12:00:00.000Z'],
    ['1y', '2026-11-21T12:00:00Z', '2025-11-21T12:00:00.000Z'],
    ['11mo', '2026-11-21T12:00:00Z', '2025-12-21T12:00:00.000Z'],
    ['0mo', '2026-11-21T12:00:00Z', '2026-11-21T12:00:00.000Z'],
    ['1mo', '2026-03-31T01:00:00Z', '2026-02-28T01:00:00.000Z'],
    ['1mo', '2024-03-31T01:00:00Z', '2024-02-29T01:00:00.000Z'],
    ['1mo', '2026-03-29T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['1y', '2024-02-29T23:59:59Z', '2023-02-28T23:59:59.000Z'],
    ['4y', '2024-02-29T23:59:59Z', '2020-02-29T23:59:59.000Z'],
    ['1mo', '2026-01-31T00:00:00Z', '2025-12-31T00:00:00.000Z'],
    ['1mo', '2026-12-31T00:00:00Z', '2026-11-30T00:00:00.000Z'],
    ['56y', '2026-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ])('%s before %s is %s', (text, now, time) => {
    expect(at(text, now)).toBe(time);
  });

  test('no age leads out of the years that there are', () => {
    for (const text of ['57y', '1927y', '1999y', '2026y', '999999mo', `${'9'.repeat(400)}y`, '99999999999d'])
      expect(readGivenTime(text, Date.UTC(2026, 0, 1)), text).toMatchObject({
        why: 'is not within the years 1970 to 9999',
      });
  });

  test('is the same day and time of day, or the last day of a shorter month', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2010-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 400 }),
        (now, months) => {
          const { time = Number.NaN } = readGivenTime(`${months}mo`, now.getTime());
          const then = new Date(time);
          const wanted = now.getUTCFullYear() * 12 + now.getUTCMonth() - months;
          expect(then.getUTCFullYear() * 12 + then.getUTCMonth()).toBe(wanted);
          expect(then.getTime() % DAY).toBe(now.getTime() % DAY);
          const isSameDay = then.getUTCDate() === now.getUTCDate();
          expect(isSameDay || new Date(time + DAY).getUTCDate() === 1).toBe(true);
        },
      ),
    );
  });
});

test('minutes or months: m alone is refused, with both ways to write it', () => {
  expect(readGivenTime('3m', 0)).toEqual({
    time: undefined,
    why: 'can be minutes or months',
    hint: 'minutes or months: write 3min or 3mo',
  });
  expect(at('90min', '2026-11-21T12:00:00Z')).toBe('2026-11-21T10:30:00.000Z');
});

test('an age is known by its unit', () => {
  expect(['7d', '2w', '1y', '3mo', '5min', '3m'].every(isAge)).toBe(true);
  expect(['2026-11-20', '7', 'd', '7 d', '1.5d', '7toString', '20261120T150131Z'].some(isAge)).toBe(false);
});

test('a month is all of it in UTC', () => {
  expect(readMonth('2026-10')).toEqual({ from: Date.UTC(2026, 9, 1), to: Date.UTC(2026, 10, 1) });
  expect(readMonth('2026-12')).toEqual({ from: Date.UTC(2026, 11, 1), to: Date.UTC(2027, 0, 1) });
  for (const text of ['2026-13', '2026-00', '2026-1', '1969-12', '0099-01', '2026-10-01', '10-2026', ''])
    expect(readMonth(text), text).toBeUndefined();
});
