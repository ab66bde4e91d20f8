import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { type GunzipResult, gunzip, gunzipOrPlain } from '../../src/crypto/hash.ts';
import { gzipBomb } from '../support/gzip-bomb.ts';

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

const LIMIT = 1 << 20;
const TEXT = Buffer.from('{"Records":[]}');

interface Member {
  readonly method?: number;
  readonly flags?: number;
  /** What stands between the fixed header and the data. */
  readonly fields?: Uint8Array;
  readonly data?: Uint8Array;
  readonly checkSum?: number;
  readonly length?: number;
}

/** A gzip member written by hand; each part may be made wrong. */
function member({ method = 8, flags = 0, fields = new Uint8Array(), ...rest }: Member = {}): Buffer {
  const { data = deflateRawSync(TEXT), checkSum = crc32(TEXT), length = TEXT.length } = rest;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checkSum, 0);
  trailer.writeUInt32LE(length, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, method, flags, 1, 2, 3, 4, 0, 255]), fields, data, trailer]);
}

/** The check sum of a member's header, as RFC 1952 puts it behind the header: the low 16 bits. */
function headerCheckSum(flags: number, fields: Uint8Array): Buffer {
  const header = member({ flags, fields }).subarray(0, 10 + fields.length);
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(crc32(header) & 0xffff);
  return bytes;
}

function problemOf(result: GunzipResult): string | undefined {
  return result.content === undefined ? result.problem : undefined;
}

describe('one whole member', () => {
  test.each([
    ['as node:zlib writes it', gzipSync(TEXT)],
    ['by hand', member()],
    ['stored, not compressed', gzipSync(TEXT, { level: 0 })],
    ['with the text flag', member({ flags: 1 })],
    ['with extra fields', member({ flags: 4, fields: Buffer.from([3, 0, 0, 0, 0]) })],
    ['with a name', member({ flags: 8, fields: Buffer.from('a.json\0') })],
    ['with a comment', member({ flags: 16, fields: Buffer.from('by hand\0') })],
    [
      'with all of them and a header check sum',
      member({
        flags: 30,
        fields: Buffer.concat([
          Buffer.from('\x01\0xname\0comment\0'),
          headerCheckSum(30, Buffer.from('\x01\0xname\0comment\0')),
        ]),
      }),
    ],
  ])('%s is inflated', (_, file) => {
    expect(gunzip(file, LIMIT)).toEqual({ content: { bytes: TEXT, trailingBytes: 0 } });
  });

  test('may be empty', () => {
    expect(gunzip(gzipSync(''), LIMIT)).toEqual({ content: { bytes: Buffer.alloc(0), trailingBytes: 0 } });
  });

  test('may be longer than one chunk', () => {
    const long = Buffer.alloc(20 * 1024 * 1024, 'abcdefg');
    expect(long.equals(gunzip(gzipSync(long), long.length).content?.bytes ?? new Uint8Array())).toBe(true);
  });

  test('may lie inside a larger buffer', () => {
    const around = Buffer.concat([Buffer.from('xxx'), member(), Buffer.from('yyy')]);
    expect(gunzip(around.subarray(3, -3), LIMIT).content).toEqual({ bytes: TEXT, trailingBytes: 0 });
  });

  test('is told from what stands behind it, byte for byte', () => {
    for (const tail of [Buffer.alloc(1), Buffer.alloc(4096), member(), Buffer.from('garbage')])
      expect(gunzip(Buffer.concat([member(), tail]), LIMIT).content).toEqual({
        bytes: TEXT,
        trailingBytes: tail.length,
      });
  });

  test('counts an empty member before the data as the member, and the data as what stands behind', () => {
    const data = member();
    expect(gunzip(Buffer.concat([gzipSync(''), data]), LIMIT).content).toEqual({
      bytes: Buffer.alloc(0),
      trailingBytes: data.length,
    });
  });
});

