import { describe, expect, test } from 'vitest';
import { Channel } from '../../src/base/flow.ts';

/** Lets everything that can go on go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function readAll<Value>(channel: Channel<Value>): Promise<readonly Value[]> {
  const values: Value[] = [];
  for await (const batch of channel) values.push(...batch);
  return values;
}

describe('a channel', () => {
  test('hands on every value in its order, to a reader that comes first or last', async () => {
    for (const readerIsFirst of [true, false]) {
      const channel = new Channel<number>(3);
      const early = readerIsFirst ? readAll(channel) : undefined;
      await settle();
      const writing = (async () => {
        for (let value = 0; value < 20; value += 1) await channel.push(value);
        channel.close();
      })();
      const values = await (early ?? readAll(channel));
      await writing;
      expect(values).toEqual(Array.from({ length: 20 }, (_, value) => value));
    }
  });

  test('wakes a reader that waits, again and again', async () => {
    const channel = new Channel<string>(8);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const batch of channel) seen.push(...batch);
    })();
    for (const value of ['a', 'b', 'c']) {
      await settle();
      await channel.push(value);
      await settle();
      expect(seen.at(-1)).toBe(value);
    }
    channel.close();
    await reading;
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('keeps writers while values wait, and lets all go on once they are read', async () => {
    const channel = new Channel<number>(2);
    let written = 0;
    const writers = [0, 1, 2, 3].map(async (value) => {
      await channel.push(value);
      written += 1;
    });
    await settle();
    // The first went on at once; the second filled the channel, and with it wait all after it.
    expect(written).toBe(1);
    const reader = channel[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ value: [0, 1, 2, 3], done: false });
    await Promise.all(writers);
    expect(written).toBe(4);
    channel.close();
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  test('ends with the values before the close, and drops those after', async () => {
    const channel = new Channel<number>(8);
    await channel.push(1);
    channel.close();
    await channel.push(2);
    expect(await readAll(channel)).toEqual([1]);
  });

  test('throws the failure after the values before it, the first of two', async () => {
    const channel = new Channel<number>(8);
    await channel.push(1);
    channel.close({ error: new RangeError('first') });
    channel.close({ error: new RangeError('second') });
    channel.close();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const batch of channel) seen.push(...batch);
    })();
    await expect(reading).rejects.toThrow('first');
    expect(seen).toEqual([1]);
  });

  test('wakes a waiting reader to end or to throw', async () => {
    const ended = new Channel<number>(8);
    const [reading, failing] = [readAll(ended), new Channel<number>(8)];
    const thrown = expect(readAll(failing)).rejects.toThrow('broken');
    await settle();
    ended.close();
    failing.close({ error: new RangeError('broken') });
    expect(await reading).toEqual([]);
    await thrown;
  });

  test('lets writers go when it is closed', async () => {
    const channel = new Channel<number>(1);
    const writers = [channel.push(1), channel.push(2)];
    await settle();
    channel.close();
    await Promise.all(writers);
    expect(await readAll(channel)).toEqual([1, 2]);
  });

  test('lets writers go when its reader leaves', async () => {
    const channel = new Channel<number>(1);
    const writers = [channel.push(1), channel.push(2)];
    for await (const batch of channel) {
      expect(batch).toEqual([1, 2]);
      break;
    }
    await Promise.all([...writers, channel.push(3)]);
  });
});
