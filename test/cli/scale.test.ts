import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { sha256 } from '../../src/crypto/hash.ts';
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
import { expectSame } from '../support/same-reports.ts';
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

const LOG = /_CloudTrail_us-east-1_[^/]*\.json\.gz$/;

/** Waits until files were last changed long enough ago that a further change would show. */
async function settled(folder: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const last = Math.max(...names.map((name) => statSync(`${folder}/${name}`).ctimeMs));
  await delay(Math.max(0, last + 3_100 - Date.now()));
}

function run(line: string, options: FakeTerminalOptions = {}): Promise<CommandResult> {
  return runCommand([...line.split(' '), ...hashFor(line)], { columns: 80, ...options });
}

/** The hash of the plan in a folder that a line uses, as who made it was told. */
function hashFor(line: string): readonly string[] {
  const [, folder] = /^(?:merge|run-shard) (\S+)/.exec(line) ?? [];
  const file = `${folder}/plan.json`;
  if (folder === undefined || line.includes('--plan-sha256') || !existsSync(file)) return [];
  return ['--plan-sha256', sha256(readFileSync(file))];
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
    await settled('copy');
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
    // The report says that it rests on the word of others.
    expect(together.out.replace('8 limits', '7 limits')).toBe(alone.out.replaceAll('one/', 'merged/'));
    expectSame('one', 'merged');
    const [hash] = /[0-9a-f]{64}/.exec(made.out) ?? [];
    const { inputs, limits } = JSON.parse(readFileSync('merged/report.json', 'utf8'));
    const { text } = limits.find(({ code }: { code: string }) => code === 'READ_BY_SHARDS');
    expect(text).toContain(`read by the shards of plan ${hash}, at some time since 2026-10-06T00:00:00Z`);
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
    expect(out).toContain('part of a plan that is not proven');
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
    rmSync('plan/results/1.result');
    expect((await run(line)).exitCode).toBe(3);
  });

  test('the same result twice is one; one that differs is kept, said, and believed by nobody', async () => {
    await planned();
    await readAll();
    expect(await run(`run-shard plan --index 1 ${with_}`)).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('the same result was there already'),
    });
    expect(readdirSync('plan/results').sort()).toEqual(['0.result', '1.result', '2.result']);
    const before = readFileSync('plan/results/2.result');
    rmSync('copy', { recursive: true });
    cpSync(COPY.replace('tampered', 'intact'), 'copy', { recursive: true });
    const second = await run(`run-shard plan --index 2 ${with_}`);
    expect(second).toMatchObject({
      exitCode: 3,
      out: expect.stringContaining('differs: this one is results/2.other-'),
    });
    expect(readFileSync('plan/results/2.result')).toEqual(before);
    const { out } = await run(`${merge} --output merged --verbose`);
    expect(out.replace(/\s+/g, ' ')).toContain('shard 2: a second result differs: results/2.other-');
  });

  test('what is no result of the plan is passed over', async () => {
    await planned();
    await readAll();
    for (const name of ['x', '7.result', '01.result', '1.other-.result', '1.result.tmp'])
      writeFileSync(`plan/results/${name}`, 'x');
    await run(`${verify} --output one`);
    await run(`${merge} --output merged`);
    expectSame('one', 'merged');
  });

  test('a result that is no regular file counts for none', async () => {
    await planned();
    await readAll();
    const text = (result: CommandResult): string => result.out.replace(/\s+/g, ' ');
    rmSync('plan/results/1.result');
    mkdirSync('plan/results/1.result');
    expect(text(await run(`${merge} --output merged --verbose`))).toContain('shard 1: its result is damaged');
    rmSync('plan/results/1.result', { recursive: true });
    symlinkSync('/dev/zero', 'plan/results/1.result');
    expect(text(await run(`${merge} --output again --verbose`))).toContain('shard 1: its result is damaged');
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
      const squatted = readFileSync('plan/results/1.result');
      const all = await readAll();
      expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
      expect(all[1]?.out).toContain('a file that this machine did not sign was there already');
      expect(readFileSync('plan/results/1.result')).toEqual(squatted);
      await run(`${verify} --output one`);
      await run(`${merge} --output merged`);
      expectSame('one', 'merged');
    });

    test('a plan counts by its hash: neither a changed one does, nor an older one that was genuine', async () => {
      await planned();
      await readAll();
      const known = `--plan-sha256 ${sha256(readFileSync('plan/plan.json'))}`;
      const text = readFileSync('plan/plan.json', 'utf8');
      const narrow = text.replace('"from": null', '"from": "2026-10-05T23:00:00.000Z"');
      expect(narrow).not.toBe(text);
      writeFileSync('plan/plan.json', narrow);
      for (const command of ['merge plan --output merged', 'run-shard plan --index 0']) {
        const { exitCode, error } = await run(`${command} ${with_} ${known}`);
        expect(exitCode).toBe(2);
        expect(error).toContain('do not use it before you know why');
      }
      // One of the very same request and time is another: its results count for no other.
      for (const name of ['plan.json', 'shards.jsonl', 'indices.json']) rmSync(`plan/${name}`);
      await planned();
      expect((await run(`${merge} --output merged ${known}`)).exitCode).toBe(2);
      const { out } = await run(`${merge} --output merged --verbose`);
      expect(out.replace(/\s+/g, ' ')).toContain('its result is of another shard');
    });

    test('shards.jsonl is read as far as plan.json says', async () => {
      await planned();
      writeFileSync('plan/shards.jsonl', `${readFileSync('plan/shards.jsonl', 'utf8')}{}\n`);
      expect(await run(`run-shard plan --index 0 ${with_}`)).toMatchObject({ exitCode: 2, out: '' });
    });

    test('files of others take nothing away, whatever they are', async () => {
      await planned();
      const other = (at: number): string => `plan/results/0.other-${String(at).repeat(64)}.result`;
      for (let at = 0; at < 9; at += 1) writeFileSync(other(at), 'x');
      for (let at = 1; at < 4; at += 1) rmSync(other(at));
      mkdirSync(other(1));
      symlinkSync('nowhere', other(2));
      execFileSync('mkfifo', [other(3)]);
      await readAll();
      await run(`${verify} --output one`);
      await run(`${merge} --output merged`);
      expectSame('one', 'merged');
    });

    test('a result goes under a name that nobody has taken, or there is none', async () => {
      await planned();
      writeFileSync('plan/results/0.result', 'junk');
      const second = await run(`run-shard plan --index 0 ${with_}`);
      expect(second.exitCode).toBe(0);
      const [, name = ''] = /this one is (\S+)\.result/.exec(second.out) ?? [];
      expect(readFileSync(`plan/${name}.result`, 'latin1')).toMatch(/^\{"signature":/);
      // Who knows the name can take it.
      writeFileSync(`plan/${name}.result`, 'junk');
      const third = await run(`run-shard plan --index 0 ${with_}`);
      expect(third.out).toContain(`${name}-1.result`);
      for (let at = 1; at < 10; at += 1) writeFileSync(`plan/${name}-${at}.result`, 'junk');
      expect(await run(`run-shard plan --index 0 ${with_}`)).toMatchObject({
        exitCode: 4,
        error: expect.stringContaining('no name is left'),
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
    const two = { AWS_BATCH_JOB_ARRAY_INDEX: '0', JOB_COMPLETION_INDEX: '2' };
    expect(await run(`run-shard plan ${with_}`, { environment: two })).toMatchObject({
      exitCode: 2,
      error:
        'trail-verify: AWS_BATCH_JOB_ARRAY_INDEX and JOB_COMPLETION_INDEX say two shards\nhint: give --index\n',
    });
  });

  test('a folder of the same name elsewhere is not the one that was planned', async () => {
    await planned();
    mkdirSync('elsewhere');
    cpSync('copy', 'elsewhere/copy', { recursive: true });
    process.chdir('elsewhere');
    for (const line of [`run-shard ../plan --index 0 ${with_}`, `merge ../plan ${with_} --output merged`]) {
      const { exitCode, error } = await run(line);
      expect(exitCode).toBe(2);
      expect(error).toMatch(
        /^trail-verify: the plan is of the folder \/\S+\/copy, and \.\/copy is another one here\n/,
      );
    }
  });

  test('nothing that is believed is taken out of the plan, where others write', async () => {
    await planned();
    await readAll();
    for (const place of ['plan', 'plan/results']) {
      writeFileSync(`${place}/x`, readFileSync(KEYS));
      const keys = `--now 2026-10-06T00:00:00Z --keys ${place}/x`;
      for (const line of [
        `merge plan --output merged ${keys}`,
        `run-shard plan --index 0 ${keys}`,
        `${merge} --output merged --expect ${place}/x`,
        `${merge} --output merged --accept ${place}/x`,
        `worker . --store redis://127.0.0.1:1 ${keys}`,
        `worker . --store redis://127.0.0.1:1 --run-signer ${place}/x`,
        `verify ./copy --engine bullmq --store redis://127.0.0.1:1 --plan plan ${keys}`,
      ]) {
        const { exitCode, error } = await run(line);
        expect({ line, exitCode }).toEqual({ line, exitCode: 2 });
        expect(error).toMatch(/^trail-verify: --[a-z-]+ file plan\S* is in the folder of the plan\n/);
      }
    }
  });

  test('a place of plans is a folder', async () => {
    writeFileSync('file', '');
    const { exitCode, error } = await run(`worker file --store redis://127.0.0.1:1 ${with_}`);
    expect(exitCode).toBe(2);
    expect(error).toMatch(/^trail-verify: file is no folder\nhint: /);
  });

  test.each<readonly [string, (file: string) => void, RegExp]>([
    ['deleted', (file) => rmSync(file), LOG],
    [
      'replaced by as many bytes, with its time put back',
      (file) => {
        const { size, atime, mtime } = statSync(file);
        writeFileSync(file, Buffer.alloc(size, 'x'));
        utimesSync(file, atime, mtime);
      },
      LOG,
    ],
    [
      'given another signature next to it',
      (file) => {
        const facts = `${file}.s3-metadata.json`;
        const { size, atime, mtime } = statSync(facts);
        const text = readFileSync(facts, 'utf8').replace(
          /("signature":")([0-9a-f]{4})/,
          (_, name, two) => name + two.split('').reverse().join(''),
        );
        expect([text.length, text === readFileSync(facts, 'utf8')]).toEqual([size, false]);
        writeFileSync(facts, text);
        utimesSync(facts, atime, mtime);
      },
      /CloudTrail-Digest_us-east-1_[^/]*\.json\.gz$/,
    ],
  ])('what was %s after a shard read it is no more what it was', async (_, change, which) => {
    rmSync('copy', { recursive: true });
    cpSync(COPY.replace('tampered', 'intact'), 'copy', { recursive: true });
    await settled('copy');
    await planned();
    await readAll();
    const log = readdirSync('copy', { recursive: true, encoding: 'utf8' }).find((name) => which.test(name));
    change(`copy/${log}`);
    await run(`${verify} --output one`);
    expect((await run(`${merge} --output merged`)).exitCode).toBe(1);
    expectSame('one', 'merged');
  });

  test('a twin in its place, made before, is no more what it was', async () => {
    rmSync('copy', { recursive: true });
    cpSync(COPY.replace('tampered', 'intact'), 'copy', { recursive: true });
    const log = `copy/${readdirSync('copy', { recursive: true, encoding: 'utf8' }).find((name) => LOG.test(name))}`;
    const { size } = statSync(log);
    writeFileSync('twin', Buffer.alloc(size, 'x'));
    // One call for both, so that the file system gives them one time of change, as far as its clock goes.
    execFileSync('touch', ['-d', '2026-10-05T12:00:00Z', log, 'twin']);
    await settled('copy');
    await planned();
    await readAll();
    renameSync(log, 'genuine');
    renameSync('twin', log);
    expect((await run(`${merge} --output merged`)).exitCode).toBe(1);
  });

  test('a plan in its own target is refused, when it is made and when it is used', async () => {
    expect(await run(`${plan} --shards 1 --output copy/plan`)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('is in the folder that is verified'),
    });
    expect(existsSync('copy/plan')).toBe(false);
    mkdirSync('around/results', { recursive: true });
    cpSync('copy', 'around/results/copy', { recursive: true });
    expect(await run(`plan around/results ${with_} --shards 1 --output around`)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('folder around holds the folder that is verified'),
    });
    await planned();
    cpSync('plan', 'copy/plan', { recursive: true });
    for (const command of ['merge copy/plan --output merged', 'run-shard copy/plan --index 0'])
      expect(await run(`${command} ${with_}`)).toMatchObject({ exitCode: 2, out: '' });
  });

  test('a result is written through no link', async () => {
    await planned();
    rmSync('plan/results', { recursive: true });
    mkdirSync('elsewhere');
    symlinkSync('../elsewhere', 'plan/results');
    const { exitCode, error } = await run(`run-shard plan --index 0 ${with_}`);
    expect(exitCode).toBe(4);
    expect(error).toContain('could not be written: its folder is a symbolic link\nhint: look whether');
    expect(readdirSync('elsewhere')).toEqual([]);
  });

  test('a certificate of shards counts from nowhere where others write, and is in the report', async () => {
    await planned();
    await readAll();
    expect(await run('keygen --output worker')).toMatchObject({ exitCode: 0 });
    const certificate = 'worker.cert.pem';
    for (const place of ['copy', 'plan', 'plan/results']) {
      cpSync(certificate, `${place}/worker.pem`);
      const { exitCode, error } = await run(`${merge} --output refused --shard-signer ${place}/worker.pem`);
      expect({ place, exitCode }).toEqual({ place, exitCode: 2 });
      expect(error).toMatch(
        /^trail-verify: --shard-signer file \S+ is in the folder (?:of the plan|that is verified)\n/,
      );
    }
    await run(`${merge} --output merged --shard-signer ${certificate}`);
    const { inputs } = JSON.parse(readFileSync('merged/report.json', 'utf8'));
    const sha = sha256(readFileSync(certificate));
    expect(inputs.files).toContainEqual({ role: 'shard-signer', name: certificate, sha256: sha });
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
    [`run-shard nowhere --index 0 --plan-sha256 ${'0'.repeat(64)}`, 'there is no plan in nowhere'],
    [`run-shard nowhere --plan-sha256 ${'0'.repeat(64)}`, 'no shard was given'],
    [`run-shard nowhere --index x --plan-sha256 ${'0'.repeat(64)}`, 'is not a whole number from 0'],
    [`merge nowhere --plan-sha256 ${'0'.repeat(64)}`, 'there is no plan in nowhere'],
    ['merge nowhere --plan-sha256 12', 'is no SHA-256'],
    ['merge nowhere', '--plan-sha256'],
    ['run-shard nowhere --index 0', '--plan-sha256'],
    [`merge nowhere/plan.json --plan-sha256 ${'0'.repeat(64)}`, 'the folder or prefix that holds that file'],
    [`merge nowhere --no-report --output x --plan-sha256 ${'0'.repeat(64)}`, 'contradict each other'],
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
  let trail: TestTrail;
  /** A log file as CloudTrail wrote it, that was replaced. */
  let before: Buffer;
  let server: AwsServer;
  let with_: string;

  beforeEach(async () => {
    store = new ObjectStore(() => Date.parse('2026-10-05T12:00:00Z'));
    store.createBucket('audit-runs');
    trail = new TestTrail({
      store,
      bucket: 'example-trail-logs',
      account: '111122223333',
      region: 'us-east-1',
      trail: 'audit',
      startLogging: Date.parse('2026-10-05T09:12:37Z'),
    });
    trail.hours(30, { logs: 2 });
    const { bucket, key } = trail.logAt(7);
    before = Buffer.from(store.get(bucket, key)?.bytes ?? []);
    replaceBytes(store, { bucket, key }, Buffer.from('no log file'));
    server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => trail.end + HOUR });
    with_ = [`--now ${isoTime(trail.end + HOUR + 30 * MINUTE)}`, ...keysAtServer(server)].join(' ');
  });
  afterEach(() => server.close());

  test('plan, read and merge give the report of one machine', async () => {
    const place = 's3://audit-runs/2026/october';
    const made = await run(`plan s3://example-trail-logs --shards 7 --output ${place} ${with_}`);
    expect(made).toMatchObject({ exitCode: 0, error: '' });
    expect(made.out).toContain('7 shards of 31 digests in s3://audit-runs/2026/october/');
    const [hash = ''] = /[0-9a-f]{64}/.exec(made.out) ?? [];
    for (let index = 0; index < 7; index += 1) {
      const line = `run-shard ${place} --index ${index} --plan-sha256 ${hash} ${with_}`;
      expect(await run(line)).toMatchObject({ exitCode: 0, error: '' });
      expect((await run(line)).out).toContain('the same result was there already');
    }
    const alone = await run(`verify s3://example-trail-logs --output one ${with_}`);
    const together = await run(`merge ${place} --plan-sha256 ${hash} --output merged ${with_}`);
    expect([alone.exitCode, together.exitCode]).toEqual([1, 1]);
    expectSame('one', 'merged');
  });

  test('two nights with a state: the merge leaves the state of one machine, and the next plan has what is new', async () => {
    const shards = async (night: string, ...more: readonly string[]): Promise<string> => {
      const place = `s3://audit-runs/${night}`;
      const target = `plan s3://example-trail-logs --shards 3 --output ${place} ${with_}`;
      const { out, exitCode } = await run([target, ...more].join(' '));
      expect(exitCode).toBe(0);
      const [hash = ''] = /[0-9a-f]{64}/.exec(out) ?? [];
      for (let index = 0; index < 3; index += 1)
        await run(`run-shard ${place} --index ${index} --plan-sha256 ${hash} ${with_}`);
      expect(out).toContain(`3 shards of ${more.length === 0 ? 31 : 28} digests`);
      return `merge ${place} --plan-sha256 ${hash} ${with_}`;
    };
    const written = (file: string) => {
      const [line = ''] = readFileSync(file, 'utf8').split('\n');
      return JSON.parse(line);
    };
    // It is in the way of a checkpoint.
    replaceBytes(store, trail.logAt(7), before);
    const merge = await shards('first');
    await run(`verify s3://example-trail-logs --output one ${with_} --state one.json`);
    expect(await run(`${merge} --output merged --state merged.json`)).toMatchObject({ exitCode: 0 });
    expect(written('merged.json')).toEqual(written('one.json'));
    trail.hours(24, { logs: 2 });
    with_ = [`--now ${isoTime(trail.end + HOUR + 30 * MINUTE)}`, ...keysAtServer(server)].join(' ');
    const again = await shards('second', '--state merged.json');
    const alone = await run(`verify s3://example-trail-logs --output two ${with_} --state one.json`);
    const together = await run(`${again} --output again --state merged.json`);
    expect([alone.exitCode, together.exitCode]).toEqual([0, 0]);
    const past = ({ previous: _, past: __, ...rest }: ReturnType<typeof written>): object => rest;
    expect(past(written('merged.json'))).toEqual(past(written('one.json')));
    const { chains } = JSON.parse(readFileSync('again/report.json', 'utf8'));
    expect(chains[0].depth).toBe('chain+listing');
  });

  test('a state needs all log files, and a run to the present', async () => {
    const target = `plan s3://example-trail-logs --shards 3 ${with_}`;
    for (const [option, words] of [
      ['--no-logs', '--no-logs'],
      ['--no-unlisted', '--no-unlisted'],
      ['--to 2026-10-06T00:00:00Z', '--to'],
    ] as const) {
      expect(
        await run(`${target} ${option} --output s3://audit-runs/x${words} --state state.json`),
      ).toMatchObject({
        exitCode: 2,
        error: expect.stringContaining(`--state and ${words} contradict each other`),
      });
      const { out } = await run(`${target} ${option} --output s3://audit-runs/y${words}`);
      const [hash = ''] = /[0-9a-f]{64}/.exec(out) ?? [];
      const line = `merge s3://audit-runs/y${words} --plan-sha256 ${hash} --state state.json --output merged ${with_}`;
      expect(await run(line)).toMatchObject({
        exitCode: 2,
        error: expect.stringContaining(`--state and ${words} contradict each other`),
      });
    }
    expect(existsSync('state.json')).toBe(false);
  });

  test('the bucket that is verified takes no plan', async () => {
    const line = `plan s3://example-trail-logs --shards 7 --output s3://example-trail-logs/plan ${with_}`;
    expect(await run(line)).toMatchObject({ exitCode: 2, out: '' });
    expect(store.keys('example-trail-logs').some((key) => key.startsWith('plan'))).toBe(false);
  });

  test('nor does a bucket to which a relocation leads', async () => {
    const moved = '--relocated former-logs=audit-runs';
    const line = `plan s3://example-trail-logs ${moved} --shards 7 --output s3://audit-runs/x ${with_}`;
    expect(await run(line)).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('bucket audit-runs is a bucket that is verified'),
    });
    expect(store.keys('audit-runs')).toEqual([]);
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
