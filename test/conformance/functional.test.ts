/** aws-cli's functional tests of `cloudtrail validate-logs`: what comes out of a whole run, and its exit code. */
import { describe, expect, test } from 'vitest';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import { exitCodeOf } from '../../src/cli/io/exit.ts';
import { UsageError } from '../../src/cli/options/common.ts';
import type { Report } from '../../src/report/report.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import {
  appendBytes,
  copyOver,
  deleteObject,
  editContent,
  flipContentBit,
  resignDigest,
  stripMetadata,
} from '../support/damage.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import { FOREIGN_KEY, fileRing } from '../support/test-keys.ts';
import { verifySettings } from '../support/verify-settings.ts';
import { type Action, backfillChain, type MadeChain, standardChain } from './chain-actions.ts';
import { codesOf, run } from './run.ts';

const FOUR: readonly Action[] = ['gap', 'link', 'link', 'link'];

async function verify(chain: MadeChain, options: Partial<VerifyOptions> = {}) {
  const { report, events } = await run(chain.store, chain.now, options);
  return { report, events, exit: exitCodeOf(report.verdict, 'inconclusive') };
}

function at(digests: readonly DeliveredDigest[], index: number): DeliveredDigest {
  const found = digests.at(index);
  if (found === undefined) throw new Error(`no digest ${index}`);
  return found;
}

function chainOf({ chains }: Report, kind: 'standard' | 'backfill') {
  return chains.find((chain) => chain.kind === kind);
}

describe('nothing wrong', () => {
  test('verbose_output_shows_happy_case, validates_valid_log_files', async () => {
    const { report, exit } = await verify(backfillChain(FOUR));
    expect(exit).toBe(0);
    expect(report.findings).toEqual([]);
    expect(chainOf(report, 'standard')).toMatchObject({ digests: { valid: 5 }, logs: { valid: 4 } });
    expect(chainOf(report, 'backfill')).toMatchObject({ digests: { valid: 4 }, logs: { valid: 4 } });
    expect(report.totals.logs).toMatchObject({ listed: 8, valid: 8 });
  });

  test('verbose_output_shows_valid_digests: an event for each', async () => {
    const chain = standardChain(FOUR);
    const { events } = await verify(chain);
    const valid = events.filter((event) => event.type === 'digest' && event.outcome === 'valid');
    expect(valid).toHaveLength(4);
    expect(valid[0]).toMatchObject({ object: { key: at(chain.digests, -1).key }, provenBy: 'own-signature' });
  });

  test('shows_successful_summary', async () => {
    const chain = standardChain(FOUR);
    const from = at(chain.digests, 1).startTime;
    const { report } = await verify(chain, { from });
    expect(report.window.requested).toEqual({ from: isoTime(from), to: isoTime(chain.now) });
    expect(report.window.covered).toEqual([
      { from: isoTime(from), to: isoTime(at(chain.digests, -1).endTime) },
    ]);
    expect(report.window.verifiedThrough).toBe(isoTime(at(chain.digests, -1).endTime));
  });

  test('validates_standard_digests_only', async () => {
    const { report, exit } = await verify(standardChain(FOUR));
    expect([exit, report.chains.map(({ kind }) => kind)]).toEqual([0, ['standard']]);
  });

  test('validates_backfill_digests_only: differs, for they cover no time, and hourly digests must be there beside them', async () => {
    const chain = backfillChain(['gap', 'link']);
    const [bucket = ''] = chain.store.bucketNames();
    const hourly = chain.store.keys(bucket).filter((key) => /Digest_.*\dZ\.json\.gz$/.test(key));
    for (const key of hourly) deleteObject(chain.store, { bucket, key });
    const { report, exit } = await verify(chain);
    expect([exit, codesOf(report)]).toEqual([3, { CHAIN_ABSENT: 1, NOTHING_VERIFIED: 1 }]);
    expect(report.totals.digests).toMatchObject({ valid: 2, invalid: 0 });
    expect(report.window.covered).toEqual([]);
  });

  test('validates_mixed_digests_backfill_smaller_period', async () => {
    const chain = backfillChain(['gap'], 4);
    const { report, exit } = await verify(chain);
    expect([exit, report.totals.digests.valid]).toEqual([0, 6]);
    expect(report.window.covered).toEqual([{ from: '2026-10-05T09:12:37Z', to: '2026-10-05T13:12:37Z' }]);
  });

  test('validates_mixed_digests_standard_smaller_period: differs, for only hourly digests cover time', async () => {
    const chain = backfillChain(FOUR);
    const [bucket = ''] = chain.store.bucketNames();
    const early = chain.store
      .keys(bucket)
      .filter((key) => /Digest_.*T(?:09|10|11)1237Z\.json\.gz$/.test(key));
    for (const key of early) deleteObject(chain.store, { bucket, key });
    const { report, exit } = await verify(chain, { from: Date.parse('2026-10-05T09:12:37Z') });
    expect(early).toHaveLength(3);
    expect([exit, chainOf(report, 'backfill')?.digests.valid]).toEqual([1, 4]);
    expect(report.window.covered).toEqual([{ from: '2026-10-05T11:12:37Z', to: '2026-10-05T13:12:37Z' }]);
  });

  test('follows_trails_when_bucket_changes', async () => {
    const chain = standardChain(['gap', 'link', 'bucket_change', 'link', 'bucket_change', 'link']);
    const newest = at(chain.digests, -1).bucket;
    const { report, exit } = await verify(chain, { targets: [{ bucket: newest, prefix: '' }] });
    expect(new Set(chain.digests.map(({ bucket }) => bucket)).size).toBe(3);
    expect([exit, report.totals.digests.valid, report.totals.logs.valid]).toEqual([0, 6, 5]);
  });
});

