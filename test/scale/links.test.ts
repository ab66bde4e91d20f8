/* A link in the place of a copy's folder, or a bucket that is gone, ends neither a shard nor a merge: all else is judged. */

import { appendFileSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditTrail, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { alone, merged, optionsOf, planFor, readAll, resultsIn } from '../support/shard-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LOGS = 'example-trail-logs/AWSLogs/111122223333/CloudTrail';
const DIGESTS = 'example-trail-logs/AWSLogs/111122223333/CloudTrail-Digest';

/** Two Regions of one account. */
function twoRegions(): Scenario {
  const { store, trail } = auditTrail(5);
  auditTrail(5, { store, region: 'eu-west-1', homeRegion: 'us-east-1' });
  return scenarioOf(store, trail);
}

/** A trail that moved from one bucket to another. */
function twoBuckets(): Scenario {
  const { store, trail } = auditTrail(3);
  trail.moveTo({ bucket: 'other-trail-logs' }).hours(3, { logs: 1 });
  return scenarioOf(store, trail);
}

/** A copy on disk, with options that open it as it is by then. */
function copied(scenario: Scenario): {
  readonly folder: string;
  readonly options: () => Promise<VerifyOptions>;
} {
  const folder = temporaryFolder();
  writeFolder(scenario.store, join(folder, 'copy'), { metadata: true });
  const options = async (): Promise<VerifyOptions> => {
    const source = await openFolder(join(folder, 'copy'), { layout: 'collect' });
    return { ...optionsOf(scenario, source), targets: source.targets };
  };
  return { folder, options };
}

/** Puts a link out of the copy in the place of a folder. */
function linkAway(folder: string, path: string): void {
  renameSync(join(folder, 'copy', path), join(folder, 'away'));
  symlinkSync(join(folder, 'away'), join(folder, 'copy', path));
}

/** Changes the first log file of a Region. */
function damage(folder: string, region = 'us-east-1', bucket = 'example-trail-logs'): void {
  const day = join(folder, 'copy', `${bucket}/AWSLogs/111122223333/CloudTrail/${region}/2026/10/05`);
  const [first = ''] = readdirSync(day).sort();
  appendFileSync(join(day, first), 'x');
}

const LEVELS = ['', '/2026', '/2026/10', '/2026/10/05'];
const PLACES = LEVELS.flatMap((level) => [`${LOGS}/eu-west-1${level}`, `${DIGESTS}/eu-west-1${level}`]);

describe.each(['before the shards are read', 'after that'])('what changes %s', (when) => {
  test.each(PLACES)('and is a link in the place of %s leaves the report of one machine', async (path) => {
    const { folder, options } = copied(twoRegions());
    const plan = await planFor(await options(), 2);
    const early = when === 'after that' ? await readAll(plan, await options()) : undefined;
    linkAway(folder, path);
    damage(folder);
    const files = early ?? (await readAll(plan, await options()));
    const one = await alone(await options());
    const { report } = await merged(plan, resultsIn(files), await options());
    expect(one.report.verdict).toBe('INVALID');
    expect(report.verdict).toBe('INVALID');
    // A chain of which nothing is listed any more is named for its shards as well.
    const others = report.findings.filter(({ code }) => code !== 'SHARD_UNPROVEN');
    expect(others).toEqual(one.report.findings);
  });

  test.each([
    ['example-trail-logs', 'other-trail-logs'],
    ['other-trail-logs', 'example-trail-logs'],
  ])('and is the bucket %s that is gone', async (gone, kept) => {
    const { folder, options } = copied(twoBuckets());
    const plan = await planFor(await options(), 2);
    const early = when === 'after that' ? await readAll(plan, await options()) : undefined;
    renameSync(join(folder, 'copy', gone), join(folder, 'away'));
    damage(folder, 'us-east-1', kept);
    const files = early ?? (await readAll(plan, await options()));
    const one = await alone(await options());
    const { report } = await merged(plan, resultsIn(files), await options());
    expect(one.report.verdict).toBe('INVALID');
    expect(report.findings.filter(({ code }) => code !== 'SHARD_UNPROVEN')).toEqual(one.report.findings);
  });
});

test('a shard whose every bucket is gone is no empty result', async () => {
  const { folder, options } = copied(twoBuckets());
  const plan = await planFor(await options(), 1);
  renameSync(join(folder, 'copy', 'other-trail-logs'), join(folder, 'away'));
  const there = await options();
  renameSync(join(folder, 'copy', 'example-trail-logs'), join(folder, 'too'));
  const nowhere = { ...there, source: { ...there.source, list: (await emptied(folder)).list } };
  await expect(readAll(plan, nowhere)).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
});

/** A copy of another bucket alone. */
async function emptied(folder: string): Promise<VerifyOptions['source']> {
  const { store } = auditTrail(1, { bucket: 'third-trail-logs' });
  writeFolder(store, join(folder, 'third'), { metadata: true });
  return openFolder(join(folder, 'third'), { layout: 'collect' });
}
