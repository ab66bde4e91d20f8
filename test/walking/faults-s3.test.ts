import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import type { AwsSettings } from '../../src/aws/session.ts';
import { fixedClock, HOUR, MINUTE } from '../../src/base/clock.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { endWorker } from '../../src/hashing/end-worker.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { Source } from '../../src/source/source.ts';
import { limitRate } from '../../src/source/wrappers.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import type { WalkerSettings } from '../../src/walking/contract.ts';
import type { OpenWalker, WalkerOptions } from '../../src/walking/walk-threads.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import type { Fault } from '../support/aws-server/faults.ts';
import type { AwsServerOptions } from '../support/aws-server/options.ts';
import type { AwsServer } from '../support/aws-server/start.ts';
import { startWalkThread } from '../support/bundled-threads.ts';
import { deleteObject, editContent, flipStoredBit, replaceBytes } from '../support/damage.ts';
import { gzipBomb } from '../support/gzip-bomb.ts';
import { memoryLines } from '../support/memory-lines.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { SilentThread } from '../support/silent-thread.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';
import { digestOpens, digestReads, walkersAtOnce, watched } from '../support/walk-paths.ts';

const BUCKET = 'example-trail-logs';
const aws = useAws();
const opened: OpenWalker[] = [];
afterEach(() => Promise.all(opened.splice(0).map((walker) => walker.close())));
const threads = (options: Partial<WalkerOptions> = {}): OpenWalker => {
  const walker = walkersAtOnce({ threads: 2, ...options });
  opened.push(walker);
  return walker;
};

/** Two chains of one place, one of more than two batches, with damage here and there. */
function build(change: (store: ObjectStore, trail: TestTrail) => void = () => {}): Scenario {
  const { store, trail } = auditTrail();
  trail.hours(280, { logs: 0 });
  const place = { bucket: BUCKET, account: '111122223333', region: 'us-east-1' };
  new TestTrail({ store, ...place, trail: 'second', startLogging: trail.end - 150 * HOUR }).hours(150, {
    logs: 0,
  });
  deleteObject(store, trail.digestAt(40));
  editContent(store, trail.digestAt(150), (text) => text.replace('"logFiles"', '"logfiles"'));
  flipStoredBit(store, trail.digestAt(220), 200);
  change(store, trail);
  return scenarioOf(store, trail);
}

const usualScenario = build();
/** Digests that are there; of those that are not plainly there, the thread that asks is asked. */
const DIGESTS = 431;
const FEW = 10;

interface Run {
  /** What must not depend on anything that went wrong on the way. */
  readonly found: unknown;
  readonly codes: readonly string[];
  readonly valid: number;
  readonly server: AwsServer;
  /** Digests that the thread that asks has opened, and that the server was asked for in all. */
  readonly here: number;
  readonly asked: number;
  readonly inRuns: number;
}

interface Circumstances {
  readonly scenario?: Scenario;
  readonly prepare?: (server: AwsServer) => void;
  readonly server?: Omit<AwsServerOptions, 'store'>;
  readonly settings?: AwsSettings;
  readonly options?: Partial<VerifyOptions>;
  readonly wrap?: (source: Source) => Source;
}

async function verify(walker: OpenWalker | undefined, how: Circumstances = {}): Promise<Run> {
  const { scenario = usualScenario, wrap = (source) => source } = how;
  const server = await aws.start({ ...how.server, store: scenario.store });
  how.prepare?.(server);
  const { source, opens } = digestOpens(wrap(openS3(sessionWith(server, how.settings))));
  const inventory = memoryLines();
  let inRuns = 0;
  const report = await verifyTrail(
    {
      source,
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      runId: 'one',
      inventory,
      logs: false,
      walker,
      ...how.options,
    },
    (event: TrailEvent) => {
      if (event.type === 'digests') inRuns += event.count;
    },
  );
  const text = JSON.stringify(report, (name, value: unknown) => (name === 'clockSkew' ? null : value));
  const found = [text.replaceAll(new URL(server.url).host, 'server'), inventory.text()];
  const codes = report.findings.map(({ code }) => code);
  const { valid } = report.totals.digests;
  return { found, codes, valid, server, here: opens(), asked: digestReads(server), inRuns };
}

const usualRuns = new Map<string, Promise<Run>>();

/** What the thread that asks finds in the usual bucket without faults, which is the same each time: it is found once. */
function usualRun(options: Partial<VerifyOptions> = {}): Promise<Run> {
  const name = JSON.stringify(options);
  const run = usualRuns.get(name) ?? verify(undefined, { options });
  usualRuns.set(name, run);
  return run;
}

const never = (): never => {
  throw new Error('a thread was started');
};

const isDigest = (_: string, path: string): boolean =>
  path.includes('/CloudTrail-Digest/') && path.endsWith('.gz');

