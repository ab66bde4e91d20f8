import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type Certificate,
  certificatePem,
  readCertificate,
  readCertificateFile,
} from '../../src/pki/certificate.ts';
import { trustIn } from '../../src/pki/certificate-path.ts';
import { makePrivateKey } from '../../src/pki/keys.ts';
import { type TestParty, testChain, testParty, USAGE } from '../support/test-certificates.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const { root, middle, leaf } = testChain({ notBefore: NOW - DAY, notAfter: NOW + 365 * DAY });

function trust(signer: TestParty, embedded: readonly TestParty[], anchors: readonly TestParty[], at = NOW) {
  const certificates = (parties: readonly TestParty[]): readonly Certificate[] =>
    parties.map(({ certificate }) => certificate);
  return trustIn(signer.certificate, certificates(embedded), certificates(anchors), at);
}

describe('a signer is trusted', () => {
  test('who is named itself, or leads to an authority that is named', () => {
    expect(trust(leaf, [leaf, middle], [leaf])).toEqual({ kind: 'pinned' });
    expect(trust(leaf, [leaf, middle], [root])).toEqual({ kind: 'chain' });
    expect(trust(leaf, [leaf], [root, middle])).toEqual({ kind: 'chain' });
    expect(trust(leaf, [leaf], [middle])).toEqual({ kind: 'chain' });
  });

  test('also over a root that another authority certified too', () => {
    const other = testParty({ name: 'CN=Other Root', isAuthority: true });
    const cross = testParty({
      name: 'CN=Example Root,O=Example',
      key: root.key,
      issuer: other,
      isAuthority: true,
    });
    expect(trust(leaf, [leaf, middle, cross], [root])).toEqual({ kind: 'chain' });
    expect(trust(leaf, [leaf, middle, cross], [other])).toEqual({ kind: 'chain' });
  });

  test('not, without any way to an authority that is named', () => {
    const stranger = testParty({ name: 'CN=Example Root,O=Example', isAuthority: true });
    expect(trust(leaf, [leaf, middle, root], [])).toMatchObject({ kind: 'untrusted' });
    expect(trust(leaf, [leaf, middle, root], [stranger])).toMatchObject({ kind: 'untrusted' });
    expect(trust(leaf, [leaf], [root])).toMatchObject({ kind: 'untrusted' });
  });

  test.each([
    ['no authority', { isAuthority: false }],
    ['no right to sign certificates', { isAuthority: true, keyUsage: USAGE.signing }],
    [
      'a critical extension that is not checked (name constraints)',
      { isAuthority: true, critical: ['2.5.29.30'] },
    ],
    ['too short an RSA key', { isAuthority: true, key: rsaKey(1024) }],
    ['a curve that is not accepted', { isAuthority: true, key: ecKey('secp256k1') }],
  ] as const)('not, where its issuer has %s', (_name, options) => {
    const issuer = testParty({ name: 'CN=Issuer', issuer: root, ...options });
    const signer = testParty({ name: 'CN=Signer', issuer });
    expect(trust(signer, [signer, issuer], [root])).toMatchObject({ kind: 'untrusted' });
  });

  test('not, beyond the path length of an authority', () => {
    const deeper = testParty({ name: 'CN=Deeper', issuer: middle, isAuthority: true });
    const signer = testParty({ name: 'CN=Signer', issuer: deeper });
    expect(trust(signer, [signer, deeper, middle], [root])).toMatchObject({ kind: 'untrusted' });
    expect(trust(signer, [signer, deeper], [deeper])).toEqual({ kind: 'chain' });
  });

  test('not, with a weak key of its own, even when named itself', () => {
    const weak = testParty({ name: 'CN=Weak', key: rsaKey(1024) });
    expect(trust(weak, [weak], [weak])).toMatchObject({
      why: expect.stringContaining('RSA key of 1024 bits'),
    });
  });

  test('not, where a certificate that came along is vouched for by nobody', () => {
    const misfit = testParty({
      name: 'CN=Stray',
      issuer: testParty({ name: 'CN=Absent', isAuthority: true }),
    });
    expect(trust(leaf, [leaf, middle, misfit], [root])).toMatchObject({
      why: expect.stringContaining('CN=Stray'),
    });
  });

  test('only while all certificates on the way are valid', () => {
    const old = testParty({
      name: 'CN=Old',
      issuer: root,
      isAuthority: true,
      notBefore: NOW - 9 * DAY,
      notAfter: NOW - 5 * DAY,
    });
    const signer = testParty({ name: 'CN=Signer', issuer: old, notBefore: NOW - 8 * DAY });
    expect(trust(signer, [signer, old], [root])).toEqual({
      kind: 'outside-validity',
      why: expect.stringMatching(/^CN=Old is valid from .* to .*, and not on /),
    });
    expect(trust(leaf, [leaf], [leaf], NOW + 400 * DAY)).toMatchObject({ kind: 'outside-validity' });
    expect(trust(leaf, [leaf], [leaf], NOW - 2 * DAY)).toMatchObject({ kind: 'outside-validity' });
  });

  test('soon told, whatever heap of authorities certify each other', () => {
    const key = makePrivateKey('ecdsa-p256');
    const heap = Array.from({ length: 14 }, () => testParty({ name: 'CN=Same', key, isAuthority: true }));
    const signer = testParty({ name: 'CN=Signer', issuer: heap[0] ?? root });
    expect(trust(signer, [signer, ...heap], [root])).toMatchObject({ kind: 'untrusted' });
  });
});

describe('a certificate file', () => {
  const der = leaf.certificate.der;

  test('is PEM with any words around it, or DER', () => {
    const text = `Bag Attributes\n${certificatePem(der)}junk\n${certificatePem(middle.certificate.der)}`;
    expect(readCertificateFile(Buffer.from(text), 'x').map(({ name }) => name)).toEqual([
      leaf.certificate.name,
      middle.certificate.name,
    ]);
    expect(readCertificateFile(der, 'x')[0]?.fingerprint).toBe(leaf.certificate.fingerprint);
  });

  test.each([
    ['nothing', Buffer.alloc(0), /holds no certificate/],
    [
      'a key',
      Buffer.from('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
      /holds no certificate/,
    ],
    ['damage', Buffer.from(certificatePem(der.subarray(0, 300))), /something other than a certificate/],
    ['other DER', Buffer.from('300302010a', 'hex'), /something other than a certificate/],
    ['too much', Buffer.alloc(5_000_000, 0x20), /too large/],
  ])('with %s in it is refused', (_name, file, problem) => {
    expect(() => readCertificateFile(file, 'trust.pem')).toThrow(problem);
    expect(() => readCertificateFile(file, 'trust.pem')).toThrow(
      expect.objectContaining({ code: 'KEY_FILE_INVALID', message: expect.stringContaining('trust.pem') }),
    );
  });

  test('is read or refused with any byte changed, and never anything else', () => {
    for (let at = 0; at < der.length; at += 1) {
      const changed = Buffer.from(der);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x55, at);
      try {
        readCertificate(changed, 'it');
      } catch (error) {
        expect(error).toMatchObject({ code: 'EVIDENCE_INVALID' });
      }
    }
  });
});

function rsaKey(modulusLength: number) {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey;
}

function ecKey(namedCurve: string) {
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}
