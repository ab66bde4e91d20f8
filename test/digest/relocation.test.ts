import { expect, test } from 'vitest';
import { relocator } from '../../src/digest/digest-key.ts';

test.each([
  ['bucket to bucket', 'old', 'new', 'old', 'a/b', 'new', 'a/b'],
  ['bucket to prefix', 'old', 'new/copies/2026', 'old', 'a/b', 'new', 'copies/2026/a/b'],
  ['prefix to bucket', 'old/logs/', 'new', 'old', 'logs/a', 'new', 'a'],
  ['prefix to prefix, slashes at the end or not', 'old/logs', 'new/x//', 'old', 'logs/a', 'new', 'x/a'],
  ['a bucket with a bare slash', 'old/', 'new/', 'old', 'a', 'new', 'a'],
])('%s', (_, from, to, bucket, key, movedBucket, movedKey) => {
  const relocations = relocator([{ from, to }]);
  expect(relocations.toActual({ bucket, key })).toEqual({ bucket: movedBucket, key: movedKey });
  expect(relocations.toSigned({ bucket: movedBucket, key: movedKey })).toEqual({ bucket, key });
});

test('a place that no move fits stays what it is', () => {
  const relocations = relocator([{ from: 'old/logs', to: 'new' }]);
  expect(relocations.toActual({ bucket: 'other', key: 'logs/a' })).toEqual({
    bucket: 'other',
    key: 'logs/a',
  });
  expect(relocations.toActual({ bucket: 'old', key: 'logs-2/a' })).toEqual({
    bucket: 'old',
    key: 'logs-2/a',
  });
  expect(relocator([]).toSigned({ bucket: 'old', key: 'a' })).toEqual({ bucket: 'old', key: 'a' });
});

test('the first move that fits counts, and a version goes along', () => {
  const relocations = relocator([
    { from: 'old/logs', to: 'first' },
    { from: 'old', to: 'second' },
  ]);
  expect(relocations.toActual({ bucket: 'old', key: 'logs/a', versionId: 'v1' })).toEqual({
    bucket: 'first',
    key: 'a',
    versionId: 'v1',
  });
  expect(relocations.toActual({ bucket: 'old', key: 'else/a' })).toEqual({ bucket: 'second', key: 'else/a' });
});

test('of several moves to one place, the one by which an object is where it claims to be', () => {
  const relocations = relocator([
    { from: 'a', to: 'copy' },
    { from: 'b', to: 'copy' },
  ]);
  const actual = { bucket: 'copy', key: 'k' };
  expect(relocations.toSigned(actual)).toEqual({ bucket: 'a', key: 'k' });
  for (const bucket of ['a', 'b', 'copy'])
    expect(relocations.toSigned(actual, { bucket, key: 'k' })).toEqual({ bucket, key: 'k' });
  for (const claims of [
    { bucket: 'c', key: 'k' },
    { bucket: 'b', key: 'other' },
  ])
    expect(relocations.toSigned(actual, claims)).toEqual({ bucket: 'a', key: 'k' });
});

test('what lay at a place before it was declared to be moved on is not at its place there', () => {
  const relocations = relocator([
    { from: 'a', to: 'copy' },
    { from: 'copy', to: 'elsewhere' },
  ]);
  const actual = { bucket: 'copy', key: 'k' };
  expect(relocations.toSigned(actual, actual)).toEqual({ bucket: 'a', key: 'k' });
});
