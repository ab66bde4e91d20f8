/**
 * The recipes of examples/scale as their engines would run them: each command line of a file, with the variables that the engine sets,
 * against a server of the test's own. Workers sign with a key of KMS. Of a file the test replaces the folders of a container.
 */

import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import validate from 'asl-validator';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { commandsOf, textOf } from './docs/pages.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from './support/command.ts';
import {
  expectSameReports,
  hashIn,
  type ScaledTrail,
  startScaledTrail,
  TRAIL_BUCKET,
} from './support/scaled-trail.ts';
import { execute, installCommand } from './support/shell.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { startKms, type TestKms } from './support/test-kms.ts';
import { ROOT } from './support/yaml-scripts.ts';

const START = process.cwd();
const PLAN = 's3://audit-runs/2026-10';
const SHARDS = 3;
const SLOW = { timeout: 180_000 };
const KMS_KEY = /arn:aws:kms:us-east-1:111122223333:key\/[0-9-]+/;

const fileOf = (name: string): string => readFileSync(`${ROOT}examples/scale/${name}`, 'utf8');

let trail: ScaledTrail;
let kms: TestKms;
let environment: Record<string, string>;

beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  trail = await startScaledTrail();
  kms = await startKms(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  environment = { ...trail.environment, AWS_ENDPOINT_URL_KMS: kms.url };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  // The server has one key, and so both have it: to the commands they are two.
  for (const name of ['worker', 'report']) {
    const [arn = ''] =
      KMS_KEY.exec(fileOf(name === 'worker' ? 'batch-shard.json' : 'batch-merge.json')) ?? [];
    const made = await runCommand(['keygen', '--sign-kms', arn, '--output', name], { environment });
    expect(made.error).toBe('');
  }
});
afterEach(async () => {
  process.chdir(START);
  vi.unstubAllEnvs();
  await kms.close();
  await trail.close();
});

/** Makes the plan of the pages, and returns its hash. */
async function planned(): Promise<string> {
  const line = ['plan', `s3://${TRAIL_BUCKET}`, '--shards', String(SHARDS), '--output', PLAN];
  const made = await runCommand(line, { environment });
  expect([made.exitCode, made.error]).toEqual([0, '']);
  return hashIn(made.out);
}

/** Runs a command line as a container would that has certificates and reports in the working folder. */
async function inContainer(
  command: readonly string[],
  given: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const here = (text: string): string =>
    text.replace(/^\/etc\/trail-verify\//, '').replace(/^\/reports\//, '');
  const own = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, here(value)]));
  return runCommand(command.map(here), { environment: { ...environment, ...own } });
}

/** Expects the report of the merge to be that of one machine, which signs as the merge did. */
async function expectMerged(merged: CommandResult, output: string): Promise<void> {
  expect([merged.exitCode, merged.error]).toEqual([1, '']);
  const [arn = ''] = KMS_KEY.exec(fileOf('batch-merge.json')) ?? [];
  const signer = ['--sign-kms', arn, '--sign-cert', 'report.cert.pem'];
  await runCommand(['verify', `s3://${TRAIL_BUCKET}`, '--output', 'one', ...signer], { environment });
  expectSameReports('one', output);
}

describe('AWS Batch', () => {
  const shard = JSON.parse(fileOf('batch-shard.json'));
  const merge = JSON.parse(fileOf('batch-merge.json'));

  /** The command of a job definition with the parameters of a job in it. */
  function commandOf(
    { containerProperties, parameters }: typeof shard,
    given: Readonly<Record<string, string>>,
  ): readonly string[] {
    const all = { ...parameters, ...given };
    for (const name of Object.keys(given)) expect(Object.keys(parameters)).toContain(name);
    return containerProperties.command.map((word: string) => {
      const [, name] = /^Ref::(.*)$/.exec(word) ?? [];
      if (name === undefined) return word;
      expect(all[name]).not.toBe('');
      return all[name];
    });
  }

  function variablesOf({ containerProperties }: typeof shard): Record<string, string> {
    const list: readonly { readonly name: string; readonly value: string }[] =
      containerProperties.environment;
    return Object.fromEntries(list.map(({ name, value }) => [name, value]));
  }

  test('an array job and the job behind it', SLOW, async () => {
    const sha256 = await planned();
    for (let index = 0; index < SHARDS; index += 1) {
      const variables = { ...variablesOf(shard), AWS_BATCH_JOB_ARRAY_INDEX: String(index) };
      const ended = await inContainer(commandOf(shard, { plan: PLAN, sha256 }), variables);
      expect([ended.exitCode, ended.error]).toEqual([0, '']);
      expect(ended.out).toMatch(new RegExp(`^shard ${index}: `));
    }
    expect(kms.requests.filter(({ operation }) => operation === 'Sign').length).toBeGreaterThanOrEqual(
      SHARDS,
    );
    const given = { plan: PLAN, sha256, output: '/reports/2026-10' };
    await expectMerged(await inContainer(commandOf(merge, given), variablesOf(merge)), '2026-10');
  });

  test('what no retry mends is tried once: the first rule that fits an exit code counts', () => {
    const { evaluateOnExit, attempts } = shard.retryStrategy;
    const act = (code: number): string =>
      evaluateOnExit.find(
        ({ onExitCode, onReason }: { onExitCode?: string; onReason?: string }) =>
          onExitCode === String(code) || onReason === '*',
      ).action;
    expect([2, 3, 4, 137].map(act)).toEqual(['EXIT', 'EXIT', 'RETRY', 'RETRY']);
    expect(attempts).toBeGreaterThan(1);
    expect(merge.retryStrategy.attempts).toBe(1);
  });
});

