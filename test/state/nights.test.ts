import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/base/clock.ts';
import type { ListedObject, ObjectRef, Source } from '../../src/source/source.ts';
import { deleteFolder, deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { gzip } from '../support/test-gzip.ts';
import { TestTrail } from '../support/test-trail.ts';
import { codesOf, type Night, nightTwice as night } from './night.ts';

const START = Date.parse('2026-10-05T09:12:37Z');
const BUCKET = 'example-trail-logs';

interface Growing {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  readonly now: () => number;
  /** Lets a day of digests and log files come. */
  readonly day: () => void;
}

function growing(days: number): Growing {
  const store = new ObjectStore(() => START);
  const place = { store, bucket: BUCKET, account: '111122223333', region: 'us-east-1' };
  const trail = new TestTrail({ ...place, trail: 'audit', startLogging: START });
  // A digest comes half an hour after its window: by then nothing older is still to come.
  const day = (): void => void trail.hours(24, { logs: [{ minute: 40 }, { minute: 50 }] });
  for (let index = 0; index < days; index += 1) day();
  return { store, trail, day, now: () => trail.end + HOUR + 30 * MINUTE };
}

async function first(days: number): Promise<Growing & { readonly before: Night }> {
  const world = growing(days);
  return { ...world, before: await night(world.store, world.now()) };
}

describe('a quiet night', () => {
  test('reads what is new and is vouched for the rest', async () => {
    const { store, trail, day, now, before } = await first(10);
    expect(before.report.verdict).toBe('VALID');
    expect(before.report.chains[0]).toMatchObject({ depth: 'full', trustedFromCheckpoint: [] });
    expect(before.report.state).toMatchObject({ read: null, held: [], checkpoint: before.next?.sha256 });
    expect(before.state?.checkpoint.places[0]?.chains[0]).toMatchObject({ digests: 241, logs: 480 });
    day();
    const quiet = await night(store, now(), before.state);
    expect(quiet.report.findings).toEqual([]);
    expect(quiet.report.verdict).toBe('VALID');
    expect(quiet.report.state).toMatchObject({
      read: { sha256: before.next?.sha256 },
      days: { changed: [] },
    });
    expect(quiet.report.chains[0]?.depth).toBe('chain+listing');
    const last = new Date(trail.end - 28 * HOUR).toISOString().slice(0, 19);
    expect(quiet.report.chains[0]?.trustedFromCheckpoint).toEqual([
      { from: '2026-10-05T09:12:37Z', to: `${last}Z` },
    ]);
    expect(quiet.report.chains[0]?.covered).toEqual([
      { from: `${last}Z`, to: `${new Date(trail.end).toISOString().slice(0, 19)}Z` },
    ]);
    expect(quiet.state?.checkpoint).toMatchObject({ previous: before.next?.sha256 });
    expect(quiet.state?.checkpoint.places[0]?.chains[0]).toMatchObject({ digests: 265, logs: 528 });
    // A day and four hours, each of a digest and two log files; the listing costs a few pages.
    expect(quiet.counts.opened).toBe(28 * 3);
    expect(quiet.counts.pages + quiet.counts.folders).toBeLessThan(20);
    expect(quiet.report.limits.map(({ code }) => code)).toContain('CHECKPOINT_VOUCHES');
  });

  test('a night on which nothing came proves the checkpoint again', async () => {
    const { store, now, before } = await first(3);
    const quiet = await night(store, now() + HOUR, before.state);
    expect(codesOf(quiet.report)).toEqual([]);
    expect(quiet.counts.opened).toBe(4 * 3);
  });
});

describe('what happened between two nights', () => {
  const acts: readonly (readonly [string, (world: Growing) => void, readonly string[]])[] = [
    [
      'a log file of an old day is changed',
      ({ store, trail }) => flipContentBit(store, trail.logAt(40, 1)),
      ['LOG_CHANGED_SINCE_CHECKPOINT', 'LOG_MODIFIED'],
    ],
    [
      'a log file of an old day is deleted',
      ({ store, trail }) => deleteObject(store, trail.logAt(40, 1)),
      ['LISTING_SHRUNK', 'LOG_MISSING', 'LOG_VANISHED_SINCE_CHECKPOINT'],
    ],
    [
      'a digest of an old day is deleted',
      ({ store, trail }) => deleteObject(store, trail.digestAt(40)),
      ['DIGEST_MISSING', 'LISTING_SHRUNK'],
    ],
    [
      'a file is planted in an old day',
      ({ store, now }) =>
        void store.put(
          BUCKET,
          'AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/07/111122223333_CloudTrail_us-east-1_20261007T1200Z_AAAAAAAAAAAAAAAA.json.gz',
          Buffer.from('planted'),
          { lastModified: now() },
        ),
      ['LOG_UNLISTED'],
    ],
    [
      'the end of the chain is cut off beyond the checkpoint',
      ({ store, trail }) => {
        for (let index = -1; index >= -10; index -= 1) deleteObject(store, trail.digestAt(index));
      },
      ['CHAIN_ENDS_EARLY', 'CHAIN_ROLLED_BACK', 'LISTING_SHRUNK', 'LISTING_SHRUNK'],
    ],
    [
      'the checkpointed digest is gone and the chain begins anew',
      ({ store, trail }) => {
        deleteObject(store, trail.digestAt(-1));
        trail.restart(trail.end + 2 * HOUR).hours(3, { logs: 1 });
      },
      ['CHAIN_REWRITTEN', 'CHAIN_RESTARTED'],
    ],
    [
      'everything is deleted but the newest log files',
      ({ store }) => deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/'),
      ['CHAIN_ABSENT', 'CHAIN_VANISHED', 'LISTING_SHRUNK', 'NOTHING_VERIFIED'],
    ],
    [
      'everything is deleted',
      ({ store }) => deleteFolder(store, BUCKET, 'AWSLogs/'),
      ['CHAIN_VANISHED', 'NOTHING_VERIFIED'],
    ],
  ];

  test.each(acts)('%s', async (_, act, codes) => {
    const { before, ...world } = await first(5);
    act(world);
    const after = await night(world.store, world.now() + HOUR, before.state);
    expect([...new Set(codesOf(after.report))]).toEqual([...new Set(codes)].sort());
    // The checkpoint stays, so that the next night finds it again.
    expect(after.state).toBe(before.state);
    const again = await night(world.store, world.now() + HOUR + 10 * MINUTE, after.state);
    expect([...new Set(codesOf(again.report))]).toEqual([...new Set(codes)].sort());
  });
});

/** The store as a listing shows it that reads its log files at one time and its digests at another. */
function listedAt(store: ObjectStore, logs: number, digests: number): Source {
  const source = memorySource(store);
  const isSeen = ({ key, lastModified = 0 }: ListedObject): boolean =>
    lastModified <= (key.includes('/CloudTrail-Digest/') ? digests : logs);
  return {
    ...source,
    list: async function* (request) {
      for await (const page of source.list(request)) yield page.filter(isSeen);
    },
  };
}

describe('while a listing is under way', () => {
  /** Days of log files; a digest's delivery on the last one, and a log file that came within minutes before it. */
  function busy(): {
    readonly store: ObjectStore;
    readonly trail: TestTrail;
    readonly digest: number;
    readonly log: number;
  } {
    const store = new ObjectStore(() => START);
    const place = { store, bucket: BUCKET, account: '111122223333', region: 'us-east-1' };
    const trail = new TestTrail({ ...place, trail: 'audit', startLogging: START });
    trail.hours(3 * 24, { logs: Array.from({ length: 15 }, (_, index) => ({ minute: 4 * index })) });
    const writtenAt = ({ bucket, key }: ObjectRef): number => store.get(bucket, key)?.lastModified ?? 0;
    const logs = trail.logFiles.map(writtenAt);
    for (const digest of trail.digests.slice(-22, -16).map(writtenAt)) {
      const log = logs.find((time) => time > digest - 4 * MINUTE && time < digest);
      if (log !== undefined) return { store, trail, digest, log };
    }
    throw new Error('no log file came just before a digest');
  }

  test('what is written then takes no day for changed in the next night', async () => {
    const { store, trail, digest, log } = busy();
    const before = await night(listedAt(store, log - 1, digest), digest);
    expect(codesOf(before.report)).toEqual([]);
    const [place] = before.state?.checkpoint.places ?? [];
    expect(place?.cut).toBe(digest - 5 * MINUTE);
    expect(Object.values(place?.days ?? {}).flatMap(({ fresh = [] }) => fresh)).not.toEqual([]);
    const after = await night(store, trail.end + 90 * MINUTE, before.state);
    expect(codesOf(after.report)).toEqual([]);
    expect(after.report.state?.days.changed).toEqual([]);
    expect(after.counts.opened).toBeLessThan(27 * 16);
  });

  test('what was written again just before it, and deletes it the next day, is found', async () => {
    const { store, trail, digest: late } = busy();
    // In an old day, and in the day of the checkpoint below everything that is read anyway.
    for (const log of [trail.logAt(20), trail.logAt(-27)]) {
      const copy = store.clone();
      const bytes = copy.get(log.bucket, log.key)?.bytes ?? new Uint8Array();
      copy.put(log.bucket, log.key, bytes, { lastModified: late - 2 * MINUTE });
      const before = await night(listedAt(copy, late, late), late);
      expect(codesOf(before.report)).toEqual([]);
      const quiet = await night(copy, trail.end + 90 * MINUTE, before.state);
      expect(codesOf(quiet.report)).toEqual([]);
      expect(quiet.report.state?.days.changed).toEqual([]);
      deleteObject(copy, log);
      const after = await night(copy, trail.end + 90 * MINUTE, before.state);
      expect(codesOf(after.report)).toContain('LOG_VANISHED_SINCE_CHECKPOINT');
    }
  });

  test('a bucket that is being filled is told by its days alone', async () => {
    const { store, trail, digest: late } = busy();
    for (let index = 0; index < 5001; index += 1)
      store.put(
        BUCKET,
        `AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/10/06/${index}.json.gz`,
        gzip(''),
        {
          lastModified: late - 1000,
        },
      );
    const before = await night(listedAt(store, late, late), late, undefined, { unlisted: false });
    const [place] = before.state?.checkpoint.places ?? [];
    expect(place?.cut).toBe(late);
    expect(Object.values(place?.days ?? {}).every(({ fresh }) => fresh === undefined)).toBe(true);
    const after = await night(store, trail.end + 90 * MINUTE, before.state, { unlisted: false });
    expect(after.report.state?.days.changed).toEqual([]);
  });
});

describe('what is no alarm', () => {
  test('late log files with their backfill digest', async () => {
    const { store, trail, day, now, before } = await first(5);
    day();
    trail.backfill(trail.digestAt(40), { logs: 2 });
    const after = await night(store, now(), before.state);
    expect(codesOf(after.report)).toEqual([]);
    expect(after.report.state?.days.changed).toEqual(['111122223333/us-east-1/2026-10-07']);
    expect(after.state?.checkpoint.places[0]?.chains.map(({ kind }) => kind)).toEqual([
      'standard',
      'backfill',
    ]);
    // Both gone together leaves no trace but in memory.
    const lost = trail.digests.find(({ kind }) => kind === 'backfill');
    if (lost === undefined) throw new Error('no backfill digest');
    for (const ref of [lost, ...lost.logs]) deleteObject(store, ref);
    day();
    const found = await night(store, now(), after.state);
    expect(codesOf(found.report)).toEqual(['CHAIN_VANISHED', 'LISTING_SHRUNK']);
  });

  test('an object written again with the same content', async () => {
    const { store, trail, day, now, before } = await first(5);
    day();
    const { bucket, key } = trail.logAt(40);
    const held = store.get(bucket, key);
    store.put(bucket, key, held?.bytes ?? new Uint8Array(), { lastModified: now() - HOUR });
    const after = await night(store, now(), before.state);
    expect(codesOf(after.report)).toEqual([]);
    expect(after.report.state?.days.changed).toEqual(['111122223333/us-east-1/2026-10-07']);
    expect((await night(store, now(), after.state)).report.state?.days.changed).toEqual([]);
  });

  test('days that the window leaves behind may expire', async () => {
    const { store, trail, day, now } = await first(10);
    const before = await night(store, now(), undefined, { from: trail.end - 5 * DAY });
    deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/07/');
    deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/10/07/');
    day();
    const after = await night(store, now(), before.state, { from: trail.end - 5 * DAY });
    expect(codesOf(after.report)).toEqual([]);
    expect(after.report.state?.days.changed).toEqual([]);
    expect(Object.keys(after.state?.checkpoint.places[0]?.days ?? {})[0]).toBe('2026-10-11');
  });

  test('a night that --from would begin above the checkpoint still comes down to it', async () => {
    const { store, trail, day, now, before } = await first(5);
    for (let index = 0; index < 3; index += 1) day();
    const after = await night(store, now(), before.state, { from: trail.end - DAY - 60 * HOUR });
    expect(codesOf(after.report)).toEqual([]);
    expect(after.report.totals.digests.valid).toBe(3 * 24 + 4);
  });

  test('two trails out of step in one folder', async () => {
    const { store, trail, day, now } = await first(1);
    const place = { store, bucket: BUCKET, account: '111122223333', region: 'us-east-1', trail: 'second' };
    const second = new TestTrail({ ...place, startLogging: START + 30 * MINUTE });
    second.hours(23, { logs: [{ minute: 40 }] });
    // Its digest is still to come, while that of the other trail is there already.
    second.undigested([{ minute: 10 }], second.end, second.end + HOUR);
    const before = await night(store, trail.end + 35 * MINUTE);
    expect(codesOf(before.report)).toEqual([]);
    // When it has come and does not name that file, the file is nobody's.
    day();
    second.hours(24, { logs: [{ minute: 40 }] });
    expect(codesOf((await night(store, now(), before.state)).report)).toEqual(['LOG_UNLISTED']);
  });

  test('a new Region, and a second trail in a known one', async () => {
    const { store, trail, day, now, before } = await first(3);
    const place = { store, bucket: BUCKET, account: '111122223333', startLogging: trail.end };
    day();
    new TestTrail({ ...place, region: 'eu-west-1', trail: 'audit', homeRegion: 'us-east-1' }).hours(24);
    new TestTrail({ ...place, region: 'us-east-1', trail: 'second' }).hours(24);
    const after = await night(store, now(), before.state);
    expect(codesOf(after.report)).toEqual([]);
    expect(after.report.chains.map(({ depth }) => depth)).toEqual(['full', 'full', 'full']);
    day();
    const next = await night(store, now(), after.state, { scope: {} });
    expect(next.report.chains.map(({ depth }) => depth)).toEqual([
      'chain+listing',
      'chain+listing',
      'chain+listing',
    ]);
    // The trails that came to an end are told of, and hold nobody back.
    expect([...new Set(codesOf(next.report))]).toEqual(['CHAIN_ENDS_EARLY']);
    expect(next.report.state?.held).toEqual([]);
  });
});

describe('what a run is asked for', () => {
  test('a sample of the old days, drawn by a seed that the report tells', async () => {
    const { store, day, now, before } = await first(10);
    day();
    const memory = { sample: { rate: 0.3, seed: 'a seed' } };
    const drawn = await night(store, now(), before.state, { memory });
    const { sampled = [], unchanged = 0 } = drawn.report.state?.days ?? {};
    expect(drawn.report.state?.sample).toEqual(memory.sample);
    expect(sampled.length).toBeGreaterThan(0);
    expect(unchanged).toBeGreaterThan(0);
    expect((await night(store, now(), before.state, { memory })).report.state?.days.sampled).toEqual(sampled);
    const all = await night(store, now(), before.state, { memory: { sample: { rate: 1, seed: 'x' } } });
    expect(all.report.state?.days.unchanged).toBe(0);
    expect(all.report.totals.digests.valid).toBe(1 + 11 * 24);
  });

  test('a change behind an unchanged listing is found by the sample alone', async () => {
    const { store, trail, now, before } = await first(5);
    const source = await import('../support/memory-source.ts');
    flipContentBit(store, trail.logAt(40, 1));
    const changed = source.memorySource(store);
    const listed = source.memorySource((await first(5)).store);
    const blind = { ...changed, list: listed.list };
    const memory = { sample: { rate: 1, seed: 'x' } };
    expect((await night(blind, now(), before.state)).report.verdict).toBe('VALID');
    expect(codesOf((await night(blind, now(), before.state, { memory })).report)).toEqual([
      'LOG_CHANGED_SINCE_CHECKPOINT',
      'LOG_MODIFIED',
    ]);
  });

  test('no share of days that are not listed: it is refused', async () => {
    const { store, now, before } = await first(3);
    const memory = { relist: false, sample: { rate: 1, seed: 'x' } };
    await expect(night(store, now(), before.state, { memory })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
  });

  test('no listing of the older days', async () => {
    const { store, trail, day, now, before } = await first(10);
    day();
    deleteObject(store, trail.logAt(40, 1));
    const memory = { relist: false };
    const quick = await night(store, now(), before.state, { memory });
    expect(codesOf(quick.report)).toEqual([]);
    expect(quick.report.chains[0]?.depth).toBe('chain');
    expect(quick.report.limits.map(({ text }) => text).join()).toContain('--no-relist');
    // What such a night did not look at, the next one that does still finds.
    day();
    expect(codesOf((await night(store, now(), quick.state)).report)).toContain(
      'LOG_VANISHED_SINCE_CHECKPOINT',
    );
  });

  test.each([
    ['the very checkpoint', (before: Night) => before.next?.sha256 ?? '', []],
    ['a time before it', () => START, []],
    ['another checkpoint', () => 'f'.repeat(64), ['STATE_BEHIND']],
    ['a time after it', () => START + 30 * DAY, ['STATE_BEHIND']],
  ] as const)('%s', async (_, required, codes) => {
    const { store, now, before } = await first(2);
    const after = await night(store, now(), before.state, { memory: { required: required(before) } });
    expect(codesOf(after.report)).toEqual(codes);
    expect(after.next === undefined).toBe(codes.length > 0);
    const later = await night(store, now(), after.state, { memory: { required: before.next?.sha256 ?? '' } });
    expect(codesOf(later.report)).toEqual([]);
  });

  test('a checkpoint where there is no state', async () => {
    const { store, now } = growing(1);
    const { report, next } = await night(store, now(), undefined, { memory: { required: START } });
    expect(codesOf(report)).toEqual(['STATE_BEHIND']);
    expect(next).toBeUndefined();
  });

  test('an interrupted run leaves nothing', async () => {
    const { store, now, before } = await first(1);
    const { report, next } = await night(store, now(), before.state, { signal: AbortSignal.abort() });
    expect(codesOf(report)).toEqual(['RUN_INTERRUPTED']);
    expect(next).toBeUndefined();
  });
});
