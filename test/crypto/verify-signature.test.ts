import { createPublicKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { md5, sha256 } from '../../src/crypto/hash.ts';
import { isSignatureHex, verifySignature } from '../../src/crypto/public-key.ts';
import { FOREIGN_KEY, testKey } from '../support/test-keys.ts';

const SIGNER = testKey('us-east-1-2026-09-12');
const KEY = createPublicKey(SIGNER.privateKey);
const TEXT = 'four\nlines\nöf\ntext';
const SIGNATURE = sign('RSA-SHA256', Buffer.from(TEXT), SIGNER.privateKey).toString('hex');

test('a signature of this key over this text verifies, in either case of letters', () => {
  expect(verifySignature(TEXT, SIGNATURE, KEY)).toBe(true);
  expect(verifySignature(TEXT, SIGNATURE.toUpperCase(), KEY)).toBe(true);
});

test.each([
  ['another text', `${TEXT} `, SIGNATURE],
  ['another key', TEXT, sign('RSA-SHA256', Buffer.from(TEXT), FOREIGN_KEY.privateKey).toString('hex')],
  ['another hash', TEXT, sign('RSA-SHA1', Buffer.from(TEXT), SIGNER.privateKey).toString('hex')],
  ['no signature', TEXT, ''],
  ['the letters null', TEXT, 'null'],
  ['half a byte more', TEXT, `${SIGNATURE}0`],
  ['a byte more', TEXT, `${SIGNATURE}00`],
  ['a byte before', TEXT, `00${SIGNATURE}`],
  ['a byte less', TEXT, SIGNATURE.slice(2)],
  ['white space', TEXT, `${SIGNATURE}\n`],
  ['too many bytes', TEXT, 'ab'.repeat(1025)],
])('%s does not verify', (_, text, signature) => {
  expect(verifySignature(text, signature, KEY)).toBe(false);
});

test('any changed digit is seen, and no digits throw', () => {
  const index = fc.nat(SIGNATURE.length - 1);
  fc.assert(
    fc.property(index, fc.integer({ min: 1, max: 15 }), fc.string(), (at, change, text) => {
      const digit = (Number.parseInt(SIGNATURE.charAt(at), 16) ^ change).toString(16);
      expect(verifySignature(TEXT, SIGNATURE.slice(0, at) + digit + SIGNATURE.slice(at + 1), KEY)).toBe(
        false,
      );
      expect(verifySignature(TEXT, text, KEY)).toBe(false);
    }),
    { seed: 20261120, numRuns: 200 },
  );
});

test('hex digits are even in number and bounded', () => {
  expect(['ab', 'AB01', 'ab'.repeat(1024)].map(isSignatureHex)).toEqual([true, true, true]);
  expect(['', 'a', 'xy', 'ab ', 'ab'.repeat(1025)].map(isSignatureHex)).toEqual(Array(5).fill(false));
});

test('hashes are lower-case hex', () => {
  expect(sha256(Buffer.from('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(md5(Buffer.from('abc'))).toBe('900150983cd24fb0d6963f7d28e17f72');
});
