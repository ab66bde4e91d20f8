import { describe, expect, test } from 'vitest';
import type { Window } from '../../src/chain/list-digests.ts';
import { findResults } from '../../src/lake/find-results.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { QUERY_ID } from '../support/test-lake.ts';

const BUCKET = 'example-trail-logs';
const KEY = 'AWSLogs/111122223333/CloudTrail-Lake/Query/';
const FOLDER = { bucket: BUCKET, prefix: '', account: '111122223333', key: KEY, within: KEY };
const OTHER_ID = '0c3f6b1e-aaaa-bbbb-cccc-ddddeeeeffff';
const NOW = Date.parse('2026-10-06T12:00:00Z');
const ALL: Window = { from: undefined, to: NOW };

async function find(
  paths: readonly string[],
  { window = ALL, within = '', bounds = { objects: 1000, misfits: 3 } } = {},
) {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const path of paths) store.put(BUCKET, KEY + path, new Uint8Array(path.endsWith('/') ? 0 : 1));
  const folder = { ...FOLDER, within: KEY + within };
  const found = await findResults(memorySource(store), folder, { window, now: NOW }, bounds);
  return {
    sets: found.sets.map(({ key }) => key.slice(KEY.length)),
    places: found.sets.map(({ place }) => place),
    objects: found.sets.map(({ objects }) => objects.map(({ key }) => key.slice(key.lastIndexOf('/') + 1))),
    signed: found.sets.map(({ signFile }) => signFile !== undefined),
    misfits: found.misfits.map(({ object }) => object.key.slice(KEY.length)),
    outside: found.outside,
  };
}

test('sets by their folders, whatever is between their files, and markers are nothing', async () => {
  const day = `2026/10/05/${QUERY_ID}`;
  const found = await find([
    '2026/',
    `${day}/`,
    `${day}/result_1.csv.gz`,
    `${day}/result_1.csv.gz/below`,
    `${day}/result_sign.json`,
    `2026/10/05/${OTHER_ID}/result_1.csv.gz`,
    `2026/10/05/${OTHER_ID}/readme`,
  ]);
  expect(found).toEqual({
    sets: [`2026/10/05/${OTHER_ID}/`, `${day}/`],
    places: [
      { day: Date.parse('2026-10-05T00:00:00Z'), queryId: OTHER_ID },
      { day: Date.parse('2026-10-05T00:00:00Z'), queryId: QUERY_ID },
    ],
    objects: [['readme', 'result_1.csv.gz'], ['result_1.csv.gz']],
    signed: [false, true],
    misfits: [`${day}/result_1.csv.gz/below`],
    outside: 0,
  });
});

test.each([
  'result_sign.json',
  '2026/10/05/result_sign.json',
  `2026/02/31/${QUERY_ID}/result_sign.json`,
  `2026/10/5/${QUERY_ID}/result_sign.json`,
  `2026/10/05/${QUERY_ID.toUpperCase()}/result_1.csv.gz`,
  `2026/10/05/${QUERY_ID}/more/result_1.csv.gz`,
])('%s is of no place that CloudTrail writes, and looked at in any window', async (path) => {
  const found = await find([path], { window: { from: NOW - 1, to: NOW } });
  expect(found).toMatchObject({ places: [undefined], misfits: [], outside: 0 });
});

describe('the window', () => {
  const paths = ['2026/10/04', '2026/10/05', '2026/10/06', '2026/10/07'].map(
    (day) => `${day}/${QUERY_ID}/result_sign.json`,
  );
  test('leaves out days before and after it, and none that is still to come', async () => {
    const window = { from: Date.parse('2026-10-05T23:59:59Z'), to: Date.parse('2026-10-05T23:59:59Z') };
    const found = await find(paths, { window });
    expect(found.sets.map((key) => key.slice(0, 10))).toEqual(['2026/10/05', '2026/10/07']);
    expect(found.outside).toBe(2);
  });
  test('begins with the day that it is in', async () => {
    const window = { from: Date.parse('2026-10-05T00:00:00Z'), to: NOW };
    expect((await find(paths, { window })).sets.map((key) => key.slice(0, 10))).toEqual([
      '2026/10/05',
      '2026/10/06',
      '2026/10/07',
    ]);
  });
});

test('a part that is asked for is all that is listed', async () => {
  const paths = [`2026/10/05/${QUERY_ID}/result_sign.json`, `2026/10/05/${OTHER_ID}/result_sign.json`, 'x'];
  expect(await find(paths, { within: `2026/10/05/${QUERY_ID}/` })).toMatchObject({
    sets: [`2026/10/05/${QUERY_ID}/`],
    misfits: [],
  });
});

describe('bounds', () => {
  test('misfits beyond them are the folder', async () => {
    expect((await find(['a', 'b', 'c'])).misfits).toEqual(['a', 'b', 'c']);
    expect((await find(['a', 'b', 'c', 'd'])).misfits).toEqual(['a', 'b', 'c', '']);
  });

  test('beyond them nothing is listed, and a folder that was not listed whole is not judged', async () => {
    const day = '2026/10/05';
    const paths = [QUERY_ID, OTHER_ID].flatMap((id) => [
      `${day}/${id}/result_1.csv.gz`,
      `${day}/${id}/result_sign.json`,
    ]);
    const found = await find(paths, { bounds: { objects: 3, misfits: 3 } });
    expect(found).toMatchObject({ sets: [`${day}/${OTHER_ID}/`], misfits: [''] });
  });
});
