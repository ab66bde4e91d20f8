import { describe, expect, test } from 'vitest';
import type { Progress } from '../../../src/findings/event.ts';
import { ProgressLine } from '../../../src/render/text/progress.ts';

const walking: Progress = {
  phase: 'verifying',
  placesDone: 17,
  placesListed: 17,
  placesPlanned: 17,
  digestsDone: 0,
  digestsPlanned: 400,
  logsDone: 0,
  logsPlanned: 0,
  logsExpected: 0,
  bytesRead: 48_211_000,
};
const further: Progress = {
  ...walking,
  digestsDone: 100,
  logsDone: 900,
  logsPlanned: 1000,
  logsExpected: 3000,
};

/** The line after ten seconds in which all of `progress` was done. */
function lineAfterTen(progress: Progress, columns = 120): string {
  const line = new ProgressLine();
  line.render({ ...progress, digestsDone: 0, logsDone: 0, logsPlanned: 0 }, 0, columns);
  return line.render(progress, 10_000, columns);
}

describe('one line', () => {
  test('first the places that are found', () => {
    const progress: Progress = { ...walking, phase: 'finding', placesPlanned: 1037 };
    expect(new ProgressLine().render(progress, 0, 80)).toBe('looking for places  1,037 found');
  });

  test('counts alone at first, then the rate and the time left', () => {
    const line = new ProgressLine();
    expect(line.render(walking, 0, 120)).toBe('places 17/17  digests 0/400  logs 0/0  48.2 MB');
    expect(line.render(further, 1000, 120)).toBe('places 17/17  digests 100/400  logs 900/1,000  48.2 MB');
    // 300 digests and 100 + 300 × 10 log files at 100 a second.
    expect(line.render(further, 10_000, 120)).toBe(
      'places 17/17  digests 100/400  logs 900/1,000  48.2 MB  100 files/s  about 34 s left',
    );
  });

  test('a place that is not listed counts as the others', () => {
    // The half of the places that are listed have 300 digests left, and as many as all of them are to come.
    const half = { ...further, placesDone: 0, placesListed: 12 };
    expect(lineAfterTen(half)).toContain('places 0/17');
    expect(lineAfterTen(half)).toContain('about 52 s left');
  });

  test('no time is told where most of it is a guess, or nothing is known of a place or a digest', () => {
    for (const change of [
      { placesListed: 3 },
      { placesListed: 0 },
      { placesPlanned: 24, placesListed: 16, digestsDone: 390, logsExpected: 100 },
      { digestsDone: 0 },
    ])
      expect(lineAfterTen({ ...further, ...change })).not.toContain('left');
    expect(lineAfterTen({ ...further, placesPlanned: 160, placesListed: 16 })).toContain('about 7 min');
  });

  test('the last checks have no time', () => {
    const line = new ProgressLine();
    expect(line.render({ ...further, phase: 'concluding' }, 20_000, 80)).toBe(
      'last checks  places 17/17  digests 100/400  logs 900/1,000  48.2 MB',
    );
  });

  test('a slow rate has a decimal', () => {
    expect(lineAfterTen({ ...further, digestsDone: 5, logsDone: 20, logsPlanned: 40 })).toContain(
      '  2.5 files/s',
    );
  });

  test.each([120, 100, 80, 60, 40, 30])('keeps to %d columns, whatever the numbers', (columns) => {
    const large: Progress = {
      ...further,
      placesDone: 12_345,
      placesListed: 23_456,
      placesPlanned: 23_456,
      digestsDone: 12_345_678,
      digestsPlanned: 23_456_789,
      logsDone: 345_678_901,
      logsPlanned: 456_789_012,
      bytesRead: 987_654_321_012_345,
    };
    for (const progress of [walking, further, large]) {
      const text = lineAfterTen(progress, columns);
      expect(text).toMatch(/^places [\d,]+\/[\d,]+/);
      expect(text).toMatch(/^[ -~]*$/);
      expect(text.length).toBeLessThanOrEqual(columns);
    }
    if (columns >= 60) expect(lineAfterTen(large, columns)).toContain(' left');
  });
});

/** A place of a simulated run: what it holds, and how long its listing takes (milliseconds). */
interface SimulatedPlace {
  readonly digests: number;
  readonly logsPerDigest: number;
  readonly listing?: number;
}

