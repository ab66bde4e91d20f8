import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { md5 } from '../../src/crypto/hash.ts';
import { bindKey, formatKeyLine, MOST_KEY_FILE_BYTES, readKeyFile } from '../../src/crypto/key-file.ts';
import type { PublicKey } from '../../src/crypto/public-key.ts';
import { keyLines, listPublicKeysOutput } from '../support/key-files.ts';
import { SMALL_EXPONENT_KEY, TEST_KEYS, type TestKey, testKey, WEAK_KEY } from '../support/test-keys.ts';

const FIRST = testKey('us-east-1-2026-09-12');
const SECOND = testKey('eu-central-1-2026-09-25');
const LISTED = {
  Value: Buffer.from(FIRST.value).toString('base64'),
  ValidityStartTime: 1_600_000_000,
  ValidityEndTime: 1_700_000_000,
  Fingerprint: FIRST.fingerprint,
};
const LINE = {
  region: 'us-east-1',
  fingerprint: FIRST.fingerprint,
  value: LISTED.Value,
  validFrom: '2026-09-12T18:06:29Z',
  validTo: '2026-10-12T18:06:29Z',
};

function read(text: string): readonly PublicKey[] {
  return readKeyFile(Buffer.from(text), 'keys.json');
}

/** What matters of a key, in a form that can be compared. */
function facts({ fingerprint, der, region, validFrom, validTo, origin }: PublicKey): object {
  return { fingerprint, der: Buffer.from(der).toString('hex'), region, validFrom, validTo, origin };
}

function expected(key: TestKey, region: string | undefined): object {
  const { fingerprint, value, validFrom, validTo } = key;
  return {
    fingerprint,
    der: Buffer.from(value).toString('hex'),
    region,
    validFrom,
    validTo,
    origin: 'keys.json',
  };
}

