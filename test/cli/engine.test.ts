import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runFacts } from '../../src/cli/io/run-facts.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from '../support/command.ts';
import type { FakeTerminalOptions } from '../support/fake-terminal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.mock('bullmq', () => {
  throw new Error('Cannot find package');
});

const START = process.cwd();

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

function run(line: string, options: FakeTerminalOptions = {}): Promise<CommandResult> {
  return runCommand(line.split(' '), { columns: 80, ...options });
}

const STORE = 'redis://me:secret-word@127.0.0.1:1';
const VERIFY = 'verify s3://example-trail-logs';

describe('where the engine is not installed, one line says so', () => {
  test.each([
    [`worker plans --store ${STORE}`, 'ioredis'],
    [`${VERIFY} --engine bullmq --store postgres://127.0.0.1/x --plan plans/one`, 'pg'],
  ])('%s', async (line, driver) => {
    const { exitCode, out, error } = await run(line);
    expect([exitCode, out]).toEqual([2, '']);
    expect(error).toBe(
      `trail-verify: the engine needs BullMQ, and it is not installed\nhint: add it where npm installed trail-verify: npm install bullmq@6.7.0 ${driver}; the single executable cannot load it\n`,
    );
    expect(readdirSync('.')).toEqual([]);
  });
});

test.each<readonly [line: string, error: string]>([
  ['worker plans', '--store'],
  ['worker plans --store http://me:secret-word@example.com', '--store is no address of a store'],
  [`worker http://example.com --store ${STORE}`, 'is no place for a plan'],
  [`worker plans --store ${STORE} --shards-at-once 0`, 'is not a whole number from 1'],
  [`${VERIFY} --engine other`, '--engine'],
  [`${VERIFY} --engine bullmq --plan plans/one`, '--engine has no store'],
  [`${VERIFY} --engine bullmq --store ${STORE}`, '--engine has no plan'],
  [`${VERIFY} --engine bullmq --store ${STORE} --plan plans/.one`, 'is no name by which workers can know'],
  [`${VERIFY} --engine bullmq --store ${STORE} --plan ..`, 'is no name by which workers can know'],
  [
    `${VERIFY} --engine bullmq --store ${STORE} --plan plans/one --resume ${'0'.repeat(64)} --shards 3`,
    'contradict each other',
  ],
  [`${VERIFY} --engine bullmq --store ${STORE} --plan one --resume 12`, 'is no SHA-256'],
  [`${VERIFY} --store ${STORE}`, '--store is of use with --engine only'],
  [`${VERIFY} --plan plans/one`, '--plan is of use with --engine only'],
  [`${VERIFY} --shards 3`, '--shards is of use with --engine only'],
  [`${VERIFY} --resume ${'0'.repeat(64)}`, '--resume is of use with --engine only'],
  [`${VERIFY} --shard-signer x.pem`, '--shard-signer is of use with --engine only'],
  ...['--bag', '--events events', '--query-results'].map(
    (other) =>
      [
        `${VERIFY} --engine bullmq --store ${STORE} --plan plans/one ${other}`,
        `--engine and ${other.split(' ')[0]} contradict each other`,
      ] as const,
  ),
])('is exit 2: %s', async (line, error) => {
  const result = await run(line);
  expect(result).toMatchObject({ exitCode: 2, out: '' });
  expect(result.error).toContain(error);
  expect(result.error).not.toContain('secret-word');
  expect(readdirSync('.')).toEqual([]);
});

test('no report shows the password of a store, wherever it is in the address', async () => {
  const inputs = { files: [], session: undefined, trail: undefined, signing: null, endpoints: () => [] };
  const record = { operator: undefined, organisation: undefined, caseRef: undefined, supersedes: undefined };
  const url = 'rediss://me:secret-word@example.com:6380/1?password=secret-word';
  const args = ['--store', url, `--store=${url}`, '--store', 'secret-word'];
  const facts = await runFacts({ record, now: 0 }, { environment: {} }, { ...inputs, args });
  expect(facts.arguments).toEqual([
    '--store',
    'rediss://example.com:6380/1',
    '--store=rediss://example.com:6380/1',
    '--store',
    '(redacted)',
  ]);
});

test('an address that is in the environment for workers hinders no plain run', async () => {
  const { error } = await run('verify nowhere', { environment: { TRAIL_VERIFY_STORE: STORE } });
  expect(error).toContain('nowhere');
  expect(error).not.toContain('--store');
});
