import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import type { Place, PlaceFolder } from '../../src/chain/discover.ts';
import type { ChainPlan, RunContext } from '../../src/chain/list-digests.ts';
import { handoversOf, joinMoved } from '../../src/chain/moved-chains.ts';
import { planChains } from '../../src/chain/plan-chains.ts';
import { chainId } from '../../src/digest/digest-key.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { TestTrail } from '../support/test-trail.ts';
import { BUCKET, CHAIN, contextOver, listedAt, planOf, refAt, START, trailOf } from './chain-fixture.ts';

const OWN = chainId(CHAIN);
const ORGANIZATION = 'o-exampleorgid';
const SHARED = chainId({ ...CHAIN, organization: ORGANIZATION });
const OTHER = 'o-anotherorgid';

function folder(organization?: string): PlaceFolder {
  const families = ['CloudTrail-Digest', 'CloudTrail'];
  return { bucket: BUCKET, prefix: '', account: CHAIN.account, organization, families };
}

/** The account's own folder, and those of two organizations. */
const PLACE: Place = {
  account: CHAIN.account,
  region: CHAIN.region,
  folders: [folder(), folder(ORGANIZATION), folder(OTHER)],
};

/** A trail of `before` hours in the account's own folder and `after` more in the organization's. */
function movedTrail(before = 4, after = 4): { readonly store: ObjectStore; readonly trail: TestTrail } {
  const { store, trail } = trailOf(before);
  trail.moveTo({ bucket: BUCKET, organization: ORGANIZATION }).hours(after);
  return { store, trail };
}

/** The plans of the place, joined, over hours counted from the beginning of the trail. */
async function joined(store: ObjectStore, from?: number, to = 40): Promise<readonly ChainPlan[]> {
  const window = {
    from: from === undefined ? undefined : START + from * HOUR,
    to: START + to * HOUR,
  };
  const context: RunContext = contextOver(store, { window });
  return joinMoved(await planChains(PLACE, context, [], async () => undefined), PLACE, context);
}

const hoursOf = (digests: readonly ({ readonly endTime: number } | undefined)[]): readonly unknown[] =>
  digests.map((digest) => digest && (digest.endTime - START) / HOUR);
const idsOf = (plans: readonly ChainPlan[]): readonly string[] => plans.map(({ chain }) => chainId(chain));

