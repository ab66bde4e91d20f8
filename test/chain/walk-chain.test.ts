import { describe, expect, test } from 'vitest';
import { DAY, fixedClock, HOUR, MINUTE } from '../../src/base/clock.ts';
import type { ChainPlan } from '../../src/chain/list-digests.ts';
import {
  copyOver,
  deleteObject,
  denyObject,
  flipContentBit,
  resignDigest,
  stripMetadata,
} from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import type { TestTrail } from '../support/test-trail.ts';
import { BUCKET, listed, listedAt, START, trailOf } from './chain-fixture.ts';
import { brief, type Setting, setting, walk } from './walk-fixture.ts';

describe('a sound chain', () => {
  test('is walked down link by link, and all of it but the starting hour is covered', async () => {
    const steps = await walk(setting(3));
    expect(brief(steps)).toEqual(['3 valid', '2 valid', '1 valid', '0 valid', 'covered 0-3']);
    expect(steps.map(({ at }) => at)).toEqual([3, 2, 1, 0].map((count) => START + count * HOUR).concat(0));
    expect(steps.map(({ digest }) => digest?.provenBy)).toEqual([
      ...Array.from({ length: 4 }, () => 'own-signature'),
      undefined,
    ]);
    const segments = steps.flatMap(({ events }) => events.filter(({ type }) => type === 'segment'));
    expect(segments).toMatchObject([
      { digests: 4, from: START - HOUR, to: START + 3 * HOUR, previous: null },
    ]);
  });

  test('is walked no further than the window asks', async () => {
    const { store, trail } = setting(6);
    const steps = await walk({
      store,
      trail,
      plan: () => ({
        listed: [3, 4, 5, 6].map((index) => listed(trail.digestAt(index))),
        below: listed(trail.digestAt(2)),
      }),
      context: { window: { from: START + 2.5 * HOUR, to: START + 7.5 * HOUR } },
    });
    expect(brief(steps)).toEqual(['6 valid', '5 valid', '4 valid', '3 valid', 'covered 2.5-6']);
  });

  test('tells of nothing where nothing is listed', async () => {
    expect(brief(await walk({ ...setting(1), plan: () => ({ listed: [] }) }))).toEqual([]);
  });
});

describe('a digest that is damaged or gone', () => {
  test('is missing where its successor names it, and the older side is proven all the same', async () => {
    const damaged = setting(5, (trail, store) => deleteObject(store, trail.digestAt(3)));
    expect(brief(await walk(damaged))).toEqual([
      '5 valid',
      '4 valid',
      '3 missing',
      '3 DIGEST_MISSING',
      '2 valid',
      'DIGEST_MISSING 2-3',
      'covered 3-5',
      '1 valid',
      '0 valid',
      'covered 0-2',
    ]);
  });

  test('is unreadable where it was listed a moment ago, or is denied', async () => {
    const gone = setting(2);
    const vanishing = {
      ...gone,
      plan: (trail: TestTrail) => ({ listed: [...trail.digests.map(listed), listedAt(START + 3 * HOUR)] }),
    };
    expect(brief(await walk(vanishing)).slice(0, 3)).toEqual([
      '3 unproven',
      '3 DIGEST_UNREADABLE',
      '2 valid',
    ]);
    const denied = setting(2, (trail, store) => denyObject(store, trail.digestAt(1)));
    expect(brief(await walk(denied))).toEqual([
      '2 valid',
      '1 unproven',
      '1 DIGEST_UNREADABLE',
      '0 valid',
      'covered 1-2',
    ]);
  });

  test('is not as recorded where an older one was copied over it', async () => {
    const steps = await walk(
      setting(4, (trail, store) => copyOver(store, trail.digestAt(1), trail.digestAt(3))),
    );
    expect(brief(steps)).toContain('3 DIGEST_MOVED');
    expect(brief(steps)).toContain('3 LINK_HASH_MISMATCH');
  });
});

