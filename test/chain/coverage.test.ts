import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds, type Interval, subtract, union } from '../../src/chain/coverage.ts';

const LENGTH = 60;

/** The model: one flag for each minute of an hour. */
function minutes(intervals: readonly Interval[]): readonly boolean[] {
  return Array.from({ length: LENGTH }, (_, minute) =>
    intervals.some(({ from, to }) => from <= minute && minute < to),
  );
}

function isSortedAndApart(intervals: readonly Interval[]): boolean {
  return intervals.every(
    ({ from, to }, index) => from < to && (intervals[index - 1]?.to ?? Number.NEGATIVE_INFINITY) < from,
  );
}

const anyIntervals = fc.array(
  fc.record({ from: fc.integer({ min: 0, max: LENGTH }), to: fc.integer({ min: 0, max: LENGTH }) }),
  { maxLength: 12 },
);

describe('against a model that counts minute by minute', () => {
  test('union covers what any interval covers', () => {
    fc.assert(
      fc.property(anyIntervals, (intervals) => {
        const joined = union(intervals);
        expect(minutes(joined)).toEqual(minutes(intervals));
        expect(isSortedAndApart(joined)).toBe(true);
      }),
      { seed: 20261120, numRuns: 1000 },
    );
  });

  test('subtract leaves what no hole covers', () => {
    fc.assert(
      fc.property(anyIntervals, anyIntervals, (intervals, holes) => {
        const left = subtract(intervals, holes);
        const inHole = minutes(holes);
        expect(minutes(left)).toEqual(
          minutes(intervals).map((covered, at) => covered && inHole[at] !== true),
        );
        expect(isSortedAndApart(left)).toBe(true);
      }),
      { seed: 20261120, numRuns: 1000 },
    );
  });

  test('holds tells whether one of them holds a whole span, its ends among it', () => {
    const ends = fc.tuple(fc.integer({ min: -1, max: LENGTH + 1 }), fc.nat(20));
    fc.assert(
      fc.property(anyIntervals, ends, (intervals, [from, length]) => {
        const joined = union(intervals);
        const span = { from, to: from + length };
        expect(holds(joined, span)).toBe(joined.some((one) => one.from <= span.from && span.to <= one.to));
      }),
      { seed: 20261120, numRuns: 1000 },
    );
  });
});

test('touching intervals are one, empty and reversed ones none', () => {
  expect(
    union([
      { from: 5, to: 9 },
      { from: 1, to: 5 },
      { from: 20, to: 20 },
      { from: 30, to: 10 },
    ]),
  ).toEqual([{ from: 1, to: 9 }]);
  expect(union([])).toEqual([]);
  expect(holds([], { from: 1, to: 1 })).toBe(false);
});

test('a hole cuts off an end, cuts in two, or takes all', () => {
  const whole = [{ from: 10, to: 20 }];
  expect(subtract(whole, [{ from: 5, to: 12 }])).toEqual([{ from: 12, to: 20 }]);
  expect(subtract(whole, [{ from: 18, to: 25 }])).toEqual([{ from: 10, to: 18 }]);
  expect(subtract(whole, [{ from: 12, to: 14 }])).toEqual([
    { from: 10, to: 12 },
    { from: 14, to: 20 },
  ]);
  expect(subtract(whole, [{ from: 10, to: 20 }])).toEqual([]);
  expect(subtract(whole, [{ from: 20, to: 30 }])).toEqual(whole);
});
