import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { ExaminedObject } from '../../src/chain/list-digests.ts';
import { checkBatch, checkerHere, LOG_BOUNDS } from '../../src/checking/check-here.ts';
import { MOST_HANDED_ON, type OpenChecker, type Outcome } from '../../src/checking/contract.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { plainHasher } from '../../src/hashing/local-hasher.ts';
import type { FoundObject, ObjectReader } from '../../src/source/access.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import { threadsAtOnce, withoutAccess } from '../support/check-paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Whoever keeps what was read gets the same objects, in any order, whoever reads them. */

const scenarios = (await loadScenarios()).filter(({ name }) =>
  // Those that turn on what log files hold; the walk hands on digests by itself.
  /^(?:intact|tampered|log-(?!.*(?:unlisted-|checkpoint|window|edge)).*|relocated-bucket)$/.test(name),
);
function buildOf(wanted: string): Scenario {
  const found = scenarios.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`there is no scenario ${wanted}`);
  return found.build();
}

const aws = useAws();
const checkers: Record<string, OpenChecker | undefined> = {
  'this thread': undefined,
  'two threads, natively': threadsAtOnce({ threads: 2 }),
  'one thread, pure': threadsAtOnce({ threads: 1, native: false }),
};
afterAll(() => Promise.all(Object.values(checkers).map((checker) => checker?.close())));

/** What was handed on, each object as one text, and how many log files were checked together. */
async function handedOn(scenario: Scenario, source: Source, checker: OpenChecker | undefined) {
  const handed: string[] = [];
  let together = 0;
  const onObject = async (object: ExaminedObject): Promise<void> => {
    const { stored, ...facts } = object;
    const { bytes, ...companions } = stored;
    handed.push(JSON.stringify({ ...facts, ...companions, size: bytes.length, sha256: sha256(bytes) }));
  };
  const report = await verifyTrail(
    {
      ...{ source, targets: scenario.targets, keyRing: ringOf(scenario), clock: fixedClock(scenario.now) },
      ...{ runId: 'one', onObject, checker, ...scenario.options },
    },
    (event) => {
      if (event.type === 'logs') together += event.count;
    },
  );
  return { handed: handed.sort(), together, report };
}

function inOrder(text: string): string {
  const sorted = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, one]) => [name, sorted(one)]),
        );
  return JSON.stringify(sorted(JSON.parse(text)));
}

describe.each(Object.keys(checkers))('by %s', (way) => {
  test.each(scenarios)('$name, of a copy', async ({ name, build }) => {
    const scenario = build();
    const folder = temporaryFolder();
    writeFolder(scenario.store, folder, { metadata: true });
    const source = await openFolder(folder);
    const wanted = await handedOn(scenario, withoutAccess(source), undefined);
    const got = await handedOn(scenario, source, checkers[way]);
    expect(got.handed.map(inOrder)).toEqual(wanted.handed.map(inOrder));
    expect(got.report).toEqual(wanted.report);
    if (name === 'intact') expect(got.together).toBeGreaterThan(0);
  });

  test.each(scenarios.filter(({ name }) => /^(?:intact|tampered|log-modified)/.test(name)))(
    '$name, of a bucket',
    async ({ name, build }) => {
      const scenario = build();
      const server = await aws.start({ store: scenario.store });
      const source = openS3(sessionWith(server, { maxAttempts: 2 }));
      const wanted = await handedOn(scenario, withoutAccess(source), undefined);
      const got = await handedOn(scenario, source, checkers[way]);
      expect(got.handed.map(inOrder)).toEqual(wanted.handed.map(inOrder));
      if (name === 'intact') expect(got.together).toBeGreaterThan(0);
    },
  );
});

