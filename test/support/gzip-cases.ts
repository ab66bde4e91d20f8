import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { DeflateBits } from './deflate-bits.ts';
import { gzipBomb } from './gzip-bomb.ts';

/** A file, and what must be said of it: its content, with bytes behind the member; or why it is no whole member. */
export type GzipCase = { readonly name: string; readonly file: Buffer } & (
  | { readonly content: Buffer; readonly trailingBytes: number }
  | { readonly problem: string }
);

/** The bound of content that goes with the cases. */
export const CASE_BOUND: number = 40 * 1024 * 1024;

interface MemberParts {
  readonly header?: Uint8Array;
  readonly content: Uint8Array;
  readonly data?: Uint8Array;
  readonly checkSum?: number;
  readonly length?: number;
}

const BARE = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);

/** A gzip member; each part may be made wrong. */
export function gzipMember({ header = BARE, content, data, ...rest }: MemberParts): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(rest.checkSum ?? crc32(content), 0);
  trailer.writeUInt32LE((rest.length ?? content.length) % 2 ** 32, 4);
  return Buffer.concat([header, data ?? deflateRawSync(content), trailer]);
}

/** JSON that compresses as log files do, from a seed. */
export function logLike(seed: number, records: number): Buffer {
  let state = seed;
  const next = (): number => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state;
  };
  const lines = Array.from({ length: records }, () =>
    JSON.stringify({
      eventName: `Get${next() % 50}`,
      requestID: next().toString(16),
      sourceIPAddress: `10.0.0.${next() % 256}`,
    }),
  );
  return Buffer.from(`{"Records":[${lines.join(',')}]}`);
}

const TEXT = logLike(1, 400);
const SOUND = gzipSync(TEXT);
const HALF_MEGABYTE = Buffer.alloc(512 * 1024, 7);
const LONG = Buffer.alloc(9 * 1024 * 1024, TEXT);

function withFlags(flags: number, fields: Uint8Array): Buffer {
  return Buffer.concat([BARE.subarray(0, 3), Buffer.from([flags]), BARE.subarray(4), fields]);
}

function headerSum(header: Uint8Array): Buffer {
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc32(header) & 0xffff);
  return Buffer.concat([header, sum]);
}

const NAMED = withFlags(8, Buffer.from('log.json\0'));

function sound(name: string, file: Buffer, content: Buffer = TEXT, trailingBytes = 0): GzipCase {
  return { name, file, content, trailingBytes };
}

function wrong(name: string, file: Buffer, problem: string): GzipCase {
  return { name, file, problem };
}

/** Streams that zlib refuses though another reader might give them a meaning; each with the trailer of that meaning. */
function disputed(): readonly GzipCase[] {
  const before = Buffer.alloc(32_768, 'ab');
  const a = 'a'.charCodeAt(0);
  const beyond = new DeflateBits().block(true, 1).fixed(a).fixed(286).code(0, 5).fixed(256).bytes();
  const far = new DeflateBits().stored(before, false).block(true, 1).fixed(257).code(30, 5).number(0, 13);
  const farContent = Buffer.concat([before, before.subarray(32_768 - 24_577, 32_768 - 24_574)]);
  const onlyEnd = [...Array<number>(256).fill(0), 1];
  const lone = new DeflateBits().block(true, 2).lengths(onlyEnd, [1]).code(1, 1).bytes();
  const manyLiterals = [...Array<number>(255).fill(0), 1, 1, ...Array<number>(30).fill(0)];
  const many = new DeflateBits().block(true, 2).lengths(manyLiterals, [1, 1]).code(1, 1).bytes();
  const manyDistances = new DeflateBits()
    .block(true, 2)
    .lengths(manyLiterals.slice(0, 257), [1, 1, ...Array<number>(29).fill(0)])
    .code(1, 1)
    .bytes();
  const parts: readonly [string, Buffer, Buffer][] = [
    ['a length symbol that has no meaning', beyond, Buffer.alloc(259, 'a')],
    ['a distance symbol that has no meaning', far.fixed(256).bytes(), farContent],
    ['a code word that its incomplete code does not have', lone, Buffer.alloc(0)],
    ['more literal symbols than have a meaning', many, Buffer.alloc(0)],
    ['more distance symbols than have a meaning', manyDistances, Buffer.alloc(0)],
  ];
  return parts.map(([name, data, content]) =>
    wrong(name, gzipMember({ data, content }), 'holds damaged data'),
  );
}

