import { describe, expect, test } from 'vitest';
import type { Interval } from '../../src/chain/coverage.ts';
import { type DaySearch, misfitDays } from '../../src/logs/place-coverage.ts';
import { countSource } from '../../src/source/wrappers.ts';
import { allOf } from '../support/all-of.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const BUCKET = 'example-trail-logs';
const PREFIX = 'AWSLogs/111122223333/CloudTrail/us-east-1/';
const NOW = Date.parse('2026-10-07T12:00:00Z');

function day(text: string): number {
  return Date.parse(`${text}T00:00:00Z`);
}

/** What a search of a few days shows of these paths, and how many levels it listed. */
async function search(
  paths: readonly string[],
  changes: Partial<DaySearch> = {},
): Promise<{ readonly found: readonly string[]; readonly listed: number }> {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const path of paths)
    store.put(BUCKET, PREFIX + path, new Uint8Array((PREFIX + path).endsWith('/') ? 0 : 1));
  const { source, counts } = countSource(memorySource(store));
  const days: Interval = { from: day('2026-10-05'), to: day('2026-10-07') };
  const fixed = { source, bucket: BUCKET, prefix: PREFIX, days, now: NOW };
  const misfits = await allOf(misfitDays({ ...fixed, asLog: () => true, isListed: () => false, ...changes }));
  const found = misfits.map(
    ({ object, asLog }) => `${object.key.slice(PREFIX.length)}${asLog ? '' : ' (note)'}`,
  );
  return { found, listed: counts().folders };
}

describe('on the levels that lead to the days', () => {
  test('objects are strays, other days and markers none', async () => {
    const sound = ['', '2026/', '2026/10/', '2026/10/05/a', '2026/09/01/a', '2013/11/05/a', '2026/10/31/'];
    const misfits = ['x', '2026/x', '2026/10/05', '2026/10/x'];
    expect([...(await search([...sound, ...misfits])).found].sort()).toEqual([...misfits].sort());
  });

  test('only those are listed', async () => {
    const paths = ['2024', '2025', '2026'].flatMap((year) =>
      ['08', '09', '10'].flatMap((month) => ['04', '05', '06'].map((date) => `${year}/${month}/${date}/a`)),
    );
    expect(await search(paths)).toEqual({ found: [], listed: 3 });
    const days = { from: day('2025-09-05'), to: day('2026-08-06') };
    expect(await search(paths, { days })).toEqual({ found: [], listed: 5 });
  });

  test('what was listed with the days is not told again, nor what only lies there as a note', async () => {
    const isListed = (key: string): boolean => key.startsWith(`${PREFIX}2026/`);
    const asLog = (key: string): boolean => !key.endsWith('.txt');
    const paths = ['2026/x', '2026/10/99/x', 'x', 'y.txt', 'evil/x', 'evil/y.txt'];
    expect([...(await search(paths, { isListed, asLog })).found].sort()).toEqual([
      'evil/x',
      'evil/y.txt (note)',
      'x',
      'y.txt (note)',
    ]);
  });

  test('more than can be told one by one are counted', async () => {
    const paths = Array.from({ length: 1_002 }, (_, at) => `x${at}`);
    const { found } = await search(paths, { isListed: () => true });
    expect(found).toEqual(['']);
  });
});

describe('folders that can be no day', () => {
  test.each([
    '2026/3/3/x',
    '2026/00/01/x',
    '2026/13/01/x',
    '2026/10/00/x',
    '2026/10/32/x',
    '2026/10/5/x',
    '2026/10/05 /x',
    '2026/10/08/x',
    '2026/11/01/x',
    '2027/01/01/x',
    '9999/12/31/x',
    '2012/01/01/x',
    '0000/01/01/x',
    '２０２６/10/05/x',
    '2026//05/x',
    '/x',
    'evil/deep/down/x',
  ])('%s is told', async (path) => {
    expect((await search([path, '2026/10/05/a'])).found).toEqual([path]);
  });

  test('twenty of a level are looked into, the others told as they are', async () => {
    const paths = Array.from({ length: 22 }, (_, at) => `evil${String(at).padStart(2, '0')}/x`);
    const { found } = await search(paths);
    expect(found.slice(19)).toEqual(['evil19/x', 'evil20/', 'evil21/']);
  });
});
