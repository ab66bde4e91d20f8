import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { isoTime } from '../../src/base/clock.ts';
import { anyObject } from '../../src/base/document-schema.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { chainId } from '../../src/digest/digest-key.ts';
import { cut, makePlan } from '../../src/scale/make-plan.ts';
import { chainOfStretch, readPlan, type Shard, ShardIndex } from '../../src/scale/plan.ts';
import { memorySource } from '../support/memory-source.ts';
import { optionsOf, TOOL } from '../support/shard-run.ts';

const NEWEST = Date.parse('2026-10-31T23:12:37Z');
const HOUR = 3_600_000;

function chainOf(number: number, digests: number): Parameters<typeof cut>[0][number] {
  const chain = {
    account: String(number).padStart(12, '0'),
    region: 'us-east-1',
    trail: 'audit',
    homeRegion: 'us-east-1',
    kind: 'standard',
  } as const;
  const folders = [{ bucket: 'example-trail-logs', prefix: '' }];
  const times = { newest: NEWEST, oldest: NEWEST - (digests - 1) * HOUR };
  return { chain, since: undefined, folders, logs: true, digests, ...times };
}

function loads(shards: readonly Shard[], chains: ReturnType<typeof chainOf>[]): readonly number[] {
  const index = new ShardIndex(shards);
  const counts = shards.map(() => 0);
  for (const { chain, digests, newest } of chains)
    for (let at = 0; at < digests; at += 1) {
      const shard = index.find(chainId(chain), newest - at * HOUR);
      counts[shard ?? -1] = (counts[shard ?? -1] ?? 0) + 1;
    }
  return counts;
}

describe('a plan', () => {
  test('every digest is in one shard, all about as large, and there are no more than asked for', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 40 }), (all, count) => {
        const chains = all.map((digests, number) => chainOf(number, digests));
        const shards = cut(chains, count);
        const total = all.reduce((sum, one) => sum + one, 0);
        expect(shards.length).toBeLessThanOrEqual(count);
        const counts = loads(shards, chains);
        // None has less than none, and none is asked for that is not there.
        expect(counts.reduce((sum, one) => sum + one, 0)).toBe(total);
        expect(counts).toHaveLength(shards.length);
        const size = Math.ceil(total / count);
        expect(counts).toEqual(
          counts.map((_, at) => (at < shards.length - 1 ? size : total - size * (shards.length - 1))),
        );
      }),
    );
  });

  test('the ends of a chain are open, and its stretches meet', () => {
    const shards = cut([chainOf(1, 100)], 3);
    const [first, second, third] = shards.map(({ stretches }) => stretches[0]);
    expect(first).toMatchObject({ through: null, digests: 34 });
    expect(second).toMatchObject({ through: first?.after, digests: 34 });
    expect(third).toMatchObject({ through: second?.after, after: null, digests: 32 });
    const index = new ShardIndex(shards);
    const id = chainId(chainOf(1, 1).chain);
    expect(index.find(id, NEWEST + 1000 * HOUR)).toBe(0);
    expect(index.find(id, 0)).toBe(2);
    const edge = Date.parse(first?.after ?? '');
    expect([index.find(id, edge), index.find(id, edge + 1)]).toEqual([1, 0]);
    expect(index.find('another', NEWEST)).toBeUndefined();
  });

  test('digests of one time are not torn apart', () => {
    const twins = { ...chainOf(1, 2), oldest: NEWEST };
    const index = new ShardIndex(cut([twins], 2));
    expect(index.find(chainId(twins.chain), NEWEST)).toBe(1);
  });

  test('of nothing has no shard', () => expect(cut([], 5)).toEqual([]));

  test('a year of twenty thousand chains is cut in memory that does not grow with its digests', () => {
    const chains = Array.from({ length: 20_000 }, (_, number) => chainOf(number, 8_760));
    const shards = cut(chains, 240_000);
    expect(shards).toHaveLength(240_000);
    expect(shards.reduce((sum, { stretches }) => sum + stretches.length, 0)).toBe(240_000);
  });
});

describe('a plan that was read', () => {
  const { store, trail } = auditTrail(5);
  const scenario = scenarioOf(store, trail);
  const { source, targets } = optionsOf(scenario, memorySource(store));
  const window = { from: trail.end - 3 * HOUR - 500, to: scenario.now };
  const made = makePlan({
    source,
    targets,
    window,
    now: scenario.now,
    logs: true,
    unlisted: true,
    count: 2,
    asked: { word: 'x' },
    tool: TOOL,
    run: '0'.repeat(32),
  });
  const reading = { asked: anyObject<object>(), tool: TOOL };

  test('is the one that was made, with its window to the millisecond', async () => {
    const { plan, shards } = await made;
    const read = readPlan('plan', { plan: Buffer.from(plan), shards: Buffer.from(shards) }, reading);
    expect(read.document.asked).toEqual({ word: 'x' });
    expect(read.document.window).toEqual({
      from: new Date(window.from).toISOString(),
      to: new Date(window.to).toISOString(),
    });
    expect(read.document.planned).toBe(isoTime(scenario.now));
    expect(Array.from(read.shards, ({ stretches }) => stretches.map(chainOfStretch))).toHaveLength(2);
    expect(read.shards.at(2)).toBeUndefined();
    expect(read.shards.sha256Of(2)).toBeUndefined();
    expect(read.shards.sha256Of(1)).toBe(sha256(Buffer.from(shards.split('\n')[1] ?? '')));
    expect(read.sha256).toBe(sha256(Buffer.from(plan)));
  });

  test.each<readonly [string, (plan: string, shards: string) => readonly [string, string]]>([
    ['no JSON', (_, shards) => ['{', shards]],
    ['another schema', (plan, shards) => [plan.replace('/v1', '/v9'), shards]],
    ['a field more', (plan, shards) => [plan.replace('{', '{"more":1,'), shards]],
    ['a field twice', (plan, shards) => [plan.replace('"tool"', '"tool":"x","tool"'), shards]],
    ['another version', (plan, shards) => [plan.replace(TOOL, '9.9.9'), shards]],
    ['shards changed', (plan, shards) => [plan, shards.replace('audit', 'other')]],
    ['shards cut off', (plan, shards) => [plan, shards.slice(0, -5)]],
    ['a shard less', (plan, shards) => rehashed(plan, `${shards.split('\n')[0]}\n`)],
    ['a shard more', (plan, shards) => rehashed(plan, `${shards}${shards.split('\n')[0]}\n`)],
    [
      'shards in another order',
      (plan, shards) => rehashed(plan, shards.trimEnd().split('\n').reverse().join('\n')),
    ],
    [
      'a shard of nothing',
      (plan, shards) => rehashed(plan, shards.replace(/"stretches":\[.*\]/, '"stretches":[]')),
    ],
    ['a line that is no JSON', (plan, shards) => rehashed(plan, shards.replace('{', ''))],
  ])('is refused: %s', async (_, change) => {
    const { plan, shards } = await made;
    const [changedPlan, changedShards] = change(plan, shards);
    const files = { plan: Buffer.from(changedPlan), shards: Buffer.from(changedShards) };
    expect(() => [...readPlan('plan', files, reading).shards]).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION' }),
    );
  });

  /** A plan whose own hash of the other file is right. */
  function rehashed(plan: string, shards: string): readonly [string, string] {
    return [plan.replace(/"sha256": "[0-9a-f]{64}"/, `"sha256": "${sha256(Buffer.from(shards))}"`), shards];
  }
});
