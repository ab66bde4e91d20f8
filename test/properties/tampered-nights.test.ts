import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codesOf } from '../state/night.ts';
import { SEED } from './small-trail.ts';
import { play, tampered, untouched, weightOf } from './tampered-nights.ts';

test('a night with a state is never lighter than one without', async () => {
  await fc.assert(
    fc.asyncProperty(tampered, async (script) => {
      const done: string[] = [];
      for await (const { kept, alone, least, ...night } of play(script)) {
        done.push(...night.done);
        const told = { done, alone: codesOf(alone.report), kept: codesOf(kept.report) };
        expect(weightOf(kept.report.verdict), JSON.stringify(told)).toBeGreaterThanOrEqual(least);
      }
    }),
    { seed: SEED, numRuns: 40 },
  );
});

test('nights on which CloudTrail alone wrote are as without a state', async () => {
  await fc.assert(
    fc.asyncProperty(untouched, async (script) => {
      for await (const { kept, alone, done } of play(script))
        expect([kept.report.verdict, done, codesOf(kept.report)]).toEqual([
          alone.report.verdict,
          done,
          codesOf(alone.report),
        ]);
    }),
    { seed: SEED, numRuns: 8 },
  );
});
