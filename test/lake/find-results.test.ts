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
    isCut: found.isCut,
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
    isCut: false,
  });
});

test.each([
  'result_sign.json',
  '2026/10/result_sign.json',
  '2026/10/06/result_sign.json',
  `2026/10/32/${QUERY_ID}/result_sign.json`,
  `2026/10/5/${QUERY_ID}/result_sign.json`,
  `2026/10/06/${QUERY_ID.toUpperCase()}/result_1.csv.gz`,
  `2026/10/06/${QUERY_ID}/more/result_1.csv.gz`,
  `2026/13/01/${QUERY_ID}/result_1.csv.gz`,
  `0026/10/05/${QUERY_ID}/result_1.csv.gz`,
  `Query/2026/10/05/${QUERY_ID}/result_1.csv.gz`,
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
      '2026/10/06',
      '2026/10/05',
      '2026/10/07',
    ]);
  });

  test('lists no day outside of it, whatever is there', async () => {
    const old = ['2020/01/01', '2026/09/30', '2026/10/05', '2027/01/01'];
    const log = '111122223333_CloudTrail_us-east-1_20261005T1000Z_AAAAAAAAAAAAAAAA.json.gz';
    const window = { from: NOW - 1, to: NOW };
    for (const names of [[log], [log, 'result_1.csv.gz']]) {
      const planted = old.flatMap((day) => names.map((name) => `${day}/${QUERY_ID}/${name}`));
      const found = await find([...paths, ...planted], { window });
      expect(found.outside).toBe(4);
      expect(
        [...found.sets, ...found.misfits].some((key) => /^(?:2020|2026.0[59]|2026.10.05)/.test(key)),
      ).toBe(false);
      // A day still to come is looked at.
      expect([...found.sets, ...found.misfits].some((key) => key.startsWith('2027/'))).toBe(true);
    }
  });

  test.each(['2026/10/06/', `2026/10/06/${QUERY_ID}/`])('is asked of a target within: %s', async (within) => {
    const window = { from: NOW - 1, to: NOW };
    expect(await find(paths, { within, window })).toMatchObject({
      outside: 0,
      sets: [`2026/10/06/${QUERY_ID}/`],
    });
    expect(await find(paths, { within: '2026/10/05/', window })).toMatchObject({ outside: 1, sets: [] });
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
    expect(found).toMatchObject({ sets: [`${day}/${OTHER_ID}/`], misfits: [], isCut: true });
  });

  const newest = `2026/10/06/${QUERY_ID}/result_sign.json`;
  test.each([
    ['objects of an old day', (at: number) => `2000/01/01/x${at}`],
    ['folders of a name that sorts first', (at: number) => `0${at}/x`],
    ['folders in a month', (at: number) => `2026/10/0${at}x/x`],
    ['folders of years to come', (at: number) => `${3000 + at}/01/01/x`],
  ])('are not used up by %s', async (_, pathOf) => {
    const junk = Array.from({ length: 50 }, (_one, at) => pathOf(at));
    const found = await find([...junk, newest], { bounds: { objects: 20, misfits: 3 } });
    expect(found.sets[0]).toBe(`2026/10/06/${QUERY_ID}/`);
    expect(found.isCut).toBe(true);
  });

  test('are of no account where the window holds less', async () => {
    const junk = Array.from({ length: 50 }, (_one, at) => `2026/10/05/x${at}`);
    const window = { from: NOW - 1, to: NOW };
    const found = await find([...junk, newest], { window, bounds: { objects: 20, misfits: 3 } });
    expect(found).toMatchObject({ sets: [`2026/10/06/${QUERY_ID}/`], misfits: [], isCut: false });
  });
});
