import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { certificatePem } from '../../src/pki/certificate.ts';
import { makePrivateKey, privateKeyPem } from '../../src/pki/keys.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import type { FakeTerminalOptions } from '../support/fake-terminal.ts';
import { openssl, opensslAbsence } from '../support/openssl.ts';
import { identityFolder } from '../support/signing-identity.ts';
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
const ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const { root, middle, leaf } = testChain();
const authority = testAuthority();

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  const chain = [leaf, middle, root].map(({ certificate }) => certificatePem(certificate.der)).join('');
  writeFileSync('signer.key', privateKeyPem(leaf.key));
  writeFileSync('signer.locked.key', privateKeyPem(leaf.key, 'correct horse'));
  writeFileSync('signer.pem', chain);
  writeFileSync('root.pem', certificatePem(root.certificate.der));
  writeFileSync('tsa-root.pem', certificatePem(authority.root.certificate.der));
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

const SIGNER = ['--sign-key', 'signer.key', '--sign-cert', 'signer.pem'];

async function signedBy(args: readonly string[], options: FakeTerminalOptions = {}): Promise<string> {
  const { exitCode, out, error } = await runCommand([...INTACT, ...args], options);
  expect({ exitCode, error }).toEqual({
    exitCode: 0,
    error: options.secret === undefined ? '' : expect.any(String),
  });
  return /^Signed: out\/report\.json\.p7s by .*$/m.exec(out)?.[0] ?? '';
}

/** A timestamp authority over HTTP, in this process; `answer` changes its answers. */
async function withAuthority(
  act: (url: string) => Promise<void>,
  answer: (request: Uint8Array) => Uint8Array = (request) => testAnswer(request, authority),
): Promise<void> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      response.end(answer(Buffer.concat(chunks)));
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  try {
    await act(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
  } finally {
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
  }
}

