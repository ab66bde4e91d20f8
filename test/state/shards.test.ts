/** A state whose runs merge what others read: only what is new is planned, and only who takes the same word is spared reading. */
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import { ShardResults } from '../../src/scale/shard-results.ts';
import type { Source } from '../../src/source/source.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { TOOL } from '../support/shard-run.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, type Night, night, nightTwice, shardsFor, TRUSTED } from './night.ts';

const START = Date.parse('2026-10-05T09:12:37Z');
const BUCKET = 'example-trail-logs';

interface World {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  readonly now: () => number;
  readonly hours: (count: number) => void;
}

function world(): World {
  const store = new ObjectStore(() => START);
  const place = { store, bucket: BUCKET, account: '111122223333', region: 'us-east-1' };
  const trail = new TestTrail({ ...place, trail: 'audit', startLogging: START });
  const hours = (count: number): void => void trail.hours(count, { logs: [{ minute: 40 }] });
  hours(72);
  return { store, trail, hours, now: () => trail.end + HOUR + 30 * MINUTE };
}

/** A night whose log files others read: those of `trusted`, which is the run's own signer too unless `own` is another. */
async function mergedNight(
  { store, now }: World,
  {
    previous,
    own,
    source,
  }: Partial<Parameters<typeof night>[3]> & {
    readonly previous?: Night['state'];
    readonly own?: string;
    readonly source?: Source;
  } = {},
): Promise<Night> {
  const { plan, results } = await shardsFor(store, now(), previous);
  const shards = new ShardResults(plan, { tool: TOOL, store: results, trusted: TRUSTED, own });
  return night(source ?? store, now(), previous, { shards });
}

const [worker = ''] = TRUSTED;

test('the plan of a later night has no more than what is new, and four hours', async () => {
  const scene = world();
  const { store, hours, now } = scene;
  const before = await mergedNight(scene, { own: worker });
  expect(before.report.verdict).toBe('VALID');
  hours(24);
  const { plan } = await shardsFor(store, now(), before.state);
  expect(plan.document.shards.digests).toBe(28);
  // The shards read no more than that either: each a digest and its log file, of which the merge reads none.
  const after = await mergedNight(scene, { previous: before.state, own: worker });
  expect(after.report.verdict).toBe('VALID');
  expect(after.counts.opened).toBe(0);
  expect(after.state?.checkpoint.previous).toBe(before.next?.sha256);
});

test('a chain that the state does not know has all of its place planned', async () => {
  const scene = world();
  const before = await mergedNight(scene, { own: worker });
  const { store, trail, now } = scene;
  const other = new TestTrail({
    store,
    bucket: BUCKET,
    account: '111122223333',
    region: 'us-east-1',
    trail: 'another',
    startLogging: trail.end,
  });
  scene.hours(3);
  other.hours(3);
  const { plan } = await shardsFor(store, now(), before.state);
  expect(plan.document.shards.digests).toBe(73 + 3 + 4);
  await nightTwice(store, now(), before.state);
});

describe('what is done to an object that the state proves', () => {
  const acts: readonly (readonly [string, (scene: World) => void, string])[] = [
    ['a log file is changed', ({ store, trail }) => flipContentBit(store, trail.logAt(10)), 'LOG_MODIFIED'],
    ['a log file is deleted', ({ store, trail }) => deleteObject(store, trail.logAt(10)), 'LOG_MISSING'],
    ['a digest is deleted', ({ store, trail }) => deleteObject(store, trail.digestAt(10)), 'DIGEST_MISSING'],
  ];
  test.each(acts)('%s before the plan: no shard reads it, and the merge does', async (_, act, code) => {
    const scene = world();
    const before = await mergedNight(scene, { own: worker });
    scene.hours(24);
    act(scene);
    const after = await nightTwice(scene.store, scene.now(), before.state);
    expect(codesOf(after.report)).toContain(code);
    expect(after.next).toBeUndefined();
  });
});

describe('a change between the reading of a shard and the merge', () => {
  /** A source in which `act` happens as soon as a folder of log files of the last day was listed for the `nth` time. */
  function changing({ store, trail }: World, nth: number, act: () => void): Source {
    const source = memorySource(store);
    const { key } = trail.logAt(70);
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    let seen = 0;
    return {
      ...source,
      list: async function* (request) {
        yield* source.list(request);
        if (folder.startsWith(request.prefix) && ++seen === nth) act();
      },
    };
  }

  test.each([1, 2, 3])('after listing %i: found now, or on the next night', async (nth) => {
    const scene = world();
    const { store, trail, hours } = scene;
    let isDone = false;
    const source = changing(scene, nth, () => {
      isDone = true;
      flipContentBit(store, trail.logAt(70));
    });
    const first = await mergedNight(scene, { source, own: worker });
    expect(isDone).toBe(true);
    const found = codesOf(first.report);
    hours(24);
    const second = await mergedNight(scene, { previous: first.state, own: worker });
    expect([...found, ...codesOf(second.report)]).toContain('LOG_MODIFIED');
  });
});

test('what was listed of a place before its days were recorded is listed again', async () => {
  const scene = world();
  const { store, trail, now } = scene;
  const { plan, results } = await shardsFor(store, now());
  const shards = new ShardResults(plan, { tool: TOOL, store: results, trusted: TRUSTED });
  const over = shards.over(memorySource(store));
  const how = { maxBytes: 1_000_000, retry: true } as const;
  const before = await over.open(trail.digestAt(10), how);
  deleteObject(store, trail.digestAt(10));
  // As listed a moment ago, it is still there.
  expect((await over.open(trail.digestAt(10), how)).bytes).toEqual(before.bytes);
  const {
    bucket,
    account,
    region,
    prefix = '',
  } = { bucket: BUCKET, account: '111122223333', region: 'us-east-1' };
  const folders = [{ bucket, account, prefix, families: ['CloudTrail', 'CloudTrail-Digest'] }];
  shards.listAnew({ account, region, folders });
  await expect(over.open(trail.digestAt(10), how)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
});

describe('the word of others', () => {
  test('is in the state, and spares no reading to a run that does not take it', async () => {
    const scene = world();
    const first = await mergedNight(scene);
    expect(first.state?.checkpoint.places[0]?.notChecked).toEqual([`shards of ${worker}`]);
    scene.hours(24);
    const alone = await night(scene.store, scene.now(), first.state);
    expect(alone.report.chains[0]?.depth).toBe('full');
    const other = await mergedNight(scene, { previous: first.state });
    expect(other.report.chains[0]?.depth).toBe('chain+listing');
  });

  test("is none where the run's own signer read", async () => {
    const scene = world();
    const first = await mergedNight(scene, { own: worker });
    expect(first.state?.checkpoint.places[0]?.notChecked ?? []).toEqual([]);
    scene.hours(24);
    const alone = await night(scene.store, scene.now(), first.state);
    expect(alone.report.chains[0]?.depth).toBe('chain+listing');
  });
});

test('a shard without a result keeps the state where it is', async () => {
  const scene = world();
  const { store, now } = scene;
  const before = await mergedNight(scene, { own: worker });
  scene.hours(24);
  const { plan, results } = await shardsFor(store, now(), before.state);
  const lost = { ...results, names: async (shard: number) => (shard === 1 ? [] : results.names(shard)) };
  const shards = new ShardResults(plan, { tool: TOOL, store: lost, trusted: TRUSTED, own: worker });
  const after = await night(store, now(), before.state, { shards });
  expect(codesOf(after.report)).toContain('SHARD_UNPROVEN');
  expect(after.next).toBeUndefined();
});
