import { describe, expect, test } from 'vitest';
import {
  folderMisfit,
  isMarker,
  type Misfit,
  misfitFinding,
  misfitsBelow,
  misfitsOfLevel,
  misfitsOfUnknown,
  misfitsOnTheWay,
} from '../../../src/chain/misfits/misfits.ts';
import { relocator } from '../../../src/digest/digest-key.ts';
import type { Source } from '../../../src/source/source.ts';
import { memorySource } from '../../support/memory-source.ts';
import { ObjectStore } from '../../support/object-store.ts';

const BUCKET = 'example-trail-logs';
const MOVES = relocator([]);

function sourceOf(keys: readonly string[]): ReturnType<typeof memorySource> {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, new Uint8Array(key.endsWith('/') ? 0 : 1));
  return memorySource(store);
}

function keysOf(misfits: readonly Misfit[]): readonly string[] {
  return misfits.map(({ object }) => object.key);
}

test('a marker is empty and ends in a slash', () => {
  expect(isMarker({ key: 'a/', size: 0 })).toBe(true);
  expect(isMarker({ key: 'a/', size: 1 })).toBe(false);
  expect(isMarker({ key: 'a', size: 0 })).toBe(false);
});

test('a stray is a note, or unproven where it passes for log data', () => {
  const misfit = { bucket: BUCKET, object: { key: 'a/x', size: 7 }, asLog: true, reason: 'place' } as const;
  const object = { bucket: BUCKET, key: 'a/x', uri: `s3://${BUCKET}/a/x` };
  const unlisted = { code: 'LOG_UNLISTED', weight: 'unproven', object };
  expect(misfitFinding(misfit, MOVES)).toEqual({ ...unlisted, evidence: { size: 7, reason: 'place' } });
  expect(
    misfitFinding({ ...misfit, object: { ...misfit.object, lastModified: 0 }, further: 3 }, MOVES),
  ).toEqual({
    ...unlisted,
    time: '1970-01-01T00:00:00Z',
    evidence: { written: '1970-01-01T00:00:00Z', size: 7, reason: 'place', further: 3 },
  });
  expect(misfitFinding({ ...misfit, asLog: false }, MOVES)).toEqual({
    code: 'OBJECT_UNRECOGNIZED',
    weight: 'note',
    object,
    evidence: { size: 7 },
  });
});

test('what lies on a level, and how much more', () => {
  const objects = [
    { key: 'a/', size: 0 },
    { key: 'a/x', size: 1 },
  ];
  const level = { objects, further: 0 };
  expect(keysOf(misfitsOfLevel(BUCKET, 'a/', level, () => true))).toEqual(['a/x']);
  const more = misfitsOfLevel(BUCKET, 'a/', { ...level, further: 5 }, () => false);
  expect(more.map(({ object, asLog, further }) => [object.key, asLog, further])).toEqual([
    ['a/x', false, undefined],
    ['a/', true, 5],
  ]);
  expect(folderMisfit(BUCKET, 'a/', false)).not.toHaveProperty('further');
});

describe('a folder', () => {
  const many = Array.from({ length: 1_001 }, (_, at) => `a/${String(at).padStart(4, '0')}`);

  test('that CloudTrail never makes is told object by object, as far as a page goes', async () => {
    expect(keysOf(await misfitsBelow(sourceOf(['a/', 'a/b/', 'a/b/x', 'a/y', 'b']), BUCKET, 'a/'))).toEqual([
      'a/b/x',
      'a/y',
    ]);
    const reported = keysOf(await misfitsBelow(sourceOf(many), BUCKET, 'a/'));
    expect([reported.length, reported.at(-1)]).toEqual([1_001, 'a/']);
  });

  test('that nobody knows is a note, or what it holds of CloudTrail', async () => {
    const look = async (keys: readonly string[]): Promise<readonly (readonly [string, boolean])[]> =>
      (await misfitsOfUnknown(sourceOf(keys), BUCKET, 'a/')).map(({ object, asLog }) => [object.key, asLog]);
    expect(await look(['a/x', 'a/b/y'])).toEqual([['a/', false]]);
    expect(await look(['a/', 'a/b/'])).toEqual([]);
    expect(await look(['a/x', 'a/CloudTrail/y'])).toEqual([['a/CloudTrail/y', true]]);
    expect(await look(['a/AWSLogs/111122223333/CloudTrail/x'])).toEqual([
      ['a/AWSLogs/111122223333/CloudTrail/x', true],
    ]);
    // Behind more than a page of others as well.
    expect(await look([...many, 'a/z/CloudTrail'])).toEqual([['a/z/CloudTrail', true]]);
    const flood = await look(many.map((key) => `${key}-CloudTrail`));
    expect([flood.length, flood.at(-1)]).toEqual([1_001, ['a/', true]]);
  });

  test('that nobody knows and that is not looked through may hold log data', async () => {
    const endless: Pick<Source, 'list'> = {
      async *list() {
        for (let page = 0; page < 1_000_000; page++) yield [{ key: `a/${page}`, size: 1 }];
      },
    };
    const source = { ...sourceOf([]), ...endless };
    expect(await misfitsOfUnknown(source, BUCKET, 'a/')).toEqual([folderMisfit(BUCKET, 'a/', true)]);
  });

  test('none of what is in the AWSLogs folders of a way to other trails', async () => {
    const look = async (keys: readonly string[]): Promise<readonly (readonly [string, boolean])[]> =>
      (await misfitsOnTheWay(sourceOf(keys), BUCKET, 'a/')).map(({ object, asLog }) => [object.key, asLog]);
    expect(await look(['a/AWSLogs/111122223333/CloudTrail/x'])).toEqual([]);
    expect(await look(['a/AWSLogs/111122223333/CloudTrail/x', 'a/cloudtrail.json'])).toEqual([
      ['a/cloudtrail.json', true],
    ]);
    const trail = many.map((key) => key.replace('a/', 'a/b/AWSLogs/'));
    expect(await look(['a/0', ...trail, 'a/z/AWSLogs/x', 'a/zz'])).toEqual([['a/', false]]);
    expect(await look(trail)).toEqual([]);
  });
});
