/**
 * The native path beside node:zlib, on streams made to part them: it vouches for no file that zlib refuses, and for every
 * file with fixed codes that zlib takes.
 */
import { constants, deflateRawSync, gunzipSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DeflateBits } from '../support/deflate-bits.ts';
import { gzipMember, logLike } from '../support/gzip-cases.ts';
import { hashNow } from '../support/hash-now.ts';
import { HAS_NATIVE } from '../support/hash-paths.ts';
import { sha256Hex } from '../support/test-digest.ts';

const BOUND = 1 << 20;

/** A deflate stream as zlib reads it: its content, and how many bytes it takes; undefined where zlib refuses it. */
function inflated(data: Buffer): { readonly content: Buffer; readonly size: number } | undefined {
  try {
    // The types do not know of `info`.
    const { buffer, engine } = inflateRawSync(data, {
      info: true,
      maxOutputLength: BOUND,
    } as ZlibOptions) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return { content: buffer, size: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

function vouchedFor(files: readonly Buffer[]) {
  return hashNow(files, { maxStored: BOUND, maxContent: BOUND }).results;
}

/** What must be said of a file that is vouched for. */
function resultOf(file: Buffer, content: Buffer): readonly unknown[] {
  return [file.length, sha256Hex(file), content.length, sha256Hex(content)];
}

/**
 * Streams changed in any way, each with the trailer that goes with it: that of what zlib reads, cut where zlib ends, or else
 * that of the content before the change. Counts what zlib takes and the native path does not.
 */
async function compare(streams: readonly Buffer[], before: Buffer): Promise<{ taken: number; left: number }> {
  const read = streams.map((data) => inflated(data));
  const files = streams.map((data, at) => {
    const { content = before, size = data.length } = read[at] ?? {};
    return gzipMember({ data: data.subarray(0, size), content });
  });
  const results = vouchedFor(files);
  let [taken, left] = [0, 0];
  for (const [at, file] of files.entries()) {
    const result = results[at];
    const content = read[at]?.content;
    if (content === undefined) expect(result, streams[at]?.toString('hex')).toBeUndefined();
    else if (result === undefined) left += 1;
    else {
      expect(gunzipSync(file).equals(content)).toBe(true);
      expect(result.slice(0, 4)).toEqual(resultOf(file, content));
      taken += 1;
    }
  }
  return { taken, left };
}

function flipped(data: Buffer): readonly Buffer[] {
  return Array.from({ length: data.length * 8 }, (_, bit) => {
    const changed = Buffer.from(data);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return changed;
  });
}

function cut(data: Buffer): readonly Buffer[] {
  return Array.from({ length: data.length }, (_, size) => data.subarray(0, size));
}

const TEXT = logLike(3, 12);
const SHORT = TEXT.subarray(0, 200);
const FIXED: ZlibOptions = { strategy: constants.Z_FIXED };
/** A stream of several blocks, as a flush between them makes. */
function blocks(...parts: readonly (readonly [Buffer, ZlibOptions])[]): Buffer {
  return Buffer.concat(
    parts.map(([content, options], at) =>
      deflateRawSync(content, {
        ...options,
        finishFlush: at < parts.length - 1 ? constants.Z_FULL_FLUSH : constants.Z_FINISH,
      }),
    ),
  );
}

const ONLY_FIXED: readonly (readonly [string, Buffer, Buffer])[] = [
  ['nothing', deflateRawSync('', FIXED), Buffer.alloc(0)],
  ['a few letters', deflateRawSync('abc', FIXED), Buffer.from('abc')],
  ['text', deflateRawSync(TEXT, FIXED), TEXT],
  ['literals alone', deflateRawSync(TEXT, { ...FIXED, level: 1, memLevel: 1 }), TEXT],
  [
    'several blocks',
    blocks([SHORT, FIXED], [SHORT, { level: 0 }], [SHORT, FIXED]),
    Buffer.concat([SHORT, SHORT, SHORT]),
  ],
];
const WITH_DYNAMIC: readonly (readonly [string, Buffer, Buffer])[] = [
  ['a dynamic block', deflateRawSync(TEXT), TEXT],
  ['fixed after dynamic', blocks([SHORT, {}], [SHORT, FIXED]), Buffer.concat([SHORT, SHORT])],
  [
    'dynamic after fixed',
    blocks([SHORT, FIXED], [SHORT, {}], [SHORT, FIXED]),
    Buffer.concat([SHORT, SHORT, SHORT]),
  ],
  ['Huffman codes alone', deflateRawSync(TEXT, { strategy: constants.Z_HUFFMAN_ONLY }), TEXT],
];

/** The content that `length` bytes from `distance` back add to what is there. */
function repeated(content: Buffer, length: number, distance: number): Buffer {
  const all = Buffer.concat([content, Buffer.alloc(length)]);
  for (let at = content.length; at < all.length; at += 1) all[at] = all[at - distance] ?? 0;
  return all;
}

/** First value and count of extra bits of each length symbol from 257 on, and of each distance symbol (RFC 1951, 3.2.5). */
const LENGTH_SYMBOLS = Array.from({ length: 29 }, (_, at) => {
  if (at === 28) return { first: 258, extra: 0 };
  const extra = at < 8 ? 0 : (at >> 2) - 1;
  return { first: at < 8 ? at + 3 : ((4 + (at & 3)) << extra) + 3, extra };
});
const DISTANCE_SYMBOLS = Array.from({ length: 30 }, (_, at) => {
  const extra = at < 4 ? 0 : (at >> 1) - 1;
  return { first: at < 4 ? at + 1 : ((2 + (at & 1)) << extra) + 1, extra };
});
const BEFORE = Buffer.from(Array.from({ length: 32_768 }, (_, at) => (at * 7 + (at >> 8)) & 0xff));

/** A stream with one match by fixed codes behind 32 KB, near the end of the stream or far from it. */
function withMatch(
  symbols: {
    length: number;
    lengthBits: readonly [number, number];
    distance: number;
    distanceBits: readonly [number, number];
  },
  literalsAfter: number,
): Buffer {
  const bits = new DeflateBits().stored(BEFORE, false).block(true, 1).fixed(symbols.length);
  bits
    .number(...symbols.lengthBits)
    .code(symbols.distance, 5)
    .number(...symbols.distanceBits);
  for (let at = 0; at < literalsAfter; at += 1) bits.fixed(at % 256);
  return bits.fixed(256).bytes();
}

describe.runIf(HAS_NATIVE)('beside zlib', () => {
  test('vouches for whatever zlib writes, whichever codes it takes', async () => {
    const strategies = [
      constants.Z_FIXED,
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_RLE,
      constants.Z_FILTERED,
    ];
    const contents = Array.from({ length: 160 }, (_, at) =>
      logLike(at, (at * at) % 190).subarray(0, 3 + at * 131),
    );
    const files = contents.map((content, at) =>
      gzipMember({
        content,
        data: deflateRawSync(content, {
          strategy: strategies[at % 4] ?? 0,
          level: at % 10,
          memLevel: 1 + (at % 9),
          windowBits: 9 + (at % 7),
        }),
      }),
    );
    const results = vouchedFor(files);
    expect(results.map((result) => result?.slice(0, 4))).toEqual(
      files.map((file, at) => resultOf(file, contents[at] ?? file)),
    );
  });

  describe.each([...ONLY_FIXED, ...WITH_DYNAMIC])('%s', (_, data, content) => {
    test('as it is', async () => {
      expect(inflated(data)).toEqual({ content, size: data.length });
      expect(await compare([data], content)).toEqual({ taken: 1, left: 0 });
    });

    test('every truncation', async () => {
      const files = cut(data).map((part) => gzipMember({ data: part, content }));
      const whole = gzipMember({ data, content });
      expect(vouchedFor([...files, ...cut(whole)]).filter((result) => result !== undefined)).toEqual([]);
    });
  });

  test.each(ONLY_FIXED)('%s: of every bit changed, exactly what zlib takes', async (_, data, content) => {
    const { taken, left } = await compare(flipped(data), content);
    expect(left).toBe(0);
    expect(taken).toBeGreaterThan(0);
  });

  test.each(WITH_DYNAMIC)(
    '%s: of every bit changed, nothing but what zlib takes',
    async (_, data, content) => {
      const { taken, left } = await compare(flipped(data), content);
      expect(taken).toBeGreaterThan(0);
      // Incomplete codes alone are left to zlib.
      expect(left).toBeLessThan(taken / 20);
    },
  );

  test.each([0, 1000])(
    'every symbol of the fixed codes, with %i literals after it',
    async (literalsAfter) => {
      const after = Buffer.from(Array.from({ length: literalsAfter }, (_, at) => at % 256));
      const files: Buffer[] = [];
      const wanted: (readonly unknown[] | undefined)[] = [];
      const add = (data: Buffer, content: Buffer, hasMeaning: boolean): void => {
        const whole = Buffer.concat([content, after]);
        const file = gzipMember({ data, content: whole });
        files.push(file);
        wanted.push(hasMeaning ? resultOf(file, whole) : undefined);
        expect(inflated(data)?.content.equals(whole)).toBe(hasMeaning ? true : undefined);
      };
      for (const [at, { first, extra }] of LENGTH_SYMBOLS.entries())
        for (const value of [0, 2 ** extra - 1]) {
          const length = { length: 257 + at, lengthBits: [value, extra] as const };
          const data = withMatch({ ...length, distance: 4, distanceBits: [1, 1] }, literalsAfter);
          add(data, repeated(BEFORE, first + value, 6), true);
        }
      for (const [distance, { first, extra }] of DISTANCE_SYMBOLS.entries())
        for (const value of [0, 2 ** extra - 1]) {
          const match = {
            length: 260,
            lengthBits: [0, 0] as const,
            distance,
            distanceBits: [value, extra] as const,
          };
          add(withMatch(match, literalsAfter), repeated(BEFORE, 6, first + value), true);
        }
      // Two of each have no meaning; another reader might give them that of the last, or that of the next.
      for (const length of [286, 287])
        for (const meant of [3, 258, 259])
          for (const extra of [0, 5, 16])
            add(
              withMatch({ length, lengthBits: [0, extra], distance: 4, distanceBits: [1, 1] }, literalsAfter),
              repeated(BEFORE, meant, 6),
              false,
            );
      for (const distance of [30, 31])
        for (const meant of [1, 24_577, 32_768])
          for (const extra of [0, 13, 14])
            add(
              withMatch(
                { length: 260, lengthBits: [0, 0], distance, distanceBits: [0, extra] },
                literalsAfter,
              ),
              repeated(BEFORE, 6, meant),
              false,
            );
      const results = vouchedFor(files);
      expect(results.map((result) => result?.slice(0, 4))).toEqual(wanted);
    },
  );

  test('a symbol without a meaning is no end of a block', async () => {
    const letters = Buffer.alloc(1000, 'a');
    const files: Buffer[] = [];
    for (const symbol of [256, 286, 287]) {
      const last = new DeflateBits().block(true, 1).fixed(97).fixed(symbol).bytes();
      files.push(gzipMember({ data: last, content: letters.subarray(0, 1) }));
      const inside = new DeflateBits().block(false, 1).fixed(97).fixed(symbol).stored(letters, true).bytes();
      files.push(gzipMember({ data: inside, content: Buffer.concat([letters, letters.subarray(0, 1)]) }));
    }
    const results = vouchedFor(files);
    expect(files.map((_, at) => results[at] !== undefined)).toEqual([true, true, false, false, false, false]);
  });

  test('a match from before the content', async () => {
    const data = new DeflateBits().block(true, 1).fixed(97).fixed(257).code(1, 5).fixed(256).bytes();
    expect(vouchedFor([gzipMember({ data, content: Buffer.from('aaaa') })])).toEqual([undefined]);
  });

  test('codes of the file before are not taken over', async () => {
    const fixed = gzipMember({ data: deflateRawSync(TEXT, FIXED), content: TEXT });
    const dynamic = gzipMember({ content: TEXT });
    const bad = gzipMember({ data: deflateRawSync(TEXT).subarray(0, 20), content: TEXT });
    const files = [fixed, fixed, dynamic, fixed, bad, fixed, dynamic, bad, dynamic, fixed];
    const results = vouchedFor(files);
    expect(files.map((_, at) => results[at] !== undefined)).toEqual(files.map((file) => file !== bad));
  });
});
