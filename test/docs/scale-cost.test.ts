import { expect, test } from 'vitest';
import { ORGANIZATION, renderScaleCost, type ScaleFigures, scaleRow } from '../../fixtures/scale-cost.ts';

/** Round figures: a digest is read in 1,000 microseconds, and merged in as many. */
const FIGURES: ScaleFigures = {
  measured: '2026-12-01',
  machine: 'a machine',
  readDigestMicros: 1_000,
  readLogMicros: 0,
  mergeDigestMicros: 1_000,
  mergeLogMicros: 0,
  resultBytesOfDigest: 1_000,
  resultBytesOfLog: 0,
};

test('a year of 1,000 accounts in 20 Regions, by hand', () => {
  const { accounts, regions, hours } = ORGANIZATION;
  expect(accounts * regions * hours).toBe(175_200_000);
  const { reading, merging, machines, requests } = scaleRow(1, FIGURES);
  // 175,200 seconds of one processor are 48.67 hours, and half of that on two.
  expect(reading).toBeCloseTo(24.333, 2);
  expect(merging).toBeCloseTo(48.667, 2);
  // 24.33 hours at 0.09874 and 48.67 hours at 0.11652 dollars.
  expect(machines).toBeCloseTo(2.403 + 5.671, 2);
  // 525.6 million objects, 876,000 listings, 240,000 results written and read, and 175 GB of them.
  expect(requests).toBeCloseTo(210.24 + 0.096 + 4.38 + 1.2 + 4.03, 1);
});

test('more workers take less time and cost the same; merges are as many as there are months', () => {
  const [one, sixteen, many] = [1, 16, 128].map((workers) => scaleRow(workers, FIGURES));
  expect(one?.reading).toBeCloseTo(16 * (sixteen?.reading ?? 0), 6);
  expect(one?.merging).toBeCloseTo(12 * (sixteen?.merging ?? 0), 6);
  expect(many?.merging).toBe(sixteen?.merging);
  expect([sixteen?.machines, many?.machines]).toEqual([one?.machines, one?.machines]);
});

test('the page has a row for each number of workers', () => {
  expect(renderScaleCost().match(/^\| \d+ \|/gm)).toEqual(['| 1 |', '| 16 |', '| 128 |']);
});
