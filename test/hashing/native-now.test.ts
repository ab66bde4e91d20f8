import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hashGzip } from '../../src/crypto/hash.ts';
import { loadNativeOpen, NATIVE_ROW_BYTES, nativeRow } from '../../src/hashing/local-hasher.ts';
import { CASE_BOUND, GZIP_CASES, logLike } from '../support/gzip-cases.ts';
import { hashNow, nativeNow } from '../support/hash-now.ts';
import { HAS_NATIVE } from '../support/hash-paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sha256Hex } from '../support/test-digest.ts';

function resultOf(file: Buffer, content: Buffer): readonly unknown[] {
  return [file.length, sha256Hex(file), content.length, sha256Hex(content)];
}

const CONTENTS = Array.from({ length: 70 }, (_, at) => logLike(at, 1 + ((at * 37) % 400)));
const FILES = CONTENTS.map((content) => gzipSync(content));

describe.runIf(HAS_NATIVE)('hashed on the thread that asks', () => {
  test.each([0, 1, 2, 3, 16, 17, 70])('%i files', (count) => {
    const { results, sidecars } = hashNow(FILES.slice(0, count));
    expect(results).toEqual(FILES.slice(0, count).map((file, at) => resultOf(file, CONTENTS[at] ?? file)));
    expect(sidecars).toBeUndefined();
  });

  test('what is vouched for is what the one judge says', async () => {
    const { results } = hashNow(GZIP_CASES.map(({ file }) => file));
    for (const [at, { name, file }] of GZIP_CASES.entries()) {
      const result = results[at];
      if (result === undefined) continue;
      const { size, sha256, content } = await hashGzip(file, CASE_BOUND);
      const judged = content.size === undefined ? [] : [size, sha256, content.size, content.sha256];
      expect([name, ...result]).toEqual([name, ...judged]);
    }
    expect(results.filter((result) => result !== undefined).length).toBeGreaterThan(5);
  });

  test('a row of what is not vouched for is empty', () => {
    const { results, rows } = hashNow([Buffer.from('no gzip'), FILES[0] ?? '']);
    expect(results[0]).toBeUndefined();
    expect(rows.subarray(0, NATIVE_ROW_BYTES).every((byte) => byte === 0)).toBe(true);
    expect(results[1]).toBeDefined();
  });

  test('rows may be a part of a buffer', () => {
    const [file = Buffer.alloc(0)] = FILES;
    const whole = new Uint8Array(3 * NATIVE_ROW_BYTES + 5).fill(7);
    nativeNow().hashNow([file], '', 1 << 20, 1 << 20, whole.subarray(5, 5 + NATIVE_ROW_BYTES));
    expect(nativeRow(whole.subarray(5), 0)?.size).toBe(file.length);
    expect(whole.subarray(0, 5).every((byte) => byte === 7)).toBe(true);
    expect(whole.subarray(5 + NATIVE_ROW_BYTES).every((byte) => byte === 7)).toBe(true);
  });

  test('files by path, with their sidecars', () => {
    const folder = temporaryFolder();
    const paths = FILES.slice(0, 5).map((file, at) => {
      const path = join(folder, `${at}`);
      writeFileSync(path, file);
      return path;
    });
    writeFileSync(join(folder, '3.side'), 'about 3');
    mkdirSync(join(folder, '4.side'));
    const wanted = FILES.slice(0, 5).map((file, at) => resultOf(file, CONTENTS[at] ?? file));
    // What lies in the place of a sidecar and is no file is for the source to judge.
    const companions = hashNow([...paths, join(folder, 'absent')], { suffix: '.side' });
    expect(companions.results).toEqual([...wanted.slice(0, 4), undefined, undefined]);
    expect(Object.entries(companions.sidecars ?? []).map(([at, sidecar]) => [at, String(sidecar)])).toEqual([
      ['3', 'about 3'],
    ]);
    // Without a suffix nobody looks.
    expect(hashNow(paths)).toMatchObject({ results: wanted, sidecars: undefined });
  });

  test('with what they hold, where that is ASCII', () => {
    const addon = loadNativeOpen();
    if (addon === undefined) throw new Error('there is no native file, or it opens wrongly');
    const folder = temporaryFolder();
    const contents = [
      'one',
      '',
      'three \u0000 \u007f',
      'umlaut \u00e4',
      'five',
      'six',
      'seven'.repeat(20_000),
    ];
    const paths = contents.map((content, at) => {
      const path = join(folder, `${at}`);
      writeFileSync(path, gzipSync(Buffer.from(content, 'latin1')));
      return path;
    });
    writeFileSync(join(folder, '0.side'), 'about 0');
    writeFileSync(join(folder, '4.side'), Buffer.from('about \u00e4'));
    writeFileSync(join(folder, '5'), 'no gzip');
    const rows = new Uint8Array(paths.length * NATIVE_ROW_BYTES).fill(1);
    const texts = addon.openNow(paths, '.side', CASE_BOUND, 200_000, rows);
    const isOdd = (at: number): boolean => at >= 3 && at <= 5;
    for (const [at, content] of contents.entries()) {
      expect(nativeRow(rows, at)?.contentSize).toBe(isOdd(at) ? undefined : content.length);
      if (!isOdd(at)) expect(texts[2 * at]).toBe(content);
      expect(texts[2 * at + 1]).toBe(at === 0 ? 'about 0' : undefined);
    }
    expect(hashNow(paths.slice(0, 3)).rows).toEqual(rows.subarray(0, 3 * NATIVE_ROW_BYTES));
  });

  test('what they hold is handed over only with rows for all', () => {
    const call: (...given: unknown[]) => unknown = loadNativeOpen()?.openNow as never;
    for (const rows of [new Uint8Array(NATIVE_ROW_BYTES - 1), new Float64Array(20), undefined])
      expect(() => call(FILES.slice(0, 1), '', 1e6, 1e6, rows)).toThrow('the files could not be opened');
    expect(() => call(FILES, '', 1e6, 1e6)).toThrow('the files could not be opened');
  });

  test('bounds are exact', () => {
    const [file = Buffer.alloc(0)] = FILES;
    const [content = file] = CONTENTS;
    const wanted = [resultOf(file, content)];
    const within = { maxStored: file.length, maxContent: content.length };
    expect(hashNow([file], within).results).toEqual(wanted);
    expect(hashNow([file], { ...within, maxStored: file.length - 1 }).results).toEqual([undefined]);
    expect(hashNow([file], { ...within, maxContent: content.length - 1 }).results).toEqual([undefined]);
    expect(hashNow([file], { maxStored: 2 ** 70, maxContent: Number.POSITIVE_INFINITY }).results).toEqual(
      wanted,
    );
  });

  test.each([
    ['too few rows', [FILES, '', 1, 1, new Uint8Array(FILES.length * NATIVE_ROW_BYTES - 1)]],
    ['rows of another kind', [[], '', 1, 1, new Float64Array(8)]],
    ['no rows', [[], '', 1, 1]],
    ['an item that is none', [['/a', 5], '', 1, 1, new Uint8Array(200)]],
    ['an item of another kind', [[new Uint16Array(9)], '', 1, 1, new Uint8Array(200)]],
    ['a negative bound', [[], '', -1, 1, new Uint8Array(200)]],
    ['a bound that is no number', [[], '', 1, Number.NaN, new Uint8Array(200)]],
    ['a suffix without end', [[], 'x'.repeat(64), 1, 1, new Uint8Array(200)]],
  ])('throws for %s', (_, given) => {
    const call: (...given: unknown[]) => unknown = nativeNow().hashNow as never;
    expect(() => call(...given)).toThrow('the files could not be hashed');
  });

  test('in workers, one after the other', async () => {
    const file = createRequire(import.meta.url).resolve(
      `../../native/prebuilt/${process.platform}-${process.arch}/hash-gzip.node`,
    );
    const program = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { hashNow } = require(workerData.addon);
      const rows = new Uint8Array(workerData.files.length * ${NATIVE_ROW_BYTES});
      for (let turn = 0; turn < 3; turn += 1) hashNow(workerData.files, '', 1e9, 1e9, rows);
      parentPort.postMessage(rows);`;
    for (let turn = 0; turn < 3; turn += 1) {
      const worker = new Worker(program, { eval: true, workerData: { addon: file, files: FILES } });
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      const rows = await new Promise<Uint8Array>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      expect(await ended).toBe(0);
      expect(FILES.map((_, at) => nativeRow(rows, at)?.size)).toEqual(FILES.map(({ length }) => length));
    }
  });
});
