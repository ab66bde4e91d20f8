import { describe, expect, test } from 'vitest';
import { scenarioNames } from '../../fixtures/scenarios.ts';
import { waysOf } from '../support/check-paths.ts';
import { provenScenario } from './proof-fixture.ts';

const VERDICTS = {
  valid: 'VALID',
  invalid: 'INVALID',
  missing: 'INVALID',
  unproven: 'INCONCLUSIVE',
} as const;

const PLACES = [
  ['a bucket', true],
  ['a copy without metadata', false],
] as const;

describe.each(scenarioNames().map((name, place) => ({ name, place })))('$name', ({ name, place }) => {
  test.each(waysOf(PLACES, place))(
    'in %s: the proof of every object says what became of it',
    async (_, metadata) => {
      const { lines, prove, check } = await provenScenario(name, { metadata });
      for (const { bucket, key, status } of lines) {
        const { verdict, object } = check(await prove({ bucket, key }));
        expect({ key, verdict }).toEqual({ key, verdict: VERDICTS[object?.status ?? status] });
        // Of several lines of one object it is the worst that is proven.
        expect(object?.status === 'valid' && status !== 'valid').toBe(false);
      }
    },
  );
});
