import { describe, expect, test } from 'vitest';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import {
  type ChainPlan,
  type ExaminedDigest,
  type ExaminedObject,
  type RunContext,
  showExamined,
} from '../../src/chain/list-digests.ts';
import { walkBackfill } from '../../src/chain/walk-backfill.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import { verifyLog } from '../../src/logs/verify-log.ts';
import { archiveObject, deleteObject, emptyObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { TestTrail } from '../support/test-trail.ts';
import { CHAIN, contextOver, listed, planOf, START, trailOf } from './chain-fixture.ts';
import { setting, walk } from './walk-fixture.ts';

/** What a walk shows of its digests, newest first, as `hour outcome proof`, with a `*` where the report does not count it. */
async function shown(
  hours: number,
  build?: (trail: TestTrail, store: ObjectStore) => void,
  plan?: (trail: TestTrail) => Partial<ChainPlan>,
  context: Partial<RunContext> = {},
): Promise<readonly string[]> {
  const digests: ExaminedDigest[] = [];
  const onObject = async (object: ExaminedObject): Promise<void> => {
    if (object.kind === 'digest') digests.push(object);
  };
  const made = setting(hours, build);
  await walk({ ...made, ...(plan === undefined ? {} : { plan }), context: { ...context, onObject } });
  return digests.map(({ ref, outcome, provenBy = 'nothing', counted, stored }) => {
    expect(stored.bytes).toEqual(made.store.get(ref.bucket, ref.key)?.bytes);
    const end = made.trail.digests.find(({ key }) => key === ref.key)?.endTime ?? 0;
    return `${(end - START) / HOUR} ${outcome} ${provenBy}${counted ? '' : ' *'}`;
  });
}

describe('every digest that was read is shown once it was judged', () => {
  test('with the bytes that were read', async () => {
    expect(await shown(2)).toEqual([
      '2 valid own-signature',
      '1 valid own-signature',
      '0 valid own-signature',
    ]);
  });

  test('also one that is damaged, and none that is absent or could not be read', async () => {
    const build = (trail: TestTrail, store: ObjectStore): void => {
      flipContentBit(store, trail.digestAt(3));
      emptyObject(store, trail.digestAt(2));
      archiveObject(store, trail.digestAt(1));
      deleteObject(store, trail.digestAt(4));
    };
    expect(await shown(5, build)).toEqual([
      '5 valid own-signature',
      '3 invalid nothing',
      '2 invalid nothing',
      '0 valid own-signature',
    ]);
  });

  test('also one that no link leads to', async () => {
    const build = (trail: TestTrail): void => {
      trail.fork({ to: trail.end + HOUR / 2 });
      trail.hour();
    };
    expect(await shown(1, build)).toEqual([
      '2 valid own-signature',
      '1.5 unproven own-signature',
      '1 valid own-signature',
      '0 valid own-signature',
    ]);
  });

  test('also those outside the window, which the report does not count', async () => {
    const late = { clock: fixedClock(START + 30 * HOUR), window: { from: undefined, to: START + 4 * HOUR } };
    const above = (trail: TestTrail): Partial<ChainPlan> => ({
      listed: [1, 2].map((hour) => listed(trail.digestAt(hour))),
      above: listed(trail.digestAt(6)),
    });
    expect((await shown(8, undefined, above, late))[0]).toBe('6 valid own-signature *');
    const build = (trail: TestTrail, store: ObjectStore): void => {
      for (const hour of [2, 3]) deleteObject(store, trail.digestAt(hour));
    };
    const below = (trail: TestTrail): Partial<ChainPlan> => ({
      listed: [listed(trail.digestAt(4))],
      below: listed(trail.digestAt(1)),
    });
    const window = { from: START + 1.5 * HOUR, to: START + 5 * HOUR };
    expect(await shown(4, build, below, { window })).toEqual([
      '4 valid own-signature',
      '1 valid own-signature *',
    ]);
  });

  test('also backfill digests', async () => {
    const { store, trail } = trailOf(3);
    const digests = [1, 2].map((hour) => trail.backfill(trail.digestAt(hour)));
    const seen: ExaminedObject[] = [];
    const context = contextOver(store, { onObject: async (object) => void seen.push(object) });
    const plan = planOf({ chain: { ...CHAIN, kind: 'backfill' }, listed: digests.map(listed) });
    for await (const step of walkBackfill(plan, context)) {
      expect(step.events.length).toBeGreaterThan(0);
      await showExamined(context, step);
    }
    expect(seen.map(({ outcome }) => outcome)).toEqual(['valid', 'valid']);
  });
});

describe('a log file', () => {
  const { store, trail } = trailOf(1);
  const { bucket, key, sha256 } = trail.logAt(1);
  const digest = { bucket: trail.digestAt(1).bucket, key: trail.digestAt(1).key };
  const log = { bucket, key, sha256 };
  const job = { log, chain: 'a chain', digest, digestEnd: trail.digestAt(1).endTime, position: 0 };

  test('is shown with what its digest records of it', async () => {
    const seen: ExaminedObject[] = [];
    await verifyLog(job, memorySource(store), relocator([]), {
      onObject: async (object) => void seen.push(object),
    });
    const stored = { bytes: store.get(bucket, key)?.bytes };
    expect(seen).toMatchObject([
      { kind: 'log', ref: { bucket, key }, chain: 'a chain', outcome: 'valid', listed: log, digest, stored },
    ]);
  });

  test('is not shown where it could not be read: of one that a copy does not hold nothing is known', async () => {
    const seen: ExaminedObject[] = [];
    const source = {
      ...memorySource(store),
      open: async () => {
        throw new TrailVerifyError('OBJECT_NOT_COPIED', 'the bag holds no log files');
      },
    };
    const events = await verifyLog(job, source, relocator([]), {
      onObject: async (object) => void seen.push(object),
    });
    expect(seen).toEqual([]);
    expect(events[1]).toMatchObject({
      finding: { code: 'LOG_UNREADABLE', weight: 'unproven', evidence: { reason: 'not-in-copy' } },
    });
  });

  test('whose keeper fails is no finding', async () => {
    const keep = async (): Promise<void> => {
      throw new TrailVerifyError('OBJECT_DENIED', 'as if it were an object');
    };
    await expect(
      verifyLog(job, memorySource(store), relocator([]), { onObject: keep }),
    ).rejects.toMatchObject({
      code: 'OBJECT_DENIED',
    });
  });
});
