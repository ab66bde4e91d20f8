/** A month of one account in seventeen Regions, 12,240 digests: all are proven, from the first seconds on, and few are held at a time. */
import { expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/base/clock.ts';
import { fixedClock, fixedKeyRing, type Source, verifyTrail } from '../../src/index.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { publicKeyOf, testKey } from '../support/test-keys.ts';
import { TestTrail } from '../support/test-trail.ts';

const DAYS = 30;
const REGIONS = 17;
const DIGESTS = DAYS * 24 * REGIONS;
const START = Date.parse('2026-10-02T09:12:37Z') - HOUR;
const END = START + DAYS * DAY;
const BUCKET = 'example-trail-logs';
const KEYS = [testKey('us-east-1-2026-09-12'), testKey('us-east-1-2026-10-02')] as const;

function thirtyDays(): ObjectStore {
  const store = new ObjectStore(() => START);
  for (let number = 1; number <= REGIONS; number += 1) {
    const region = `example-region-${number}`;
    const init = {
      store,
      bucket: BUCKET,
      account: '111122223333',
      region,
      trail: 'audit',
      homeRegion: 'example-region-1',
      startLogging: START,
    };
    const key = (hour: number): (typeof KEYS)[number] =>
      START + hour * HOUR < KEYS[1].validFrom ? KEYS[0] : KEYS[1];
    new TestTrail({ ...init, firstKey: KEYS[0] }).hours(DAYS * 24 - 1, (hour) => ({
      logs: 0,
      key: key(hour),
    }));
  }
  return store;
}

test('12,240 digests in seventeen Regions', { timeout: 180_000 }, async () => {
  const store = thirtyDays();
  expect(store.keys(BUCKET).length).toBe(DIGESTS);
  let opened = 0;
  let judged = 0;
  let openedAtFirst = 0;
  let mostHeld = 0;
  const memory = memorySource(store);
  const source: Source = {
    ...memory,
    open: async (ref, options) => {
      opened += 1;
      mostHeld = Math.max(mostHeld, opened - judged);
      return memory.open(ref, options);
    },
  };
  const keyRing = fixedKeyRing(KEYS.map((key) => ({ ...publicKeyOf(key), region: undefined })));
  const options = {
    source,
    keyRing,
    targets: [{ bucket: BUCKET, prefix: '' }],
    clock: fixedClock(END + HOUR),
  };
  const report = await verifyTrail(options, (event) => {
    if (event.type !== 'digest') return;
    if (judged === 0) openedAtFirst = opened;
    judged += 1;
  });
  expect(report.findings).toEqual([]);
  expect(report.verdict).toBe('VALID');
  expect(report.totals.digests).toMatchObject({ listed: DIGESTS, valid: DIGESTS });
  expect(report.chains.length).toBe(REGIONS);
  // One pass over each object, the first judged when a hundredth was read, and never more than a few hundred held.
  expect(opened).toBe(DIGESTS);
  expect(openedAtFirst).toBeLessThan(DIGESTS / 20);
  expect(mostHeld).toBeLessThan(2000);
});
