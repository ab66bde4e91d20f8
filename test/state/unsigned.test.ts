/** A state that nobody known vouches for may find; it never spares reading, and never becomes proof by being taken over. */
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/base/clock.ts';
import {
  formatCheckpoint,
  type PlaceCheckpoint,
  type ReadCheckpoint,
  stateFileBytes,
} from '../../src/state/checkpoint.ts';
import { listDays } from '../../src/state/list-days.ts';
import { readCheckpoint } from '../../src/state/read-checkpoint.ts';
import { deleteFolder, deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, type Night, night } from './night.ts';

const START = Date.parse('2026-10-05T09:12:37Z');
const BUCKET = 'example-trail-logs';
const CUT = { logs: [{ minute: 40 }] };

interface World {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  readonly other: TestTrail;
  readonly before: Night;
  readonly now: () => number;
}

async function world(days = 4): Promise<World> {
  const store = new ObjectStore(() => START);
  const place = { store, bucket: BUCKET, account: '111122223333', trail: 'audit', startLogging: START };
  const trail = new TestTrail({ ...place, region: 'us-east-1' });
  const other = new TestTrail({ ...place, region: 'eu-west-1', homeRegion: 'us-east-1' });
  for (const one of [trail, other]) one.hours(24 * days, CUT);
  const now = (): number => trail.end + HOUR + 30 * MINUTE;
  return { store, trail, other, now, before: await night(store, now()) };
}

/** The state of a night as nobody's word. */
function untrusted({ state }: Night): ReadCheckpoint {
  if (state === undefined) throw new Error('the night left no state');
  return { ...state, signer: null, isBySigner: false };
}

/** The state of the night before, its days written anew as the store lists them now: nothing has changed since. */
async function plantedOver({ store, now, before }: World): Promise<ReadCheckpoint> {
  const { checkpoint } = untrusted(before);
  const places: PlaceCheckpoint[] = [];
  for (const place of checkpoint.places) {
    const { account, region } = place;
    const families = ['CloudTrail', 'CloudTrail-Digest'];
    const folders = [{ bucket: BUCKET, prefix: '', account, families }];
    const request = { from: undefined, cut: null, decided: Number.POSITIVE_INFINITY, known: {}, now: now() };
    const { days, cut } = await listDays(memorySource(store), { account, region, folders }, request);
    places.push({
      ...place,
      cut,
      days: Object.fromEntries([...days].map(([day, { record }]) => [day, record])),
    });
  }
  const bytes = await stateFileBytes(formatCheckpoint({ ...checkpoint, places }), undefined, now());
  return readCheckpoint(bytes, 'state.json', undefined);
}

function limitsOf({ report }: Night): readonly string[] {
  return report.limits.map(({ code }) => code);
}

describe('a state made over a tampered listing', () => {
  const acts: readonly (readonly [string, (world: World) => void, readonly string[]])[] = [
    ['a changed log file', ({ store, trail }) => flipContentBit(store, trail.logAt(20, 0)), ['LOG_MODIFIED']],
    ['a deleted log file', ({ store, trail }) => deleteObject(store, trail.logAt(20, 0)), ['LOG_MISSING']],
    ['a deleted digest', ({ store, trail }) => deleteObject(store, trail.digestAt(20)), ['DIGEST_MISSING']],
  ];
  test.each(acts)('%s is read and found', async (_, act, codes) => {
    const scene = await world();
    act(scene);
    const planted = await plantedOver(scene);
    const found = await night(scene.store, scene.now(), planted);
    expect(codesOf(found.report)).toEqual(expect.arrayContaining([...codes]));
    expect(found.report.verdict).toBe('INVALID');
    expect(
      found.report.chains.every(
        ({ depth, trustedFromCheckpoint }) => depth === 'full' && trustedFromCheckpoint?.length === 0,
      ),
    ).toBe(true);
    expect(found.report.state?.read).toMatchObject({ trustedBy: null });
    expect(limitsOf(found)).toContain('STATE_UNSIGNED');
    expect(limitsOf(found)).not.toContain('CHECKPOINT_VOUCHES');
  });
});

test('an honest one leaves an honest trail VALID, and everything is read', async () => {
  const { store, trail, other, now, before } = await world();
  for (const one of [trail, other]) one.hours(24, CUT);
  const after = await night(store, now(), untrusted(before), { memory: { relist: false } });
  expect(after.report.verdict).toBe('VALID');
  expect(after.report.findings).toEqual([]);
  const full = await night(store, now());
  expect(after.report.totals).toEqual(full.report.totals);
  // What it leaves is what this run proved alone.
  expect(after.next?.checkpoint.places).toEqual(full.next?.checkpoint.places);
  expect(after.next?.checkpoint.previous).toBe(before.next?.sha256);
});

