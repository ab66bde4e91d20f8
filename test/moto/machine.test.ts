/**
 * The state machines that `deploy asl` prints, run by moto from their input to their end: real plans, real shards and results in its
 * S3. Its KMS hashes a hash again before it signs, so a key in a file signs. moto runs neither Lambda nor ECS without Docker. So of a machine as it is printed the test replaces the
 * `Resource` and `Parameters` of its tasks, which become messages of a queue with the same payload or command, the seconds of
 * `Retry` and `Wait`, and `Catch`, because moto takes no cause of a failure. A worker of the test takes the messages, and calls the handler or the command with what is in them.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { handler } from '../../src/door/lambda.ts';
import { stateMachine, WORKER_ERRORS } from '../../src/scale/deploy/machine.ts';
import type { Deployment } from '../../src/scale/deploy/names.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import {
  expectSameReports,
  hashIn,
  makeSigner,
  PLAN_BUCKET,
  startScaledTrail,
  TRAIL_BUCKET,
} from '../support/scaled-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ask, endOf, MOTO, REGIONS, runMachines } from './moto.ts';

const START = process.cwd();
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const ACCOUNT = '123456789012';
const PLANS = `s3://${PLAN_BUCKET}/plans`;
const SHARDS = 5;
const SLOW = { timeout: 240_000 };

/** What a worker answers in place of what the handler or the command would have. */
type Trouble = (
  index: number,
  times: number,
) => { readonly error: string } | { readonly Error: string; readonly Cause: string } | undefined;

