import { expect, test } from 'vitest';
import { TroubleTimes } from '../../src/activity/remembered.ts';
import { HOUR } from '../../src/base/clock.ts';

const hours = (from: number, to: number) => ({ from: from * HOUR, to: to * HOUR });

test('what lies within three hours of trouble is around it, by how far its beginning or end is', () => {
  const times = new TroubleTimes();
  expect(times.isEmpty).toBe(true);
  times.add('a', hours(100, 200));
  times.add('a', hours(10, 12));
  times.add('b', hours(50, 50));
  const distance = (account: string, from: number): number | undefined => {
    const found = times.distance(account, hours(from, from + 1));
    return found === undefined ? undefined : found / HOUR;
  };
  expect(times.isEmpty).toBe(false);
  expect([5, 6, 10, 11, 15, 16].map((from) => distance('a', from))).toEqual([
    undefined,
    3,
    0,
    0,
    3,
    undefined,
  ]);
  expect([95, 96, 100, 149, 199, 203, 204].map((from) => distance('a', from))).toEqual([
    ...[undefined, 3, 0, 49, 0, 3],
    undefined,
  ]);
  expect(distance('b', 52)).toBeCloseTo(2);
  expect(distance('c', 10)).toBeUndefined();
});

test('times that touch are one, in whatever order and number they come', () => {
  const times = new TroubleTimes();
  for (let hour = 20_999; hour >= 0; hour -= 1) times.add('a', hours(hour, hour + 1));
  expect(times.distance('a', hours(10_000, 10_001))).toBe(10_000 * HOUR);
  expect(times.distance('a', hours(21_004, 21_005))).toBeUndefined();
});

test('what is no time is no trouble', () => {
  const times = new TroubleTimes();
  times.add('a', { from: Number.NaN, to: Number.NaN });
  expect(times.isEmpty).toBe(true);
});
