/** What is told of digests that were deleted from the end of a chain, and what is not. */
import { describe, expect, test } from 'vitest';
import { auditTrail, ringOf, START, scenarioOf } from '../../fixtures/scenario.ts';
import { DAY, fixedClock, isoTime, MINUTE } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { type RecoveredObject, recoverVersions } from '../../src/history/recover.ts';
import type { Report } from '../../src/report/report.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { codesOf, night } from '../state/night.ts';
import { deleteObject } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { gzip } from '../support/test-gzip.ts';
import type { TestTrail } from '../support/test-trail.ts';

const BUCKET = 'example-trail-logs';
const DIGESTS = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/';

interface World {
  readonly store: ObjectStore;
  readonly trail: TestTrail;
  /** Lets time go by for what is deleted from now on. */
  readonly at: (time: number) => void;
}

function versioned(hours: number): World {
  let now = START;
  const store = new ObjectStore(() => now);
  store.createBucket(BUCKET, { versioned: true });
  const { trail } = auditTrail(hours, { store });
  const at = (time: number): void => {
    now = time;
  };
  at(trail.end + 40 * MINUTE);
  return { store, trail, at };
}

function verify(
  { store, trail }: World,
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

const removedIn = ({ findings }: Report): readonly Finding[] =>
  findings.filter(({ code }) => code === 'DIGEST_REMOVED');

function denied(): never {
  throw new TrailVerifyError('ACCESS_DENIED', 'may not list versions');
}

function cut(world: World, ...hours: readonly number[]): void {
  for (const hour of hours) deleteObject(world.store, world.trail.digestAt(hour));
}

describe('digests beyond the end of a chain', () => {
  test('where no version carries a signature of AWS, nothing is a violation', async () => {
    const world = versioned(6);
    const { bucket, key } = world.trail.digestAt(6);
    cut(world, 4, 5);
    const [intact] = world.store.versions(bucket, key);
    world.store.put(bucket, key, gzip('{}'));
    world.store.delete(bucket, key, intact?.versionId);
    deleteObject(world.store, { bucket, key });
    const removed = removedIn(await verify(world));
    expect(removed.map(({ weight }) => weight)).toEqual(['violation', 'violation', 'unproven']);
    expect(removed[2]).toMatchObject({ evidence: {}, history: { act: 'deleted', compared: 1, versions: 2 } });
  });

  test('a version is found below others that lie on it', async () => {
    const world = versioned(6);
    const { bucket, key } = world.trail.digestAt(6);
    world.store.put(bucket, key, gzip('{}'));
    const [forged] = world.store.versions(bucket, key);
    cut(world, 4, 5, 6);
    expect(removedIn(await verify(world))[2]).toMatchObject({
      weight: 'violation',
      history: { act: 'overwritten', versionId: forged?.versionId, compared: 2, versions: 3 },
    });
  });

  test('an object written thousands of times is not read for ever', async () => {
    const world = versioned(6);
    const { bucket, key } = world.trail.digestAt(6);
    for (let count = 0; count < 25; count += 1) world.store.put(bucket, key, gzip(`${count}`));
    cut(world, 4, 5, 6);
    expect(removedIn(await verify(world))[2]).toMatchObject({
      weight: 'unproven',
      history: { compared: 20, unread: 6, versions: 27 },
    });
  });

  test('what a lifecycle rule may have removed is unproven, and the rule is named', async () => {
    const world = versioned(6);
    world.store.configure(BUCKET, { lifecycle: [{ id: 'tidy', prefix: 'AWSLogs/', days: 30 }] });
    cut(world, 5);
    world.at(world.trail.end + 40 * DAY);
    cut(world, 4, 6);
    const removed = removedIn(await verify(world));
    expect(removed.map(({ weight }) => weight)).toEqual(['unproven', 'violation', 'unproven']);
    expect(removed[0]?.evidence).toMatchObject({ mayHaveExpiredBy: 'tidy' });
  });

  test('digests of other chains, above the window, and other objects do not count', async () => {
    const world = versioned(12);
    auditTrail(12, { store: world.store, trail: 'second' });
    cut(world, 8, 9, 10, 11, 12);
    world.store.put(BUCKET, `${DIGESTS}2026/10/05/stray`, gzip(''));
    deleteObject(world.store, { bucket: BUCKET, key: `${DIGESTS}2026/10/05/stray` });
    const to = world.trail.digestAt(11).endTime - 90 * MINUTE;
    const removed = removedIn(await verify(world, { to }));
    expect(removed.map(({ object }) => object.key)).toEqual(
      [8, 9, 10].map((hour) => world.trail.digestAt(hour).key),
    );
  });

  test('a folder without digests tells of the newest one of each chain', async () => {
    const world = versioned(6);
    cut(world, 0, 1, 2, 3, 4, 5, 6);
    const report = await verify(world);
    expect(report.findings.map(({ code }) => code)).toContain('CHAIN_ABSENT');
    expect(removedIn(report).map(({ object }) => object.key)).toEqual([world.trail.digestAt(6).key]);
  });

  test('a chain that was rolled back or vanished since the checkpoint', async () => {
    const world = versioned(24);
    const { store, trail } = world;
    const now = trail.end + 90 * MINUTE;
    const { state } = await night(store, now);
    cut(world, -1);
    const rolled = await night(memorySource(store, { versions: true }), now, state);
    expect(rolled.report.findings.map(({ code }) => code)).toContain('CHAIN_ROLLED_BACK');
    expect(removedIn(rolled.report).map(({ object }) => object.key)).toEqual([trail.digestAt(24).key]);
    expect(rolled.state).toBe(state);
    for (const { key } of [...trail.digests, ...trail.logFiles]) store.delete(BUCKET, key);
    const vanished = await night(memorySource(store, { versions: true }), now, state);
    expect(vanished.report.findings.map(({ code }) => code)).toContain('CHAIN_VANISHED');
    expect(removedIn(vanished.report).map(({ object }) => object.key)).toEqual([trail.digestAt(24).key]);
  });

  test('a bucket without delete markers, and a chain that does not end early, tell of nothing', async () => {
    const { store, trail } = auditTrail(6);
    deleteObject(store, trail.digestAt(6));
    deleteObject(store, trail.digestAt(5));
    deleteObject(store, trail.digestAt(4));
    expect(removedIn(await verify({ store, trail, at: () => {} }))).toEqual([]);
    expect(removedIn(await verify(versioned(6)))).toEqual([]);
  });
});

describe('the last hours, where the next digest may be late', () => {
  test('what was deleted there is a violation, though the chain does not end early yet', async () => {
    const world = versioned(6);
    cut(world, 5, 6);
    const report = await verify(world, { clock: fixedClock(world.trail.end + 40 * MINUTE) });
    expect(report.verdict).toBe('INVALID');
    expect(report.findings.map(({ code, weight }) => [code, weight])).toEqual(
      new Array(2).fill(['DIGEST_REMOVED', 'violation']),
    );
    expect(removedIn(report).map(({ object, history }) => [object.key, history?.act])).toEqual(
      [5, 6].map((hour) => [world.trail.digestAt(hour).key, 'deleted']),
    );
  });

  test('a digest that is not there yet is none that was deleted', async () => {
    const world = versioned(6);
    expect(await verify(world)).toMatchObject({ verdict: 'VALID', findings: [] });
    // Somebody guessed its name, laid a delete marker there, or deleted what was nothing of AWS's.
    const next = world.trail.digestAt(6).key.replace(/\d{8}T\d{6}Z/, (stamp) => {
      const [, hour = ''] = /T(\d\d)/.exec(stamp) ?? [];
      return stamp.replace(`T${hour}`, `T${Number(hour) + 1}`);
    });
    world.store.delete(BUCKET, next);
    expect(await verify(world)).toMatchObject({ verdict: 'VALID', findings: [] });
    world.store.put(BUCKET, next, gzip('{}'));
    deleteObject(world.store, { bucket: BUCKET, key: next });
    expect(await verify(world)).toMatchObject({ verdict: 'VALID', findings: [] });
  });

  test('what was deleted there is not hidden by any number of false names', async () => {
    const world = versioned(6);
    const newest = world.trail.digestAt(6);
    cut(world, 6);
    const below = (second: number): string =>
      newest.key.replace(/\d{8}T\d{6}Z/, isoTime(newest.endTime - second * 1000).replaceAll(/[-:]/g, ''));
    for (let second = 1; second <= 1200; second += 1) world.store.delete(BUCKET, below(second));
    expect((await verify(world)).verdict).toBe('INVALID');
    for (let second = 1; second <= 1200; second += 1) {
      world.store.put(BUCKET, below(second), gzip('{}'));
      world.store.delete(BUCKET, below(second));
    }
    expect((await verify(world)).verdict).toBe('INCONCLUSIVE');
  });

  test('a version that may not be read makes it unproven', async () => {
    const world = versioned(6);
    cut(world, 6);
    const report = await verify(world, {}, (source) => ({
      ...source,
      open: async (ref, options) => {
        if (ref.versionId === undefined) return source.open(ref, options);
        throw new TrailVerifyError('OBJECT_DENIED', 'may not read versions');
      },
    }));
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(removedIn(report)).toMatchObject([{ weight: 'unproven', history: { act: 'deleted', unread: 1 } }]);
  });

  test('what the digest above it names is told once, as missing', async () => {
    const world = versioned(6);
    cut(world, 5);
    for (const to of [undefined, world.trail.digestAt(5).endTime - 10 * MINUTE]) {
      const report = await verify(world, to === undefined ? {} : { to });
      const codes = report.findings.map(({ code }) => code);
      // The log files that it named are in no digest now.
      expect(codes.filter((code) => code !== 'LOG_UNLISTED')).toEqual(['DIGEST_MISSING']);
    }
  });

  test('what a checkpoint tells of as well is told once', async () => {
    const world = versioned(24);
    const now = world.trail.end + 90 * MINUTE;
    const { state } = await night(memorySource(world.store, { versions: true }), now);
    cut(world, -1);
    const { report } = await night(memorySource(world.store, { versions: true }), now, state);
    expect(codesOf(report)).toEqual(['CHAIN_ROLLED_BACK', 'DIGEST_REMOVED', 'LISTING_SHRUNK']);
  });

  test('a chain that was not asked about is left alone', async () => {
    const world = versioned(6);
    auditTrail(6, { store: world.store, trail: 'second' });
    cut(world, 6);
    const report = await verify(world, { scope: { trails: ['second'] } });
    expect(report).toMatchObject({ verdict: 'VALID', findings: [] });
  });

  test('a bucket that keeps no versions is not asked, and one whose rules may not be read is', async () => {
    const world = versioned(6);
    cut(world, 6);
    const asked: string[] = [];
    const look = (retention: Source['retention']) => (source: Source) => ({
      ...source,
      ...(retention === undefined ? {} : { retention }),
      listVersions: (request: Parameters<NonNullable<Source['listVersions']>>[0]) => {
        asked.push(request.prefix);
        return source.listVersions?.(request) ?? denied();
      },
    });
    const off = { versioning: 'Off', mfaDelete: false, expiry: [] } as const;
    expect(
      (
        await verify(
          world,
          {},
          look(async () => off),
        )
      ).verdict,
    ).toBe('VALID');
    expect(asked).toEqual([]);
    // Rules that may not be read excuse nothing.
    const report = await verify(
      world,
      {},
      look(async () => denied()),
    );
    expect(removedIn(report)).toMatchObject([{ weight: 'violation', history: { act: 'deleted' } }]);
    expect(report.limits.map(({ code }) => code)).toContain('RETENTION_NOT_SEEN');
    expect(removedIn(report)[0]?.evidence).toHaveProperty('expected');
    expect(new Set(asked)).toEqual(new Set([DIGESTS]));
  });

  test('whoever may not list versions is told so, and nothing else', async () => {
    const report = await verify(versioned(6), {}, (source) => ({ ...source, listVersions: denied }));
    expect(report).toMatchObject({ verdict: 'VALID', findings: [] });
    expect(report.limits.filter(({ code }) => code === 'VERSIONS_NOT_SEEN')).toHaveLength(1);
  });

  test('a fault of the program is not taken for that', async () => {
    const broken = new Error('broken');
    const fails = (): never => {
      throw broken;
    };
    for (const fault of [{ listVersions: fails }, { retention: async () => fails() }])
      await expect(verify(versioned(6), {}, (source) => ({ ...source, ...fault }))).rejects.toBe(broken);
  });
});

describe('what cannot be looked up', () => {
  test('is told as a limit where versions may not be listed', async () => {
    const world = versioned(6);
    cut(world, 4, 5, 6);
    const report = await verify(world, {}, (source) => ({ ...source, listVersions: denied }));
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(report.limits.filter(({ code }) => code === 'VERSIONS_NOT_SEEN')).toHaveLength(1);
  });

  test('is unproven where the versions of one digest cannot be read', async () => {
    const world = versioned(6);
    cut(world, 4, 5, 6);
    const report = await verify(world, {}, (source) => ({ ...source, versions: async () => denied() }));
    expect(removedIn(report).map(({ weight, history }) => [weight, history])).toEqual(
      new Array(3).fill(['unproven', undefined]),
    );
  });

  test('a fault of the program is not taken for that', async () => {
    const world = versioned(6);
    cut(world, 4, 5, 6);
    const broken = new Error('broken');
    const fails = (): never => {
      throw broken;
    };
    await expect(verify(world, {}, (source) => ({ ...source, listVersions: fails }))).rejects.toBe(broken);
    await expect(verify(world, {}, (source) => ({ ...source, versions: async () => fails() }))).rejects.toBe(
      broken,
    );
  });

  test('more than a run looks into is told as a limit', async () => {
    const world = versioned(6);
    cut(world, 4, 5, 6);
    const chain = world.trail.digestAt(6).key;
    const many = Array.from({ length: 1100 }, (_, hour) => {
      const stamp = new Date(world.trail.end + hour * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
      return chain.replace(/\d{8}T\d{6}Z/, stamp);
    });
    const report = await verify(world, {}, (source) => ({
      ...source,
      listVersions: async function* () {
        yield many.map((key) => ({ key, versionId: 'v', isLatest: true, deleteMarker: true, size: 0 }));
      },
    }));
    // The last stands for all that are left.
    expect(removedIn(report)).toHaveLength(1001);
    expect(report.limits.map(({ code }) => code)).toContain('VERSIONS_NOT_SEEN');
  });

  test('a listing without end is left', async () => {
    const world = versioned(6);
    cut(world, 4, 5, 6);
    let pages = 0;
    const row = { key: 'stray', versionId: 'v', isLatest: false, deleteMarker: false, size: 0 };
    const report = await verify(world, {}, (source) => ({
      ...source,
      listVersions: async function* () {
        for (;;) {
          pages += 1;
          yield new Array(1000).fill(row);
        }
      },
    }));
    // One more page of the look for chains that were wiped, and no more: its keys lie behind the folder.
    expect(pages).toBe(202);
    expect(report.limits.map(({ code }) => code)).toContain('VERSIONS_NOT_SEEN');
  });
});

describe('following what was recovered', () => {
  async function recover(world: World, findings: readonly Finding[], mostFollowed?: number) {
    const kept: RecoveredObject[] = [];
    const results: { readonly key: string; readonly result: string; readonly code: string }[] = [];
    for await (const { object, result, code } of recoverVersions({
      findings,
      source: memorySource(world.store, { versions: true }),
      keep: async (one) => void kept.push(one),
      ...(mostFollowed === undefined ? {} : { mostFollowed }),
    }))
      results.push({ key: object.key, result, code });
    return { kept, results };
  }

  test('goes down from digest to digest as far as they are gone', async () => {
    const world = versioned(6);
    cut(world, 3, 4, 5, 6);
    const { findings } = await verify(world);
    // Of the newest one alone is told.
    const newest = findings.filter(({ object }) => object.key === world.trail.digestAt(6).key);
    const { results } = await recover(world, newest);
    expect(results).toEqual(
      [6, 5, 4, 3].map((hour) => ({
        key: world.trail.digestAt(hour).key,
        result: 'recovered',
        code: hour === 6 ? 'DIGEST_REMOVED' : 'DIGEST_MISSING',
      })),
    );
  });

  test('tells a changed log file from a missing one, and one that is lost', async () => {
    const world = versioned(6);
    const { store, trail } = world;
    const [first, second] = trail.digestAt(5).logs;
    const [third, fourth] = trail.digestAt(6).logs;
    if (!first || !second || !third || !fourth) throw new Error('two log files an hour');
    store.put(BUCKET, first.key, gzip('{"Records":[]}'));
    deleteObject(store, second);
    const [lost] = store.versions(BUCKET, third.key);
    deleteObject(store, third);
    store.delete(BUCKET, third.key, lost?.versionId);
    cut(world, 4, 5, 6);
    const { results } = await recover(world, (await verify(world)).findings);
    expect(results.filter(({ key }) => !key.includes('Digest'))).toEqual([
      { key: third.key, result: 'no-intact-version', code: 'LOG_MISSING' },
      { key: first.key, result: 'recovered', code: 'LOG_MODIFIED' },
      { key: second.key, result: 'recovered', code: 'LOG_MISSING' },
    ]);
  });

  test('is bounded, and says where it ends', async () => {
    const world = versioned(6);
    cut(world, 4, 5, 6);
    for (const hour of [4, 5, 6])
      for (const log of world.trail.digestAt(hour).logs) deleteObject(world.store, log);
    const { results, kept } = await recover(world, (await verify(world)).findings, 3);
    expect(results.filter(({ result }) => result === 'not-followed').map(({ key }) => key)).toEqual(
      [5, 4].map((hour) => world.trail.digestAt(hour).key),
    );
    expect(kept).toHaveLength(3 + 3);
  });

  test('a digest of unknown hash is told', async () => {
    const world = versioned(6);
    const { key } = world.trail.digestAt(6);
    const object = { bucket: BUCKET, key, uri: `s3://${BUCKET}/${key}` };
    const finding: Finding = { code: 'DIGEST_REMOVED', weight: 'unproven', object, evidence: {} };
    expect((await recover(world, [finding])).results).toEqual([
      { key, result: 'hash-unknown', code: 'DIGEST_REMOVED' },
    ]);
  });
});
