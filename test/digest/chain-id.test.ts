import { expect, test } from 'vitest';
import { chainId, chainOf, type DigestKey, trailId, trailIdOf } from '../../src/digest/digest-key.ts';

const KEY: DigestKey = {
  prefix: 'somewhere/',
  account: '111122223333',
  region: 'eu-west-1',
  trail: 'audit',
  homeRegion: 'us-east-1',
  endTime: 0,
  kind: 'standard',
};
const ID = '111122223333/eu-west-1/audit@us-east-1';

test('a chain is named by account, Region, trail, home Region, organization and kind', () => {
  const shared: DigestKey = { ...KEY, organization: 'o-exampleorgid' };
  expect(chainId(chainOf(KEY))).toBe(ID);
  expect(chainId(chainOf({ ...KEY, kind: 'backfill' }))).toBe(`${ID}/backfill`);
  expect(chainId(chainOf(shared))).toBe(`${ID}/o-exampleorgid`);
  expect(chainId(chainOf({ ...shared, kind: 'backfill' }))).toBe(`${ID}/o-exampleorgid/backfill`);
});

test('the trail of a chain is named alike in whosever folder its digests are', () => {
  for (const kind of ['standard', 'backfill'] as const) {
    const own = chainOf({ ...KEY, kind });
    const shared = chainOf({ ...KEY, kind, organization: 'o-exampleorgid' });
    expect(trailId(shared)).toBe(chainId(own));
    expect([own, shared].map((chain) => trailIdOf(chainId(chain)))).toEqual([chainId(own), chainId(own)]);
  }
});

test('the bucket and prefix of its digests are no part of a chain', () => {
  expect(chainOf(KEY)).toEqual({
    account: '111122223333',
    region: 'eu-west-1',
    trail: 'audit',
    homeRegion: 'us-east-1',
    kind: 'standard',
  });
});
