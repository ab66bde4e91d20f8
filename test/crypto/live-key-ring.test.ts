import { describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/base/clock.ts';
import { type ListedKey, type ListKeys, listedKey, liveKeyRing } from '../../src/crypto/key-rings.ts';
import { FOREIGN_KEY, TEST_KEYS, testKey, WEAK_KEY } from '../support/test-keys.ts';

const OLDER = testKey('us-east-1-2026-08-23');
const KEY = testKey('us-east-1-2026-09-12');
const NOW = Date.parse('2026-11-20T15:00:00Z');
/** A time at which OLDER has ended and KEY is valid. */
const TIME = Date.parse('2026-10-01T00:00:00Z');
const QUERY = { region: 'us-east-1', fingerprint: KEY.fingerprint, time: TIME };
const UNKNOWN = { ...QUERY, fingerprint: FOREIGN_KEY.fingerprint };

interface Question {
  readonly region: string;
  readonly from: number;
  readonly to: number;
}

/** A ring whose questions are written down; it answers as AWS would with `keys`. */
function ringOver(keys: readonly ListedKey[] = TEST_KEYS.filter(({ region }) => region === 'us-east-1')): {
  readonly ring: ReturnType<typeof liveKeyRing>;
  readonly questions: Question[];
} {
  const questions: Question[] = [];
  const list: ListKeys = async (region, from, to) => {
    questions.push({ region, from, to });
    await new Promise((resolve) => setImmediate(resolve));
    return { keys: keys.filter((key) => key.validFrom <= to && key.validTo >= from) };
  };
  return { ring: liveKeyRing(list, { now: () => NOW }), questions };
}

describe('what is asked of AWS', () => {
  test('a range far around the time, up to two hours from now', async () => {
    const { ring, questions } = ringOver();
    await ring.find(QUERY);
    await ring.find({ ...UNKNOWN, time: NOW - DAY });
    expect(questions).toEqual([
      { region: 'us-east-1', from: TIME - 185 * DAY, to: TIME + 35 * DAY },
      { region: 'us-east-1', from: NOW - 186 * DAY, to: NOW + 2 * HOUR },
    ]);
  });

  test('once for a stretch of time, however many ask at once', async () => {
    const { ring, questions } = ringOver();
    const times = Array.from({ length: 20 }, (_, index) => TIME - index * DAY);
    const found = await Promise.all(times.map((time) => ring.find({ ...QUERY, time })));
    expect(found.every((lookup) => lookup.found?.fingerprint === KEY.fingerprint)).toBe(true);
    for (const time of times) await ring.find({ ...UNKNOWN, time });
    await ring.find({ ...UNKNOWN, time: TIME - 120 * DAY });
    expect(questions).toHaveLength(1);
    await ring.find({ ...UNKNOWN, time: TIME - 121 * DAY });
    expect(questions).toHaveLength(2);
  });

  test('of so many Regions, however many are named, and of those as often as it takes', async () => {
    const { ring, questions } = ringOver();
    await ring.find(UNKNOWN);
    for (let at = 0; at < 100; at += 1)
      // Where nobody was asked, nothing is complete.
      expect(await ring.find({ ...UNKNOWN, region: `us-nowhere-${at}` })).toMatchObject({
        complete: at < 63,
      });
    expect(questions).toHaveLength(64);
    await ring.find({ ...UNKNOWN, time: TIME - 200 * DAY });
    expect(questions).toHaveLength(65);
    expect(ring.limits()).toEqual([
      'More than 64 Regions were named, and the public keys of the others were not asked for.',
    ]);
  });

  test('once, also where two callers find together that an earlier question does not serve them', async () => {
    const { ring, questions } = ringOver();
    const older = { ...UNKNOWN, time: TIME - 200 * DAY };
    await Promise.all([ring.find(UNKNOWN), ring.find(older), ring.find(older), ring.find(older)]);
    expect(questions.map(({ to }) => to)).toEqual([TIME + 35 * DAY, older.time + 35 * DAY]);
  });

  test('each Region by itself, and nothing where the key is known', async () => {
    const { ring, questions } = ringOver();
    await ring.find({ ...QUERY, region: 'eu-west-1' });
    await ring.find(QUERY);
    await ring.find({ ...QUERY, time: 0 });
    expect(questions.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1']);
  });

  test.each([
    ['before CloudTrail began', Date.UTC(2013, 9, 31)],
    ['in the future', NOW + 3 * HOUR],
    ['never', Number.NaN],
  ])('nothing for a time %s', async (_, time) => {
    const { ring, questions } = ringOver();
    expect(await ring.find({ ...UNKNOWN, time })).toEqual({ found: undefined, complete: false });
    expect(questions).toEqual([]);
  });

  test('by default up to now', async () => {
    const asked: number[] = [];
    const ring = liveKeyRing(async (_, from, to) => {
      asked.push(from, to);
      return { keys: [] };
    });
    await ring.find({ ...QUERY, time: Date.now() });
    expect(Math.abs((asked[1] ?? 0) - Date.now() - 2 * HOUR)).toBeLessThan(HOUR);
  });

  test('when a backfill digest was generated, where its window does not lead to the key', async () => {
    const { ring, questions } = ringOver();
    const query = { ...QUERY, time: TIME - 200 * DAY };
    expect(await ring.find(query)).toMatchObject({ found: undefined });
    expect((await ring.find({ ...query, generatedAt: TIME })).found?.fingerprint).toBe(KEY.fingerprint);
    expect(questions).toHaveLength(2);
    const absurd = { ...UNKNOWN, generatedAt: Number.MAX_SAFE_INTEGER };
    expect(await ring.find(absurd)).toEqual({ found: undefined, complete: false });
  });
});

describe('whether the absence of a key is evidence', () => {
  const lookup = (keys: readonly ListedKey[]): Promise<unknown> => ringOver(keys).ring.find(UNKNOWN);

  test('it is where AWS lists a key that had ended and one that was valid', async () => {
    expect(await lookup([OLDER, KEY])).toEqual({ found: undefined, complete: true });
  });

  test('it is not where old keys may no longer be listed, or none is listed for the time', async () => {
    expect(await lookup([KEY])).toEqual({ found: undefined, complete: false });
    expect(await lookup([OLDER])).toEqual({ found: undefined, complete: false });
    expect(await lookup([])).toEqual({ found: undefined, complete: false });
  });

  test('it is not where AWS would not tell', async () => {
    const ring = liveKeyRing(async () => ({ keys: undefined, refusal: 'not allowed' }), { now: () => NOW });
    expect(await ring.find(UNKNOWN)).toEqual({ found: undefined, complete: false });
    expect(await ring.find(UNKNOWN)).toEqual({ found: undefined, complete: false });
    expect(ring.limits()).toEqual(['The public keys of us-east-1 could not be listed: not allowed']);
  });
});

test('a key that is found comes with its Region and origin, and counts as used', async () => {
  const { ring } = ringOver();
  expect(ring.used()).toEqual([]);
  const lookup = await ring.find(QUERY);
  expect(lookup.found).toMatchObject({
    fingerprint: KEY.fingerprint,
    region: 'us-east-1',
    validFrom: KEY.validFrom,
    validTo: KEY.validTo,
    origin: 'ListPublicKeys us-east-1',
  });
  expect(ring.used()).toEqual([lookup.found]);
  expect(ring.limits()).toEqual([]);
});

test('a key that cannot be used is a limit, and the others are', async () => {
  const wrong = { ...KEY, fingerprint: '00' };
  const { ring } = ringOver([WEAK_KEY, wrong, KEY]);
  expect((await ring.find({ ...QUERY, fingerprint: WEAK_KEY.fingerprint })).found).toBeUndefined();
  expect((await ring.find(QUERY)).found?.fingerprint).toBe(KEY.fingerprint);
  expect(ring.limits()).toEqual([
    expect.stringMatching(/^A public key that us-east-1 listed is not usable: .* has 1024 bits/),
    expect.stringMatching(/not "00" as it says$/),
  ]);
});

test("an error that is not the key's ends the question", async () => {
  const broken = { ...KEY, value: undefined as unknown as Uint8Array };
  await expect(ringOver([broken]).ring.find(QUERY)).rejects.toThrow(TypeError);
});

describe("keys from an endpoint that is not AWS's", () => {
  const FOREIGN = 'http://127.0.0.1:9000';
  const ringAt = (trustEndpointKeys?: boolean) =>
    liveKeyRing(
      async () => ({ keys: [OLDER, KEY], foreign: FOREIGN }),
      { now: () => NOW },
      trustEndpointKeys === undefined ? undefined : { trustEndpointKeys },
    );

  test.each([undefined, false])('prove nothing, and what it does not list is no evidence', async (trust) => {
    const ring = ringAt(trust);
    const { found } = await ring.find(QUERY);
    expect(found).toMatchObject({
      fingerprint: KEY.fingerprint,
      endpoint: FOREIGN,
      distrust: { reason: 'endpoint-not-aws', detail: FOREIGN },
    });
    expect(await ring.find(UNKNOWN)).toEqual({ found: undefined, complete: false });
    expect(ring.limits()).toEqual([]);
  });

  test('count where the caller says so, which becomes a limit', async () => {
    const ring = ringAt(true);
    const { found } = await ring.find(QUERY);
    expect(found).toMatchObject({ fingerprint: KEY.fingerprint, endpoint: FOREIGN });
    expect(found?.distrust).toBeUndefined();
    expect(await ring.find(UNKNOWN)).toEqual({ found: undefined, complete: true });
    expect(ring.limits()).toEqual([expect.stringContaining(`came from ${FOREIGN}, which is not AWS's`)]);
  });
});

test("a listed key names its endpoint only where that is not AWS's", () => {
  expect(listedKey(KEY, 'us-east-1', undefined)).toMatchObject({ origin: 'ListPublicKeys us-east-1' });
  expect(listedKey(KEY, 'us-east-1', undefined)).not.toHaveProperty('endpoint');
  expect(listedKey(KEY, 'us-east-1', 'http://x')).toHaveProperty('distrust');
});
