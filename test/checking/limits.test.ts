import { execFile, spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { openAwsSession } from '../../src/aws/session.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { OpenChecker } from '../../src/checking/contract.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { Source } from '../../src/source/source.ts';
import { limitRate } from '../../src/source/wrappers.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { useAws } from '../aws/aws-fixture.ts';
import { builtPackage, useBuiltCommand } from '../support/built-command.ts';
import { threadsAtOnce } from '../support/check-paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { walkersAtOnce } from '../support/walk-paths.ts';

/** What a run may ask for, it may ask for with all its threads together. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const aws = useAws();
useBuiltCommand();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function build(hours: number, logs: number): Scenario {
  const { store, trail } = auditTrail();
  trail.hours(hours, { logs });
  return scenarioOf(store, trail);
}

/** A server in front of another that answers after a while: it knows how much it is asked at once, and when. */
async function watched(
  url: string,
  delay: number,
): Promise<{ readonly url: string; readonly seen: { most: number; times: number[] } }> {
  const seen = { most: 0, times: [] as number[] };
  let open = 0;
  const server = createServer((incoming, answer) => {
    open += 1;
    seen.most = Math.max(seen.most, open);
    seen.times.push(performance.now());
    setTimeout(() => {
      const { method, headers } = incoming;
      const passed = request(new URL(incoming.url ?? '', url), { method, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 500, reply.headers);
        reply.on('end', () => {
          open -= 1;
        });
        reply.pipe(answer);
      });
      incoming.pipe(passed);
    }, delay);
  });
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `http://127.0.0.1:${address.port}`, seen };
}

async function verify(
  scenario: Scenario,
  source: Source,
  checker: OpenChecker,
  concurrency?: number,
): Promise<{ readonly verdict: string; readonly valid: number; readonly together: number }> {
  closing.push(() => checker.close());
  const walker = walkersAtOnce({ threads: 2 });
  closing.push(() => walker.close());
  let together = 0;
  const { verdict, totals } = await verifyTrail(
    {
      source,
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      checker,
      walker,
      ...(concurrency === undefined ? {} : { concurrency }),
    },
    (event) => {
      if (event.type === 'logs') together += event.count;
    },
  );
  return { verdict, valid: totals.logs.valid, together };
}

describe('--concurrency', () => {
  test.each([1, 2, 5, 16])(
    '%d: no more requests are under way, over all threads and the walk together',
    async (concurrency) => {
      const scenario = build(6, 20);
      const server = await aws.start({ store: scenario.store });
      // Long enough that a slow machine has under way what it may.
      const { url, seen } = await watched(server.url, 20);
      const checker = threadsAtOnce({ threads: 4, concurrency });
      const source = openS3(openAwsSession({ endpointUrl: url }));
      const result = await verify(scenario, source, checker, concurrency);
      const together = concurrency === 1 ? 0 : 120;
      expect(result).toEqual({ verdict: 'VALID', valid: 120, together });
      expect(seen.most).toBeLessThanOrEqual(concurrency);
      // Three quarters of them are the threads'.
      expect(seen.most).toBeGreaterThanOrEqual(Math.min(4, Math.floor((3 * concurrency) / 4)));
    },
    60_000,
  );
});

describe('--max-rate', () => {
  test('log files are checked in batches, and their requests take their turns', async () => {
    const scenario = build(6, 50);
    const server = await aws.start({ store: scenario.store });
    const { url, seen } = await watched(server.url, 0);
    const checker = threadsAtOnce({ threads: 2 });
    const rate = 100;
    const source = limitRate(openS3(openAwsSession({ endpointUrl: url })), rate);
    const result = await verify(scenario, source, checker);
    expect(result).toEqual({ verdict: 'VALID', valid: 300, together: 300 });
    expect(seen.times.length).toBeGreaterThan(300);
    // On a busy machine some may leave late, and none too soon.
    expect((seen.times.at(-1) ?? 0) - (seen.times[0] ?? 0)).toBeGreaterThan(2_900);
  }, 60_000);
});

/** Lowers the number of files that a process may have open (util-linux); why not, where that cannot be done. */
const LOWERED = spawnSync('prlimit', ['--version']).error?.message;

test.skipIf(LOWERED !== undefined)(
  'threads that are out of file handles find what others find',
  async () => {
    const scenario = build(4, 20);
    const { url } = await aws.start({ store: scenario.store });
    const program = `
      const { execFileSync } = await import('node:child_process');
      const { readFileSync, readdirSync } = await import('node:fs');
      const { fixedClock, fixedKeyRing, openAwsSession, openChecker, openS3, readKeyFile, verifyTrail } = await import('./src/index.ts');
      const keys = readKeyFile(readFileSync('fixtures/keys/public-keys.jsonl'), 'keys');
      const checker = openChecker({ threads: 2, after: 0 });
      const results = [];
      const verify = async () => {
        const { verdict, totals } = await verifyTrail({
          source: openS3(openAwsSession({ endpointUrl: ${JSON.stringify(url)} })),
          checker, keyRing: fixedKeyRing(keys), clock: fixedClock(${scenario.now}),
          targets: [{ bucket: 'example-trail-logs', prefix: '' }],
        });
        results.push({ verdict, valid: totals.logs.valid });
      };
      // All is loaded then, and the connections are closed after a while.
      await verify();
      await new Promise((resolve) => setTimeout(resolve, 6000));
      const open = readdirSync('/proc/self/fd').length;
      execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=' + (open + 12)]);
      await verify();
      await checker.close();
      console.log(JSON.stringify(results));
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    const whole = { verdict: 'VALID', valid: 80 };
    expect(JSON.parse(stdout)).toEqual([whole, whole]);
  },
  120_000,
);

test.skipIf(process.platform === 'win32')(
  'a report that cannot be written for want of file handles is told of, with what helps',
  async () => {
    const scenario = build(10, 60);
    const { url } = await aws.start({ store: scenario.store });
    const output = join(temporaryFolder(), 'out');
    const keys = ['--keys', 'fixtures/keys/public-keys.jsonl', '--no-sign', '--format', 'none'];
    const now = ['--now', new Date(scenario.now).toISOString()];
    const command = [join(builtPackage(), 'bin/trail-verify.js'), 'verify', 's3://example-trail-logs'];
    const args = [process.execPath, ...command, '--output', output, ...keys, ...now, '--endpoint-url', url];
    const run = promisify(execFile)('sh', ['-c', 'ulimit -n 50; exec "$0" "$@"', ...args], { cwd: ROOT });
    expect(await run.catch((error: { code: number; stderr: string }) => error)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('ulimit -n'),
    });
  },
  120_000,
);
