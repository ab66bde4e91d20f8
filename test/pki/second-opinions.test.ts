/** openssl and pkijs as second opinions: they accept what we sign and refuse it changed, and we accept what openssl signs. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as pkijs from 'pkijs';
import { describe, expect, test } from 'vitest';
import { certificatePem, parseName, pemText } from '../../src/pki/certificate.ts';
import { trustIn } from '../../src/pki/certificate-path.ts';
import { verifySignedData } from '../../src/pki/cms.ts';
import { OID, type SignatureAlgorithm } from '../../src/pki/der.ts';
import {
  bareSigner,
  certificateRequest,
  KEY_KINDS,
  makePrivateKey,
  privateKeyPem,
  readPkcs12,
  readPrivateKey,
} from '../../src/pki/keys.ts';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { requestTimestamp, verifyTimestamp } from '../../src/pki/timestamp.ts';
import { postBytes } from '../../src/source/post-bytes.ts';
import { openssl, opensslAbsence, startTimestampAuthority } from '../support/openssl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type TestParty, testParty } from '../support/test-certificates.ts';
import { testAuthority } from '../support/test-timestamp.ts';

const absence = opensslAbsence();
if (absence !== undefined) console.log(`skipped, for openssl cannot be started: ${absence}`);

const CONTENT = Buffer.from('{\n  "verdict": "VALID", "trail": "pr\\u00fcfung"\n}\n');
const NAMES = [
  ['plain', 'CN=Example Root,O=Example,C=DE'],
  ['UTF-8', 'CN=Prüfstelle Zürich 検査,O=Beispiel'],
  ['multi-valued', 'CN=Example Root+OU=Audit+O=Example,C=DE'],
] as const;
const ALGORITHMS = [
  ['rsa-3072', 'rsa-pkcs1-sha256'],
  ['rsa-3072', 'rsa-pss-sha256'],
  ['rsa-pss-3072', 'rsa-pss-sha256'],
  ['ecdsa-p256', 'ecdsa-sha256'],
] as const;
const KEYS = new Map(KEY_KINDS.map((kind) => [kind, makePrivateKey(kind)]));
const CASES = NAMES.flatMap(([name, issuer]) =>
  ALGORITHMS.map(([kind, alg]) => [kind, alg, name, issuer] as const),
);

function party(
  kind: (typeof ALGORITHMS)[number][0],
  issuerName: string,
): { root: TestParty; leaf: TestParty } {
  const root = testParty({ name: issuerName, isAuthority: true });
  const leaf = testParty({ name: 'CN=Auditor', issuer: root, key: KEYS.get(kind) ?? makePrivateKey(kind) });
  return { root, leaf };
}

async function writeSigned(
  folder: string,
  { root, leaf }: { root: TestParty; leaf: TestParty },
  alg?: SignatureAlgorithm,
): Promise<Uint8Array> {
  const signer = keySigner(leaf.key, [leaf.certificate, root.certificate], alg);
  const sha256 = createHash('sha256').update(CONTENT).digest();
  const p7s = await signContent({ sha256, at: Date.now() }, signer);
  writeFileSync(path.join(folder, 'report.json'), CONTENT);
  writeFileSync(path.join(folder, 'report.json.p7s'), p7s);
  writeFileSync(path.join(folder, 'root.pem'), certificatePem(root.certificate.der));
  writeFileSync(path.join(folder, 'leaf.pem'), certificatePem(leaf.certificate.der));
  return p7s;
}

const VERIFY = ['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'report.json.p7s'];
const OF = ['-content', 'report.json', '-out', '/dev/null'];

describe.skipIf(absence !== undefined)('openssl', () => {
  test.each(CASES)(
    'verifies %s (%s) of an issuer with a %s name, and notices changes',
    async (kind, alg, _name, issuer) => {
      const folder = temporaryFolder();
      const p7s = await writeSigned(folder, party(kind, issuer), alg);
      const run = (...more: readonly string[]) => openssl(folder, [...VERIFY, ...OF, ...more]);
      expect(run('-CAfile', 'root.pem')).toMatchObject({ code: 0 });
      expect(run('-CAfile', 'leaf.pem', '-partial_chain')).toMatchObject({ code: 0 });
      writeFileSync(path.join(folder, 'report.json'), CONTENT.toString().replace('VALID', 'valid'));
      expect(run('-CAfile', 'root.pem').code).toBe(4);
      expect(verifySignedData(p7s, { type: OID.data, detached: CONTENT }, 'it').signer.name).toBe(
        'CN=Auditor',
      );
    },
  );

  test.each([
    ['plain', []],
    ['CAdES', ['-cades']],
    ['RSA-PSS', ['-cades', '-keyopt', 'rsa_padding_mode:pss']],
  ] as const)(
    'signs (%s) what we verify, or refuse for want of the certificate reference',
    async (name, more) => {
      const folder = temporaryFolder();
      const { root, leaf } = party('rsa-3072', 'CN=Example Root');
      await writeSigned(folder, { root, leaf });
      writeFileSync(path.join(folder, 'leaf.key'), privateKeyPem(leaf.key));
      const sign = [
        'cms',
        '-sign',
        '-binary',
        '-md',
        'sha256',
        '-in',
        'report.json',
        '-outform',
        'DER',
        '-out',
        'own.p7s',
      ];
      const who = ['-signer', 'leaf.pem', '-inkey', 'leaf.key', '-certfile', 'root.pem'];
      expect(openssl(folder, [...sign, ...who, ...more])).toMatchObject({ code: 0 });
      const file = readFileSync(path.join(folder, 'own.p7s'));
      const verify = () => verifySignedData(file, { type: OID.data, detached: CONTENT }, 'it');
      if (name === 'plain') {
        expect(verify).toThrow(/certificate reference of it is missing/);
        return;
      }
      const { signer, certificates } = verify();
      expect(trustIn(signer, certificates, [root.certificate], Date.now()).kind).toBe('chain');
    },
  );

  test('refuses a signature without attributes as we do', async () => {
    const folder = temporaryFolder();
    const { root, leaf } = party('rsa-3072', 'CN=Example Root');
    await writeSigned(folder, { root, leaf });
    writeFileSync(path.join(folder, 'leaf.key'), privateKeyPem(leaf.key));
    const args = [
      'cms',
      '-sign',
      '-noattr',
      '-binary',
      '-in',
      'report.json',
      '-signer',
      'leaf.pem',
      '-inkey',
      'leaf.key',
    ];
    expect(openssl(folder, [...args, '-outform', 'DER', '-out', 'own.p7s']).code).toBe(0);
    const file = readFileSync(path.join(folder, 'own.p7s'));
    expect(() => verifySignedData(file, { type: OID.data, detached: CONTENT }, 'it')).toThrow(
      /no signed attributes/,
    );
  });

  test.each(KEY_KINDS)('verifies the certificate request of a key of type %s', async (kind) => {
    const folder = temporaryFolder();
    const signer = bareSigner(KEYS.get(kind) ?? makePrivateKey(kind));
    const csr = await certificateRequest(signer, parseName('CN=Prüferin\\, A.,O=Example'));
    writeFileSync(path.join(folder, 'csr.pem'), pemText('CERTIFICATE REQUEST', csr));
    const { code, text } = openssl(folder, [
      'req',
      '-in',
      'csr.pem',
      '-verify',
      '-noout',
      '-text',
      '-nameopt',
      'utf8',
    ]);
    expect({ code }).toEqual({ code: 0 });
    expect(text).toContain('Digital Signature, Non Repudiation');
  });

  test.each([
    ['timestamps of an RSA authority', 'rsa-3072'],
    ['timestamps of an ECDSA authority', 'ecdsa-p256'],
  ] as const)('gives %s that we verify, and verifies what we keep of them', async (_name, kind) => {
    const folder = temporaryFolder();
    const p7s = await writeSigned(folder, party('ecdsa-p256', 'CN=Example Root'));
    const authority = testAuthority({ key: KEYS.get(kind) ?? makePrivateKey(kind) });
    const server = await startTimestampAuthority(folder, authority);
    try {
      const post = (url: string, body: Uint8Array) =>
        postBytes(url, body, {
          contentType: 'application/timestamp-query',
          accept: 'application/timestamp-reply',
          pauseMs: 1,
          network: { proxies: {}, direct: [], authorities: undefined },
        });
      const ask = (policy?: string) =>
        requestTimestamp(p7s, { url: server.url, post, policy, anchors: [authority.root.certificate] });
      const { file, timestamp } = await ask('1.3.6.1.4.1.55555.1.2');
      expect(timestamp.policy).toBe('1.3.6.1.4.1.55555.1.2');
      expect(Math.abs(timestamp.time - Date.now())).toBeLessThan(60_000);
      writeFileSync(path.join(folder, 't.tsr'), file);
      const verify = ['ts', '-verify', '-in', 't.tsr', '-CAfile', 'tsa-root.pem', '-data'];
      expect(openssl(folder, [...verify, 'report.json.p7s'])).toMatchObject({ code: 0 });
      expect(openssl(folder, [...verify, 'report.json']).code).not.toBe(0);
      expect(() => verifyTimestamp(file, CONTENT, 'it')).toThrow(/over other bytes/);
      await expect(ask('1.2.3.4')).rejects.toThrow(/refused: the policy is not supported/);
      noticesEveryByte(file, p7s, authority.root);
    } finally {
      await server.close();
    }
  });

  test.each(['traditional', 'pbes2', 'scrypt', '3des'])(
    'encrypts a key (%s) that we read, and not with a wrong passphrase',
    (form) => {
      const folder = temporaryFolder();
      writeFileSync(
        path.join(folder, 'k.pem'),
        privateKeyPem(KEYS.get('rsa-3072') ?? makePrivateKey('rsa-3072')),
      );
      const forms: Readonly<Record<string, readonly string[]>> = {
        traditional: ['rsa', '-traditional', '-aes256'],
        pbes2: ['pkcs8', '-topk8', '-v2', 'aes-256-cbc'],
        scrypt: ['pkcs8', '-topk8', '-scrypt'],
        '3des': ['pkcs8', '-topk8', '-v2', 'des3'],
      };
      const args = [
        ...(forms[form] ?? []),
        '-in',
        'k.pem',
        '-out',
        'e.pem',
        '-passout',
        'pass:correct horse',
      ];
      expect(openssl(folder, args)).toMatchObject({ code: 0 });
      const file = readFileSync(path.join(folder, 'e.pem'));
      expect(readPrivateKey(file, 'e.pem', 'correct horse').asymmetricKeyType).toBe('rsa');
      for (const wrong of ['correct', '', undefined]) {
        expect(() => readPrivateKey(file, 'e.pem', wrong)).toThrow(
          expect.objectContaining({ code: 'KEY_FILE_INVALID' }),
        );
      }
    },
  );

  test.each(
    (['rsa-3072', 'ecdsa-p256'] as const).flatMap((kind) =>
      NAMES.flatMap(
        ([name, issuer]) =>
          [
            [kind, name, issuer, []],
            [kind, name, issuer, ['-legacy']],
          ] as const,
      ),
    ),
  )('packs a PKCS #12 file (%s, %s issuer) that we read byte for byte', (kind, _name, issuer, legacy) => {
    const folder = temporaryFolder();
    const { root, leaf } = party(kind, issuer);
    writeFileSync(path.join(folder, 'leaf.key'), privateKeyPem(leaf.key));
    writeFileSync(path.join(folder, 'leaf.pem'), certificatePem(leaf.certificate.der));
    writeFileSync(path.join(folder, 'root.pem'), certificatePem(root.certificate.der));
    const args = [
      'pkcs12',
      '-export',
      '-inkey',
      'leaf.key',
      '-in',
      'leaf.pem',
      '-certfile',
      'root.pem',
      '-out',
      'a.p12',
    ];
    expect(openssl(folder, [...args, ...legacy, '-passout', 'pass:päss'])).toMatchObject({ code: 0 });
    const file = readFileSync(path.join(folder, 'a.p12'));
    const { key, certificates } = readPkcs12(file, 'a.p12', 'päss');
    expect(certificates.map(({ fingerprint }) => fingerprint).sort()).toEqual(
      [leaf.certificate.fingerprint, root.certificate.fingerprint].sort(),
    );
    expect(keySigner(key, certificates).chain[0]).toEqual(Buffer.from(leaf.certificate.der));
    for (const wrong of ['pass', '']) {
      expect(() => readPkcs12(file, 'a.p12', wrong)).toThrow(
        expect.objectContaining({ code: 'KEY_FILE_INVALID', hint: 'check the passphrase' }),
      );
    }
    expect(() => readPkcs12(file.subarray(0, 200), 'a.p12', 'päss')).toThrow(/cannot be read/);
  });
});

function noticesEveryByte(file: Uint8Array, data: Uint8Array, root: TestParty): void {
  const isGood = (bytes: Uint8Array): boolean => {
    try {
      const { signer, certificates, time } = verifyTimestamp(bytes, data, 'it');
      return trustIn(signer, certificates, [root.certificate], time).kind === 'chain';
    } catch {
      return false;
    }
  };
  expect(isGood(file)).toBe(true);
  for (let at = 0; at < file.length; at += 1) {
    const changed = Buffer.from(file);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(isGood(changed), `byte ${at}`).toBe(false);
  }
}

describe('pkijs', () => {
  test.each(CASES)(
    'verifies %s (%s) of an issuer with a %s name, and notices changes',
    async (kind, alg, _name, issuer) => {
      const { root, leaf } = party(kind, issuer);
      const p7s = await writeSigned(temporaryFolder(), { root, leaf }, alg);
      const verify = async (content: Uint8Array): Promise<boolean> => {
        const info = pkijs.ContentInfo.fromBER(Uint8Array.from(p7s));
        const signed = new pkijs.SignedData({ schema: info.content });
        const trusted = pkijs.Certificate.fromBER(Uint8Array.from(root.certificate.der));
        const data = Uint8Array.from(content).buffer;
        return signed
          .verify({ signer: 0, data, checkChain: true, trustedCerts: [trusted] })
          .catch(() => false);
      };
      expect(await verify(CONTENT)).toBe(true);
      expect(await verify(Buffer.from(CONTENT.toString().replace('VALID', 'valid')))).toBe(false);
    },
  );
});
