import { expect, test } from 'vitest';
import type { Discovery } from '../../src/chain/discover.ts';
import type { FoundChain } from '../../src/chain/expectations.ts';
import type { Expectation } from '../../src/chain/list-digests.ts';
import type { Chain } from '../../src/digest/digest-key.ts';
import { otherOrganization, twinsOfTrail } from '../../src/route/closing-findings.ts';

const EXPECTED: readonly Expectation[] = [
  { account: '111122223333', basis: 'organization', organization: 'o-exampleorgid' },
];

function found(...organizations: readonly (string | undefined)[]): Discovery {
  const folders = organizations.map((organization) => ({
    bucket: 'b',
    prefix: '',
    account: '111122223333',
    families: [],
    ...(organization === undefined ? {} : { organization }),
  }));
  const places = [{ account: '111122223333', region: 'us-east-1', folders }];
  return {
    places,
    queries: [],
    complete: true,
    foldersListed: 1,
    misfits: [],
    refused: [],
    listed: new Set(),
  };
}

test('folders of another organization alone are told', () => {
  const text = otherOrganization(EXPECTED, found('o-otherorgid1'));
  expect(text).toMatch(/organization o-exampleorgid, and the folders found are of another: o-otherorgid1\./);
  const many = Array.from({ length: 22 }, (_, at) => `o-other${String(at).padStart(4, '0')}`);
  expect(otherOrganization(EXPECTED, found(...many))).toContain('o-other0019 and 2 more. ');
});

test('nothing is said where its own are there, where there are none, and where none is expected', () => {
  expect(otherOrganization(EXPECTED, found('o-exampleorgid', 'o-otherorgid1'))).toBeUndefined();
  expect(otherOrganization(EXPECTED, found(undefined))).toBeUndefined();
  expect(otherOrganization([], found('o-otherorgid1'))).toBeUndefined();
});

const OWN: Chain = {
  account: '111122223333',
  region: 'us-east-1',
  trail: 'audit',
  homeRegion: 'us-east-1',
  kind: 'standard',
};
const SHARED: Chain = { ...OWN, organization: 'o-exampleorgid' };

function chains(...all: readonly Chain[]): readonly FoundChain[] {
  return all.map((chain) => ({ chain, newestCovered: undefined }));
}

test('two chains of one trail are named with the folder of each', () => {
  const text = twinsOfTrail(chains(OWN, SHARED), { bucket: 'b', prefix: 'p/AWSLogs/' });
  expect(text).toContain("the account's own, and one of organization o-exampleorgid");
  expect(text).toContain('s3://b/p/AWSLogs/111122223333/ or s3://b/p/AWSLogs/o-exampleorgid/111122223333/.');
});

test('no twin is told of chains that differ in more than the organization, or of backfill digests', () => {
  const target = { bucket: 'b', prefix: '' };
  expect(twinsOfTrail(chains(OWN), target)).toBeUndefined();
  expect(twinsOfTrail(chains(OWN, { ...SHARED, region: 'eu-west-1' }), target)).toBeUndefined();
  expect(twinsOfTrail(chains(OWN, { ...SHARED, kind: 'backfill' }), target)).toBeUndefined();
  expect(twinsOfTrail(chains(SHARED, { ...SHARED, organization: 'o-other' }), target)).toBeUndefined();
});
