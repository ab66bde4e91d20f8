/** Exports of runs that end early, at every log file: what was read until then, of the very report that says so. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { checkExport } from '../../src/events/check-export.ts';
import { openEventsExport, writeDocuments } from '../../src/events/export-events.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { stoppingSource } from '../support/stopping-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { store, trail } = auditTrail(5);
flipContentBit(store, trail.logAt(2));
deleteObject(store, trail.logAt(3));
deleteObject(store, trail.digestAt(5));
const scenario = scenarioOf(store, trail);

/** Ends the export of a run at its nth question; how many it asked, and the log files in the export. */
async function exportUntil(at: number): Promise<{ readonly asked: number; readonly logFiles: number }> {
  const folder = temporaryFolder();
  const events = await openEventsExport(folder);
  const stop = new AbortController();
  const stopping = stoppingSource(memorySource(store), { at, end: () => stop.abort() });
  const report = await verifyTrail({
    source: stopping.source,
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    signal: stop.signal,
    concurrency: 1,
    onLog: events.take,
  });
  expect(inconsistenciesOf(report)).toEqual([]);
  const text = renderJson(report);
  const document = await events.finish(report, sha256(Buffer.from(text)));
  await writeDocuments(folder, [text], document);
  const check = await checkExport({ folder, trust: [], now: Date.now() });
  expect(check.problems.filter(({ weight }) => weight === 'violation')).toEqual([]);
  expect(sha256(readFileSync(path.join(folder, 'report.json')))).toBe(document.report.sha256);
  expect(document.logFiles).toBe(report.totals.logs.valid);
  return { asked: stopping.asked(), logFiles: document.logFiles };
}

test('an export that ends early has the log files that its report counts', { timeout: 120_000 }, async () => {
  const whole = await exportUntil(0);
  const counts = new Set<number>();
  for (let at = 1; at <= whole.asked; at += 1) counts.add((await exportUntil(at)).logFiles);
  expect(counts.size).toBeGreaterThan(3);
  expect(Math.max(...counts)).toBe(whole.logFiles);
});
