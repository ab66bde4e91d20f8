import { describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/base/clock.ts';
import type { PlaceFolder } from '../../src/chain/discover.ts';
import { type KeyRange, listDigests, listRange } from '../../src/chain/list-digests.ts';
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

/** A store with a digest at each time, and objects at other keys. */
function storeOf(times: readonly number[], others: readonly string[] = []): ObjectStore {
  const store = new ObjectStore(() => START);
  store.createBucket(BUCKET);
  for (const key of [...times.map((time) => refAt(time).key), ...others])
    store.put(BUCKET, key, new Uint8Array(key.endsWith('/') ? 0 : 1));
  return store;
}

async function list(store: ObjectStore, from?: number, to = START + 365 * DAY) {
  const unrecognized: ListedObject[] = [];
  const chains = await listDigests(memorySource(store), FOLDER, CHAIN.region, {
    window: { from, to },
    onUnrecognized: async (object) => {
      unrecognized.push(object);
    },
  });
  return { chains, unrecognized };
}

describe('what is listed', () => {
  const times = [-2, -1, 0, 1, 2, 3, 4, 5].map((hours) => START + hours * HOUR);

  test('is every digest where the window has no beginning', async () => {
    const { chains, unrecognized } = await list(storeOf(times));
    const chain = chains.get(chainId(CHAIN));
    expect(chain).toMatchObject({
      chain: CHAIN,
      organization: undefined,
      above: undefined,
      below: undefined,
    });
    expect(chain?.listed.map(({ endTime }) => endTime)).toEqual(times);
    expect(chain?.listed[0]).toEqual({
      ref: refAt(START - 2 * HOUR),
      endTime: START - 2 * HOUR,
    });
    expect(unrecognized).toEqual([]);
  });

  test('is by key alone, for no time of writing matters, but for what is no digest', async () => {
    const source = memorySource(storeOf(times, [`${PREFIX}note.txt`]));
    const asked: string[] = [];
    const watched: typeof source = {
      ...source,
      list: (request) => {
        for (const time of times) if (request.keySuffices?.(refAt(time).key) === true) asked.push('digest');
        for (const key of [`${PREFIX}note.txt`, `logs/${refAt(START).key}`])
          if (request.keySuffices?.(key) === true) asked.push(key);
        return source.list(request);
      },
    };
    const window = { from: undefined, to: START + DAY };
    const chains = await listDigests(watched, FOLDER, CHAIN.region, { window });
    expect(chains.get(chainId(CHAIN))?.listed.length).toBe(times.length);
    expect(asked).toEqual(times.map(() => 'digest'));
  });

  test('is parted by the window: what may reach into it, and the nearest around it', async () => {
    const { chains } = await list(storeOf(times), START, START + 2 * HOUR);
    const chain = chains.get(chainId(CHAIN));
    expect(chain?.listed.map(({ endTime }) => endTime)).toEqual([START + HOUR, START + 2 * HOUR]);
    expect(chain?.below?.endTime).toBe(START);
    expect(chain?.above?.endTime).toBe(START + 3 * HOUR);
    // A window's last digest ends after it; and the listing's order is not relied on.
    const late = await list(storeOf(times), START + 1, START + 2 * HOUR + 1);
    expect(late.chains.get(chainId(CHAIN))?.listed).toHaveLength(3);
    const source = pagesSource([times.map((time) => refAt(time).key).reverse()]);
    const window = { from: START, to: START + 2 * HOUR };
    const reversed = await listDigests(source, FOLDER, CHAIN.region, { window });
    expect(reversed.get(chainId(CHAIN))).toMatchObject({
      below: { endTime: START },
      above: { endTime: START + 3 * HOUR },
    });
  });

  test('is one chain for each trail and kind', async () => {
    const others = [
      refAt(START, { trail: 'audit_us-east-1_second' }).key,
      refAt(START, { kind: 'backfill' }).key,
      refAt(START, { homeRegion: 'eu-west-1' }).key,
    ];
    const { chains } = await list(storeOf([START], others));
    expect([...chains.keys()].sort()).toEqual([
      '111122223333/us-east-1/audit@eu-west-1',
      '111122223333/us-east-1/audit@us-east-1',
      '111122223333/us-east-1/audit@us-east-1/backfill',
      '111122223333/us-east-1/audit_us-east-1_second@us-east-1',
    ]);
  });

  test('leaves out markers, and names what is no digest', async () => {
    const others = [PREFIX, `${PREFIX}2026/10/05/`, `${PREFIX}2026/10/05/notes.txt`];
    const { unrecognized } = await list(storeOf([START], others));
    expect(unrecognized).toMatchObject([
      { key: `${PREFIX}2026/10/05/notes.txt`, size: 1, lastModified: START },
    ]);
    const store = storeOf([START]);
    store.put(BUCKET, `${PREFIX}2026/10/05/hidden/`, new Uint8Array(2));
    expect((await list(store)).unrecognized).toMatchObject([{ key: `${PREFIX}2026/10/05/hidden/`, size: 2 }]);
  });

  test('counts a digest of a folder further down as none', async () => {
    const nested = refAt(START, { prefix: `${PREFIX}2026/10/05/` }).key;
    const { chains, unrecognized } = await list(storeOf([], [nested]));
    expect(chains.size).toBe(0);
    expect(unrecognized.map(({ key }) => key)).toEqual([nested]);
  });
});

describe('what it holds', () => {
  const times = [1, 2, 3, 4, 5].map((hours) => START + hours * HOUR);
  const trails = ['b', 'c', 'd', 'e'].map((trail) => refAt(START + HOUR, { trail }).key);

  test.each([
    ['4 digests', storeOf(times)],
    ['the digests of 4 chains', storeOf([START + HOUR], trails)],
  ])('is bounded: %s', async (what, store) => {
    const window = { from: undefined, to: START + DAY };
    const listed = (most: number): Promise<unknown> =>
      listDigests(memorySource(store), FOLDER, CHAIN.region, { window, most });
    await expect(listed(5)).resolves.toBeDefined();
    await expect(listed(4)).rejects.toMatchObject({
      code: 'TARGET_TOO_LARGE',
      message: `more than ${what} lie below s3://${BUCKET}/${PREFIX}`,
    });
  });

  test('ten thousand chains at most, for each is held against all others', async () => {
    const many = Array.from({ length: 10_001 }, (_, at) => refAt(START + HOUR, { trail: `t${at}` }).key);
    const window = { from: undefined, to: START + DAY };
    const source = memorySource(storeOf([START], many));
    await expect(listDigests(source, FOLDER, CHAIN.region, { window })).rejects.toMatchObject({
      code: 'TARGET_TOO_LARGE',
      message: expect.stringContaining('the digests of 10000 chains'),
    });
  });

  test('is not what lies around the window', async () => {
    const window = { from: START + 4 * HOUR, to: START + 5 * HOUR };
    const chains = await listDigests(memorySource(storeOf(times)), FOLDER, CHAIN.region, { window, most: 1 });
    expect(chains.get(chainId(CHAIN))?.listed).toHaveLength(1);
  });
});

describe('what it costs', () => {
  /** Two years of digests, one an hour. */
  const YEARS = storeOf(Array.from({ length: 2 * 365 * 24 }, (_, hour) => START + hour * HOUR));
  const pagesFor = async (from: number | undefined, to: number, folder = FOLDER): Promise<number> => {
    const { source, counts } = countSource(memorySource(YEARS));
    await listDigests(source, folder, CHAIN.region, { window: { from, to } });
    return counts().pages;
  };

  test('grows with the window and not with the bucket', async () => {
    const from = START + 300 * DAY;
    // Forty days before, the window, and what may follow: 24 digests a day, 1,000 a page.
    expect(await pagesFor(from, from + DAY)).toBe(2);
    expect(await pagesFor(from, from + 30 * DAY)).toBe(2);
    expect(await pagesFor(from, from + 200 * DAY)).toBe(6);
    expect(await pagesFor(undefined, START + 2 * 365 * DAY)).toBe(18);
  });
});

test('a range ends before its end, and no page beyond is asked for', async () => {
  const source = pagesSource([[], ['p/a', 'p/b/', 'p/c'], ['p/d'], ['p/e']]);
  const keys: string[] = [];
  const keysIn = async (range: KeyRange): Promise<void> => {
    for await (const page of listRange(source, 'b', 'p/', range)) keys.push(...page.map(({ key }) => key));
  };
  await keysIn({ startAfter: 'p/0', end: 'p/c' });
  expect(keys).toEqual(['p/a']);
  expect(source.served()).toBe(2);
  expect(source.requests).toEqual([{ bucket: 'b', prefix: 'p/', startAfter: 'p/0' }]);
  await keysIn({ startAfter: undefined, end: 'p/z' });
  expect(keys).toEqual(['p/a', 'p/a', 'p/c', 'p/d', 'p/e']);
  expect(source.requests[1]).toEqual({ bucket: 'b', prefix: 'p/' });
});
