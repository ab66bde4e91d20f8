import { expect, test } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { Progress } from '../../src/findings/event.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';

test('progress is told when the places are known, then the digests, then each of them', async () => {
  const { store, trail } = auditTrail(3);
  const scenario = scenarioOf(store, trail);
  const reported: Progress[] = [];
  let opened = 0;
  let openedAtFirst: number | undefined;
  const source = memorySource(store);
  await verifyTrail(
    {
      source: {
        ...source,
        open: (ref, options) => {
          opened += 1;
          return source.open(ref, options);
        },
      },
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
    },
    (event) => {
      if (event.type !== 'progress') return;
      openedAtFirst ??= opened;
      reported.push(event.progress);
    },
  );
  expect(openedAtFirst).toBe(0);
  expect(
    reported.slice(0, 3).map(({ digestsDone, digestsPlanned }) => [digestsDone, digestsPlanned]),
  ).toEqual([
    [0, 0],
    [0, 4],
    [1, 4],
  ]);
  expect(reported[0]).toMatchObject({ placesDone: 0, placesPlanned: 1, logsDone: 0, bytesRead: 0 });
  expect(reported.at(-1)).toMatchObject({ digestsDone: 4, digestsPlanned: 4 });
});
