import { expect, test } from 'vitest';
import { chainId, chainOf, type DigestKey } from '../../src/digest/digest-key.ts';

const KEY: DigestKey = {
  prefix: 'somewhere/',
  organization: 'o-exampleorgid',
  account: '111122223333',
  region: 'eu-west-1',
  trail: 'audit',
  homeRegion: 'us-east-1',
  endTime: 0,
  kind: 'standard',
};

test('a chain is named by account, Region, trail, home Region and kind', () => {
  expect(chainId(chainOf(KEY))).toBe('111122223333/eu-west-1/audit@us-east-1');
  expect(chainId(chainOf({ ...KEY, kind: 'backfill' }))).toBe(
    '111122223333/eu-west-1/audit@us-east-1/backfill',
  );
});

test('where its digests lie is no part of a chain', () => {
  expect(chainOf(KEY)).toEqual({
    account: '111122223333',
    region: 'eu-west-1',
    trail: 'audit',
    homeRegion: 'us-east-1',
    kind: 'standard',
  });
});
