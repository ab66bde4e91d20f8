/** A state vouches for the stretch of time that its runs have read without a gap, and for nothing below it or between. */
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import type { ReadCheckpoint } from '../../src/state/checkpoint.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';
import { ObjectStore } from '../support/object-store.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, type Night, night } from './night.ts';

const START = Date.parse('2026-10-05T09:12:37Z');
const LOGS = { logs: [{ minute: 40 }] };

interface World {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  readonly now: () => number;
}

function world(hours: number): World {
  const store = new ObjectStore(() => START);
  const place = { store, bucket: 'example-trail-logs', account: '111122223333', region: 'us-east-1' };
  const trail = new TestTrail({ ...place, trail: 'audit', startLogging: START });
  trail.hours(hours, LOGS);
  return { store, trail, now: () => trail.end + HOUR + 30 * MINUTE };
}

function stretchOf({ state }: Night): string | null | undefined {
  return state?.checkpoint.places[0]?.from;
}

/** What a run says of `scene` that rests on `state`, and what one says that reads everything. */
async function both(
  { store, now }: World,
  state: ReadCheckpoint | undefined,
  options: Parameters<typeof night>[3] = {},
): Promise<readonly [Night, Night]> {
  return [await night(store, now(), state, options), await night(store, now(), undefined, options)];
}

function fullDepth({ report }: Night): boolean {
  return report.chains.every(
    ({ depth, trustedFromCheckpoint }) => depth === 'full' && trustedFromCheckpoint?.length === 0,
  );
}

describe('a state that began with a narrow window', () => {
  const windows: readonly (readonly [string, Partial<VerifyOptions>])[] = [
    ['without a beginning', {}],
    ['that begins with the trail', { from: START + HOUR }],
    ['that begins before its first digest', { from: START - 30 * HOUR }],
  ];
  test.each(windows)('spares nothing to a window %s', async (_, options) => {
    const scene = world(60);
    const { store, trail, now } = scene;
    flipContentBit(store, trail.logAt(10));
    deleteObject(store, trail.logAt(15));
    deleteObject(store, trail.digestAt(20));
    const narrow = await night(store, now(), undefined, { from: now() - 20 * HOUR });
    expect(narrow.report.verdict).toBe('VALID');
    const [found, alone] = await both(scene, narrow.state, options);
    expect(found.report.verdict).toBe('INVALID');
    expect(codesOf(found.report)).toEqual(codesOf(alone.report));
    expect(codesOf(found.report)).toEqual(expect.arrayContaining(['LOG_MODIFIED', 'LOG_MISSING']));
    expect(fullDepth(found)).toBe(true);
    // What was not proven leaves the state as it was.
    expect(found.state).toBe(narrow.state);
  });

  test('goes down as far as a later run has read', async () => {
    const { store, trail, now } = world(60);
    const narrow = await night(store, now(), undefined, { from: now() - 20 * HOUR });
    const whole = await night(store, now(), narrow.state);
    expect(codesOf(whole.report)).toEqual([]);
    expect(stretchOf(whole)).toBeNull();
    expect(whole.state?.checkpoint.places[0]?.chains[0]?.digests).toBe(61);
    trail.hours(24, LOGS);
    const next = await night(store, now(), whole.state);
    expect(next.report.chains[0]?.depth).toBe('chain+listing');
    expect(next.counts.opened).toBe(28 * 2);
  });

  test('a window that moves on night by night still costs only what is new', async () => {
    const { store, trail, now } = world(60);
    flipContentBit(store, trail.logAt(3));
    let state: ReadCheckpoint | undefined;
    for (let index = 0; index < 3; index += 1) {
      const quiet = await night(store, now(), state, { from: now() - 36 * HOUR - 1 });
      expect(codesOf(quiet.report)).toEqual([]);
      if (index > 0) expect(quiet.counts.opened).toBe(28 * 2);
      ({ state } = quiet);
      trail.hours(24, LOGS);
    }
    expect(codesOf((await night(store, now(), state)).report)).toContain('LOG_MODIFIED');
  });
});

