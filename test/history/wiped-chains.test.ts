/** What is told of chains that only delete markers are left of, and what is not. */
import { describe, expect, test } from 'vitest';
import { auditTrail, ringOf, START, scenarioOf } from '../../fixtures/scenario.ts';
import { DAY, fixedClock, HOUR, isoTime } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { Report } from '../../src/report/report.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { KeyVersion, Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import { deleteFolder, deleteObject } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { gzip } from '../support/test-gzip.ts';
import type { TestTrail } from '../support/test-trail.ts';

const aws = useAws();
const BUCKET = 'example-trail-logs';
const DIGESTS = 'AWSLogs/111122223333/CloudTrail-Digest/';

interface World {
  readonly store: ObjectStore;
  /** The trail that lives, and the one that was wiped. */
  readonly trail: TestTrail;
  readonly second: TestTrail;
  readonly at: (time: number) => void;
}

/** A trail of 30 hours, and a second one that ended after `hours`, of which everything is deleted at `deleted`. */
function wiped(hours: number, deleted: number = START + 30 * HOUR): World {
  let now = START;
  const store = new ObjectStore(() => now);
  store.createBucket(BUCKET, { versioned: true });
  const { trail } = auditTrail(30, { store });
  const second = auditTrail(hours, { store, trail: 'second' }).trail;
  now = deleted;
  wipe(store, second);
  return {
    store,
    trail,
    second,
    at: (time) => {
      now = time;
    },
  };
}

function wipe(store: ObjectStore, trail: TestTrail): void {
  for (const ref of [...trail.digests, ...trail.logFiles])
    if (store.get(ref.bucket, ref.key) !== undefined) deleteObject(store, ref);
}

function verify(
  { store, trail }: Pick<World, 'store' | 'trail'>,
  options: Partial<VerifyOptions> = {},
  change: (source: Source) => Source = (source) => source,
): Promise<Report> {
  const scenario = scenarioOf(store, trail);
  return verifyTrail({
    source: change(memorySource(store, { versions: true })),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...options,
  });
}

function reported({ findings }: Report): readonly (readonly string[])[] {
  return findings.map(({ code, weight, object }) => [code, weight, object.key]);
}

function versionsLimits({ limits }: Report): readonly string[] {
  return limits.filter(({ code }) => code === 'VERSIONS_NOT_SEEN').map(({ text }) => text);
}

function denied(): never {
  throw new TrailVerifyError('ACCESS_DENIED', 'may not list versions');
}

/** The key of a digest of the same chain that ends so many seconds later. */
function keyLater(
  { key, endTime }: { readonly key: string; readonly endTime: number },
  seconds: number,
): string {
  const stamp = isoTime(endTime + seconds * 1000).replaceAll(/[-:]/g, '');
  return key.replace(/\d{8}T\d{6}Z/, stamp);
}

describe('a chain of which only delete markers are left', () => {
  test('is told by the newest digest that AWS signed, in a narrow window as in a wide one', async () => {
    const world = wiped(29);
    const removed = [['DIGEST_REMOVED', 'violation', world.second.digestAt(29).key]];
    for (const options of [{}, { from: world.trail.end - 12 * HOUR }])
      expect(reported(await verify(world, options))).toEqual(removed);
    // A window ends where it ends.
    const past = await verify(world, { to: world.second.digestAt(20).endTime - HOUR / 2 });
    expect(reported(past)).toEqual([['DIGEST_REMOVED', 'violation', world.second.digestAt(20).key]]);
  });

  test('is found over S3, and the listings of another bucket cost nothing', async () => {
    const world = wiped(29);
    for (const versioned of [true, false]) {
      const plain = auditTrail(30);
      const { store, trail } = versioned ? world : plain;
      const server = await aws.start({ store });
      const report = await verify({ store, trail }, { source: openS3(sessionWith(server)) });
      expect(report.verdict).toBe(versioned ? 'INVALID' : 'VALID');
      const asked = server.requests.filter(({ operation }) => operation === 'ListObjectVersions');
      expect(asked.length > 0).toBe(versioned);
    }
  });

  test('its backfill digests alone are told as well, beside an hourly chain that lives', async () => {
    const world = wiped(0);
    const backfill = world.trail.backfill(world.trail.digestAt(20));
    expect(reported(await verify(world))).toEqual([
      ['DIGEST_REMOVED', 'violation', world.second.digestAt(0).key],
    ]);
    deleteObject(world.store, backfill);
    for (const log of backfill.logs) deleteObject(world.store, log);
    expect(reported(await verify(world)).map(([, , key]) => key)).toContain(backfill.key);
  });

  test('is told where it begins anew after what was deleted, and once where a successor names it', async () => {
    const world = wiped(0);
    const { store, trail } = world;
    const last = trail.digestAt(30);
    trail.restart(trail.end + 2 * HOUR).hours(3, { logs: 1 });
    for (const digest of trail.digests.filter(({ endTime }) => endTime <= last.endTime)) {
      deleteObject(store, digest);
      for (const log of digest.logs) deleteObject(store, log);
    }
    const scope = { trails: ['audit'] };
    expect(reported(await verify(world, { scope }))).toEqual([['DIGEST_REMOVED', 'violation', last.key]]);
    const named = wiped(0);
    for (const index of [0, 1, 2]) {
      deleteObject(named.store, named.trail.digestAt(index));
      for (const log of named.trail.digestAt(index).logs) deleteObject(named.store, log);
    }
    expect(reported(await verify(named, { scope }))).toEqual([
      ['DIGEST_MISSING', 'violation', named.trail.digestAt(2).key],
    ]);
  });

  test('that was not asked about is left alone', async () => {
    const world = wiped(29);
    expect(await verify(world, { scope: { trails: ['audit'] } })).toMatchObject({
      verdict: 'VALID',
      findings: [],
    });
  });
});