describe('Kubernetes', () => {
  const [shards, merge] = parseAllDocuments(fileOf('kubernetes.yaml')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });

  /** The container of a job: its words and its variables, with those of the config map. */
  function containerOf(job: typeof shards, sha256: string) {
    const [container] = job.spec.template.spec.containers;
    const list: readonly {
      name: string;
      value?: string;
      valueFrom?: { configMapKeyRef: { key: string } };
    }[] = container.env;
    const variables = Object.fromEntries(
      list.map(({ name, value, valueFrom }) => {
        if (value !== undefined) return [name, value];
        expect(valueFrom?.configMapKeyRef.key).toBe('plan-sha256');
        return [name, sha256];
      }),
    );
    // As the kubelet replaces them.
    const words = container.args.map((word: string) =>
      word.replaceAll(/\$\((\w+)\)/g, (_, name: string) => variables[name] ?? ''),
    );
    return { words, variables };
  }

  test('an indexed job and the one behind it', SLOW, async () => {
    const sha256 = await planned();
    for (let index = 0; index < SHARDS; index += 1) {
      const { words, variables } = containerOf(shards, sha256);
      const ended = await inContainer(words, { ...variables, JOB_COMPLETION_INDEX: String(index) });
      expect([ended.exitCode, ended.error]).toEqual([0, '']);
    }
    const { words, variables } = containerOf(merge, sha256);
    await expectMerged(await inContainer(words, variables), '2026-10');
  });

  test('2 and 3 fail their index at once, and 4 is left to the tries', () => {
    const { spec } = shards;
    expect(spec).toMatchObject({ completionMode: 'Indexed', template: { spec: { restartPolicy: 'Never' } } });
    expect(spec.backoffLimitPerIndex).toBeGreaterThan(0);
    expect(spec.maxFailedIndexes).toBe(spec.completions);
    const [{ action, onExitCodes }] = spec.podFailurePolicy.rules;
    expect([action, onExitCodes.operator, onExitCodes.values]).toEqual(['FailIndex', 'In', [2, 3]]);
    expect(onExitCodes.containerName).toBe(spec.template.spec.containers[0].name);
    expect(merge.spec.backoffLimit).toBe(0);
  });

  test('the merge waits for the shards, and the page says how it is started', () => {
    expect([shards.spec.suspend, merge.spec.suspend]).toEqual([undefined, true]);
    const patch = `kubectl patch job ${merge.metadata.name} --type merge --patch '{"spec":{"suspend":false}}'`;
    expect(readFileSync(`${ROOT}docs/recipes-at-scale.md`, 'utf8')).toContain(patch);
  });
});

