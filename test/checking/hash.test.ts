import type { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { openChecker } from '../../src/checking/check-threads.ts';
import type { OpenChecker } from '../../src/checking/contract.ts';
import { hashGzip, ThreadLost } from '../../src/crypto/hash.ts';
import { endWorker } from '../../src/hashing/end-worker.ts';
import { startCheckThread } from '../support/bundled-threads.ts';
import { threadsAtOnce } from '../support/check-paths.ts';
import { CASE_BOUND, GZIP_CASES, logLike } from '../support/gzip-cases.ts';
import { SilentThread } from '../support/silent-thread.ts';

const SMALL = gzipSync(logLike(1, 20));
/** Long enough that its thread can be ended while it is at work. */
const LONG = gzipSync(Buffer.alloc(60 * 1024 * 1024, logLike(2, 500)));

const opened: OpenChecker[] = [];
afterEach(() => Promise.all(opened.splice(0).map((checker) => checker.close())));
function open(checker: OpenChecker): OpenChecker {
  opened.push(checker);
  return checker;
}

/** A checker of one real thread, and that thread. */
function oneThread(): { readonly checker: OpenChecker; readonly workers: readonly Worker[] } {
  const workers: Worker[] = [];
  const start: typeof startCheckThread = (settings) => {
    const worker = startCheckThread(settings);
    workers.push(worker);
    return worker;
  };
  return { checker: open(threadsAtOnce({ threads: 1, native: false, start })), workers };
}

/** Bytes in a buffer of their own, which may be given away. */
function owned(file: Uint8Array): Uint8Array {
  return new Uint8Array(file);
}

describe.each([true, false])('files that others have read are hashed by threads (natively: %s)', (native) => {
  test('as the one judge does, whether the bytes are given away or not', async () => {
    const checker = open(threadsAtOnce({ threads: 2, native }));
    // The bound of threads is that of log files: cases beyond the cases' own bound are for other tests.
    const files = GZIP_CASES.filter(({ name }) => !/bomb|more than/.test(name)).map(({ file }) => file);
    for (const handOver of [true, false]) {
      const answers = await Promise.all(files.map((file) => checker.hash(owned(file), handOver)));
      for (const [at, file] of files.entries()) {
        const wanted = await hashGzip(file, 2 ** 30);
        if (wanted.content.size === undefined || wanted.content.size <= CASE_BOUND)
          expect(answers[at]).toEqual(wanted);
      }
    }
  });
});

describe('a thread that is lost', () => {
  test('with bytes that were given to it tells that they must be read again', async () => {
    const { checker, workers } = oneThread();
    const file = owned(LONG);
    const lost = checker.hash(file, true);
    expect(file.length).toBe(0);
    await Promise.all(workers.map((worker) => endWorker(worker)));
    await expect(lost).rejects.toBeInstanceOf(ThreadLost);
    // With no thread left the one that asks hashes.
    expect(await checker.hash(SMALL, false)).toEqual(await hashGzip(SMALL, CASE_BOUND));
    expect(workers).toHaveLength(1);
  });

  test('with bytes that are held here leaves them to the thread that asks', async () => {
    const { checker, workers } = oneThread();
    const hashed = checker.hash(LONG, false);
    await Promise.all(workers.map((worker) => endWorker(worker)));
    expect(await hashed).toEqual(await hashGzip(LONG, 2 ** 30));
  });

  test('with an empty file has taken nothing away', async () => {
    const { checker, workers } = oneThread();
    const before = checker.hash(LONG, false);
    const hashed = checker.hash(new Uint8Array(0), true);
    await Promise.all(workers.map((worker) => endWorker(worker)));
    expect((await hashed).content.size).toBeUndefined();
    await before;
  });
});

test('what was not begun before an interruption is refused to that run, and hashed for others', async () => {
  const { checker } = oneThread();
  const run = new AbortController();
  const begun = checker.hash(LONG, false, run.signal);
  const waiting = Array.from({ length: 5 }, () => checker.hash(owned(SMALL), true, run.signal));
  const other = checker.hash(SMALL, false);
  const refused = waiting.map((hashed) => hashed.catch((error: { code: string }) => error.code));
  // Its thread has the first under way by then.
  await new Promise((resolve) => setTimeout(resolve, 300));
  run.abort();
  checker.stop();
  await expect(checker.hash(SMALL, false, run.signal)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  const codes = await Promise.all(refused);
  expect(codes.every((code) => code === 'INTERRUPTED' || typeof code === 'object')).toBe(true);
  expect(await other).toEqual(await hashGzip(SMALL, CASE_BOUND));
  expect(await checker.hash(owned(SMALL), true)).toEqual(await hashGzip(SMALL, CASE_BOUND));
  await begun.catch(() => undefined);
});

test('large files start threads sooner than small ones', async () => {
  let started = 0;
  const start = (): Worker => {
    started += 1;
    return new SilentThread() as unknown as Worker;
  };
  const checker = openChecker({ threads: 1, start });
  if (checker === undefined) throw new Error('there is no checker');
  open(checker);
  for (let count = 0; count < 20; count += 1) await checker.hash(SMALL, false);
  expect(started).toBe(0);
  // Sixteen megabytes are as much work as 256 small files.
  await checker.hash(new Uint8Array(16 * 1024 * 1024), false);
  void checker.hash(SMALL, false);
  expect(started).toBe(1);
});