describe('what is no whole member', () => {
  const sound = member();
  const flip = (at: number, bit = 1): Buffer => {
    const copy = Buffer.from(sound);
    copy[at] = (copy[at] ?? 0) ^ bit;
    return copy;
  };
  test.each([
    ['nothing', Buffer.alloc(0), 'is empty'],
    ['nine bytes', sound.subarray(0, 9), 'is not gzip'],
    ['another first byte', flip(0), 'is not gzip'],
    ['another second byte', flip(1), 'is not gzip'],
    ['plain JSON', Buffer.from('{"Records":[{"a":1}]}'), 'is not gzip'],
    ['another method', member({ method: 9 }), 'is of an unknown gzip kind'],
    ['a reserved flag', member({ flags: 0x20 }), 'is of an unknown gzip kind'],
    ['a name without an end', member({ flags: 8 }).subarray(0, 12), 'ends in its header'],
    ['a comment without an end', member({ flags: 16 }).subarray(0, 12), 'ends in its header'],
    ['a wrong header check sum', member({ flags: 2, fields: Buffer.alloc(2) }), 'header check sum is wrong'],
    ['no room for the header check sum', member({ flags: 2 }).subarray(0, 10), 'header check sum is wrong'],
    ['half a header check sum', member({ flags: 2 }).subarray(0, 11), 'header check sum is wrong'],
    [
      'no room for the length of extra fields',
      member({ flags: 4 }).subarray(0, 10),
      'ends before its trailer',
    ],
    [
      'half a length of extra fields',
      Buffer.concat([member({ flags: 4 }).subarray(0, 10), Buffer.from([0])]),
      'ends before its trailer',
    ],
    [
      'extra fields longer than the file',
      member({ flags: 4, fields: Buffer.from([0xff, 0xff]) }),
      'ends before its trailer',
    ],
    ['the header alone', sound.subarray(0, 10), 'ends before its trailer'],
    ['no trailer', sound.subarray(0, -8), 'ends before its trailer'],
    ['half a trailer', sound.subarray(0, -4), 'ends before its trailer'],
    ['one byte too few', sound.subarray(0, -1), 'ends before its trailer'],
    [
      'half its data',
      gzipSync(Buffer.alloc(5000, 'x'), { level: 0 }).subarray(0, 2500),
      'ends in the middle of its data',
    ],
    ['a block type that does not exist', member({ data: Buffer.from([0x07]) }), 'holds damaged data'],
    ['a wrong check sum', flip(sound.length - 8), 'check sum is wrong'],
    ['a wrong check sum in its last byte', flip(sound.length - 5, 0x80), 'check sum is wrong'],
    ['another content', member({ data: deflateRawSync('{"records":[]}') }), 'check sum is wrong'],
    ['a length below the true one', member({ length: TEXT.length - 1 }), 'length is wrong'],
    ['a length far above the true one', member({ length: 0xffffffff }), 'length is wrong'],
    ['a length of 0', member({ length: 0 }), 'length is wrong'],
  ])('%s', (_, file, problem) => {
    expect(problemOf(gunzip(file, LIMIT))).toBe(problem);
  });
});

describe('the bound of the output', () => {
  test('holds to the byte', () => {
    expect(gunzip(member(), TEXT.length).content?.bytes).toEqual(TEXT);
    expect(problemOf(gunzip(member(), TEXT.length - 1))).toBe('inflates to more than 13 bytes');
  });

  test('holds against a bomb that tells its length and one that lies', () => {
    const bomb = gzipBomb(4);
    expect(problemOf(gunzip(bomb, LIMIT))).toBe(`inflates to more than ${LIMIT} bytes`);
    bomb.writeUInt32LE(10, bomb.length - 4);
    expect(problemOf(gunzip(bomb, LIMIT))).toBe(`inflates to more than ${LIMIT} bytes`);
  });
});

test('what this machine lacks is not held against the file', () => {
  zlib.failure = new RangeError('Array buffer allocation failed');
  expect(() => gunzip(member(), LIMIT)).toThrow('Array buffer allocation failed');
  zlib.failure = Object.assign(new Error('out of memory'), {
    code: 'Z_MEM_ERROR',
    errno: constants.Z_MEM_ERROR,
  });
  expect(() => gunzip(member(), LIMIT)).toThrow('out of memory');
  zlib.failure = undefined;
});

test('a file that is no gzip at all is its own content, where that is asked for, within the bound', () => {
  const plain = Buffer.from('{"Records":[]}');
  expect(gunzipOrPlain(plain, 14)).toEqual({ content: { bytes: plain, trailingBytes: 0 } });
  expect(gunzipOrPlain(plain, 13)).toEqual({ content: undefined, problem: 'inflates to more than 13 bytes' });
  expect(gunzipOrPlain(gzipSync(plain), 14)).toMatchObject({ content: { trailingBytes: 0 } });
  expect(gunzipOrPlain(gzipSync(plain).subarray(0, -1), 14)).toMatchObject({ content: undefined });
  expect(gunzipOrPlain(Buffer.alloc(0), 14)).toEqual({ content: undefined, problem: 'is empty' });
});