describe('a chain that moved to an organization', () => {
  test('is one, with the name of its newest folder, and so is its backfill chain', async () => {
    const { store, trail } = trailOf(4);
    trail.backfill(trail.digestAt(2));
    trail.moveTo({ bucket: BUCKET, organization: ORGANIZATION }).hours(4);
    trail.backfill(trail.digestAt(6));
    const plans = await joined(store);
    expect(idsOf(plans)).toEqual([
      SHARED,
      chainId({ ...CHAIN, organization: ORGANIZATION, kind: 'backfill' }),
    ]);
    const [hourly, backfill] = plans;
    expect(hourly).toMatchObject({ organization: ORGANIZATION, formerly: [OWN] });
    expect(hoursOf(hourly?.listed ?? []).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(backfill?.formerly).toEqual([chainId({ ...CHAIN, kind: 'backfill' })]);
    expect(backfill?.listed).toHaveLength(2);
  });

  test('keeps the backfill digests of the one folder alone', async () => {
    const { store, trail } = movedTrail();
    trail.backfill(trail.digestAt(6));
    const [, backfill, ...none] = await joined(store);
    expect(none).toEqual([]);
    expect(backfill?.chain).toMatchObject({ kind: 'backfill', organization: ORGANIZATION });
    expect(backfill?.formerly).toEqual([chainId({ ...CHAIN, kind: 'backfill' })]);
  });

  test.each([
    { name: 'the hours before it', from: 1, to: 3, id: OWN, listed: [2, 3], below: 1, above: 4 },
    { name: 'the hour at which it moved', from: 3, to: 5, id: SHARED, listed: [4, 5], below: 3, above: 6 },
    { name: 'the hours after it', from: 6, to: 7, id: SHARED, listed: [7], below: 6, above: 8 },
    { name: 'a time after its end', from: 30, to: 31, id: SHARED, listed: [], below: 8, above: undefined },
  ])('is one also where the window is $name', async ({ from, to, id, listed, below, above }) => {
    const { store } = movedTrail();
    const [plan, ...others] = await joined(store, from, to);
    expect(others).toEqual([]);
    expect(plan && chainId(plan.chain)).toBe(id);
    expect(hoursOf(plan?.listed ?? []).toSorted()).toEqual(listed);
    expect(hoursOf([plan?.below, plan?.above, plan?.later])).toEqual([below, above, undefined]);
  });

  test('is one of which only later digests are there', async () => {
    const { store } = movedTrail();
    const [plan, ...others] = await joined(store, -200, -190);
    expect(others).toEqual([]);
    expect(plan?.formerly).toHaveLength(1);
    expect(hoursOf([plan?.below, plan?.above, plan?.later])).toEqual([undefined, undefined, 0]);
  });

  test('was seen in the folders of its parts, where that was noted', async () => {
    const { store } = movedTrail();
    const context = contextOver(store);
    const plans = await planChains(PLACE, context, [], async () => undefined);
    const [whole] = await joinMoved(plans, PLACE, context);
    expect(whole?.seenIn?.size).toBe(2);
    const unnoted = plans.map((plan) => ({ ...plan, seenIn: undefined }));
    const [unseen] = await joinMoved(unnoted, PLACE, context);
    expect(unseen?.seenIn?.size).toBe(0);
  });

  test('stands between chains that did not move', async () => {
    const { store, trail } = movedTrail();
    const other = new TestTrail({
      store,
      bucket: BUCKET,
      account: CHAIN.account,
      region: CHAIN.region,
      trail: 'other',
      startLogging: START,
    }).hours(3);
    other.backfill(other.digestAt(2));
    trail.backfill(trail.digestAt(2));
    const plans = await joined(store);
    expect(idsOf(plans).toSorted()).toEqual(
      [
        SHARED,
        chainId({ ...CHAIN, organization: ORGANIZATION, kind: 'backfill' }),
        chainId({ ...CHAIN, trail: 'other' }),
        chainId({ ...CHAIN, trail: 'other', kind: 'backfill' }),
      ].toSorted(),
    );
  });

  test('has a backfill chain of every id that it had, wherever its digests lie', async () => {
    const { store, trail } = trailOf(4);
    trail.backfill(trail.digestAt(2));
    trail.moveTo({ bucket: BUCKET, organization: ORGANIZATION }).hours(2);
    trail.moveTo({ bucket: BUCKET, organization: undefined }).hours(2);
    const [, back] = await joined(store);
    expect(back?.chain).toMatchObject({ ...CHAIN, kind: 'backfill' });
    expect(back?.formerly).toEqual([chainId({ ...CHAIN, organization: ORGANIZATION, kind: 'backfill' })]);
    trail.moveTo({ bucket: BUCKET, organization: OTHER }).hours(2);
    const [, onward] = await joined(store);
    expect(onward?.chain).toMatchObject({ organization: OTHER, kind: 'backfill' });
    expect(onward?.formerly).toHaveLength(2);
  });

  test('is one of all its folders, and where it came back to the first', async () => {
    const { store, trail } = movedTrail();
    trail.moveTo({ bucket: BUCKET, organization: OTHER }).hours(2);
    const [plan, ...others] = await joined(store);
    expect(others).toEqual([]);
    expect(plan?.chain.organization).toBe(OTHER);
    expect([...(plan?.formerly ?? [])].sort()).toEqual([OWN, SHARED].sort());
    expect(plan?.listed).toHaveLength(11);

    trail.moveTo({ bucket: BUCKET, organization: undefined }).hours(2);
    const [back, ...more] = await joined(store);
    expect(more).toEqual([]);
    expect(back?.chain.organization).toBeUndefined();
    expect(back?.organization).toBeDefined();
    expect(back?.listed).toHaveLength(13);
  });
});

describe('two chains', () => {
  test('stay as they were where no proven digest joins them', async () => {
    const { store } = trailOf(4);
    trailOf(4, { store, organization: ORGANIZATION, seed: 'organization', startLogging: START + HOUR / 2 });
    const context = contextOver(store);
    const plans = await planChains(PLACE, context, [], async () => undefined);
    expect(await joinMoved(plans, PLACE, context)).toBe(plans);
  });

  test('are looked for between the end of the one and the beginning of the other, where nothing may be', async () => {
    const { store } = trailOf(2);
    const context = contextOver(store, { window: { from: START + 300 * HOUR, to: START + 500 * HOUR } });
    const own = planOf({ below: listedAt(START + 2 * HOUR) });
    const shared = planOf({
      chain: { ...CHAIN, organization: ORGANIZATION },
      below: listedAt(START + 3 * HOUR),
    });
    const [handover, ...others] = await handoversOf([own, shared], PLACE, context);
    expect(others).toEqual([]);
    expect(handover).toMatchObject({ older: own, newer: shared });
    expect(hoursOf(handover?.digests ?? [])).toEqual([3]);
  });

  test('are held against one another for a few of the names that an intruder may invent', async () => {
    const names = Array.from({ length: 9 }, (_, index) => `o-planted0000${index}`);
    const plans = names.map((organization) => {
      const chain = { ...CHAIN, organization };
      return planOf({ chain, listed: [listedAt(START, refAt(START, { organization }))] });
    });
    const source = memorySource(new ObjectStore(() => START));
    expect(await handoversOf(plans, PLACE, { source })).toHaveLength(32);
  });
});