describe('before the window', () => {
  const from = START + 20 * DAY;
  /** A Region whose trail ended long ago and was wiped, beside one that lives. */
  function wipedRegion(deleted: number): World {
    const world = wiped(0);
    world.at(START);
    const trail = auditTrail(0, {
      store: world.store,
      account: '444455556666',
      startLogging: from - 2 * HOUR,
    }).trail;
    trail.hours(30, { logs: 1 });
    const second = auditTrail(5, { store: world.store, region: 'eu-west-1', homeRegion: 'us-east-1' }).trail;
    world.at(deleted);
    wipe(world.store, second);
    return { ...world, trail, second };
  }
  const scope = { accounts: ['444455556666', '111122223333'], regions: ['us-east-1', 'eu-west-1'] };

  test('a Region that was wiped is unproven, as one that ended is', async () => {
    const world = wipedRegion(START + DAY);
    const report = await verify(world, { from, scope });
    expect(reported(report)).toContainEqual(['DIGEST_REMOVED', 'unproven', world.second.digestAt(5).key]);
  });

  test('a rule that leaves the window alone explains it, and one that does not explains nothing', async () => {
    const world = wipedRegion(START + 15 * DAY);
    const rule = { id: 'tidy', prefix: 'AWSLogs/' };
    const removed = async (lifecycle: object): Promise<number> => {
      world.store.configure(BUCKET, { lifecycle: [{ ...rule, ...lifecycle }] });
      const report = await verify(world, { from, scope });
      return reported(report).filter(
        ([code, , key]) => code === 'DIGEST_REMOVED' && key?.includes('eu-west-1'),
      ).length;
    };
    expect(await removed({ days: 10 })).toBe(0);
    expect(await removed({ date: START + 14 * DAY })).toBe(0);
    expect(await removed({ days: 1 })).toBe(1);
    expect(await removed({ days: 20 })).toBe(1);
    expect(await removed({ date: from + DAY })).toBe(1);
    expect(await removed({ days: 10, prefix: 'elsewhere/' })).toBe(1);
  });
});

describe('what AWS never signed', () => {
  test('is no chain: markers on names that never were, and on what was nothing of AWS', async () => {
    const world = wiped(0);
    const { store, trail, second } = world;
    const scope = { trails: ['audit', 'third'] };
    const foreign = (name: string): string => trail.digestAt(9).key.replaceAll('_audit_', `_${name}_`);
    store.delete(BUCKET, foreign('third'));
    store.put(BUCKET, foreign('third').replace('T1', 'T0'), gzip('{}'));
    deleteObject(store, { bucket: BUCKET, key: foreign('third').replace('T1', 'T0') });
    store.put(BUCKET, `${DIGESTS}us-east-1/2026/10/05/zz`, gzip('{}'));
    deleteObject(store, { bucket: BUCKET, key: `${DIGESTS}us-east-1/2026/10/05/zz` });
    expect(second.digests).toHaveLength(1);
    expect(await verify(world, { scope: { trails: ['audit'] } })).toMatchObject({
      verdict: 'VALID',
      findings: [],
    });
    expect(reported(await verify(world, { scope })).filter(([code]) => code !== 'CHAIN_ABSENT')).toEqual([]);
  });

  test('hides no digest that AWS did sign, however much of it lies above', async () => {
    const few = wiped(29);
    const newest = few.second.digestAt(29);
    for (let count = 1; count <= 5; count += 1) plantDeleted(few.store, keyLater(newest, count));
    expect(reported(await verify(few))).toEqual([['DIGEST_REMOVED', 'violation', newest.key]]);
    const many = wiped(29);
    for (let count = 1; count <= 400; count += 1) plantDeleted(many.store, keyLater(newest, count));
    const report = await verify(many);
    expect(report.verdict).not.toBe('VALID');
    expect(reported(report)).toHaveLength(1);
  });

  test('a version that may not be read is unproven', async () => {
    const world = wiped(29);
    const report = await verify(world, {}, (source) => ({
      ...source,
      open: async (ref, options) => {
        if (ref.versionId === undefined) return source.open(ref, options);
        throw new TrailVerifyError('OBJECT_DENIED', 'may not read versions');
      },
    }));
    expect(reported(report)).toEqual([['DIGEST_REMOVED', 'unproven', world.second.digestAt(29).key]]);
  });

  function plantDeleted(store: ObjectStore, key: string): void {
    store.put(BUCKET, key, gzip('{}'));
    deleteObject(store, { bucket: BUCKET, key });
  }
});

