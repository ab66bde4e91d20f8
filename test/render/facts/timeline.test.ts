import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, isoTime } from '../../../src/base/clock.ts';
import {
  chainTimelines,
  inSteps,
  STATES,
  type Stretch,
  stepOf,
  timelineSpan,
} from '../../../src/render/facts/timeline.ts';
import {
  CHAIN_ID,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

function words(stretches: readonly Stretch[]): readonly string[] {
  return stretches.map(({ from, to, state, reason }) =>
    [isoTime(from).slice(8, 16), isoTime(to).slice(8, 16), state, reason].filter(Boolean).join(' '),
  );
}

describe('chainTimelines', () => {
  test('an intact chain is verified from end to end', () => {
    const [timeline] = chainTimelines(sampleReport());
    expect(words(timeline?.stretches ?? [])).toEqual(['20T00:01 21T00:01 verified']);
  });

  test('a tampered one: worse states behind better ones, hours of one kind together', () => {
    const timelines = chainTimelines(tamperedReport());
    expect(timelines.map(({ chain }) => chain.kind)).toEqual(['standard', 'standard']);
    expect(words(timelines[0]?.stretches ?? [])).toEqual([
      '20T00:01 20T14:01 verified',
      '20T16:01 21T00:01 verified',
      '20T14:01 20T15:01 unproven LOG_UNREADABLE',
      '20T14:01 20T16:01 uncovered DIGEST_MISSING',
      '20T14:01 20T15:01 missing DIGEST_MISSING',
      '20T14:01 20T15:01 missing LOG_MISSING',
      '20T14:01 20T15:01 tampered LINK_HASH_MISMATCH',
      '20T14:01 20T15:01 tampered LOG_MODIFIED',
    ]);
  });

  test('uncovered time is never drawn as verified, even where a chain claims it', () => {
    const span = { from: '2026-11-20T05:00:00Z', to: '2026-11-20T06:00:00Z' };
    const report = sampleReport();
    const uncovered = [{ ...span, chain: CHAIN_ID, reason: 'WINDOW_HOLE' as const }];
    const [timeline] = chainTimelines({ ...report, window: { ...report.window, uncovered } });
    expect(words(timeline?.stretches ?? [])).toEqual([
      '20T00:01 20T05:00 verified',
      '20T06:00 21T00:01 verified',
      '20T05:00 20T06:00 uncovered WINDOW_HOLE',
    ]);
  });

  test('a chain that ends early although AWS delivered more is missing there', () => {
    const finding = sampleFinding('CHAIN_ENDS_EARLY', 'x', 'violation');
    const [timeline] = chainTimelines(sampleReport([sampleChain()], [finding]));
    expect(words(timeline?.stretches ?? [])).toContain('20T14:01 20T15:01 missing CHAIN_ENDS_EARLY');
  });

  test('no chain, no span', () => {
    expect(timelineSpan(chainTimelines(sampleReport([])))).toBeUndefined();
  });
});

describe('steps', () => {
  test.each([
    ['a day', DAY, HOUR],
    ['a fortnight', 14 * DAY, HOUR],
    ['a month', 31 * DAY, 4 * HOUR],
    ['a year', 366 * DAY, DAY],
    ['ten years', 3653 * DAY, 30 * DAY],
  ])('%s', (_name, length, step) => {
    expect(stepOf({ from: 0, to: length })).toBe(step);
  });

  test('are never more than a screen has room for, however long the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8e14 }), fc.integer({ min: 1, max: 8e14 }), (from, length) => {
        const span = { from, to: from + length };
        const steps = inSteps([{ ...span, state: 'verified' }], span, stepOf(span));
        expect((span.to - span.from) / stepOf(span)).toBeLessThan(372);
        expect(steps).toHaveLength(1);
      }),
    );
  });

  test('every stretch shows in the steps that it touches, or a worse one does', () => {
    const stretch = fc
      .tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 90 }), fc.constantFrom(...STATES))
      .map(([from, length, state]) => ({ from: from * 1000, to: (from + length) * 1000, state }));
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1 }), (stretches) => {
        const span = timelineSpan([{ chain: sampleChain(), stretches }]) ?? { from: 0, to: 1 };
        const steps = inSteps(stretches, span, 7000);
        for (const { from, to, state } of stretches) {
          for (let time = from; time < to; time += 1000) {
            const shown = steps.find((step) => step.from <= time && time < step.to);
            expect(STATES.indexOf(shown?.state ?? 'verified')).toBeLessThanOrEqual(STATES.indexOf(state));
          }
        }
      }),
    );
  });
});
