import { describe, expect, test } from 'vitest';
import { parseSignFile, type SignFile, signedHashes } from '../../src/lake/sign-file.ts';
import { testKey } from '../support/test-keys.ts';
import { type SignFields, signedFields } from '../support/test-lake.ts';

const FIELDS = signedFields({
  hashes: ['a1'.repeat(32), 'b2'.repeat(32)],
  names: ['result_1.csv.gz', 'result_2.csv.gz'],
  region: 'us-east-1',
  completed: '2026-10-05T10:06:30Z',
  key: testKey('us-east-1-2026-10-02'),
});

function parse(changes: object): ReturnType<typeof parseSignFile> {
  return parseSignFile(Buffer.from(JSON.stringify({ ...FIELDS, ...changes })));
}

function problemsOf(changes: object): readonly string[] {
  const parsed = parse(changes);
  return parsed.signFile === undefined ? parsed.problems : [];
}

function soundOf(changes: object): SignFile {
  const { signFile } = parse(changes);
  if (signFile === undefined) throw new Error('it is malformed');
  return signFile;
}

test('a sign file as CloudTrail writes it, with fields that are new', () => {
  expect(soundOf({ queryId: 'x' })).toEqual({
    region: 'us-east-1',
    completed: Date.parse('2026-10-05T10:06:30Z'),
    files: [
      { name: 'result_1.csv.gz', sha256: 'a1'.repeat(32) },
      { name: 'result_2.csv.gz', sha256: 'b2'.repeat(32) },
    ],
    signature: FIELDS.hashSignature,
    fingerprint: FIELDS.publicKeyFingerprint,
  });
  expect(signedHashes(soundOf({}).files)).toBe(`${'a1'.repeat(32)} ${'b2'.repeat(32)}`);
});

test.each(['2026-10-05T10:06:30.123Z', '2026-10-05T10:06:30.123456789Z', '2026-10-05T10:06:30+00:00'])(
  'the time %s',
  (queryCompleteTime) => {
    expect(Math.floor(soundOf({ queryCompleteTime }).completed / 1000)).toBe(
      Date.parse('2026-10-05T10:06:30Z') / 1000,
    );
  },
);

test('signature and fingerprint in capitals are those in small letters', () => {
  const { signature, fingerprint } = soundOf({
    hashSignature: FIELDS.hashSignature.toUpperCase(),
    publicKeyFingerprint: FIELDS.publicKeyFingerprint.toUpperCase(),
  });
  expect({ signature, fingerprint }).toEqual({
    signature: FIELDS.hashSignature,
    fingerprint: FIELDS.publicKeyFingerprint,
  });
});

