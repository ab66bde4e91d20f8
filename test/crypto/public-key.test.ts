import { createPublicKey, generateKeyPairSync, publicDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { md5 } from '../../src/crypto/hash.ts';
import { parsePublicKey } from '../../src/crypto/key-file.ts';
import { SMALL_EXPONENT_KEY, testKey, WEAK_KEY } from '../support/test-keys.ts';

interface GenuineKey {
  readonly fingerprint: string;
  readonly value: string;
  readonly signatures: readonly { readonly hex: string; readonly recovered_sha256: string }[];
}

const GENUINE = (
  JSON.parse(readFileSync(new URL('../vectors/real-aws-vectors.json', import.meta.url), 'utf8')) as {
    vectors: readonly GenuineKey[];
  }
).vectors;
const SOUND = createPublicKey(testKey('us-east-1-2026-09-12').privateKey);

function asn1(type: forge.asn1.Type, value: string | forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return forge.asn1.create(forge.asn1.Class.UNIVERSAL, type, Array.isArray(value), value);
}

function der(object: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(object).getBytes(), 'binary');
}

/** An RSA key of made-up numbers, as PKCS#1: nobody holds its private half. */
function madeUpKey(bits: number, exponent = 65537): Buffer {
  const modulus = `\0\xff${'\xab'.repeat(bits / 8 - 2)}\xcd`;
  const { INTEGER, SEQUENCE } = forge.asn1.Type;
  return der(
    asn1(SEQUENCE, [asn1(INTEGER, modulus), asn1(INTEGER, forge.asn1.integerToDer(exponent).getBytes())]),
  );
}

function refusalOf(bytes: Uint8Array): string {
  try {
    parsePublicKey(bytes, 'of a test');
  } catch (error) {
    expect(error).toBeInstanceOf(TrailVerifyError);
    expect(error).toMatchObject({
      code: 'KEY_FILE_INVALID',
      hint: expect.stringContaining('list-public-keys'),
    });
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
}

describe('a key that AWS has really published', () => {
  test.each(GENUINE)('$fingerprint', ({ fingerprint, value, signatures }) => {
    const bytes = Buffer.from(value, 'base64');
    expect(md5(bytes)).toBe(fingerprint);
    const key = parsePublicKey(bytes, 'of AWS');
    expect(key.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65537n });
    expect(signatures.length).toBeGreaterThan(0);
    // DigestInfo of RFC 8017 for SHA-256, then the hash that was signed.
    for (const { hex, recovered_sha256 } of signatures)
      expect(publicDecrypt(key, Buffer.from(hex, 'hex')).toString('hex')).toBe(
        `3031300d060960864801650304020105000420${recovered_sha256}`,
      );
  });
});

describe('both forms are accepted', () => {
  test.each(['pkcs1', 'spki'] as const)('%s', (type) => {
    expect(parsePublicKey(SOUND.export({ type, format: 'der' }), 'of a test').equals(SOUND)).toBe(true);
  });

  test('of 8192 bits at most', () => {
    expect(parsePublicKey(madeUpKey(8192), 'of a test').asymmetricKeyDetails?.modulusLength).toBe(8192);
  });
});

describe('what is refused', () => {
  const { BITSTRING, BOOLEAN, INTEGER, OID, SEQUENCE, SET } = forge.asn1.Type;
  const one = asn1(INTEGER, '\x01');
  const sound = SOUND.export({ type: 'pkcs1', format: 'der' });
  const otherType = (type: 'ec' | 'ed25519'): Buffer =>
    (type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519')
    ).publicKey.export({ type: 'spki', format: 'der' });
  test.each([
    ['no bytes', Buffer.alloc(0), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    ['more than any key', madeUpKey(40_000), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    ['text', Buffer.from('-----BEGIN PUBLIC KEY-----'), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    ['half a key', sound.subarray(0, 100), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    [
      'bytes behind a key',
      Buffer.concat([sound, Buffer.alloc(1)]),
      'is neither PKCS#1 nor SubjectPublicKeyInfo',
    ],
    ['a number', der(one), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    ['a set', der(asn1(SET, [one, one])), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    ['three numbers', der(asn1(SEQUENCE, [one, one, one])), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    ['an empty sequence', der(asn1(SEQUENCE, [])), 'is neither PKCS#1 nor SubjectPublicKeyInfo'],
    [
      'a sequence of other things',
      der(asn1(SEQUENCE, [asn1(BOOLEAN, '\xff'), one])),
      'is neither PKCS#1 nor SubjectPublicKeyInfo',
    ],
    ['a number and no number', der(asn1(SEQUENCE, [one, asn1(OID, '\x2a')])), 'cannot be decoded'],
    [
      'an unknown algorithm',
      der(asn1(SEQUENCE, [asn1(SEQUENCE, [asn1(OID, '\x2a\x03')]), asn1(BITSTRING, '\0\0')])),
      'cannot be decoded',
    ],
    ['an elliptic curve key', otherType('ec'), 'is not an RSA key'],
    ['an Ed25519 key', otherType('ed25519'), 'is not an RSA key'],
    ['1024 bits', Buffer.from(WEAK_KEY.value), 'has 1024 bits; 2048 to 8192 are accepted'],
    ['2040 bits', madeUpKey(2040), 'has 2040 bits; 2048 to 8192 are accepted'],
    ['8200 bits', madeUpKey(8200), 'has 8200 bits; 2048 to 8192 are accepted'],
    [
      'the exponent 3',
      Buffer.from(SMALL_EXPONENT_KEY.value),
      'has the exponent 3; at least 65537 is accepted',
    ],
    ['the exponent 65535', madeUpKey(2048, 65535), 'has the exponent 65535; at least 65537 is accepted'],
  ])('%s', (_, bytes, why) => {
    expect(refusalOf(bytes)).toBe(`public key of a test ${why}`);
  });

  test('an RSA-PSS key, which CloudTrail does not sign with', () => {
    const { publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    expect(refusalOf(publicKey.export({ type: 'spki', format: 'der' }))).toContain('is not an RSA key');
  });
});
