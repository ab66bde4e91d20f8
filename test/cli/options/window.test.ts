import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/options/common.ts';
import { parseTime } from '../../../src/cli/options/window.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

describe('parseTime', () => {
  test.each([
    ['2026-11-20T15:00:00Z', '2026-11-20T15:00:00.000Z'],
    ['2026-11-20T15:00:00.25Z', '2026-11-20T15:00:00.250Z'],
    ['2026-11-20T16:00:00+01:00', '2026-11-20T15:00:00.000Z'],
    ['2026-11-20T01:30:00-0530', '2026-11-20T07:00:00.000Z'],
    ['2026-11-20T15:00', '2026-11-20T15:00:00.000Z'],
    ['2026-11-20 15:00z', '2026-11-20T15:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['20261120T150131Z', '2026-11-20T15:01:31.000Z'],
    ['90min', '2026-11-21T10:30:00.000Z'],
    ['36h', '2026-11-20T00:00:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['2w', '2026-11-07T12:00:00.000Z'],
    ['0d', '2026-11-21T12:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(parseTime(text, '--from', NOW)).toISOString()).toBe(iso);
  });

  test.each([
    ['2026-02-30', 'does not exist'],
    ['2025-02-29', 'does not exist'],
    ['2026-13-01', 'does not exist'],
    ['2026-11-20T24:00:00Z', 'does not exist'],
    ['2026-11-20T23:60:00Z', 'does not exist'],
    ['20260230T000000Z', 'does not exist'],
    ['2026-11-20T15:00:00+24:00', 'offset'],
    ['', 'is not a time'],
    ['yesterday', 'is not a time'],
    ['1763650800', 'is not a time'],
    ['10:00', 'is not a time'],
    ['20.11.2026', 'is not a time'],
    ['-7d', 'is not a time'],
    ['7days', 'is not a time'],
    ['7constructor', 'is not a time'],
    ['2M', 'is not a time'],
    ['7 d', 'is not a time'],
    ['2026-11-20T15:00:00Z ', 'is not a time'],
  ])('%j is refused, with the option and examples', (text, why) => {
    const attempt = (): number => parseTime(text, '--end-time', NOW);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(/^--end-time: /);
    expect(attempt).toThrow(why);
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining('7d') }));
  });

  test('agrees with Date for every time and offset', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('1970-01-02T00:00:00Z'),
          max: new Date('9999-12-30T00:00:00Z'),
          noInvalidDate: true,
        }),
        fc.integer({ min: -23, max: 23 }),
        (date, hours) => {
          const local = new Date(date.getTime() + hours * 3_600_000).toISOString().slice(0, -1);
          const offset = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
          expect(parseTime(local + offset, '--from', NOW)).toBe(date.getTime());
        },
      ),
    );
  });
});
