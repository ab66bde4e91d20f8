import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isEncryptedKey } from '../../src/pki/keys.ts';
import { runCommand } from '../support/command.ts';
import { openssl, opensslAbsence } from '../support/openssl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const absence = opensslAbsence();
if (absence !== undefined)
  console.log(`tests with openssl are skipped, for it cannot be started: ${absence}`);
const START = process.cwd();

beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(START));

describe('keygen', () => {
  test.each(['rsa-3072', 'rsa-pss-3072', 'ecdsa-p256'])(
    'makes a %s key and its certificate, for their owner alone',
    async (type) => {
      const args = [
        'keygen',
        '--output',
        'auditor',
        '--subject',
        'CN=Prüferin,O=Example',
        '--key-type',
        type,
      ];
      const { exitCode, out, error } = await runCommand(args);
      expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
      expect(out).toMatch(
        /^key {10}auditor\.key\.pem \([a-z0-9-]+, not encrypted\)\ncertificate {2}auditor\.cert\.pem \(CN=Prüferin, O=Example\)\nSHA-256 {6}[0-9a-f]{64}\n$/,
      );
      expect(readdirSync('.').sort()).toEqual(['auditor.cert.pem', 'auditor.key.pem']);
      for (const file of readdirSync('.')) expect(statSync(file).mode & 0o777).toBe(0o600);
      if (absence !== undefined) return;
      expect(
        openssl('.', ['verify', '-x509_strict', '-CAfile', 'auditor.cert.pem', 'auditor.cert.pem']),
      ).toEqual({
        code: 0,
        text: 'auditor.cert.pem: OK\n',
      });
      const { text } = openssl('.', [
        'x509',
        '-in',
        'auditor.cert.pem',
        '-noout',
        '-ext',
        'keyUsage,extendedKeyUsage,basicConstraints',
      ]);
      expect(text).toContain('Digital Signature, Non Repudiation');
      expect(text).toContain('CA:FALSE');
      expect(text).not.toContain('Extended Key Usage: ');
    },
  );

  test('encrypts the key with a passphrase that is long enough', async () => {
    const args = ['keygen', '--key-type', 'ecdsa-p256', '--passphrase-env', 'SECRET'];
    const short = await runCommand(args, { environment: { SECRET: 'short' } });
    expect(short).toMatchObject({ exitCode: 2, error: expect.stringContaining('shorter than 8 characters') });
    const { exitCode } = await runCommand(args, { environment: { SECRET: 'correct horse' } });
    expect(exitCode).toBe(0);
    expect(isEncryptedKey(readFileSync('report-signer.key.pem'))).toBe(true);
  });

  test('makes a request for an authority', async () => {
    const { exitCode, out } = await runCommand([
      'keygen',
      '--csr',
      '--key-type',
      'ecdsa-p256',
      '--output',
      'a',
    ]);
    expect(exitCode).toBe(0);
    expect(out).toContain('a.csr.pem: have an authority sign it');
    expect(readdirSync('.').sort()).toEqual(['a.csr.pem', 'a.key.pem']);
  });

  test('replaces nothing, and leaves no key without its certificate', async () => {
    writeFileSync('report-signer.cert.pem', 'mine');
    const { exitCode, error } = await runCommand(['keygen', '--key-type', 'ecdsa-p256']);
    expect(exitCode).toBe(2);
    expect(error).toContain('report-signer.cert.pem exists already');
    expect(readdirSync('.')).toEqual(['report-signer.cert.pem']);
    expect(readFileSync('report-signer.cert.pem', 'utf8')).toBe('mine');
  });

  test.each<readonly [readonly string[], RegExp]>([
    [['--subject', 'Auditor'], /"Auditor" is no part of a distinguished name/],
    [['--days', '0'], /--days/],
    [['--csr', '--days', '5'], /--days is of no use with --csr/],
    [['--key-type', 'ed25519'], /--key-type: there is no "ed25519"/],
    [['--sign-kms', 'x', '--key-type', 'rsa-3072'], /a key of KMS has its own type/],
    [['--sign-kms', 'x'], /not the ARN of a KMS key/],
  ])('%j is exit 2', async (args, problem) => {
    const { exitCode, error } = await runCommand(['keygen', ...args]);
    expect(exitCode).toBe(2);
    expect(error).toMatch(problem);
    expect(readdirSync('.')).toEqual([]);
  });
});
