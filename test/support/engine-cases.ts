/** What a run on an engine must stand, on any store: processes of the command are killed, stopped and lied to. */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPostgresBackend, Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { VERSION } from '../../src/base/version.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { SHARD_QUEUE } from '../../src/engine/jobs.ts';
import { signBytes } from '../../src/scale/signed.ts';
import { builtPackage, useBuiltCommand } from './built-command.ts';
import { deleteObject } from './damage.ts';
import { EngineRun, type EngineTarget, startTarget } from './engine-run.ts';
import type { JobStore, StoreKind } from './job-store.ts';
import { STRANGER, signerOf } from './shard-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FOUR = ['0.result', '1.result', '2.result', '3.result'];

/** The tests of one kind of store; where there is none, they say so and stand aside. */
export function describeEngine({ name, absent, start }: StoreKind): void {
  useBuiltCommand();
  if (absent !== undefined) console.warn(`tests of the engine on ${name} stand aside: ${absent}`);
  describe.skipIf(absent !== undefined)(`a run on ${name}`, { timeout: 180_000 }, () => {
    let store: JobStore;
    let target: EngineTarget;
    let alone: string;
    let run: EngineRun;

    beforeAll(async () => {
      store = await start();
      target = await startTarget();
      alone = mkdtempSync(path.join(tmpdir(), 'trail-verify-alone-'));
      await new EngineRun(target, store.url, alone).alone();
    });
    afterAll(async () => {
      await store?.close();
      await target?.server.close();
      rmSync(alone, { recursive: true, force: true });
    });
    beforeEach(() => {
      target.server.faults.clear();
      run = new EngineRun(target, store.url, temporaryFolder());
      cpSync(path.join(alone, 'one'), path.join(run.folder, 'one'), { recursive: true });
    });
    afterEach(() => run.close());

    test('goes on where one worker is killed, and another stops for longer than it may', async () => {
      // Log files of two shards are waited for, whichever comes first: by then their workers are gone.
      run.strike([10, 1], { kind: 'stall' });
      run.strike([10, 1], { kind: 'answer', latencyMs: 3_000 });
      const killed = await run.worker();
      const together = await run.verify('merged', '--shards', '4');
      await run.struck(1);
      const stopped = await run.worker();
      await run.struck(2);
      killed.child.kill('SIGKILL');
      stopped.child.kill('SIGSTOP');
      await run.worker();
      expect((await together.ended).code).toBe(1);
      run.expectSame('merged');
      expect(run.results()).toEqual(FOUR);
      // It wakes up with a shard that is nobody's any more, and serves on.
      stopped.child.kill('SIGCONT');
      await stopped.shows('out', 'the same result was there already');
      stopped.child.kill('SIGINT');
      expect((await stopped.ended).code).toBe(0);
    });

    test('says which shard failed for good, and reads it when it is resumed', async () => {
      run.plans = 's3://audit-runs';
      const denied = /PUT \/audit-runs\/one\/results\/2\.result/;
      target.server.faults.add({
        kind: 'status',
        match: denied,
        status: 403,
        code: 'AccessDenied',
        times: Infinity,
      });
      const worker = await run.worker();
      const first = await (await run.verify('first', '--shards', '4')).ended;
      expect(first.code).toBe(1);
      expect(first.error).toMatch(/shard 2 \(444455556666\) has no result: .*could not be written/);
      expect(run.findings('first')).toMatchObject({ SHARD_UNPROVEN: 1, LOG_MALFORMED: 1 });
      await worker.shows('error', 'one: shard 2: s3://audit-runs/one/results/2.result could not be written');
      target.server.faults.clear();
      // One that is gone is read again, by the worker that had read it.
      deleteObject(target.server.store, { bucket: 'audit-runs', key: 'one/results/0.result' });
      const second = await (await run.verify('second', '--resume')).ended;
      expect(second).toMatchObject({ code: 1, error: '' });
      run.expectSame('second');
      worker.child.kill('SIGINT');
      const { out } = await worker.ended;
      // What was there was not.
      expect(out.match(/shard \d:/g)).toHaveLength(5);
    });

    test('may be there twice, and is resumed where it is killed, while it waits and while it merges', async () => {
      run.strike([10], { kind: 'answer', latencyMs: 1_000 });
      // Left to the merge by the worker, and read when all results are there.
      run.strike([3], { kind: 'stall', of: () => run.results().length === 4 });
      const first = await run.verify('first', '--shards', '4');
      await first.shows('error', 'no worker of version');
      const second = await run.verify('second', '--resume');
      await second.shows('error', 'no worker of version');
      const worker = await run.worker();
      await run.struck(1);
      first.child.kill('SIGKILL');
      await run.struck(2);
      second.child.kill('SIGKILL');
      const { code, error } = await (await run.verify('third', '--resume')).ended;
      expect([code, error]).toEqual([1, '']);
      run.expectSame('third');
      worker.child.kill('SIGINT');
      const { out } = await worker.ended;
      expect(out.match(/shard \d:/g)).toHaveLength(4);
    });

    test('goes to no worker of another version, and ends at ctrl-C for a time when there is one', async () => {
      const other = await run.workerOf(otherVersion(run.folder));
      const first = await run.verify('first', '--shards', '2');
      await first.shows('error', `no worker of version ${VERSION} takes a shard`);
      expect(run.results()).toEqual([]);
      first.child.kill('SIGINT');
      const interrupted = await first.ended;
      expect(interrupted.code).toBe(4);
      expect(interrupted.error).toContain('run the same with --resume');
      const second = await run.verify('second', '--resume');
      await run.worker();
      expect((await second.ended).code).toBe(1);
      run.expectSame('second');
      other.child.kill('SIGINT');
      expect(await other.ended).toMatchObject({ code: 0, out: '' });
    });

    test('leaves a state where one machine would', async () => {
      const worker = await run.worker();
      const together = await run.verify('merged', '--shards', '4', '--state', 'state.json');
      const { code, out } = await together.ended;
      // What it found is in the way of a checkpoint of that account, and of none of the other.
      expect(code).toBe(1);
      expect(out).toMatch(/^Checkpoint: [0-9a-f]{64}/m);
      const [line = ''] = readFileSync(path.join(run.folder, 'state.json'), 'utf8').split('\n');
      expect(JSON.parse(line).places.map(({ account }: { account: string }) => account)).toEqual([
        '444455556666',
      ]);
      worker.child.kill('SIGINT');
      await worker.ended;
    });

    test('goes on where a worker hands back its shard at ctrl-C, and where the store is away', async () => {
      run.strike([10, 1], { kind: 'stall' });
      run.strike([10, 1], { kind: 'answer', latencyMs: 1_000 });
      const interrupted = await run.worker();
      const together = await run.verify('merged', '--shards', '4');
      await run.struck(1);
      interrupted.child.kill('SIGINT');
      const first = await interrupted.ended;
      expect(first.code).toBe(0);
      const worker = await run.worker();
      await run.struck(2);
      await store.crash();
      await Promise.all([worker, together].map((one) => one.shows('error', 'is away: ')));
      await store.restart();
      expect((await together.ended).code).toBe(1);
      run.expectSame('merged');
      await worker.shows('error', 'is back');
      worker.child.kill('SIGINT');
      const second = await worker.ended;
      expect(`${first.out}${second.out}`.match(/shard \d:/g)?.sort()).toEqual(
        [0, 1, 2, 3].map((shard) => `shard ${shard}:`),
      );
    });

    test('is all that a job can ask for: a worker reads and writes nowhere else', async () => {
      await (await run.verify('first', '--shards', '4')).shows('error', '4 shards');
      await run.close();
      await emptied(store.url);
      cpSync(path.join(run.folder, 'plans/one'), path.join(run.folder, 'outside'), { recursive: true });
      const hash = sha256(readFileSync(path.join(run.folder, 'plans/one/plan.json')));
      const own = { plan: 'one', sha256: hash, shard: 0 };
      const hostile: readonly unknown[] = [
        null,
        'one',
        [],
        { ...own, plan: '../outside' },
        { ...own, plan: '..' },
        { ...own, plan: path.join(run.folder, 'outside') },
        { ...own, plan: 'one/../../outside' },
        { ...own, plan: 's3://audit-runs/one' },
        { ...own, plan: 'x'.repeat(200) },
        { ...own, shard: -1 },
        { ...own, shard: 0.5 },
        { ...own, shard: '0' },
        { ...own, shard: 4 },
        { ...own, shard: 1e300 },
        { ...own, sha256: '0'.repeat(64) },
        { ...own, plan: 'none' },
        { ...own, output: '/tmp' },
      ];
      await put(store.url, hostile);
      const { code, out, error } = await (await run.worker('--until-empty')).ended;
      expect({ code, out }).toEqual({ code: 4, out: '' });
      expect(error.match(/a job that names no shard was refused/g)).toHaveLength(14);
      expect(run.results()).toEqual([]);
      expect(readdirSync(path.join(run.folder, 'outside/results'))).toEqual([]);
      expect(readdirSync(run.folder).sort()).toEqual(['one', 'outside', 'plans']);
      // A plan that nobody signed who may ask for it is not read, though all else about it is as it must be.
      const signature = path.join(run.folder, 'plans/one/plan.json.p7s');
      const signed = readFileSync(signature);
      for (const bytes of [
        undefined,
        Buffer.from('none'),
        await byStranger(path.join(run.folder, 'plans/one')),
      ]) {
        rmSync(signature, { force: true });
        if (bytes !== undefined) writeFileSync(signature, bytes);
        await put(store.url, [own]);
        const refused = await (await run.worker('--until-empty')).ended;
        expect(refused.code).toBe(4);
        expect(refused.error).toContain('is not read here: ');
        expect(run.results()).toEqual([]);
      }
      writeFileSync(signature, signed);
      // A shard of the plan itself is read once, however often it is asked for, and whatever the job says of itself.
      await put(store.url, [own, own, own]);
      const again = await (await run.worker('--until-empty')).ended;
      expect(again.code).toBe(0);
      expect(again.out.match(/shard 0:/g)).toHaveLength(1);
      expect(run.results()).toEqual(['0.result']);
    });
  });
}

