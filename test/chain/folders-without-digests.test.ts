import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import type { Place, PlaceFolder } from '../../src/chain/discover.ts';
import { foldersWithoutDigests } from '../../src/chain/folders-without-digests.ts';
import type { ChainPlan } from '../../src/chain/list-digests.ts';
import { BUCKET, CHAIN, contextOver, listedAt, planOf, refAt, START, trailOf } from './chain-fixture.ts';

const KEY = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/';

function placeOf(families: readonly string[], changes: Partial<PlaceFolder> = {}): Place {
  const { account, region } = CHAIN;
  return { account, region, folders: [{ bucket: BUCKET, prefix: '', account, families, ...changes }] };
}

/** The findings about a place that holds log files of the window. */
function find(place: Place, plans: readonly ChainPlan[]): Promise<readonly object[]> {
  return foldersWithoutDigests(place, plans, contextOver(trailOf(2).store));
}

const BOTH = ['CloudTrail', 'CloudTrail-Digest'];

test('a folder with log files and without a digest should hold some', async () => {
  for (const families of [['CloudTrail'], BOTH]) {
    expect(await find(placeOf(families), [])).toEqual([
      {
        code: 'CHAIN_ABSENT',
        weight: 'unproven',
        object: { bucket: BUCKET, key: KEY, uri: `s3://${BUCKET}/${KEY}` },
        evidence: { basis: 'log-files', account: '111122223333', region: 'us-east-1' },
      },
    ]);
  }
});

test('a digest folder without a digest should hold some, though no log file is there', async () => {
  const context = contextOver(trailOf(0).store);
  const found = await foldersWithoutDigests(placeOf(BOTH), [], context);
  expect(found).toMatchObject([{ evidence: { basis: 'digest-folder' } }]);
  expect(await foldersWithoutDigests(placeOf(['CloudTrail']), [], context)).toEqual([]);
});

test.each<[string, Partial<ChainPlan>]>([
  ['in the window', { listed: [listedAt(START)] }],
  ['above the window', { above: listedAt(START) }],
  ['long after the window', { later: listedAt(START) }],
  ['below the window', { below: listedAt(START) }],
])('one hourly digest %s is enough', async (_, plan) => {
  expect(await find(placeOf(BOTH), [planOf(), planOf(plan)])).toEqual([]);
});

test.each<[string, Partial<ChainPlan>]>([
  ['a backfill digest', { listed: [listedAt(START)], chain: { ...CHAIN, kind: 'backfill' } }],
  ['a digest of another folder', { listed: [listedAt(START, refAt(START, { prefix: 'x/' }))] }],
  ['a digest of another bucket', { listed: [listedAt(START + HOUR, { ...refAt(START), bucket: 'other' })] }],
])('%s is not', async (_, plan) => {
  expect(await find(placeOf(BOTH), [planOf(plan)])).toHaveLength(1);
});

test('a digest above the window is not enough where log files are older than it', async () => {
  for (const plan of [{ above: listedAt(START + 9 * HOUR) }, { later: listedAt(START + 99 * HOUR) }])
    expect(await find(placeOf(BOTH), [planOf(plan)])).toMatchObject([{ evidence: { basis: 'log-files' } }]);
});

test('a digest seen there once, long before the window, is enough', async () => {
  const seenIn = new Set([`${BUCKET}/${KEY}`]);
  const elsewhere = listedAt(START, refAt(START, { prefix: 'x/' }));
  expect(await find(placeOf(BOTH), [planOf({ listed: [elsewhere], seenIn })])).toEqual([]);
  expect(await find(placeOf(BOTH), [planOf({ chain: { ...CHAIN, kind: 'backfill' }, seenIn })])).toHaveLength(
    1,
  );
});

describe('a trail of which backfill digests alone are left', () => {
  const second = { ...CHAIN, trail: 'second' };
  const backfill = planOf({
    chain: { ...second, kind: 'backfill' },
    below: listedAt(START, refAt(START, { trail: 'second', kind: 'backfill' })),
  });
  const audit = planOf({ listed: [listedAt(START)] });

  test('is told beside another that is whole', async () => {
    expect(await find(placeOf(BOTH), [audit, backfill])).toMatchObject([
      {
        code: 'CHAIN_ABSENT',
        weight: 'unproven',
        object: { key: KEY },
        evidence: {
          basis: 'backfill-digests',
          account: '111122223333',
          region: 'us-east-1',
          trail: 'second',
        },
      },
    ]);
  });

  test('is told once where the folder is told of', async () => {
    expect(await find(placeOf(BOTH), [backfill])).toMatchObject([{ evidence: { basis: 'log-files' } }]);
  });

  test('is not told with its hourly digests, out of scope, or where no key is one', async () => {
    const hourly = planOf({ chain: second, below: listedAt(START, refAt(START, { trail: 'second' })) });
    expect(await find(placeOf(BOTH), [audit, backfill, hourly])).toEqual([]);
    const context = contextOver(trailOf(2).store);
    expect(
      await foldersWithoutDigests(
        placeOf(BOTH),
        [audit, backfill],
        context,
        ({ trail }) => trail === 'audit',
      ),
    ).toEqual([]);
    const odd = { ...backfill, below: { ref: { bucket: BUCKET, key: 'odd' }, endTime: START } };
    expect(await find(placeOf(BOTH), [audit, odd, { ...backfill, below: undefined }])).toEqual([]);
  });
});
