import { describe, expect, test } from 'vitest';
import { DAY, fixedClock, HOUR } from '../../src/base/clock.ts';
import { type ErrorCode, TrailVerifyError } from '../../src/base/errors.ts';
import type { Place, PlaceFolder } from '../../src/chain/discover.ts';
import type { ChainPlan, Expectation } from '../../src/chain/list-digests.ts';
import { planChains } from '../../src/chain/plan-chains.ts';
import { chainId } from '../../src/digest/digest-key.ts';
import type { ObjectRef, Source } from '../../src/source/source.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { BUCKET, CHAIN, contextOver, refAt, START } from './chain-fixture.ts';

const hour = (count: number): number => START + count * HOUR;

function storeOf(objects: readonly { readonly bucket: string; readonly key: string }[]): ObjectStore {
  const store = new ObjectStore(() => START);
  for (const { bucket, key } of objects) {
    if (!store.hasBucket(bucket)) store.createBucket(bucket);
    store.put(bucket, key, new Uint8Array(1));
  }
  return store;
}

function folderOf(changes: Partial<PlaceFolder> = {}): PlaceFolder {
  return { bucket: BUCKET, prefix: '', account: CHAIN.account, families: ['CloudTrail-Digest'], ...changes };
}

function placeOf(...folders: readonly PlaceFolder[]): Place {
  return { account: CHAIN.account, region: CHAIN.region, folders };
}

/** Plans one place; `limits` collects what the report is told. */
async function plan(
  from: ObjectStore | Source,
  place: Place = placeOf(folderOf()),
  given: {
    readonly expectations?: readonly Expectation[];
    readonly from?: number;
    readonly to?: number;
    readonly now?: number;
  } = {},
): Promise<{ plans: readonly ChainPlan[]; unrecognized: readonly object[]; limits: string[] }> {
  const limits: string[] = [];
  const limit = (code: string, text: string): unknown => limits.push(`${code}: ${text}`);
  const window = { from: given.from, to: given.to ?? hour(100) };
  const unrecognized: object[] = [];
  const plans = await planChains(
    place,
    contextOver(from, {
      limit,
      window,
      ...(given.now === undefined ? {} : { clock: fixedClock(given.now) }),
    }),
    given.expectations ?? [],
    async (bucket, object) => {
      unrecognized.push({ bucket, object });
    },
  );
  return { plans, unrecognized, limits };
}

function timesOf(listed: readonly { readonly endTime: number }[] | undefined): readonly number[] {
  return (listed ?? []).map(({ endTime }) => (endTime - START) / HOUR);
}

