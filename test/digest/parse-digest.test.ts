import { describe, expect, test } from 'vitest';
import { type ParsedDigest, parseDigest } from '../../src/digest/digest.ts';

const HASH = 'a1'.repeat(32);
const KEY =
  'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/20/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20261120T150131Z.json.gz';
const LOG = { s3Bucket: 'logs', s3Object: 'AWSLogs/a.json.gz', hashValue: HASH, hashAlgorithm: 'SHA-256' };
const FIELDS = {
  awsAccountId: '111122223333',
  digestStartTime: '2026-11-20T14:01:31Z',
  digestEndTime: '2026-11-20T15:01:31Z',
  digestS3Bucket: 'logs',
  digestS3Object: KEY,
  digestPublicKeyFingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
  digestSignatureAlgorithm: 'SHA256withRSA',
  newestEventTime: '2026-11-20T14:52:27Z',
  oldestEventTime: '2026-11-20T14:00:27Z',
  previousDigestS3Bucket: 'logs',
  previousDigestS3Object: KEY.replace('T15', 'T14'),
  previousDigestHashValue: 'B2'.repeat(32),
  previousDigestHashAlgorithm: 'SHA-256',
  previousDigestSignature: 'C3d4',
  logFiles: [{ ...LOG, newestEventTime: '2026-11-20T14:52:27Z', oldestEventTime: '2026-11-20T14:00:27Z' }],
};
const STARTING = {
  ...FIELDS,
  newestEventTime: null,
  oldestEventTime: null,
  previousDigestS3Bucket: null,
  previousDigestS3Object: null,
  previousDigestHashValue: null,
  previousDigestHashAlgorithm: null,
  previousDigestSignature: null,
  logFiles: [],
};

function parse(fields: object): ParsedDigest {
  return parseDigest(Buffer.from(JSON.stringify(fields)));
}

function problemsOf(parsed: ParsedDigest): readonly string[] {
  return parsed.digest === undefined ? parsed.problems : [];
}

describe('a well-formed digest', () => {
  test('is read field by field', () => {
    expect(parse(FIELDS)).toEqual({
      digest: {
        account: '111122223333',
        startTime: Date.UTC(2026, 10, 20, 14, 1, 31),
        endTime: Date.UTC(2026, 10, 20, 15, 1, 31),
        endTimeText: '2026-11-20T15:01:31Z',
        location: { bucket: 'logs', key: KEY },
        fingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
        previous: {
          bucket: 'logs',
          key: KEY.replace('T15', 'T14'),
          sha256: 'b2'.repeat(32),
          signature: 'C3d4',
        },
        logFiles: [{ bucket: 'logs', key: 'AWSLogs/a.json.gz', sha256: HASH }],
        repeatedLogFiles: [],
      },
    });
  });

  test('may be a starting digest, empty', () => {
    expect(parse(STARTING).digest).toMatchObject({ previous: undefined, logFiles: [] });
  });

  test('may leave out the event times, have fractions of seconds and fields of a later day', () => {
    const { newestEventTime, oldestEventTime, ...rest } = FIELDS;
    const parsed = parse({ ...rest, digestEndTime: '2026-11-20T15:01:31.250Z', digestShape: { new: [1] } });
    expect(parsed.digest).toMatchObject({
      endTime: Date.UTC(2026, 10, 20, 15, 1, 31, 250),
      endTimeText: '2026-11-20T15:01:31.250Z',
    });
  });

  test('may stand at a key that is no digest key: another check tells', () => {
    expect(parse({ ...FIELDS, digestS3Object: 'anywhere' }).digest?.location.key).toBe('anywhere');
  });

  test('may have a window of no length', () => {
    expect(parse({ ...FIELDS, digestStartTime: FIELDS.digestEndTime }).digest).toBeDefined();
  });

  test('names each log file once, repeated ones apart', () => {
    const upper = { ...LOG, hashValue: HASH.toUpperCase() };
    const elsewhere = { ...LOG, s3Bucket: 'other' };
    expect(parse({ ...FIELDS, logFiles: [LOG, upper, elsewhere, LOG] }).digest).toMatchObject({
      logFiles: [
        { bucket: 'logs', key: LOG.s3Object, sha256: HASH },
        { bucket: 'other', key: LOG.s3Object, sha256: HASH },
      ],
      repeatedLogFiles: [
        { bucket: 'logs', key: LOG.s3Object },
        { bucket: 'logs', key: LOG.s3Object },
      ],
    });
  });
});

