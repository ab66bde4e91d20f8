import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler, ShardError } from '../../src/door/lambda.ts';
import { WORKER_ERRORS } from '../../src/scale/deploy/machine.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import {
  expectSameReports,
  hashIn,
  makeSigner,
  PLAN_BUCKET,
  type ScaledTrail,
  startScaledTrail,
  TRAIL_BUCKET,
} from '../support/scaled-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const PLANS = `s3://${PLAN_BUCKET}/plans`;
const SHARDS = 4;
const minutes = (count: number) => ({ getRemainingTimeInMillis: () => count * 60_000 });

let trail: ScaledTrail;
let planSha256: string;
let said: string;

beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  trail = await startScaledTrail();
  const signer = await makeSigner('worker');
  const environment = {
    ...trail.environment,
    TRAIL_VERIFY_PLANS: PLANS,
    TRAIL_VERIFY_SIGN_KEY: signer.key,
    TRAIL_VERIFY_SIGN_CERT: signer.certificate,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const target = [`s3://${TRAIL_BUCKET}`, '--shards', String(SHARDS), '--output', `${PLANS}/2026-10`];
  const made = await runCommand(['plan', ...target], { environment: trail.environment });
  expect(made.error).toBe('');
  planSha256 = hashIn(made.out);
});
afterEach(async () => {
  process.chdir(START);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await trail.close();
});

const event = (index: number) => ({ plan: '2026-10', planSha256, index });

/** How the handler ended: the name and the words of its error. */
async function failure(
  given: unknown,
  context = minutes(15),
): Promise<readonly [name: string, words: string]> {
  const error: unknown = await handler(given, context).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ShardError)) throw new Error(`it ended otherwise: ${String(error)}`);
  return [error.name, error.message];
}

test('every shard by the handler, and the merge is the report of one machine', async () => {
  for (let index = 0; index < SHARDS; index += 1) {
    const answer = await handler(event(index), minutes(15));
    expect(answer).toMatchObject({ plan: '2026-10', index, kept: 'first' });
    expect(answer.digests).toBeGreaterThan(0);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(1024);
  }
  expect(await handler(event(1), minutes(15))).toMatchObject({ index: 1, kept: 'same' });
  expect(said).toBe('');
  const { environment } = trail;
  await runCommand(['verify', `s3://${TRAIL_BUCKET}`, '--output', 'one'], { environment });
  const line = [
    'merge',
    `${PLANS}/2026-10`,
    '--plan-sha256',
    planSha256,
    '--shard-signer',
    'worker.cert.pem',
  ];
  const { exitCode } = await runCommand([...line, '--output', 'merged'], { environment });
  expect(exitCode).toBe(1);
  expectSameReports('one', 'merged');
  expect(JSON.parse(readFileSync('merged/report.json', 'utf8')).verdict).toBe('INVALID');
});

describe('is an error that no retry mends', () => {
  const { configuration } = WORKER_ERRORS;

  test.each([
    [undefined],
    [null],
    ['2026-10'],
    [[]],
    [{}],
    [{ plan: '2026-10', index: 0 }],
    [{ plan: '2026-10', planSha256: 'A'.repeat(64), index: 0 }],
    [{ plan: '2026-10', planSha256: '0'.repeat(64), index: '0' }],
    [{ plan: '2026-10', planSha256: '0'.repeat(64), index: -1 }],
    [{ plan: '2026-10', planSha256: '0'.repeat(64), index: 0.5 }],
    [{ plan: '../2026-10', planSha256: '0'.repeat(64), index: 0 }],
    [{ plan: 's3://other/plans', planSha256: '0'.repeat(64), index: 0 }],
    [{ plan: '2026-10', planSha256: '0'.repeat(64), index: 0, keys: './evil.jsonl' }],
    [{ plan: '2026-10', planSha256: '0'.repeat(64), index: 0, plans: 's3://other' }],
  ])('the event %j', async (given) => {
    const before = trail.server.requests.length;
    const [name, words] = await failure(given);
    expect(name).toBe(configuration);
    expect(words).toContain('the event');
    expect(trail.server.requests.length).toBe(before);
  });

  test('another plan than the event says, and none', async () => {
    expect(await failure({ ...event(0), planSha256: '0'.repeat(64) })).toEqual([
      configuration,
      expect.stringContaining(planSha256),
    ]);
    expect(await failure({ ...event(0), plan: '2026-11' })).toEqual([
      configuration,
      expect.stringContaining('there is no plan'),
    ]);
    expect(await failure(event(SHARDS))).toEqual([
      configuration,
      expect.stringContaining(`no shard ${SHARDS}`),
    ]);
  });

  test.each([
    ['TRAIL_VERIFY_PLANS', ''],
    ['TRAIL_VERIFY_PLANS', `s3://${PLAN_BUCKET}/*`],
    ['TRAIL_VERIFY_SIGN_KEY', 'nowhere.pem'],
    ['TRAIL_VERIFY_CONCURRENCY', 'many'],
  ])('the environment %s=%s', async (name, value) => {
    vi.stubEnv(name, value);
    expect((await failure(event(0)))[0]).toBe(configuration);
  });

  test('no key that signs: a function has no identity that stays', async () => {
    vi.stubEnv('TRAIL_VERIFY_SIGN_KEY', undefined);
    vi.stubEnv('TRAIL_VERIFY_SIGN_CERT', undefined);
    expect(await failure(event(0))).toEqual([configuration, expect.stringContaining('no key signs')]);
  });

  test('a result that may not be written', async () => {
    const match = /^PUT .*\/results\//;
    trail.server.faults.add({ kind: 'status', match, status: 403, code: 'AccessDenied', times: Infinity });
    expect((await failure(event(0)))[0]).toBe(configuration);
  });
});

test('S3 that cannot answer for now is an error that a retry mends', async () => {
  const match = /\/results\//;
  trail.server.faults.add({ kind: 'status', match, status: 500, code: 'InternalError', times: Infinity });
  expect((await failure(event(0)))[0]).toBe(WORKER_ERRORS.throttled);
  trail.server.faults.clear();
  expect(await handler(event(0), minutes(15))).toMatchObject({ kept: 'first' });
});

describe('a shard that needs more time than there is', () => {
  test('ends before the function is cut off, without a result', async () => {
    trail.server.faults.add({ kind: 'stall', match: /^GET .*CloudTrail-Digest.*json\.gz/, times: Infinity });
    const context = { getRemainingTimeInMillis: () => 21_000 };
    const begun = performance.now();
    const [name, words] = await failure(event(0), context);
    expect([name, words]).toEqual([WORKER_ERRORS.outOfTime, expect.stringContaining('plan more shards')]);
    expect(performance.now() - begun).toBeLessThan(16_500);
    expect(trail.store.keys(PLAN_BUCKET).filter((key) => key.includes('/results/'))).toEqual([]);
  });

  test('is not even begun where nearly none is left', async () => {
    const context = { getRemainingTimeInMillis: () => 3_000 };
    expect((await failure(event(0), context))[0]).toBe(WORKER_ERRORS.outOfTime);
    expect(trail.store.keys(PLAN_BUCKET).filter((key) => key.includes('/results/'))).toEqual([]);
  });
});

test('another result that was there already is kept, and said', async () => {
  const { digests } = await handler(event(0), minutes(15));
  const digest = trail.store
    .keys(TRAIL_BUCKET)
    .filter((key) => key.includes('CloudTrail-Digest/'))
    .at(-1);
  trail.store.delete(TRAIL_BUCKET, digest ?? '');
  expect(await handler(event(0), minutes(15))).toMatchObject({ kept: 'differs', digests: digests - 1 });
});
