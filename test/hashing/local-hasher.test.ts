import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type HashedFile, type HashedObject, hashGzip } from '../../src/crypto/hash.ts';
import {
  type LocalHasher,
  loadNativeNow,
  type NativeNow,
  nativeHasher,
  plainHasher,
} from '../../src/hashing/local-hasher.ts';
import type { ObjectFile } from '../../src/source/access.ts';
import { ReadPace } from '../../src/source/folder/object-file.ts';
import { CASE_BOUND, GZIP_CASES, logLike } from '../support/gzip-cases.ts';
import { HAS_NATIVE } from '../support/hash-paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BOUNDS = { maxBytes: CASE_BOUND, maxContent: CASE_BOUND };
/** More than go together, small and large. */
const FILES = [
  ...GZIP_CASES.map(({ file }) => file),
  ...Array.from({ length: 150 }, (_, at) => gzipSync(logLike(at, 1 + ((at * 97) % 900)))),
];

function addon(): NativeNow {
  const found = loadNativeNow();
  if (found === undefined) throw new Error('there is no native file, or it hashes wrongly');
  return found;
}

/** An addon that fails as a whole at every other call, after it has written something. */
function failing(): NativeNow {
  let calls = 0;
  return {
    hashNow: (items, suffix, maxStored, maxContent, rows) => {
      const sidecars = addon().hashNow(items, suffix, maxStored, maxContent, rows);
      calls += 1;
      if (calls % 2 === 1) throw new Error('no memory');
      return sidecars;
    },
  };
}

type Way = readonly [string, () => LocalHasher];
const WAYS: readonly Way[] = [
  ['in JavaScript', () => plainHasher(BOUNDS)],
  ...(HAS_NATIVE
    ? ([
        ['natively', () => nativeHasher(addon(), BOUNDS)],
        ['natively up to some size', () => nativeHasher(addon(), BOUNDS, 50_000)],
        ['natively, with calls that fail', () => nativeHasher(failing(), BOUNDS)],
      ] as const)
    : []),
];

function allOf(
  hasher: LocalHasher,
  files: readonly (Uint8Array | ObjectFile)[],
): Promise<readonly (HashedObject | undefined)[]> {
  return Promise.all(
    files.map(
      (file) =>
        new Promise<HashedObject | undefined>((resolve, reject) => {
          let isTold = false;
          hasher.add(file, (hashed) => {
            if (isTold) reject(new Error('told twice'));
            isTold = true;
            resolve(hashed);
          });
        }),
    ),
  );
}

/** Sound files of many compressors' settings, and each with one byte changed, taken out or added somewhere. */
function mutated(): readonly Buffer[] {
  const files: Buffer[] = [];
  const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY } = constants;
  const strategies = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_FIXED];
  for (let seed = 1; seed <= 40; seed += 1) {
    const file = gzipSync(logLike(seed, 10 + seed * 5), {
      level: seed % 10,
      memLevel: 1 + (seed % 9),
      windowBits: 9 + (seed % 7),
      strategy: strategies[seed % 4] ?? 0,
    });
    files.push(file);
    for (let round = 0; round < 15; round += 1) {
      const at = (seed * 7919 + round * 104_729) % file.length;
      const changed = Buffer.from(file);
      changed[at] = ((changed[at] ?? 0) ^ (1 << (round % 8))) & 0xff;
      const shorter = Buffer.concat([file.subarray(0, at), file.subarray(at + 1)]);
      const longer = Buffer.concat([file.subarray(0, at), Buffer.from([round]), file.subarray(at)]);
      files.push(changed, shorter, longer);
    }
  }
  return files;
}

describe.each(WAYS)('hashed %s', (_, open) => {
  test('damaged files are what the one judge says', async () => {
    const files = mutated();
    const wanted: HashedFile[] = [];
    for (const file of files) wanted.push(await hashGzip(file, CASE_BOUND));
    expect(await allOf(open(), files)).toEqual(wanted);
  });

  test.each([
    ['around the blocks of SHA-256', 130, 2],
    ['far apart', 60, 331],
    ['beyond what is hashed at once', 12, 150_000],
  ])('lengths %s', async (_, count, step) => {
    const files = Array.from({ length: count }, (_, number) =>
      gzipSync(logLike(number, 10 + Math.ceil((step * count) / 50)).subarray(0, 300 + step * number)),
    );
    const wanted: HashedFile[] = [];
    for (const file of files) wanted.push(await hashGzip(file, CASE_BOUND));
    expect(await allOf(open(), files)).toEqual(wanted);
  });

  test('what is no file of its size there is told as unknown', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'long'), Buffer.alloc(CASE_BOUND + 1));
    writeFileSync(join(folder, 'plain'), gzipSync('{}'));
    symlinkSync(join(folder, 'plain'), join(folder, 'link'));
    const names = ['absent', 'folder', 'long', 'link', 'zero\0byte'];
    const files = names.map((name): ObjectFile => ({ path: join(folder, name), key: name }));
    expect(await allOf(open(), files)).toEqual(names.map(() => undefined));
  });

  test('bytes are what the one judge says, whatever goes together', async () => {
    const wanted: HashedFile[] = [];
    for (const file of FILES) wanted.push(await hashGzip(file, CASE_BOUND));
    const hasher = open();
    expect(await allOf(hasher, FILES)).toEqual(wanted);
    // And alone.
    for (const at of [0, 1, FILES.length - 1])
      expect(await allOf(hasher, FILES.slice(at, at + 1))).toEqual(wanted.slice(at, at + 1));
  });

  test('files are read where they lie, with the versions of their sidecars', async () => {
    const folder = temporaryFolder();
    const files = [0, 1, 2, 3].map((at): ObjectFile => ({ key: `k${at}`, path: join(folder, `${at}`) }));
    const bytes = FILES.slice(-3);
    for (const [at, file] of bytes.entries()) writeFileSync(join(folder, `${at}`), file);
    const sidecar = (key: string) => JSON.stringify({ bucket: 'b', key, size: 1, versionId: 'v' });
    writeFileSync(join(folder, '1.s3-metadata.json'), sidecar('k1'));
    writeFileSync(join(folder, '2.s3-metadata.json'), sidecar('another'));
    const [none, versioned, foreign] = await Promise.all(bytes.map((file) => hashGzip(file, CASE_BOUND)));
    const wanted = [none, { ...versioned, versionId: 'v' }, foreign, undefined];
    expect(await allOf(open(), files)).toEqual(wanted);
  });

  test('what waits when it stops is told as unknown, each once', async () => {
    const hasher = open();
    // The first takes so long that the others wait in any case.
    const told = allOf(hasher, [gzipSync(Buffer.alloc(9_000_000)), ...FILES.slice(-8)]);
    hasher.stop();
    expect((await told).slice(1)).toEqual(Array.from({ length: 8 }, () => undefined));
  });
});

test('a thread with other work reads no file while reads are slow', async () => {
  const path = join(temporaryFolder(), 'a');
  writeFileSync(path, FILES.at(-1) ?? '');
  const pace = new ReadPace();
  const [quick] = await allOf(plainHasher(BOUNDS, pace), [{ key: 'a', path }]);
  expect(quick?.content.size).toBeGreaterThan(0);
  for (let late = 0; late < 20; late += 1) pace.took(4_000);
  expect(await allOf(plainHasher(BOUNDS, pace), [{ key: 'a', path }])).toEqual([undefined]);
});
