import { describe, expect, test } from 'vitest';
import { LogQueue } from '../../src/logs/log-queue.ts';

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A task that runs until it is told to end. */
interface Held {
  readonly task: () => Promise<void>;
  readonly hasBegun: () => boolean;
  readonly end: (error?: Error) => void;
}

function held(): Held {
  let begun = false;
  const { promise, resolve, reject } = deferred();
  return {
    task: () => {
      begun = true;
      return promise;
    },
    hasBegun: () => begun,
    end: (error) => (error === undefined ? resolve() : reject(error)),
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let settled: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settled = { resolve, reject };
  });
  return { promise, resolve: () => settled?.resolve(), reject: (error) => settled?.reject(error) };
}

describe('the queue', () => {
  test('runs so many at once, lets as many wait, and keeps the next caller', async () => {
    const queue = new LogQueue(2);
    const tasks = Array.from({ length: 6 }, held);
    let added = 0;
    const adding = (async () => {
      for (const { task } of tasks) {
        await queue.add(task);
        added += 1;
      }
    })();
    await settle();
    expect(added).toBe(4);
    expect(tasks.map(({ hasBegun }) => hasBegun())).toEqual([true, true, false, false, false, false]);
    tasks[1]?.end();
    await settle();
    expect(added).toBe(5);
    expect(tasks.filter(({ hasBegun }) => hasBegun())).toHaveLength(3);
    for (const { end } of tasks) end();
    await adding;
    await queue.drain();
    expect(tasks.every(({ hasBegun }) => hasBegun())).toBe(true);
  });

  test('drains at once where there is nothing, and otherwise once the last is done', async () => {
    const queue = new LogQueue(4);
    await queue.drain();
    const one = held();
    await queue.add(one.task);
    let isDrained = false;
    const draining = queue.drain().then(() => {
      isDrained = true;
    });
    await settle();
    expect(isDrained).toBe(false);
    one.end();
    await draining;
    expect(isDrained).toBe(true);
  });

  test('tells the first failure to whoever adds or drains next, after all are done', async () => {
    const queue = new LogQueue(2);
    const [good, bad, worse] = [held(), held(), held()];
    await queue.add(good.task);
    await queue.add(bad.task);
    await queue.add(worse.task);
    bad.end(new Error('first'));
    await settle();
    await expect(queue.add(held().task)).rejects.toThrow('first');
    worse.end(new Error('second'));
    let isDrained = false;
    const draining = expect(
      queue.drain().finally(() => {
        isDrained = true;
      }),
    ).rejects.toThrow('first');
    await settle();
    expect(isDrained).toBe(false);
    good.end();
    await draining;
  });

  test('wakes a caller that waits for room when a task fails', async () => {
    const queue = new LogQueue(1);
    const [first, second] = [held(), held()];
    await queue.add(first.task);
    await queue.add(second.task);
    const waiting = expect(queue.add(held().task)).rejects.toThrow('no more');
    first.end(new Error('no more'));
    await waiting;
    second.end();
    await expect(queue.drain()).rejects.toThrow('no more');
  });

  test('takes no task that is too far ahead of the oldest', async () => {
    const lead = 5;
    const queue = new LogQueue(2, lead);
    const slow = held();
    await queue.add(slow.task);
    let added = 0;
    const adding = (async () => {
      for (let task = 0; task < 3 * lead; task += 1) {
        await queue.add(async () => undefined);
        added += 1;
      }
    })();
    for (let turn = 0; turn < 50; turn += 1) await settle();
    expect(added).toBe(lead - 1);
    slow.end();
    await adding;
    await queue.drain();
    expect(added).toBe(3 * lead);
  });
});
