/** Runs over a copy that end early where threads walk its chains and check its log files, and runs with a state. */
import { afterAll, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import { openChecker } from '../../src/checking/check-threads.ts';
import type { Report } from '../../src/report/report.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { openWalker } from '../../src/walking/walk-threads.ts';
import { night } from '../state/night.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { stoppingSource } from '../support/stopping-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LIMIT = { timeout: 120_000 };
const walker = openWalker({ threads: 2, after: 0 });
const checker = openChecker({ threads: 2, after: 0 });
afterAll(() => Promise.all([walker?.close(), checker?.close()]));

/** Two Regions; of one the newest digests are deleted, another is, and a log file is changed. */
function tampered(): Scenario {
  const { store, trail } = auditTrail(12);
  auditTrail(4, { store, region: 'eu-west-1', homeRegion: 'us-east-1' });
  flipContentBit(store, trail.logAt(4));
  for (const hour of [6, 11, 12]) deleteObject(store, trail.digestAt(hour));
  return scenarioOf(store, trail, { now: trail.end + 2 * HOUR });
}

/** A report of a run that ended early agrees with itself, and finds nothing that the whole run does not. */
function expectPart(report: Report, whole: Report): void {
  expect(inconsistenciesOf(report)).toEqual([]);
  if (report.findings.every(({ code }) => code !== 'RUN_INTERRUPTED')) return;
  expect(report.verdict).not.toBe('VALID');
  const names = ({ findings }: Report) =>
    findings.map(({ code, weight, object }) => `${code} ${weight} ${object.uri}`);
  const known = ['RUN_INTERRUPTED unproven s3://example-trail-logs/', ...names(whole)];
  expect(known).toEqual(expect.arrayContaining(names(report)));
}

test.each([true, false])('threads, with log files: %s', LIMIT, async (logs) => {
  const scenario = tampered();
  const root = temporaryFolder();
  writeFolder(scenario.store, root, { metadata: true });
  const run = async (at: number): Promise<{ readonly report: Report; readonly events: number }> => {
    const stop = new AbortController();
    const source = await openFolder(root);
    let events = 0;
    const options: VerifyOptions = {
      source,
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      signal: stop.signal,
      logs,
      walker,
      checker,
    };
    const report = await verifyTrail(options, () => {
      events += 1;
      if (events === at) stop.abort();
    });
    return { report, events };
  };
  const whole = await run(0);
  for (let at = 1; at <= whole.events; at += 1) expectPart((await run(at)).report, whole.report);
});

test('a state: what a run that ended early leaves spares the next one nothing', LIMIT, async () => {
  const { store, trail } = auditTrail(8);
  const first = await night(store, trail.end + HOUR);
  trail.hours(6, { logs: 1 });
  flipContentBit(store, trail.logAt(11));
  deleteObject(store, trail.digestAt(10));
  const now = trail.end + HOUR;
  const until = async (at: number) => {
    const stop = new AbortController();
    const stopping = stoppingSource(memorySource(store), { at, end: () => stop.abort() });
    return {
      asked: stopping.asked,
      ...(await night(stopping.source, now, first.state, { signal: stop.signal })),
    };
  };
  const whole = await until(0);
  for (let at = 1; at <= whole.asked(); at += 1) {
    const part = await until(at);
    expectPart(part.report, whole.report);
    const after = await night(store, now, part.state);
    expect(after.report.verdict).toBe('INVALID');
    const codes = (report: Report) => [...new Set(report.findings.map(({ code }) => code))];
    expect(codes(after.report)).toEqual(expect.arrayContaining(['LOG_MODIFIED', 'DIGEST_MISSING']));
  }
});
