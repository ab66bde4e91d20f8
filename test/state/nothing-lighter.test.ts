/** What a run with a state reads is what its checkpoint did not decide: whatever came, changed or went, wherever it lies. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import { fixedKeyRing } from '../../src/crypto/key-rings.ts';
import type { KeyRing } from '../../src/crypto/public-key.ts';
import { dayFolder } from '../../src/digest/digest-key.ts';
import type { ReadCheckpoint } from '../../src/state/checkpoint.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { EVERY_WAY } from '../support/check-paths.ts';
import { deleteObject, plantObject } from '../support/damage.ts';
import { ObjectStore } from '../support/object-store.ts';
import { FOREIGN_KEY, fileRing, listedRing, publicKeyOf, TEST_KEYS } from '../support/test-keys.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, type Night, night as nightAlone, nightTwice } from './night.ts';

/** With EVERY_WAY=1 each night is merged from shards as well. */
const night = EVERY_WAY ? nightTwice : nightAlone;

const START = Date.parse('2026-10-05T09:12:37Z');
const LOGS = { logs: [{ minute: 40 }] };
const PLACE = { bucket: 'example-trail-logs', account: '111122223333', region: 'us-east-1' };

interface World {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  readonly now: () => number;
}

function world(hours: number, key = TEST_KEYS.find(({ name }) => name === 'us-east-1-2026-10-02')): World {
  const store = new ObjectStore(() => START);
  const first = key === undefined ? {} : { firstKey: key };
  const trail = new TestTrail({ ...PLACE, store, trail: 'audit', startLogging: START, ...first });
  trail.hours(hours, key === undefined ? LOGS : { ...LOGS, key });
  return { store, trail, now: () => trail.end + HOUR + 30 * MINUTE };
}

/** Plants a log file named for `named` below `prefix`, by default ten minutes ago. */
function plantLog({ store, now }: World, named: number, prefix = '', at = now() - 10 * MINUTE): void {
  const stamp = new Date(named).toISOString().slice(0, 16).replace(/[-:]/g, '');
  const name = `111122223333_CloudTrail_us-east-1_${stamp}Z_AAAAAAAAAAAAAAAA.json.gz`;
  const key = `${prefix}AWSLogs/111122223333/CloudTrail/us-east-1/${dayFolder(named)}${name}`;
  plantObject(store, { bucket: PLACE.bucket, key }, Buffer.from('planted'), at);
}

/** A run that rests on `state`, which must find what one without it finds. */
async function alike(
  { store, now }: World,
  state: ReadCheckpoint | undefined,
  options: Partial<VerifyOptions> = {},
): Promise<readonly string[]> {
  const found = codesOf((await night(store, now(), state, options)).report);
  expect(found).toEqual(codesOf((await night(store, now(), undefined, options)).report));
  return found;
}

describe('a trail that moved', () => {
  test('counts for the folder that it left', async () => {
    const scene = world(8);
    scene.trail.moveTo({ bucket: PLACE.bucket, prefix: 'moved/' }).hours(30, LOGS);
    const { state } = await night(scene.store, scene.now());
    scene.trail.hours(24, LOGS);
    plantLog(scene, scene.trail.end - 3 * HOUR);
    expect(await alike(scene, state)).toEqual(['LOG_UNLISTED']);
  });

  test('is read as without a state where log files lay in the folder before it came', async () => {
    const scene = world(40);
    // A digest from before the window proves nothing of the folder.
    const [digest] = scene.trail.digests;
    if (digest === undefined) throw new Error('no digest');
    const key = `moved/${digest.key}`;
    scene.store.put(PLACE.bucket, key, digest.content, { lastModified: digest.endTime });
    const named = scene.trail.end - 30 * HOUR;
    plantLog(scene, named, 'moved/', named + 5 * MINUTE);
    const window = (): Partial<VerifyOptions> => ({ from: scene.now() - 36 * HOUR });
    const { state, report } = await night(scene.store, scene.now(), undefined, window());
    expect(report.verdict).toBe('INCONCLUSIVE');
    scene.trail.moveTo({ bucket: PLACE.bucket, prefix: 'moved/' }).hours(2, LOGS);
    expect(await alike(scene, state, window())).toEqual(['LOG_UNLISTED']);
  });

  test('and is spared reading as ever where its new folder was empty', async () => {
    const scene = world(40);
    const { state } = await night(scene.store, scene.now());
    scene.trail.moveTo({ bucket: PLACE.bucket, prefix: 'moved/' }).hours(12, LOGS);
    const { report } = await night(scene.store, scene.now(), state);
    expect([codesOf(report), report.chains[0]?.depth]).toEqual([[], 'chain+listing']);
  });
});

