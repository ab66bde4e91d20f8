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
const WINDOW = { from: START, to: START + DAY };

function has(
  pages: readonly string[][],
  window: { from: number | undefined; to: number } = WINDOW,
): Promise<boolean> {
  return hasLogFiles(pagesSource(pages), FOLDER, CHAIN.region, window);
}

test('a log file of the window days is found, a marker or one of later is none', async () => {
  expect(await has([[`${PREFIX}2026/10/06/a.json.gz`]])).toBe(true);
  expect(await has([[`${PREFIX}2026/10/05/`], [`${PREFIX}2026/10/06/a.json.gz`]])).toBe(true);
  expect(await has([[`${PREFIX}2026/10/05/`, `${PREFIX}2026/10/08/a.json.gz`]])).toBe(false);
  expect(await has([[], [`${PREFIX}2026/10/06/`]])).toBe(false);
  expect(await has([])).toBe(false);
});

test('the listing begins with the window and ends with it', async () => {
  const source = pagesSource([[`${PREFIX}2026/10/07/`], [`${PREFIX}2026/10/08/`], [`${PREFIX}2026/10/09/`]]);
  expect(await hasLogFiles(source, FOLDER, CHAIN.region, WINDOW)).toBe(false);
  expect(source.requests).toEqual([{ bucket: 'b', prefix: PREFIX, startAfter: `${PREFIX}2026/10/05/` }]);
  expect(source.served()).toBe(1);
});

test('without a beginning it starts at the folder, and asks every family but the digests', async () => {
  const source = pagesSource([]);
  const folder = { ...FOLDER, families: ['CloudTrail', 'CloudTrail-Digest', 'CloudTrail-Insight'] };
  await hasLogFiles(source, folder, CHAIN.region, { from: undefined, to: START });
  expect(source.requests.map(({ startAfter }) => startAfter)).toEqual([
    PREFIX,
    'AWSLogs/111122223333/CloudTrail-Insight/us-east-1/',
  ]);
});
