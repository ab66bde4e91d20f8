import { expect, test } from 'vitest';
import type { ListRequest } from '../../src/source/source.ts';
import { memorySource } from './memory-source.ts';
import { ObjectStore } from './object-store.ts';

const BUCKET = 'example-bucket';

function storeOf(keys: readonly string[]): ObjectStore {
  const store = new ObjectStore(() => 7);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, Buffer.from(key), { metadata: { signature: '00' } });
  return store;
}

async function pagesOf(store: ObjectStore, request: Omit<ListRequest, 'bucket'>): Promise<string[][]> {
  const pages: string[][] = [];
  for await (const page of memorySource(store).list({ bucket: BUCKET, ...request })) {
    pages.push(page.map((object) => object.key));
  }
  return pages;
}

test('lists in UTF-8 order, by prefix and after a key, a thousand a page', async () => {
  const many = Array.from({ length: 1001 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
  const store = storeOf(['a/2', 'a/1', 'a.b', 'a\u{ffff}', 'a\u{10000}', ...many]);
  expect(await pagesOf(store, { prefix: 'a' })).toEqual([['a.b', 'a/1', 'a/2', 'a\u{ffff}', 'a\u{10000}']]);
  expect(await pagesOf(store, { prefix: 'a/', startAfter: 'a/1' })).toEqual([['a/2']]);
  expect(await pagesOf(store, { prefix: 'a/', startAfter: 'A' })).toEqual([['a/1', 'a/2']]);
  expect(await pagesOf(store, { prefix: 'a/', startAfter: 'b' })).toEqual([]);
  expect((await pagesOf(store, { prefix: 'many/' })).map((page) => page.length)).toEqual([1000, 1]);
});

test('names the folders directly below a prefix', async () => {
  const source = memorySource(storeOf(['x/a/1', 'x/a/2', 'x/b', 'x/c/d/e', 'y/z']));
  expect(await source.folders(BUCKET, 'x/')).toEqual(['x/a/', 'x/c/']);
  expect(await source.folders(BUCKET, '')).toEqual(['x/', 'y/']);
  await expect(source.folders('no-bucket', '')).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
});

test('opens objects, with metadata or as a bare folder without', async () => {
  const store = storeOf(['k']);
  const ref = { bucket: BUCKET, key: 'k' };
  expect(await memorySource(store).open(ref, { maxBytes: 1 })).toEqual({
    bytes: Buffer.from('k'),
    metadata: { signature: '00' },
    lastModified: 7,
  });
  const bare = memorySource(store, { metadata: false });
  expect((await bare.open(ref, { maxBytes: 1 })).metadata).toBeUndefined();
  expect(await Promise.all([bare.holds(BUCKET), bare.holds('no-bucket')])).toEqual([true, false]);
});

test.each([
  ['AccessDenied', 'OBJECT_DENIED'],
  ['InvalidObjectState', 'OBJECT_ARCHIVED'],
  ['KMS.DisabledException', 'OBJECT_UNDECRYPTABLE'],
  ['NoSuchKey', 'OBJECT_NOT_FOUND'],
  ['SlowDown', 'OBJECT_UNREACHABLE'],
])('answers S3 %s as %s', async (s3Code, code) => {
  const store = storeOf(['k']);
  store.failWith(BUCKET, 'k', { status: 400, code: s3Code });
  const read = memorySource(store).open({ bucket: BUCKET, key: 'k' }, { maxBytes: 9 });
  await expect(read).rejects.toMatchObject({ code });
});

test('refuses what is absent or too large', async () => {
  const source = memorySource(storeOf(['long key']));
  const read = (bucket: string, key: string) => source.open({ bucket, key }, { maxBytes: 3 });
  await expect(read(BUCKET, 'none')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  await expect(read('no-bucket', 'k')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  await expect(read(BUCKET, 'long key')).rejects.toMatchObject({ code: 'OBJECT_TOO_LARGE' });
});