describe('what is no digest at all', () => {
  const invalidUtf8 = Buffer.from(JSON.stringify(FIELDS).replace('audit', '\u00e9'), 'latin1');
  test.each([
    ['nothing', Buffer.alloc(0), 'is not JSON in UTF-8'],
    ['half of it', Buffer.from(JSON.stringify(FIELDS).slice(0, -1)), 'is not JSON in UTF-8'],
    ['something behind it', Buffer.from(`${JSON.stringify(FIELDS)}{}`), 'is not JSON in UTF-8'],
    ['a byte order mark before it', Buffer.from(`\ufeff${JSON.stringify(FIELDS)}`), 'is not JSON in UTF-8'],
    ['bytes that are not UTF-8', invalidUtf8, 'is not JSON in UTF-8'],
    ['null', Buffer.from('null'), 'is not a JSON object'],
    ['an array', Buffer.from(`[${JSON.stringify(FIELDS)}]`), 'is not a JSON object'],
    ['a string', Buffer.from('"digest"'), 'is not a JSON object'],
  ])('%s', (_, bytes, problem) => {
    expect(parseDigest(bytes)).toEqual({ digest: undefined, problems: [problem] });
  });

  test('a field that occurs twice, at whatever depth, with its name cut short', () => {
    const text = JSON.stringify(FIELDS);
    const twice = text.replace('"hashValue"', '"hash\\u0056alue":"x","hashValue"');
    expect(problemsOf(parseDigest(Buffer.from(twice)))).toEqual(['field "hashValue" occurs twice']);
    const long = JSON.stringify('x'.repeat(1000));
    const parsed = parseDigest(Buffer.from(`{${long}:1,${long}:1}`));
    expect(problemsOf(parsed)).toEqual([`field "${'x'.repeat(60)}" occurs twice`]);
  });

  const heavy = 'holds more values than a digest of its size';
  test.each([
    ['a hundred thousand brackets', `{"logFiles":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['brackets without an end', '['.repeat(100_000)],
    ['empty log files', JSON.stringify({ ...FIELDS, logFiles: Array.from({ length: 40_000 }, () => ({})) })],
    ['nothing but numbers', JSON.stringify({ ...FIELDS, x: Array.from({ length: 40_000 }, () => 1) })],
  ])('%s: what would fill the memory is not parsed', (_, text) => {
    expect(problemsOf(parseDigest(Buffer.from(text)))).toEqual([heavy]);
  });

  test('but as many log files as an hour has, each described as briefly as can be, are', () => {
    const name = '111122223333_CloudTrail_us-east-1_20261005T0915Z_aaaaaaaaaaaaaaaa.json.gz';
    const logFiles = Array.from({ length: 20_000 }, (_, index) => ({
      s3Bucket: 'abc',
      s3Object: `AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/05/${index}${name}`,
      hashValue: HASH,
      hashAlgorithm: 'SHA-256',
    }));
    expect(parse({ ...FIELDS, logFiles }).digest?.logFiles).toHaveLength(20_000);
  });

  test('brackets and commas within strings weigh nothing', () => {
    const digestNote = '{[,"\\'.repeat(100_000);
    expect(parse({ ...FIELDS, digestNote }).digest).toBeDefined();
  });
});

describe('a field that is missing or wrong is named', () => {
  const required = Object.keys(FIELDS).filter((field) => !field.endsWith('EventTime'));
  test.each(required)('%s missing, null, or of another type', (field) => {
    const problem = `field ${field} is missing or wrong`;
    const { [field]: _, ...without } = FIELDS as Record<string, unknown>;
    expect(problemsOf(parse(without))).toEqual([problem]);
    for (const value of [null, 7, true, {}, [7]])
      expect(problemsOf(parse({ ...FIELDS, [field]: value }))[0]).toContain(`field ${field}`);
  });

  test.each<[string, unknown]>([
    ['awsAccountId', '11112222333'],
    ['awsAccountId', ' 111122223333'],
    ['digestStartTime', '2026-11-20 14:01:31'],
    ['digestStartTime', '2026-11-20T14:01:31+01:00'],
    ['digestEndTime', '2026-13-20T15:01:31Z'],
    ['digestEndTime', '2026-11-20T15:01:31.1234567890Z'],
    ['digestS3Bucket', ''],
    ['digestS3Bucket', 'a/b'],
    ['digestS3Bucket', 'b'.repeat(256)],
    ['digestS3Object', ''],
    ['digestS3Object', 'k'.repeat(1025)],
    ['digestPublicKeyFingerprint', '31E8B5433410DFB61A9DC45CC65B22FF'],
    ['digestPublicKeyFingerprint', '31e8'],
    ['digestSignatureAlgorithm', 'SHA1withRSA'],
    ['newestEventTime', 'yesterday'],
    ['oldestEventTime', 7],
    ['previousDigestS3Bucket', ''],
    ['previousDigestS3Object', ''],
    ['previousDigestHashValue', 'ab'],
    ['previousDigestHashAlgorithm', 'MD5'],
    ['previousDigestSignature', 'abc'],
    ['previousDigestSignature', ''],
    ['previousDigestSignature', 'ab'.repeat(1025)],
    ['previousDigestSignature', 'null'],
    ['logFiles', 'none'],
    ['logFiles', { 0: LOG }],
  ])('%s: %j', (field, value) => {
    expect(problemsOf(parse({ ...FIELDS, [field]: value }))).toEqual([`field ${field} is missing or wrong`]);
  });

  test('a starting digest keeps none of the five fields of its predecessor', () => {
    expect(problemsOf(parse({ ...STARTING, previousDigestSignature: 'abcd' }))).toEqual([
      'field previousDigestS3Bucket is missing or wrong',
      'field previousDigestS3Object is missing or wrong',
      'field previousDigestHashValue is missing or wrong',
      'field previousDigestHashAlgorithm is missing or wrong',
    ]);
  });

  test.each<[string, unknown, string]>([
    ['null', null, ''],
    ['a string', 'a.json.gz', ''],
    ['an array', [LOG], ''],
    ['no bucket', { ...LOG, s3Bucket: undefined }, '.s3Bucket'],
    ['a bucket with a slash', { ...LOG, s3Bucket: 'a/b' }, '.s3Bucket'],
    ['no key', { ...LOG, s3Object: 3 }, '.s3Object'],
    ['an empty key', { ...LOG, s3Object: '' }, '.s3Object'],
    ['no hash', { ...LOG, hashValue: null }, '.hashValue'],
    ['a short hash', { ...LOG, hashValue: 'a1' }, '.hashValue'],
    ['another algorithm', { ...LOG, hashAlgorithm: 'MD5' }, '.hashAlgorithm'],
    ['no algorithm', { ...LOG, hashAlgorithm: undefined }, '.hashAlgorithm'],
    ['another hash for a file named before', { ...LOG, hashValue: 'b2'.repeat(32) }, '.hashValue'],
  ])('in a log file entry: %s', (_, entry, field) => {
    expect(problemsOf(parse({ ...FIELDS, logFiles: [LOG, entry] }))).toEqual([
      `field logFiles[1]${field} is missing or wrong`,
    ]);
  });

  test('a property that every JavaScript object has is none of the digest', () => {
    const text = '{"__proto__":{"awsAccountId":"111122223333"},"constructor":1}';
    expect(problemsOf(parseDigest(Buffer.from(text)))[0]).toBe('field awsAccountId is missing or wrong');
  });

  test('twenty problems at most', () => {
    const entries = Array.from({ length: 5000 }, () => null);
    expect(problemsOf(parse({ ...FIELDS, logFiles: entries }))).toHaveLength(20);
  });
});

describe('fields that contradict each other', () => {
  test('a window that ends before it begins', () => {
    expect(problemsOf(parse({ ...FIELDS, digestStartTime: '2026-11-20T15:01:32Z' }))).toEqual([
      'digestStartTime is after digestEndTime',
    ]);
  });

  test('an account that is not the one of the key', () => {
    expect(problemsOf(parse({ ...FIELDS, awsAccountId: '444455556666' }))).toEqual([
      'awsAccountId is not the account of digestS3Object',
    ]);
  });
});
