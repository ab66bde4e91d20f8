import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ringOf, type Scenario } from '../fixtures/scenario.ts';
import { loadScenarios } from '../fixtures/scenarios.ts';
import { fixedClock } from '../src/base/clock.ts';
import type { Report } from '../src/report/report.ts';
import { openS3 } from '../src/source/s3/s3-source.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { sessionWith, useAws } from './aws/aws-fixture.ts';
import { EVERY_WAY, inPlaces } from './support/check-paths.ts';
import { memorySource } from './support/memory-source.ts';

/*
 * The lean path and the SDK's client must not differ in a byte of what is found, nor may many requests in flight and
 * one.
 */
const scenarios = await loadScenarios();
const aws = useAws();

beforeEach(() => {
  // No jitter, so that a scenario whose object cannot be read does not wait.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

/** What becomes of a scenario's state without S3: entity tags and times must be alike, or days would be read again. */
async function stateInMemory(scenario: Scenario): Promise<Report['state']> {
  const report = await verifyTrail({
    source: memorySource(scenario.store),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
  });
  return report.state;
}

describe('every scenario over S3 gives the same by both ways to read', () => {
  test.each(inPlaces(scenarios))(
    '$name',
    async ({ build, outcome, place }) => {
      const reports: string[] = [];
      // One request in flight as well, in every third.
      const leanOne = EVERY_WAY || place % 3 === 0 ? ([['lean', 1]] as const) : [];
      for (const [reads, concurrency] of [['sdk', 64], ['lean', 64], ...leanOne] as const) {
        const scenario = build();
        const server = await aws.start({ store: scenario.store });
        const session = sessionWith(server, { maxAttempts: 2 });
        const report = await verifyTrail({
          source: openS3(session, 's3://', { reads }),
          targets: scenario.targets,
          keyRing: ringOf(scenario),
          clock: fixedClock(scenario.now),
          runId: '00000000-0000-4000-8000-000000000000',
          concurrency,
          ...scenario.options,
        });
        expect(report.verdict).toBe(outcome.verdict);
        if (scenario.options.state !== undefined) expect(report.state).toEqual(await stateInMemory(scenario));
        // How far two clocks are apart is of the moment.
        const text = JSON.stringify(report, (name, value: unknown) => (name === 'clockSkew' ? null : value));
        reports.push(text.replaceAll(new URL(server.url).host, 'server'));
      }
      for (const report of reports) expect(report).toBe(reports[0]);
    },
    60_000,
  );
});