describe('a batch that hands on', () => {
  /** A reader of these objects, as if all were gzip of nothing. */
  function readerOf(found: (at: number) => FoundObject | undefined): ObjectReader {
    return {
      renew: () => {},
      read: (_, keys, take) => {
        for (const at of keys.keys()) take(at, found(at));
      },
      release: () => {},
      stop: () => {},
      close: async () => {},
    };
  }
  const member = gzipSync('');
  const nothing = sha256(new Uint8Array());
  const ask = (
    count: number,
    found: (at: number) => FoundObject | undefined,
  ): Promise<Omit<Outcome, 'width'>> => {
    const items = Array.from({ length: count }, (_, at) => [`k${at}`, nothing])
      .flat()
      .join('\0');
    const batch = { number: 0, bucket: 'b', count, items, paced: false, handsOn: true };
    return new Promise((resolve) => checkBatch(batch, readerOf(found), plainHasher(LOG_BOUNDS), resolve));
  };

  test('keeps no more than its bound, and a larger file alone', async () => {
    const large = Buffer.concat([
      // A member whose name is long, so that it is large and holds nothing.
      member.subarray(0, 3),
      Buffer.from([8]),
      member.subarray(4, 10),
      Buffer.alloc(MOST_HANDED_ON, 'x'),
      Buffer.from([0]),
      member.subarray(10),
    ]);
    const description = { metadata: undefined };
    const files = [large, member, member];
    const first = await ask(3, (at) => ({ file: files[at] ?? member, description }));
    expect(first.odd).toEqual([1, 2]);
    expect(first.stored?.[0]?.bytes).toBe(large);
    const last = await ask(3, (at) => ({ file: files[2 - at] ?? member, description }));
    expect(last.odd).toEqual([2]);
  });

  test('has what it knows too little of checked again', async () => {
    expect((await ask(1, () => ({ file: member }))).odd).toEqual([0]);
    expect(
      (await ask(1, () => ({ file: { path: '/nowhere', key: 'k' }, description: { metadata: undefined } })))
        .odd,
    ).toEqual([0]);
  });
});

describe('whoever keeps objects', () => {
  const keeping = async (
    onObject: (object: ExaminedObject) => Promise<void>,
    rest: Partial<VerifyOptions> = {},
  ): Promise<unknown> => {
    const scenario = buildOf('intact');
    const folder = temporaryFolder();
    writeFolder(scenario.store, folder, { metadata: true });
    const source = await openFolder(folder);
    const of = {
      source,
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
    };
    return verifyTrail({ ...of, onObject, ...scenario.options, ...rest });
  };

  test('is given no more at once than are read one by one', async () => {
    let [inside, most] = [0, 0];
    await keeping(
      async ({ kind }) => {
        if (kind !== 'log') return;
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
      },
      { concurrency: 3 },
    );
    expect(most).toBe(3);
  });

  test('may fail at once, and late: the run ends with it, and nothing is left behind', async () => {
    const lost: unknown[] = [];
    const note = (error: unknown): number => lost.push(error);
    process.on('unhandledRejection', note);
    let count = 0;
    const ended = keeping(({ kind }) => {
      count += kind === 'log' ? 1 : 0;
      if (kind !== 'log') return Promise.resolve();
      if (count === 4) throw new Error('at once');
      return new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 20));
    });
    await expect(ended).rejects.toThrow(/at once|late/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.off('unhandledRejection', note);
    expect(lost).toEqual([]);
  });
});

test('runs that share a checker all end, also where one is interrupted', async () => {
  const scenario = buildOf('intact');
  const folder = temporaryFolder();
  writeFolder(scenario.store, folder, { metadata: true });
  const source = await openFolder(folder);
  const of = {
    source,
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
  };
  for (const threads of [0, 1, 2]) {
    // Of one request, so that each run waits for another's batches.
    const checker =
      threads === 0
        ? checkerHere({ requests: 1, fixed: true, bytes: 1_000_000 })
        : threadsAtOnce({ threads, concurrency: 2 });
    const stop = new AbortController();
    const runs = Array.from({ length: 6 }, (_, at) =>
      verifyTrail({ ...of, ...scenario.options, checker, ...(at === 0 ? { signal: stop.signal } : {}) }),
    );
    setTimeout(() => stop.abort(), 5);
    const [, ...others] = await Promise.all(runs);
    expect(new Set(others.map(({ verdict }) => verdict))).toEqual(new Set(['VALID']));
    await checker.close();
  }
});
