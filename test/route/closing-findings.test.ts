import { expect, test } from 'vitest';
import type { Discovery } from '../../src/chain/discover.ts';
import type { Expectation } from '../../src/chain/list-digests.ts';
import { otherOrganization } from '../../src/route/closing-findings.ts';

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
