import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import { missingSlots } from '../../src/chain/coverage.ts';

const NEWER_START = Date.parse('2026-10-05T12:12:37Z');
const ALWAYS = Number.NEGATIVE_INFINITY;
const hoursBefore = (count: number): number => NEWER_START - count * HOUR;

test('every hour down to the older digest is missing, newest first', () => {
  expect(missingSlots(NEWER_START, hoursBefore(3), [], ALWAYS)).toEqual([
    NEWER_START,
    hoursBefore(1),
    hoursBefore(2),
  ]);
});

test('nothing is missing between neighbours, nor where the older one ends a little early or late', () => {
  for (const offset of [0, 29 * MINUTE, -29 * MINUTE, 30 * MINUTE, -30 * MINUTE])
    expect(missingSlots(NEWER_START, NEWER_START + offset, [], ALWAYS)).toEqual([]);
  expect(missingSlots(NEWER_START, NEWER_START - 31 * MINUTE, [], ALWAYS)).toEqual([NEWER_START]);
});

test('an hour for which something is listed is not missing', () => {
  const listed = [NEWER_START - 29 * MINUTE, hoursBefore(2) + 30 * MINUTE - 1];
  expect(missingSlots(NEWER_START, hoursBefore(3), listed, ALWAYS)).toEqual([hoursBefore(1)]);
});

test('nothing is asked for at or below the bound', () => {
  expect(missingSlots(NEWER_START, hoursBefore(100), [], hoursBefore(2))).toEqual([
    NEWER_START,
    hoursBefore(1),
  ]);
});