/** Strikes each `every`th digest that it is asked about. */
function eachOf(every: number, fault: Omit<Fault, 'match' | 'times'>): Fault {
  let asked = 0;
  const match = (method: string, path: string): boolean => isDigest(method, path) && asked++ % every === 0;
  return { ...fault, times: Number.POSITIVE_INFINITY, match };
}

/** Far fewer than are asked for at once: however slow the machine, some are struck. */
const AT_ONCE = 10;

/** Lets so many requests for digests through in a second, hardly any of them at once, and strikes the rest. */
function beyondRate(perSecond: number): Fault {
  let tokens = AT_ONCE;
  let last = performance.now();
  const match = (method: string, path: string): boolean => {
    if (!isDigest(method, path)) return false;
    const now = performance.now();
    tokens = Math.min(AT_ONCE, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  };
  return { kind: 'status', status: 503, code: 'SlowDown', times: Number.POSITIVE_INFINITY, match };
}

test('threads read the digests of a bucket by themselves', async () => {
  for (const options of [{ logs: false }, {}, { from: usualScenario.now - 100 * HOUR }]) {
    const usual = await usualRun(options);
    for (const count of [1, 2]) {
      const threaded = await verify(threads({ threads: count }), { options });
      expect(threaded.found).toEqual(usual.found);
      // Each was asked for once, whoever asked.
      expect(Math.abs(threaded.asked - usual.asked)).toBeLessThan(FEW);
      expect(usual.here).toBeGreaterThan(90);
      expect(threaded.here).toBeLessThan(FEW);
    }
  }
}, 120_000);

describe('threads under faults find what a quiet run finds', () => {
  test.each([
    ['throttled to 50 requests a second', () => beyondRate(50), 30_000],
    ['one in twenty fails', () => eachOf(20, { kind: 'status', status: 500, code: 'InternalError' }), 30_000],
    ['one in twenty is reset', () => eachOf(20, { kind: 'reset' }), 30_000],
    ['resets amid bodies', () => eachOf(20, { kind: 'reset', afterBytes: 40 }), 30_000],
    ['short bodies', () => eachOf(20, { kind: 'truncate' }), 30_000],
    ['stalled bodies', () => eachOf(60, { kind: 'stall', afterBytes: 40 }), 1_000],
    ['no answers', () => eachOf(60, { kind: 'stall' }), 1_000],
    ['another status for an object', () => eachOf(20, { kind: 'status', status: 206 }), 30_000],
  ] as const)(
    '%s',
    async (_, fault, requestTimeoutMs) => {
      const quiet = await usualRun();
      const faulty = await verify(threads(), {
        prepare: ({ faults }) => faults.add(fault()),
        settings: { requestTimeoutMs },
      });
      expect(faulty.server.faults.struck).toBeGreaterThan(5);
      expect(faulty.found).toEqual(quiet.found);
      expect(faulty.here).toBeLessThan(DIGESTS / 2);
    },
    120_000,
  );
});

describe('an object that is not as it should be is told as it is elsewhere', () => {
  test.each<readonly [string, (store: ObjectStore, trail: TestTrail) => void]>([
    [
      'more than any digest has',
      (store, trail) => replaceBytes(store, trail.digestAt(100), Buffer.alloc(33e6)),
    ],
    ['endless content', (store, trail) => replaceBytes(store, trail.digestAt(100), gzipBomb(256))],
    ['nothing', (store, trail) => replaceBytes(store, trail.digestAt(100), Buffer.alloc(0))],
    ['no gzip', (store, trail) => replaceBytes(store, trail.digestAt(100), Buffer.from('no gzip'))],
  ])(
    '%s',
    async (_, change) => {
      const scenario = build(change);
      const usual = await verify(undefined, { scenario });
      const threaded = await verify(threads(), { scenario });
      expect(threaded.found).toEqual(usual.found);
      expect(threaded.here).toBeLessThan(FEW);
    },
    60_000,
  );

  test.each(['AccessDenied', 'NoSuchKey', 'InvalidObjectState'])(
    'refused with %s',
    async (code) => {
      const status = code === 'NoSuchKey' ? 404 : 403;
      const match = /CloudTrail-Digest\/.*T\d3\d{4}Z\.json\.gz$/;
      const prepare = ({ faults }: AwsServer): void =>
        faults.add({ kind: 'status', status, code, match, times: Number.POSITIVE_INFINITY });
      const usual = await verify(undefined, { prepare });
      expect(usual.server.faults.struck).toBeGreaterThan(10);
      expect((await verify(threads(), { prepare })).found).toEqual(usual.found);
    },
    60_000,
  );
});

describe('a thread that is lost takes nothing with it, and nothing comes twice', () => {
  test.each([0, 1, 3])(
    'killed after %d batches',
    async (after) => {
      for (const logs of [false, true]) {
        const usual = await usualRun({ logs });
        let batches = 0;
        const start = watched((message, worker) => {
          if (!('batch' in message)) return;
          if (batches === after) void endWorker(worker);
          batches += 1;
        });
        const faulty = await verify(threads({ threads: 1, start }), { options: { logs } });
        expect(faulty.found).toEqual(usual.found);
        expect(batches).toBeGreaterThan(after);
      }
    },
    60_000,
  );
});

describe('an interruption', () => {
  test('amid reads ends the walks, and what was found is told', async () => {
    const stop = new AbortController();
    let asked = 0;
    const match = (method: string, path: string): boolean => {
      if (isDigest(method, path) && ++asked === 200) stop.abort();
      return false;
    };
    const { codes, valid } = await verify(threads(), {
      prepare: ({ faults }) => faults.add({ kind: 'reset', match }),
      options: { signal: stop.signal },
    });
    expect(codes).toContain('RUN_INTERRUPTED');
    expect(valid).toBeLessThan(DIGESTS - 100);
  }, 60_000);

  test('waits for no answer, and the walker serves the next run', async () => {
    const walker = threads({ threads: 1 });
    const stop = new AbortController();
    let isMute = false;
    const match = (method: string, path: string): boolean => {
      if (!isDigest(method, path)) return false;
      if (!isMute) setTimeout(() => stop.abort(), 100);
      isMute = true;
      return true;
    };
    const mute: Fault = { kind: 'stall', match, times: Number.POSITIVE_INFINITY };
    const began = performance.now();
    const { codes } = await verify(walker, {
      prepare: ({ faults }) => faults.add(mute),
      options: { signal: stop.signal },
    });
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(codes).toContain('RUN_INTERRUPTED');
    const next = await verify(walker);
    expect(next.found).toEqual((await usualRun()).found);
    expect(next.here).toBeLessThan(FEW);
  }, 60_000);
});

describe('credentials', () => {
  test('that expire amid the walk are new for the threads as soon as for the source', async () => {
    const file = join(temporaryFolder(), 'credentials.json');
    // So near its end that it is asked for anew each time.
    const give = (AccessKeyId: string): void => {
      const Expiration = new Date(Date.now() + MINUTE).toISOString();
      writeFileSync(file, JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey: 'secret', Expiration }));
    };
    const config = join(temporaryFolder(), 'config');
    writeFileSync(config, `[default]\ncredential_process = cat ${file}\n`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', config);
    give('ASIAFIRST');
    const expired = new Set<string>();
    let asked = 0;
    const match = (method: string, path: string): boolean => {
      if (isDigest(method, path) && ++asked === 150) {
        give('ASIASECOND');
        expired.add('ASIAFIRST');
      }
      return false;
    };
    // Nothing is signed with credentials whose end has come; of these the server alone knows it.
    const refreshing = (source: Source): Source => ({
      ...source,
      open: async (ref, options) => {
        while (expired.size > 0) {
          const access = await source.access?.(ref.bucket);
          if (access?.kind === 's3' && !expired.has(access.accessKeyId)) break;
          await delay(10);
        }
        return source.open(ref, options);
      },
    });
    const { found, here, server } = await verify(threads({ threads: 1 }), {
      prepare: ({ faults }) => faults.add({ kind: 'reset', match }),
      server: { expired },
      wrap: refreshing,
    });
    const byKey = (id: string, isRefused: boolean): number =>
      server.requests.filter(
        ({ accessKeyId, status, method, path }) =>
          accessKeyId === id && isDigest(method, path) && (status === 400) === isRefused,
      ).length;
    expect(byKey('ASIAFIRST', false)).toBeGreaterThan(100);
    expect(byKey('ASIAFIRST', true)).toBeGreaterThan(0);
    expect(byKey('ASIASECOND', false)).toBeGreaterThan(200);
    // What was under way when they expired, and no more.
    expect(here).toBeLessThan(100);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    expect(found).toEqual((await usualRun()).found);
  }, 60_000);

  test('that have expired for good end the run with a clear word', async () => {
    const fault = { kind: 'status', status: 400, code: 'ExpiredToken' } as const;
    const prepare = ({ faults }: AwsServer): void => {
      let asked = 0;
      const match = (method: string, path: string): boolean => isDigest(method, path) && ++asked > 150;
      faults.add({ ...fault, times: Number.POSITIVE_INFINITY, match });
    };
    const { found, codes } = await verify(threads(), { prepare });
    expect(codes).toContain('RUN_INTERRUPTED');
    expect(JSON.stringify(found)).toContain('ExpiredToken');
  }, 60_000);
});

