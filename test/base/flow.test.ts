import { describe, expect, test } from 'vitest';
import { limiter, mapParallel, mapToEnd } from '../../src/base/flow.ts';

/** Lets everything run that waits for nothing. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a limiter', () => {
  test('begins while there is room, in the order of calls', async () => {
    const limit = limiter(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const run = (name: number): Promise<number> =>
      limit(() => {
        begun.push(name);
        return new Promise((resolve) => ends.push(() => resolve(name)));
      });
    const all = [1, 2, 3, 4].map(run);
    await turn();
    expect(begun).toEqual([1, 2]);
    ends[1]?.();
    expect(await all[1]).toBe(2);
    await turn();
    expect(begun).toEqual([1, 2, 3]);
    ends[0]?.();
    await all[0];
    await turn();
    ends[2]?.();
    await all[2];
    await turn();
    ends[3]?.();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  });

  test('never runs more than it may, whatever fails or throws', async () => {
    const limit = limiter(3);
    let running = 0;
    let most = 0;
    const work = async (name: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (name % 5 === 0) throw new Error(`no ${name}`);
      return name;
    };
    const broken = limit((): Promise<number> => {
      throw new Error('before it began');
    });
    await expect(broken).rejects.toThrow('before it began');
    const settled = await Promise.allSettled(
      Array.from({ length: 3_000 }, (_, name) => limit(() => work(name))),
    );
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(600);
    expect(most).toBe(3);
    expect(running).toBe(0);
  });
});

test('mapParallel keeps the order of its items and rejects with the first error', async () => {
  const double = async (item: number): Promise<number> => 2 * item;
  expect(await mapParallel([3, 1, 2], 2, double)).toEqual([6, 2, 4]);
  const odd = async (item: number): Promise<number> => {
    if (item === 1) throw new Error('odd');
    return item;
  };
  await expect(mapParallel([2, 1, 4], 2, odd)).rejects.toThrow('odd');
});

test('mapToEnd rejects when all that had begun has ended, and begins nothing after an error', async () => {
  expect(await mapToEnd([3, 1, 2], 2, async (item) => [item])).toEqual([[3], [1], [2]]);
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    if (item === 1) throw new Error('odd');
    await turn();
    ended.push(item);
  };
  await expect(mapToEnd([2, 1, 4], 2, work)).rejects.toThrow('odd');
  expect(ended).toEqual([2]);
  await turn();
  expect(ended).toEqual([2]);
});
