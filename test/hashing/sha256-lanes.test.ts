import { describe, expect, test } from 'vitest';
import { HAS_NATIVE } from '../support/hash-paths.ts';
import { nativeFile } from '../support/native-file.ts';
import { sha256Hex } from '../support/test-digest.ts';

/** Bytes of which no two stretches are alike. */
const BYTES = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * at * 31 + (at >> 3)) & 0xff));

/** Messages of these lengths, each from another place. */
function messagesOf(lengths: readonly number[]): readonly Buffer[] {
  return lengths.map((length, at) => BYTES.subarray(at % 61, (at % 61) + length));
}

function hashesOf(lengths: readonly number[], lanes: number): readonly string[] {
  const hashes = nativeFile().sha256(messagesOf(lengths), lanes);
  return lengths.map((_, at) => hashes?.toString('hex', 32 * at, 32 * at + 32) ?? '');
}

function expectRight(lengths: readonly number[], lanes: number): void {
  expect(hashesOf(lengths, lanes).join()).toBe(messagesOf(lengths).map(sha256Hex).join());
}

const LENGTHS = Array.from({ length: 301 }, (_, length) => length);

// One after the other, in pairs as with SHA instructions, eight as without them, and widths between that nobody uses.
describe.runIf(HAS_NATIVE).each([1, 2, 3, 5, 8, 9])('%i at once', (lanes) => {
  test('every length alone', () => {
    for (const length of LENGTHS) expectRight([length], lanes);
  });

  test('every length beside another', () => {
    for (const length of LENGTHS)
      for (const other of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 300, 4096])
        expectRight([length, other], lanes);
  });

  test('every length in one call', () => {
    expectRight(LENGTHS, lanes);
    expectRight(LENGTHS.toReversed(), lanes);
  });

  test.each([0, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33])('%i messages', (count) => {
    for (const step of [0, 1, 13, 64, 500])
      expectRight(
        Array.from({ length: count }, (_, at) => 40 + step * ((at * 7) % (count + 1))),
        lanes,
      );
  });

  test('a long one beside short ones', () => {
    expectRight([3, 19_000, 70], lanes);
    expectRight([19_000, ...Array.from({ length: 40 }, (_, at) => at)], lanes);
  });
});