describe('bounds', () => {
  test('chains beyond those that are looked into are unproven, never passed over', async () => {
    const world = wiped(2);
    const { store, trail } = world;
    const { key } = trail.digestAt(5);
    for (let count = 0; count < 150; count += 1)
      for (let hour = 0; hour < 8; hour += 1) {
        const name = key.replaceAll('_audit_', `_a${count}_`);
        const at = keyLater({ key: name, endTime: trail.digestAt(5).endTime }, hour);
        store.put(BUCKET, at, gzip('{}'));
        deleteObject(store, { bucket: BUCKET, key: at });
      }
    const report = await verify(world);
    expect(
      reported(report).some(([code, weight]) => code === 'DIGEST_REMOVED' && weight === 'unproven'),
    ).toBe(true);
    expect(report.verdict).not.toBe('VALID');
  });

  test('names of chains, names of folders, and rows are counted where they end', async () => {
    const world = wiped(2);
    const scope = { trails: ['audit'] };
    const { key } = world.trail.digestAt(5);
    const row = { versionId: 'v', isLatest: true, deleteMarker: true, size: 0 };
    const deleted = (name: string): readonly KeyVersion[] => [
      { ...row, key: name },
      { ...row, key: name, isLatest: false, deleteMarker: false, versionId: 'w' },
    ];
    const versions = (pages: readonly (readonly KeyVersion[])[]) => (source: Source) => ({
      ...source,
      listVersions: async function* ({ prefix }: { readonly prefix: string }) {
        if (key.startsWith(prefix)) yield* pages;
      },
    });
    const names = Array.from({ length: 2500 }, (_, at) => key.replaceAll('_audit_', `_a${at}_`));
    const manyChains = await verify(world, {}, versions([names.flatMap(deleted)]));
    expect(versionsLimits(manyChains)[0]).toMatch(/ 1 folders? /);
    const misfit = new Array(1000).fill(deleted(`${DIGESTS}us-east-1/2026/10/05/zz`)).flat();
    const manyRows = await verify(world, { scope }, versions(new Array(1100).fill(misfit)));
    expect(versionsLimits(manyRows).filter((text) => text.includes(' 1 folder'))).toHaveLength(1);
    const folders = await verify(world, { scope }, (source) => ({
      ...source,
      versionFolders: async (_bucket, prefix) => {
        if (prefix !== 'AWSLogs/') return source.versionFolders?.(_bucket, prefix, 1) ?? [];
        return Array.from({ length: 10_001 }, (_, at) => `AWSLogs/${100_000_000_000 + at}/`);
      },
    }));
    expect(versionsLimits(folders)).toHaveLength(1);
  });

  test('a Region that lies behind many names is found in an account that lives', async () => {
    const world = wiped(0);
    const { store } = world;
    const { trail } = auditTrail(30, { store, region: 'eu-west-1', homeRegion: 'us-east-1' });
    deleteFolder(store, BUCKET, `${DIGESTS}eu-west-1/`);
    deleteFolder(store, BUCKET, 'AWSLogs/111122223333/CloudTrail/eu-west-1/');
    const report = await verify(world, {}, (source) => ({
      ...source,
      versionFolders: async (bucket, prefix, most) => {
        const folders = (await source.versionFolders?.(bucket, prefix, most)) ?? [];
        if (prefix !== 'AWSLogs/') return folders;
        return Array.from({ length: 10_001 }, (_, at) => `AWSLogs/${100_000_000_000 + at}/`).concat(folders);
      },
    }));
    expect(reported(report).map(([, , key]) => key)).toContain(trail.digestAt(30).key);
  });
});

describe('what may not be listed', () => {
  test('is a limit, and costs nothing of what is found elsewhere', async () => {
    const world = wiped(29);
    auditTrail(30, { store: world.store, region: 'eu-west-1', homeRegion: 'us-east-1' });
    const report = await verify(world, {}, (source) => ({
      ...source,
      listVersions: (request) =>
        request.prefix.includes('eu-west-1') ? denied() : (source.listVersions?.(request) ?? denied()),
    }));
    expect(reported(report)).toEqual([['DIGEST_REMOVED', 'violation', world.second.digestAt(29).key]]);
    expect(versionsLimits(report)).toHaveLength(1);
  });

  test('is not asked for over and over', async () => {
    const world = wiped(29);
    for (let count = 0; count < 60; count += 1)
      auditTrail(1, { store: world.store, account: String(200_000_000_000 + count) });
    let asked = 0;
    const refuse = async (): Promise<never> => {
      asked += 1;
      return denied();
    };
    await verify(world, {}, (source) => ({
      ...source,
      versionFolders: refuse,
      listVersions: async function* () {
        await refuse();
        yield [];
      },
    }));
    expect(asked).toBeLessThan(60);
  });

  test('a fault of the program is not taken for that', async () => {
    const broken = new Error('broken');
    const fails = (): never => {
      throw broken;
    };
    await expect(
      verify(wiped(2), {}, (source) => ({ ...source, versionFolders: async () => fails() })),
    ).rejects.toBe(broken);
  });
});
