/** A file's time goes forward in steps: a mark is taken when the step of its last change is over. */
import { type BigIntStats, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { markOf, settledStatus } from '../../src/events/file-marks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** How often a file is looked at whose last change was then (milliseconds), asked at each look. */
async function looksAt(changed: () => number): Promise<number> {
  let looks = 0;
  await settledStatus(async () => {
    looks += 1;
    const time = BigInt(changed());
    return { ctimeMs: time, ctimeNs: time * 1_000_000n } as BigIntStats;
  });
  return looks;
}

/** That time, if it is no whole second: such a time would be a coarse one. */
const fine = (time: number): number => (time % 1000 === 0 ? time - 1 : time);

test('what was changed long ago is looked at once, and what was changed just now again', async () => {
  expect(await looksAt(() => fine(Date.now() - 5000))).toBe(1);
  const now = fine(Date.now());
  expect(await looksAt(() => now)).toBe(2);
  const second = Math.floor(Date.now() / 1000) * 1000;
  expect(await looksAt(() => second)).toBe(2);
});

test('what has another clock, or is changed again and again, is not waited for', async () => {
  expect(await looksAt(() => fine(Date.now() + 60_000))).toBe(1);
  expect(await looksAt(() => fine(Date.now()))).toBe(3);
});

test('two changes of one size are two marks', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, 'one');
  const look = async (): Promise<BigIntStats> => statSync(file, { bigint: true });
  const before = markOf(await settledStatus(look));
  expect(markOf(await look())).toBe(before);
  writeFileSync(file, 'two');
  expect(markOf(await look())).not.toBe(before);
});
