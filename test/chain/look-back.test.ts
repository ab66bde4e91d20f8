import { describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/base/clock.ts';
import type { PlaceFolder } from '../../src/chain/discover.ts';
import { findEnd, type LookRequest, lookBack } from '../../src/chain/look-around.ts';
import { chainId } from '../../src/digest/digest-key.ts';
import type { ListedObject } from '../../src/source/source.ts';
import { countSource } from '../../src/source/wrappers.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { BUCKET, CHAIN, pagesSource, refAt, START } from './chain-fixture.ts';

const FOLDER: PlaceFolder = {
  bucket: BUCKET,
  prefix: '',
  account: CHAIN.account,
  families: ['CloudTrail-Digest'],
};
const PREFIX = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/';
const FROM = Date.parse('2026-10-05T00:00:00Z');
const WINDOW = { from: FROM, to: FROM + DAY };
const ENDED = { ...CHAIN, trail: 'ended' };

/** A digest every `step` hours from `first` to `last` days before the window, of one trail. */
function hourly(first: number, last: number, trail = CHAIN.trail, step = 1): readonly string[] {
  const count = Math.round(((first - last) * 24) / step);
  return Array.from(
    { length: count },
    (_, at) => refAt(FROM - first * DAY + (at + 1) * step * HOUR, { trail }).key,
  );
}

function storeOf(...keys: readonly (readonly string[])[]): ObjectStore {
  const store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  for (const key of keys.flat()) store.put(BUCKET, key, new Uint8Array(key.endsWith('/') ? 0 : 1));
  return store;
}

async function look(store: ObjectStore, changes: Partial<LookRequest> = {}) {
  const unrecognized: ListedObject[] = [];
  const { source, counts } = countSource(memorySource(store));
  const request: LookRequest = {
    source,
    folder: FOLDER,
    region: CHAIN.region,
    window: WINDOW,
    onUnrecognized: async (object) => {
      unrecognized.push(object);
    },
    ...changes,
  };
  const looked = await lookBack(request);
  return { looked, request, counts, unrecognized: unrecognized.map(({ key }) => key.slice(PREFIX.length)) };
}

/** The days before the window that the chain ended, as `findEnd` finds it, and what that cost. */
async function endOf(
  store: ObjectStore,
): Promise<{ readonly days: number | undefined; readonly pages: number }> {
  const { looked, request, counts } = await look(store);
  const seen = looked.chains.get(chainId(ENDED));
  if (seen !== undefined) await findEnd(request, seen, looked);
  const end = seen?.below?.endTime;
  return { days: end === undefined ? undefined : (FROM - end) / DAY, pages: counts().pages };
}

describe('chains that ended before the listing of a window', () => {
  test('are found where the folder holds no more than a page', async () => {
    const { looked } = await look(storeOf(hourly(50, 49, 'ended'), hourly(45, 0)));
    expect(looked.isWhole).toBe(true);
    expect([...looked.chains.keys()].sort()).toEqual([chainId(CHAIN), chainId(ENDED)]);
    expect(looked.chains.get(chainId(ENDED))).toMatchObject({
      chain: ENDED,
      listed: [],
      above: undefined,
      below: { endTime: FROM - 49 * DAY },
      seenIn: new Set([`${BUCKET}/${PREFIX}`]),
    });
  });

  test('are none for a window without a beginning, which is listed whole', async () => {
    const { looked, counts } = await look(storeOf(hourly(50, 0)), {
      window: { from: undefined, to: FROM },
    });
    expect(looked).toMatchObject({ isWhole: true, samples: [] });
    expect(looked.chains.size).toBe(0);
    expect(counts().pages).toBe(0);
  });

  test.each([
    ['46 days', 200, 46],
    ['61 days', 200, 61],
    ['100 days', 400, 100],
    ['250 days', 400, 250],
    ['three years', 1150, 1100.5],
  ])('are found beside one that is alive: %s ago', async (_, first, last) => {
    const { days, pages } = await endOf(storeOf(hourly(first, 0), hourly(first, last, 'ended')));
    expect(days).toBe(last);
    expect(pages).toBeLessThan(25);
  });

  test('are found though the days at the distances are gone', async () => {
    const distances = [60, 120, 240, 480];
    const left = (key: string): boolean =>
      !distances.some((days) =>
        key.includes(new Date(FROM - days * DAY).toISOString().slice(0, 10).replaceAll('-', '/')),
      );
    const { days } = await endOf(storeOf(hourly(700, 0).filter(left), hourly(700, 55, 'ended').filter(left)));
    expect(days).toBe(55);
  });

  test('go unseen where they lie wholly between samples, and it is said that there are such', async () => {
    const store = storeOf(hourly(700, 0), hourly(180, 150, 'ended'));
    const { looked } = await look(store);
    expect(looked.isWhole).toBe(false);
    expect(await endOf(store)).toMatchObject({ days: undefined });
    expect(looked.samples).toEqual([60, 120, 240, 480].map((days) => FROM - days * DAY));
  });

  test('are all found in a copy on this machine', async () => {
    const store = storeOf(hourly(700, 0), hourly(230, 200, 'ended'));
    const { looked } = await look(store, { source: memorySource(store, { metadata: false }) });
    expect(looked.isWhole).toBe(true);
    expect(looked.chains.get(chainId(ENDED))?.below?.endTime).toBe(FROM - 200 * DAY);
  });
});

describe('what it costs', () => {
  test('is one page where nothing lies before the listing', async () => {
    expect((await look(storeOf(hourly(30, 0)))).counts().pages).toBe(1);
    expect((await look(storeOf())).counts().pages).toBe(0);
  });

  test('grows with the logarithm of the age of the folder', async () => {
    const { counts, looked } = await look(storeOf(hourly(1900, 0, CHAIN.trail, 4)));
    expect(looked.samples).toHaveLength(5);
    expect(counts().pages).toBe(6);
  });

  test('is bounded where a folder is full of what is no digest', async () => {
    const junk = Array.from(
      { length: 9000 },
      (_, at) => `${PREFIX}2015/01/01/${String(at).padStart(5, '0')}`,
    );
    const { counts, looked, unrecognized } = await look(storeOf(junk, hourly(100, 0)));
    expect(looked.chains.get(chainId(CHAIN))?.below?.endTime).toBe(FROM - 40 * DAY - HOUR);
    expect(counts().pages).toBeLessThan(20);
    expect(new Set(unrecognized).size).toBe(unrecognized.length);
  });

  test('is no endless search where no end is found', async () => {
    const store = storeOf(hourly(3900, 0, CHAIN.trail, 8), hourly(3900, 3899, 'ended'));
    expect(await endOf(store)).toMatchObject({ days: 3899 });
    expect((await endOf(store)).pages).toBeLessThan(30);
  });
});

test('markers are passed over, and each object that is no digest is named once', async () => {
  const others = ['2026/07/', '2026/08/01/x', '2026/08/25/x', '0000/y/z'].map((name) => PREFIX + name);
  const { unrecognized } = await look(storeOf(hourly(90, 0), others));
  // Nothing was digested before 2015.
  expect(unrecognized).toEqual(['2026/08/01/x', '2026/08/25/x']);
});

test('digests of other folders do not count', async () => {
  const nested = refAt(FROM - 50 * DAY, { prefix: `${PREFIX}2026/08/16/` }).key;
  const { looked, unrecognized } = await look(storeOf([nested]));
  expect(looked.chains.size).toBe(0);
  expect(unrecognized).toHaveLength(1);
});

test('pages of a server that gives out few keys at once are read on', async () => {
  const keys = hourly(50, 48);
  const source = pagesSource([[], ...keys.map((key) => [key])]);
  const looked = await lookBack({ source, folder: FOLDER, region: CHAIN.region, window: WINDOW });
  expect(looked.isWhole).toBe(true);
  expect(looked.chains.get(chainId(CHAIN))?.below?.endTime).toBe(FROM - 48 * DAY);
});

test('more chains than can be are refused', async () => {
  const trails = ['a', 'b', 'c'].map((trail) => refAt(FROM - 50 * DAY, { trail }).key);
  await expect(look(storeOf(trails), { most: 2 })).rejects.toMatchObject({
    code: 'TARGET_TOO_LARGE',
    message: `more than the digests of 2 chains lie below s3://${BUCKET}/${PREFIX}`,
  });
});

test('an end is not searched for where all was listed', async () => {
  const { looked, request, counts } = await look(storeOf(hourly(50, 49, 'ended')));
  const seen = looked.chains.get(chainId(ENDED));
  if (seen === undefined) throw new Error('it must be seen');
  const before = counts().pages;
  await findEnd(request, seen, looked);
  await findEnd({ ...request, window: { from: undefined, to: FROM } }, seen, { ...looked, isWhole: false });
  expect(counts().pages).toBe(before);
});

test('an end of which no digest was seen is not searched for', async () => {
  const { looked, request } = await look(storeOf(hourly(90, 0), hourly(90, 89, 'ended')));
  const seen = looked.chains.get(chainId(ENDED));
  if (seen === undefined) throw new Error('it must be seen');
  seen.below = undefined;
  await findEnd(request, seen, looked);
  expect(seen.below).toBeUndefined();
});

test('what is no digest need not be told to anybody', async () => {
  const others = [`${PREFIX}2026/08/01/x`];
  const { looked } = await look(storeOf(hourly(90, 89), others), { onUnrecognized: undefined });
  expect(looked.chains.size).toBe(1);
});

test('no time of writing is asked for of a digest, only of what is none', async () => {
  const store = storeOf(hourly(50, 49));
  const source = memorySource(store);
  const answers: unknown[] = [];
  const watched: typeof source = {
    ...source,
    list: (request) => {
      for (const key of [refAt(FROM - 50 * DAY).key, `${PREFIX}note.txt`])
        answers.push(request.keySuffices?.(key));
      return source.list(request);
    },
  };
  await lookBack({ source: watched, folder: FOLDER, region: CHAIN.region, window: WINDOW });
  expect(answers).toEqual([true, false]);
});