describe.skipIf(MOTO === undefined)('the machine, run by moto (test/moto/run.sh)', () => {
  let environment: Record<string, string>;
  let queueUrl: string;
  let workerEnds: AbortController;
  let working: Promise<void>;
  let runs = 0;
  let region = 'us-east-1';

  beforeAll(async () => {
    await runMachines();
    stubAwsEnvironment();
    const s3 = new S3Client({ endpoint: MOTO ?? '', region: 'us-east-1', forcePathStyle: true });
    const trail = await startScaledTrail();
    for (const bucket of [TRAIL_BUCKET, PLAN_BUCKET]) await fetch(`${MOTO}/${bucket}`, { method: 'PUT' });
    for (const key of trail.store.keys(TRAIL_BUCKET)) {
      const { bytes, metadata } = trail.store.get(TRAIL_BUCKET, key) ?? {};
      await s3.send(
        new PutObjectCommand({
          Bucket: TRAIL_BUCKET,
          Key: key,
          Body: bytes ?? new Uint8Array(),
          ...(metadata && { Metadata: { ...metadata } }),
        }),
      );
    }
    await trail.close();
    environment = {
      AWS_ENDPOINT_URL: MOTO ?? '',
      AWS_REGION: 'us-east-1',
      TRAIL_VERIFY_KEYS: KEYS,
      TRAIL_VERIFY_NOW: trail.environment.TRAIL_VERIFY_NOW ?? '',
    };
  }, 120_000);

  beforeEach(async () => {
    stubAwsEnvironment();
    process.chdir(temporaryFolder());
    region = REGIONS[runs] ?? '';
    runs += 1;
    // The SDK reads the endpoint there, whatever a command's terminal has.
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const made = await makeSigner('worker');
    const signer = { TRAIL_VERIFY_SIGN_KEY: made.key, TRAIL_VERIFY_SIGN_CERT: made.certificate };
    for (const [name, value] of Object.entries({ ...signer, TRAIL_VERIFY_PLANS: PLANS }))
      vi.stubEnv(name, value);
    queueUrl = (await ask(['sqs', region], 'CreateQueue', { QueueName: `work-${runs}` })).QueueUrl;
    workerEnds = new AbortController();
  });
  afterEach(async () => {
    workerEnds.abort();
    await working;
    process.chdir(START);
    vi.unstubAllEnvs();
  });
  afterAll(() => vi.unstubAllEnvs());

  const deployment = (worker: Deployment['worker'], merges: boolean): Deployment => ({
    machine: `arn:aws:states:${region}:${ACCOUNT}:stateMachine:trail-verify-${runs}`,
    plans: { bucket: PLAN_BUCKET, prefix: 'plans/' },
    mapRuns: { bucket: PLAN_BUCKET, prefix: 'map-runs/' },
    worker,
    merge: merges ? { definition: 'merge', container: 'trail-verify', output: process.cwd() } : undefined,
    ecs: { cluster: 'audit', subnets: [], securityGroups: [] },
    concurrency: 3,
  });

  /** The machine as it is printed, with tasks that are messages of the queue. */
  // biome-ignore lint/suspicious/noExplicitAny: a machine is a tree of any form.
  function overQueue(state: any): any {
    if (Array.isArray(state)) return state.map(overQueue);
    if (typeof state !== 'object' || state === null) return state;
    const changed = Object.fromEntries(
      Object.entries(state).map(([name, value]) => [name, overQueue(value)]),
    );
    if ('IntervalSeconds' in changed) changed.IntervalSeconds = 1;
    if (changed.Type === 'Wait') changed.Seconds = 1;
    if ('States' in changed) changed.States = withoutCatch(changed.States);
    if (changed.Type !== 'Task') return changed;
    const [over] = changed.Parameters.Overrides?.ContainerOverrides ?? [];
    const work =
      over === undefined ? { event: changed.Parameters.Payload } : { 'command.$': over['Command.$'] };
    changed.Resource = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';
    changed.Parameters = { QueueUrl: queueUrl, MessageBody: { ...work, 'token.$': '$$.Task.Token' } };
    return changed;
  }

  /** moto takes no cause of a failure, so a task that failed answers with error and cause, and a state behind it does as its Catch. */
  // biome-ignore lint/suspicious/noExplicitAny: states are of any form.
  function withoutCatch(states: Record<string, any>): Record<string, any> {
    return Object.fromEntries(
      Object.entries(states).flatMap(([name, state]) => {
        if (state.Catch === undefined) return [[name, state]];
        const { Catch: caught, ResultSelector: _, ...task } = state;
        const isFailed = { Variable: `${caught[0].ResultPath}.Cause`, IsPresent: true, Next: caught[0].Next };
        return [
          [name, { ...task, ResultPath: caught[0].ResultPath, Next: `${name}Caught` }],
          [`${name}Caught`, { Type: 'Choice', Choices: [isFailed], Default: state.Next }],
        ];
      }),
    );
  }

  /** Takes messages until the test ends, three at once. */
  function work(trouble: Trouble = () => undefined): void {
    const times = new Map<number, number>();
    const one = async (): Promise<void> => {
      while (!workerEnds.signal.aborted) {
        const { Messages: messages = [] } = await ask(['sqs', region], 'ReceiveMessage', {
          QueueUrl: queueUrl,
          WaitTimeSeconds: 1,
        });
        for (const { Body: body, ReceiptHandle } of messages) {
          await ask(['sqs', region], 'DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle });
          const { event, command, token } = JSON.parse(body);
          const index = event?.index ?? Number(command[command.indexOf('--index') + 1]);
          times.set(index, (times.get(index) ?? 0) + 1);
          const wrong = command?.[0] === 'merge' ? undefined : trouble(index, times.get(index) ?? 0);
          const ended = wrong ?? (event === undefined ? await asTask(command) : await asFunction(event));
          const isFailed = 'error' in ended && event !== undefined;
          const answer = isFailed ? { ...ended } : { output: JSON.stringify(ended) };
          const call = isFailed ? 'SendTaskFailure' : 'SendTaskSuccess';
          // Where a task is tried again, moto sends one message more, whose token it does not know.
          await ask(['states', region], call, { taskToken: token, ...answer }).catch((error: unknown) => {
            if (!String(error).includes('InvalidToken')) throw error;
          });
        }
      }
    };
    working = Promise.all([one(), one(), one()]).then(() => undefined);
  }

  /** As Lambda answers Step Functions. */
  async function asFunction(event: unknown) {
    try {
      return { Payload: await handler(event, { getRemainingTimeInMillis: () => 900_000 }) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { error: error.name, cause: JSON.stringify({ errorMessage: error.message }) };
    }
  }

  /** As ECS does: a task that ends with another code than 0 has failed. */
  async function asTask(command: readonly string[]) {
    const { exitCode } = await runCommand(command, { environment: process.env });
    return exitCode === 0 ? {} : taskFailed(exitCode);
  }

  function taskFailed(exitCode: number) {
    return { Error: 'States.TaskFailed', Cause: JSON.stringify({ Containers: [{ ExitCode: exitCode }] }) };
  }

  async function planned(name: string): Promise<string> {
    const line = ['plan', `s3://${TRAIL_BUCKET}`, '--shards', String(SHARDS), '--output', `${PLANS}/${name}`];
    const made = await runCommand(line, { environment });
    expect(made.error).toBe('');
    return hashIn(made.out);
  }

  async function execute(machine: Deployment, input: object) {
    const text = JSON.stringify(overQueue(JSON.parse(JSON.stringify(stateMachine(machine)))));
    // Of a percentage moto wants to see the decimals.
    const definition = text.replace('"ToleratedFailurePercentage":100', '$&.0');
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/trail-verify`;
    const name = `trail-verify-${runs}`;
    const { stateMachineArn } = await ask(['states', region], 'CreateStateMachine', {
      name,
      definition,
      roleArn,
    });
    const started = await ask(['states', region], 'StartExecution', {
      stateMachineArn,
      name: `run-${runs}`,
      input: JSON.stringify(input),
    });
    return endOf(started.executionArn, region);
  }

  async function mergeOf(name: string, planSha256: string, output: string) {
    const line = [
      'merge',
      `${PLANS}/${name}`,
      '--plan-sha256',
      planSha256,
      '--shard-signer',
      'worker.cert.pem',
    ];
    return runCommand([...line, '--output', output], { environment });
  }

  const LAMBDA = { kind: 'lambda', function: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:shard` } as const;
  const ECS = { kind: 'ecs', task: { definition: 'shard', container: 'trail-verify' } } as const;

  test(
    'Lambda: a shard that is throttled is tried again, and the merge is the report of one machine',
    SLOW,
    async () => {
      const planSha256 = await planned('lambda');
      const tries: number[] = [];
      work((index, times) => {
        tries.push(index);
        return index === 2 && times === 1 ? { error: WORKER_ERRORS.throttled } : undefined;
      });
      const ended = await execute(deployment(LAMBDA, false), { plan: 'lambda', planSha256 });
      expect(ended).toMatchObject({ status: 'SUCCEEDED' });
      expect([...new Set(tries)].sort()).toEqual([0, 1, 2, 3, 4]);
      expect(tries.filter((index) => index === 2).length).toBeGreaterThan(1);
      expect(tries.filter((index) => index !== 2)).toHaveLength(4);
      const { next } = JSON.parse(ended.output ?? '');
      expect(next).toBe(`trail-verify merge ${PLANS}/lambda --plan-sha256 ${planSha256}`);
      await runCommand(['verify', `s3://${TRAIL_BUCKET}`, '--output', 'one'], { environment });
      const merged = await runCommand(
        [...next.split(' ').slice(1), '--shard-signer', 'worker.cert.pem', '--output', 'merged'],
        { environment },
      );
      expect([merged.exitCode, merged.error]).toEqual([1, '']);
      expectSameReports('one', 'merged');
    },
  );

  test('Lambda: a shard that no retry mends is unproven, and all others are read', SLOW, async () => {
    const planSha256 = await planned('broken');
    const tries: number[] = [];
    work((index) => {
      tries.push(index);
      return index === 3 ? { error: WORKER_ERRORS.outOfTime } : undefined;
    });
    const ended = await execute(deployment(LAMBDA, false), { plan: 'broken', planSha256 });
    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    expect([...tries].sort()).toEqual([0, 1, 2, 3, 4]);
    const merged = await mergeOf('broken', planSha256, 'merged');
    expect(merged.exitCode).toBe(3);
    expect(merged.out).toContain('SHARD_UNPROVEN (1)');
  });

  test('Lambda: another plan.json than the input says is refused by every shard', SLOW, async () => {
    await planned('replaced');
    work();
    const ended = await execute(deployment(LAMBDA, false), { plan: 'replaced', planSha256: '0'.repeat(64) });
    // All of them failed, and none of them ends the run: the merge says what is missing.
    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    const planSha256 = await hashOfPlan('replaced');
    expect((await mergeOf('replaced', planSha256, 'merged')).exitCode).not.toBe(0);
  });

  test('an input without a hash ends at once', SLOW, async () => {
    work();
    expect(await execute(deployment(LAMBDA, false), { plan: 'none' })).toMatchObject({
      status: 'FAILED',
      error: WORKER_ERRORS.configuration,
    });
  });

  test('ECS: tries by exit code, merges, and ends with the verdict', SLOW, async () => {
    const planSha256 = await planned('ecs');
    const tries: number[] = [];
    work((index, times) => {
      tries.push(index);
      if (index === 1 && times === 1) return taskFailed(4);
      if (index === 2 && times === 1)
        return { Error: 'States.TaskFailed', Cause: 'Capacity is unavailable.' };
      return undefined;
    });
    vi.stubEnv('TRAIL_VERIFY_SHARD_SIGNER', 'worker.cert.pem');
    const ended = await execute(deployment(ECS, true), { plan: 'ecs', planSha256 });
    // The trail has a log file that was changed.
    expect(ended).toMatchObject({ status: 'FAILED', error: 'TrailVerifyInvalid' });
    expect([...tries].sort()).toEqual([0, 1, 1, 2, 2, 3, 4]);
    expect(existsSync(`run-${runs}/report.json`)).toBe(true);
    vi.stubEnv('TRAIL_VERIFY_SHARD_SIGNER', undefined);
    await runCommand(['verify', `s3://${TRAIL_BUCKET}`, '--output', 'one'], { environment: process.env });
    expectSameReports('one', `run-${runs}`);
  });

  test('ECS: a wrong call is tried once, and what always fails four times', SLOW, async () => {
    const planSha256 = await planned('wrong');
    const tries: number[] = [];
    work((index) => {
      tries.push(index);
      if (index === 1) return taskFailed(2);
      return index === 2 ? taskFailed(4) : undefined;
    });
    const ended = await execute(deployment(ECS, false), { plan: 'wrong', planSha256 });
    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    expect([...tries].sort()).toEqual([0, 1, 2, 2, 2, 2, 3, 4]);
  });

  async function hashOfPlan(name: string): Promise<string> {
    const { createHash } = await import('node:crypto');
    const answer = await fetch(`${MOTO}/${PLAN_BUCKET}/plans/${name}/plan.json`);
    return createHash('sha256')
      .update(Buffer.from(await answer.arrayBuffer()))
      .digest('hex');
  }
});