describe('a run that jumps', () => {
  test('vouches for the later stretch alone', async () => {
    const { store, trail, now } = world(20);
    const first = await night(store, now());
    expect(stretchOf(first)).toBeNull();
    trail.hours(80, LOGS);
    flipContentBit(store, trail.logAt(50));
    deleteObject(store, trail.logAt(45));
    const later = await night(store, now(), first.state, { from: now() - 20 * HOUR });
    expect(later.report.verdict).toBe('VALID');
    expect(Date.parse(stretchOf(later) ?? '')).toBe(now() - 20 * HOUR);
    const found = await night(store, now(), later.state);
    expect(codesOf(found.report)).toEqual(['LOG_MISSING', 'LOG_MODIFIED']);
  });

  test('a window that began above the checkpoint takes the days below it from the state', async () => {
    const { store, trail, now } = world(60);
    const first = await night(store, now());
    flipContentBit(store, trail.logAt(5));
    // That day is not read, nor is it compared.
    const narrow = await night(store, now(), first.state, { from: now() - 20 * HOUR });
    expect(codesOf(narrow.report)).toEqual([]);
    expect(codesOf((await night(store, now(), narrow.state)).report)).toContain('LOG_MODIFIED');
  });

  test('a window that ends before the checkpoint leaves the state as it is', async () => {
    const { store, trail, now } = world(60);
    const first = await night(store, now());
    flipContentBit(store, trail.logAt(45));
    const past = await night(store, now(), first.state, { to: START + 20 * HOUR });
    expect(past.state).toBe(first.state);
    expect(codesOf((await night(store, now(), past.state)).report)).toContain('LOG_MODIFIED');
  });
});

test('digests that come below what was read are read', async () => {
  const { store, trail, now } = world(30);
  const older = [...trail.digests];
  trail.restart(trail.end + 2 * HOUR).hours(30, LOGS);
  flipContentBit(store, trail.logAt(10));
  const hidden = store.clone();
  for (const digest of older) deleteObject(hidden, digest);
  const first = await night(hidden, now());
  expect(first.report.verdict).toBe('VALID');
  const found = await night(store, now(), first.state);
  expect(codesOf(found.report)).toEqual(codesOf((await night(store, now())).report));
  expect(codesOf(found.report)).toContain('LOG_MODIFIED');
});

describe('a run that went without something', () => {
  const notChecked: readonly (readonly [string, Parameters<typeof night>[3]])[] = [
    ['trusted the keys of an endpoint', { memory: { trustsEndpointKeys: true } }],
    ['did not look for unlisted log files', { unlisted: false }],
    ['did not read log files', { logs: false }],
    [
      'took another bucket for the one that the digests name',
      { relocated: [{ from: 'signed-bucket', to: 'other-bucket' }] },
    ],
  ];
  test.each(notChecked)('that %s spares a stricter one nothing', async (_, options) => {
    const { store, trail, now } = world(40);
    const first = await night(store, now(), undefined, options);
    expect(first.report.verdict).toBe('VALID');
    trail.hours(24, LOGS);
    const alike = await night(store, now(), first.state, options);
    expect(alike.report.chains[0]?.depth).toBe('chain+listing');
    const strict = await night(store, now(), alike.state);
    expect(fullDepth(strict)).toBe(true);
    expect(codesOf(strict.report)).toEqual([]);
    // What the strict one has read it vouches for, to strict runs and to others.
    expect((await night(store, now(), strict.state)).report.chains[0]?.depth).toBe('chain+listing');
    expect((await night(store, now(), strict.state, options)).report.chains[0]?.depth).toBe('chain+listing');
  });
});

test('a state that does not say from when on it was read spares nothing', async () => {
  const { store, now } = world(40);
  const { state } = await night(store, now());
  if (state === undefined) throw new Error('the night left no state');
  const places = state.checkpoint.places.map(({ from: _, ...place }) => place);
  const reported = await night(store, now(), { ...state, checkpoint: { ...state.checkpoint, places } });
  expect(codesOf(reported.report)).toEqual([]);
  expect(fullDepth(reported)).toBe(true);
  expect(stretchOf(reported)).toBeNull();
});