test('it still finds what vanished, was cut back or shrank', async () => {
  const { store, trail, now, before } = await world();
  deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/');
  deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail/eu-west-1/');
  for (const index of [-1, -2, -3, -4, -5]) deleteObject(store, trail.digestAt(index));
  const codes = codesOf((await night(store, now(), untrusted(before))).report);
  expect(codes).toContain('CHAIN_VANISHED');
  expect(codes).toContain('CHAIN_ROLLED_BACK');
  expect(codes).toContain('LISTING_SHRUNK');
});

test('a day that shrank is told although a chain is new', async () => {
  const { store, trail, now, before } = await world();
  deleteObject(store, trail.digestAt(30));
  const place = { store, bucket: BUCKET, account: '111122223333', region: 'us-east-1' };
  new TestTrail({ ...place, trail: 'second', startLogging: trail.end - 3 * HOUR }).hours(3, CUT);
  expect(codesOf((await night(store, now(), before.state)).report)).toContain('LISTING_SHRUNK');
});

describe('the hash of the very state, given by the caller', () => {
  test('vouches for it', async () => {
    const { store, trail, other, now, before } = await world();
    for (const one of [trail, other]) one.hours(24, CUT);
    const memory = { required: before.next?.sha256 ?? '' };
    const after = await night(store, now(), untrusted(before), { memory });
    expect(after.report.verdict).toBe('VALID');
    expect(after.report.state?.read?.trustedBy).toBe('hash');
    expect(after.report.chains.every(({ depth }) => depth === 'chain+listing')).toBe(true);
    expect(after.report.limits.map(({ text }) => text).join()).toContain('given with --require-checkpoint');
  });

  test('that it followed the required one is its own word: unproven', async () => {
    const { store, trail, other, now, before } = await world();
    for (const one of [trail, other]) one.hours(24, CUT);
    const after = await night(store, now(), before.state);
    for (const required of [before.next?.sha256 ?? '', START]) {
      const { report, next } = await night(store, now(), untrusted(after), { memory: { required } });
      expect(report.verdict).toBe('INCONCLUSIVE');
      expect(codesOf(report)).toEqual(['STATE_BEHIND']);
      expect(report.findings.map(({ weight }) => weight)).toEqual(['unproven']);
      expect(next).toBeUndefined();
    }
    const behind = await night(store, now(), untrusted(after), { memory: { required: 'f'.repeat(64) } });
    expect(behind.report.verdict).toBe('INVALID');
  });
});

describe('what is taken over from it', () => {
  test('stays hearsay, however well the next state is vouched for', async () => {
    const scene = await world();
    const { store, trail, other, now } = scene;
    // One place is held back by a violation; the other moves on, and the state with it.
    flipContentBit(store, other.logAt(20, 0));
    trail.hours(24, CUT);
    const planted = await plantedOver(scene);
    const first = await night(store, now(), planted);
    expect(codesOf(first.report)).toContain('LOG_MODIFIED');
    expect(first.next?.checkpoint.places.map(({ region, untrusted: is }) => [region, is])).toEqual([
      ['eu-west-1', true],
      ['us-east-1', undefined],
    ]);
    const second = await night(store, now(), first.state);
    expect(codesOf(second.report)).toContain('LOG_MODIFIED');
    expect(second.report.chains.map(({ region, depth }) => [region, depth])).toEqual([
      ['eu-west-1', 'full'],
      ['us-east-1', 'chain+listing'],
    ]);
    expect(second.next).toMatchObject({ checkpoint: { places: [{ untrusted: true }, {}] } });
  });

  test('is proof again where a run has read it', async () => {
    const { store, now, before } = await world(2);
    const places = (before.state?.checkpoint.places ?? []).map((place) => ({
      ...place,
      untrusted: true as const,
    }));
    const state = { ...untrusted(before), isBySigner: true };
    const marked = { ...state, checkpoint: { ...state.checkpoint, places } };
    const after = await night(store, now() + DAY / 24, marked);
    expect(after.report.verdict).toBe('VALID');
    expect(after.report.chains.every(({ depth }) => depth === 'full')).toBe(true);
    expect(after.next?.checkpoint.places.some(({ untrusted: is }) => is === true)).toBe(false);
  });
});
