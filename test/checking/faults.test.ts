import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import type { AwsSettings } from '../../src/aws/session.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { OpenChecker, ThreadSettings } from '../../src/checking/contract.ts';
import { endWorker } from '../../src/hashing/end-worker.ts';
import type { Report } from '../../src/report/report.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import type { AwsServer, Fault } from '../support/aws-server.ts';
import { startCheckThread } from '../support/bundled-threads.ts';
import { threadsAtOnce } from '../support/check-paths.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';

const aws = useAws();
const checkers: OpenChecker[] = [];
afterEach(() => Promise.all(checkers.splice(0).map((checker) => checker.close())));
const threads = (options: Partial<Parameters<typeof threadsAtOnce>[0]> = {}): OpenChecker => {
  const checker = threadsAtOnce({ threads: 2, ...options });
  checkers.push(checker);
  return checker;
};

/** Two days of a trail with one log file changed and one deleted. */
function build(): Scenario {
  const { store, trail } = auditTrail();
  trail.hours(24, { logs: 20 });
  flipContentBit(store, trail.logAt(3, 0));
  deleteObject(store, trail.logAt(9, 1));
  return scenarioOf(store, trail);
}

/** Nobody changes what it holds. */
const scenario = build();
const LISTED = 480;

interface Run {
  readonly report: Report;
  readonly server: AwsServer;
}

async function verify(
  checker: OpenChecker,
  prepare: (server: AwsServer) => void = () => {},
  {
    settings = {},
    options = {},
    wrap = (source: Source) => source,
  }: {
    settings?: AwsSettings;
    options?: Partial<VerifyOptions>;
    wrap?: (source: Source) => Source;
  } = {},
): Promise<Run> {
  const server = await aws.start({ store: scenario.store });
  prepare(server);
  const report = await verifyTrail({
    source: wrap(openS3(sessionWith(server, settings))),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    checker,
    ...scenario.options,
    ...options,
  });
  return { report, server };
}

/** What must not depend on anything that went wrong on the way. */
function found({ verdict, findings, totals, chains }: Report): unknown {
  return { verdict, findings, totals, chains };
}

let quietRun: Promise<Run> | undefined;

/** What threads find where nothing goes wrong, which is the same each time: it is found once. */
async function quiet(): Promise<Report> {
  quietRun ??= verify(threads());
  return (await quietRun).report;
}

const isLog = (_: string, path: string): boolean => path.includes('/CloudTrail/');

/** Strikes each `every`th log file that it is asked about. */
function eachOf(every: number, fault: Omit<Fault, 'match' | 'times'>): Fault {
  let asked = 0;
  const match = (method: string, path: string): boolean => isLog(method, path) && asked++ % every === 0;
  return { ...fault, times: Number.POSITIVE_INFINITY, match };
}

/** Far fewer than are asked for at once: however slow the machine, some are struck. */
const AT_ONCE = 25;

