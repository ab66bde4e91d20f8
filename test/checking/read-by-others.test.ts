import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { Checker } from '../../src/checking/contract.ts';
import type { Report } from '../../src/report/report.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import type { Source } from '../../src/source/source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { inPlaces, threadsAtOnce, waysOf, withoutAccess } from '../support/check-paths.ts';
import { memorySource } from '../support/memory-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const scenarios = await loadScenarios();

function verify(scenario: Scenario, source: Source, checker?: Checker): Promise<Report> {
  return verifyTrail({
    source,
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    runId: 'one',
    ...scenario.options,
    ...(checker === undefined ? {} : { checker }),
  });
}

/** The same source, whose bytes are the reader's: they may be given to another thread. */
function handingOver(source: Source): Source {
  const open: Source['open'] = async (ref, options) => {
    const stored = await source.open(ref, options);
    return { ...stored, bytes: new Uint8Array(stored.bytes) };
  };
  return { ...source, open, handsOver: true };
}

const checkers = [true, false].map((native) => threadsAtOnce({ threads: 2, native }));
afterAll(() => Promise.all(checkers.map((checker) => checker.close())));

/** Where the run itself reads log files, because nobody else can, threads only hash what it has read. */
describe('threads that hash what others have read give the same', () => {
  test.each(inPlaces(scenarios))('$name', async ({ build, place }) => {
    const scenario = build();
    const source = memorySource(scenario.store);
    const report = await verify(scenario, source);
    // Natively, and in pure Node.
    for (const checker of waysOf(checkers, place)) {
      expect(await verify(scenario, source, checker)).toEqual(report);
      expect(await verify(scenario, handingOver(source), checker)).toEqual(report);
    }
    const folder = temporaryFolder();
    writeFolder(scenario.store, folder, { metadata: true });
    const [bucket = '', ...others] = scenario.store.bucketNames();
    // Without any digest a copy does not tell by itself what its bucket is called.
    const copy =
      others.length > 0 ? await openFolder(folder) : await openFolder(join(folder, bucket), { bucket });
    const ofCopy = await verify(scenario, copy);
    for (const checker of waysOf(checkers, place + 1))
      expect(await verify(scenario, withoutAccess(copy), checker)).toEqual(ofCopy);
  });
});
