import { expect, test } from 'vitest';
import type { HashedObject } from '../../src/crypto/hasher.ts';
import { type Hasher, ThreadLost, threadHasher } from '../../src/crypto/hasher.ts';
import { hashLog } from '../../src/logs/hash-log.ts';
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
const SOURCE = memorySource(STORE);
const HERE = threadHasher();

/** A hasher that loses its thread this many times. */
function losing(times: number): Hasher & { readonly tries: boolean[] } {
  const tries: boolean[] = [];
  return {
    ...HERE,
    tries,
    hash: (file, options) => {
      tries.push(options.alone === true);
      if (tries.length <= times) throw new ThreadLost('it ended with code 134');
      return HERE.hash(file, options);
    },
  };
}

test('a file whose thread was lost is hashed once more, alone', async () => {
  const hasher = losing(1);
  const { file } = await hashLog(REF, SOURCE, hasher, { keep: false });
  expect(file.sha256).toBe(sha256Hex(FILE));
  expect(hasher.tries).toEqual([false, true]);
});

test('a file that costs two threads is not tried again, and not held to be wrong', async () => {
  const hasher = losing(3);
  await expect(hashLog(REF, SOURCE, hasher, { keep: false })).rejects.toMatchObject({
    code: 'OBJECT_UNREACHABLE',
    message:
      's3://b/a/x.json.gz could not be hashed: the thread at work on it was lost twice (it ended with code 134)',
  });
  expect(hasher.tries).toEqual([false, true]);
});

test.each([0, 1])('other errors are passed on, also after %d lost threads', async (times) => {
  const hasher = losing(times);
  const failing: Hasher = {
    ...hasher,
    hash: async (file, options) => {
      await hasher.hash(file, options);
      throw new Error('out of memory');
    },
  };
  await expect(hashLog(REF, SOURCE, failing, { keep: false })).rejects.toThrow('out of memory');
});

test('bytes are given away only where nobody else holds them', async () => {
  const given: (boolean | undefined)[] = [];
  const noting: Hasher = {
    ...HERE,
    hash: (file, options) => {
      given.push(options.handOver);
      return HERE.hash(file, options);
    },
  };
  const own: Source = { ...SOURCE, handsOver: true };
  expect(await hashLog(REF, SOURCE, noting, { keep: false })).not.toHaveProperty('stored');
  await hashLog(REF, own, noting, { keep: false });
  const kept = await hashLog(REF, own, noting, { keep: true });
  expect(kept.stored?.bytes).toEqual(FILE);
  expect(given).toEqual([false, true, false]);
});

test('a file that lies on this machine is read there, unless its bytes are wanted', async () => {
  const answer: HashedObject = {
    ...(await HERE.hash(FILE, { maxContent: 100 })),
    versionId: 'v1',
  };
  const asked: string[] = [];
  const answers: (HashedObject | undefined)[] = [answer, undefined];
  const reading: Hasher = {
    ...HERE,
    hashFile: async ({ path }) => {
      asked.push(path);
      return answers.shift();
    },
  };
  let file: { path: string; key: string } | undefined = { path: '/copy/x', key: REF.key };
  const source: Source = { ...SOURCE, fileOf: async () => file };
  expect(await hashLog(REF, source, reading, { keep: false })).toEqual({ file: answer, versionId: 'v1' });
  // What the thread could not read there is opened.
  expect((await hashLog(REF, source, reading, { keep: false })).file.sha256).toBe(answer.sha256);
  expect((await hashLog(REF, source, reading, { keep: true })).stored).toBeDefined();
  file = undefined;
  expect((await hashLog(REF, source, reading, { keep: false })).file.sha256).toBe(answer.sha256);
  expect(asked).toEqual(['/copy/x', '/copy/x']);
});
