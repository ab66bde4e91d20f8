import { expect, test } from 'vitest';
import { type HashFile, hashHere, ThreadLost } from '../../src/crypto/hash.ts';
import { hashLog } from '../../src/logs/verify-log.ts';
import type { Source } from '../../src/source/source.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { sha256Hex } from '../support/test-digest.ts';
import { gzip } from '../support/test-gzip.ts';

const REF = { bucket: 'b', key: 'a/x.json.gz' };
const FILE = gzip('{"Records":[]}');
const STORE = new ObjectStore(() => 0);
STORE.createBucket('b');
STORE.put('b', REF.key, FILE);
const SOURCE: Source = { ...memorySource(STORE), handsOver: true };

/** Hashes here, after its thread was lost this many times; tells which bytes it was given for good. */
function losing(times: number): { readonly hash: HashFile; readonly given: boolean[] } {
  const given: boolean[] = [];
  const here = hashHere(1 << 20);
  return {
    given,
    hash: async (file, handOver) => {
      given.push(handOver);
      if (given.length <= times) throw new ThreadLost();
      return here(file, handOver);
    },
  };
}

test('a file whose thread was lost with its bytes is read again, and they are kept', async () => {
  const { hash, given } = losing(1);
  const { file } = await hashLog(REF, SOURCE, hash, { keep: false });
  expect(file.sha256).toBe(sha256Hex(FILE));
  expect(given).toEqual([true, false]);
});

test.each([0, 1])('other errors are passed on, also after %d lost threads', async (times) => {
  const { hash } = losing(times);
  const failing: HashFile = async (file, handOver) => {
    await hash(file, handOver);
    throw new Error('out of memory');
  };
  await expect(hashLog(REF, SOURCE, failing, { keep: false })).rejects.toThrow('out of memory');
});

test('bytes are given away only where nobody else holds them', async () => {
  const { hash, given } = losing(0);
  const held: Source = { ...SOURCE, handsOver: false };
  await hashLog(REF, held, hash, { keep: false });
  expect(await hashLog(REF, SOURCE, hash, { keep: false })).not.toHaveProperty('stored');
  const kept = await hashLog(REF, SOURCE, hash, { keep: true });
  expect(kept.stored?.bytes).toEqual(FILE);
  expect(given).toEqual([false, true, false]);
});