describe('one plan for each chain', () => {
  test('wherever its digests lie, with the nearest ones around the window', async () => {
    const there = { prefix: 'x/' };
    const store = storeOf([
      ...[1, 2, 3, 4, 7].map((count) => refAt(hour(count))),
      ...[0, 5, 6, 9].map((count) => refAt(hour(count), there)),
      refAt(hour(4), { trail: 'other' }),
    ]);
    const window = { from: hour(2), to: hour(5) };
    for (const folders of [
      [folderOf(), folderOf(there)],
      [folderOf(there), folderOf()],
    ]) {
      const { plans } = await plan(store, placeOf(...folders), window);
      const [one, ...others] = [...plans].sort((a, b) => (chainId(a.chain) < chainId(b.chain) ? -1 : 1));
      expect(timesOf(one?.listed).toSorted()).toEqual([3, 4, 5]);
      expect(one).toMatchObject({
        chain: CHAIN,
        organization: undefined,
        below: { ref: refAt(hour(2)) },
        above: { ref: refAt(hour(6), there) },
        lastDelivered: undefined,
      });
      expect(others.map(({ chain }) => chain.trail)).toEqual(['other']);
    }
  });

  test('and one for each organization that has a trail of that name, and for the account itself', async () => {
    const there = { organization: 'o-exampleorgid' };
    const store = storeOf([
      ...[1, 2, 3].map((count) => refAt(hour(count))),
      ...[2, 3, 4].map((count) => refAt(hour(count), there)),
    ]);
    const status = { account: CHAIN.account, region: CHAIN.region, trail: CHAIN.trail };
    const expectations: readonly Expectation[] = [
      { ...status, basis: 'trail-status', lastDelivered: hour(3) },
    ];
    const { plans } = await plan(store, placeOf(folderOf(), folderOf(there)), { expectations });
    expect(plans.map(({ chain }) => chainId(chain))).toEqual([
      chainId(CHAIN),
      `${chainId(CHAIN)}/o-exampleorgid`,
    ]);
    expect(plans.map(({ listed }) => timesOf(listed))).toEqual([
      [1, 2, 3],
      [2, 3, 4],
    ]);
    // What AWS says of the account's own trail is not said of the organization's.
    expect(plans.map(({ lastDelivered }) => lastDelivered)).toEqual([hour(3), undefined]);
  });

  test('from whichever folder has a digest below or above the window', async () => {
    const there = { prefix: 'x/' };
    const store = storeOf([refAt(hour(1)), refAt(hour(4)), refAt(hour(3), there), refAt(hour(9), there)]);
    for (const folders of [
      [folderOf(), folderOf(there)],
      [folderOf(there), folderOf()],
    ]) {
      const { plans } = await plan(store, placeOf(...folders), { from: hour(2), to: hour(5) });
      expect(plans[0]).toMatchObject({ below: { endTime: hour(1) }, above: { endTime: hour(9) } });
    }
  });

  test('and none from folders without digests; what is no digest is named', async () => {
    const misfit = { bucket: BUCKET, key: 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/10/05/x' };
    const place = placeOf(folderOf(), folderOf({ prefix: 'y/', families: ['CloudTrail'] }));
    const { plans, unrecognized } = await plan(storeOf([misfit]), place);
    expect(plans).toEqual([]);
    expect(unrecognized).toMatchObject([
      { bucket: BUCKET, object: { key: misfit.key, size: 1, lastModified: START } },
    ]);
  });
});

describe('a chain that ended long before the window', () => {
  const days = (count: number): number => hour(-24 * count);
  const alive = [1, 2, 3, 4].map((count) => refAt(hour(count)));
  const window = { from: hour(1), to: hour(5) };
  const only = async (store: ObjectStore, place?: Place, trail = 'ended') => {
    const { plans, limits } = await plan(store, place, window);
    return { found: plans.filter(({ chain }) => chain.trail === trail), limits };
  };

  test('has a plan with its newest digest', async () => {
    const ended = [50, 51, 52].map((count) => refAt(days(count), { trail: 'ended' }));
    const { found, limits } = await only(storeOf([...alive, ...ended]));
    expect(found).toMatchObject([{ listed: [], above: undefined, below: { endTime: days(50) } }]);
    expect(limits).toEqual([]);
  });

  test('is the newest in whichever folder', async () => {
    const there = { prefix: 'x/', trail: 'ended' };
    const store = storeOf([...alive, refAt(days(50), there), refAt(days(60), { trail: 'ended' })]);
    for (const folders of [
      [folderOf(), folderOf({ prefix: 'x/' })],
      [folderOf({ prefix: 'x/' }), folderOf()],
    ])
      expect((await only(store, placeOf(...folders))).found).toMatchObject([
        { below: { endTime: days(50) } },
      ]);
  });

  test('is none that goes on elsewhere: its old folder is known to have held it', async () => {
    const store = storeOf([...alive, refAt(hour(0)), refAt(days(50), { prefix: 'x/' })]);
    const { found } = await only(store, placeOf(folderOf(), folderOf({ prefix: 'x/' })), 'audit');
    expect(found).toMatchObject([{ below: { endTime: hour(1) } }]);
    expect([...(found[0]?.seenIn ?? [])].sort()).toEqual(
      ['', 'x/'].map((prefix) => `${BUCKET}/${prefix}AWSLogs/111122223333/CloudTrail-Digest/us-east-1/`),
    );
  });

  test('tells a chain that is listed what was below it', async () => {
    const { found } = await only(storeOf([...alive.slice(1), refAt(days(50))]), undefined, 'audit');
    expect(found).toMatchObject([{ below: { endTime: days(50) } }]);
    const above = await only(storeOf([refAt(hour(9)), refAt(days(50))]), undefined, 'audit');
    expect(above.found).toMatchObject([
      { listed: [], above: { endTime: hour(9) }, below: { endTime: days(50) } },
    ]);
  });

  test('is not expected of backfill digests, but tells of the hourly ones that must have been there', async () => {
    const backfill = refAt(days(50), { trail: 'ended', kind: 'backfill' });
    const hourly = refAt(days(50), { trail: 'ended' });
    expect((await only(storeOf([...alive, backfill]))).found).toMatchObject([
      { chain: { kind: 'backfill' } },
    ]);
    expect((await only(storeOf([...alive, backfill, hourly]))).found).toMatchObject([
      { chain: { kind: 'standard' } },
    ]);
    const near = [refAt(hour(2), { trail: 'ended' })];
    expect((await only(storeOf([...alive, backfill, ...near]))).found).toHaveLength(1);
    const late = [...near, refAt(hour(2), { trail: 'ended', kind: 'backfill' })];
    expect((await only(storeOf([...alive, backfill, ...late]))).found).toHaveLength(2);
  });

  test('is looked for in samples where there is much, which is a limit', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => refAt(days(45) - at * HOUR));
    const { limits } = await only(storeOf([...alive, ...many]));
    expect(limits).toEqual([expect.stringMatching(/^LOOKED_BACK_IN_SAMPLES: /)]);
  });

  test('is searched to its end for so many chains at most', async () => {
    const many = Array.from({ length: 1100 }, (_, at) => refAt(days(170) + at * HOUR));
    const ended = Array.from({ length: 40 }, (_, at) => `ended${at}`).flatMap((trail) =>
      [169, 100].map((count) => refAt(days(count), { trail })),
    );
    const { plans } = await plan(storeOf([...alive, ...many, ...ended]), undefined, window);
    const ends = plans.filter(({ chain }) => chain.trail.startsWith('ended'));
    expect(ends).toHaveLength(40);
    expect(ends.filter(({ below }) => below?.endTime === days(100)).length).toBeGreaterThanOrEqual(32);
  });
});

