import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { renderEventLine } from '../../src/render/formats/json.ts';
import { eventByEvent } from '../../src/report/inventory.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import { EVERY_WAY } from '../support/check-paths.ts';
import { memoryLines } from '../support/memory-lines.ts';
import { digestOpens, digestReads, walkersAtOnce } from '../support/walk-paths.ts';

/*
 * Threads that walk chains of a bucket over connections of their own must not differ in a byte from the thread that asks.
 */

const scenarios = await loadScenarios();
const aws = useAws();
/** A part as a rule: all takes minutes. */
const walkers = (EVERY_WAY ? [1, 2] : [2]).map((threads) => walkersAtOnce({ threads }));
/** Digests that were read in all, by whom. */
const read = { here: 0, byThreads: 0, inRuns: 0 };
afterAll(async () => {
  await Promise.all(walkers.map((walker) => walker.close()));
  expect(read.byThreads).toBeGreaterThan(500);
  // What is odd is asked of the source, and hardly anything else.
  expect(read.here).toBeLessThan(read.byThreads / 2);
  expect(read.inRuns).toBeGreaterThan(100);
});

beforeEach(() => {
  // No jitter, so that a scenario whose object cannot be read does not wait.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

async function resultOf(build: () => Scenario, options: Partial<VerifyOptions>): Promise<unknown> {
  const scenario = build();
  const server = await aws.start({ store: scenario.store });
  const { source, opens } = digestOpens(openS3(sessionWith(server, { maxAttempts: 2 })));
  const inventory = memoryLines();
  const digests: string[] = [];
  const onEvent = (event: TrailEvent): void => {
    if (event.type === 'digests') read.inRuns += event.count;
    for (const one of eventByEvent(event)) if (one.type === 'digest') digests.push(renderEventLine(one));
  };
  const report = await verifyTrail(
    {
      source,
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      runId: 'one',
      inventory,
      ...scenario.options,
      ...options,
    },
    onEvent,
  );
  if (options.walker !== undefined) {
    read.here += opens();
    read.byThreads += digestReads(server) - opens();
  }
  // How far two clocks are apart is of the moment.
  const text = JSON.stringify(report, (name, value: unknown) => (name === 'clockSkew' ? null : value));
  const byOneName = text.replaceAll(new URL(server.url).host, 'server');
  // Of each chain in its order; chains come as they like.
  return { report: byOneName, inventory: inventory.text(), digests: digests.sort() };
}

describe('a bucket gives the same whoever walks its chains', () => {
  test.each(scenarios.map((scenario, place) => ({ ...scenario, place })))(
    '$name',
    async ({ build, place }) => {
      // Without log files digests come in runs.
      for (const logs of EVERY_WAY ? [true, false] : [place % 2 === 0]) {
        const usual = await resultOf(build, { logs });
        for (const [at, walker] of walkers.entries()) {
          const result = await resultOf(build, { logs, walker });
          expect({ at, logs, result }).toEqual({ at, logs, result: usual });
        }
      }
    },
    60_000,
  );
});