interface Shown {
  readonly at: number;
  /** What is truly left, in milliseconds. */
  readonly truth: number;
  /** What was told; undefined for nothing. */
  readonly told: number | undefined;
  readonly listed: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** The time left that a line tells, in milliseconds. */
function toldBy(line: string): number | undefined {
  const words = /about ([^a-z]*(?:d|h|min|s)(?: \d+ (?:h|min|s))?) left/.exec(line)?.[1];
  if (words === undefined) return undefined;
  const parts = [...words.matchAll(/(\d+) (d|h|min|s)/g)];
  return parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}

const STEP = 500;
const AT_ONCE = 8;

/** A run over `places`, eight at a time, with `perSecond` files in all; nothing is done in `pauses`. Every half second is shown. */
function simulate(
  places: readonly SimulatedPlace[],
  perSecond: number,
  pauses: readonly { readonly from: number; readonly to: number }[] = [],
): readonly Shown[] {
  const state = places.map(({ digests, logsPerDigest, listing = 0 }) => ({
    digests,
    logsPerDigest,
    listing,
    digestsDone: 0,
    logsDone: 0,
  }));
  const isDone = (one: (typeof state)[number]): boolean =>
    one.listing <= 0 && one.digestsDone === one.digests && one.logsDone === one.digests * one.logsPerDigest;
  const line = new ProgressLine();
  const seen: { at: number; told: number | undefined; listed: number }[] = [];
  let at = 0;
  for (; state.some((one) => !isDone(one)); at += STEP) {
    const isPaused = pauses.some(({ from, to }) => from <= at && at < to);
    const active = state.filter((one) => !isDone(one)).slice(0, AT_ONCE);
    let files = isPaused ? 0 : (perSecond * STEP) / 1000;
    for (const one of active) if (!isPaused) one.listing -= STEP;
    const working = active.filter((one) => one.listing <= 0);
    // One file of each in turn: a digest, and then the log files that it names.
    for (let moved = true; files > 0 && moved; ) {
      moved = false;
      for (const one of working) {
        if (files <= 0 || isDone(one)) continue;
        if (one.logsDone < one.digestsDone * one.logsPerDigest) one.logsDone += 1;
        else one.digestsDone += 1;
        files -= 1;
        moved = true;
      }
    }
    const listed = state.filter((one) => one.listing <= 0 && (one.digestsDone > 0 || working.includes(one)));
    const sum = (of: (one: (typeof state)[number]) => number): number =>
      listed.reduce((total, one) => total + of(one), 0);
    const progress: Progress = {
      phase: 'verifying',
      placesDone: listed.filter(isDone).length,
      placesListed: listed.length,
      placesPlanned: places.length,
      digestsDone: sum((one) => one.digestsDone),
      digestsPlanned: sum((one) => one.digests),
      logsDone: sum((one) => one.logsDone),
      logsPlanned: sum((one) => one.digestsDone * one.logsPerDigest),
      logsExpected: sum((one) => (one.digests - one.digestsDone) * one.logsPerDigest),
      bytesRead: 0,
    };
    seen.push({ at, told: toldBy(line.render(progress, at, 120)), listed: listed.length });
  }
  return seen.map((one) => ({ ...one, truth: at - one.at }));
}

function many(count: number, place: SimulatedPlace): readonly SimulatedPlace[] {
  return Array.from({ length: count }, () => place);
}

/** The least and the most that was told of what was left, while `much` or more was. */
function ratios(shown: readonly Shown[], much: number): { readonly least: number; readonly most: number } {
  const told = shown.flatMap((one) =>
    one.told === undefined || one.truth < much ? [] : [one.told / one.truth],
  );
  // Without an estimate there is nothing to judge.
  expect(told.length).toBeGreaterThan(0);
  return { least: Math.min(...told), most: Math.max(...told) };
}

describe('the time left over all places', () => {
  test('is about right where places are even, long before all are listed', () => {
    const shown = simulate(many(160, { digests: 24, logsPerDigest: 4 }), 100);
    const { least, most } = ratios(shown, 10_000);
    expect(least).toBeGreaterThan(0.8);
    expect(most).toBeLessThan(1.25);
    expect(shown.find(({ told }) => told !== undefined)?.listed).toBeLessThan(40);
  });

  test('is of the right size where places are uneven', () => {
    const sizes = [3, 200, 24, 5, 90, 24, 1, 48];
    const places = Array.from({ length: 80 }, (_, at) => ({
      digests: sizes[at % sizes.length] ?? 1,
      logsPerDigest: 1 + (at % 7),
    }));
    const { least, most } = ratios(simulate(places, 100), 10_000);
    expect(least).toBeGreaterThan(0.5);
    expect(most).toBeLessThan(2);
  });

  test('counts a huge last place as soon as it is listed, and tells no few seconds before', () => {
    const huge = { digests: 10_000, logsPerDigest: 4, listing: 20_000 };
    const shown = simulate([...many(80, { digests: 20, logsPerDigest: 4 }), huge], 100);
    for (const { told } of shown.filter(({ listed }) => listed <= 80))
      if (told !== undefined) expect(told).toBeGreaterThanOrEqual(10_000);
    const after = shown.filter(({ listed }) => listed === 81);
    const { least, most } = ratios(after, 10_000);
    expect(least).toBeGreaterThan(0.8);
    // The wait for its listing has slowed the rate.
    expect(most).toBeLessThan(2.5);
  });

  test('is not told while the last places are being listed for long', () => {
    const late = many(4, { digests: 24, logsPerDigest: 4, listing: 90_000 });
    const shown = simulate([...many(40, { digests: 24, logsPerDigest: 4 }), ...late], 100);
    const waiting = shown.filter(({ at, listed }) => listed === 40 && at > 60_000);
    expect(waiting.length).toBeGreaterThan(50);
    for (const { told } of waiting) expect(told ?? 10_000).toBeGreaterThanOrEqual(10_000);
    expect(waiting.slice(-50).every(({ told }) => told === undefined)).toBe(true);
  });

  test('grows while nothing comes, and is then no longer told', () => {
    // Five seconds before its end the run waits for a minute and a half.
    const places = many(8, { digests: 100, logsPerDigest: 4 });
    const shown = simulate(places, 100, [{ from: 35_000, to: 125_000 }]);
    const before = shown.find(({ at }) => at === 34_500);
    expect(before?.told).toBeGreaterThanOrEqual(4000);
    const stalled = shown.filter(({ at }) => at >= 45_000 && at < 125_000);
    expect(stalled.length).toBe(160);
    for (const { told, at } of stalled) expect(told ?? at).toBeGreaterThan(at - 35_000);
    expect(stalled.slice(-60).every(({ told }) => told === undefined)).toBe(true);
  });

  test('follows a run that becomes slower', () => {
    const pauses = Array.from({ length: 600 }, (_, at) => ({
      from: 60_000 + at * 2000,
      to: 61_500 + at * 2000,
    }));
    const shown = simulate(many(16, { digests: 200, logsPerDigest: 4 }), 100, pauses);
    const late = shown.filter(({ at }) => at > 120_000);
    const { least } = ratios(late, 10_000);
    expect(least).toBeGreaterThan(0.7);
  });
});