describe('a chain of which only later digests are there', () => {
  const days = (count: number): number => hour(24 * count);
  const alive = [1, 2, 3, 4].map((count) => refAt(hour(count)));
  const window = { from: hour(1), to: hour(5), now: days(500) };
  const later = (count: number, changes = {}): ObjectRef =>
    refAt(days(count), { trail: 'later', ...changes });
  const only = async (store: ObjectStore, place?: Place, trail = 'later') => {
    const { plans, limits } = await plan(store, place, window);
    return { found: plans.filter(({ chain }) => chain.trail === trail), limits };
  };

  test('has a plan with the oldest of them', async () => {
    const { found, limits } = await only(storeOf([...alive, later(70), later(60), later(80)]));
    expect(found).toMatchObject([
      { listed: [], above: undefined, below: undefined, later: { endTime: days(60) } },
    ]);
    expect(limits).toEqual([]);
  });

  test('is the oldest in whichever folder', async () => {
    const store = storeOf([...alive, later(60, { prefix: 'x/' }), later(70)]);
    for (const folders of [
      [folderOf(), folderOf({ prefix: 'x/' })],
      [folderOf({ prefix: 'x/' }), folderOf()],
    ])
      expect((await only(store, placeOf(...folders))).found).toMatchObject([
        { later: { endTime: days(60) } },
      ]);
  });

  test('is none that is listed elsewhere: its later folder is known to hold it', async () => {
    const store = storeOf([...alive, refAt(days(60), { prefix: 'x/' })]);
    const { found } = await only(store, placeOf(folderOf(), folderOf({ prefix: 'x/' })), 'audit');
    expect(found).toHaveLength(1);
    expect(found[0]?.later).toBeUndefined();
    expect(found[0]?.seenIn?.size).toBe(2);
  });

  test('is not expected of backfill digests, but tells of the hourly ones that must have been there', async () => {
    const backfill = later(60, { kind: 'backfill' });
    expect((await only(storeOf([...alive, backfill]))).found).toMatchObject([
      { chain: { kind: 'backfill' } },
    ]);
    expect((await only(storeOf([...alive, backfill, later(60)]))).found).toMatchObject([
      { chain: { kind: 'standard' } },
    ]);
    expect(
      (await only(storeOf([...alive, backfill, refAt(hour(2), { trail: 'later' })]))).found,
    ).toMatchObject([{ chain: { kind: 'standard' } }]);
  });

  test('is looked for in samples where there is much, which is a limit', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => refAt(days(3) + at * HOUR));
    const { limits } = await only(storeOf([...alive, ...many]));
    expect(limits).toEqual([
      expect.stringMatching(/^LOOKED_BACK_IN_SAMPLES: .* before and after the window/),
    ]);
  });

  test('is searched to its beginning for so many chains at most', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => refAt(days(3) + at * HOUR));
    const begun = Array.from({ length: 40 }, (_, at) => `later${at}`).flatMap((trail) =>
      [100, 121].map((count) => later(count, { trail })),
    );
    const { plans } = await plan(storeOf([...alive, ...many, ...begun]), undefined, window);
    const chains = plans.filter(({ chain }) => chain.trail.startsWith('later'));
    expect(chains).toHaveLength(40);
    expect(chains.filter((one) => one.later?.endTime === days(100))).toHaveLength(32);
  });
});

