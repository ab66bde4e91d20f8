/** `--embed-timestamp` and `--also-sign sigstore`, and what `report verify` makes of their files. */
import { createPublicKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { certificatePem } from '../../src/pki/certificate.ts';
import { makePrivateKey, privateKeyPem } from '../../src/pki/keys.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { openssl, opensslAbsence } from '../support/openssl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testChain, testParty } from '../support/test-certificates.ts';
import { startKms } from '../support/test-kms.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';

const absence = opensslAbsence();
if (absence !== undefined)
  console.log(`tests with openssl are skipped, for it cannot be started: ${absence}`);

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const KEYS = ['--keys', fixture('keys/public-keys.jsonl'), '--output', 'out'];
const INTACT = ['verify', fixture('intact/copy'), '--now', '2026-10-02T21:50:00Z', ...KEYS];
const TAMPERED = ['verify', fixture('tampered/copy'), '--now', '2026-10-05T19:42:37Z', ...KEYS];
const SIGNER = ['--sign-key', 'signer.key', '--sign-cert', 'signer.pem'];
const BUNDLE = ['--also-sign', 'sigstore'];
const CHECK = ['report', 'verify', 'out/report.json', '--trust', 'root.pem'];
const { root, middle, leaf } = testChain();
const authority = testAuthority();

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  const chain = [leaf, middle, root].map(({ certificate }) => certificatePem(certificate.der)).join('');
  writeFileSync('signer.key', privateKeyPem(leaf.key));
  writeFileSync('signer.pem', chain);
  writeFileSync('root.pem', certificatePem(root.certificate.der));
  writeFileSync('tsa-root.pem', certificatePem(authority.root.certificate.der));
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

/** Runs with a timestamp authority over HTTP, which answers the first `most` requests; returns how many there were. */
async function withAuthority(act: (tsa: readonly string[]) => Promise<void>, most = 9): Promise<number> {
  let requests = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests += 1;
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      response.end(requests > most ? 'no more' : testAnswer(Buffer.concat(chunks), authority));
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await act(['--tsa', `http://127.0.0.1:${port}`, '--tsa-ca', 'tsa-root.pem']);
  } finally {
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
  }
  return requests;
}

const made = (): readonly string[] =>
  readdirSync('out')
    .filter((name) => /p7s|tsr|sigstore/.test(name))
    .sort();

describe('--embed-timestamp', () => {
  test('puts a timestamp into the signature too; each of the two proves the time', async () => {
    const requests = await withAuthority(async (tsa) => {
      const { exitCode, out, error } = await runCommand([...INTACT, ...SIGNER, ...tsa, '--embed-timestamp']);
      expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
      expect(out).toMatch(/^Timestamp: out\/report\.json\.p7s\.tsr, .*Z by CN=Example Time$/m);
      expect(out).toMatch(/^Timestamp in the signature: .*Z by CN=Example Time$/m);
    });
    expect(requests).toBe(2);
    const later = [...CHECK, '--tsa-ca', 'tsa-root.pem', '--now', '2101-01-01'];
    expect(await runCommand(later)).toMatchObject({ exitCode: 0 });
    if (absence === undefined) {
      const cms = ['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'out/report.json.p7s'];
      const of = ['-content', 'out/report.json', '-CAfile', 'root.pem', '-out', '/dev/null'];
      expect(openssl('.', [...cms, ...of])).toMatchObject({ code: 0 });
      const ts = ['ts', '-verify', '-data', 'out/report.json.p7s', '-in', 'out/report.json.p7s.tsr'];
      expect(openssl('.', [...ts, '-CAfile', 'tsa-root.pem'])).toMatchObject({ code: 0 });
    }
    writeFileSync('elsewhere.p7s', readFileSync('out/report.json.p7s'));
    const inside = await runCommand([...later, '--signature', 'elsewhere.p7s']);
    expect(inside).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^GENUINE: .* as CN=Example Time confirms/),
    });
  });

  test.each([
    [0, 1, ['report.json.p7s']],
    [1, 2, ['report.json.p7s']],
  ] as const)('of an authority that fails after %d answers: signed, exit 4', async (most, asked, files) => {
    const requests = await withAuthority(async (tsa) => {
      const result = await runCommand([...INTACT, ...SIGNER, ...tsa, '--embed-timestamp']);
      expect(result).toMatchObject({
        exitCode: 4,
        error: expect.stringMatching(/^trail-verify: the signature has no timestamp: /),
      });
    }, most);
    expect(requests).toBe(asked);
    expect(made()).toEqual(files);
    expect((await runCommand(CHECK)).exitCode).toBe(most === 0 ? 0 : 3);
  });
});

