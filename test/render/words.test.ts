import { describe, expect, test } from 'vitest';
import {
  countOf,
  enumerate,
  formatBytes,
  formatCount,
  formatDuration,
  wrapText,
} from '../../src/render/words.ts';

describe('words', () => {
  test('counts', () => {
    expect(formatCount(7440)).toBe('7,440');
    expect(countOf(1, 'log file')).toBe('1 log file');
    expect(countOf(0, 'log file')).toBe('0 log files');
    expect(countOf(2, 'stretch', 'stretches')).toBe('2 stretches');
  });

  test.each([0, 7, 999, 1000, 12_345.5, 999_999.4, 1_000_000, Number.MAX_SAFE_INTEGER, -1234, 0.4])(
    'the count %d is as Intl has it',
    (count) => {
      const expected = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(count);
      expect(formatCount(count)).toBe(expected);
    },
  );

  test('enumerations', () => {
    expect(enumerate([])).toBe('');
    expect(enumerate(['a'])).toBe('a');
    expect(enumerate(['a', 'b'])).toBe('a and b');
    expect(enumerate(['a', 'b', 'c'])).toBe('a, b and c');
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [48_211_000, '48.2 MB'],
    [5e18, '5000.0 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, '0 s'],
    [1499, '1 s'],
    [59_600, '1 min'],
    [75_000, '1 min 15 s'],
    [3_600_000, '1 h'],
    [3_660_000, '1 h 1 min'],
    [273_600_000, '3 d 4 h'],
    [-5, '0 s'],
  ])('%d milliseconds are %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('prose is wrapped at spaces, and a long word stays whole', () => {
    expect(wrapText('a bb ccc dddd', 6, '> ')).toBe('> a bb\n> ccc\n> dddd');
    expect(wrapText('one s3://bucket/key two', 8)).toBe('one\ns3://bucket/key\ntwo');
    expect(wrapText('', 8, '  ')).toBe('');
  });
});
