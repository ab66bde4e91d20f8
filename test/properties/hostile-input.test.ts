import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { findDuplicateKey } from '../../src/base/json.ts';
import { gunzip } from '../../src/crypto/hash.ts';
import { parsePublicKey, readKeyFile } from '../../src/crypto/key-file.ts';
import { parseDigest } from '../../src/digest/digest.ts';
import { formatDigestKey, parseDigestKey } from '../../src/digest/digest-key.ts';
import { keyLines, listPublicKeysOutput } from '../support/key-files.ts';
import { TEST_KEYS } from '../support/test-keys.ts';
import { SEED, smallTrail } from './small-trail.ts';

const RUNS = { seed: SEED, numRuns: 1000 };
const LIMIT = 1 << 16;
const TRAIL = smallTrail();
const DIGEST = TRAIL.digests[2];
const CONTENT = Buffer.from(DIGEST?.content ?? []);

/** Bytes of a file with some replaced, some cut out and some put in. */
function damagedCopyOf(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat(file.length);
  return fc
    .array(fc.tuple(at, fc.nat(8), fc.uint8Array({ maxLength: 8 })), { minLength: 1, maxLength: 6 })
    .map((cuts) => {
      let bytes = Buffer.from(file);
      for (const [start, length, put] of cuts)
        bytes = Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + length)]);
      return bytes;
    });
}

function anyBytes(sample: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.oneof(fc.uint8Array({ maxLength: 300 }), damagedCopyOf(sample));
}

/** Runs `work`, which may throw nothing but an error of this library with the given code. */
function mayRefuse(work: () => void): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(TrailVerifyError);
    expect(error).toMatchObject({ code: 'KEY_FILE_INVALID' });
  }
}

describe('no input crashes', () => {
  test('gunzip: content within its bound, or a problem', () => {
    const headers = fc
      .uint8Array({ maxLength: 60 })
      .map((rest) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), rest]));
    fc.assert(
      fc.property(fc.oneof(anyBytes(gzipSync(CONTENT)), headers), fc.nat(LIMIT), (file, bound) => {
        const limit = bound + 1;
        const result = gunzip(file, limit);
        if (result.content === undefined)
          expect(result.problem).toMatch(/^(?:is|ends|holds|header|check|length|inflates) /);
        else expect(result.content.bytes.length).toBeLessThanOrEqual(limit);
      }),
      RUNS,
    );
  });

  test('parseDigest: a digest, or some problems but not too many', () => {
    const fields = Object.keys(JSON.parse(CONTENT.toString()));
    const edited = fc
      .dictionary(fc.constantFrom(...fields), fc.jsonValue(), { minKeys: 1 })
      .map((changes) => Buffer.from(JSON.stringify({ ...JSON.parse(CONTENT.toString()), ...changes })));
    const documents = fc.json().map((text) => Buffer.from(text));
    fc.assert(
      fc.property(fc.oneof(anyBytes(CONTENT), documents, edited), (bytes) => {
        const parsed = parseDigest(bytes);
        if (parsed.digest === undefined) {
          expect(parsed.problems.length).toBeGreaterThan(0);
          expect(parsed.problems.length).toBeLessThanOrEqual(20);
        } else expect(parsed.digest.startTime).toBeLessThanOrEqual(parsed.digest.endTime);
      }),
      RUNS,
    );
  });

  test('parseDigestKey: nothing, or what formatDigestKey writes as that very key', () => {
    const sample = DIGEST?.key ?? '';
    const damaged = damagedCopyOf(Buffer.from(sample)).map((bytes) => Buffer.from(bytes).toString());
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), damaged), (key) => {
        const parsed = parseDigestKey(key);
        if (parsed !== undefined) expect(formatDigestKey(parsed)).toBe(key);
      }),
      RUNS,
    );
  });

  test('findDuplicateKey: of any JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(findDuplicateKey(text)).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('readKeyFile: keys, or a refusal', () => {
    const key = fc.record(
      {
        Value: fc.oneof(fc.base64String(), fc.jsonValue()),
        ValidityStartTime: fc.oneof(fc.double(), fc.jsonValue()),
        ValidityEndTime: fc.jsonValue(),
        Fingerprint: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const lists = fc
      .record({ PublicKeyList: fc.oneof(fc.array(key), fc.jsonValue()) })
      .map((list) => Buffer.from(JSON.stringify(list)));
    const pem = fc
      .base64String()
      .map((text) => Buffer.from(`-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`));
    const samples = [listPublicKeysOutput(TEST_KEYS.slice(0, 1)), keyLines(TEST_KEYS.slice(0, 1))].map(
      (text) => anyBytes(Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.oneof(lists, pem, ...samples), (file) => {
        mayRefuse(() => expect(readKeyFile(file, 'keys').length).toBeGreaterThan(0));
      }),
      RUNS,
    );
  });

  test('parsePublicKey: an RSA key of good size, or a refusal', () => {
    const samples = TEST_KEYS.map(({ value }) => anyBytes(value));
    fc.assert(
      fc.property(fc.oneof(...samples), (der) => {
        mayRefuse(() => {
          const { modulusLength = 0, publicExponent = 0n } =
            parsePublicKey(der, 'of a test').asymmetricKeyDetails ?? {};
          expect(modulusLength).toBeGreaterThanOrEqual(2048);
          expect(publicExponent >= 65537n).toBe(true);
        });
      }),
      RUNS,
    );
    // Sequences nested as deep as the bound on the size allows.
    const nested = Buffer.from('3080'.repeat(2048), 'hex');
    expect(() => parsePublicKey(nested, 'of a test')).toThrow('is neither PKCS#1 nor SubjectPublicKeyInfo');
  });
});
