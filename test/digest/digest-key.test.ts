import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAccountId, isOrganizationId, isRegionName } from '../../src/base/names.ts';
import {
  accountFolderKey,
  type DigestKey,
  dayFolder,
  formatDigestKey,
  formatStamp,
  parseDigestKey,
  parseStamp,
} from '../../src/digest/digest-key.ts';

const END = Date.parse('2026-11-20T15:01:31Z');
const FOLDER = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2026/11/20/';
const NAME = '111122223333_CloudTrail-Digest_us-east-2_audit_us-east-1_20261120T150131Z.json.gz';
const USUAL: DigestKey = {
  prefix: '',
  account: '111122223333',
  region: 'us-east-2',
  trail: 'audit',
  homeRegion: 'us-east-1',
  endTime: END,
  kind: 'standard',
};

describe('the key of a digest', () => {
  test('is read as CloudTrail writes it', () => {
    expect(parseDigestKey(FOLDER + NAME)).toEqual(USUAL);
    expect(parseDigestKey(FOLDER + NAME.replace('.json', '_backfill.json'))).toEqual({
      ...USUAL,
      kind: 'backfill',
    });
  });

  test('is read alike whatever key was read before it', () => {
    // Another trail than anywhere else, for what was read once is remembered.
    const first = FOLDER + NAME.replace('audit', 'alike');
    const usual = { ...USUAL, trail: 'alike' };
    const backfill = (text: string) => text.replace('.json', '_backfill.json');
    const next = first.replace('2026/11/20', '2026/11/21').replace('_20261120T15', '_20261121T16');
    const endTime = END + 25 * 3_600_000;
    for (const form of [(text: string) => text, backfill]) {
      const kind = form === backfill ? 'backfill' : 'standard';
      expect(parseDigestKey(form(first))).toEqual({ ...usual, kind });
      // The same but for its time, and that is not real, or not of its day.
      expect(parseDigestKey(form(next.replace('T160131Z', 'T246131Z')))).toBeUndefined();
      expect(parseDigestKey(form(next.replace('/21/', '/22/')))).toBeUndefined();
      expect(parseDigestKey(form(next.replace('Z.json', '_.json')))).toBeUndefined();
      expect(parseDigestKey(form(next.replace('_us-east-1_', '_US-east-1_')))).toBeUndefined();
      expect(parseDigestKey(form(next))).toEqual({ ...usual, kind, endTime });
    }
    // A stamp in the place of a Region, and what is left of the last one's behind it.
    const spilled = `${FOLDER}${NAME.slice(0, -35)}20261120T150131Z0T150131Z.json.gz`;
    expect(parseDigestKey(spilled)).toBeUndefined();
  });

  test('is read alike however many were read before it', () => {
    for (let day = 0; day < 5_000; day += 1) {
      const key = { ...USUAL, trail: `trail-${day}`, endTime: END - day * 86_400_000 };
      expect(parseDigestKey(formatDigestKey(key))).toEqual(key);
    }
  });

  test.each([
    ['a prefix', 'logs/of the year/', undefined],
    ['a prefix that is an organization id', 'o-exampleorgid/', 'o-exampleorgid'],
    ['a prefix that holds AWSLogs', 'x/AWSLogs/o-exampleorgid/', undefined],
    ['a prefix that begins with a slash', '/odd//', undefined],
    ['an organization', '', 'o-exampleorgid'],
  ])('may stand below %s', (_, prefix, organization) => {
    const organized = organization === undefined ? {} : { organization };
    const above = `${prefix}AWSLogs/${organization === undefined ? '' : `${organization}/`}`;
    const key = above + FOLDER.slice('AWSLogs/'.length) + NAME;
    expect(parseDigestKey(key)).toEqual({ ...USUAL, prefix, ...organized });
  });

  test.each(['my_trail', 'audit_us-east-1', '_', 'a__b', 'audit_us-east-1_20261120T150131Z', '-.-'])(
    'holds the trail name %s',
    (trail) => {
      const key = formatDigestKey({ ...USUAL, trail });
      expect(key).toContain(`_us-east-2_${trail}_us-east-1_`);
      expect(parseDigestKey(key)).toEqual({ ...USUAL, trail });
    },
  );

  test.each([
    ['nothing', ''],
    ['the name alone', NAME],
    ['no AWSLogs folder', FOLDER.slice('AWSLogs/'.length) + NAME],
    ['another folder in place of AWSLogs', `logs/${FOLDER.slice('AWSLogs/'.length)}${NAME}`],
    ['an organization id outside AWSLogs', `logs/o-exampleorgid/${FOLDER.slice('AWSLogs/'.length)}${NAME}`],
    ['no organization id below AWSLogs', `AWSLogs/o-SHOUT/${FOLDER.slice('AWSLogs/'.length)}${NAME}`],
    ['another family', FOLDER.replace('-Digest', '') + NAME],
    ['an account of eleven digits', (FOLDER + NAME).replaceAll('111122223333', '11112222333')],
    ['another account in the name', FOLDER + NAME.replace('1111', '4444')],
    ['another Region in the name', FOLDER + NAME.replace('us-east-2', 'us-west-2')],
    ['a Region that is none', (FOLDER + NAME).replaceAll('us-east-2', 'us')],
    ['another suffix', FOLDER + NAME.replace('.gz', '.zst')],
    ['the suffix alone behind the head', `${FOLDER}111122223333_CloudTrail-Digest_us-east-2_.json.gz`],
    ['the suffix inside the head', `${FOLDER}111122223333_CloudTrail-Digest_us-east-2.json.gz`],
    ['one field', `${FOLDER}111122223333_CloudTrail-Digest_us-east-2_20261120T150131Z.json.gz`],
    ['two fields', `${FOLDER}111122223333_CloudTrail-Digest_us-east-2_us-east-1_20261120T150131Z.json.gz`],
    ['an empty trail name', FOLDER + NAME.replace('_audit_', '__')],
    ['a trail name with a space', FOLDER + NAME.replace('audit', 'au dit')],
    ['a trail name of 129 characters', FOLDER + NAME.replace('audit', 'a'.repeat(129))],
    ['a home Region that is none', FOLDER + NAME.replace('us-east-1', 'US-EAST-1')],
    ['another day folder', FOLDER.replace('11/20', '11/21') + NAME],
    ['a day folder without zeros', `${FOLDER.replace('11/20', '3/1')}${NAME.replace('1120', '0301')}`],
    ['no such day', FOLDER.replace('11/20', '02/30') + NAME.replace('1120', '0230')],
    ['no such hour', FOLDER + NAME.replace('T15', 'T24')],
    ['no time', FOLDER + NAME.replace('20261120T150131Z', 'now')],
    ['a key longer than S3 stores', `${'p'.repeat(1000)}/${FOLDER}${NAME}`],
    ['a folder marker', FOLDER],
  ])('is not recognized with %s', (_, key) => {
    expect(parseDigestKey(key)).toBeUndefined();
  });

  test('may be as long as S3 allows', () => {
    const longest = `${'p'.repeat(1023 - FOLDER.length - NAME.length)}/${FOLDER}${NAME}`;
    expect(longest).toHaveLength(1024);
    expect(parseDigestKey(longest)).toBeDefined();
    expect(parseDigestKey(`p${longest}`)).toBeUndefined();
  });

  test('is the inverse of what formatDigestKey writes', () => {
    const regions = fc.constantFrom('us-east-1', 'us-gov-west-1', 'eusc-de-east-1', 'ap-southeast-7');
    const segment = fc.stringMatching(/^[a-zA-Z0-9!_.*'()-]{1,12}$/);
    const keys = fc.record({
      prefix: fc
        .array(fc.oneof(segment, fc.constantFrom('AWSLogs', 'o-exampleorgid')), { maxLength: 4 })
        .map((names) => names.map((name) => `${name}/`).join('')),
      organization: fc.option(fc.stringMatching(/^o-[a-z0-9]{10,32}$/), { nil: undefined }),
      account: fc.stringMatching(/^\d{12}$/),
      region: regions,
      trail: fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/),
      homeRegion: regions,
      endTime: fc
        .date({ min: new Date('2013-11-01'), max: new Date('2099-12-31'), noInvalidDate: true })
        .map((date) => Math.floor(date.getTime() / 1000) * 1000),
      kind: fc.constantFrom('standard' as const, 'backfill' as const),
    });
    fc.assert(
      fc.property(keys, ({ organization, ...rest }) => {
        const key: DigestKey = organization === undefined ? rest : { ...rest, organization };
        expect(parseDigestKey(formatDigestKey(key))).toEqual(key);
      }),
      { seed: 20261120, numRuns: 500 },
    );
  });
});

test('times are written and read as they stand in keys', () => {
  expect(formatStamp(END)).toBe('20261120T150131Z');
  expect(parseStamp('20261120T150131Z')).toBe(END);
  expect(dayFolder(END)).toBe('2026/11/20/');
  // A grace after the last window there can be: no year of five digits, which would sort before all others.
  expect(formatStamp(Date.UTC(10_000, 0, 1, 2))).toBe('99991231T235959Z');
  expect(dayFolder(Date.UTC(10_000, 0, 1, 2))).toBe('9999/12/31/');
  for (const text of ['20261320T150131Z', '20261120T150160Z', '00010101T000000Z', '2026-11-20T15:01:31Z', ''])
    expect(parseStamp(text)).toBeUndefined();
});

test('folders stand with and without an organization', () => {
  expect(accountFolderKey({ prefix: 'p/', account: '111122223333' })).toBe('p/AWSLogs/111122223333/');
  expect(accountFolderKey({ prefix: '', organization: 'o-exampleorgid', account: '111122223333' })).toBe(
    'AWSLogs/o-exampleorgid/111122223333/',
  );
});

test('ids are told by their shape', () => {
  expect(['111122223333', '11112222333', '1111222233334', '11112222333a'].map(isAccountId)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(
    ['o-exampleorgid', 'o-short', `o-${'a'.repeat(33)}`, 'o-EXAMPLEORGID'].map(isOrganizationId),
  ).toEqual([true, false, false, false]);
  expect(
    ['us-east-1', 'eusc-de-east-1', 'us', 'us-', '-east', `a-${'b'.repeat(31)}`].map(isRegionName),
  ).toEqual([true, true, false, false, false, false]);
});

describe('the last day of February', () => {
  test.each([
    ['20280229T000000Z', true],
    ['20260229T000000Z', false],
    ['20000229T000000Z', true],
    ['21000229T000000Z', false],
    ['21000228T000000Z', true],
  ])('%s', (stamp, isReal) => {
    const time = parseStamp(stamp);
    expect(time !== undefined).toBe(isReal);
    if (time !== undefined) expect(formatStamp(time)).toBe(stamp);
  });
});

test('keys are read alike however many were read before', () => {
  for (let hour = 0; hour < 33_000; hour += 1) {
    const key = { ...USUAL, endTime: END + hour * 3_600_000 };
    expect(parseDigestKey(formatDigestKey(key))?.endTime).toBe(key.endTime);
  }
  expect(parseDigestKey(FOLDER + NAME)).toEqual(USUAL);
});