describe('--also-sign sigstore', () => {
  test('writes a bundle that report verify checks, here and under another name', async () => {
    const { exitCode, out } = await runCommand([...TAMPERED, ...SIGNER, ...BUNDLE]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^Sigstore bundle: out\/report\.sigstore\.json$/m);
    expect(made()).toEqual(['report.json.p7s', 'report.sigstore.json']);
    const line = /^GENUINE: .*; the report says INVALID; the Sigstore bundle says the same\n$/;
    expect(await runCommand(CHECK)).toMatchObject({ exitCode: 1, out: expect.stringMatching(line) });
    const text = readFileSync('out/report.sigstore.json', 'utf8');
    writeFileSync('mine.json', text);
    expect((await runCommand([...CHECK, '--bundle', 'mine.json'])).exitCode).toBe(1);
    expect(await runCommand([...CHECK, '--bundle', 'none.json'])).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('there is no file none.json'),
    });
    writeFileSync('mine.json', text.replace('"keyid":""', '"keyid":"k"'));
    expect(await runCommand([...CHECK, '--bundle', 'mine.json'])).toMatchObject({
      exitCode: 5,
      out: expect.stringMatching(/^REFUSED: .*the Sigstore bundle is no Sigstore bundle/),
    });
  });

  test('of another run is refused', async () => {
    await runCommand([...TAMPERED, ...SIGNER, ...BUNDLE]);
    await runCommand([...INTACT, ...SIGNER, ...BUNDLE, '--output', 'out2']);
    const check = await runCommand([...CHECK, '--bundle', 'out2/report.sigstore.json']);
    expect(check).toMatchObject({
      exitCode: 5,
      out: 'REFUSED: out/report.json: the Sigstore bundle is not about this report\n',
    });
  });

  test('has a timestamp of its own with --tsa, in three requests with --embed-timestamp', async () => {
    const requests = await withAuthority(async (tsa) => {
      const all = [...INTACT, ...SIGNER, ...BUNDLE, ...tsa, '--embed-timestamp'];
      expect((await runCommand(all)).exitCode).toBe(0);
    });
    expect(requests).toBe(3);
    expect(readFileSync('out/report.sigstore.json', 'utf8')).toContain('"signedTimestamp":"MI');
    expect(await runCommand([...CHECK, '--tsa-ca', 'tsa-root.pem'])).toMatchObject({ exitCode: 0 });
  });

  test('without the timestamp it was to have: exit 4, or a warning with --tsa-optional', async () => {
    await withAuthority(async (tsa) => {
      const failed = await runCommand([...INTACT, ...SIGNER, ...BUNDLE, ...tsa]);
      const problem = /^trail-verify: the Sigstore bundle has no timestamp: /;
      expect(failed).toMatchObject({ exitCode: 4, error: expect.stringMatching(problem) });
      expect(made()).toEqual(['report.json.p7s', 'report.json.p7s.tsr', 'report.sigstore.json']);
    }, 1);
    await withAuthority(async (tsa) => {
      const args = [...SIGNER, ...BUNDLE, ...tsa, '--tsa-optional', '--output', 'out2'];
      const { exitCode, error } = await runCommand([...INTACT, ...args]);
      expect(exitCode).toBe(0);
      expect(error).toMatch(/^trail-verify: the signature has no timestamp: /);
    }, 0);
  });

  test('is checked in a bag as well', async () => {
    const bag = [...INTACT, ...SIGNER, ...BUNDLE, '--bag'];
    expect((await runCommand(bag)).exitCode).toBe(0);
    const verify = ['evidence', 'verify', 'out', '--trust', 'root.pem'];
    expect(await runCommand(verify)).toMatchObject({ exitCode: 0 });
    const statement = JSON.parse(readFileSync('out/report.sigstore.json', 'utf8')).dsseEnvelope.payload;
    const subjects = JSON.parse(Buffer.from(statement, 'base64').toString()).subject;
    expect(subjects.map(({ name }: { name: string }) => name)).toContain('manifest-sha256.txt');
    const text = readFileSync('out/report.sigstore.json', 'utf8');
    writeFileSync('out/report.sigstore.json', text.replace(/"sig":"./, '"sig":"Z'));
    const changed = await runCommand(verify);
    expect(changed.exitCode).toBe(5);
    expect(changed.out).toContain('the Sigstore bundle holds a signature that is not that of');
  });

  test('by a key of KMS, and by a command', async () => {
    const key = makePrivateKey('rsa-3072');
    const server = await startKms(key);
    try {
      const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
      const at = ['--sign-kms', arn, '--endpoint-url', server.url];
      const { certificate } = testParty({ name: 'CN=KMS signer', key });
      expect(createPublicKey(key).equals(certificate.key)).toBe(true);
      writeFileSync('kms.pem', certificatePem(certificate.der));
      const kms = await runCommand([...INTACT, ...at, '--sign-cert', 'kms.pem', ...BUNDLE]);
      expect(kms.exitCode).toBe(0);
      const check = await runCommand(['report', 'verify', 'out/report.json', '--trust', 'kms.pem']);
      expect(check.out).toMatch(/^GENUINE: .*the Sigstore bundle says the same\n$/);
    } finally {
      await server.close();
    }
    if (absence !== undefined) return;
    const args = ['--signer-cmd', 'openssl dgst -sha256 -sign signer.key', '--sign-cert', 'signer.pem'];
    expect((await runCommand([...INTACT, ...args, ...BUNDLE, '--output', 'out2'])).exitCode).toBe(0);
    const check = await runCommand(['report', 'verify', 'out2/report.json', '--trust', 'root.pem']);
    expect(check.out).toMatch(/^GENUINE: .*the Sigstore bundle says the same\n$/);
  });

  test.skipIf(absence !== undefined)(
    'that its signer refuses to make: the report is signed, exit 4',
    async () => {
      // The first signature is for the report, the second for the bundle.
      const command = 'test -e once && exit 7; touch once; openssl dgst -sha256 -sign signer.key';
      const args = ['--signer-cmd', command, '--sign-cert', 'signer.pem'];
      const { exitCode, error } = await runCommand([...INTACT, ...args, ...BUNDLE]);
      expect(exitCode).toBe(4);
      expect(error).toMatch(
        /^trail-verify: there is no Sigstore bundle: the signer command ended with exit code 7/,
      );
      expect(made()).toEqual(['report.json.p7s']);
    },
  );
});

describe('options that contradict each other, or are of no use', () => {
  test.each<readonly [readonly string[], RegExp]>([
    [['--embed-timestamp'], /--embed-timestamp is of use with --tsa only/],
    [['--no-sign', ...BUNDLE], /--also-sign and --no-sign contradict each other/],
    [['--also-sign', 'pgp'], /--also-sign: there is no "pgp"/],
    [
      [...BUNDLE, '--sign-algorithm', 'rsa-pss-sha256', '--sign-key', 'rsa.pem'],
      /cannot be signed with RSA-PSS/,
    ],
  ])('%j', async (args, problem) => {
    const rsa = testParty({ name: 'CN=RSA', key: makePrivateKey('rsa-3072') });
    writeFileSync('rsa.pem', privateKeyPem(rsa.key) + certificatePem(rsa.certificate.der));
    const { exitCode, error } = await runCommand([...INTACT, ...args]);
    expect(exitCode).toBe(2);
    expect(error).toMatch(problem);
    expect(existsSync('out')).toBe(false);
  });
});
