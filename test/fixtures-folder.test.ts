import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { copyFolder } from '../fixtures/committed.ts';
import { ringOf, type Scenario } from '../fixtures/scenario.ts';
import { loadScenario, loadScenarios } from '../fixtures/scenarios.ts';
import { writeFolder } from '../fixtures/write-folder.ts';
import { fixedClock } from '../src/base/clock.ts';
import type { Report } from '../src/report/report.ts';
import { openFolder } from '../src/source/folder/folder-source.ts';
import type { Source } from '../src/source/source.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { memorySource } from './support/memory-source.ts';

/**
 * What a folder cannot hold: S3's refusals to read, a bucket's lifecycle rules and its older versions; and with no digest left in it, nothing in its layout says which
 * bucket it mirrors (tested below).
 */
const ONLY_IN_S3: readonly string[] = [
  'digest-unreadable',
  'log-unreadable',
  'all-digests-deleted',
  'evidence-may-expire',
  'digest-removed',
  'digest-removed-recent',
  'lake-sign-file-unreadable',
  'lake-result-unreadable',
];
/** No digest is left that could show which bucket they are a copy of: the layout must be said. */
const WITHOUT_DIGESTS: readonly string[] = [
  'lake-key-untrusted',
  'lake-results-alone',
  'lake-results-trail-deleted',
];
/** A checkpoint remembers S3's entity tags, which a folder does not list: every day is read again there. */
const hasState = ({ build }: { readonly build: () => Scenario }): boolean =>
  build().options.state !== undefined;

const temporary = mkdtempSync(join(tmpdir(), 'trail-verify-folders-'));
afterAll(() => rmSync(temporary, { recursive: true }));

/** The report but for what tells the sources apart. */
async function reportOf(scenario: Scenario, source: Source): Promise<Omit<Report, 'source'>> {
  const { targets, now, options } = scenario;
  const settings = { source, targets, keyRing: ringOf(scenario), clock: fixedClock(now), runId: 'test' };
  const report = await verifyTrail({ ...settings, ...options });
  const { source: _source, ...rest } = report;
  return rest;
}

describe('a folder with S3 metadata beside its objects gives the same report as S3', async () => {
  const scenarios = (await loadScenarios()).filter(
    (scenario) => !ONLY_IN_S3.includes(scenario.name) && !hasState(scenario),
  );
  test.each(scenarios)('$name', async ({ name, build }) => {
    const scenario = build();
    const folder = join(temporary, name);
    writeFolder(scenario.store, folder, { metadata: true });
    const layout = WITHOUT_DIGESTS.includes(name) ? ({ layout: 'collect' } as const) : {};
    const fromFolder = await reportOf(scenario, await openFolder(folder, layout));
    expect(fromFolder).toEqual(await reportOf(scenario, memorySource(scenario.store)));
  });
});

describe('with the state of a run over S3, a folder gives the same findings, and reads every day again', async () => {
  const scenarios = (await loadScenarios()).filter(hasState);
  test.each(scenarios)('$name', async ({ name, build }) => {
    const scenario = build();
    const folder = join(temporary, name);
    writeFolder(scenario.store, folder, { metadata: true });
    const fromFolder = await reportOf(scenario, await openFolder(folder));
    const fromS3 = await reportOf(scenario, memorySource(scenario.store));
    expect(fromFolder.verdict).toBe(fromS3.verdict);
    expect(fromFolder.findings).toEqual(fromS3.findings);
    // A state that nobody known vouches for spares nothing, so there is no day to read again.
    if (fromFolder.state?.read?.trustedBy === null)
      expect(fromFolder.chains.every(({ depth }) => depth === 'full')).toBe(true);
    else expect(fromFolder.state?.days.changed).toContain('111122223333/us-east-1/2026-10-05');
  });
});

test.each(['intact', 'tampered'])('the committed copy of %s gives the same findings too', async (name) => {
  const scenario = (await loadScenario(name)).build();
  const source = await openFolder(copyFolder(name));
  expect(source.targets).toEqual(scenario.targets);
  const { findings, totals } = await reportOf(scenario, source);
  const expected = await reportOf(scenario, memorySource(scenario.store));
  expect(findings).toEqual(expected.findings);
  // Only the bytes as stored depend on the zlib that wrote the copy.
  expect({ ...totals, bytes: totals.bytes.inflated }).toEqual({
    ...expected.totals,
    bytes: expected.totals.bytes.inflated,
  });
});

test('a folder whose digests are all deleted is no pass', async () => {
  const { build, outcome } = await loadScenario('all-digests-deleted');
  const scenario = build();
  const folder = join(temporary, 'all-digests-deleted');
  writeFolder(scenario.store, folder, { metadata: true });
  const source = await openFolder(folder);
  const { verdict, findings } = await reportOf({ ...scenario, targets: source.targets }, source);
  expect(verdict).toBe(outcome.verdict);
  expect(findings.map(({ code }) => code).sort()).toEqual(Object.keys(outcome.codes).sort());
});
