import { describe, expect, test } from 'vitest';
import { ringOf } from '../fixtures/scenario.ts';
import { loadScenarios } from '../fixtures/scenarios.ts';
import { fixedClock } from '../src/base/clock.ts';
import { type Acceptance, isAcceptable } from '../src/findings/event.ts';
import type { Finding } from '../src/findings/finding.ts';
import { inconsistenciesOf } from '../src/signed/consistency.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { memorySource } from './support/memory-source.ts';

/** Everything that can be accepted of what was found, each by its own object. */
function everything(findings: readonly Finding[]): readonly Acceptance[] {
  return findings
    .filter(({ code, weight }) => weight === 'unproven' && isAcceptable(code))
    .map(({ code, object }, index) => ({
      name: `${index}`,
      code,
      object: object.uri,
      reason: 'a test',
      acceptedBy: 'nobody',
      expires: '2099-01-01T00:00:00Z',
    }));
}

describe('with everything accepted that can be', async () => {
  test.each(await loadScenarios())(
    '$name passes only where nothing but open points was found',
    async ({ build }) => {
      const scenario = build();
      const { store, targets, now, options } = scenario;
      const run = { targets, clock: fixedClock(now), runId: 'test', ...options };
      const verify = (acceptances: readonly Acceptance[]) =>
        verifyTrail({ source: memorySource(store), keyRing: ringOf(scenario), ...run, acceptances });
      const without = await verify([]);
      const report = await verify(everything(without.findings));
      expect(inconsistenciesOf(report)).toEqual([]);
      const stays = without.findings.some(({ code, weight }) => weight === 'unproven' && !isAcceptable(code));
      const open = without.verdict === 'INVALID' ? 'INVALID' : stays ? 'INCONCLUSIVE' : 'VALID';
      expect(report.verdict).toBe(open);
      // Accepting changes no fact.
      expect(report.findings.map(({ accepted: _mark, ...finding }) => finding)).toEqual(without.findings);
      expect(report.window.covered).toEqual(without.window.covered);
      expect(report.totals).toEqual(without.totals);
    },
  );
});
