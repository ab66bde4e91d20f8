import { describe, expect, test } from 'vitest';
import { DAY, fixedClock, HOUR, MINUTE } from '../../src/base/clock.ts';
import { checkExpectations, type FoundChain } from '../../src/chain/expectations.ts';
import type { Expectation } from '../../src/chain/list-digests.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { BUCKET, CHAIN, contextOver, START, trailOf } from './chain-fixture.ts';

const FROM = START;
const TO = START + 10 * DAY;
const TARGET = { bucket: BUCKET, prefix: 'logs/' };
const MEMBER: Expectation = {
  basis: 'organization',
  account: '444455556666',
  region: 'us-east-1',
  trail: 'audit',
  owner: '111122223333',
  memberSince: START,
  regionAlwaysOn: true,
};
/** What the trail has delivered to another member account. */
const OTHER: FoundChain = { chain: { ...CHAIN, account: '777788889999' }, newestCovered: START + 2 * DAY };

function check(
  expected: Expectation,
  found: readonly FoundChain[] = [],
  from: number | undefined = FROM,
  limits: string[] = [],
  now = TO + DAY,
): Finding[] {
  const limit = (code: string, text: string): unknown => limits.push(`${code}: ${text}`);
  const context = contextOver(trailOf(0).store, { window: { from, to: TO }, clock: fixedClock(now), limit });
  return [...checkExpectations([expected], found, TARGET, context)];
}

function weightOf(
  expected: Expectation,
  found: readonly FoundChain[] = [],
  from?: number,
): string | undefined {
  return check(expected, found, from)[0]?.weight;
}

test('a Region that is switched off owes nothing, unless a digest was delivered there in the window', () => {
  const off: Expectation = { basis: 'trail-status', region: 'eu-south-2', regionSwitchedOff: true };
  expect(check(off)).toEqual([]);
  expect(check({ ...off, lastDelivered: FROM - DAY })).toEqual([]);
  expect(check({ ...off, lastDelivered: TO })).toHaveLength(1);
});

describe('an expectation is met', () => {
  const found = [{ chain: CHAIN, newestCovered: undefined }];
  test.each<Expectation>([
    { basis: 'scope' },
    { basis: 'scope', account: CHAIN.account },
    { basis: 'scope', region: CHAIN.region },
    { basis: 'scope', trail: CHAIN.trail },
    {
      basis: 'trail-status',
      account: CHAIN.account,
      region: 'us-east-1',
      trail: 'audit',
      homeRegion: 'us-east-1',
    },
  ])('by a chain that fits all it names: %j', (expected) => {
    expect(check(expected, found)).toEqual([]);
  });

  test.each<Expectation>([
    { basis: 'scope', account: '444455556666' },
    { basis: 'scope', region: 'us-east-2' },
    { basis: 'scope', trail: 'audit2' },
    { basis: 'trail-status', trail: 'audit', homeRegion: 'eu-west-1' },
  ])('by no other: %j', (expected) => {
    expect(check(expected, found)).toMatchObject([{ code: 'CHAIN_ABSENT', weight: 'unproven' }]);
  });

  test('never by a backfill chain', () => {
    const backfill = [{ chain: { ...CHAIN, kind: 'backfill' as const }, newestCovered: TO }];
    expect(check({ basis: 'scope', trail: 'audit' }, backfill)).toHaveLength(1);
  });
});

