import { expect, test } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { checkExpectations, type FoundChain, trailChanges } from '../../src/chain/expectations.ts';
import type { Expectation } from '../../src/chain/list-digests.ts';
import { BUCKET, CHAIN, contextOver, START, trailOf } from './chain-fixture.ts';

const TARGET = { bucket: BUCKET, prefix: 'logs/' };
const context = contextOver(trailOf(0).store, { window: { from: START, to: START + DAY } });
const HOME: Expectation = {
  basis: 'trail-status',
  account: CHAIN.account,
  region: CHAIN.homeRegion,
  trail: CHAIN.trail,
  homeRegion: CHAIN.homeRegion,
  settings: { isMultiRegion: false, isOrganization: false },
};
const AT_HOME = { ...CHAIN, region: CHAIN.homeRegion };
const AWAY = { ...CHAIN, region: 'eu-west-1' };
const covered = (chain: FoundChain['chain'], more: Partial<FoundChain> = {}): FoundChain => ({
  chain,
  newestCovered: START + DAY,
  ...more,
});

function settings(expected: Expectation, ...found: readonly FoundChain[]): readonly string[] {
  return trailChanges([expected], found, TARGET, context).map(({ evidence }) => evidence.setting);
}

test('a trail of one Region that delivered in another is told of, once', () => {
  const other = covered({ ...AWAY, region: 'eu-central-1' });
  expect(trailChanges([HOME], [covered(AT_HOME), covered(AWAY), other], TARGET, context)).toEqual([
    {
      code: 'TRAIL_CHANGED',
      weight: 'unproven',
      object: expect.objectContaining({
        uri: `s3://${BUCKET}/logs/AWSLogs/${CHAIN.account}/CloudTrail-Digest/eu-west-1/`,
      }),
      chain: `${CHAIN.account}/eu-west-1/${CHAIN.trail}@${CHAIN.homeRegion}`,
      evidence: { setting: 'multi-region' },
    },
  ]);
});

test('a target below AWSLogs names the same folder', () => {
  const target = { bucket: BUCKET, prefix: `logs/AWSLogs/${CHAIN.account}/` };
  expect(trailChanges([HOME], [covered(AWAY)], target, context)[0]?.object.key).toBe(
    `logs/AWSLogs/${CHAIN.account}/CloudTrail-Digest/eu-west-1/`,
  );
});

test('a trail of no organization that delivered below the folder of one is told of', () => {
  const found = covered(AT_HOME, { organization: 'o-exampleorgid' });
  expect(trailChanges([HOME], [found], TARGET, context)).toMatchObject([
    { object: { key: expect.stringContaining('/o-exampleorgid/') }, evidence: { setting: 'organization' } },
  ]);
  const both = covered(AWAY, { organization: 'o-exampleorgid' });
  expect(settings(HOME, both)).toEqual(['multi-region', 'organization']);
});

test('what agrees with the settings is not, nor what proves nothing of the window or is of another trail', () => {
  const organization = { organization: 'o-exampleorgid' };
  const now = { isMultiRegion: true, isOrganization: true };
  expect(settings({ ...HOME, settings: now }, covered(AWAY, organization))).toEqual([]);
  expect(settings(HOME, covered(AT_HOME), { chain: AWAY, newestCovered: undefined })).toEqual([]);
  for (const other of [{ trail: 'other' }, { homeRegion: 'eu-central-1' }, { kind: 'backfill' as const }])
    expect(settings(HOME, covered({ ...AWAY, ...other }, organization))).toEqual([]);
  const { settings: _none, ...away } = HOME;
  expect(settings(away, covered(AWAY, organization))).toEqual([]);
});

test('where validation is off by now, a chain is owed only if digests of the trail show that it was on', () => {
  const owed: Expectation = { ...HOME, region: 'eu-west-1', basis: 'trail-description', validationOff: true };
  const absent = (...found: readonly FoundChain[]): number =>
    checkExpectations([owed], found, TARGET, context).length;
  expect(absent(covered(AT_HOME))).toBe(1);
  expect(absent()).toBe(0);
  expect(absent({ chain: AT_HOME, newestCovered: undefined })).toBe(0);
  expect(absent(covered({ ...AT_HOME, trail: 'other' }))).toBe(0);
  expect(absent(covered({ ...AT_HOME, homeRegion: 'eu-central-1' }))).toBe(0);
});