describe('when AWS delivered last', () => {
  const store = storeOf([refAt(hour(1)), refAt(hour(1), { kind: 'backfill' })]);
  const { kind: _, ...named } = CHAIN;
  const status: Expectation = { ...named, basis: 'trail-status', lastDelivered: hour(3) };
  const { homeRegion: __, ...homeless } = status;
  const lastOf = async (...expectations: Expectation[]): Promise<number | undefined> => {
    const { plans } = await plan(store, placeOf(folderOf()), { expectations });
    expect(plans.find(({ chain }) => chain.kind === 'backfill')?.lastDelivered).toBeUndefined();
    return plans.find(({ chain }) => chain.kind === 'standard')?.lastDelivered;
  };

  test('is the latest that any expectation of this chain tells', async () => {
    expect(await lastOf(status)).toBe(hour(3));
    expect(
      await lastOf(status, { ...status, lastDelivered: hour(5) }, { ...status, lastDelivered: hour(4) }),
    ).toBe(hour(5));
    expect(await lastOf(homeless)).toBe(hour(3));
  });

  test('comes with when the trail was switched off', async () => {
    const stoppedOf = async (...expectations: Expectation[]): Promise<unknown> => {
      const { plans } = await plan(store, placeOf(folderOf()), { expectations });
      return plans.map(({ stopped }) => stopped);
    };
    expect(await stoppedOf({ ...status, stopped: hour(4) }, { ...status, stopped: hour(2) })).toEqual(
      expect.arrayContaining([hour(4), undefined]),
    );
    expect(await stoppedOf(status)).toEqual([undefined, undefined]);
  });

  test.each<[string, Expectation]>([
    ['another account', { ...status, account: '444455556666' }],
    ['another Region', { ...status, region: 'us-east-2' }],
    ['another trail', { ...status, trail: 'audit2' }],
    ['another home Region', { ...status, homeRegion: 'eu-west-1' }],
    ['a status without a time', { ...named, basis: 'trail-status' }],
  ])('is not told by %s', async (_, expectation) => {
    expect(await lastOf(expectation)).toBeUndefined();
  });
});