test('a log file planted right above the beginning of a narrow window is found', async () => {
  const scene = world(60);
  const { state } = await night(scene.store, scene.now(), undefined, { from: scene.now() - 36 * HOUR });
  scene.trail.hours(1, LOGS);
  // A digest ends a minute before it, so that what is named then may be named by the one below.
  const from = scene.trail.end - 30 * HOUR + MINUTE;
  plantLog(scene, from + 3 * MINUTE);
  expect(await alike(scene, state, { from })).toEqual(['LOG_UNLISTED']);
});

test('a digest that two windows reach into is read once', async () => {
  // A quiet night reads from 02:12 on, the day before up to 02:00; a digest of the second trail ends at 02:29.
  const { store, trail, now } = world(21);
  const second = new TestTrail({ ...PLACE, store, trail: 'second', startLogging: START + 17 * MINUTE });
  second.hours(21, LOGS);
  const { state } = await night(store, now());
  const log = trail.logAt(5);
  store.put(log.bucket, log.key, store.get(log.bucket, log.key)?.bytes ?? new Uint8Array(), {
    lastModified: now() - MINUTE,
  });
  const { report } = await night(store, now(), state);
  expect(report.state?.days.changed).toEqual(['111122223333/us-east-1/2026-10-05']);
  expect(codesOf(report)).toEqual([]);
  expect(report.totals.digests.valid).toBe(2 * 22);
});

describe('backfill digests', () => {
  test('one that a new one names is read again, and none that it names itself', async () => {
    const { store, trail, now } = world(60);
    for (const hour of [5, 10, 15]) trail.backfill(trail.digestAt(hour), { logs: 1 });
    const { state } = await night(store, now());
    trail.hours(24, LOGS);
    const standard = trail.digests.filter(({ kind }) => kind === 'standard');
    const newest = standard.at(-2);
    if (newest === undefined) throw new Error('no digest');
    trail.backfill(newest, { logs: 1 });
    const { report, counts } = await night(store, now(), state);
    expect(codesOf(report)).toEqual([]);
    // 28 hours, each a digest and a log file; two backfill digests, each with its log file.
    expect(counts.opened).toBe((28 + 2) * 2);
  });

  test('are all read where anything is gone, whatever was put in its place', async () => {
    const scene = world(60);
    const { store, trail, now } = scene;
    const first = trail.backfill(trail.digestAt(5), { logs: 1 });
    trail.backfill(trail.digestAt(40), { logs: 1 });
    const scope = { trails: ['audit'] };
    const { state } = await night(store, now(), undefined, { scope });
    for (const ref of [first, ...first.logs]) deleteObject(store, ref);
    // As many digests as before, of a trail that is none of this run's.
    const bait = { bucket: first.bucket, key: first.key.replace('_audit_', '_bait_') };
    plantObject(store, bait, Buffer.from('bait'), now() - MINUTE);
    plantLog(scene, START + 6 * HOUR);
    const { report } = await night(store, now(), state, { scope });
    expect(codesOf(report)).toContain('DIGEST_MISSING');
  });
});

