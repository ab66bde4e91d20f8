/** The pages of one listing: what leads in a circle, and what is held of them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { PageProgress } from '../../../src/source/s3/answer-check.ts';

test('tokens that lead in a circle end a listing', () => {
  const progress = new PageProgress();
  progress.pass('a', undefined, 0, 1);
  progress.pass('b', 'a', 0, 1);
  expect(() => progress.pass('a', 'b', 0, 1)).toThrow('it leads in a circle');
});

test('tokens of a megabyte are not held', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const before = process.memoryUsage().heapUsed;
  const progress = new PageProgress();
  let asked: string | undefined;
  for (let page = 0; page < 100; page += 1) {
    const next: string = JSON.parse(`"${page} ${'a'.repeat(900_000)}"`);
    progress.pass(next, asked, 0, 1);
    asked = next;
  }
  collect();
  // They are 90 MB in all.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  expect(() => progress.pass('last', asked, 0, 1)).toThrow('101 pages in a row were empty');
});
