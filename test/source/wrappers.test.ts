import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/source/source.ts';
import { countSource, interruptible, limitSource } from '../../src/source/wrappers.ts';
import { keysOf, listAll } from '../aws/aws-fixture.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const BUCKET = 'example-trail-logs';
const LIMIT = { maxBytes: 100 };

function storeOf(count: number): ObjectStore {
  const store = new ObjectStore();
  store.createBucket(BUCKET);
  for (let at = 0; at < count; at += 1)
    store.put(BUCKET, `a/${String(at).padStart(5, '0')}`, Buffer.from('four'));
  return store;
}

/** A source that notes how many requests it had at once. */
function watched(source: Source): { source: Source; most: () => number } {
  let now = 0;
  let most = 0;
  const watch = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    now += 1;
    most = Math.max(most, now);
    try {
      await new Promise(setImmediate);
      return await call();
    } finally {
      now -= 1;
    }
  };
  return {
    most: () => most,
    source: {
      ...source,
      open: (ref, options) => watch(() => source.open(ref, options)),
      folders: (bucket, prefix) => watch(() => source.folders(bucket, prefix)),
      list: (request) => {
        const pages = source.list(request)[Symbol.asyncIterator]();
        return { [Symbol.asyncIterator]: () => ({ next: () => watch(() => pages.next()) }) };
      },
    },
  };
}

describe('a limited source', () => {
  test('never has more requests in flight, of any kind, and answers all', async () => {
    const { source, most } = watched(memorySource(storeOf(3000)));
    const limited = limitSource(source, 3);
    const answers = await Promise.all([
      ...Array.from({ length: 30 }, () => limited.open({ bucket: BUCKET, key: 'a/00001' }, LIMIT)),
      ...Array.from({ length: 5 }, () => limited.folders(BUCKET, '')),
      ...Array.from({ length: 5 }, () => keysOf(limited, { bucket: BUCKET, prefix: 'a/' })),
    ]);
    expect(most()).toBe(3);
    expect(answers).toHaveLength(40);
    expect(answers.at(-1)).toHaveLength(3000);
  });

  test('gives its place back after a failure, and when a listing is left', async () => {
    const limited = limitSource(memorySource(storeOf(3000)), 1);
    await expect(limited.open({ bucket: BUCKET, key: 'absent' }, LIMIT)).rejects.toThrow();
    for await (const page of limited.list({ bucket: BUCKET, prefix: '' })) {
      expect(page).toHaveLength(1000);
      break;
    }
    expect((await limited.open({ bucket: BUCKET, key: 'a/00001' }, LIMIT)).bytes).toHaveLength(4);
    expect(limited).toMatchObject({ kind: 's3', description: memorySource(storeOf(0)).description });
    expect(await limited.holds('any')).toBe(true);
  });
});

test('a counted source tells what was asked of it', async () => {
  const { source, counts } = countSource(memorySource(storeOf(1500)));
  await listAll(source, { bucket: BUCKET, prefix: '' });
  await source.folders(BUCKET, '');
  await source.open({ bucket: BUCKET, key: 'a/00001' }, LIMIT);
  await expect(source.open({ bucket: BUCKET, key: 'absent' }, LIMIT)).rejects.toThrow();
  expect(counts()).toEqual({ pages: 2, folders: 1, opened: 1, failed: 1, bytes: 4 });
  expect(await source.holds(BUCKET)).toBe(true);
});

describe('a source that hashes', () => {
  const hashing = (hashed: NonNullable<Source['hashed']>): Source => ({
    ...memorySource(storeOf(1)),
    hashed,
  });
  const ref = { bucket: BUCKET, key: 'a/00000' };

  test('does so within the bounds of its wrappers', async () => {
    const hash = { sha256: 'ab'.repeat(32), size: 4 };
    const signal = new AbortController().signal;
    const source = interruptible(
      limitSource(
        hashing(async () => hash),
        1,
      ),
      signal,
    );
    expect(await source.hashed?.(ref)).toEqual(hash);
    expect(interruptible(memorySource(storeOf(1)), signal).hashed).toBeUndefined();
  });

  test('is interrupted under way, and not begun afterwards', async () => {
    const stop = new AbortController();
    const source = interruptible(
      hashing(() => new Promise(() => {})),
      stop.signal,
    );
    const waiting = source.hashed?.(ref);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(source.hashed?.(ref)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
