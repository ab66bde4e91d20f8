import { describe, expect, test } from 'vitest';
import { DAY, HOUR } from '../../src/base/clock.ts';
import { BUCKET } from '../chain/chain-fixture.ts';
import { allOf } from '../support/all-of.ts';
import { logKey, MIDNIGHT, NONE, setUp } from './unlisted-fixture.ts';

describe('a walk over months', () => {
  const TO = MIDNIGHT + 100 * DAY;

  test('compares a month at a time, each day once, and forgets what it has compared', async () => {
    const { store, unlisted, counts } = setUp([[0, 2400]], { to: TO });
    const days = [5, 60, 70, 95];
    for (const day of days) {
      const time = MIDNIGHT + day * DAY + 12 * HOUR;
      store.put(BUCKET, logKey(time), new Uint8Array(), { lastModified: time });
    }
    const found: [number, readonly string[]][] = [];
    for (let day = 99; day >= 0; day -= 1) {
      const findings = await allOf(unlisted.passed(MIDNIGHT + day * DAY, NONE));
      if (findings.length > 0) found.push([day, findings.map(({ time = '' }) => time.slice(5, 10))]);
    }
    const rest = (await allOf(unlisted.finish())).map(({ time = '' }) => time.slice(5, 10));
    // The first month is complete 31 days below the end of the window and two days of slack above it.
    expect(found).toEqual([
      [70, ['01-08']],
      [39, ['12-04', '12-14']],
    ]);
    expect(rest).toEqual(['10-10']);
    expect(counts().pages).toBeLessThanOrEqual(4);
    expect(await allOf(unlisted.finish())).toEqual([]);
  });

  test('compares earlier when many names are held, and then holds them no more', async () => {
    const { unlisted, store, counts } = setUp([[0, 2400]], { to: TO });
    const top = MIDNIGHT + 99 * DAY;
    for (let index = 0; index < 20_000; index += 1)
      unlisted.register({ bucket: BUCKET, key: logKey(top, top, `u${index}`) });
    store.put(BUCKET, logKey(top), new Uint8Array(), { lastModified: top });
    expect(await allOf(unlisted.passed(top - 2 * DAY, NONE))).toHaveLength(1);
    const after = counts().pages;
    expect(await allOf(unlisted.passed(top - 4 * DAY, NONE))).toEqual([]);
    expect(counts().pages).toBe(after);
  });

  test('says nothing of a day that a hole is still open over', async () => {
    const { unlisted, store } = setUp([[0, 2400]], { to: TO });
    const time = MIDNIGHT + 80 * DAY;
    store.put(BUCKET, logKey(time), new Uint8Array(), { lastModified: time });
    const open = new Map([['a chain', { from: MIDNIGHT + 60 * DAY, to: MIDNIGHT + 90 * DAY }]]);
    expect(await allOf(unlisted.passed(MIDNIGHT + 60 * DAY, open))).toEqual([]);
  });

  test('never compares a day that a digest still to come may name', async () => {
    const { unlisted, counts } = setUp([[0, 2400]], { to: TO });
    expect(await allOf(unlisted.passed(TO, NONE))).toEqual([]);
    expect(await allOf(unlisted.passed(TO - 29 * DAY, NONE))).toEqual([]);
    expect(counts().pages).toBe(0);
  });
});
