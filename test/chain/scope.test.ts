import { expect, test } from 'vitest';
import { scopeExpectations, scopeTests } from '../../src/chain/expectations.ts';
import { CHAIN } from './chain-fixture.ts';

test('without a scope everything is meant and nothing is expected', () => {
  for (const scope of [undefined, {}, { accounts: [], regions: [], trails: [] }]) {
    const { includesPlace, includesChain } = scopeTests(scope);
    expect(includesPlace('111122223333', 'us-east-1')).toBe(true);
    expect(includesChain(CHAIN)).toBe(true);
    expect(scopeExpectations(scope)).toEqual([]);
  }
});

test('a place is meant by its account and Region, as far as they are known', () => {
  const { includesPlace } = scopeTests({ accounts: ['111122223333'], regions: ['us-east-1', 'eu-west-1'] });
  expect(includesPlace('111122223333', 'eu-west-1')).toBe(true);
  expect(includesPlace('111122223333', undefined)).toBe(true);
  expect(includesPlace(undefined, undefined)).toBe(true);
  expect(includesPlace('444455556666', 'eu-west-1')).toBe(false);
  expect(includesPlace('111122223333', 'eu-west-2')).toBe(false);
});

test.each([
  [{ accounts: ['444455556666'] }, false],
  [{ regions: ['us-east-2'] }, false],
  [{ trails: ['audi', 'audit2'] }, false],
  [{ homeRegion: 'eu-west-1' }, false],
  [{ accounts: ['444455556666', '111122223333'], regions: ['us-east-1'], trails: ['audit'] }, true],
  [{ homeRegion: 'us-east-1' }, true],
])('a chain is meant by exact names: %j', (scope, isMeant) => {
  expect(scopeTests(scope).includesChain(CHAIN)).toBe(isMeant);
});

test('whoever names something expects it to be there', () => {
  expect(
    scopeExpectations({ accounts: ['111122223333'], regions: ['us-east-1'], trails: ['audit'] }),
  ).toEqual([
    { basis: 'scope', account: '111122223333' },
    { basis: 'scope', region: 'us-east-1' },
    { basis: 'scope', trail: 'audit' },
  ]);
});

test('what others expect of it already is left to them', () => {
  const others = [{ basis: 'trail-status', account: '111122223333', trail: 'audit' }] as const;
  const scope = { accounts: ['111122223333', '444455556666'], trails: ['audit'] };
  expect(scopeExpectations(scope, others)).toEqual([{ basis: 'scope', account: '444455556666' }]);
});
