import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStoreAddress } from '../../src/engine/address.ts';
import { groupsOf } from '../../src/engine/groups.ts';
import {
  readAccountDone,
  readShardJob,
  readTreeJob,
  runQueueOf,
  SHARD_QUEUE,
} from '../../src/engine/jobs.ts';

describe('the address of a store', () => {
  test.each([
    ['redis://127.0.0.1:6379', 'redis', 'redis://127.0.0.1:6379'],
    ['rediss://me:secret@example.com/3', 'redis', 'rediss://example.com/3'],
    ['redis://:secret@example.com?password=secret', 'redis', 'redis://example.com'],
    ['postgres://me:secret@example.com:5433/jobs', 'postgres', 'postgres://example.com:5433/jobs'],
    ['postgresql://example.com/jobs?user=me&password=secret', 'postgres', 'postgresql://example.com/jobs'],
  ])('%s is shown without what is secret', (url, kind, shown) => {
    expect(readStoreAddress(url)).toEqual({ kind, url, shown });
  });

  test.each([
    '',
    'redis',
    'http://example.com',
    'redis://',
    'file:///tmp/x',
    'postgres:jobs',
    'redis://me:se%ret@example.com',
    'postgres://me:se%ret@example.com/jobs',
    'postgres://example.com/%',
    'redis://example.com/jobs',
    'redis://example.com/1/2',
  ])('%j is none', (text) => expect(readStoreAddress(text)).toBeUndefined());
});

test('shards are with their accounts, in order, and no more than so many are below one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }), (accounts) => {
      const groups = groupsOf(accounts);
      expect(groups.flatMap(({ shards }) => shards)).toEqual(accounts.map((_, shard) => shard));
      for (const { account, shards } of groups)
        for (const shard of shards) expect(accounts[shard]).toBe(account);
      for (const [at, { account }] of groups.entries()) expect(groups[at + 1]?.account).not.toBe(account);
    }),
  );
  const sizes = groupsOf(Array.from({ length: 240_000 }, () => 'a')).map(({ shards }) => shards.length);
  expect(Math.max(...sizes)).toBe(2_000);
  expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(240_000);
});

describe('what is in a store', () => {
  test('a shard is a name, a hash and a number, and nothing else', () => {
    const job = { plan: '2026-10', sha256: 'a'.repeat(64), shard: 3 };
    expect(readShardJob(job)).toEqual({ value: job });
    fc.assert(
      fc.property(fc.anything(), (data) => {
        const read = readShardJob(data);
        if ('problem' in read) return;
        expect(Object.keys(read.value).sort()).toEqual(['plan', 'sha256', 'shard']);
        expect(read.value.plan).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
      }),
    );
    for (const plan of ['', '.', '..', '.hidden', 'a/b', 'a\\b', 'a\n', 'a.', 'C:', 'ü', 'x'.repeat(129)])
      expect(readShardJob({ ...job, plan })).toHaveProperty('problem');
  });

  test('what is told of accounts is bounded', () => {
    const failed = Array.from({ length: 51 }, (_, shard) => ({ shard, reason: 'x' }));
    expect(readAccountDone({ failed: failed.slice(1) })).toEqual({ failed: failed.slice(1) });
    for (const other of [{ failed }, {}, null, { failed: [{ shard: 'x', reason: 'x' }] }])
      expect(readAccountDone(other)).toBeUndefined();
    expect([readTreeJob({ step: 'add' }), readTreeJob({ step: 'other' })]).toEqual([
      { step: 'add' },
      undefined,
    ]);
  });

  test('queues have the version in their names, and no colon', () => {
    expect(SHARD_QUEUE).toMatch(/^trail-verify-shards-\d+\.\d+\.\d+$/);
    expect(runQueueOf('ab'.repeat(32))).toMatch(/^trail-verify-run-\d+\.\d+\.\d+-(?:ab){16}$/);
  });
});
