/** A Region whose digests were all deleted must not pass because something else lies where they were. */
import { describe, expect, test } from 'vitest';
import { auditTrail } from '../../fixtures/scenario.ts';
import { HOUR } from '../../src/base/clock.ts';
import { deleteFolder, deleteObject, plantObject } from '../support/damage.ts';
import { backfillChain } from './chain-actions.ts';
import { codesOf, run } from './run.ts';

const BUCKET = 'example-trail-logs';
const FOLDER = 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/';

describe('a wiped Region is absent, though there is', () => {
  test.each([
    ['nothing', undefined],
    ['the zero-byte marker of a folder', FOLDER],
    ['an object behind all days', `${FOLDER}notes.txt`],
    ['an object of a day that is no digest', `${FOLDER}2026/10/05/notes.txt`],
  ])('%s', async (_, planted) => {
    const { store, trail } = auditTrail(5);
    auditTrail(5, { store, region: 'eu-west-1', homeRegion: 'us-east-1' });
    deleteFolder(store, BUCKET, FOLDER);
    if (planted !== undefined)
      plantObject(store, { bucket: BUCKET, key: planted }, new Uint8Array(), trail.end);
    const { report } = await run(store, trail.end + HOUR);
    expect([report.verdict, codesOf(report).CHAIN_ABSENT]).toEqual(['INCONCLUSIVE', 1]);
  });

  test('a backfill chain', async () => {
    const { store, now } = backfillChain(['gap', 'link']);
    const [bucket = ''] = store.bucketNames();
    const hourly = store.keys(bucket).filter((key) => /Digest_.*\dZ\.json\.gz$/.test(key));
    for (const key of hourly) deleteObject(store, { bucket, key });
    const { report } = await run(store, now);
    expect([report.verdict, codesOf(report).CHAIN_ABSENT]).toEqual(['INCONCLUSIVE', 1]);
  });
});