describe('digests', () => {
  test.each([
    ['standard', standardChain],
    ['backfill', backfillChain],
  ] as const)('warns_when_digest_deleted: %s', async (kind, make) => {
    const { report, exit } = await verify(make(['gap', 'link', 'missing', 'link']));
    expect(exit).toBe(1);
    expect(chainOf(report, kind)?.digests).toMatchObject({ valid: 3, missing: 1 });
    expect(codesOf(report).DIGEST_MISSING).toBe(1);
  });

  test('warns_when_digest_deleted: an older one is still proven', async () => {
    const { report } = await verify(standardChain(['gap', 'link', 'link', 'missing', 'missing', 'link']));
    expect(report.totals.digests).toMatchObject({ valid: 4, missing: 2 });
  });

  test.each([
    ['standard', standardChain],
    ['backfill', backfillChain],
  ] as const)('warns_when_digest_invalid: %s', async (kind, make) => {
    const { report, exit } = await verify(make(['gap', 'link', 'invalid', 'link']));
    expect(exit).toBe(1);
    expect(chainOf(report, kind)?.digests).toMatchObject({ valid: 3, invalid: 1 });
  });

  test('warns_when_no_digests_in_gap: differs, exit 3 and not 0', async () => {
    const { report, exit } = await verify(standardChain(['gap', 'link', 'gap', 'link']));
    expect([exit, codesOf(report)]).toEqual([3, { CHAIN_RESTARTED: 1 }]);
  });

  test('warns_when_no_digests_after_start_date: differs, exit 3 and not 0', async () => {
    const chain = standardChain(FOUR);
    const from = at(chain.digests, -1).endTime + 5 * HOUR;
    const { report, exit } = await verify({ ...chain, now: from + 10 * HOUR }, { from });
    expect([exit, codesOf(report)]).toEqual([3, { CHAIN_ENDS_EARLY: 1, NOTHING_VERIFIED: 1 }]);
  });

  test('warns_when_no_digests_found_in_range: differs, exit 3 and not 0', async () => {
    const chain = standardChain(FOUR);
    for (const digest of chain.digests) deleteObject(chain.store, digest);
    const { report, exit } = await verify(chain);
    expect(exit).toBe(3);
    expect(codesOf(report)).toMatchObject({ CHAIN_ABSENT: 1, NOTHING_VERIFIED: 1 });
  });

  test('warns_when_no_valid_digests_found_in_range', async () => {
    const chain = standardChain(['gap', 'invalid']);
    const { report, exit } = await verify(chain, { from: at(chain.digests, 1).startTime });
    expect([exit, report.totals.digests.valid, codesOf(report).NOTHING_VERIFIED]).toEqual([1, 0, 1]);
  });

  test('fails_when_digest_not_from_same_location_as_json_contents', async () => {
    const chain = standardChain(FOUR);
    copyOver(chain.store, at(chain.digests, 1), at(chain.digests, 3));
    const { report, exit } = await verify(chain);
    expect([exit, codesOf(report)]).toEqual([1, { DIGEST_MOVED: 1 }]);
  });

  test.each([
    'digestPublicKeyFingerprint',
    'digestS3Bucket',
    'digestS3Object',
    'previousDigestSignature',
    'digestEndTime',
    'digestStartTime',
  ])('fails_when_digest_is_missing_keys_before_validation: %s', async (field) => {
    const chain = standardChain(FOUR);
    resignDigest(chain.store, at(chain.digests, 3), (fields) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field)),
    );
    const { report, exit } = await verify(chain);
    expect([exit, codesOf(report)]).toEqual([1, { DIGEST_MALFORMED: 1 }]);
  });

  test('fails_when_digest_metadata_is_missing: differs, exit 3 and not 1, for nothing is contradicted', async () => {
    const chain = standardChain(FOUR);
    stripMetadata(chain.store, at(chain.digests, 3));
    const { report, exit } = await verify(chain);
    expect([exit, codesOf(report)]).toEqual([3, { DIGEST_SIGNATURE_MISSING: 1 }]);
  });

  test('fails_when_digest_public_key_not_found: differs, exit 3 and not 1, for a key file may be incomplete', async () => {
    const { report, exit } = await verify(backfillChain(['gap']), { keyRing: fileRing([FOREIGN_KEY]) });
    expect(exit).toBe(3);
    for (const kind of ['standard', 'backfill'] as const)
      expect(chainOf(report, kind)?.digests).toMatchObject({
        valid: 0,
        unproven: kind === 'standard' ? 2 : 1,
      });
  });
});

