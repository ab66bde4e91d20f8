import { afterEach, expect, test, vi } from 'vitest';
import { hashGzip, hashHere, hashLongGzip } from '../../src/crypto/hash.ts';
import { CASE_BOUND, GZIP_CASES, type GzipCase } from '../support/gzip-cases.ts';
import { sha256Hex } from '../support/test-digest.ts';

const zlib = vi.hoisted(() => ({ failure: undefined as Error | undefined }));
vi.mock('node:zlib', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:zlib')>();
  return {
    ...original,
    inflateRawSync: (...given: Parameters<typeof original.inflateRawSync>) => {
      if (zlib.failure !== undefined) throw zlib.failure;
      return original.inflateRawSync(...given);
    },
  };
});
afterEach(() => {
  zlib.failure = undefined;
});

test.each(GZIP_CASES)('$name', async (it: GzipCase) => {
  const { size, sha256, content } = await hashGzip(it.file, CASE_BOUND);
  expect({ size, sha256 }).toEqual({ size: it.file.length, sha256: sha256Hex(it.file) });
  if ('problem' in it) expect(content).toEqual({ size: undefined, problem: it.problem });
  else
    expect(content).toEqual({
      size: it.content.length,
      sha256: sha256Hex(it.content),
      trailingBytes: it.trailingBytes,
    });
});

test.each(GZIP_CASES)('$name, piece by piece', async (it: GzipCase) => {
  expect(await hashLongGzip(it.file, CASE_BOUND)).toEqual(await hashGzip(it.file, CASE_BOUND));
});

test("this machine's want of memory is not held against the file", async () => {
  zlib.failure = new RangeError('Array buffer allocation failed');
  const [{ file } = { file: new Uint8Array() }] = GZIP_CASES;
  await expect(hashGzip(file, CASE_BOUND)).rejects.toThrow('Array buffer allocation failed');
});

test('this thread hashes one file after the other, and no more of a run that is interrupted', async () => {
  const stop = new AbortController();
  const hash = hashHere(CASE_BOUND);
  const files = GZIP_CASES.slice(0, 5).map(({ file }) => file);
  const answers = await Promise.all(files.map((file) => hash(file, false)));
  expect(answers.map(({ sha256 }) => sha256)).toEqual(files.map(sha256Hex));
  const begun = hash(files[0] ?? new Uint8Array(), false, stop.signal);
  await Promise.resolve();
  const late = hash(files[1] ?? new Uint8Array(), false, stop.signal);
  stop.abort();
  await expect(late).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await begun.catch(() => undefined);
});
