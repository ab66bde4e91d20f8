import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Source, StoredObject } from '../../src/source/source.ts';
import { widenSource } from '../../src/source/widening-source.ts';

const OBJECT: StoredObject = { bytes: new Uint8Array(10), metadata: {} };
const OPTIONS = { maxBytes: 100 };

/** A source whose reads wait until they are answered, as a class to be called as one. */
class HeldSource implements Source {
  readonly description = 'held';
  readonly kind = 's3';
  readonly waiting: ((answer: StoredObject | Error) => void)[] = [];

  async *list(): ReturnType<Source['list']> {
    yield [];
  }

  async folders(): Promise<readonly string[]> {
    return ['a/'];
  }

  async open(): Promise<StoredObject> {
    const answer = await new Promise<StoredObject | Error>((resolve) => this.waiting.push(resolve));
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async holds(): Promise<boolean> {
    return true;
  }
}

/** Asks for `count` objects and answers them wave by wave; gives back how many were in flight in each. */
async function waves(count: number, answer: StoredObject | Error): Promise<readonly number[]> {
  const held = new HeldSource();
  const source = widenSource(held);
  const reads = Array.from({ length: count }, (_, at) => source.open({ bucket: 'b', key: `${at}` }, OPTIONS));
  const settled = Promise.allSettled(reads);
  const sizes: number[] = [];
  for (;;) {
    await delay(20);
    const wave = held.waiting.splice(0);
    if (wave.length === 0) break;
    sizes.push(wave.length);
    for (const reply of wave) reply(answer);
  }
  const results = await settled;
  expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(
    answer instanceof Error ? 0 : count,
  );
  return sizes;
}

describe('reads in flight', () => {
  test('are 64 at first, grow while the thread idles, and are never more than 256', async () => {
    const sizes = await waves(6000, OBJECT);
    expect(sizes[0]).toBe(64);
    expect(Math.max(...sizes)).toBeGreaterThan(64);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
  });

  test('are 64 for large objects', async () => {
    const sizes = await waves(640, { ...OBJECT, bytes: new Uint8Array(300_000) });
    expect(Math.max(...sizes)).toBe(64);
  });

  test('are 64 where reads fail', async () => {
    const sizes = await waves(640, new Error('refused'));
    expect(Math.max(...sizes)).toBe(64);
  });
});

test('listings and folders pass through', async () => {
  const source = widenSource(new HeldSource());
  expect(await source.folders('b', '')).toEqual(['a/']);
  const pages = [];
  for await (const page of source.list({ bucket: 'b', prefix: '' })) pages.push(page);
  expect(pages).toEqual([[]]);
  expect(await source.holds('b')).toBe(true);
  expect(source.kind).toBe('s3');
});