describe('the finding', () => {
  test('tells what was expected, and the folder as far as it is known', () => {
    expect(check({ ...MEMBER, organization: 'o-exampleorgid', lastDelivered: START + DAY })).toEqual([
      {
        code: 'CHAIN_ABSENT',
        weight: 'violation',
        object: {
          bucket: BUCKET,
          key: 'logs/AWSLogs/o-exampleorgid/444455556666/CloudTrail-Digest/us-east-1/',
          uri: `s3://${BUCKET}/logs/AWSLogs/o-exampleorgid/444455556666/CloudTrail-Digest/us-east-1/`,
        },
        evidence: {
          basis: 'organization',
          account: '444455556666',
          region: 'us-east-1',
          trail: 'audit',
          lastDelivered: '2026-10-06T09:12:37Z',
        },
      },
    ]);
    const [known, unknown] = [
      { basis: 'scope', account: '444455556666' } as const,
      { basis: 'scope' } as const,
    ];
    expect(check(known)[0]).toMatchObject({
      object: { key: 'logs/AWSLogs/444455556666/CloudTrail-Digest/' },
      evidence: { basis: 'scope', account: '444455556666' },
    });
    expect(check(unknown)[0]).toMatchObject({ object: { key: 'logs/AWSLogs/' } });
    expect(check(unknown)[0]?.evidence).toEqual({ basis: 'scope' });
  });
});

describe('is a violation', () => {
  const status = (lastDelivered: number): Expectation => ({
    basis: 'trail-status',
    trail: 'audit',
    lastDelivered,
  });

  test('where AWS delivered a digest of the window', () => {
    expect(weightOf(status(FROM + 3 * HOUR))).toBe('violation');
    expect(weightOf(status(TO + 3 * HOUR))).toBe('violation');
    expect(weightOf(status(TO))).toBe('violation');
    expect(weightOf(status(START - 100 * DAY), [], undefined)).toBe('unproven');
  });

  test('not where it delivered before or after, or says nothing', () => {
    expect(weightOf(status(FROM + 3 * HOUR - 1))).toBe('unproven');
    expect(weightOf(status(TO + 3 * HOUR + 1))).toBe('unproven');
    expect(weightOf({ basis: 'trail-description', trail: 'audit' })).toBe('unproven');
  });

  test('where the trail served other members of the organization, a day after this one had joined', () => {
    expect(weightOf(MEMBER, [OTHER])).toBe('violation');
    expect(weightOf(MEMBER, [{ ...OTHER, newestCovered: START + DAY }])).toBe('violation');
  });

  test.each<[string, Partial<Expectation>, Partial<FoundChain>]>([
    ['another basis', { basis: 'scope' }, {}],
    ['an unknown time of joining', { memberSince: Number.NaN }, {}],
    ['an account that joined later', { memberSince: START + DAY + 1 }, {}],
    ['a Region that may be switched off', { regionAlwaysOn: false }, {}],
    ['nothing proven of the other member', {}, { newestCovered: undefined }],
    ['another trail', {}, { chain: { ...OTHER.chain, trail: 'other' } }],
    ['another Region', {}, { chain: { ...OTHER.chain, region: 'us-east-2' } }],
    ['the owner alone', {}, { chain: CHAIN }],
    ['only what was before the window', { memberSince: 0 }, { newestCovered: START }],
  ])('not with %s', (_, expected, found) => {
    expect(weightOf({ ...MEMBER, ...expected }, [{ ...OTHER, ...found }])).toBe('unproven');
  });

  test('not where owner or time of joining are not known', () => {
    const { owner, ...ownerless } = MEMBER;
    const { memberSince, ...dateless } = MEMBER;
    expect([owner, memberSince]).toEqual(['111122223333', START]);
    expect(weightOf(ownerless, [OTHER])).toBe('unproven');
    expect(weightOf(dateless, [OTHER])).toBe('unproven');
  });

  test('also where the window has no beginning', () => {
    const context = contextOver(trailOf(0).store, { window: { from: undefined, to: TO } });
    const given = [MEMBER, status(START)];
    const weights = checkExpectations(given, [OTHER], TARGET, context).map(({ weight }) => weight);
    // The second is met by the other member's chain, which is of the same trail.
    expect(weights).toEqual(['violation']);
    expect(checkExpectations([status(START)], [], TARGET, context)[0]?.weight).toBe('violation');
  });
});

