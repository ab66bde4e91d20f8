import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { DigestQueue, newestFirst, placeOf } from '../../src/chain/digest-queue.ts';
import type { DigestReader, OpenedDigest } from '../../src/chain/read-digest.ts';
import type { Source } from '../../src/source/source.ts';
import { memorySource } from '../support/memory-source.ts';
import { listed, listedAt, START, trailOf } from './chain-fixture.ts';

/** A source that writes down which keys are opened. */
function watched(source: Source): Source & { readonly opened: string[] } {
  const opened: string[] = [];
  return {
    ...source,
    opened,
    open: (ref, options) => {
      opened.push(ref.key);
      return source.open(ref, options);
    },
  };
}

describe('the order', () => {
  test('is by time, newest first, and at the same time by place', () => {
    const [a, b, c] = [
      listedAt(START, { bucket: 'a', key: 'x' }),
      listedAt(START, { bucket: 'b', key: 'x' }),
      listedAt(START + 1, { bucket: 'a', key: 'x' }),
    ] as const;
    expect([a, b, c].sort(newestFirst)).toEqual([c, b, a]);
    expect([c, b, a].sort(newestFirst)).toEqual([c, b, a]);
  });

  test('holds while the queue is read and added to', () => {
    const source = memorySource(trailOf(0).store);
    const at = [0, 1, 2, 3, 4].map((hours) => listedAt(START + hours * HOUR));
    const queue = new DigestQueue(
      source,
      [at[1], at[4]].flatMap((one) => one ?? []),
      2,
    );
    expect(queue.peek()).toEqual(at[4]);
    expect(queue.take()).toEqual(at[4]);
    queue.add(at);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([at[3], at[2], at[1], at[0]]);
    expect(queue.take()).toBeUndefined();
    expect(queue.peek()).toBeUndefined();
  });
});

describe('opening', () => {
  const { store, trail } = trailOf(6);
  const all = trail.digests.map(listed);
  const keys = all.map(({ ref }) => ref.key).reverse();

  test('goes ahead of the walk by a bounded number, and opens each once', async () => {
    const source = watched(memorySource(store));
    const queue = new DigestQueue(source, all, 2);
    for (let next = queue.take(); next !== undefined; next = queue.take()) {
      const opened = await queue.open(next.ref);
      expect(opened).toMatchObject({ state: 'parsed', ref: next.ref });
      const ahead = source.opened.length - keys.indexOf(next.ref.key) - 1;
      expect(ahead).toBe(Math.min(2, keys.length - keys.indexOf(next.ref.key) - 1));
    }
    expect(source.opened).toHaveLength(keys.length);
    expect(new Set(source.opened)).toEqual(new Set(keys));
  });

  test('holds what few log files are named by, and opens the others again', async () => {
    const { logs } = trail.digestAt(1);
    const each = logs.length;
    expect(each).toBeGreaterThan(0);
    const source = watched(memorySource(store));
    const queue = new DigestQueue(source, all, 4, false, undefined, 2 * each);
    const found: unknown[] = [];
    for (let next = queue.take(); next !== undefined; next = queue.take()) {
      found.push((await queue.open(next.ref)).ref.key);
      // Those that are opened ahead come in the meantime.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(found).toEqual(keys);
    // Of four ahead two have room, and two are opened a second time.
    expect(source.opened.length).toBeGreaterThan(keys.length);
    expect(source.opened.length).toBeLessThan(2 * keys.length);
  });

  test('is left to a reader that does it at once, where nothing is kept', async () => {
    const [ref] = [...all].reverse().map((one) => one.ref);
    if (ref === undefined) throw new Error('there is no digest');
    const here: OpenedDigest = { ref, bytes: { read: 1, inflated: 0 }, state: 'absent' };
    const reader = (answer: OpenedDigest | undefined): DigestReader => ({
      isQuick: false,
      read: () => answer,
    });
    const source = watched(memorySource(store));
    const queueOf = (answer: OpenedDigest | undefined, keep = false): DigestQueue =>
      new DigestQueue(source, all, 1, keep, reader(answer));
    expect(await queueOf(here).open(ref)).toBe(here);
    expect(source.opened).toEqual([]);
    // What it cannot do is opened ahead as ever, and what was opened ahead is not read again.
    const queue = queueOf(undefined);
    queue.take();
    expect(await queue.open(ref)).toMatchObject({ state: 'parsed', ref });
    expect(source.opened).toHaveLength(2);
    const looked = queueOf(here);
    expect(await looked.peekOpened()).toMatchObject({ state: 'parsed', ref });
    expect(await looked.open(ref)).toMatchObject({ state: 'parsed', ref });
    expect(await queueOf(here, true).open(ref)).toHaveProperty('stored');
  });

  test('is opened alone where a reader is quick, and cannot read that one', async () => {
    const source = watched(memorySource(store));
    const queue = new DigestQueue(source, all, 4, false, { isQuick: true, read: () => undefined });
    const first = queue.take();
    if (first === undefined) throw new Error('there is no digest');
    expect(await queue.open(first.ref)).toMatchObject({ state: 'parsed', ref: first.ref });
    expect(source.opened).toEqual([first.ref.key]);
  });

  test('the newest may be opened without taking it', async () => {
    const source = watched(memorySource(store));
    const queue = new DigestQueue(source, all, 0);
    expect((await queue.peekOpened())?.ref.key).toBe(keys[0]);
    expect(queue.peek()?.ref.key).toBe(keys[0]);
    expect(source.opened).toEqual([keys[0]]);
    expect(await new DigestQueue(source, [], 4).peekOpened()).toBeUndefined();
  });

  test('an error that ends the run reaches whoever takes the digest, and nobody before', async () => {
    const failing: Source = {
      ...memorySource(store),
      open: async () => {
        throw new TrailVerifyError('CREDENTIALS', 'no credentials');
      },
    };
    const queue = new DigestQueue(failing, all, 4);
    const first = queue.take();
    await expect(queue.open(first?.ref ?? { bucket: '', key: '' })).rejects.toThrow('no credentials');
    // The ones opened ahead have failed as well by now, unseen.
    await new Promise((resolve) => setImmediate(resolve));
    const second = queue.take();
    await expect(queue.open(second?.ref ?? { bucket: '', key: '' })).rejects.toThrow('no credentials');
  });
});

test('a place is bucket and key', () => {
  expect(placeOf({ bucket: 'b', key: 'k/l' })).toBe('b/k/l');
});