describe('what CloudTrail does not write', () => {
  test.each([
    [{ version: '1.1' }, 'version is not what CloudTrail writes'],
    [{ version: undefined }, 'version is missing'],
    [{ version: 1 }, 'version is not what CloudTrail writes'],
    [{ hashAlgorithm: 'SHA-1' }, 'hashAlgorithm is not what CloudTrail writes'],
    [{ signatureAlgorithm: 'SHA1withRSA' }, 'signatureAlgorithm is not what CloudTrail writes'],
    [{ region: 'US EAST' }, 'region is not what CloudTrail writes'],
    [{ region: '' }, 'region is not what CloudTrail writes'],
    [{ queryCompleteTime: '2026-02-31T10:06:30Z' }, 'queryCompleteTime is not what CloudTrail writes'],
    [{ queryCompleteTime: '2026-99-31T10:06:30Z' }, 'queryCompleteTime is not what CloudTrail writes'],
    [{ queryCompleteTime: 'yesterday' }, 'queryCompleteTime is not what CloudTrail writes'],
    [{ hashSignature: '' }, 'hashSignature is not what CloudTrail writes'],
    [{ hashSignature: 'abc' }, 'hashSignature is not what CloudTrail writes'],
    [{ publicKeyFingerprint: 'ab' }, 'publicKeyFingerprint is not what CloudTrail writes'],
    [{ files: undefined }, 'files is missing'],
    [{ files: [] }, 'files is no list of files'],
    [{ files: {} }, 'files is no list of files'],
    [{ files: Array.from({ length: 30_001 }, () => 1) }, 'files lists more than 30000'],
  ])('%j', (changes, problem) => {
    expect(problemsOf(changes)).toEqual([problem]);
  });

  const [first] = FIELDS.files;
  const files = (...changes: readonly Partial<SignFields['files'][number]>[]) => ({
    files: changes.map((change) => ({ ...first, ...change })),
  });
  test.each([
    ['../result_1.csv.gz', 'leads out of its folder'],
    ['sub/result_1.csv.gz', 'leads out of its folder'],
    ['.', 'leads out of its folder'],
    ['..', 'leads out of its folder'],
    ['', 'is missing'],
    ['x'.repeat(256), 'is longer than any'],
    ['result_\u202e1.csv.gz', 'holds characters that are not shown'],
    ['result_\u200b1.csv.gz', 'holds characters that are not shown'],
    ['result_sign.json', 'is that of the sign file'],
  ])('the name %j', (fileName, problem) => {
    expect(problemsOf(files({ fileName }))).toEqual([`fileName of entry 1 ${problem}`]);
  });

  test('a name with a backslash or a control character needs an escape, which CloudTrail never writes', () => {
    const escapes = 'holds escapes, which CloudTrail does not write';
    expect(problemsOf(files({ fileName: '..\\result_1.csv.gz' }))).toEqual([
      escapes,
      'fileName of entry 1 leads out of its folder',
    ]);
    expect(problemsOf(files({ fileName: 'result_1\n.csv.gz' }))).toEqual([
      escapes,
      'fileName of entry 1 holds characters that are not shown',
    ]);
    const text = JSON.stringify(FIELDS).replace('"region"', '"\\u0072egion"');
    expect(parseSignFile(Buffer.from(text))).toMatchObject({ problems: [escapes] });
  });

  test('two entries of one name, an entry that is none, hashes of another form', () => {
    expect(problemsOf(files({}, { fileHashValue: 'b2'.repeat(32) }))).toEqual([
      'fileName of entry 2 is that of another entry',
    ]);
    expect(problemsOf({ files: ['result_1.csv.gz'] })).toEqual([
      'fileName of entry 1 is missing',
      'fileHashValue of entry 1 is not 64 lower-case hex digits',
    ]);
    for (const fileHashValue of ['A1'.repeat(32), 'a1'.repeat(31), `${'a1'.repeat(32)} `])
      expect(problemsOf(files({ fileHashValue }))).toEqual([
        'fileHashValue of entry 1 is not 64 lower-case hex digits',
      ]);
  });

  test('so many problems are named, and no more', () => {
    expect(problemsOf({ files: Array.from({ length: 100 }, () => ({})) })).toHaveLength(20);
  });

  test.each([
    ['no JSON', '{123', 'is not JSON in UTF-8'],
    ['another value', '[]', 'is no JSON object'],
    ['nothing', 'null', 'is no JSON object'],
    ['a field twice', '{"version":"1.0","version":"1.0"}', 'names "version" twice in one object'],
    ['a mark before it', `\ufeff${JSON.stringify(FIELDS)}`, 'is not JSON in UTF-8'],
  ])('%s', (_, text, problem) => {
    expect(parseSignFile(Buffer.from(text))).toEqual({ signFile: undefined, problems: [problem] });
  });
});

describe('a field that may pass for a hash outside the list of files', () => {
  const hash = '0'.repeat(64);
  test.each([
    ['a member', { previous: { fileHashValue: hash } }],
    ['white space in its name', { previous: { 'file Hash Value': hash } }],
    ['of no text', { fileHashValue: null }],
  ])('%s', (_, changes) => {
    expect(problemsOf(changes)).toEqual(['names fileHashValue outside its list of files']);
  });
});