describe('without a configured key', () => {
  test('an identity is made on first use, for its owner alone, shown once and used again', async () => {
    const environment = { XDG_CONFIG_HOME: path.resolve('configuration') };
    const first = await runCommand(TAMPERED, { environment });
    expect(first.exitCode).toBe(1);
    const [, fingerprint] =
      /^A signing identity was made for you: .*certificate\.pem is its certificate, SHA-256 ([0-9a-f]{64})\n$/.exec(
        first.error,
      ) ?? [];
    expect(first.out).toMatch(new RegExp(`certificate SHA-256\\s${fingerprint}\\n`));
    const folder = 'configuration/trail-verify';
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(`${folder}/identity.pem`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${folder}/certificate.pem`, 'utf8')).not.toContain('PRIVATE');
    const second = await runCommand([...TAMPERED.slice(0, -1), 'out2'], { environment });
    expect(second.error).toBe('');
    expect(second.out).toMatch(new RegExp(`certificate SHA-256\\s${fingerprint}\\n`));
    const trust = ['--trust', `${folder}/certificate.pem`];
    const check = await runCommand(['report', 'verify', 'out2/report.json', ...trust]);
    expect(check).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/^GENUINE: .*; the report says INVALID\n$/),
    });
  });

  test('two first uses at once have the same identity', async () => {
    const environment = { XDG_CONFIG_HOME: path.resolve('configuration') };
    const runs = await Promise.all(
      ['a', 'b', 'c'].map((name) => runCommand([...TAMPERED.slice(0, -1), name], { environment })),
    );
    const prints = runs.map(({ out }) => /certificate SHA-256\s([0-9a-f]{64})/.exec(out)?.[1]);
    expect(new Set(prints).size).toBe(1);
  });

  test('an identity that others can read is refused, and left alone', async () => {
    const folder = path.join(path.resolve('configuration'), 'trail-verify');
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, 'identity.pem');
    writeFileSync(file, readFileSync(path.join(await identityFolder(), 'trail-verify/identity.pem')));
    chmodSync(file, 0o644);
    const environment = { XDG_CONFIG_HOME: path.resolve('configuration') };
    const { exitCode, error } = await runCommand(INTACT, { environment });
    expect(exitCode).toBe(0);
    expect(error).toMatch(/^warning: not signed: [^\n]* can be read or written by others\n$/);
    expect(existsSync('out/report.json.p7s')).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  test('HOME is a folder for it', async () => {
    const home = path.resolve('home');
    await runCommand(INTACT, { environment: { XDG_CONFIG_HOME: undefined, HOME: home } });
    expect(existsSync(path.join(home, '.config/trail-verify/identity.pem'))).toBe(true);
  });

  const HOMES: readonly (readonly [string, string | undefined])[] = [
    ['none', undefined],
    ['a relative one', 'relative'],
    ['a device', '/dev/null'],
    ['a file system that refuses with ENOENT', '/proc'],
    ['one that is read only', '/proc/self'],
    ['a pipe', 'pipe'],
    ['a file', 'file'],
  ];
  test.each(HOMES)(
    'a home folder that is %s: not signed, which one line and the report say',
    async (kind, home) => {
      if (kind === 'a pipe') execFileSync('mkfifo', ['pipe']);
      if (kind === 'a file') writeFileSync('file', '');
      const HOME = home === 'pipe' || home === 'file' ? path.resolve(home) : home;
      const { exitCode, error } = await runCommand(INTACT, {
        environment: { XDG_CONFIG_HOME: undefined, HOME },
      });
      expect(exitCode).toBe(0);
      expect(error).toMatch(/^warning: not signed: [^\n]*\n$/);
      expect(readdirSync('out').filter((name) => /p7s|tsr/.test(name))).toEqual([]);
      const { limits, verdict } = JSON.parse(readFileSync('out/report.json', 'utf8'));
      expect(verdict).toBe('VALID');
      expect(limits).toContainEqual({
        code: 'NOT_SIGNED',
        text: expect.stringMatching(/^This report is not signed: /),
      });
    },
  );

  test.each([
    [['--also-sign', 'sigstore']],
    [['--sign-algorithm', 'rsa-pss-sha256']],
    [['--tsa', 'http://127.0.0.1:9']],
  ])('where %j asks for a signature, the call is wrong', async (asked) => {
    const environment = { XDG_CONFIG_HOME: undefined, HOME: '/dev/null' };
    const { exitCode, error } = await runCommand([...INTACT, ...asked], { environment });
    expect({ exitCode, said: /^trail-verify: [^\n]*\/dev\/null\/\.config/.test(error) }).toEqual({
      exitCode: 2,
      said: true,
    });
    expect(existsSync('out')).toBe(false);
  });

  test('--no-sign leaves the report alone', async () => {
    const { exitCode, out } = await runCommand([...INTACT, '--no-sign'], {
      environment: { XDG_CONFIG_HOME: '' },
    });
    expect(exitCode).toBe(0);
    expect(out).not.toContain('Signed');
    expect(readdirSync('out').filter((name) => /p7s|tsr/.test(name))).toEqual([]);
    const check = await runCommand(['report', 'verify', 'out/report.json', '--trust', 'root.pem']);
    expect(check).toMatchObject({
      exitCode: 3,
      out: 'UNPROVEN: out/report.json: there is no signature\n',
    });
  });
});

describe('a key in a file', () => {
  test('signs with its chain, and openssl agrees', async () => {
    expect(await signedBy(SIGNER)).toContain('CN=Auditor, O=Example, certificate SHA-256');
    const check = await runCommand(['report', 'verify', 'out/report.json', '--trust', 'root.pem']);
    expect(check).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^GENUINE: .*the report says VALID\n$/),
    });
    if (absence !== undefined) return;
    const verify = ['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'out/report.json.p7s'];
    const of = ['-content', 'out/report.json', '-CAfile', 'root.pem', '-out', '/dev/null'];
    expect(openssl('.', [...verify, ...of])).toMatchObject({ code: 0 });
  });

  const locked = ['--sign-key', 'signer.locked.key', '--sign-cert', 'signer.pem'];

  test('takes its passphrase from the environment, a file or the terminal', async () => {
    writeFileSync('passphrase', 'correct horse\n');
    await signedBy([...locked, '--passphrase-env', 'SECRET'], { environment: { SECRET: 'correct horse' } });
    const again = (...args: readonly string[]) => [...args, '--output', `out-${args.length}`];
    expect(
      (await runCommand([...INTACT, ...again(...locked, '--passphrase-file', 'passphrase')])).exitCode,
    ).toBe(0);
    const typed = await runCommand([...INTACT, ...again(...locked)], { secret: 'correct horse' });
    expect(typed).toMatchObject({ exitCode: 0, error: 'Passphrase for signer.locked.key: ' });
  });

  test.each<readonly [string, readonly string[], FakeTerminalOptions, RegExp]>([
    [
      'a wrong passphrase',
      ['--passphrase-env', 'SECRET'],
      { environment: { SECRET: 'wrong' } },
      /cannot be decrypted/,
    ],
    ['no passphrase', [], {}, /is encrypted, and no passphrase was given/],
    ['no such variable', ['--passphrase-env', 'SECRET'], {}, /no variable SECRET/],
    ['no such file', ['--passphrase-file', 'none'], {}, /passphrase file none cannot be read/],
    ['a file of several lines', ['--passphrase-file', 'root.pem'], {}, /does not hold one line/],
  ])('with %s is exit 2, and nothing is written', async (_name, args, options, problem) => {
    const { exitCode, error, out } = await runCommand([...INTACT, ...locked, ...args], options);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toMatch(/^trail-verify: [^\n]+\nhint: [^\n]+\n$/);
    expect(error).toMatch(problem);
    expect(existsSync('out')).toBe(false);
  });

  test('must be there, belong to its certificate, and be valid now', async () => {
    const expired = testParty({ name: 'CN=Expired', notBefore: 1e12, notAfter: 1.1e12 });
    writeFileSync('expired.pem', privateKeyPem(expired.key) + certificatePem(expired.certificate.der));
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--sign-key', 'none.key', '--sign-cert', 'signer.pem'], /file none\.key cannot be read/],
      [['--sign-key', 'signer.key'], /holds no certificate/],
      [
        ['--sign-key', 'signer.key', '--sign-cert', 'root.pem'],
        /none of the certificates belongs to the signing key/,
      ],
      [['--sign-key', 'expired.pem'], /is valid from .* and not now/],
      [['--sign-key', 'root.pem', '--sign-cert', 'signer.pem'], /holds no private key/],
    ];
    for (const [args, problem] of cases) {
      const { exitCode, error } = await runCommand([...INTACT, ...args]);
      expect(error).toMatch(problem);
      expect(exitCode).toBe(2);
    }
    expect(existsSync('out')).toBe(false);
  });

  test.skipIf(absence !== undefined)('may be a PKCS #12 file', async () => {
    const pack = [
      'pkcs12',
      '-export',
      '-inkey',
      'signer.key',
      '-in',
      'signer.pem',
      '-out',
      'a.p12',
      '-passout',
      'pass:secret',
    ];
    expect(openssl('.', pack)).toMatchObject({ code: 0 });
    const args = ['--sign-p12', 'a.p12', '--passphrase-env', 'SECRET'];
    const wrong = await runCommand([...INTACT, ...args], { environment: { SECRET: 'Secret' } });
    expect(wrong).toMatchObject({ exitCode: 2, error: expect.stringContaining('cannot be decrypted') });
    expect(await signedBy(args, { environment: { SECRET: 'secret' } })).toContain('CN=Auditor');
  });
});

describe('a key elsewhere', () => {
  test('a key of KMS signs, with a certificate made for it', async () => {
    const server = await startKms(makePrivateKey('rsa-3072'));
    try {
      const at = ['--sign-kms', ARN, '--endpoint-url', server.url];
      const made = await runCommand(['keygen', ...at, '--output', 'kms', '--subject', 'CN=KMS signer']);
      expect(made).toMatchObject({ exitCode: 0, error: '' });
      expect(readdirSync('.').filter((name) => name.startsWith('kms'))).toEqual(['kms.cert.pem']);
      expect(await signedBy([...at, '--sign-cert', 'kms.cert.pem'])).toContain('CN=KMS signer');
      const check = await runCommand(['report', 'verify', 'out/report.json', '--trust', 'kms.cert.pem']);
      expect(check.exitCode).toBe(0);
      const wrong = await runCommand([...INTACT, ...at, '--sign-cert', 'signer.pem', '--output', 'out2']);
      expect(wrong).toMatchObject({
        exitCode: 2,
        error: expect.stringContaining('no certificate in signer.pem is for the KMS key'),
      });
    } finally {
      await server.close();
    }
  });

  test.skipIf(absence !== undefined)('a command signs', async () => {
    const args = ['--signer-cmd', 'openssl dgst -sha256 -sign signer.key', '--sign-cert', 'signer.pem'];
    expect(await signedBy(args)).toContain('CN=Auditor');
  });

  test.each([
    ['fails', 'echo no token >&2; exit 3', /the signer command ended with exit code 3: no token/],
    ['says nothing', 'cat >/dev/null', /the signer command wrote nothing/],
    ['says too much', 'cat; head -c 100000 /dev/zero', /wrote more than 65536 bytes/],
    ['gives another signature', 'head -c 64', /does not verify with the certificate/],
    ['is none', 'no-such-command-here', /the signer command ended with exit code 127/],
  ])(
    'a command that %s leaves the report unsigned: exit 4, or 1 where the trail is INVALID',
    async (_name, command, problem) => {
      const signer = ['--signer-cmd', command, '--sign-cert', 'signer.pem'];
      const intact = await runCommand([...INTACT, ...signer]);
      expect(intact).toMatchObject({
        exitCode: 4,
        error: expect.stringMatching(/^trail-verify: the report is not signed: /),
      });
      expect(intact.error).toMatch(problem);
      expect(intact.out).toContain('VALID: all');
      expect(existsSync('out/report.json')).toBe(true);
      expect(existsSync('out/report.json.p7s')).toBe(false);
      expect((await runCommand([...TAMPERED, ...signer, '--output', 'out2'])).exitCode).toBe(1);
    },
  );
});

describe('a timestamp', () => {
  test('lies beside the signature, and outlives the certificate', async () => {
    await withAuthority(async (url) => {
      const { exitCode, out } = await runCommand([
        ...INTACT,
        ...SIGNER,
        '--tsa',
        url,
        '--tsa-ca',
        'tsa-root.pem',
      ]);
      expect(exitCode).toBe(0);
      expect(out).toMatch(/^Timestamp: out\/report\.json\.p7s\.tsr, \d{4}-.*Z by CN=Example Time$/m);
    });
    const check = ['report', 'verify', 'out/report.json', '--trust', 'root.pem', '--tsa-ca', 'tsa-root.pem'];
    const line = /^GENUINE: .* before .*Z as CN=Example Time confirms; the report says VALID\n$/;
    expect(await runCommand(check)).toMatchObject({ exitCode: 0, out: expect.stringMatching(line) });
    expect(await runCommand([...check, '--now', '2101-01-01'])).toMatchObject({ exitCode: 0 });
    if (absence === undefined) {
      const verify = [
        'ts',
        '-verify',
        '-data',
        'out/report.json.p7s',
        '-in',
        'out/report.json.p7s.tsr',
        '-CAfile',
        'tsa-root.pem',
      ];
      expect(openssl('.', verify)).toMatchObject({ code: 0 });
    }
    const token = readFileSync('out/report.json.p7s.tsr');
    token.writeUInt8(token.readUInt8(token.length - 1) ^ 1, token.length - 1);
    writeFileSync('out/report.json.p7s.tsr', token);
    expect(await runCommand(check)).toMatchObject({
      exitCode: 5,
      out: expect.stringMatching(
        /^REFUSED: .*the timestamp holds a signature that is not that of CN=Example Time\n$/,
      ),
    });
  });

  test('that cannot be had: signed all the same, exit 4; --tsa-optional warns only', async () => {
    await withAuthority(
      async (url) => {
        const run = (output: string, ...more: readonly string[]) =>
          runCommand([...INTACT, ...SIGNER, '--output', output, '--tsa', url, ...more]);
        const failed = await run('a');
        expect(failed).toMatchObject({
          exitCode: 4,
          error: expect.stringMatching(/^trail-verify: the signature has no timestamp: /),
        });
        expect(readdirSync('a').filter((name) => /p7s|tsr/.test(name))).toEqual(['report.json.p7s']);
        const optional = await run('b', '--tsa-optional');
        expect(optional).toMatchObject({ exitCode: 0, error: failed.error });
      },
      () => Buffer.from('<html>no timestamp</html>'),
    );
  });

  test('of nobody there is exit 4, and 1 where the trail is INVALID', async () => {
    let closed = '';
    await withAuthority(async (url) => {
      closed = url;
    });
    const nobody = ['--tsa', closed.replace('//', '//user:s3cret@')];
    const { exitCode, error } = await runCommand([...TAMPERED, ...SIGNER, ...nobody]);
    expect(exitCode).toBe(1);
    expect(error).not.toContain('s3cret');
    expect(error).toMatch(
      /^trail-verify: the signature has no timestamp: http:\/\/\*\*\*@127\.0\.0\.1:\d+\/ does not answer: .*ECONNREFUSED.*\nhint: /,
    );
    expect(existsSync('out/report.json.p7s')).toBe(true);
  });
});

describe('options that contradict each other, or are of no use', () => {
  test.each<readonly [readonly string[], RegExp]>([
    [['--no-sign', '--sign-key', 'k'], /--no-sign and --sign-key both say who signs/],
    [['--sign-p12', 'k', '--sign-kms', 'a'], /--sign-p12 and --sign-kms both say who signs/],
    [['--sign-kms', ARN], /--sign-kms needs the certificate/],
    [['--signer-cmd', 'x'], /--signer-cmd needs the certificate/],
    [['--sign-cert', 'c'], /--sign-cert has no key/],
    [['--passphrase-env', 'X'], /a passphrase is of use with/],
    [['--sign-key', 'k', '--passphrase-env', 'X', '--passphrase-file', 'f'], /both name the passphrase/],
    [['--no-sign', '--tsa', 'http://tsa.example.com'], /--tsa and --no-sign/],
    [['--no-sign', '--sign-algorithm', 'ecdsa-sha256'], /--sign-algorithm and --no-sign/],
    [['--tsa-optional'], /--tsa-optional is of use with --tsa only/],
    [['--tsa', 'tsa.example.com'], /is not an http or https address/],
    [['--tsa', 'http://tsa.example.com', '--tsa-policy', 'gold'], /is no object identifier/],
    [['--sign-algorithm', 'ed25519'], /--sign-algorithm: there is no "ed25519"/],
    [['--sign-algorithm', 'ecdsa-sha256'], /local signing identity|cannot sign/],
  ])('%j', async (args, problem) => {
    const { exitCode, error } = await runCommand([...INTACT, ...args]);
    expect(exitCode).toBe(2);
    expect(error).toMatch(problem);
    expect(existsSync('out')).toBe(false);
  });
});
