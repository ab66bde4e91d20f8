import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HashedFile, hashGzip } from '../../src/crypto/hash-gzip.ts';
import { loadNativeAddon } from '../../src/hashing/native-addon.ts';
import type { OpenHasher } from '../../src/hashing/open-hasher.ts';
import { CASE_BOUND, GZIP_CASES, type GzipCase, logLike } from '../support/gzip-cases.ts';
import { HASH_PATHS, openPath } from '../support/hash-paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sha256Hex } from '../support/test-digest.ts';

/** What must be said of a file, computed here by other means. */
function expected(it: GzipCase): HashedFile {
  const stored = { size: it.file.length, sha256: sha256Hex(it.file) };
  if ('problem' in it) return { ...stored, content: { size: undefined, problem: it.problem } };
  const { content, trailingBytes } = it;
  return { ...stored, content: { size: content.length, sha256: sha256Hex(content), trailingBytes } };
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

describe.each(HASH_PATHS)('by %s', (path) => {
  let hasher: OpenHasher;
  beforeAll(async () => {
    hasher = await openPath(path);
  });
  afterAll(() => hasher.close());

  test.each(GZIP_CASES)('$name', async (it) => {
    expect(await hasher.hash(it.file, { maxContent: CASE_BOUND })).toEqual(expected(it));
  });

  test('all at once, and given away', async () => {
    const answers = GZIP_CASES.map(({ file }) =>
      hasher.hash(new Uint8Array(file), { maxContent: CASE_BOUND, handOver: true }),
    );
    expect(await Promise.all(answers)).toEqual(GZIP_CASES.map(expected));
  });

  test('from files, which nobody opens first', async () => {
    const folder = temporaryFolder();
    const options = { maxContent: CASE_BOUND, maxBytes: 1 << 20 };
    const answers = GZIP_CASES.map((it, number) => {
      const file = join(folder, `${number}`);
      writeFileSync(file, it.file);
      return hasher.hashFile?.({ path: file, key: `${number}` }, options);
    });
    const wanted = GZIP_CASES.map((it) => (path === 'this-thread' ? undefined : expected(it)));
    expect(await Promise.all(answers)).toEqual(wanted);
  });

  test('damaged files are judged as on this thread', async () => {
    const files = mutated();
    const answers = files.map((file) => hasher.hash(file, { maxContent: CASE_BOUND }));
    const wanted: HashedFile[] = [];
    for (const file of files) wanted.push(await hashGzip(file, CASE_BOUND));
    expect(await Promise.all(answers)).toEqual(wanted);
  });

  test.each([
    ['around the blocks of SHA-256', 130, 2],
    ['far apart', 60, 331],
    ['beyond what is hashed at once', 12, 150_000],
  ])('lengths %s, in batches', async (_, count, step) => {
    const files = Array.from({ length: count }, (_, number) =>
      gzipSync(logLike(number, 10 + Math.ceil((step * count) / 50)).subarray(0, 300 + step * number)),
    );
    const wanted: HashedFile[] = [];
    for (const file of files) wanted.push(await hashGzip(file, 1 << 24));
    // Twice, for batches are short until sizes are known.
    for (const _ of [1, 2]) {
      const answers = files.map((file) => hasher.hash(file, { maxContent: 1 << 24 }));
      expect(await Promise.all(answers)).toEqual(wanted);
    }
  });

  test('the bound is exact', async () => {
    const content = logLike(5, 300);
    const file = gzipSync(content);
    const within = await hasher.hash(file, { maxContent: content.length });
    expect(within.content).toMatchObject({ size: content.length });
    const beyond = await hasher.hash(file, { maxContent: content.length - 1 });
    expect(beyond.content).toEqual({
      size: undefined,
      problem: `inflates to more than ${content.length - 1} bytes`,
    });
  });
});

describe.each(HASH_PATHS.filter((path) => path !== 'this-thread'))('files by %s', (path) => {
  test('a version is read from the sidecar of that very object', async () => {
    const hasher = await openPath(path);
    const folder = temporaryFolder();
    const file = join(folder, 'x.json.gz');
    writeFileSync(file, gzipSync('{}'));
    const sidecar = { bucket: 'b', key: 'a/x.json.gz', size: 22, versionId: 'v1' };
    writeFileSync(`${file}.s3-metadata.json`, JSON.stringify(sidecar));
    const options = { maxContent: 100, maxBytes: 100 };
    expect(await hasher.hashFile?.({ path: file, key: 'a/x.json.gz' }, options)).toMatchObject({
      versionId: 'v1',
    });
    const other = await hasher.hashFile?.({ path: file, key: 'b/x.json.gz' }, options);
    expect(other).toMatchObject({ content: { size: 2 } });
    expect(other).not.toHaveProperty('versionId');
    await hasher.close();
  });

  test('what is no file of its size there is left to its source', async () => {
    const hasher = await openPath(path);
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'long'), gzipSync(logLike(1, 100)));
    symlinkSync(join(folder, 'long'), join(folder, 'link'));
    const options = { maxContent: 1 << 20, maxBytes: 100 };
    for (const name of ['absent', 'folder', 'long', 'link', 'zero\0byte'])
      expect(await hasher.hashFile?.({ path: join(folder, name), key: name }, options)).toBeUndefined();
    expect(
      await hasher.hashFile?.(
        { path: join(folder, 'link'), key: 'link' },
        { maxContent: 1 << 20, maxBytes: 1 << 20 },
      ),
    ).toBeUndefined();
    await hasher.close();
  });
});

test.runIf(HASH_PATHS.includes('native'))('the native path vouches for what CloudTrail writes', async () => {
  const addon = await loadNativeAddon();
  const files = Array.from({ length: 20 }, (_, seed) => gzipSync(logLike(seed, 20 + 50 * seed)));
  const results = await addon?.hashBatch(files, '', 1 << 20, 1 << 20);
  expect(results?.filter((result) => result === undefined)).toEqual([]);
  expect(results).toHaveLength(20);
});

test.runIf(HASH_PATHS.includes('native'))(
  'one batch of the native path, longer than its buffer',
  async () => {
    const addon = await loadNativeAddon();
    const contents = Array.from({ length: 40 }, (_, at) => logLike(at, at % 3 === 0 ? 8000 : 10 + 7 * at));
    const files = contents.map((content) => gzipSync(content, { level: 1 }));
    const folder = temporaryFolder();
    const paths = files.map((file, at) => {
      const path = join(folder, `${at}`);
      writeFileSync(path, file);
      return path;
    });
    for (const items of [
      files,
      paths,
      paths.map((path, at) => (at % 2 === 0 ? path : (files[at] ?? path))),
    ]) {
      const results = await addon?.hashBatch(items, '.none', 1 << 24, 1 << 24);
      const wanted = contents.map((content, at) => [
        files[at]?.length,
        sha256Hex(files[at] ?? content),
        content.length,
        sha256Hex(content),
      ]);
      expect(results?.map((result) => result?.slice(0, 4))).toEqual(wanted);
    }
  },
);
