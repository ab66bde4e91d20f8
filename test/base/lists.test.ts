import { describe, expect, test } from 'vitest';
import { append, firstNotBefore, largest, partition, smallest } from '../../src/base/lists.ts';

const LONG = Array.from({ length: 300_000 }, (_, at) => at);

describe('lists of any length', () => {
  test('are appended in order', () => {
    const list = [-1];
    append(list, LONG);
    append(list, new Set([7]));
    expect([list.length, list[0], list[1], list.at(-2), list.at(-1)]).toEqual([300_002, -1, 0, 299_999, 7]);
  });

  test('have a largest and a smallest number', () => {
    expect([largest(LONG), smallest(LONG)]).toEqual([299_999, 0]);
    expect([largest([]), smallest([])]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  test('are searched for the first that is not before another', () => {
    const first = (wanted: number): number => firstNotBefore(LONG, (one) => one < wanted);
    expect([first(-1), first(0), first(7), first(299_999), first(300_000)]).toEqual([
      0, 0, 7, 299_999, 300_000,
    ]);
    expect(firstNotBefore([], () => true)).toBe(0);
  });

  test('are parted, each part in its order', () => {
    const [even, odd] = partition(LONG, (one) => one % 2 === 0);
    expect([even.length, even[1], odd.length, odd[1]]).toEqual([150_000, 2, 150_000, 3]);
  });
});
