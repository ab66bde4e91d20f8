/**
 * aws-cli's unit tests of its helpers for `cloudtrail validate-logs`, held against what does the same here. Each test
 * bears the name of theirs; where we differ on purpose, it says so.
 *
 * What tests their own making and has no counterpart: initializes_with_default_validator, invokes_digest_validator,
 * initializes_public_properties, initializes_args, s3_client_created_lazily, removes_cli_error_events.
 */
import { describe, expect, test } from 'vitest';
import { parseTrailArn } from '../../src/aws/trail-description.ts';
import { parseTime } from '../../src/cli/options/window.ts';
import { formatStamp, parseDigestKey, parseStamp } from '../../src/digest/digest-key.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const HEAD =
  'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2015/08/16/111122223333_CloudTrail-Digest_us-east-1';
const STANDARD = `${HEAD}_foo_us-east-1_20150816T230550Z.json.gz`;
const BACKFILL = `${HEAD}_foo_us-east-1_20150816T230550Z_backfill.json.gz`;

describe('dates', () => {
  test('formats_dates', () => {
    expect(formatStamp(Date.UTC(2015, 7, 21))).toBe('20150821T000000Z');
    expect(parseStamp('20150821T000000Z')).toBe(Date.UTC(2015, 7, 21));
  });

  test('parses_dates: differs, for only ISO 8601 is read, which means the same to everybody', () => {
    expect(parseTime('2015-08-25T00:00:00Z', '--from', NOW)).toBe(Date.UTC(2015, 7, 25));
    expect(() => parseTime('August 25, 2015 00:00:00 UTC', '--from', NOW)).toThrow('is not a time');
  });

  test('parses_dates_with_better_error_message', () => {
    expect(() => parseTime('foo', '--from', NOW)).toThrow('--from: "foo" is not a time');
  });

  test('normalizes_date_timezones: differs, for an offset is converted and not dropped', () => {
    expect(parseTime('2015-08-21T00:00:00+02:00', '--from', NOW)).toBe(Date.UTC(2015, 7, 20, 22));
    expect(parseTime('2015-08-21T00:00:00', '--from', NOW)).toBe(Date.UTC(2015, 7, 21));
  });
});

describe('ARNs', () => {
  test.each(['foo:bar:baz', 'arn:aws:cloudtrail:us-east-1:111122223333', ''])(
    'ensures_cloudtrail_arns_are_valid: %j',
    (text) => {
      expect(() => parseTrailArn(text)).toThrow(`not a trail's ARN: ${text}`);
    },
  );

  test('ensures_cloudtrail_arns_are_valid_when_missing_resource', () => {
    expect(() => parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:foo')).toThrow("not a trail's ARN");
  });

  test('allows_valid_arns', () => {
    expect(parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/foo').name).toBe('foo');
  });

  test('gets_account_id_from_arn', () => {
    expect(parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/foo').account).toBe('111122223333');
  });
});

describe('digest keys', () => {
  test.each([
    ['extracts_dates_from_digest_keys_standard', STANDARD],
    ['extracts_dates_from_digest_keys_backfill', BACKFILL],
  ])('%s', (_, key) => {
    const endTime = parseDigestKey(key)?.endTime;
    expect(endTime).toBe(Date.UTC(2015, 7, 16, 23, 5, 50));
    expect(formatStamp(endTime ?? 0)).toBe('20150816T230550Z');
  });

  test('is_backfill_digest_key_identifies_standard', () => {
    expect(parseDigestKey(STANDARD)?.kind).toBe('standard');
  });

  test('is_backfill_digest_key_identifies_backfill', () => {
    expect(parseDigestKey(BACKFILL)?.kind).toBe('backfill');
  });

  test('is_backfill_digest_key_handles_edge_cases: differs, for what CloudTrail would not write is no digest of any kind', () => {
    const names = ['_backfill.txt', '_backfill_other.json.gz', '_backfill.json', '_BACKFILL.json.gz'];
    for (const ending of names)
      expect(parseDigestKey(BACKFILL.replace('_backfill.json.gz', ending))).toBeUndefined();
    expect(parseDigestKey('file_backfill.json.gz')).toBeUndefined();
  });

  test('is_backfill_digest_key_handles_edge_cases: a trail may be named backfill', () => {
    const key = STANDARD.replace('_foo_', '_backfill_');
    expect(parseDigestKey(key)).toMatchObject({ kind: 'standard', trail: 'backfill' });
  });
});