describe('a member account', () => {
  test.each([
    ['ten minutes before the end', TO - 10 * MINUTE, TO + DAY],
    ['just within three hours', TO - 3 * HOUR + 1, TO + DAY],
    ['after the window', TO + HOUR, TO + DAY],
    ['ten minutes ago, in a window that reaches beyond now', START + DAY - 10 * MINUTE, START + DAY],
  ])('that joined %s owes nothing, which a limit says', (_, memberSince, now) => {
    const limits: string[] = [];
    expect(check({ ...MEMBER, memberSince }, [OTHER], FROM, limits, now)).toEqual([]);
    expect(limits).toEqual([expect.stringMatching(/^MEMBERS_NOT_OWED: .*: 444455556666\.$/)]);
  });

  test('that joined three hours before the end does', () => {
    const limits: string[] = [];
    expect(check({ ...MEMBER, memberSince: TO - 3 * HOUR }, [OTHER], FROM, limits)).toHaveLength(1);
    expect(limits).toEqual([]);
  });

  test('that joined late and is there is not named; of many so much is', () => {
    const limits: string[] = [];
    const limit = (code: string, text: string): unknown => limits.push(`${code}: ${text}`);
    const context = contextOver(trailOf(0).store, {
      window: { from: FROM, to: TO },
      clock: fixedClock(TO),
      limit,
    });
    const late = { ...MEMBER, memberSince: TO };
    const there = [{ chain: { ...CHAIN, account: MEMBER.account ?? '' }, newestCovered: undefined }];
    expect(checkExpectations([late], there, TARGET, context)).toEqual([]);
    expect(limits).toEqual([]);
    const many = Array.from({ length: 23 }, (_, at) => ({ ...late, account: String(222233330000 + at) }));
    const { account: _, ...nameless } = late;
    expect(checkExpectations([...many, nameless], [], TARGET, context)).toEqual([]);
    expect(limits).toEqual([expect.stringMatching(/222233330019 and 3 more\.$/)]);
  });

  test('that is suspended is expected, and never a violation', () => {
    const suspended = { ...MEMBER, memberStatus: 'SUSPENDED' };
    expect(check(suspended, [OTHER])).toMatchObject([
      { weight: 'unproven', evidence: { account: '444455556666', memberStatus: 'SUSPENDED' } },
    ]);
  });
});

describe('the folder that is named is one of the bucket, wherever the target begins', () => {
  const named = (prefix: string, expected: Partial<Expectation>): string | undefined => {
    const context = contextOver(trailOf(0).store, { window: { from: FROM, to: TO } });
    const target = { bucket: BUCKET, prefix };
    return checkExpectations([{ basis: 'scope', ...expected }], [], target, context)[0]?.object.key;
  };
  const account = '444455556666';
  test.each([
    ['', ''],
    ['logs/', 'logs/'],
    ['AWSLogs/', ''],
    ['logs/AWSLogs/', 'logs/'],
    ['logs/AWSLogs/111122223333/', 'logs/'],
    ['logs/AWSLogs/111122223333/CloudTrail/us-east-1/', 'logs/'],
    // The trail's own prefix may hold that name.
    ['AWSLogs/old/', 'AWSLogs/old/'],
    ['AWSLogs/old/AWSLogs/111122223333/', 'AWSLogs/old/'],
  ])('%j', (prefix, top) => {
    expect(named(prefix, {})).toBe(`${top}AWSLogs/`);
    expect(named(prefix, { account })).toBe(`${top}AWSLogs/${account}/CloudTrail-Digest/`);
    expect(named(prefix, { account, region: 'eu-west-1' })).toBe(
      `${top}AWSLogs/${account}/CloudTrail-Digest/eu-west-1/`,
    );
  });

  test.each(['AWSLogs/o-exampleorgid/', 'AWSLogs/o-exampleorgid/111122223333/CloudTrail/'])(
    '%j',
    (prefix) => {
      expect(named(prefix, {})).toBe('AWSLogs/o-exampleorgid/');
      expect(named(prefix, { account })).toBe(`AWSLogs/o-exampleorgid/${account}/CloudTrail-Digest/`);
      const other = 'o-otherorgid00';
      expect(named(prefix, { account, organization: other })).toContain(`AWSLogs/${other}/${account}/`);
    },
  );
});
