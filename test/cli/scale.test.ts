import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import {
  type CommandResult,
  keysAtServer,
  runCommand,
  serverKeys,
  stubAwsEnvironment,
} from '../support/command.ts';
import { replaceBytes } from '../support/damage.ts';
import type { FakeTerminalOptions } from '../support/fake-terminal.ts';
import { ObjectStore } from '../support/object-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';

const START = process.cwd();
const COPY = fileURLToPath(new URL('../../fixtures/tampered/copy', import.meta.url));
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));

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

/** A report without what names the run: its id, its times and the clocks, and what was typed and given. */
function reportIn(folder: string): object {
  const read = JSON.parse(readFileSync(`${folder}/report.json`, 'utf8'));
  const { reportId, run: _, clock, inputs, ...report } = read;
  expect(Object.keys(report)).toHaveLength(Object.keys(read).length - 4);
  return report;
}

function inventoryIn(folder: string): string {
  return gunzipSync(readFileSync(`${folder}/inventory.jsonl.gz`)).toString();
}

function expectSame(one: string, other: string): void {
  expect(reportIn(other)).toEqual(reportIn(one));
  expect(inventoryIn(other)).toBe(inventoryIn(one));
}

describe('over a folder', () => {
  const with_ = `--keys ${KEYS} --now 2026-10-06T00:00:00Z`;
  const verify = `verify ./copy ${with_}`;
  const plan = `plan ./copy ${with_}`;
  const merge = `merge plan ${with_}`;

  beforeEach(() => cpSync(COPY, 'copy', { recursive: true }));

  async function planned(shards = 3): Promise<void> {
    expect(await run(`${plan} --shards ${shards} --output plan`)).toMatchObject({ exitCode: 0, error: '' });
  }

  async function readAll(shards = 3): Promise<readonly CommandResult[]> {
    const results: CommandResult[] = [];
    for (let index = 0; index < shards; index += 1)
      results.push(await run(`run-shard plan --index ${index} ${with_}`));
    return results;
  }

  test('plan, read and merge give the report of one machine', async () => {
    const made = await run(`${plan} --shards 3 --output plan`);
    expect(made).toMatchObject({ exitCode: 0, error: '' });
    expect(made.out).toMatch(/^3 shards of 17 digests in plan\nplan\.json has SHA-256 [0-9a-f]{64}\n$/);
    const read = await readAll();
    expect(read.map(({ exitCode, error }) => [exitCode, error])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(read.map(({ out }) => out).join('')).toMatchInlineSnapshot(`
      "shard 0: 6 digests, 12 log files that agree, 0 left to the merge
      shard 1: 6 digests, 8 log files that agree, 0 left to the merge
      found: 1 DIGEST_SIGNATURE_INVALID, 1 LINK_HASH_MISMATCH
      shard 2: 5 digests, 5 log files that agree, 3 left to the merge
      found: 1 LOG_MISSING, 1 LOG_MODIFIED, 1 LOG_TRAILING_DATA
      "
    `);
    const alone = await run(`${verify} --output one`);
    const together = await run(`${merge} --output merged`);
    expect(together.exitCode).toBe(1);
    expect(together.out).toBe(alone.out.replaceAll('one/', 'merged/'));
    expectSame('one', 'merged');
    // The report says that it rests on the word of others.
    const [hash] = /[0-9a-f]{64}/.exec(made.out) ?? [];
    const { inputs } = JSON.parse(readFileSync('merged/report.json', 'utf8'));
    expect(inputs.files).toContainEqual({ role: 'plan', name: 'plan/plan.json', sha256: hash });
    expect(await run(`${merge} --output again --plan-sha256 ${hash}`)).toMatchObject({
      exitCode: 1,
      error: '',
    });
  });

  test('a plan names its shards by their numbers, for engines that hand out a list', async () => {
    await planned();
    expect(JSON.parse(readFileSync('plan/indices.json', 'utf8'))).toEqual([
      { index: 0 },
      { index: 1 },
      { index: 2 },
    ]);
    // Nothing here reads that, whatever it says.
    writeFileSync('plan/indices.json', 'x');
    await readAll();
    expect(await run(`${merge} --output merged`)).toMatchObject({ exitCode: 1, error: '' });
  });

  test('a shard without a result is named, and no silence', async () => {
    await planned();
    await run(`run-shard plan --index 0 ${with_}`);
    await run(`run-shard plan --index 2 ${with_}`);
    const { exitCode, out } = await run(`${merge} --output merged --verbose`);
    expect(exitCode).not.toBe(0);
    expect(out).toContain('shard of a plan without a result that counts');
    expect(out).toContain('shard 1: there is no result');
    expect(out).toContain('shard 1 has no result');
  });

  test('--fail-on invalid lets no merge pass without the result of a shard', async () => {
    rmSync('copy', { recursive: true });
    cpSync(COPY.replace('tampered', 'intact'), 'copy', { recursive: true });
    await planned();
    await readAll();
    const line = `${merge} --no-report --format none --fail-on invalid`;
    expect((await run(line)).exitCode).toBe(0);
    rmSync('plan/results/1.jsonl.gz');
    expect((await run(line)).exitCode).toBe(3);
  });

  test('the same result twice is one; one that differs is kept, said, and believed by nobody', async () => {
    await planned();
    await readAll();
    expect(await run(`run-shard plan --index 1 ${with_}`)).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('the same result was there already'),
    });
    expect(readdirSync('plan/results').sort()).toEqual(['0.jsonl.gz', '1.jsonl.gz', '2.jsonl.gz']);
    const before = readFileSync('plan/results/2.jsonl.gz');
    rmSync('copy', { recursive: true });
    cpSync(COPY.replace('tampered', 'intact'), 'copy', { recursive: true });
    const second = await run(`run-shard plan --index 2 ${with_}`);
    expect(second).toMatchObject({
      exitCode: 3,
      out: expect.stringContaining('differs: this one is results/2.other-'),
    });
    expect(readFileSync('plan/results/2.jsonl.gz')).toEqual(before);
    const { out } = await run(`${merge} --output merged --verbose`);
    expect(out.replace(/\s+/g, ' ')).toContain('shard 2: a second result differs: results/2.other-');
  });

  test('what is no result of the plan is passed over', async () => {
    await planned();
    await readAll();
    for (const name of ['x', '7.jsonl.gz', '01.jsonl.gz', '1.other-.jsonl.gz', '1.jsonl.gz.tmp'])
      writeFileSync(`plan/results/${name}`, 'x');
    await run(`${verify} --output one`);
    await run(`${merge} --output merged`);
    expectSame('one', 'merged');
  });

  test('a result that is no regular file counts for none', async () => {
    await planned();
    await readAll();
    rmSync('plan/results/1.jsonl.gz');
    mkdirSync('plan/results/1.jsonl.gz');
    expect(await run(`${merge} --output merged`)).toMatchObject({ exitCode: 2, out: '' });
    rmSync('plan/results/1.jsonl.gz', { recursive: true });
    symlinkSync('/dev/zero', 'plan/results/1.jsonl.gz');
    expect(await run(`${merge} --output merged`)).toMatchObject({ exitCode: 2, out: '' });
  });

  describe('whose word counts', () => {
    const CERTIFICATE = 'worker/trail-verify/certificate.pem';
    const worker = { environment: { XDG_CONFIG_HOME: 'worker' } };

    async function readByWorker(): Promise<void> {
      for (let index = 0; index < 3; index += 1)
        expect(await run(`run-shard plan --index ${index} ${with_}`, worker)).toMatchObject({ exitCode: 0 });
    }

    beforeEach(() => {
      worker.environment.XDG_CONFIG_HOME = `${process.cwd()}/worker`;
    });

    test('results of another machine count with its certificate alone', async () => {
      await planned();
      await readByWorker();
      const { exitCode, out } = await run(`${merge} --output without --verbose`);
      expect(exitCode).not.toBe(0);
      expect(out.replace(/\s+/g, ' ')).toContain('its result does not count: CN=trail-verify on');
      await run(`${verify} --output one`);
      const together = await run(`${merge} --output merged --shard-signer ${CERTIFICATE}`);
      expect(together).toMatchObject({ exitCode: 1, error: '' });
      expectSame('one', 'merged');
    });

    test('a result that somebody else put in its place takes nothing away', async () => {
      await planned();
      await run(`run-shard plan --index 1 ${with_}`, worker);
      const squatted = readFileSync('plan/results/1.jsonl.gz');
      const all = await readAll();
      expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
      expect(all[1]?.out).toContain('the same result of another signer was there already');
      expect(readFileSync('plan/results/1.jsonl.gz')).toEqual(squatted);
      writeFileSync('plan/results/0.jsonl.gz', 'junk');
      expect((await run(`run-shard plan --index 0 ${with_}`)).exitCode).toBe(3);
      await run(`${verify} --output one`);
      await run(`${merge} --output merged`);
      expectSame('one', 'merged');
    });

    test('a plan counts by its signer, or by its hash', async () => {
      const made = await run(`${plan} --shards 3 --output plan`, worker);
      await readAll();
      const refused = await run(`${merge} --output merged`);
      expect(refused).toMatchObject({ exitCode: 2, out: '' });
      expect(refused.error).toContain('the plan in plan does not count: CN=trail-verify on');
      const [hash] = /[0-9a-f]{64}/.exec(made.out) ?? [];
      for (const known of [`--plan-sha256 ${hash}`, `--shard-signer ${CERTIFICATE}`])
        expect(await run(`${merge} --no-report ${known}`)).toMatchObject({ exitCode: 1, error: '' });
    });

    test('a plan that somebody changed is refused', async () => {
      await planned();
      await readAll();
      const text = readFileSync('plan/plan.json', 'utf8');
      const narrow = text.replace('"from": null', '"from": "2026-10-05T23:00:00.000Z"');
      expect(narrow).not.toBe(text);
      writeFileSync('plan/plan.json', narrow);
      const { exitCode, error } = await run(`${merge} --output merged`);
      expect(exitCode).toBe(2);
      expect(error).toContain('the plan in plan does not count');
      writeFileSync('plan/plan.json', text);
      rmSync('plan/plan.json.p7s');
      expect((await run(`${merge} --output merged`)).error).toContain('it is not signed');
    });

    test('a plan that is not signed is taken by its hash', async () => {
      const made = await run(`${plan} --shards 3 --output plan --no-sign`);
      expect(existsSync('plan/plan.json.p7s')).toBe(false);
      await readAll();
      expect((await run(`${merge} --no-report`)).error).toContain('it is not signed');
      const [hash] = /[0-9a-f]{64}/.exec(made.out) ?? [];
      expect(await run(`${merge} --no-report --plan-sha256 ${hash}`)).toMatchObject({
        exitCode: 1,
        error: '',
      });
    });

    test('a merge that trusts nobody is exit 2', async () => {
      await planned();
      await readAll();
      const { exitCode, error } = await run(`${merge} --output merged --no-sign`);
      expect(exitCode).toBe(2);
      expect(error).toContain('it is not known whose results count');
      expect(existsSync('merged')).toBe(false);
    });

    test('a shard of another plan than the one that was said is not run', async () => {
      await planned();
      const line = `run-shard plan --index 0 --plan-sha256 ${'0'.repeat(64)} ${with_}`;
      expect(await run(line)).toMatchObject({
        exitCode: 2,
        error: expect.stringContaining('do not use it before you know why'),
      });
      expect(readdirSync('plan/results')).toEqual([]);
    });
  });

  test('an array job says the shard by its environment', async () => {
    await planned();
    for (const [name, index] of [
      ['AWS_BATCH_JOB_ARRAY_INDEX', '0'],
      ['JOB_COMPLETION_INDEX', '2'],
    ] as const) {
      const { out } = await run(`run-shard plan ${with_}`, { environment: { [name]: index } });
      expect(out).toMatch(new RegExp(`^shard ${index}: `));
    }
  });

  test.each<readonly [string, (file: string) => void]>([
    ['deleted', (file) => rmSync(file)],
    [
      'replaced by as many bytes, with its time put back',
      (file) => {
        const { size, atime, mtime } = statSync(file);
        writeFileSync(file, Buffer.alloc(size, 'x'));
        utimesSync(file, atime, mtime);
      },
    ],
  ])('what was %s after a shard read it is no more what it was', async (_, change) => {
    rmSync('copy', { recursive: true });
    cpSync(COPY.replace('tampered', 'intact'), 'copy', { recursive: true });
    await planned();
    await readAll();
    const log = readdirSync('copy', { recursive: true, encoding: 'utf8' }).find((name) =>
      /_CloudTrail_us-east-1_.*\.json\.gz$/.test(name),
    );
    change(`copy/${log}`);
    await run(`${verify} --output one`);
    expect((await run(`${merge} --output merged`)).exitCode).toBe(1);
    expectSame('one', 'merged');
  });

  test('a plan in its own target is refused, when it is made and when it is used', async () => {
    expect(await run(`${plan} --shards 1 --output copy/plan`)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('is in the folder that is verified'),
    });
    expect(existsSync('copy/plan')).toBe(false);
    await planned();
    cpSync('plan', 'copy/plan', { recursive: true });
    for (const command of ['merge copy/plan --output merged', 'run-shard copy/plan --index 0'])
      expect(await run(`${command} ${with_}`)).toMatchObject({ exitCode: 2, out: '' });
  });

  test('a plan is never replaced', async () => {
    await planned();
    const before = readFileSync('plan/plan.json');
    expect(await run(`${plan} --shards 2 --output plan`)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('there is a plan in plan already'),
    });
    expect(readFileSync('plan/plan.json')).toEqual(before);
  });

  test('another plan than the one that was said is refused', async () => {
    await planned();
    expect(await run(`${merge} --output merged --plan-sha256 ${'0'.repeat(64)}`)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('do not use it before you know why'),
    });
    const text = readFileSync('plan/plan.json', 'utf8');
    writeFileSync('plan/plan.json', text.replace('"logs": true', '"logs": 1'));
    expect((await run(`${merge} --output merged`)).error).toContain(
      'plan.json: $.asked.logs: is not boolean',
    );
  });

  test.each([
    ['plan ./copy --output plan', '--shards'],
    ['plan ./copy --shards 3', '--output'],
    ['plan ./copy --shards 0 --output plan', 'is not a whole number from 1'],
    ['plan ./copy --shards 3 --output s3://bucket-only', 'has no prefix'],
    ['plan ./copy --shards 3 --output http://example.com/plan', 'is no place for a plan'],
    ['run-shard nowhere --index 0', 'there is no plan in nowhere'],
    ['run-shard nowhere', 'no shard was given'],
    ['run-shard nowhere --index x', 'is not a whole number from 0'],
    ['merge nowhere', 'there is no plan in nowhere'],
    ['merge nowhere --plan-sha256 12', 'is no SHA-256'],
    ['merge nowhere --no-report --output x', 'contradict each other'],
  ])('is exit 2: %s', async (line, error) => {
    const result = await run(line);
    expect(result).toMatchObject({ exitCode: 2, out: '' });
    expect(result.error).toContain(error);
    expect(readdirSync('.')).toEqual(['copy']);
  });

  test('a shard that the plan does not have is exit 2', async () => {
    await planned();
    expect(await run(`run-shard plan --index 3 ${with_}`)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('give --index 0 to 2'),
    });
    const environment = { AWS_BATCH_JOB_ARRAY_INDEX: 'x' };
    expect(await run(`run-shard plan ${with_}`, { environment })).toMatchObject({ exitCode: 2 });
  });
});

