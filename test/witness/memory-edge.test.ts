/** A witness that forgets, and is asked for hours. */
import { describe, expect, test } from 'vitest';
import { auditTrail, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import type { WitnessAnswer } from '../../src/witness/contract.ts';
import { corroborateScenario } from '../support/corroborated-scenario.ts';

const DAYS = 90;
const build = (): Scenario => {
  const { store, trail } = auditTrail(8);
  return scenarioOf(store, trail);
};
const { now } = build();

/** The same where every digest was deleted: nobody knows where the window begins. */
const emptied = (): Scenario => {
  const scenario = build();
  const { store, targets } = scenario;
  for (const { bucket } of targets)
    for (const key of store.keys(bucket)) if (key.includes('CloudTrail-Digest')) store.delete(bucket, key);
  return scenario;
};

/** Asks an empty witness about all, whose answers take `hours`; `age` hours after the run its ninety days are over. */
async function lacksAfter(hours: number, age: number) {
  let elapsed = 0;
  const ask = async (): Promise<WitnessAnswer> => {
    elapsed = hours * HOUR;
    return { refusal: undefined };
  };
  const late = now + (DAYS * 24 - age) * HOUR;
  const witness = { days: DAYS, ask, holdings: async () => () => true };
  return corroborateScenario(build, { all: true, now: late, elapsed: () => elapsed, witness });
}

describe('events that the event history lacks', () => {
  test('are counted, but for those that went while it was asked', async () => {
    // The window has events of eight hours, and all are younger than the memory at the beginning.
    const quick = await lacksAfter(0, 12);
    const events = [...quick.truth.values()];
    expect(quick.limits.map(({ code }) => code)).toContain('WITNESS_LACKS_EVENTS');
    expect(quick.limits.map(({ code }) => code)).not.toContain('WITNESS_FORGOT');
    expect(quick.witness.places.map(({ answered }) => answered)).toEqual([true]);
    const slow = await lacksAfter(6, 12);
    // An hour beyond, what it gives is not sure.
    const edge = now - 12 * HOUR + 7 * HOUR;
    const sure = events.filter(({ time }) => time >= edge && time <= now - 2.5 * HOUR);
    expect(slow.witness.lacking).toBeGreaterThan(0);
    expect(slow.witness.lacking).toBeLessThan(quick.witness.lacking);
    expect(slow.witness.lacking).toBe(sure.length);
    const forgot = slow.limits.find(({ code }) => code === 'WITNESS_FORGOT');
    // Some of the window was not asked, and nobody must take it for all.
    expect(slow.witness.places.map(({ answered }) => answered)).toEqual([false]);
    expect(forgot?.text).toContain(`what was before ${isoTime(now - 6 * HOUR)} was not asked, or went`);
  });

  test('leave a window unanswered where it begins before the memory of the witness', async () => {
    const { witness, limits } = await lacksAfter(0, 4);
    expect(witness.places[0]).toMatchObject({ answered: false, asked: [{ from: isoTime(now - 4 * HOUR) }] });
    expect(limits.map(({ code }) => code)).toContain('WITNESS_FORGOT');
  });

  test.each([
    [HOUR, true],
    [26 * HOUR, false],
  ])(
    'a window without a beginning is answered whole within a day of the report: %i ms later',
    async (later, answered) => {
      const ask = async (): Promise<WitnessAnswer> => ({ refusal: undefined });
      const witness = { days: DAYS, ask, holdings: async () => () => true };
      const found = await corroborateScenario(emptied, { now: now + later, witness });
      expect(found.report.window.requested.from).toBeNull();
      expect(found.witness.places.map((place) => place.answered)).toEqual([answered]);
      expect(found.limits.map(({ code }) => code)).toContain('WITNESS_FORGOT');
    },
  );

  test('are none, where all went meanwhile', async () => {
    expect((await lacksAfter(24, 12)).witness.lacking).toBe(0);
  });
});
