/** Pages that bring nothing older: what is said of them. */
import { expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import type { AskingProgress, WitnessAnswer } from '../../src/witness/contract.ts';
import { StandingQuestions } from '../../src/witness/standing-pages.ts';
import { corroborateScenario } from '../support/corroborated-scenario.ts';

test('the place with the most of them is named, from twenty on', () => {
  const standing = new StandingQuestions('CloudWatch Logs');
  const [one, other] = ['us-east-1', 'eu-west-1'].map((region) => ({ account: '111122223333', region }));
  if (one === undefined || other === undefined) throw new Error('no places');
  standing.note(one, 19);
  expect(standing.longest).toBeUndefined();
  standing.note(one, 20);
  standing.note(other, 21);
  expect(standing.longest).toEqual({ witness: 'CloudWatch Logs', ...other, pages: 21 });
  standing.note(other, 0);
  expect(standing.longest).toEqual({ witness: 'CloudWatch Logs', ...one, pages: 20 });
});

test('the progress of a run counts them, and forgets them with their question', async () => {
  const progress: AskingProgress[] = [];
  const ask = async (
    _: unknown,
    __: unknown,
    take: (events: []) => Promise<void>,
  ): Promise<WitnessAnswer> => {
    for (let page = 0; page < 30; page += 1) await take([]);
    return { refusal: undefined };
  };
  await corroborateScenario(
    () => {
      const { store, trail } = auditTrail(3);
      return scenarioOf(store, trail);
    },
    { all: true, witness: { ask }, onProgress: (one) => progress.push(one) },
  );
  const counts = progress.map(({ standing }) => standing?.pages);
  expect(Math.max(...counts.map((pages) => pages ?? 0))).toBe(30);
  expect(counts.at(-1)).toBeUndefined();
});