describe('a matrix of GitHub', () => {
  const workflow = parse(fileOf('github-shards.yml'));

  /** The script of the step with an id, in the shell that the runner starts for `bash`. */
  function step(job: string, env: Readonly<Record<string, string>>) {
    const { steps } = workflow.jobs[job];
    const { run, shell } = steps.find(({ id }: { id?: string }) => id === job);
    expect(shell).toBe('bash');
    writeFileSync(`${job}.sh`, run);
    const args = ['--noprofile', '--norc', '-eo', 'pipefail', `${job}.sh`];
    return execute('bash', args, { folder: process.cwd(), cwd: process.cwd(), env });
  }

  test('the plan, its shards and the merge', SLOW, async (context) => {
    const own = { folder: process.cwd(), cwd: process.cwd(), env: {} };
    if ((await execute('sh', ['-c', 'command -v jq'], own)).code !== 0) context.skip('there is no jq here');
    installCommand(process.cwd());
    mkdirSync('home');
    const env = {
      ...environment,
      NOW: environment.TRAIL_VERIFY_NOW ?? '',
      HOME: path.resolve('home'),
      ...workflow.env,
      PLAN: 's3://audit-runs/github-1-1',
      GITHUB_OUTPUT: path.resolve('outputs'),
    };
    const made = await step('plan', env);
    expect([made.code, made.error]).toEqual([0, '']);
    const outputs = Object.fromEntries(
      readFileSync('outputs', 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/)),
    );
    const { sha256: SHA256, shards, place } = outputs;
    // Of another attempt than that of the plan, where jobs are run again.
    for (const job of ['shard', 'merge'])
      expect(workflow.jobs[job].env.PLAN).toBe('\u0024{{ needs.plan.outputs.place }}');
    expect(workflow.jobs.plan.outputs.place).toBe('\u0024{{ steps.plan.outputs.place }}');
    expect(place).toBe(env.PLAN);
    const { strategy } = workflow.jobs.shard;
    expect(strategy).toEqual({
      'fail-fast': false,
      matrix: { index: '\u0024{{ fromJSON(needs.plan.outputs.shards) }}' },
    });
    const matrix: readonly number[] = JSON.parse(shards);
    // There are as many digests, and no more shards than that.
    expect(matrix).toEqual(Array.from({ length: 31 }, (_, index) => index));
    for (const index of matrix) {
      // A process each would take long: the first two as the runner has them, all others here.
      if (index < 2) {
        const { code, error } = await step('shard', { ...env, SHA256, INDEX: String(index) });
        expect([code, error]).toEqual([0, '']);
      } else {
        const signer = ['--sign-kms', workflow.env.WORKER, '--sign-cert', 'worker.cert.pem'];
        const line = ['run-shard', env.PLAN, '--index', String(index), '--plan-sha256', SHA256, ...signer];
        expect((await runCommand(line, { environment })).exitCode).toBe(0);
      }
    }
    const { code, out, error } = await step('merge', { ...env, SHA256 });
    await expectMerged({ exitCode: code, out, error }, 'report');
  });

  test('a shard that fails is tried three times, and a wrong call once', SLOW, async () => {
    mkdirSync('bin');
    const stub = (code: number) =>
      writeFileSync('bin/trail-verify', `#!/bin/sh\necho x >> tries\nexit ${code}\n`, { mode: 0o755 });
    writeFileSync('bin/sleep', '#!/bin/sh\n', { mode: 0o755 });
    for (const [code, tries] of [
      [4, 3],
      [2, 1],
      [3, 1],
      [0, 1],
    ] as const) {
      writeFileSync('tries', '');
      stub(code);
      expect((await step('shard', { PLAN, INDEX: '0', SHA256: 'x', WORKER: 'x' })).code).toBe(code);
      expect(readFileSync('tries', 'utf8')).toBe('x\n'.repeat(tries));
    }
  });

  test('it has no more shards than a matrix may have, and merges whatever they came to', () => {
    const [, asked = ''] = /--shards (\d+)/.exec(fileOf('github-shards.yml')) ?? [];
    expect(Number(asked)).toBeLessThanOrEqual(256);
    expect(workflow.jobs.merge.if).toMatch(/^always\(\)/);
  });
});

test('the commands of the page: keys, a plan, a machine and a policy', async () => {
  const lines = commandsOf('docs/recipes-at-scale.md').filter((line) => line.startsWith('trail-verify '));
  expect(lines).toHaveLength(5);
  mkdirSync('again');
  process.chdir('again');
  for (const line of lines) {
    const { exitCode, out, error } = await runCommand(line.split(' ').slice(1), { environment });
    expect([line, exitCode, error]).toEqual([line, 0, '']);
    if (line.includes('deploy asl')) expect(validate(JSON.parse(out)).isValid).toBe(true);
    if (line.includes('deploy iam')) expect(JSON.parse(out).Version).toBe('2012-10-17');
  }
});

test('every file of examples/scale is one of these', () => {
  const text = readFileSync(`${ROOT}test/recipes.test.ts`, 'utf8');
  for (const name of readdirSync(`${ROOT}examples/scale`)) expect(text).toContain(`'${name}'`);
  const page = textOf('docs/recipes-at-scale.md');
  for (const name of readdirSync(`${ROOT}examples/scale`)) expect(page).toContain(name);
});
