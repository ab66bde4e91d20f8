import { describe, expect, test } from 'vitest';
import { DAY, HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import type { Finding } from '../../src/findings/finding.ts';
import {
  type ChainEnd,
  LateLookup,
  MOST_WANTED,
  PlaceCoverage,
  type Wanted,
} from '../../src/logs/place-coverage.ts';
import { UnlistedLogs } from '../../src/logs/unlisted-logs.ts';
import type { Source } from '../../src/source/source.ts';
import { BUCKET, contextOver, refAt } from '../chain/chain-fixture.ts';
import { allOf } from '../support/all-of.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { logKey, MIDNIGHT, NONE, PLACE, REGION, setUp } from './unlisted-fixture.ts';

/** A file to look up. */
function wanted(key: string): Wanted {
  const object = { bucket: BUCKET, key, uri: `s3://${BUCKET}/${key}` };
  const finding = { code: 'LOG_UNLISTED', weight: 'unproven', object, evidence: { size: 1 } } as const;
  return { place: `${BUCKET}/${key}`, times: [], finding };
}

/** What the day of one object, written at a time or at an unknown one, shows. */
async function judge(
  key: string,
  written: number | undefined,
  covered: readonly (readonly [number, number])[] = [[0, 60]],
  size = key.endsWith('/') ? 0 : 3,
): Promise<readonly Finding[]> {
  const { store, coverage } = setUp(covered);
  store.put(BUCKET, key, new Uint8Array(size), { lastModified: written ?? 0 });
  const source: Source = memorySource(store);
  const undated: Source = {
    ...source,
    list: async function* (request) {
      for await (const page of source.list(request))
        yield page.map(({ key: name, size }) => ({ key: name, size }));
    },
  };
  const window = { from: MIDNIGHT, to: MIDNIGHT + 3 * DAY };
  const context = contextOver(written === undefined ? undated : source, { window });
  return allOf(new UnlistedLogs(PLACE, context, coverage).finish());
}

describe('a log file that no digest names', () => {
  const noon = MIDNIGHT + 12 * HOUR;

  test('is found by the time when it was written', async () => {
    const key = logKey(noon);
    expect(await judge(key, noon + MINUTE)).toEqual([
      {
        code: 'LOG_UNLISTED',
        weight: 'unproven',
        object: { bucket: BUCKET, key, uri: `s3://${BUCKET}/${key}` },
        time: isoTime(noon + MINUTE),
        evidence: { written: isoTime(noon + MINUTE), size: 3 },
      },
    ]);
  });

  test.each<[string, string, number | undefined, number]>([
    ['its name, where no time of writing was kept', logKey(noon), undefined, noon],
    ['its name, where it was copied later', logKey(noon), noon + 100 * DAY, noon],
    ['its name, where it was copied with an earlier time', logKey(noon), noon - 2 * HOUR, noon],
    ['the time of writing, whatever its name', `${REGION}2026/10/05/evil.json.gz`, noon, noon],
    ['the time of writing, in a folder that is no day', `${REGION}2026/10/05x/evil.json.gz`, noon, noon],
    ['its day, where its name tells nothing', `${REGION}2026/10/05/evil.json.gz`, noon + 100 * DAY, MIDNIGHT],
    ['its day, where its name tells another', logKey(noon + 900 * DAY, noon), noon + 100 * DAY, MIDNIGHT],
    ['the time of writing, where its name tells another day', logKey(noon + 900 * DAY, noon), noon, noon],
    [
      'its name, a little before midnight of its folder',
      logKey(MIDNIGHT + DAY - MINUTE, MIDNIGHT + DAY),
      undefined,
      MIDNIGHT + DAY - MINUTE,
    ],
  ])('is found by %s', async (_, key, written, time) => {
    // Covered from the day before, so that a whole day lies inside.
    const findings = await judge(key, written, [[-24, 60]]);
    expect(findings).toMatchObject([{ object: { key }, time: isoTime(time) }]);
    if (written === undefined) expect(findings[0]?.evidence).toEqual({ size: 3 });
  });

  test.each<[string, string, number | undefined, readonly (readonly [number, number])[]]>([
    ['written after what is covered: its digest is still to come', logKey(noon), noon, [[0, 11.9]]],
    ['written as coverage ends', logKey(noon), noon, [[0, 12]]],
    [
      'written in a hole',
      logKey(noon),
      noon,
      [
        [0, 11.9],
        [12.1, 60],
      ],
    ],
    ['named close to the end of coverage', logKey(noon), undefined, [[0, 12.4]]],
    ['named close to the beginning of coverage', logKey(noon), undefined, [[11.5, 60]]],
    [
      'named on both sides of a hole',
      logKey(noon),
      undefined,
      [
        [0, 12.4],
        [12.5, 60],
      ],
    ],
    ['a marker', `${REGION}2026/10/05/`, noon, [[0, 60]]],
  ])('is none where nothing was owed: %s', async (_, key, written, covered) => {
    expect(await judge(key, written, covered)).toEqual([]);
  });

  test.each<[string, string, number | undefined, readonly (readonly [number, number])[], string]>([
    [
      'without a name, its day not covered to the end',
      `${REGION}2026/10/05/x`,
      undefined,
      [[-24, 26]],
      'name',
    ],
    [
      'without a name, its day not covered from the start',
      `${REGION}2026/10/05/x`,
      undefined,
      [[0, 60]],
      'name',
    ],
    ['in no day, written at another time', `${REGION}2026/10/0x/y`, noon + 100 * DAY, [[-24, 60]], 'place'],
    [
      'of another account',
      logKey(noon).replace('/111122223333_', '/444455556666_'),
      noon,
      [[20, 60]],
      'name',
    ],
    ['of a marker with bytes in it', `${REGION}2026/10/05/`, noon, [[0, 60]], 'place'],
    ['of a day without its slash', `${REGION}2026/10/05`, noon, [[0, 60]], 'place'],
    ['of a day to come', logKey(MIDNIGHT + 4 * DAY), noon, [[0, 60]], 'place'],
    ['of an hour to come', logKey(MIDNIGHT + 3 * DAY + 2 * HOUR), undefined, [[0, 60]], 'name'],
  ])('is told whenever it was written: %s', async (_, key, written, covered, reason) => {
    const findings = await judge(key, written, covered, 3);
    expect(findings).toMatchObject([{ code: 'LOG_UNLISTED', object: { key }, evidence: { reason } }]);
  });

  test.each<[string, number, number | undefined, boolean]>([
    ['in the first minutes of a trail', 10 * MINUTE, 100 * DAY, false],
    ['in its first hour, though written much later', 20 * MINUTE, 100 * DAY, true],
    ['in its first hour, the time of writing unknown', 20 * MINUTE, undefined, false],
  ])('is told by its name, or not: %s', async (_, after, written, isReported) => {
    const findings = await judge(logKey(noon + after), written && noon + written, [[12, 60]]);
    expect(findings).toHaveLength(isReported ? 1 : 0);
  });

  test('is none once a digest names it, also where a declared move brought it', async () => {
    const { store, unlisted } = setUp([[0, 60]]);
    const [named, other] = [logKey(noon), logKey(noon, noon, 'eeeeffffgggghhhh')];
    for (const key of [named, other]) store.put(BUCKET, key, new Uint8Array(), { lastModified: noon });
    unlisted.register({ bucket: BUCKET, key: named });
    expect(await allOf(unlisted.finish())).toMatchObject([{ object: { key: other } }]);

    const { store: copy, coverage } = setUp([[0, 60]]);
    copy.put(BUCKET, named, new Uint8Array(), { lastModified: noon });
    const relocations = relocator([{ from: 'origin', to: BUCKET }]);
    const window = { from: MIDNIGHT, to: MIDNIGHT + 3 * DAY };
    const moved = new UnlistedLogs(PLACE, contextOver(copy, { relocations, window }), coverage);
    expect(await allOf(moved.finish())).toMatchObject([{ object: { signedAs: `s3://origin/${named}` } }]);
    moved.register({ bucket: 'origin', key: named });
    expect(await allOf(moved.finish())).toEqual([]);
  });
});

describe('where more than one chain may name a file', () => {
  const noon = MIDNIGHT + 12 * HOUR;
  const key = logKey(noon);

  /** What a file at noon shows beside a chain of three days and another, which ends an hour earlier as said. */
  async function companions(end: ChainEnd, lookup?: LateLookup): Promise<readonly Finding[]> {
    const { store, coverage } = setUp([[-24, 72]]);
    const there = refAt(MIDNIGHT);
    coverage.cover('another', there, { from: MIDNIGHT - DAY, to: noon - HOUR });
    coverage.ends('another', there, end, noon - HOUR);
    store.put(BUCKET, key, new Uint8Array(3), { lastModified: noon });
    const context = contextOver(store, { window: { from: MIDNIGHT, to: MIDNIGHT + 2 * DAY } });
    const aids = lookup === undefined ? {} : { lookup };
    return allOf(new UnlistedLogs(PLACE, context, coverage, undefined, undefined, aids).finish());
  }

  test('it is told after one that is over, and where digests were not read; not where one is still to come', async () => {
    expect(await companions('over')).toHaveLength(1);
    expect(await companions('unread')).toHaveLength(1);
    expect(await companions('pending')).toEqual([]);
  });

  test.each<[string, string, number, number]>([
    ['written after the newest digest, and named right before its end', logKey(noon - 20 * MINUTE), noon, 1],
    ['written and named after it', logKey(noon), noon + MINUTE, 1],
    ['written after it, and named for a time outside the window', logKey(noon - 14 * HOUR), noon, 1],
    ['written after it, and named half an hour before its end', logKey(noon - 31 * MINUTE), noon, 0],
  ])('what only a digest still to come may name is counted: %s', async (_, awaited, written, count) => {
    const { store, coverage } = setUp([]);
    coverage.cover('a chain', refAt(MIDNIGHT), { from: MIDNIGHT - 3 * DAY, to: noon - MINUTE });
    coverage.ends('a chain', refAt(MIDNIGHT), 'pending', noon - MINUTE);
    store.put(BUCKET, awaited, new Uint8Array(3), { lastModified: written });
    const context = contextOver(store, { window: { from: MIDNIGHT - HOUR, to: noon + HOUR } });
    let counted = 0;
    const onUndecided = (): void => {
      counted += 1;
    };
    const aids = { onUndecided };
    const search = new UnlistedLogs(PLACE, context, coverage, undefined, undefined, aids);
    expect(await allOf(search.finish())).toHaveLength(1 - count);
    expect(counted).toBe(count);
  });

  test('it is looked up where digests were not read, as long as there is room', async () => {
    const context = contextOver(new ObjectStore(() => 0), {});
    const full = new LateLookup([], 'us-east-1', context);
    expect(await companions('unread', full)).toMatchObject([{ object: { key }, evidence: { size: 3 } }]);
    for (let at = 0; full.want(wanted(`${at}`)); at += 1) expect(at).toBeLessThan(MOST_WANTED);
    const [reported] = await companions('unread', full);
    expect(reported).toMatchObject({ object: { key }, evidence: { reason: 'undecided' } });
  });

  test('of chains that nobody tells of, every file is told while none of their digests is proven', async () => {
    const { store } = setUp([]);
    store.put(BUCKET, key, new Uint8Array(3), { lastModified: noon });
    const folder = `${BUCKET}/AWSLogs/111122223333/`;
    const context = contextOver(store, { window: { from: MIDNIGHT, to: MIDNIGHT + 2 * DAY } });
    const aids = { unreported: new Map([[folder, Number.NEGATIVE_INFINITY]]) };
    const search = (coverage: PlaceCoverage): Promise<readonly Finding[]> =>
      allOf(new UnlistedLogs(PLACE, context, coverage, undefined, undefined, aids).finish());
    expect(await search(new PlaceCoverage())).toMatchObject([{ object: { key } }]);
    const proven = new PlaceCoverage();
    proven.ends('a chain', refAt(MIDNIGHT), 'over', MIDNIGHT);
    expect(await search(proven)).toEqual([]);
  });

  test('a folder that a trail has left is searched for what came after, though none of its digests is proven yet', async () => {
    const { store } = setUp([]);
    const late = logKey(noon + 40 * DAY);
    for (const [one, at] of [
      [key, noon],
      [late, noon + 40 * DAY],
    ] as const)
      store.put(BUCKET, one, new Uint8Array(3), { lastModified: at });
    const folder = `${BUCKET}/AWSLogs/111122223333/`;
    const context = contextOver(store, { window: { from: MIDNIGHT, to: MIDNIGHT + 45 * DAY } });
    const aids = { unreported: new Map([[folder, MIDNIGHT + DAY]]) };
    const coverage = new PlaceCoverage();
    const search = new UnlistedLogs(PLACE, context, coverage, undefined, undefined, aids);
    const above = await allOf(search.passed(MIDNIGHT + 5 * DAY, NONE));
    expect(above).toMatchObject([{ object: { key: late } }]);
    coverage.cover('a chain', refAt(MIDNIGHT), { from: MIDNIGHT - DAY, to: MIDNIGHT + DAY });
    search.register({ bucket: BUCKET, key });
    expect(await allOf(search.finish())).toEqual([]);
  });

  test('what was told already is not told again', async () => {
    const { store, coverage } = setUp([[-24, 72]]);
    for (const path of ['x', '2026/10/05x/y'])
      store.put(BUCKET, REGION + path, new Uint8Array(3), { lastModified: noon });
    const context = contextOver(store, { window: { from: MIDNIGHT, to: MIDNIGHT + 2 * DAY } });
    const isReported = (bucket: string, one: string, prefix: string): boolean =>
      bucket === BUCKET && one.startsWith(prefix);
    const search = new UnlistedLogs(PLACE, context, coverage, undefined, undefined, { isReported });
    expect(await allOf(search.finish())).toEqual([]);
  });
});

describe('what is listed', () => {
  const noon = MIDNIGHT + 12 * HOUR;
  const families = ['CloudTrail', 'CloudTrail-Digest', 'CloudTrail-Insight'];
  const place = { ...PLACE, folders: PLACE.folders.map((folder) => ({ ...folder, families })) };

  test('is every family but the digests', async () => {
    const { store, unlisted } = setUp([[0, 60]], {}, place);
    const key = logKey(noon);
    const keys = [
      key,
      key.replaceAll('CloudTrail', 'CloudTrail-Insight'),
      key.replaceAll('CloudTrail', 'CloudTrail-Digest'),
    ];
    for (const one of keys) store.put(BUCKET, one, new Uint8Array(), { lastModified: noon });
    expect((await allOf(unlisted.finish())).map(({ object }) => object.key)).toEqual(keys.slice(0, 2));
  });

  test('is nothing where no proven digest covers anything', async () => {
    const { store, unlisted, counts } = setUp([]);
    store.put(BUCKET, logKey(noon), new Uint8Array(), { lastModified: noon });
    expect(await allOf(unlisted.finish())).toEqual([]);
    const everything = setUp([], { from: undefined });
    expect(await allOf(everything.unlisted.finish())).toEqual([]);
    expect(counts().pages + everything.counts().pages).toBe(0);
  });

  test('ends where nothing was asked: earlier hours of the first day are not claimed', async () => {
    const { store, unlisted } = setUp([[-24, 60]], { from: noon });
    const [early, late] = [logKey(noon - 2 * HOUR), logKey(noon + 2 * HOUR)];
    store.put(BUCKET, early, new Uint8Array(3), { lastModified: noon - 2 * HOUR });
    store.put(BUCKET, late, new Uint8Array(3), { lastModified: noon + 2 * HOUR });
    expect((await allOf(unlisted.finish())).map(({ object }) => object.key)).toEqual([late]);
  });

  test('goes on for the hours after the window whose digests were read', async () => {
    const { store, unlisted } = setUp([[-24, 60]], { to: noon });
    const [near, far] = [logKey(noon + HOUR), logKey(noon + 5 * HOUR)];
    store.put(BUCKET, near, new Uint8Array(3), { lastModified: noon + HOUR });
    store.put(BUCKET, far, new Uint8Array(3), { lastModified: noon + 5 * HOUR });
    expect((await allOf(unlisted.finish())).map(({ object }) => object.key)).toEqual([near]);
  });

  test('begins with the first key of the day', async () => {
    const { store, unlisted } = setUp([[-24, 60]]);
    for (const path of ['04/x', '04\u00e9/x', '05-/x', '05']) {
      store.put(BUCKET, `${REGION}2026/10/${path}`, new Uint8Array(3), { lastModified: noon });
    }
    // What is of no day is told by the level of its month, once.
    const found = (await allOf(unlisted.finish())).map(({ object }) => object.key.slice(REGION.length));
    expect([...found].sort()).toEqual(['2026/10/04\u00e9/x', '2026/10/05', '2026/10/05-/x']);
  });

  test('begins with the window, or with what is covered where it has no beginning', async () => {
    const early = logKey(noon - DAY);
    for (const [from, found] of [
      [MIDNIGHT, []],
      [undefined, [early]],
    ] as const) {
      const { store, unlisted } = setUp([[-30, 60]], { from });
      store.put(BUCKET, early, new Uint8Array(), { lastModified: noon - DAY });
      expect((await allOf(unlisted.finish())).map(({ object }) => object.key)).toEqual(found);
    }
  });
});
