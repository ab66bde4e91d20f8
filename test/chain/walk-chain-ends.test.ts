import { describe, expect, test } from 'vitest';
import { DAY, fixedClock, HOUR, isoTime } from '../../src/base/clock.ts';
import type { ChainPlan, WalkStep } from '../../src/chain/list-digests.ts';
import { ChainWalk } from '../../src/chain/walk-chain.ts';
import type { Source } from '../../src/source/source.ts';
import { archiveObject, deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import type { TestTrail } from '../support/test-trail.ts';
import { contextOver, listed, planOf, START, trailOf } from './chain-fixture.ts';
import { brief, type Setting, setting, walk } from './walk-fixture.ts';

describe('the end of the window', () => {
  const window = { from: undefined, to: START + 4 * HOUR };
  const late = { clock: fixedClock(START + 30 * HOUR), window };
  /** The trail of eight hours, of which the window ends after four and the digest of the sixth is the nearest above it. */
  const given = (build?: (trail: TestTrail, store: ObjectStore) => void, from?: number): Setting => {
    const built = setting(8, build);
    const isListed = ({ bucket, key, endTime }: DeliveredDigest): boolean =>
      endTime <= window.to && endTime > (from ?? 0) && built.store.get(bucket, key) !== undefined;
    return {
      ...built,
      plan: (trail) => ({
        listed: trail.digests.filter(isListed).map(listed),
        above: listed(trail.digestAt(6)),
      }),
      context: { ...late, window: { ...window, from } },
    };
  };

  test('is not reached where nothing is listed up to it', async () => {
    const ended = {
      ...setting(2),
      context: { clock: fixedClock(START + 30 * HOUR), window: { from: undefined, to: START + 9 * HOUR } },
    };
    expect(brief(await walk(ended))).toEqual([
      '2 valid',
      '2 CHAIN_ENDS_EARLY',
      'CHAIN_ENDS_EARLY 2-9',
      '1 valid',
      '0 valid',
      'covered 0-2',
    ]);
  });

  test('is within the grace of delivery', async () => {
    const { store, trail } = setting(2);
    const clock = fixedClock(START + 5 * HOUR);
    const context = { clock, window: { from: undefined, to: START + 5 * HOUR } };
    expect(brief(await walk({ store, trail, context }))).not.toContain('2 CHAIN_ENDS_EARLY');
    const later = {
      clock: fixedClock(START + 5 * HOUR + 1),
      window: { from: undefined, to: START + 6 * HOUR },
    };
    expect(brief(await walk({ store, trail, context: later }))).toContain('2 CHAIN_ENDS_EARLY');
  });

  test('is judged by the digest above it where the newest ones were deleted', async () => {
    const lines = brief(
      await walk(
        given((trail, store) => {
          for (const index of [3, 4, 5]) deleteObject(store, trail.digestAt(index));
        }),
      ),
    );
    expect(lines).toContain('5 DIGEST_MISSING');
    expect(lines).toContain('4 DIGEST_MISSING');
    expect(lines).toContain('3 DIGEST_MISSING');
    expect(lines).toContain('covered 0-2');
    expect(lines.some((line) => line.includes('CHAIN_ENDS_EARLY'))).toBe(false);
  });

  test('does not look above where the newest digest there can speak for itself', async () => {
    const opened: string[] = [];
    const { store, trail, plan, context } = given();
    const source = memorySource(store);
    const watching: Source = {
      ...source,
      open: (ref, options) => {
        opened.push(ref.key);
        return source.open(ref, options);
      },
    };
    await walk({ store, trail, ...(plan && { plan }), ...(context && { context }), source: watching });
    expect(opened).not.toContain(trail.digestAt(6).key);
  });

  test('is not reached where nothing above is left, or nothing of it is proven', async () => {
    const nothing = (store: ObjectStore, trail: TestTrail): void => {
      for (const index of [3, 4, 5]) deleteObject(store, trail.digestAt(index));
    };
    const gone = given((trail, store) => {
      nothing(store, trail);
      deleteObject(store, trail.digestAt(6));
    });
    expect(brief(await walk(gone))).toContain('2 CHAIN_ENDS_EARLY');
    const forged = given((trail, store) => {
      nothing(store, trail);
      flipContentBit(store, trail.digestAt(6));
    });
    expect(brief(await walk(forged))).toContain('2 CHAIN_ENDS_EARLY');
  });

  test('where only an unproven digest above the window is left, what lay below it cannot be told', async () => {
    const { store, trail, context } = given(
      (one, objects) => archiveObject(objects, one.digestAt(6)),
      START + HOUR,
    );
    const plan = (): Partial<ChainPlan> => ({ listed: [], above: listed(trail.digestAt(6)) });
    expect(brief(await walk({ store, trail, plan, ...(context && { context }) }))).toEqual([
      '5 CHAIN_STARTS_LATE',
      'CHAIN_STARTS_LATE 1-4',
    ]);
    const whole = { ...context, window };
    expect(brief(await walk({ store, trail, plan, context: whole }))).toEqual(['5 CHAIN_STARTS_LATE']);
  });

  describe('far below the only digests that are left', () => {
    const FAR = 40;
    const far = async (
      index: number,
      changes: Partial<Setting> = {},
      from: number | undefined = START + HOUR,
    ): Promise<readonly string[]> => {
      const { store, trail } = setting(FAR);
      for (const digest of trail.digests.slice(0, index)) deleteObject(store, digest);
      const plan = (): Partial<ChainPlan> => ({ listed: [], later: listed(trail.digestAt(index)) });
      const context = { clock: fixedClock(trail.end + HOUR), window: { from, to: START + 3 * HOUR } };
      return brief(await walk({ store, trail, plan, context, ...changes }));
    };

    test('nothing shows that the chain began after it', async () => {
      expect(await far(FAR)).toEqual(['39 CHAIN_STARTS_LATE', 'CHAIN_STARTS_LATE 1-3']);
    });

    test('nothing does either where the window has no beginning', async () => {
      const { store, trail } = setting(FAR);
      const plan = (): Partial<ChainPlan> => ({ listed: [], later: listed(trail.digestAt(FAR)) });
      const context = {
        clock: fixedClock(trail.end + HOUR),
        window: { from: undefined, to: START + 3 * HOUR },
      };
      const steps = await walk({ store, trail, plan, context });
      expect(steps.flatMap(({ events }) => events)).toMatchObject([
        {
          type: 'finding',
          finding: {
            code: 'CHAIN_STARTS_LATE',
            weight: 'unproven',
            evidence: {
              uncovered: { from: isoTime(START + 2 * HOUR), to: isoTime(START + (FAR - 1) * HOUR) },
            },
          },
        },
      ]);
    });

    test('a digest that names one near the window, which is gone, tells that one', async () => {
      const lines = await far(20);
      expect(lines).toContain('19 DIGEST_MISSING');
      expect(lines).toContain('18 CHAIN_STARTS_LATE');
    });

    test('an unproven digest tells as little as none', async () => {
      const { store, trail } = setting(FAR);
      flipContentBit(store, trail.digestAt(FAR));
      const plan = (): Partial<ChainPlan> => ({ listed: [], later: listed(trail.digestAt(FAR)) });
      for (const gone of [false, true]) {
        if (gone) deleteObject(store, trail.digestAt(FAR));
        const context = {
          clock: fixedClock(trail.end + HOUR),
          window: { from: START, to: START + 3 * HOUR },
        };
        expect(brief(await walk({ store, trail, plan, context }))).toEqual([
          '39 CHAIN_STARTS_LATE',
          'CHAIN_STARTS_LATE 0-3',
        ]);
      }
    });

    test('a starting digest owes it nothing', async () => {
      const context = {
        clock: fixedClock(START + 99 * HOUR),
        window: { from: START - 99 * HOUR, to: START - 90 * HOUR },
      };
      expect(await far(0, { context })).toEqual([]);
    });

    test('a starting digest without metadata is proven by the next one', async () => {
      const { store, trail } = setting(3);
      const source = memorySource(store, { metadata: false });
      const context = {
        clock: fixedClock(START + 99 * HOUR),
        window: { from: START - 99 * HOUR, to: START - 90 * HOUR },
      };
      const first = (): Partial<ChainPlan> => ({ listed: [], later: listed(trail.digestAt(0)) });
      expect(brief(await walk({ store, trail, source, plan: first, context }))).toEqual([]);
      const odd = { ref: { bucket: 'b', key: 'odd' }, endTime: START };
      const none = (): Partial<ChainPlan> => ({ listed: [], later: odd });
      expect(brief(await walk({ store, trail, source, plan: none, context }))).toEqual([
        '-1 CHAIN_STARTS_LATE',
        'CHAIN_STARTS_LATE -99--90',
      ]);
      deleteObject(store, trail.digestAt(1));
      expect(brief(await walk({ store, trail, source, plan: first, context }))).toEqual([
        '-1 CHAIN_STARTS_LATE',
        'CHAIN_STARTS_LATE -99--90',
      ]);
    });
  });

  test('where the chain only begins above the window, it owes it nothing', async () => {
    const { store, trail } = setting(3);
    const plan = (): Partial<ChainPlan> => ({ listed: [], above: listed(trail.digestAt(0)) });
    const context = {
      window: { from: START - 9 * HOUR, to: START - 4 * HOUR },
      clock: fixedClock(START + DAY),
    };
    expect(brief(await walk({ store, trail, plan, context }))).toEqual([]);
  });
});

describe('the beginning of the window', () => {
  const FROM = START - 5 * HOUR;

  test('is not reached where the chain begins later', async () => {
    const context = { window: { from: FROM, to: START + 3 * HOUR } };
    expect(brief(await walk({ ...setting(2), context }))).toEqual([
      '2 valid',
      '1 valid',
      '0 valid',
      '0 CHAIN_STARTS_LATE',
      'CHAIN_STARTS_LATE -5-0',
      'covered 0-2',
    ]);
  });

  test('is joined to a restart by the digest below the window', async () => {
    const older = trailOf(1, { startLogging: START - 20 * HOUR });
    const { trail } = trailOf(2, { store: older.store, seed: 'again' });
    const below = older.trail.digestAt(1);
    const given: Setting = {
      store: older.store,
      trail,
      plan: () => ({ listed: trail.digests.map(listed), below: listed(below) }),
      context: { window: { from: FROM, to: START + 3 * HOUR } },
    };
    expect(brief(await walk(given)).slice(3)).toEqual([
      '0 CHAIN_RESTARTED',
      'CHAIN_RESTARTED -5-0',
      'covered 0-2',
    ]);
    for (const damage of [deleteObject, flipContentBit]) {
      const store = older.store.clone();
      damage(store, below);
      expect(brief(await walk({ ...given, store })).slice(3)).toEqual([
        '0 CHAIN_STARTS_LATE',
        'CHAIN_STARTS_LATE -5-0',
        'covered 0-2',
      ]);
    }
  });

  test('is joined by the digest below to the digests that are missing above it', async () => {
    const { store, trail } = setting(6, (one, objects) => {
      for (const index of [2, 3, 4]) deleteObject(objects, one.digestAt(index));
    });
    const given: Setting = {
      store,
      trail,
      plan: () => ({
        listed: [5, 6].map((index) => listed(trail.digestAt(index))),
        below: listed(trail.digestAt(1)),
      }),
      context: { window: { from: START + 1.5 * HOUR, to: START + 7 * HOUR } },
    };
    expect(brief(await walk(given))).toEqual([
      '6 valid',
      '5 valid',
      '4 missing',
      '4 DIGEST_MISSING',
      '3 missing',
      '3 DIGEST_MISSING',
      '2 missing',
      '2 DIGEST_MISSING',
      'DIGEST_MISSING 1.5-4',
      'covered 4-6',
    ]);
  });
});

describe('a run that ends early', () => {
  test('stops before the next digest and closes nothing', async () => {
    const stop = new AbortController();
    const { store, trail } = setting(5);
    const run = contextOver(store, { signal: stop.signal });
    const steps: WalkStep[] = [];
    for await (const step of new ChainWalk(planOf({ listed: trail.digests.map(listed) }), run).steps()) {
      steps.push(step);
      if (steps.length === 2) stop.abort();
    }
    expect(brief(steps)).toEqual(['5 valid', '5 CHAIN_ENDS_EARLY', 'CHAIN_ENDS_EARLY 5-21', '4 valid']);
  });

  test('stops before the first where it was over before', async () => {
    const { store, trail } = setting(1);
    const walked = new ChainWalk(
      planOf({ listed: trail.digests.map(listed) }),
      contextOver(store, { signal: AbortSignal.abort() }),
    );
    expect(await walked.steps().next()).toEqual({ value: undefined, done: true });
  });

  test('rejects with an error that ends the run', async () => {
    const { store, trail } = setting(1);
    const broken: Source = {
      ...memorySource(store),
      open: () => Promise.reject(new RangeError('a mistake')),
    };
    await expect(walk({ store, trail, source: broken })).rejects.toThrow('a mistake');
  });
});