test('of a trail that moved, the other bucket is read by the thread as well', async () => {
  const { store, trail } = auditTrail(60);
  trail.moveTo({ bucket: 'elsewhere' }).hours(60);
  const scenario = scenarioOf(store, trail, { targets: [{ bucket: 'elsewhere', prefix: '' }] });
  const told: string[] = [];
  const start = watched(
    () => {},
    (message) => {
      if ('access' in message) told.push(message.bucket);
    },
  );
  const usual = await verify(undefined, { scenario });
  const threaded = await verify(threads({ threads: 1, start }), { scenario });
  expect(usual.valid).toBe(121);
  expect(threaded.found).toEqual(usual.found);
  expect(told).toEqual(['elsewhere', BUCKET]);
  // Those that were asked for before it was told.
  expect(threaded.here).toBeLessThan(40);
});

test('two runs at once do not read one another’s bucket of the same name', async () => {
  const walker = threads({ threads: 1 });
  const other = build((store, trail) => deleteObject(store, trail.digestAt(10)));
  const [one, two] = await Promise.all([verify(walker), verify(walker, { scenario: other })]);
  expect(one.found).toEqual((await usualRun()).found);
  expect(two.found).toEqual((await verify(undefined, { scenario: other })).found);
  expect(one.here + two.here).toBeLessThan(2 * FEW);
}, 60_000);