describe('a chain that began anew', () => {
  test('is not covered in between, whatever lay there', async () => {
    const restarted = setting(2, (trail) =>
      trail
        .stop(15)
        .restart(trail.end + 5 * HOUR)
        .hours(1),
    );
    expect(brief(await walk(restarted))).toEqual([
      '8.25 valid',
      '7.25 valid',
      '2.25 valid',
      '7.25 CHAIN_RESTARTED',
      'CHAIN_RESTARTED 2.25-7.25',
      'covered 7.25-8.25',
      '2 valid',
      '1 valid',
      '0 valid',
      'covered 0-2.25',
    ]);
  });
});

describe('a digest that no link leads to', () => {
  test('is off the chain where it is genuine', async () => {
    const fork = setting(2, (trail) => {
      trail.fork({ to: trail.end + HOUR - MINUTE });
      trail.hour();
    });
    const lines = brief(await walk(fork));
    expect(lines).toContain('2.98 DIGEST_UNLINKED');
    expect(lines).toContain('covered 0-3');
  });

  test.each([
    ['with the one of its hour', 2 * HOUR + MINUTE, ['window', 'insteadOf']],
    ['without where the chain has none in its hour', 4 * HOUR, ['window']],
  ])('is told %s', async (_, end, fields) => {
    const { store, trail } = setting(2, (one) => one.hour({ from: one.end + 3 * HOUR }));
    const fork = trailOf(0, { store, startLogging: START + end, seed: 'fork' }).trail.digestAt(0);
    const steps = await walk({
      store,
      trail,
      plan: () => ({ listed: [...trail.digests, fork].map(listed) }),
    });
    const found = steps.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'finding' ? [event.finding] : [])),
    );
    const [unlinked] = found.filter(({ code }) => code === 'DIGEST_UNLINKED');
    expect(unlinked).toMatchObject({ object: { key: fork.key } });
    expect(Object.keys(unlinked?.evidence ?? {})).toEqual(fields);
    expect(found.map(({ code }) => code)).toContain('WINDOW_HOLE');
  });

  test('may itself be damaged, or gone when it is read', async () => {
    const { store, trail } = setting(3);
    const endTime = START + 2 * HOUR + MINUTE;
    const fork = trailOf(0, { store, startLogging: endTime, seed: 'fork' }).trail.digestAt(0);
    const plan = (): Partial<ChainPlan> => ({ listed: [...trail.digests, fork].map(listed) });
    flipContentBit(store, fork);
    const damaged = brief(await walk({ store, trail, plan }));
    expect(damaged.filter((line) => line.startsWith('2.02'))).toHaveLength(2);
    expect(damaged).toContain('2.02 invalid');
    deleteObject(store, fork);
    expect(brief(await walk({ store, trail, plan })).filter((line) => line.startsWith('2.02'))).toEqual([
      '2.02 unproven',
      '2.02 DIGEST_UNREADABLE',
    ]);
  });
});

describe('a bare folder', () => {
  const bare = (given: Setting): Setting => ({
    ...given,
    source: memorySource(given.store, { metadata: false }),
  });

  test('proves all but its newest digest', async () => {
    expect(brief(await walk(bare(setting(2))))).toEqual([
      '2 unproven',
      '2 DIGEST_SIGNATURE_MISSING',
      '1 valid by successor',
      '1 DIGEST_SIGNATURE_MISSING (note)',
      '0 valid by successor',
      '0 DIGEST_SIGNATURE_MISSING (note)',
      'covered 0-1',
    ]);
  });

  test('proves the newest of a window by the one above it', async () => {
    const { store, trail } = setting(4);
    const plan = (): Partial<ChainPlan> => ({
      listed: [0, 1, 2].map((index) => listed(trail.digestAt(index))),
      above: listed(trail.digestAt(3)),
    });
    const context = { window: { from: undefined, to: START + 2 * HOUR } };
    expect(brief(await walk(bare({ store, trail, plan, context })))[0]).toBe('2 valid by successor');
    deleteObject(store, trail.digestAt(3));
    expect(brief(await walk(bare({ store, trail, plan, context })))[0]).toBe('2 unproven');
  });
});

