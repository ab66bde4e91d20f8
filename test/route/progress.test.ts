import { expect, test } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { Progress } from '../../src/findings/event.ts';
import { RunProgress } from '../../src/route/progress.ts';
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
    reported
      .slice(0, 4)
      .map(({ phase, placesListed, digestsDone, digestsPlanned }) => [
        phase,
        placesListed,
        digestsDone,
        digestsPlanned,
      ]),
  ).toEqual([
    ['finding', 0, 0, 0],
    ['verifying', 0, 0, 0],
    ['verifying', 0, 0, 4],
    ['verifying', 1, 1, 4],
  ]);
  expect(reported[0]).toMatchObject({ placesDone: 0, placesPlanned: 1, logsDone: 0, bytesRead: 0 });
  expect(reported.at(-1)).toMatchObject({
    phase: 'concluding',
    placesDone: 1,
    digestsDone: 4,
    digestsPlanned: 4,
  });
});

const BYTES = { read: 10, inflated: 10 };
const CHAIN = { account: '111122223333', region: 'us-east-1', trail: 't', homeRegion: 'us-east-1' };

/** Progress of which a chain of ten digests was announced, and one of them was read that names three log files. */
function begun(checksLogs: boolean): RunProgress {
  const progress = new RunProgress(checksLogs);
  const id = '111122223333/us-east-1/t@us-east-1';
  progress.see({ type: 'chain', id, chain: { ...CHAIN, kind: 'standard' }, inScope: true, listed: 10 });
  const object = { bucket: 'b', key: 'k' };
  const digest = { type: 'digest', chain: id, object, outcome: 'valid', listed: true } as const;
  progress.see({ ...digest, logFiles: 3, bytes: BYTES });
  return progress;
}

function countsOf(progress: RunProgress): Partial<Progress> {
  const event = progress.now();
  return event.type === 'progress' ? event.progress : {};
}

test('digests that an earlier run had read are no longer planned once their place is done', () => {
  const progress = begun(true);
  progress.placeDone({ account: '111122223333', region: 'us-east-2' });
  expect(countsOf(progress)).toMatchObject({ digestsDone: 1, digestsPlanned: 10, placesDone: 1 });
  progress.placeDone({ account: '111122223333', region: 'us-east-1' });
  expect(countsOf(progress)).toMatchObject({ digestsDone: 1, digestsPlanned: 1, placesDone: 2 });
});

test('log files are planned where they are read, and those of further digests are expected', () => {
  expect(countsOf(begun(true))).toMatchObject({ logsPlanned: 3, logsExpected: 27 });
  expect(countsOf(begun(false))).toMatchObject({ logsPlanned: 0, logsExpected: 0 });
});

test('digests of a chain are expected to name what others of it do, and of one that is not read what all do', () => {
  const progress = begun(true);
  const id = '111122223333/us-east-1/busy@us-east-1';
  progress.see({ type: 'chain', id, chain: { ...CHAIN, kind: 'standard' }, inScope: true, listed: 5 });
  expect(countsOf(progress)).toMatchObject({ logsExpected: 9 * 3 + 5 * 3 });
  const object = { bucket: 'b', key: 'k' };
  const digest = { type: 'digest', chain: id, object, outcome: 'valid', listed: true } as const;
  progress.see({ ...digest, logFiles: 100, bytes: BYTES });
  expect(countsOf(progress)).toMatchObject({ logsExpected: 9 * 3 + 4 * 100 });
  progress.placeDone({ account: '111122223333', region: 'us-east-1' });
  expect(countsOf(progress)).toMatchObject({ logsExpected: 0, digestsPlanned: 2, logsPlanned: 103 });
});
