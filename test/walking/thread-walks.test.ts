import { expect, test } from 'vitest';
import { type FromWalker, packListing } from '../../src/walking/contract.ts';
import { BucketDigests } from '../../src/walking/read-digests.ts';
import { ThreadWalks } from '../../src/walking/thread-walks.ts';

test('a walk that is stopped ends, though nobody answers what it asks', async () => {
  const told: FromWalker[] = [];
  const walks = new ThreadWalks(
    (message) => told.push(message),
    new BucketDigests({ requests: 1, bytes: 1 }),
  );
  const chain = { account: '111122223333', region: 'us-east-1', trail: 'audit', homeRegion: 'us-east-1' };
  const listed = packListing([
    { ref: { bucket: 'logs', key: 'newer' }, endTime: 2e12 },
    { ref: { bucket: 'logs', key: 'older' }, endTime: 1e12 },
  ]);
  if (listed === undefined) throw new Error('it can be told');
  const untold = { organization: undefined, above: undefined, below: undefined, lastDelivered: undefined };
  const window = { from: undefined, to: 3e12 };
  const run = {
    window,
    now: 3e12,
    relocations: [],
    ahead: 16,
    ring: 1,
    source: 1,
    copy: undefined,
    inRuns: true,
  };
  const plan = { chain: { ...chain, kind: 'standard' as const }, ...untold };
  walks.take({ request: { walk: 7, plan, listed, ...run } });
  await expect.poll(() => told.length).toBe(2);
  expect(told.every((message) => 'question' in message && 'open' in message.question)).toBe(true);
  walks.take({ stop: 7 });
  await expect.poll(() => told.length).toBe(3);
  expect(told.at(-1)).toEqual({ failed: 7 });
});
