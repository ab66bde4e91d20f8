import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { OpenChecker } from '../../src/checking/contract.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { renderEventLine } from '../../src/render/formats/json.ts';
import { eventByEvent } from '../../src/report/inventory.ts';
import type { Report } from '../../src/report/report.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import {
  EVERY_WAY,
  everyWay,
  inPlaces,
  threadsAtOnce,
  WITHOUT_METADATA,
  waysOf,
  withoutAccess,
} from '../support/check-paths.ts';
import { memoryLines } from '../support/memory-lines.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/*
 * Whoever checks log files, and however many at once, nothing that is found may differ from what the path that judges one
 * by one finds, by a byte.
 */

const scenarios = await loadScenarios();
const checkers: OpenChecker[] = [];
const opened = (checker: OpenChecker): OpenChecker => {
  checkers.push(checker);
  return checker;
};
afterAll(() => Promise.all(checkers.map((checker) => checker.close())));

const PART: readonly (readonly [string, Pick<VerifyOptions, 'checker' | 'concurrency'>])[] = [
  ['this thread, one at a time', { concurrency: 1 }],
  ['one thread, pure', { checker: opened(threadsAtOnce({ threads: 1, native: false })) }],
  ['two threads natively, 256 at once', { checker: opened(threadsAtOnce({ threads: 2 })), concurrency: 256 }],
];
const ALL = EVERY_WAY ? everyWay('folder', (options) => opened(threadsAtOnce(options))) : [];
const WAYS = EVERY_WAY ? ALL.map(({ name, options }) => [name, options] as const) : PART;
/** Scenarios that turn on what log files hold take every one of these ways, any other the one whose turn it is. */
const OF_LOG_FILES = /^(?:intact|tampered|log-(?!unlisted))/;

async function resultOf(
  scenario: Scenario,
  source: Source,
  options: Partial<VerifyOptions>,
): Promise<{ result: unknown; together: number; report: Report }> {
  const inventory = memoryLines();
  const logs: string[] = [];
  let together = 0;
  const onEvent = (event: TrailEvent): void => {
    if (event.type === 'logs') together += event.count;
    for (const one of eventByEvent(event)) if (one.type === 'log') logs.push(renderEventLine(one));
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
  // None is told of twice, and what agrees comes by threads where there are any.
  return { report, together, result: { report, inventory: inventory.text(), logs: logs.sort() } };
}

/** Why a log file that is valid comes from the path that judges: it is told of as well. */
const NOTED = 'LOG_STORED_INFLATED';
const copies = inPlaces(scenarios).flatMap((scenario) =>
  (EVERY_WAY || WITHOUT_METADATA.includes(scenario.name) ? [true, false] : [true]).map((metadata) => ({
    ...scenario,
    metadata,
  })),
);

describe('a copy gives the same whoever checks its log files', () => {
  test.each(copies)('$name, metadata: $metadata', async ({ name, build, place, metadata }) => {
    const scenario = build();
    const folder = temporaryFolder();
    writeFolder(scenario.store, folder, { metadata });
    const [bucket = '', ...others] = scenario.store.bucketNames();
    // Without any digest a copy does not tell by itself what its bucket is called.
    const open = (): Promise<Source> =>
      others.length > 0
        ? openFolder(folder, { layout: 'collect' })
        : openFolder(join(folder, bucket), { bucket, layout: 'sync' });
    const usual = await resultOf(scenario, withoutAccess(await open()), {});
    expect(usual.together).toBe(0);
    const { totals, findings } = usual.report;
    const noted = findings.filter(({ code }) => code === NOTED).length;
    for (const [way, options] of OF_LOG_FILES.test(name) ? WAYS : waysOf(WAYS, place)) {
      const { result, together } = await resultOf(scenario, await open(), options);
      expect({ way, result }).toEqual({ way, result: usual.result });
      if (!findings.some(({ code }) => code === 'RUN_INTERRUPTED'))
        expect({ way, together }).toEqual({ way, together: totals.logs.valid - noted });
    }
  });
});
