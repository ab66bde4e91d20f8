import { expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { provenDigestsOf } from '../../src/chain/folders-without-digests.ts';
import type { ExaminedObject, RunContext } from '../../src/chain/list-digests.ts';
import { deleteObject } from '../support/damage.ts';
import { CHAIN, contextOver, listed, planOf, START, trailOf } from './chain-fixture.ts';

async function endsOf(
  kind: 'standard' | 'backfill',
  changes: Partial<RunContext> = {},
): Promise<readonly number[]> {
  const { store, trail } = trailOf(5);
  const late = trail.backfill(trail.digestAt(2));
  deleteObject(store, trail.digestAt(3));
  const hourly = trail.digests.filter(
    ({ kind: one, key }) => one === 'standard' && key !== trail.digestAt(3).key,
  );
  const plan = planOf({
    chain: { ...CHAIN, kind },
    listed: (kind === 'standard' ? hourly : [late]).map(listed),
  });
  const window = { from: START + HOUR, to: START + 5 * HOUR };
  const ends: number[] = [];
  for await (const { digest } of provenDigestsOf(plan, window, contextOver(store, changes)))
    ends.push((digest.endTime - START) / HOUR);
  return ends;
}

test('the proven digests of a chain in another window are read, whatever the kind', async () => {
  expect(await endsOf('standard')).toEqual([5, 4, 2]);
  expect(await endsOf('backfill')).toEqual([2]);
});

test('they are shown, and not counted', async () => {
  const shown: ExaminedObject[] = [];
  const limit = (): void => expect.unreachable('nothing is told');
  await endsOf('standard', { limit, onObject: async (object) => void shown.push(object) });
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.every((object) => object.kind === 'digest' && !object.counted)).toBe(true);
});
