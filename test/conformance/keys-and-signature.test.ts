/** aws-cli's unit tests of public keys and of the signature, and what AWS itself has published of both. */
import { createPublicKey, publicDecrypt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { listPublicKeys } from '../../src/aws/keys.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { parsePublicKey, readKeyFile } from '../../src/crypto/key-file.ts';
import { verifySignature } from '../../src/crypto/public-key.ts';
import { signingString } from '../../src/digest/digest.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import { signDigest } from '../support/test-digest.ts';
import { FOREIGN_KEY, testKey } from '../support/test-keys.ts';
import vectors from '../vectors/real-aws-vectors.json' with { type: 'json' };

const aws = useAws();
const SIGNER = testKey('us-east-1-2026-09-12');
const CONTENT = Buffer.from('{"digestEndTime":"2026-10-05T10:12:37Z"}');
const CLAIMS = {
  bucket: 'example-trail-logs',
  key: 'AWSLogs/object.json.gz',
  endTime: Date.parse('2026-10-05T10:12:37Z'),
  previousSignature: 'ab'.repeat(256),
};

function signedText(previousSignature: string | undefined = CLAIMS.previousSignature): string {
  const { bucket, key } = CLAIMS;
  return signingString({
    endTimeText: '2026-10-05T10:12:37Z',
    bucket,
    key,
    sha256: sha256(CONTENT),
    previousSignature,
  });
}

describe('public keys', () => {
  test('returns_public_key_in_range', async () => {
    const from = SIGNER.validFrom;
    const value = Buffer.from(SIGNER.value).toString('base64');
    const { fingerprint, validFrom, validTo } = SIGNER;
    const later = { fingerprint: '00'.repeat(16), value, validFrom: validTo + 1000, validTo: validTo + 2000 };
    const server = await aws.start({
      publicKeys: { 'us-east-1': [{ fingerprint, value, validFrom, validTo }, later] },
    });
    const { keys } = await listPublicKeys(sessionWith(server), 'us-east-1', from, from + 1000);
    expect(keys?.map((key) => key.fingerprint)).toEqual([fingerprint]);
    expect(server.requests.map(({ operation }) => operation)).toEqual(['ListPublicKeys']);
  });

  test('does_not_expose_underlying_key_decoding_error', () => {
    expect(() => parsePublicKey(Buffer.from('not a key'), 'abc')).toThrow(
      /^public key abc is neither PKCS#1 nor SubjectPublicKeyInfo$/,
    );
  });
});

describe('signature', () => {
  test('validates_digests', () => {
    const signature = signDigest(CONTENT, CLAIMS, SIGNER);
    expect(verifySignature(signedText(), signature, createPublicKey(SIGNER.privateKey))).toBe(true);
  });

  test('does_not_expose_underlying_validation_error', () => {
    const key = createPublicKey(SIGNER.privateKey);
    for (const signature of [signDigest(CONTENT, CLAIMS, FOREIGN_KEY), 'aeff', 'not hexadecimal', ''])
      expect(verifySignature(signedText(), signature, key)).toBe(false);
  });

  test('properly_signs_when_no_previous_signature', () => {
    const text = signingString({
      endTimeText: 'a',
      bucket: 'b',
      key: 'c',
      sha256: sha256(Buffer.from('abc')),
      previousSignature: undefined,
    });
    expect(text).toBe('a\nb/c\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nnull');
  });

  test('a starting digest signs the letters null, and no other', () => {
    const signature = signDigest(CONTENT, { ...CLAIMS, previousSignature: undefined }, SIGNER);
    const key = createPublicKey(SIGNER.privateKey);
    const { bucket, key: object } = CLAIMS;
    const parts = { endTimeText: '2026-10-05T10:12:37Z', bucket, key: object, sha256: sha256(CONTENT) };
    expect(verifySignature(signingString({ ...parts, previousSignature: undefined }), signature, key)).toBe(
      true,
    );
    expect(verifySignature(signingString({ ...parts, previousSignature: '' }), signature, key)).toBe(false);
  });
});

describe.each(vectors.vectors)(
  'what AWS published: key $fingerprint',
  ({ fingerprint, value, validity, encoding, signatures }) => {
    const [start, end] = validity;
    const listed = { Value: value, ValidityStartTime: start, ValidityEndTime: end, Fingerprint: fingerprint };
    const output = Buffer.from(JSON.stringify({ PublicKeyList: [listed] }));

    test('is read from the output of list-public-keys, in the form it has', () => {
      const [key] = readKeyFile(output, 'vectors');
      expect(key).toMatchObject({ fingerprint, validFrom: expect.any(Number) });
      expect((key?.validTo ?? 0) - (key?.validFrom ?? 0)).toBe(30 * 24 * 3_600_000);
      expect(key?.key.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65537n });
      const form = encoding.startsWith('PKCS#1') ? 'pkcs1' : 'spki';
      expect(key?.key.export({ type: form, format: 'der' })).toEqual(Buffer.from(value, 'base64'));
    });

    test('is refused under another fingerprint', () => {
      const other = Buffer.from(output.toString().replace(fingerprint, '00'.repeat(16)));
      expect(() => readKeyFile(other, 'vectors')).toThrow(`have the fingerprint ${fingerprint}`);
    });

    test.each(signatures)('$field is PKCS#1 v1.5 with SHA-256', ({ hex, recovered_sha256 }) => {
      const key = parsePublicKey(Buffer.from(value, 'base64'), fingerprint);
      // RFC 8017, 9.2: the DigestInfo of SHA-256, then the hash.
      const digestInfo = `3031300d060960864801650304020105000420${recovered_sha256}`;
      expect(publicDecrypt(key, Buffer.from(hex, 'hex')).toString('hex')).toBe(digestInfo);
    });
  },
);
