import { describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/base/clock.ts';
import type { PlaceFolder } from '../../src/chain/discover.ts';
import { findBeginning, type LookRequest, lookAhead } from '../../src/chain/look-around.ts';
import { chainId } from '../../src/digest/digest-key.ts';
import { countSource } from '../../src/source/wrappers.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { BUCKET, CHAIN, refAt, START } from './chain-fixture.ts';

const FOLDER: PlaceFolder = {
  bucket: BUCKET,
  prefix: '',
  account: CHAIN.account,
  families: ['CloudTrail-Digest'],
};
const TO = Date.parse('2022-10-05T00:00:00Z');
const WINDOW = { from: TO - DAY, to: TO };
const LATER = { ...CHAIN, trail: 'later' };

/** A digest every hour of one trail, from `first` to `last` days after the window. */
function hourly(first: number, last: number, trail = CHAIN.trail): readonly string[] {
  const count = Math.round((last - first) * 24);
  return Array.from({ length: count }, (_, at) => refAt(TO + first * DAY + at * HOUR, { trail }).key);
}

function storeOf(...keys: readonly (readonly string[])[]): ObjectStore {
  const store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  for (const key of keys.flat()) store.put(BUCKET, key, new Uint8Array(1));
  return store;
}

async function look(store: ObjectStore, days: number, metadata = true) {
  const unrecognized: string[] = [];
  const { source, counts } = countSource(memorySource(store, { metadata }));
  const request: LookRequest = {
    source,
    folder: FOLDER,
    region: CHAIN.region,
    window: WINDOW,
    onUnrecognized: async ({ key }) => {
      unrecognized.push(key);
    },
  };
  const looked = await lookAhead(request, TO + days * DAY);
  return { looked, request, counts, unrecognized };
}

/** How many days after the window the chain begins, as `findBeginning` finds it, and what that cost. */
async function beginningOf(
  store: ObjectStore,
  days: number,
): Promise<{ readonly days: number | undefined; readonly pages: number }> {
  const { looked, request, counts } = await look(store, days);
  const seen = looked.chains.get(chainId(LATER));
  if (seen !== undefined) await findBeginning(request, seen, looked);
  const begin = seen?.above?.endTime;
  return { days: begin === undefined ? undefined : (begin - TO) / DAY, pages: counts().pages };
}

describe('chains of which only later digests are there', () => {
  test('are found where the folder holds no more than a page', async () => {
    const { looked } = await look(storeOf(hourly(0, 20), hourly(10, 20, 'later')), 20);
    expect(looked).toMatchObject({ isWhole: true, samples: [] });
    expect(looked.chains.get(chainId(LATER))).toMatchObject({
      chain: LATER,
      listed: [],
      above: { endTime: TO + 10 * DAY },
      below: undefined,
    });
  });

  test.each([
    ['30 days', 30, 200],
    ['62 days', 62, 400],
    ['100 days', 100, 400],
    ['399 days', 399, 400],
    ['twenty months', 600.5, 640],
  ])('are found with their oldest digest: %s after', async (_, first, last) => {
    const store = storeOf(hourly(0, last), hourly(first, last, 'later'));
    const { days, pages } = await beginningOf(store, last);
    expect(days).toBe(first);
    expect(pages).toBeLessThan(25);
  });

  test('are found though they ended long ago', async () => {
    expect(await beginningOf(storeOf(hourly(0, 700), hourly(50.5, 125, 'later')), 700)).toMatchObject({
      days: 50.5,
    });
  });

  test('go unseen where they lie wholly between samples, and it is said that there are such', async () => {
    const { looked } = await look(storeOf(hourly(0, 700), hourly(180, 200, 'later')), 700);
    expect(looked.isWhole).toBe(false);
    expect(looked.chains.has(chainId(LATER))).toBe(false);
    expect(looked.samples).toEqual([60, 120, 240, 480, 698].map((days) => TO + days * DAY));
  });

  test('are all found in a copy on this machine', async () => {
    const { looked } = await look(storeOf(hourly(0, 300), hourly(180, 200, 'later')), 300, false);
    expect(looked.isWhole).toBe(true);
    expect(looked.chains.get(chainId(LATER))?.above?.endTime).toBe(TO + 180 * DAY);
  });

  test('are read on where a page has gone beyond every sample', async () => {
    const { looked } = await look(storeOf(hourly(0, 44), hourly(43, 44, 'later')), 44);
    expect(looked).toMatchObject({ isWhole: true, samples: [] });
    expect(looked.chains.get(chainId(LATER))?.above?.endTime).toBe(TO + 43 * DAY);
  });
});

test('a window up to now costs nothing more', async () => {
  const { counts, looked } = await look(storeOf(hourly(0, 5)), 0);
  expect(looked).toMatchObject({ isWhole: true, samples: [] });
  expect(counts().pages).toBe(0);
});

test('a beginning of which no digest was seen is not searched for', async () => {
  const { looked, request } = await look(storeOf(hourly(0, 400), hourly(100, 400, 'later')), 400);
  const seen = looked.chains.get(chainId(LATER));
  if (seen === undefined) throw new Error('it must be seen');
  seen.above = undefined;
  await findBeginning(request, seen, looked);
  expect(seen.above).toBeUndefined();
});

test('what is no digest is told, though nothing else is there', async () => {
  const day = refAt(TO + 30 * DAY).key.replace(/[^/]+$/, '');
  const { unrecognized } = await look(storeOf([`${day}x`]), 60);
  expect(unrecognized).toEqual([`${day}x`]);
});
