import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canBeName,
  escapeSegment,
  isPlainSegment,
  isWritableSegment,
  readNames,
} from '../../../src/source/folder/path.ts';

const KINDS = ['file', 'folder'] as const;
const LONG = 'x'.repeat(200);

describe('the escaped form of a segment', () => {
  test.each([
    ['', ['=_']],
    ['.', ['=_=2E']],
    ['..', ['=_=2E=2E']],
    ['a\0b', ['=_a=00b']],
    ['=_x', ['=_=3D_x']],
    ['é', ['=_=C3=A9']],
    ['CON.json.gz', ['=_=43=4F=4E=2Ejson=2Egz']],
    ['..\\..\\evil.json.gz', ['=_=2E=2E=5C=2E=2E=5Cevil=2Ejson=2Egz']],
    [LONG, [`=_${'x'.repeat(180)}=~`, `=_${'x'.repeat(20)}`]],
  ])('of %j', (segment, names) => {
    expect(escapeSegment(segment, 'folder')).toEqual(names);
    const last = `${names.at(-1) ?? ''}.object`;
    expect(escapeSegment(segment, 'file')).toEqual([...names.slice(0, -1), last]);
  });

  test('is read back as the segment, is safe, and differs from others by more than letter case', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 600 }),
        fc.constantFrom(...KINDS),
        (text, kind) => {
          const segment = text.replaceAll('/', '_');
          const names = escapeSegment(segment, kind);
          expect(readNames(names, kind)).toEqual({ kind: 'escaped', segment });
          for (const name of names) {
            expect(name).toMatch(/^=_[A-Za-z0-9_=+@-]*(=~|\.object)?$/);
            expect(name.length).toBeLessThan(200);
            expect(isPlainSegment(name) || isWritableSegment(name)).toBe(false);
          }
          const folded = names.join('/').toLowerCase();
          expect(seen.get(folded) ?? segment).toBe(segment);
          seen.set(folded, segment);
        },
      ),
    );
  });

  test.each([
    ['=_a.json', 'file'],
    ['=_a', 'file'],
    ['=_a.object', 'folder'],
    ['=_A.object', 'file'],
    ['=_=41=4g', 'folder'],
    ['=_=2e', 'folder'],
    ['=_=61', 'folder'],
    ['=_a=2Fb.object', 'file'],
    ['=_=FF', 'folder'],
    ['=_a=~', 'file'],
    ['x.json.gz', 'file'],
  ] as const)('is not what no tool writes: %j as a %s stands for itself', (name, kind) => {
    expect(readNames([name], kind)).toEqual({ kind: 'plain' });
  });

  test('of which a part is missing or too much stands for itself', () => {
    const [first = '', second = ''] = escapeSegment(LONG, 'file');
    expect(readNames([first], 'folder')).toEqual({ kind: 'continued' });
    expect(readNames([first, second], 'file')).toEqual({ kind: 'escaped', segment: LONG });
    expect(readNames([first, 'x'], 'file')).toEqual({ kind: 'plain' });
    expect(readNames(['=_a', second], 'file')).toEqual({ kind: 'plain' });
    expect(readNames(['=_a=~', '=_b.object'], 'file')).toEqual({ kind: 'plain' });
  });
});

describe('a segment under its own name', () => {
  test.each(['x.json.gz', 'a b', 'ä', '%41', '%_x', '.hidden', 'trailing.', 'CON', 'a:b'])(
    'may be read: %j',
    (segment) => {
      expect(isPlainSegment(segment)).toBe(true);
      expect(readNames([segment], 'file')).toEqual({ kind: 'plain' });
    },
  );

  test.each(['', '.', '..', 'a/b', 'a\0', '=_', '=_x', 'x'.repeat(256), 'é'.repeat(128)])(
    'may not: %j',
    (segment) => {
      expect(isPlainSegment(segment)).toBe(false);
      expect(isWritableSegment(segment)).toBe(false);
    },
  );

  test.each([
    'CON',
    'con.json.gz',
    'NUL',
    'aux',
    'prn.x',
    'COM1',
    'lpt9.txt',
    'a:b',
    'a\\b',
    'trailing.',
    'trailing ',
    'a b',
    'tab\t',
    'esc\u001b',
    'é',
    '-rf',
    '.hidden',
    '%41',
    'x.s3-metadata.json',
    'x.S3-Metadata.JSON',
    'x'.repeat(201),
  ])('is not written everywhere: %j', (segment) => {
    expect(isWritableSegment(segment)).toBe(false);
  });

  test.each(['x.json.gz', 'AWSLogs', 'CloudTrail-Digest', 'us-east-1', 'concert', 'com', 'year=2026', 'a.b'])(
    'is written: %j',
    (segment) => {
      expect(isWritableSegment(segment)).toBe(true);
    },
  );
});

describe('names on Windows', () => {
  const LEADING_ELSEWHERE = [
    '..\\..\\evil.json.gz',
    'C:\\evil.json.gz',
    'a:b',
    'x.json.gz:stream',
    'CON',
    'con.json.gz',
    'aux.json.gz',
    'NUL ',
    'nul .gz',
    'COM1.json.gz',
    'lpt\u00b2.gz',
    'CONIN$',
    'x.json.gz.',
    'x.json.gz ',
    'a*b',
    'a?b',
    'a<b',
    'a"b',
    'a|b',
    'a\u0007b',
    '=_\\..\\x',
  ];

  test.each(LEADING_ELSEWHERE)('%j is no name there, and one here', (segment) => {
    expect(canBeName(segment, 'win32')).toBe(false);
    expect(isPlainSegment(segment, 'win32')).toBe(false);
    for (const system of ['linux', 'darwin'] as const) expect(canBeName(segment, system)).toBe(true);
    // Whatever is written anywhere can be read there.
    expect(isWritableSegment(segment)).toBe(false);
    for (const name of escapeSegment(segment, 'file')) expect(canBeName(name, 'win32')).toBe(true);
  });

  test.each([
    'AWSLogs',
    '111122223333_CloudTrail_us-east-1_20261005T1030Z_JVoqXKujLO5U5XRA.json.gz',
    'console',
    'a.con',
    'été',
  ])('%j is its own name everywhere', (segment) => {
    for (const system of ['win32', 'linux', 'darwin'] as const)
      expect(isPlainSegment(segment, system)).toBe(true);
  });

  test('what a copy writes under its own name has that name on Windows, and stays in its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const segment = text.replaceAll('/', '_');
        const names = isWritableSegment(segment) ? [segment] : escapeSegment(segment, 'file');
        for (const name of names) expect(canBeName(name, 'win32')).toBe(true);
        const made = path.win32.join('C:\\copy', ...names);
        expect(path.win32.relative('C:\\copy', made).split('\\')).toEqual(names);
      }),
    );
  });

  test('a name that is plain there stays in its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aC:\\./ *~$=_'), maxLength: 12 }), (segment) => {
        if (!canBeName(segment, 'win32')) return;
        expect(path.win32.relative('C:\\copy', path.win32.join('C:\\copy', segment))).toBe(segment);
      }),
    );
  });
});
