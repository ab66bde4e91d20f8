import { expect, test } from 'vitest';
import { MINUTE } from '../../src/base/clock.ts';
import { inDescendingTime } from '../../src/chain/walk-chain.ts';
import { contextOver, listed, planOf, START, trailOf } from './chain-fixture.ts';

test('several walks go down together, the newest step first', async () => {
  const { store, trail } = trailOf(3);
  const other = trailOf(3, { store, trail: 'other', startLogging: START + 20 * MINUTE }).trail;
  const context = contextOver(store);
  const plans = [trail, other].map((one) =>
    planOf({
      listed: one.digests.map(listed),
      ...(one === other ? { chain: { ...planOf().chain, trail: 'other' } } : {}),
    }),
  );
  const seen: string[] = [];
  const times: number[] = [];
  for await (const { plan, step } of inDescendingTime(plans, context)) {
    seen.push(plan.chain.trail);
    times.push(step.at);
  }
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(seen.slice(0, 8)).toEqual(['other', 'audit', 'other', 'audit', 'other', 'audit', 'other', 'audit']);
  expect(await inDescendingTime([], context).next()).toEqual({ value: undefined, done: true });
});
