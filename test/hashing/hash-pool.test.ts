import { getEventListeners } from 'node:events';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hashGzip } from '../../src/crypto/hash-gzip.ts';
import { ThreadLost } from '../../src/crypto/hasher.ts';
import { HashPool } from '../../src/hashing/hash-pool.ts';
import type { HashAnswer, HashTask, Lane } from '../../src/hashing/lane.ts';
import { openHasher } from '../../src/hashing/open-hasher.ts';
import { startWorker } from '../../src/hashing/start-worker.ts';
import { WorkerLane } from '../../src/hashing/worker-lane.ts';
import { logLike } from '../support/gzip-cases.ts';

const OPTIONS = { maxContent: 1 << 26 };
const SMALL = gzipSync(logLike(1, 20));
/** Long enough that its thread can be ended while it is at work. */
const LONG = gzipSync(Buffer.alloc(60 * 1024 * 1024, logLike(2, 500)));

/** A lane whose batches stay open until they are answered. */
function heldLane(depth = 1) {
  const batches: { readonly tasks: readonly HashTask[]; answer(): void; fail(error: Error): void }[] = [];
  const answer: HashAnswer = {
    hashed: { size: 100, sha256: 'x', content: { size: 1, sha256: 'y', trailingBytes: 0 } },
  };
  const lane: Lane = {
    depth,
    run: (tasks) =>
      new Promise((resolve, reject) => {
        batches.push({ tasks, answer: () => resolve(tasks.map(() => answer)), fail: reject });
      }),
    close: async () => {},
  };
  return { lane, batches };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

describe('batches', () => {
  test('hold what came together, up to a number and a size, and a fair share of it', async () => {
    const { lane, batches } = heldLane();
    const pool = new HashPool([lane]);
    const all = Array.from({ length: 100 }, () => pool.hash(new Uint8Array(1000), OPTIONS));
    await turn();
    // Until sizes are known, a batch is small.
    expect(batches.map(({ tasks }) => tasks.length)).toEqual([8]);
    for (let at = 0; at < 40 && at < batches.length; at += 1) {
      batches[at]?.answer();
      await turn();
    }
    await Promise.all(all);
    const sizes = batches.map(({ tasks }) => tasks.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100);
    expect(Math.max(...sizes)).toBeGreaterThan(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
  });

  test('hold eight large files where a lane is better for it, within its bytes', async () => {
    const { lane, batches } = heldLane(1);
    const pool = new HashPool([{ ...lane, batchBytes: 6_000_000 }]);
    const sizes = [...Array.from({ length: 10 }, () => 500_000), 4_000_000, 4_000_000, 9_000_000, 1];
    const all = sizes.map((size) => pool.hash(new Uint8Array(size), OPTIONS));
    await turn();
    for (let at = 0; at < batches.length; at += 1) {
      batches[at]?.answer();
      await turn();
    }
    await Promise.all(all);
    expect(batches.map(({ tasks }) => tasks.length)).toEqual([8, 3, 1, 1, 1]);
  });

  test('wait for company while one is out, unless much has come or a file is to be alone', async () => {
    const { lane, batches } = heldLane(8);
    const pool = new HashPool([lane]);
    const all = [pool.hash(SMALL, OPTIONS)];
    await turn();
    all.push(pool.hash(SMALL, OPTIONS));
    await turn();
    expect(batches.map(({ tasks }) => tasks.length)).toEqual([1]);
    // The end of the first is the beginning of the next.
    batches[0]?.answer();
    await turn();
    expect(batches.length).toBe(2);
    all.push(pool.hash(new Uint8Array(40_000), OPTIONS));
    await turn();
    expect(batches.length).toBe(3);
    all.push(pool.hash(SMALL, { ...OPTIONS, alone: true }));
    await turn();
    expect(batches.map(({ tasks }) => tasks.length)).toEqual([1, 1, 1, 1]);
    for (const { answer } of batches) answer();
    await Promise.all(all);
  });

  test('hold large files one by one, and files of other bounds apart', async () => {
    const { lane, batches } = heldLane(8);
    const pool = new HashPool([lane]);
    const large = new Uint8Array(300_000);
    const all = [large, large].map((file) => pool.hash(file, OPTIONS));
    all.push(
      pool.hash(SMALL, OPTIONS),
      pool.hash(SMALL, { maxContent: 5 }),
      pool.hash(SMALL, { maxContent: 5, alone: true }),
    );
    await turn();
    expect(batches.map(({ tasks }) => tasks.length)).toEqual([1, 1, 1, 1, 1]);
    for (const batch of batches) batch.answer();
    await Promise.all(all);
  });

  test('no more bytes are asked for while much is held', async () => {
    const { lane, batches } = heldLane();
    const pool = new HashPool([lane]);
    await pool.ready();
    const hashed = pool.hash(new Uint8Array(64 * 1024 * 1024 + 1), OPTIONS);
    let isReady = false;
    const ready = pool.ready().then(() => {
      isReady = true;
    });
    await turn();
    expect(isReady).toBe(false);
    batches[0]?.answer();
    await Promise.all([hashed, ready]);
    expect(isReady).toBe(true);
  });

  test('a lost batch is lost for all of its files, and the lane goes on', async () => {
    const { lane, batches } = heldLane();
    const pool = new HashPool([lane]);
    const both = [pool.hash(SMALL, OPTIONS), pool.hash(SMALL, OPTIONS)];
    const outcomes = Promise.allSettled(both);
    await turn();
    batches[0]?.fail(new ThreadLost('it ended with code 1'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = pool.hash(SMALL, OPTIONS);
    await turn();
    batches[1]?.answer();
    expect(await next).toMatchObject({ sha256: 'x' });
  });
});

describe('a thread', () => {
  test('that is killed in the middle of a file loses it, and another takes the next', async () => {
    const lane = new WorkerLane();
    const pool = new HashPool([lane]);
    expect(await pool.hash(SMALL, OPTIONS)).toEqual(await hashGzip(SMALL, OPTIONS.maxContent));
    const outcome = pool.hash(LONG, OPTIONS).catch((error: unknown) => error);
    await turn();
    await lane.close();
    expect(await outcome).toBeInstanceOf(ThreadLost);
    expect(await pool.hash(SMALL, OPTIONS)).toEqual(await hashGzip(SMALL, OPTIONS.maxContent));
    await pool.close();
  });

  test('that fails loses what it had, and another takes the next', async () => {
    let started = 0;
    const lane = new WorkerLane(() => {
      started += 1;
      const program = `const { parentPort } = require('node:worker_threads');
        parentPort.postMessage('ready');
        parentPort.on('message', () => { throw new Error('a fault'); });`;
      return started === 1 ? new Worker(program, { eval: true }) : startWorker();
    });
    const pool = new HashPool([lane]);
    const lost = await pool.hash(SMALL, OPTIONS).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(ThreadLost);
    expect(lost).toMatchObject({ code: 'OBJECT_UNREACHABLE', message: 'a fault' });
    expect(await pool.hash(SMALL, OPTIONS)).toEqual(await hashGzip(SMALL, OPTIONS.maxContent));
    expect(started).toBe(2);
    await pool.close();
  });

  test('that cannot be started is told once, and no more is tried', async () => {
    let started = 0;
    const lane = new WorkerLane(() => {
      started += 1;
      return new Worker('throw new Error("no such thing")', { eval: true });
    });
    const pool = new HashPool([lane]);
    const refusal = { code: 'CONFIGURATION', message: expect.stringContaining('no such thing') };
    await expect(pool.hash(SMALL, OPTIONS)).rejects.toMatchObject(refusal);
    await expect(pool.hash(SMALL, OPTIONS)).rejects.toMatchObject(refusal);
    expect(started).toBe(1);
  });

  test('takes buffers only where they are given', async () => {
    const pool = new HashPool([new WorkerLane()]);
    const kept = new Uint8Array(SMALL);
    const given = new Uint8Array(SMALL);
    const part = new Uint8Array([...SMALL, 0]).subarray(0, -1);
    await Promise.all([
      pool.hash(kept, OPTIONS),
      pool.hash(given, { ...OPTIONS, handOver: true }),
      pool.hash(part, { ...OPTIONS, handOver: true }),
    ]);
    expect([kept.length, given.length, part.length]).toEqual([SMALL.length, 0, SMALL.length]);
    await pool.close();
  });
});

test('what is closed takes nothing more, and refuses what waits', async () => {
  const { lane } = heldLane();
  const pool = new HashPool([lane]);
  const waiting = [pool.hash(LONG, OPTIONS), pool.hash(LONG, OPTIONS)].map((hash) => hash.catch(String));
  await turn();
  await pool.close();
  await expect(pool.hash(SMALL, OPTIONS)).rejects.toMatchObject({ code: 'INTERNAL' });
  expect(await waiting[1]).toContain('has ended');
});

test('an interruption refuses what waits and what comes, and lets what is under way end', async () => {
  const { lane, batches } = heldLane();
  const stop = new AbortController();
  const pool = new HashPool([lane], stop.signal);
  const underWay = pool.hash(new Uint8Array(64 * 1024 * 1024), OPTIONS);
  const waiting = [1, 2].map(() => pool.hash(LONG, OPTIONS));
  const outcomes = Promise.allSettled(waiting);
  const ready = pool.ready();
  await turn();
  stop.abort();
  await ready;
  const refusal = { status: 'rejected', reason: expect.objectContaining({ code: 'INTERRUPTED' }) };
  expect(await outcomes).toEqual([refusal, refusal]);
  await expect(pool.hash(SMALL, OPTIONS)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  batches[0]?.answer();
  expect(await underWay).toMatchObject({ sha256: 'x' });
  expect(batches.length).toBe(1);
});

test('a pool that is closed leaves nothing at the signal of its run', async () => {
  const { signal } = new AbortController();
  const pool = new HashPool([heldLane().lane], signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await pool.close();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a hasher of this thread has no threads to end', async () => {
  const hasher = await openHasher({ workers: 0 });
  expect(hasher).toMatchObject({ path: 'this-thread', ahead: 0 });
  await hasher.ready();
  await hasher.close();
});
