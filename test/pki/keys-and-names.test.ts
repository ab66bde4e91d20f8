import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseName, readCertificate } from '../../src/pki/certificate.ts';
import { integer, oid, readDer, readOid, readTime, sequence, TAG, tlv } from '../../src/pki/der.ts';
import {
  bareSigner,
  isEncryptedKey,
  makePrivateKey,
  privateKeyPem,
  readPrivateKey,
  selfSignedCertificate,
} from '../../src/pki/keys.ts';
import { timeValue } from '../../src/pki/sign.ts';

describe('DER', () => {
  test('as it is written is read back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 5 }), (contents) => {
        const items = contents.map((content) => tlv(TAG.octetString, content));
        const value = readDer(sequence(...items), 'it');
        expect(value.items.map(({ content }) => Buffer.from(content))).toEqual(
          contents.map((one) => Buffer.from(one)),
        );
      }),
    );
  });

  test('of whole numbers and identifiers is minimal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
        const { content } = readDer(integer(bytes), 'it');
        expect(BigInt(`0x0${Buffer.from(content).toString('hex')}`)).toBe(
          BigInt(`0x${Buffer.from(bytes).toString('hex')}`),
        );
      }),
    );
    expect(readOid(readDer(oid('1.2.840.113549.1.7.2'), 'it'), 'it')).toBe('1.2.840.113549.1.7.2');
  });

  test.each([
    ['nothing', ''],
    ['an indefinite length', '30800000'],
    ['a length that is not minimal', '308103020101'],
    ['a number that is not minimal', '02020001'],
    ['a length beyond the end', '3005020101'],
    ['something behind the end', '020101ff'],
  ])('refuses %s', (_name, hex) => {
    expect(() => readDer(Buffer.from(hex, 'hex'), 'the file')).toThrow(
      /^the file is (empty|not DER|not strict DER)$/,
    );
  });

  test('refuses what is nested too deep', () => {
    let bytes: Uint8Array = integer(1);
    for (let depth = 0; depth < 5000; depth += 1) bytes = sequence(bytes);
    expect(() => readDer(bytes, 'it')).toThrow(expect.objectContaining({ code: 'EVIDENCE_INVALID' }));
  });

  test('of a megabyte at every depth costs no more than reading it', () => {
    let bytes: Uint8Array = tlv(TAG.octetString, Buffer.alloc(1_000_000));
    for (let depth = 0; depth < 200; depth += 1) bytes = sequence(bytes, integer(depth % 100));
    expect(readDer(bytes, 'it').items).toHaveLength(2);
  });

  test('has times of both forms, and no day that does not exist', () => {
    for (const time of [Date.UTC(1999, 11, 31, 23, 59, 59), Date.UTC(2026, 1, 28), Date.UTC(2050, 0, 1)]) {
      expect(readTime(readDer(timeValue(time), 'it'), 'it')).toBe(time);
    }
    const generalized = (text: string) => () =>
      readTime(readDer(tlv(TAG.generalizedTime, Buffer.from(text)), 'it'), 'the time');
    expect(generalized('20261120120652.25Z')()).toBe(Date.UTC(2026, 10, 20, 12, 6, 52, 250));
    for (const text of ['20260230000000Z', '20261120250000Z', '20261120120652', '2026112012Z', 'yesterday'])
      expect(generalized(text)).toThrow(/^the time is no time/);
  });
});

describe('a name', () => {
  test('has its parts in the order written', async () => {
    const key = makePrivateKey('ecdsa-p256');
    const name = async (text: string): Promise<string> => {
      const validity = { notBefore: Date.now(), notAfter: Date.now() + 1000 };
      return readCertificate(await selfSignedCertificate(bareSigner(key), parseName(text), validity), 'it')
        .name;
    };
    expect(await name('CN=Auditor, O=Example\\, Inc. ,C=DE')).toBe('CN=Auditor, O=Example\\, Inc., C=DE');
    expect(await name('cn=Prüferin 検')).toBe('CN=Prüferin 検');
    expect(await name('emailAddress=a@example.com')).toBe('emailAddress=a@example.com');
  });

  test.each([
    '',
    'Auditor',
    'CN=',
    'X=1',
    'C=Germany',
    'CN=a,',
    'emailAddress=nobody',
    `CN=${'x'.repeat(65)}`,
    'CN=a\u0000b',
  ])('%j is none', (text) => {
    expect(() => parseName(text)).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('CN=') }),
    );
  });
});

describe('a signing key', () => {
  const key = makePrivateKey('ecdsa-p256');

  test('is written and read, encrypted or not', () => {
    const spki = (one: typeof key) => createPublicKey(one).export({ type: 'spki', format: 'pem' });
    const plain = Buffer.from(privateKeyPem(key));
    const encrypted = Buffer.from(privateKeyPem(key, 'correct horse'));
    expect([isEncryptedKey(plain), isEncryptedKey(encrypted)]).toEqual([false, true]);
    expect(spki(readPrivateKey(plain, 'k'))).toBe(spki(key));
    expect(spki(readPrivateKey(encrypted, 'k', 'correct horse'))).toBe(spki(key));
    // A passphrase for a key that is not encrypted is of no use, and does no harm.
    expect(spki(readPrivateKey(plain, 'k', 'correct horse'))).toBe(spki(key));
  });

  test.each([
    ['something else', 'the keys are elsewhere', /holds no private key in PEM/],
    [
      'a public key',
      createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
      /holds no private key/,
    ],
    ['a damaged key', privateKeyPem(key).replace(/MI/, 'NI'), /cannot be read/],
    ['too much', `${privateKeyPem(key)}${' '.repeat(300_000)}`, /holds no private key/],
  ])('is not %s', (_name, text, problem) => {
    expect(() => readPrivateKey(Buffer.from(text), 'k.pem')).toThrow(problem);
    expect(() => readPrivateKey(Buffer.from(text), 'k.pem')).toThrow(
      expect.objectContaining({ code: 'KEY_FILE_INVALID', hint: expect.any(String) }),
    );
  });
});