describe('log files', () => {
  test('fails_and_warns_when_log_hash_is_invalid', async () => {
    const chain = standardChain(FOUR);
    const [log] = at(chain.digests, 2).logs;
    flipContentBit(chain.store, log ?? { bucket: '', key: '' });
    const { report, exit } = await verify(chain);
    expect([exit, codesOf(report), report.totals.logs.valid]).toEqual([1, { LOG_MODIFIED: 1 }, 2]);
    expect(report.findings[0]).toMatchObject({
      object: { key: log?.key },
      evidence: { expected: log?.sha256 },
    });
  });

  test('rejects_multi_member_gzip_log_file', async () => {
    const chain = standardChain(FOUR);
    appendBytes(chain.store, at(chain.digests, 2).logs[0] ?? { bucket: '', key: '' });
    const { report, exit } = await verify(chain);
    expect([exit, codesOf(report)]).toEqual([1, { LOG_TRAILING_DATA: 1 }]);
  });

  test('fails_and_warns_when_log_is_deleted', async () => {
    const chain = standardChain(FOUR);
    const [log] = at(chain.digests, 2).logs;
    deleteObject(chain.store, log ?? { bucket: '', key: '' });
    const { report, exit } = await verify(chain);
    expect([exit, codesOf(report)]).toEqual([1, { LOG_MISSING: 1 }]);
    expect(report.findings[0]?.object.key).toBe(log?.key);
  });

  test('the log files of an invalid digest are not vouched for', async () => {
    const chain = standardChain(FOUR);
    editContent(chain.store, at(chain.digests, -1), (text) => text.replace('SHA-256', 'SHA-512'));
    const { report } = await verify(chain);
    expect(report.totals.logs.listed).toBe(2);
  });
});

test('ensures_start_time_before_end_time: differs, exit 2 and not 255', async () => {
  const backwards = ['--start-time', '2026-10-06', '--end-time', '2026-10-05'];
  await expect(verifySettings('s3://bucket-1', ...backwards)).rejects.toThrow(UsageError);
});