describe('what threads have in flight', () => {
  test.each([1, 3, 200])('is divided among %d of them', async (count) => {
    const shares: WalkerSettings[] = [];
    const start = (settings: WalkerSettings): Worker => {
      shares.push(settings);
      // One is enough here.
      if (shares.length === 1) return startWalkThread(settings);
      return new SilentThread() as unknown as Worker;
    };
    const options = { scope: { trails: ['second'] }, unlisted: false };
    await verify(threads({ threads: count, start }), { options });
    expect(shares.length).toBe(Math.min(count, 128));
    expect(Math.min(...shares.map(({ requests }) => requests))).toBeGreaterThan(0);
    expect(shares.reduce((sum, { requests }) => sum + requests, 0)).toBeLessThanOrEqual(128);
    expect(shares.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(64 * 1024 * 1024);
  });
});

test.each<readonly [string, Circumstances]>([
  ['a number of requests that is fixed', { options: { concurrency: 16 } }],
  ['a pace', { wrap: (source) => limitRate(source, 1_000_000) }],
  ['somebody who wants every object', { options: { onObject: async () => {} } }],
  ['a source without an access', { wrap: ({ access: _, ...source }) => source }],
  [
    'an access that cannot be had',
    { wrap: (source) => ({ ...source, access: () => Promise.reject(new Error('no')) }) },
  ],
])(
  'with %s chains are walked by the thread that asks',
  async (_, how) => {
    const { found } = await verify(threads({ start: never }), how);
    expect(found).toEqual((await verify(undefined, how)).found);
  },
  60_000,
);

describe('answers that change between two walks', () => {
  test('of what was told before a thread was lost end the run: nothing is passed over', async () => {
    for (const logs of [false, true]) {
      let change = (): void => {};
      let name = '';
      const scenario = build((store, trail) => {
        // Of the newest digests, which the thread tells before it is lost.
        change = () => deleteObject(store, trail.digestAt(270));
        name = trail.digestAt(270).key.split('_')[3] ?? '';
      });
      let batches = 0;
      const start = watched((message, worker) => {
        const isOfThat = (part: object): boolean => JSON.stringify(part).includes(`_${name}_`);
        if (!('batch' in message && message.batch.parts.some(isOfThat))) return;
        batches += 1;
        if (batches !== 1) return;
        change();
        // Lost at once, with what is on its way: it may have told all by the time that it has ended.
        queueMicrotask(() => worker.emit('error', new Error('lost')));
      });
      const { codes } = await verify(threads({ threads: 1, start }), { scenario, options: { logs } });
      expect(batches).toBeGreaterThan(0);
      expect(codes).toContain('RUN_INTERRUPTED');
    }
  }, 60_000);

  test('after an error that ends a run are not asked for', async () => {
    let path = '';
    const scenario = build((_, trail) => {
      path = trail.digestAt(100).key;
    });
    // Each read is refused once, by whomever it is made.
    const refused: Fault = {
      ...{ kind: 'status', status: 403, code: 'ExpiredToken', times: 2 },
      match: (method, asked) => method === 'GET' && decodeURIComponent(asked).includes(path),
    };
    const prepare = ({ faults }: AwsServer): void => faults.add(refused);
    const alone = await verify(undefined, { scenario, prepare });
    const { codes } = await verify(threads(), { scenario, prepare });
    expect(alone.codes).toContain('RUN_INTERRUPTED');
    expect(codes).toEqual(alone.codes);
  }, 60_000);
});
