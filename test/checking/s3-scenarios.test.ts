import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ringOf } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { OpenChecker } from '../../src/checking/contract.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import {
  EVERY_WAY,
  everyWay,
  inPlaces,
  threadsAtOnce,
  waysOf,
  withoutAccess,
} from '../support/check-paths.ts';
import { memoryLines } from '../support/memory-lines.ts';

/** Threads with connections of their own must not differ in a byte from one thread that reads one by one. */

const scenarios = await loadScenarios();
const aws = useAws();
const checkers: OpenChecker[] = [];
const opened = (checker: OpenChecker): OpenChecker => {
  checkers.push(checker);
  return checker;
};
afterAll(() => Promise.all(checkers.map((checker) => checker.close())));

beforeEach(() => {
  // No jitter, so that a scenario whose object cannot be read does not wait.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

const PART: readonly (readonly [string, Partial<VerifyOptions>])[] = [
  [
    'two threads natively, 256 at once',
    { checker: opened(threadsAtOnce({ threads: 2, concurrency: 256 })), concurrency: 256 },
  ],
  ['one thread, pure', { checker: opened(threadsAtOnce({ threads: 1, native: false })) }],
  [
    'four threads, one request each',
    { checker: opened(threadsAtOnce({ threads: 4, concurrency: 6 })), concurrency: 6 },
  ],
  ['this thread', {}],
];
const ALL = EVERY_WAY ? everyWay('s3', (options) => opened(threadsAtOnce(options))) : [];
const WAYS = EVERY_WAY ? ALL.map(({ name, options }) => [name, options] as const) : PART;
/** Scenarios that turn on what log files hold. */
const TWICE = /^(?:intact|tampered|log-(?!unlisted))/;

describe('a bucket gives the same whoever checks its log files', () => {
  test.each(inPlaces(scenarios))(
    '$name',
    async ({ name, build, place }) => {
      const run = async (
        way: string,
        options: Partial<VerifyOptions>,
      ): Promise<{ result: unknown; together: number; agreeing: number; isWhole: boolean }> => {
        const scenario = build();
        const server = await aws.start({ store: scenario.store });
        const source = openS3(sessionWith(server, { maxAttempts: 2 }));
        const inventory = memoryLines();
        let together = 0;
        const report = await verifyTrail(
          {
            source: way === '' ? withoutAccess(source) : source,
            targets: scenario.targets,
            keyRing: ringOf(scenario),
            clock: fixedClock(scenario.now),
            runId: '00000000-0000-4000-8000-000000000000',
            inventory,
            ...scenario.options,
            ...options,
          },
          (event) => {
            if (event.type === 'logs') together += event.count;
          },
        );
        // How far two clocks are apart is of the moment.
        const text = JSON.stringify(report, (name, value: unknown) => (name === 'clockSkew' ? null : value));
        const noted = report.findings.filter(({ code }) => code === 'LOG_STORED_INFLATED').length;
        return {
          result: [text.replaceAll(new URL(server.url).host, 'server'), inventory.text()],
          together,
          agreeing: report.totals.logs.valid - noted,
          isWhole: !report.findings.some(({ code }) => code === 'RUN_INTERRUPTED'),
        };
      };
      const usual = await run('', {});
      expect(usual.together).toBe(0);
      const further = EVERY_WAY || TWICE.test(name) ? waysOf(WAYS.slice(1), place) : [];
      const ways = [...WAYS.slice(0, 1), ...further];
      for (const [way, options] of ways) {
        const { result, together, agreeing, isWhole } = await run(way, options);
        expect({ way, result }).toEqual({ way, result: usual.result });
        // One request at a time is not divided.
        const inBatches = options.concurrency === 1 ? 0 : agreeing;
        if (isWhole) expect({ way, together }).toEqual({ way, together: inBatches });
      }
    },
    60_000,
  );
});
