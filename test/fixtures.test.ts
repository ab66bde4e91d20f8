import { describe, expect, test } from 'vitest';
import { loadCopyScenarios } from '../fixtures/copy-scenario.ts';
import { ringOf, type Scenario } from '../fixtures/scenario.ts';
import { loadScenarios } from '../fixtures/scenarios.ts';
import { fixedClock } from '../src/base/clock.ts';
import { CATALOGUE } from '../src/findings/catalogue.ts';
import type { Finding } from '../src/findings/finding.ts';
import type { Report } from '../src/report/report.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { memorySource } from './support/memory-source.ts';

const scenarios = await loadScenarios();

function verify(scenario: Scenario): Promise<Report> {
  return verifyTrail({
    source: memorySource(scenario.store, { versions: true }),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
  });
}

/** The URIs that findings are about, sorted, by code. */
function urisByCode(findings: readonly Finding[]): Record<string, string[]> {
  const uris: Record<string, string[]> = {};
  for (const { code, object } of findings) uris[code] = [...(uris[code] ?? []), object.uri].sort();
  return uris;
}

describe('every scenario gives exactly what it must', () => {
  test.each(scenarios)('$name', async ({ build, outcome }) => {
    const report = await verify(build());
    const found = urisByCode(report.findings);
    const counts = Object.fromEntries(Object.entries(found).map(([code, uris]) => [code, uris.length]));
    expect({ verdict: report.verdict, codes: counts }).toEqual({
      verdict: outcome.verdict,
      codes: outcome.codes,
    });
    for (const [code, uris] of Object.entries(outcome.objects)) expect(found[code]).toEqual([...uris].sort());
    expect(report.limits.map(({ code }) => code)).toEqual(
      expect.arrayContaining([...(outcome.limits ?? [])]),
    );
    expect(report.totals.digests).toMatchObject(outcome.totals?.digests ?? {});
    expect(report.totals.logs).toMatchObject(outcome.totals?.logs ?? {});
  });
});

/** No scenario has a plan and results: `test/scale/results.test.ts` finds these. */
const OF_PLANS = ['SHARD_UNPROVEN'];

test('every finding code has a scenario', async () => {
  const copies = (await loadCopyScenarios()).flatMap(({ outcome }) =>
    'codes' in outcome ? Object.keys(outcome.codes) : [],
  );
  const shown = new Set([
    ...OF_PLANS,
    ...copies,
    ...scenarios.flatMap(({ outcome }) => Object.keys(outcome.codes)),
  ]);
  expect(Object.keys(CATALOGUE).filter((code) => !shown.has(code))).toEqual([]);
});
