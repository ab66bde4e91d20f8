import { expect, test, vi } from 'vitest';
import { limitRate } from '../../src/source/wrappers.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

/** What was to be waited for: nothing waits for real. */
const waits: number[] = [];
vi.mock('node:timers/promises', () => ({
  setTimeout: async (milliseconds: number) => {
    waits.push(milliseconds);
  },
}));

test('requests of every kind are spread evenly', async () => {
  const store = new ObjectStore();
  store.createBucket('example-bucket');
  store.put('example-bucket', 'a/b', Buffer.from('x'));
  const source = limitRate(memorySource(store), 10, { now: () => 5000 });
  await source.folders('example-bucket', '');
  await source.open({ bucket: 'example-bucket', key: 'a/b' }, { maxBytes: 10 });
  const pages: number[] = [];
  for await (const page of source.list({ bucket: 'example-bucket', prefix: '' })) pages.push(page.length);
  expect(await source.holds('example-bucket')).toBe(true);
  expect(pages).toEqual([1]);
  // The fifth turn is taken for a page that does not come.
  expect(waits).toEqual([100, 200, 300]);
  expect(source.kind).toBe('s3');
  expect(source.description).toBe(memorySource(store).description);
});