describe('a state that given keys proved', () => {
  const foreign = publicKeyOf(FOREIGN_KEY);
  const own = TEST_KEYS.map(publicKeyOf);
  const ofPlace = ({ state }: Night): readonly unknown[] | undefined => state?.checkpoint.places[0]?.keys;

  /** A night by `first`, and how deep one by `second` goes that rests on it. */
  async function depthOf(first: KeyRing, second: KeyRing): Promise<string | undefined> {
    const { store, trail, now } = world(40, FOREIGN_KEY);
    const before = await night(store, now(), undefined, { keyRing: first });
    expect(before.report.verdict).toBe('VALID');
    trail.hours(6, { ...LOGS, key: FOREIGN_KEY });
    return (await night(store, now(), before.state, { keyRing: second })).report.chains[0]?.depth;
  }

  test('spares nothing to a run that does not hold them', async () => {
    const { store, trail, now } = world(10, FOREIGN_KEY);
    trail.hours(20, LOGS);
    const before = await night(store, now(), undefined, { keyRing: fileRing([...TEST_KEYS, FOREIGN_KEY]) });
    expect(before.report.verdict).toBe('VALID');
    expect(ofPlace(before)).toHaveLength(2);
    trail.hours(8, LOGS);
    const found = await night(store, now(), before.state);
    expect(new Set(codesOf(found.report))).toEqual(new Set(['DIGEST_KEY_UNKNOWN']));
    expect(found.report.chains[0]?.depth).toBe('full');
  });

  test('records the keys that it needed, once, over the nights', async () => {
    const { store, trail, now } = world(30);
    const first = await night(store, now(), undefined, { keyRing: fileRing([...TEST_KEYS, FOREIGN_KEY]) });
    const [used] = own.filter(({ origin }) => origin === 'test key us-east-1-2026-10-02');
    const recorded = [
      {
        fingerprint: used?.fingerprint,
        sha256: createHash('sha256')
          .update(used?.der ?? new Uint8Array())
          .digest('hex'),
        validTo: '2026-11-01T18:06:29Z',
      },
    ];
    expect(ofPlace(first)).toEqual(recorded);
    trail.hours(8, LOGS);
    const next = await night(store, now(), first.state);
    expect([ofPlace(next), next.report.chains[0]?.depth]).toEqual([recorded, 'chain+listing']);
  });

  const rings: readonly (readonly [string, KeyRing, KeyRing, string])[] = [
    ['to one with a newer file', fixedKeyRing([foreign]), fixedKeyRing([...own, foreign]), 'chain+listing'],
    [
      'to one that says nothing of its Region',
      fixedKeyRing([foreign]),
      fixedKeyRing([{ ...foreign, region: undefined }]),
      'chain+listing',
    ],
    ['to one that asks AWS', fixedKeyRing([foreign]), listedRing(START + 90 * HOUR, [FOREIGN_KEY]), 'full'],
    [
      'to one by which it ends earlier',
      fixedKeyRing([foreign]),
      fixedKeyRing([{ ...foreign, validTo: START + 90 * HOUR }]),
      'full',
    ],
    [
      'to one by which it ends later',
      fixedKeyRing([foreign]),
      fixedKeyRing([{ ...foreign, validTo: (foreign.validTo ?? 0) + HOUR }]),
      'chain+listing',
    ],
    [
      'to one by which it ends, and did not',
      fixedKeyRing([{ ...foreign, validTo: undefined }]),
      fixedKeyRing([foreign]),
      'full',
    ],
    [
      'to one by which it does not end',
      fixedKeyRing([foreign]),
      fixedKeyRing([{ ...foreign, validTo: undefined }]),
      'chain+listing',
    ],
    [
      'to one that found it inside the target',
      fixedKeyRing([foreign]),
      fixedKeyRing([{ ...foreign, distrust: { reason: 'inside-target', detail: 'keys.jsonl' } }]),
      'full',
    ],
  ];
  test.each(rings)('%s', async (_, first, second, depth) => {
    expect(await depthOf(first, second)).toBe(depth);
  });

  test('records no key that AWS listed, and then spares any run as ever', async () => {
    const { store, trail, now } = world(30);
    const before = await night(store, now(), undefined, { keyRing: listedRing(now()) });
    expect(ofPlace(before)).toEqual([]);
    trail.hours(8, LOGS);
    const after = await night(store, now(), before.state);
    expect(after.report.chains[0]?.depth).toBe('chain+listing');
  });

  test('spares nothing where it does not say which', async () => {
    const { store, now } = world(30);
    const { state } = await night(store, now());
    if (state === undefined) throw new Error('the night left no state');
    const places = state.checkpoint.places.map(({ keys: _, ...place }) => place);
    const reported = await night(store, now(), { ...state, checkpoint: { ...state.checkpoint, places } });
    expect(reported.report.chains[0]?.depth).toBe('full');
  });
});
