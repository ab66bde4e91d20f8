import { expect, test } from 'vitest';
import { describeObject, headersOf } from '../../../../src/source/s3/lean/reader.ts';

const raw = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'));

test('an object is described by the headers that came with it, and by no other', () => {
  const headers = headersOf(
    raw(
      'ETag',
      '"e"',
      'X-Amz-Meta-A',
      '1',
      'x-amz-meta-a',
      '2',
      'x-amz-meta-__proto__',
      'own',
      'x-amz-meta-caf\xe9',
      '\xe9',
    ),
  );
  const described = describeObject(headers);
  expect(Object.entries(described?.metadata ?? {})).toEqual([
    ['a', '1, 2'],
    ['caf\xe9', '\xe9'],
  ]);
  expect(described?.etag).toBe('"e"');
});

test('a time that no date can say is no answer of S3', () => {
  expect(describeObject({ 'last-modified': 'yesterday' })).toBeUndefined();
  const time = 'Mon, 02 Nov 2026 10:00:00 GMT';
  const whole = { 'last-modified': time, 'x-amz-version-id': 'v', 'x-amz-storage-class': 'GLACIER_IR' };
  expect(describeObject(whole)).toEqual({
    metadata: {},
    lastModified: Date.parse(time),
    versionId: 'v',
    storageClass: 'GLACIER_IR',
  });
});