describe('a link that leads out of the target', () => {
  const elsewhere = { prefix: 'old/' };
  const store = storeOf([
    refAt(hour(9)),
    ...[-50, 1, 2, 3, 40].map((count) => refAt(hour(count), elsewhere)),
    refAt(hour(3), { ...elsewhere, trail: 'other' }),
    refAt(hour(3), { prefix: 'others/', trail: 'other' }),
  ]);
  const first = async (
    from: ObjectStore | Source = store,
  ): Promise<{ plan: ChainPlan; limits: string[] }> => {
    const { plans, limits } = await plan(from, undefined, { from: hour(0) });
    const [only] = plans;
    if (only === undefined) throw new Error('there must be a plan');
    return { plan: only, limits };
  };

  test('is followed once: the digests of this chain there, in the window and up to a day after', async () => {
    const { plan: found, limits } = await first();
    expect(timesOf(await found.follow(refAt(hour(3), elsewhere)))).toEqual([1, 2, 3]);
    expect(limits).toEqual([
      expect.stringContaining(
        `FOLLOWED_ELSEWHERE: The trail led to s3://${BUCKET}/old/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/`,
      ),
    ]);
    expect(await found.follow(refAt(hour(3), elsewhere))).toEqual([]);
    expect(limits).toHaveLength(1);
  });

  test('is not followed to where the target has looked, to another chain, or to what is no digest', async () => {
    const { plan: found, limits } = await first();
    expect(await found.follow(refAt(hour(8)))).toEqual([]);
    expect(await found.follow(refAt(hour(3), { trail: 'other' }))).toEqual([]);
    expect(await found.follow({ bucket: BUCKET, key: 'odd' })).toEqual([]);
    expect(limits).toEqual([]);
  });

  test('brings nothing where this chain has nothing', async () => {
    const { plan: found } = await first();
    expect(await found.follow(refAt(hour(3), { prefix: 'others/' }))).toEqual([]);
  });

  const refusing = (code: ErrorCode): Source => {
    const source = memorySource(store);
    return {
      ...source,
      list: (request) => {
        if (request.bucket !== BUCKET) throw new TrailVerifyError(code, 'as S3 says');
        return source.list(request);
      },
    };
  };
  const gone = { ...refAt(hour(3)), bucket: 'gone' };

  test.each<ErrorCode>(['TARGET_NOT_FOUND', 'ACCESS_DENIED'])(
    'that cannot be listed is a limit: %s',
    async (code) => {
      const { plan: found, limits } = await first(refusing(code));
      expect(await found.follow(gone)).toEqual([]);
      expect(limits[1]).toBe(
        'FOLLOWED_UNLISTED: s3://gone/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/, where the trail was before, could not be listed: as S3 says',
      );
    },
  );

  test('ends the run where no bucket could be listed', async () => {
    const { plan: found } = await first(refusing('CREDENTIALS'));
    await expect(found.follow(gone)).rejects.toMatchObject({ code: 'CREDENTIALS' });
    const broken: Source = {
      ...memorySource(store),
      list: () => {
        throw new RangeError('a mistake');
      },
    };
    await expect(plan(broken)).rejects.toThrow(RangeError);
    const { plan: other } = await first({
      ...refusing('CREDENTIALS'),
      list: (request) => (request.bucket === 'gone' ? broken : memorySource(store)).list(request),
    });
    await expect(other.follow(gone)).rejects.toThrow(RangeError);
  });

  test('may lead to a window that is over', async () => {
    const { plans } = await plan(store, undefined, { from: hour(0), to: hour(0) + DAY });
    expect(timesOf(await plans[0]?.follow(refAt(hour(-50), elsewhere)))).toEqual([]);
  });
});
