import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../fixtures/scenario.ts';
import { loadScenarios } from '../fixtures/scenarios.ts';
import { fixedClock } from '../src/base/clock.ts';
import { collect } from '../src/copy/collect.ts';
import { planCopy } from '../src/copy/plan.ts';
import { openFolder } from '../src/source/folder/folder-source.ts';
import type { Source } from '../src/source/source.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { memorySource } from './support/memory-source.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Where the two differ, and never so that the copy is VALID and the bucket is not. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'digest-unreadable': 'what a copy lacks is missing',
  'log-unreadable': 'what a copy lacks is missing',
  'lake-sign-file-unreadable': 'what a copy lacks is missing',
  'lake-result-unreadable': 'what a copy lacks is missing',
  'discovery-incomplete': 'nothing is copied where not every folder was looked into',
  'search-ended': 'nothing is copied where not every folder was looked into',
  'trail-moved': 'the bucket where the trail was before is not copied',
  'log-redelivered-at-edge': 'the digest that names the log file lies days after the window',
};

function verdictOf({ targets, now, options }: Scenario, keyRing: ReturnType<typeof ringOf>, source: Source) {
  const settings = { source, targets, keyRing, clock: fixedClock(now), runId: 'test' };
  return verifyTrail({ ...settings, ...options }).then(({ verdict }) => verdict);
}

describe('a copy that was collected for the window of a run has the verdict of the bucket', async () => {
  const scenarios = (await loadScenarios()).filter(
    ({ name, build }) => DIFFERENT[name] === undefined && build().options.state === undefined,
  );
  test.each(scenarios)('$name', async ({ build }) => {
    const scenario = build();
    const { targets, now, options } = scenario;
    const source = memorySource(scenario.store);
    const folder = join(temporaryFolder(), 'copy');
    const window = {
      ...(options.from === undefined ? {} : { from: options.from }),
      ...(options.to === undefined ? {} : { to: options.to }),
    };
    const plan = planCopy({ source, targets, clock: fixedClock(now), ...window });
    await collect({ source, folder, plan, ...window });
    const ofBucket = await verdictOf(scenario, ringOf(scenario), source);
    expect(await verdictOf(scenario, ringOf(scenario), await openFolder(folder))).toBe(ofBucket);
  });
});