describe('a link that leads astray', () => {
  /** Lets a digest name another as its predecessor, by its right hash. */
  const relink = (trail: TestTrail, store: Setting['store'], from: number, to: DeliveredDigest): void =>
    resignDigest(store, trail.digestAt(from), (fields) => ({
      ...fields,
      previousDigestS3Bucket: to.bucket,
      previousDigestS3Object: to.key,
      previousDigestHashValue: to.sha256,
      previousDigestSignature: to.signature,
    }));

  test('is told, and the digests below are linked to nothing', async () => {
    const given = setting(5, (trail, store) => relink(trail, store, 5, trail.digestAt(5)));
    const steps = await walk(given);
    expect(brief(steps)).toEqual([
      '5 unproven',
      '5 LINK_ASTRAY',
      '4 valid',
      '3 valid',
      '2 valid',
      '1 valid',
      '0 valid',
      'covered 0-5',
    ]);
    const segments = steps.flatMap(({ events }) => events.filter(({ type }) => type === 'segment'));
    expect(segments).toMatchObject([{ digests: 1 }, { digests: 5 }]);
  });

  test('hides no missing hours below it', async () => {
    const given = setting(5, (trail, store) => {
      relink(trail, store, 5, trail.digestAt(5));
      for (const index of [4, 3]) deleteObject(store, trail.digestAt(index));
    });
    expect(brief(await walk(given))).toEqual([
      '5 unproven',
      '5 LINK_ASTRAY',
      '2 valid',
      '4 missing',
      '4 DIGEST_MISSING',
      '3 missing',
      '3 DIGEST_MISSING',
      'LINK_ASTRAY 2-4',
      'covered 4-5',
      '1 valid',
      '0 valid',
      'covered 0-2',
    ]);
  });

  test('above the window is told, and is no sign that the chain goes on', async () => {
    const { store, trail } = setting(8, (one, objects) => relink(one, objects, 8, one.digestAt(8)));
    const given: Setting = {
      store,
      trail,
      plan: () => ({
        listed: [1, 2].map((at) => listed(trail.digestAt(at))),
        above: listed(trail.digestAt(8)),
      }),
      context: { window: { from: START + HOUR, to: START + 6 * HOUR }, clock: fixedClock(START + DAY) },
    };
    expect(brief(await walk(given))).toEqual([
      '2 valid',
      '2 CHAIN_ENDS_EARLY',
      'CHAIN_ENDS_EARLY 2-6',
      '8 LINK_ASTRAY',
      'covered 1-2',
    ]);
  });

  test('of a digest that is not proven is not told', async () => {
    const given = setting(5, (trail, store) => {
      relink(trail, store, 5, trail.digestAt(5));
      flipContentBit(store, trail.digestAt(5), 3);
    });
    expect(brief(await walk(given))).not.toContain('5 LINK_ASTRAY');
  });
});

describe('a trail that moved', () => {
  test('is followed to where the link leads, once', async () => {
    const { store, trail } = setting(2, (one) => one.moveTo({ bucket: 'elsewhere' }).hours(2));
    const followed: string[] = [];
    const given: Setting = {
      store,
      trail,
      plan: () => ({
        listed: trail.digests.filter(({ bucket }) => bucket === 'elsewhere').map(listed),
        follow: async ({ bucket }) => {
          followed.push(bucket);
          return followed.length > 1 ? [] : trail.digests.filter((one) => one.bucket === BUCKET).map(listed);
        },
      }),
    };
    expect(brief(await walk(given))).toEqual([
      '4 valid',
      '3 valid',
      '2 valid',
      '1 valid',
      '0 valid',
      'covered 0-4',
    ]);
    expect(followed).toEqual([BUCKET]);
  });
});

test('a link of an unproven digest is only a hint: the digest it names is not missing', async () => {
  const { store, trail } = setting(4, (one, objects) => {
    stripMetadata(objects, one.digestAt(4));
    deleteObject(objects, one.digestAt(3));
  });
  expect(brief(await walk({ store, trail }))).toEqual([
    '4 unproven',
    '4 DIGEST_SIGNATURE_MISSING',
    '2 valid',
    'DIGEST_SIGNATURE_MISSING 2-2.5',
    '1 valid',
    '0 valid',
    'covered 0-2',
  ]);
});