function refusalOf(file: Uint8Array | string): string {
  try {
    readKeyFile(Buffer.from(file), 'keys.json');
  } catch (error) {
    expect(error).toBeInstanceOf(TrailVerifyError);
    expect(error).toMatchObject({ code: 'KEY_FILE_INVALID', hint: expect.stringContaining('keys fetch') });
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
}

test('a file that is too large, no text, or no JSON is refused with what is wrong of it', () => {
  expect(refusalOf(Buffer.alloc(MOST_KEY_FILE_BYTES + 1, ' '))).toContain('is too large for a key file');
  expect(refusalOf(Buffer.from([0xff]))).toContain('is not text in UTF-8');
  expect(refusalOf('{"a":')).toContain('is neither JSON nor PEM');
  expect(refusalOf('{"a":1,"a":2}')).not.toContain('is neither JSON nor PEM');
});

describe('the output of aws cloudtrail list-public-keys', () => {
  test.each(['iso', 'seconds'] as const)('with times as %s', (times) => {
    expect(read(listPublicKeysOutput([FIRST, SECOND], times)).map(facts)).toEqual([
      expected(FIRST, undefined),
      expected(SECOND, undefined),
    ]);
  });

  test('several times in one file, or as one array', () => {
    const both = listPublicKeysOutput([FIRST]) + listPublicKeysOutput([SECOND]);
    expect(read(both).map(facts)).toEqual([expected(FIRST, undefined), expected(SECOND, undefined)]);
    expect(read(JSON.stringify([{ PublicKeyList: [LISTED] }, LINE]))).toHaveLength(2);
  });

  test('with line breaks in the value and a fingerprint in capitals', () => {
    const Value = LISTED.Value.replace(/.{64}/g, '$&\n');
    const Fingerprint = FIRST.fingerprint.toUpperCase();
    const [key] = read(JSON.stringify({ PublicKeyList: [{ ...LISTED, Value, Fingerprint }] }));
    expect(key).toMatchObject({
      fingerprint: FIRST.fingerprint,
      validFrom: 1_600_000_000_000,
      validTo: 1_700_000_000_000,
    });
    expect(key?.key.equals(createPublicKey(FIRST.privateKey))).toBe(true);
  });
});

describe('JSON lines', () => {
  test('are read with their Regions', () => {
    expect(read(keyLines(TEST_KEYS)).map(facts)).toEqual(TEST_KEYS.map((key) => expected(key, key.region)));
  });

  test('may leave out the Region', () => {
    const { region, ...line } = LINE;
    expect(read(JSON.stringify(line))[0]?.region).toBeUndefined();
    expect(region).toBe('us-east-1');
  });

  test('are read back as formatKeyLine writes them', () => {
    const keys = read(keyLines(TEST_KEYS));
    expect(read(keys.map(formatKeyLine).join('\n')).map(facts)).toEqual(keys.map(facts));
    expect(JSON.parse(formatKeyLine(keys[0] as PublicKey))).toEqual(
      JSON.parse(keyLines(TEST_KEYS.slice(0, 1))),
    );
  });

  test('say nothing of Region and validity where a key says nothing', () => {
    const [key] = read(createPublicKey(FIRST.privateKey).export({ type: 'spki', format: 'pem' }).toString());
    expect(Object.keys(JSON.parse(formatKeyLine(key as PublicKey)))).toEqual(['fingerprint', 'value']);
  });
});

describe('PEM', () => {
  const key = createPublicKey(FIRST.privateKey);
  const forms = (['pkcs1', 'spki'] as const).map((type) => key.export({ type, format: 'der' }));

  test.each(['pkcs1', 'spki'] as const)('%s gives the fingerprints of both forms', (type) => {
    const found = read(`\n${key.export({ type, format: 'pem' })}`);
    expect(found.map(facts)).toEqual(
      forms.map((der) => ({
        fingerprint: md5(der),
        der: der.toString('hex'),
        region: undefined,
        validFrom: undefined,
        validTo: undefined,
        origin: 'keys.json',
      })),
    );
    expect(found.every((one) => one.key.equals(key))).toBe(true);
  });

  test('may hold several keys', () => {
    const pem = (one: TestKey): string =>
      createPublicKey(one.privateKey).export({ type: 'spki', format: 'pem' }).toString();
    expect(read(pem(FIRST) + pem(SECOND)).map((one) => one.fingerprint)).toEqual(
      expect.arrayContaining([FIRST.fingerprint, SECOND.fingerprint]),
    );
  });

  test.each([
    ['cut off', '-----BEGIN PUBLIC KEY-----\nMIIB', 'is not PEM'],
    ['of something else', '-----BEGIN X-----\nQUJD\n-----END X-----\n', 'is neither PKCS#1'],
  ])('%s is refused', (_, text, why) => {
    expect(refusalOf(text)).toContain(why);
  });
});

describe('what is refused', () => {
  const listOf = (changes: object): string => JSON.stringify({ PublicKeyList: [{ ...LISTED, ...changes }] });
  const weak = (key: TestKey): object => ({
    Value: Buffer.from(key.value).toString('base64'),
    Fingerprint: key.fingerprint,
  });
  test.each([
    ['an empty file', '', 'key file keys.json is empty'],
    ['white space', ' \n\t', 'key file keys.json is empty'],
    ['something else', 'hello', 'key file keys.json is neither JSON nor PEM'],
    ['half of JSON', '{"PublicKeyList":[', 'key file keys.json is neither JSON nor PEM'],
    ['an empty list', '{"PublicKeyList":[]}', 'key file keys.json holds no key'],
    ['an empty array', '[]', 'key file keys.json holds no key'],
    ['null', 'null', 'is not a list of public keys (top level: '],
    ['a number', '7', 'is not a list of public keys (top level: '],
    ['another object', '{"Keys":[]}', 'is not a list of public keys (fingerprint: '],
    ['a list that is none', '{"PublicKeyList":{}}', 'is not a list of public keys (PublicKeyList: '],
    ['a value that is not base64', listOf({ Value: '*' }), '(PublicKeyList.0.Value: '],
    ['no value', listOf({ Value: undefined }), '(PublicKeyList.0.Value: '],
    ['no fingerprint', listOf({ Fingerprint: undefined }), '(PublicKeyList.0.Fingerprint: '],
    ['a time that is none', listOf({ ValidityEndTime: 'soon' }), '(PublicKeyList.0.ValidityEndTime: '],
    ['a time without end', listOf({ ValidityEndTime: null }), '(PublicKeyList.0.ValidityEndTime: '],
    ['a time before 1970', listOf({ ValidityStartTime: -1 }), 'whose validity is no span of time'],
    ['a time beyond all reports', listOf({ ValidityEndTime: 1e15 }), 'whose validity is no span of time'],
    [
      'a validity that ends before it begins',
      listOf({ ValidityEndTime: 1 }),
      'whose validity is no span of time',
    ],
    [
      'a fingerprint of another key',
      listOf({ Fingerprint: SECOND.fingerprint }),
      `not "${SECOND.fingerprint}" as it says`,
    ],
    [
      'a line with a fingerprint of another key',
      JSON.stringify({ ...LINE, fingerprint: 'x' }),
      'not "x" as it says',
    ],
    ['a key of 1024 bits', listOf(weak(WEAK_KEY)), 'has 1024 bits'],
    ['a key with the exponent 3', listOf(weak(SMALL_EXPONENT_KEY)), 'has the exponent 3'],
    [
      'one bad key among good ones',
      `${JSON.stringify(LINE)}\n${JSON.stringify({ ...LINE, value: 'AA' })}`,
      'fingerprint',
    ],
  ])('%s', (_, text, why) => {
    expect(refusalOf(text)).toContain(why);
  });

  test('a file beyond the bound, before it is read', () => {
    expect(refusalOf(Buffer.alloc(16 * 1024 * 1024 + 1, '{'))).toBe(
      'key file keys.json is too large for a key file',
    );
  });

  test('a fingerprint that is no fingerprint is cut short in the message', () => {
    const message = refusalOf(listOf({ Fingerprint: '\u001b[31m'.repeat(1000) }));
    expect(message.length).toBeLessThan(600);
    expect(message).not.toContain('\u001b');
  });
});

test('a key may be valid from the first time there is, and for no time at all', () => {
  const { fingerprint, value } = FIRST;
  expect(bindKey({ fingerprint, value, validFrom: 0, validTo: 0 }, 'a test')).toMatchObject({ validTo: 0 });
});

test('a key without a time is not bound', () => {
  const { fingerprint, value, validTo } = FIRST;
  expect(() => bindKey({ fingerprint, value, validFrom: Number.NaN, validTo }, 'a test')).toThrow(
    'key file a test holds the key',
  );
});