describe('over S3, with a plan in another bucket', () => {
  let store: ObjectStore;
  let server: AwsServer;
  let with_: string;

  beforeEach(async () => {
    store = new ObjectStore(() => Date.parse('2026-10-05T12:00:00Z'));
    store.createBucket('audit-runs');
    const trail = new TestTrail({
      store,
      bucket: 'example-trail-logs',
      account: '111122223333',
      region: 'us-east-1',
      trail: 'audit',
      startLogging: Date.parse('2026-10-05T09:12:37Z'),
    });
    trail.hours(30, { logs: 2 });
    replaceBytes(store, trail.logAt(7), Buffer.from('no log file'));
    server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => trail.end + HOUR });
    with_ = [`--now ${isoTime(trail.end + HOUR + 30 * MINUTE)}`, ...keysAtServer(server)].join(' ');
  });
  afterEach(() => server.close());

  test('plan, read and merge give the report of one machine', async () => {
    const place = 's3://audit-runs/2026/october';
    const made = await run(`plan s3://example-trail-logs --shards 7 --output ${place} ${with_}`);
    expect(made).toMatchObject({ exitCode: 0, error: '' });
    expect(made.out).toContain('7 shards of 31 digests in s3://audit-runs/2026/october/');
    for (let index = 0; index < 7; index += 1) {
      const line = `run-shard ${place} --index ${index} ${with_}`;
      expect(await run(line)).toMatchObject({ exitCode: 0, error: '' });
      expect((await run(line)).out).toContain('the same result was there already');
    }
    const alone = await run(`verify s3://example-trail-logs --output one ${with_}`);
    const together = await run(`merge ${place} --output merged ${with_}`);
    expect([alone.exitCode, together.exitCode]).toEqual([1, 1]);
    expectSame('one', 'merged');
  });

  test('the bucket that is verified takes no plan', async () => {
    const line = `plan s3://example-trail-logs --shards 7 --output s3://example-trail-logs/plan ${with_}`;
    expect(await run(line)).toMatchObject({ exitCode: 2, out: '' });
    expect(store.keys('example-trail-logs').some((key) => key.startsWith('plan'))).toBe(false);
  });

  test('two plans for one place: the second is refused', async () => {
    const line = `plan s3://example-trail-logs --shards 2 --output s3://audit-runs/x ${with_}`;
    expect(await run(line)).toMatchObject({ exitCode: 0 });
    expect(await run(line)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('there is a plan in'),
    });
  });
});
