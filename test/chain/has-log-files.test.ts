import { expect, test } from 'vitest';
import type { PlaceFolder } from '../../src/chain/discover.ts';
import { hasLogFiles } from '../../src/chain/has-log-files.ts';
import { DAY } from '../../src/clock.ts';
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