/** Streams that are as they should be, though few compressors write them. */
function unusual(): readonly GzipCase[] {
  const fixed = new DeflateBits().block(true, 1);
  for (const byte of Buffer.from('fixed')) fixed.fixed(byte);
  const parts: readonly [string, Buffer, Buffer][] = [
    ['fixed codes', fixed.fixed(256).bytes(), Buffer.from('fixed')],
    [
      'an incomplete code of one symbol',
      new DeflateBits()
        .block(true, 2)
        .lengths([...Array<number>(256).fill(0), 1], [1])
        .code(0, 1)
        .bytes(),
      Buffer.alloc(0),
    ],
    ['stored blocks', deflateRawSync(HALF_MEGABYTE, { level: 0 }), HALF_MEGABYTE],
    [
      'an empty last block of fixed codes',
      Buffer.concat([deflateRawSync(TEXT, { finishFlush: constants.Z_SYNC_FLUSH }), Buffer.from([3, 0])]),
      TEXT,
    ],
  ];
  return parts.map(([name, data, content]) => sound(name, gzipMember({ data, content }), content));
}

/** One table for every way in which log files are hashed. */
export const GZIP_CASES: readonly GzipCase[] = [
  sound('a plain member', SOUND),
  sound('no content', gzipSync(''), Buffer.alloc(0)),
  sound('a short content', gzipSync('{"Records":[]}'), Buffer.from('{"Records":[]}')),
  sound('a long content', gzipSync(LONG), LONG),
  sound('an extra field', gzipMember({ header: withFlags(4, Buffer.from([2, 0, 9, 9])), content: TEXT })),
  sound('a name', gzipMember({ header: NAMED, content: TEXT })),
  sound('a comment', gzipMember({ header: withFlags(16, Buffer.from('why\0')), content: TEXT })),
  sound(
    'a header check sum',
    gzipMember({ header: headerSum(withFlags(2, Buffer.alloc(0))), content: TEXT }),
  ),
  ...unusual(),
  sound('a second member', Buffer.concat([SOUND, SOUND]), TEXT, SOUND.length),
  sound('zeros behind it', Buffer.concat([SOUND, Buffer.alloc(5)]), TEXT, 5),
  sound('a byte behind it', Buffer.concat([SOUND, Buffer.from('x')]), TEXT, 1),
  sound('a long content with a byte behind it', Buffer.concat([gzipSync(LONG), Buffer.from('x')]), LONG, 1),
  wrong('nothing', Buffer.alloc(0), 'is empty'),
  wrong('no gzip', TEXT, 'is not gzip'),
  wrong('half a header', SOUND.subarray(0, 9), 'is not gzip'),
  wrong('a header alone', SOUND.subarray(0, 10), 'ends before its trailer'),
  wrong(
    'another method',
    Buffer.from(SOUND.map((byte, at) => (at === 2 ? 7 : byte))),
    'is of an unknown gzip kind',
  ),
  wrong(
    'a reserved flag',
    gzipMember({ header: withFlags(32, Buffer.alloc(0)), content: TEXT }),
    'is of an unknown gzip kind',
  ),
  wrong('a name without end', NAMED.subarray(0, 14), 'ends in its header'),
  wrong(
    'a wrong header check sum',
    gzipMember({ header: withFlags(2, Buffer.alloc(2)), content: TEXT }),
    'header check sum is wrong',
  ),
  wrong('cut by a byte', SOUND.subarray(0, -1), 'ends before its trailer'),
  wrong('cut in its data', SOUND.subarray(0, -40), 'ends in the middle of its data'),
  wrong(
    'a long content, cut in its data',
    gzipMember({ content: LONG, data: deflateRawSync(LONG).subarray(0, -40) }),
    'ends in the middle of its data',
  ),
  wrong('a wrong check sum', gzipMember({ content: TEXT, checkSum: 1 }), 'check sum is wrong'),
  wrong(
    'a wrong check sum of a long content',
    gzipMember({ content: LONG, checkSum: 1 }),
    'check sum is wrong',
  ),
  wrong('a length one too long', gzipMember({ content: TEXT, length: TEXT.length + 1 }), 'length is wrong'),
  wrong('a length one too short', gzipMember({ content: TEXT, length: TEXT.length - 1 }), 'length is wrong'),
  wrong('a length of nothing', gzipMember({ content: LONG, length: 0 }), 'length is wrong'),
  wrong('a length of four gigabytes', gzipMember({ content: TEXT, length: 2 ** 32 - 1 }), 'length is wrong'),
  ...disputed(),
  wrong('a bomb', gzipBomb(4), `inflates to more than ${CASE_BOUND} bytes`),
  wrong(
    'a bomb that says it is small',
    Buffer.concat([gzipBomb(4).subarray(0, -4), Buffer.from([1, 0, 0, 0])]),
    `inflates to more than ${CASE_BOUND} bytes`,
  ),
];