/** A bucket of tokens that lets `perSecond` requests through and strikes the rest. */
function beyondRate(perSecond: number): Fault {
  let tokens = AT_ONCE;
  let last = performance.now();
  const match = (): boolean => {
    const now = performance.now();
    tokens = Math.min(AT_ONCE, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  };
  return { kind: 'status', status: 503, code: 'SlowDown', times: Number.POSITIVE_INFINITY, match };
}

describe('threads under faults find what a quiet run finds, and count nothing twice', () => {
  test.each([
    ['throttled to 50 requests a second', [() => beyondRate(50)], 30_000],
    [
      'one in twenty fails',
      [() => eachOf(20, { kind: 'status', status: 500, code: 'InternalError' })],
      30_000,
    ],
    ['one in twenty is reset', [() => eachOf(20, { kind: 'reset' })], 30_000],
    ['resets amid bodies', [() => eachOf(20, { kind: 'reset', afterBytes: 40 })], 30_000],
    ['short bodies', [() => eachOf(20, { kind: 'truncate' })], 30_000],
    ['stalled bodies', [() => eachOf(40, { kind: 'stall', afterBytes: 40 })], 500],
    ['no answers', [() => eachOf(40, { kind: 'stall' })], 500],
    ['a body one byte at a time', [() => eachOf(80, { kind: 'slow', afterBytes: 1, latencyMs: 50 })], 500],
    ['another status for an object', [() => eachOf(20, { kind: 'status', status: 206 })], 30_000],
  ] as const)(
    '%s',
    async (_, faults, timeout) => {
      const wanted = await quiet();
      expect(wanted.totals.logs).toMatchObject({ listed: LISTED, invalid: 1, missing: 1 });
      const faulty = await verify(
        threads(),
        (server) => {
          for (const fault of faults) server.faults.add(fault());
        },
        { settings: { requestTimeoutMs: timeout } },
      );
      expect(faulty.server.faults.struck).toBeGreaterThan(0);
      expect(found(faulty.report)).toEqual(found(wanted));
    },
    120_000,
  );
});

describe('a thread that is lost', () => {
  /** A thread that ends when it has been sent so many batches. */
  const mortal =
    (after: number) =>
    (settings: ThreadSettings): Worker => {
      const worker = startCheckThread(settings);
      const send = worker.postMessage.bind(worker);
      let sent = 0;
      worker.postMessage = (message: object) => {
        // It ends before it has read the last.
        if ('batch' in message && ++sent === after) void endWorker(worker);
        send(message);
      };
      return worker;
    };

  test('takes nothing with it that another does not check', async () => {
    const wanted = found(await quiet());
    let started = 0;
    const start = (settings: ThreadSettings): Worker => {
      started += 1;
      return started === 1 ? mortal(2)(settings) : startCheckThread(settings);
    };
    expect(found((await verify(threads({ start }))).report)).toEqual(wanted);
    // None is left: all log files take the path that judges.
    expect(found((await verify(threads({ start: mortal(1) }))).report)).toEqual(wanted);
  }, 60_000);

  test('nor does one that never comes up', async () => {
    const { Worker: Thread } = await import('node:worker_threads');
    const start = (): Worker => new Thread('throw new Error("no")', { eval: true });
    const { report } = await verify(threads({ start }));
    expect(found(report)).toEqual(found(await quiet()));
  }, 60_000);
});

describe('an interruption', () => {
  test.each([1, 100])(
    'amid log files leaves the rest unjudged, and the books balance: after %s',
    async (after) => {
      const stop = new AbortController();
      let asked = 0;
      const match = (method: string, path: string): boolean => {
        if (isLog(method, path) && ++asked === after) stop.abort();
        return false;
      };
      const { report } = await verify(threads(), (server) => server.faults.add({ kind: 'reset', match }), {
        options: { signal: stop.signal },
      });
      expect(report.findings.map(({ code }) => code)).toContain('RUN_INTERRUPTED');
      const { listed, valid } = report.totals.logs;
      expect(valid).toBeLessThan(LISTED - 2);
      expect(listed).toBeGreaterThanOrEqual(valid);
    },
    60_000,
  );
});

describe('credentials', () => {
  test('that are refused in the middle are asked about by the path that judges', async () => {
    const expired = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
    const struck = new Set<string>();
    const match = (method: string, path: string): boolean => {
      if (!isLog(method, path) || struck.has(path) || struck.size === 40) return false;
      struck.add(path);
      return true;
    };
    const { report, server } = await verify(threads(), ({ faults }) =>
      faults.add({ ...expired, times: 40, match }),
    );
    expect(server.faults.struck).toBe(40);
    // Each was refused once, by a thread, and read then.
    expect(report.totals.logs).toMatchObject({ listed: LISTED, valid: LISTED - 2, invalid: 1, missing: 1 });
  }, 60_000);

  test('that have expired for good end the run with a clear word', async () => {
    const expired = { kind: 'status', status: 400, code: 'ExpiredToken' } as const;
    const { report } = await verify(threads(), ({ faults }) =>
      faults.add({ ...expired, times: Number.POSITIVE_INFINITY, match: isLog }),
    );
    const ended = report.findings.find(({ code }) => code === 'RUN_INTERRUPTED');
    expect(ended?.evidence).toMatchObject({ reason: 'failed' });
    expect(JSON.stringify(ended)).toContain('ExpiredToken');
    expect(report.verdict).not.toBe('VALID');
  }, 60_000);

  test('that were renewed are told to threads that know older ones', async () => {
    const told: unknown[] = [];
    const start = (settings: ThreadSettings): Worker => {
      const worker = startCheckThread(settings);
      const send = worker.postMessage.bind(worker);
      worker.postMessage = (message: object) => {
        if ('access' in message) told.push(message.access);
        send(message);
      };
      return worker;
    };
    let asked = 0;
    const renewing = ({ access, ...source }: Source): Source => ({
      ...source,
      access: async (bucket) => {
        asked += 1;
        const now = await access?.(bucket);
        // As of a source whose credentials change after its first answer.
        return now?.kind === 's3' && asked === 1 ? { ...now, sessionToken: 'old' } : now;
      },
    });
    const { report } = await verify(threads({ threads: 1, start }), undefined, { wrap: renewing });
    expect(report.totals.logs.valid).toBe(LISTED - 2);
    expect(told.length).toBe(2);
    expect(told[0]).toMatchObject({ sessionToken: 'old' });
    expect(told[1]).not.toMatchObject({ sessionToken: 'old' });
  }, 60_000);
});
