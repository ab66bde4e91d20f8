import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import type { AwsSettings } from '../../src/aws/session.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import type { AwsServer, Fault } from '../support/aws-server.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';

const aws = useAws();

/** Two days of a trail with one log file changed and one deleted. */
function build(): Scenario {
  const { store, trail } = auditTrail(48);
  flipContentBit(store, trail.logAt(3, 0));
  deleteObject(store, trail.logAt(9, 1));
  return scenarioOf(store, trail);
}

async function verify(
  prepare: (server: AwsServer) => void,
  settings: AwsSettings = {},
): Promise<{ report: Pick<Report, 'verdict' | 'findings' | 'totals' | 'chains'>; server: AwsServer }> {
  const scenario = build();
  const server = await aws.start({ store: scenario.store });
  prepare(server);
  const { verdict, findings, totals, chains } = await verifyTrail({
    source: openS3(sessionWith(server, settings)),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
  });
  return { report: { verdict, findings, totals, chains }, server };
}

/** Strikes each `every`th request that it is asked about, beginning with number `from`. */
function eachOf(every: number, from: number, fault: Omit<Fault, 'match' | 'times'>): Fault {
  let asked = -from;
  return { ...fault, times: Number.POSITIVE_INFINITY, match: () => asked++ % every === 0 };
}

/** A bucket of tokens that lets `perSecond` requests through and strikes the rest. */
function beyondRate(perSecond: number): Fault {
  let tokens = perSecond;
  let last = performance.now();
  const match = (): boolean => {
    const now = performance.now();
    tokens = Math.min(perSecond, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  };
  return { kind: 'status', status: 503, code: 'SlowDown', times: Number.POSITIVE_INFINITY, match };
}

describe('a run under faults ends as a quiet one does, and counts nothing twice', () => {
  test.each([
    ['throttled to 25 requests a second', [() => beyondRate(25)], 30_000],
    [
      'one request in twenty fails',
      [
        () => eachOf(80, 5, { kind: 'status', status: 500, code: 'InternalError' }),
        () => eachOf(80, 25, { kind: 'status', status: 503, code: 'SlowDown' }),
        () => eachOf(80, 45, { kind: 'reset' }),
        () => eachOf(80, 65, { kind: 'truncate', operation: 'GetObject' }),
      ],
      30_000,
    ],
    [
      'resets amid bodies',
      [() => eachOf(5, 0, { kind: 'reset', afterBytes: 40, operation: 'GetObject' })],
      30_000,
    ],
    ['stalled bodies', [() => eachOf(20, 0, { kind: 'stall', afterBytes: 40, operation: 'GetObject' })], 500],
    ['no answers', [() => eachOf(20, 0, { kind: 'stall', operation: 'GetObject' })], 500],
    [
      'a body one byte at a time',
      [() => eachOf(20, 0, { kind: 'slow', afterBytes: 1, latencyMs: 50, operation: 'GetObject' })],
      500,
    ],
  ] as const)(
    '%s',
    async (_, faults, timeout) => {
      const quiet = await verify(() => {});
      const faulty = await verify(
        (server) => {
          for (const fault of faults) server.faults.add(fault());
        },
        { requestTimeoutMs: timeout },
      );
      expect(faulty.server.faults.struck).toBeGreaterThan(0);
      expect(faulty.report).toEqual(quiet.report);
      expect(quiet.report.totals.logs).toMatchObject({ listed: 96, valid: 94, invalid: 1, missing: 1 });
    },
    120_000,
  );

  test('a refusal that lasts makes one log file unproven, not missing', async () => {
    const { report, server } = await verify(
      ({ faults, store }) => {
        const log = store.keys('example-trail-logs').find((key) => key.includes('/CloudTrail/')) ?? '';
        const match = (_: string, path: string): boolean => path.endsWith(log);
        faults.add({ kind: 'status', status: 503, times: Number.POSITIVE_INFINITY, match });
      },
      { maxAttempts: 3 },
    );
    // Three tries of its batch, and three of the path that judges.
    expect(server.faults.struck).toBe(6);
    expect(report.findings.map(({ code }) => code).sort()).toEqual([
      'LOG_MISSING',
      'LOG_MODIFIED',
      'LOG_UNREADABLE',
    ]);
    expect(report.totals.logs).toMatchObject({ listed: 96, valid: 93, invalid: 1, missing: 1, unproven: 1 });
  }, 120_000);
});

test.skipIf(process.platform === 'win32')(
  'out of file handles a process reads all it was asked for, and ends',
  async () => {
    const scenario = build();
    const server = await aws.start({ store: scenario.store });
    const keys = [...Array(4)].flatMap(() => scenario.store.keys('example-trail-logs'));
    const program = `
      const { openAwsSession } = await import('./src/aws/session.ts');
      const { openS3 } = await import('./src/source/s3/s3-source.ts');
      await import('undici');
      const source = openS3(openAwsSession({ endpointUrl: ${JSON.stringify(server.url)} }));
      const keys = ${JSON.stringify(keys)};
      const read = (key) => source.open({ bucket: 'example-trail-logs', key }, { maxBytes: 1e6 });
      await read(keys[0]);
      const all = await Promise.allSettled(keys.map(read));
      console.log(JSON.stringify(all.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message)));
    `;
    const run = `ulimit -n 64; exec "${process.execPath}" --import tsx --input-type=module -e '${program.replaceAll("'", `'"'"'`)}'`;
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const child = spawn('sh', ['-c', run], { cwd: root, env: process.env });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const [code] = await once(child, 'exit');
    expect({ code, out, errors: errors.includes('EMFILE') }).toEqual({ code: 0, out: '[]\n', errors: false });
    expect(server.requests.filter(({ status }) => status === 200).length).toBeGreaterThan(keys.length);
  },
  120_000,
);