/** The command as another version of it. */
function otherVersion(folder: string): string {
  const made = path.join(folder, 'other-version');
  for (const name of ['bin', 'dist/command', 'keys', 'package.json'])
    cpSync(path.join(builtPackage(), name), path.join(made, name), { recursive: true });
  symlinkSync(realpathSync(path.join(builtPackage(), 'node_modules')), path.join(made, 'node_modules'));
  for (const name of readdirSync(path.join(made, 'dist/command'))) {
    const file = path.join(made, 'dist/command', name);
    if (name.endsWith('.js'))
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${VERSION}"`, '"9.9.9"'));
  }
  return path.join(made, 'bin/trail-verify.js');
}

/** A signature over a plan by somebody whom no worker knows. */
async function byStranger(plan: string): Promise<Uint8Array> {
  return signBytes(readFileSync(path.join(plan, 'plan.json')), signerOf(STRANGER), Date.now());
}

/** The queue of shards as anybody has it who can reach the store. */
function queueOf(url: string) {
  return url.startsWith('redis')
    ? new Queue(SHARD_QUEUE, { connection: { url } })
    : new Queue(SHARD_QUEUE, { connection: { connectionString: url } }, createPostgresBackend);
}

async function put(url: string, jobs: readonly unknown[]): Promise<void> {
  const queue = queueOf(url);
  for (const [at, data] of jobs.entries())
    await queue.add(`job ${at}`, data, { attempts: 1_000_000, backoff: { type: 'fixed', delay: 1 } });
  await queue.close();
}

async function emptied(url: string): Promise<void> {
  const queue = queueOf(url);
  await queue.obliterate({ force: true });
  await queue.close();
}
