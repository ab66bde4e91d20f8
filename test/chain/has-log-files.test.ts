import { expect, test } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import type { PlaceFolder } from '../../src/chain/discover.ts';
import { hasLogFiles } from '../../src/chain/folders-without-digests.ts';
import { CHAIN, pagesSource, START } from './chain-fixture.ts';

const FOLDER: PlaceFolder = {
  bucket: 'b',
  prefix: '',
  account: CHAIN.account,
  families: ['CloudTrail', 'CloudTrail-Digest'],
};
const PREFIX = 'AWSLogs/111122223333/CloudTrail/us-east-1/';
const WINDOW = { to: START + DAY };

function has(pages: readonly string[][]): Promise<boolean> {
  return hasLogFiles(pagesSource(pages), FOLDER, CHAIN.region, WINDOW);
}

test('a log file of the window days or of before is found, a marker or one of later is none', async () => {
  expect(await has([[`${PREFIX}2026/10/06/a.json.gz`]])).toBe(true);
  expect(await has([[`${PREFIX}2024/01/06/a.json.gz`, `${PREFIX}2026/10/08/a.json.gz`]])).toBe(true);
  expect(await has([[`${PREFIX}2026/10/05/`], [`${PREFIX}2026/10/06/a.json.gz`]])).toBe(true);
  expect(await has([[`${PREFIX}2026/10/05/`, `${PREFIX}2026/10/08/a.json.gz`]])).toBe(false);
  expect(await has([[], [`${PREFIX}2026/10/06/`]])).toBe(false);
  expect(await has([])).toBe(false);
});

test('the listing ends with the window', async () => {
  const source = pagesSource([[`${PREFIX}2026/10/06/`], [`${PREFIX}2026/10/08/`], [`${PREFIX}2026/10/09/`]]);
  expect(await hasLogFiles(source, FOLDER, CHAIN.region, WINDOW)).toBe(false);
  expect(source.requests).toEqual([{ bucket: 'b', prefix: PREFIX }]);
  expect(source.served()).toBe(2);
});

test('every family is asked but the digests', async () => {
  const source = pagesSource([]);
  const folder = { ...FOLDER, families: ['CloudTrail', 'CloudTrail-Digest', 'CloudTrail-Insight'] };
  await hasLogFiles(source, folder, CHAIN.region, WINDOW);
  expect(source.requests.map(({ prefix }) => prefix)).toEqual([
    PREFIX,
    'AWSLogs/111122223333/CloudTrail-Insight/us-east-1/',
  ]);
});

test('only those that are named after an earlier minute count where one is given', async () => {
  const named = (time: string): string[] => [
    `${PREFIX}2026/10/05/111122223333_CloudTrail_us-east-1_${time}Z_a.json.gz`,
  ];
  const before = Date.parse('2026-10-05T09:12:37Z');
  const hasBefore = (...pages: string[][]): Promise<boolean> =>
    hasLogFiles(pagesSource(pages), FOLDER, CHAIN.region, WINDOW, before);
  expect(await hasBefore(named('20261005T0911'))).toBe(true);
  expect(await hasBefore(named('20261005T0912'), named('20261005T1000'))).toBe(false);
  expect(await hasBefore([`${PREFIX}2026/10/05/odd`])).toBe(false);
});
