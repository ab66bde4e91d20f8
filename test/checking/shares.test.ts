import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { runChecker } from '../../src/checking/check-here.ts';
import { openChecker } from '../../src/checking/check-threads.ts';
import { BYTES_HELD, type ThreadSettings } from '../../src/checking/contract.ts';
import { SilentThread } from '../support/silent-thread.ts';

function sharesOf(threads: number, concurrency: number | undefined): ThreadSettings[] {
  const shares: ThreadSettings[] = [];
  const start = (settings: ThreadSettings): Worker => {
    shares.push(settings);
    return new SilentThread() as unknown as Worker;
  };
  const checker = openChecker({ threads, concurrency, after: 0, start });
  expect(checker?.hasRoom(false) ?? true).toBe(true);
  void checker?.close();
  return shares;
}

describe('what is in flight', () => {
  test('is divided among the threads and the rest of the run, and never exceeded', () => {
    for (const concurrency of [1, 2, 3, 4, 5, 7, 8, 63, 64, 100, 255, 256, 1000]) {
      for (const threads of [1, 2, 3, 4, 16]) {
        const shares = sharesOf(threads, concurrency);
        const checker = openChecker({ threads, concurrency });
        const source = { access: true, kind: 's3' };
        const { rest, inBatches } = runChecker({ source, checker, concurrency });
        const asked = shares.reduce((sum, { requests }) => sum + requests, 0);
        const ofThreads = inBatches ? asked : 0;
        expect({ concurrency, threads, all: ofThreads + rest }).toEqual({
          concurrency,
          threads,
          all: concurrency,
        });
        expect(rest).toBeGreaterThan(0);
        expect(shares.length).toBeLessThanOrEqual(threads);
        for (const { requests, fixed } of shares) expect([requests > 0, fixed]).toEqual([inBatches, true]);
        const bytes = shares.reduce((sum, share) => sum + share.bytes, 0);
        expect(bytes).toBeLessThanOrEqual(BYTES_HELD);
        void checker?.close();
      }
    }
  });

  test('and so are the contents that are held natively, but for what pure Node holds as well', () => {
    const MB = 1024 * 1024;
    for (const threads of [1, 2, 8, 9, 16, 32]) {
      const shares = sharesOf(threads, undefined);
      const held = shares.reduce((sum, share) => sum + share.nativeContent, 0);
      expect(held).toBeLessThanOrEqual(256 * MB);
      for (const share of shares) expect(share.nativeContent).toBeLessThanOrEqual(32 * MB);
    }
    for (const share of sharesOf(64, undefined)) expect(share.nativeContent).toBe(8 * MB);
  });

  test('grows up to 256 over all threads where no number is asked for', () => {
    for (const threads of [1, 2, 3, 16]) {
      const shares = sharesOf(threads, undefined);
      expect(shares.reduce((sum, { requests }) => sum + requests, 0)).toBe(256);
      expect(shares.every(({ fixed }) => !fixed)).toBe(true);
    }
  });

  test('is not divided where nobody else reads the source, or one at a time', () => {
    const source = { access: true, kind: 's3' };
    const alone = { inBatches: false };
    expect(runChecker({ source: { kind: 's3' } })).toMatchObject({ ...alone, rest: 128 });
    expect(runChecker({ source: { kind: 's3' }, concurrency: 5 })).toMatchObject({ ...alone, rest: 5 });
    expect(runChecker({ source, concurrency: 1 })).toMatchObject({ ...alone, rest: 1 });
    expect(runChecker({ source, concurrency: 2 })).toMatchObject({
      ...{ inBatches: true, rest: 1 },
      checker: { requests: 1 },
    });
    expect(runChecker({ source })).toMatchObject({ inBatches: true, rest: 128 });
    // Reading a copy is no request.
    const copy = { access: true, kind: 'folder' };
    const one = runChecker({ source: copy, concurrency: 1 });
    expect(one).toMatchObject({ inBatches: true, rest: 1, checker: { requests: 256 } });
    expect(runChecker({ source: copy })).toMatchObject({ inBatches: true, rest: 64 });
    // Opened for more than the run may have.
    const checker = openChecker({ threads: 2, concurrency: 100 });
    expect(runChecker({ source, checker, concurrency: 50 })).toMatchObject({ ...alone, rest: 50 });
  });
});
