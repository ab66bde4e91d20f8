import { expect, test } from 'vitest';
import type { Interval } from '../../src/chain/coverage.ts';
import { type ChainEnd, PlaceCoverage } from '../../src/logs/place-coverage.ts';
import { BUCKET, refAt, START } from '../chain/chain-fixture.ts';

const HERE = `${BUCKET}/AWSLogs/111122223333/`;
const THERE = `${BUCKET}/moved/AWSLogs/111122223333/`;
const MOVED = refAt(START, { prefix: 'moved/' });
const NONE: ReadonlyMap<string, Interval> = new Map();

test('a folder is covered by the chains whose digests lie in it', () => {
  const coverage = new PlaceCoverage();
  coverage.cover('one', refAt(START), { from: 0, to: 10 });
  coverage.cover('one', refAt(START), { from: 10, to: 20 });
  coverage.cover('two', refAt(START), { from: 15, to: 30 });
  expect(coverage.ofFolder(HERE, NONE)).toEqual([{ from: 0, to: 30 }]);
  expect(coverage.ofFolder(THERE, NONE)).toEqual([]);
  expect(coverage.oldest).toBe(0);
});

test('a chain that moved counts for both folders with all its time', () => {
  const coverage = new PlaceCoverage();
  coverage.cover('one', refAt(START), { from: 10, to: 20 });
  coverage.cover('one', MOVED, { from: 0, to: 10 });
  for (const folder of [HERE, THERE]) expect(coverage.ofFolder(folder, NONE)).toEqual([{ from: 0, to: 20 }]);
});

test('a hole of one chain is a hole of its folders, though another chain covers it', () => {
  const coverage = new PlaceCoverage();
  coverage.cover('one', refAt(START), { from: 0, to: 30 });
  coverage.cover('two', refAt(START), { from: 0, to: 10 });
  coverage.hole('two', { from: 10, to: 12 });
  coverage.hole('two', { from: 20, to: 30 });
  coverage.hole('elsewhere', { from: 0, to: 5 });
  coverage.cover('elsewhere', MOVED, { from: 5, to: 30 });
  expect(coverage.ofFolder(HERE, new Map([['one', { from: 0, to: 2 }]]))).toEqual([
    { from: 2, to: 10 },
    { from: 12, to: 20 },
  ]);
  expect(coverage.ofFolder(THERE, NONE)).toEqual([{ from: 5, to: 30 }]);
});

test('a digest whose key tells no folder covers time in none', () => {
  const coverage = new PlaceCoverage();
  expect(coverage.oldest).toBeUndefined();
  coverage.cover('one', { bucket: BUCKET, key: 'odd' }, { from: 7, to: 9 });
  expect(coverage.ofFolder(HERE, NONE)).toEqual([]);
  expect(coverage.oldest).toBe(7);
});

test('thousands of windows that meet are one stretch', () => {
  const coverage = new PlaceCoverage();
  for (let index = 2500; index > 0; index -= 1)
    coverage.cover('one', refAt(START), { from: index - 1, to: index });
  expect(coverage.ofFolder(HERE, NONE)).toEqual([{ from: 0, to: 2500 }]);
});

test('what comes after the newest digest of one chain is undecided, reached or nothing', () => {
  const END = { from: 20, to: Number.POSITIVE_INFINITY };
  const ends = (end: ChainEnd): PlaceCoverage => {
    const coverage = new PlaceCoverage();
    coverage.cover('one', refAt(START), { from: 0, to: 30 });
    coverage.ends('two', refAt(START), end, 20);
    coverage.ends('two', refAt(START), 'over', 10);
    expect(coverage.knows(HERE)).toBe(true);
    expect(coverage.knows(THERE)).toBe(false);
    return coverage;
  };
  const all = (coverage: PlaceCoverage): unknown => [
    coverage.ofFolder(HERE, NONE),
    coverage.reachable(HERE, NONE),
    coverage.ahead(HERE, NONE),
    coverage.claimed(HERE, NONE),
  ];
  const [until20, until30] = [[{ from: 0, to: 20 }], [{ from: 0, to: 30 }]];
  const on = [{ from: 0, to: END.to }];
  expect(all(ends('pending'))).toEqual([until20, until20, until20, on]);
  expect(all(ends('unread'))).toEqual([until20, on, on, on]);
  expect(all(ends('over'))).toEqual([until30, until30, on, until30]);
});

test('what was before the oldest digest is claimed, and looked up, where the digest there cannot be had', () => {
  const coverage = new PlaceCoverage();
  coverage.edge('one', 12, 5);
  expect(coverage.ofFolder(HERE, NONE)).toEqual([]);
  coverage.cover('one', refAt(START), { from: 10, to: 20 });
  coverage.edge('one', 12, 5);
  expect(coverage.ofFolder(HERE, NONE)).toEqual([{ from: 10, to: 20 }]);
  for (const time of [
    coverage.reachable(HERE, NONE),
    coverage.ahead(HERE, NONE),
    coverage.claimed(HERE, NONE),
  ])
    expect(time).toEqual([{ from: 5, to: 20 }]);
});
