/** A run on an engine with real parts: processes of the command, and a Redis of the test's own. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { SHARD_QUEUE } from '../../src/engine/jobs.ts';
import { describeEngine } from '../support/engine-cases.ts';
import { EngineRun, startTarget } from '../support/engine-run.ts';
import { REDIS, startForgetfulRedis } from '../support/job-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describeEngine(REDIS);

describe.skipIf(REDIS.absent !== undefined)('on a Redis that forgets', () => {
  test('what it has lost is put into it again, and it is a warning', { timeout: 180_000 }, async () => {
    const store = await startForgetfulRedis();
    const target = await startTarget();
    const run = new EngineRun(target, store.url, temporaryFolder());
    try {
      await run.alone();
      run.strike([10], { kind: 'answer', latencyMs: 1_000 });
      const worker = await run.worker();
      await worker.shows('error', 'warning: Redis has maxmemory-policy allkeys-lru');
      const together = await run.verify('merged', '--shards', '4');
      await run.struck(1);
      await store.crash();
      await together.shows('error', 'is away: ');
      await store.restart();
      expect((await together.ended).code).toBe(1);
      run.expectSame('merged');
    } finally {
      await run.close();
      await store.close();
      await target.server.close();
    }
  });
});

describe.skipIf(REDIS.absent !== undefined)('a job that nobody can read', () => {
  test('does not keep a worker that ends when nothing is left, and is named', {
    timeout: 180_000,
  }, async () => {
    const store = await REDIS.start();
    const target = await startTarget();
    const run = new EngineRun(target, store.url, temporaryFolder());
    const queue = new Queue(SHARD_QUEUE, { connection: { url: store.url } });
    const redis = new Redis(store.url);
    try {
      const { id } = await queue.add('job', {});
      await redis.hset(`bull:${SHARD_QUEUE}:${id}`, 'data', '{not json');
      const { code, error } = await (await run.worker('--until-empty')).ended;
      expect(code).toBe(0);
      expect(error).toContain(
        `there is no folder ${run.plans} yet; jobs of plans in it are served when it is there`,
      );
      expect(error).toContain('1 job left that other workers have, or that nobody can read; not waiting');
    } finally {
      redis.disconnect();
      await queue.close();
      await run.close();
      await store.close();
      await target.server.close();
    }
  });
});
