/** Every file that is named by hand, replaced by what is none: one clear line, exit 2, at once, in little memory. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { isoTime } from '../../src/base/clock.ts';
import { readGivenFile, readGivenSecret } from '../../src/source/given-file.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const COPY = fixture('intact/copy');
const KEYS = fixture('keys/public-keys.jsonl');
const GIGABYTE = 1024 ** 3;
const isWindows = process.platform === 'win32';
let server: net.Server | undefined;

const ODD = ['pipe', 'link-to-pipe', '/dev/zero', 'link-to-zero', '/dev/tty', 'folder', 'socket', 'gigabyte'];

beforeAll(async () => {
  stubAwsEnvironment();
  process.chdir(mkdtempSync(path.join(tmpdir(), 'trail-verify-test-')));
  const { now } = (await loadScenario('intact')).build();
  await runCommand(['keygen', '--output', 'signer', '--key-type', 'ecdsa-p256']);
  const sign = ['--sign-key', 'signer.key.pem', '--sign-cert', 'signer.cert.pem'];
  await runCommand(['verify', COPY, '--keys', KEYS, '--now', isoTime(now), '--output', 'out', ...sign]);
  execFileSync('mkfifo', ['pipe']);
  symlinkSync('pipe', 'link-to-pipe');
  symlinkSync('/dev/zero', 'link-to-zero');
  mkdirSync('folder');
  writeFileSync('gigabyte', '');
  truncateSync('gigabyte', GIGABYTE);
  server = net.createServer();
  await new Promise<void>((ready) => {
    server?.listen(path.resolve('socket'), ready);
  });
});
afterAll(() => {
  server?.close();
  const folder = process.cwd();
  process.chdir(START);
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const VERIFY = ['verify', COPY, '--output', 'other'];
const SIGNED = ['--sign-cert', 'signer.cert.pem', '--sign-key', 'signer.key.pem'];
const CHECK = ['report', 'verify', 'out/report.json'];
const PROVE = ['prove', 's3://example-trail-logs/x', '--report'];

/** Every option and argument that takes a file. */
const PLACES: readonly (readonly [string, (file: string) => readonly string[]])[] = [
  ['--keys', (file) => [...VERIFY, '--keys', file]],
  ['--expect', (file) => [...VERIFY, '--keys', KEYS, '--expect', file]],
  ['--accept', (file) => [...VERIFY, '--keys', KEYS, '--accept', file]],
  ['--state', (file) => [...VERIFY, '--keys', KEYS, '--no-sign', '--state', file]],
  [
    '--state-signer',
    (file) => [...VERIFY, '--keys', KEYS, '--no-sign', '--state', 's', '--state-signer', file],
  ],
  ['--sign-key', (file) => [...VERIFY, '--keys', KEYS, '--sign-key', file, '--sign-cert', 'signer.cert.pem']],
  ['--sign-cert', (file) => [...VERIFY, '--keys', KEYS, '--sign-key', 'signer.key.pem', '--sign-cert', file]],
  ['--sign-p12', (file) => [...VERIFY, '--keys', KEYS, '--sign-p12', file]],
  [
    '--tsa-ca',
    (file) => [...VERIFY, '--keys', KEYS, ...SIGNED, '--tsa', 'http://127.0.0.1:9', '--tsa-ca', file],
  ],
  ['keys list', (file) => ['keys', 'list', file]],
  ['report render', (file) => ['report', 'render', file, '--format', 'html']],
  ['report verify', (file) => ['report', 'verify', file]],
  ['--trust', (file) => [...CHECK, '--trust', file]],
  ['--signature', (file) => [...CHECK, '--signature', file]],
  ['--timestamp', (file) => [...CHECK, '--timestamp', file]],
  ['--bundle', (file) => [...CHECK, '--bundle', file]],
  ['report verify --tsa-ca', (file) => [...CHECK, '--tsa-ca', file]],
  ['explain-gap', (file) => ['explain-gap', file]],
  ['recover', (file) => ['recover', file, 'recovered']],
  ['prove --report', (file) => [...PROVE, file]],
  ['prove --inventory', (file) => [...PROVE, 'out/report.json', '--inventory', file]],
  ['proof verify', (file) => ['proof', 'verify', file, '--report', 'out/report.json']],
  ['proof verify --report', (file) => ['proof', 'verify', 'out/report.json', '--report', file]],
  [
    'proof verify --log',
    (file) => ['proof', 'verify', 'out/report.json', '--report', 'out/report.json', '--log', file],
  ],
  ['evidence verify --trust', (file) => ['evidence', 'verify', 'out', '--trust', file]],
  ['evidence verify --keys', (file) => ['evidence', 'verify', 'out', '--keys', file]],
];

describe.skipIf(isWindows)('a file given by hand', () => {
  test.each(PLACES)('%s', async (name, args) => {
    for (const odd of ODD) {
      // An inventory may be of any size: it is read as it comes, and ends with the first byte that is wrong.
      if (odd === 'gigabyte' && name.endsWith('--inventory')) continue;
      const held = process.memoryUsage().rss;
      const began = performance.now();
      const { exitCode, error, out } = await runCommand([...args(odd)]);
      const took = performance.now() - began;
      expect({ odd, exitCode, error }).toEqual({ odd, exitCode: 2, error: expect.stringContaining(odd) });
      expect(error.split('\n')[0]).toMatch(/^trail-verify: /);
      expect(out).toBe('');
      expect(took, odd).toBeLessThan(2000);
      expect(process.memoryUsage().rss - held, odd).toBeLessThan(256 * 1024 * 1024);
    }
  });
});

describe('a file whose size says nothing', () => {
  test.skipIf(process.platform !== 'linux')('is read to its end, or to its bound', async () => {
    expect((await readGivenFile('/proc/self/status', 100_000)).toString()).toContain('Pid:');
    await expect(readGivenFile('/proc/self/status', 10)).rejects.toThrow('it is larger than 10 bytes');
  });

  test('in any number of pieces', async () => {
    writeFileSync('exact', 'x'.repeat(70_000));
    expect(await readGivenFile('exact', 70_000)).toHaveLength(70_000);
    await expect(readGivenFile('exact', 69_999)).rejects.toThrow('it is larger than 69999 bytes');
  });
});

describe.skipIf(isWindows)('a secret through a pipe that is open already', () => {
  const BUILT = fileURLToPath(new URL('../../bin/trail-verify.js', import.meta.url));

  test('is taken from a command of the shell', async () => {
    expect(
      (
        await runCommand(['keygen', '--output', 'secret', '--passphrase-env', 'WORD'], {
          environment: { WORD: 'seven words' },
        })
      ).exitCode,
    ).toBe(0);
    const line = `"${process.execPath}" "${BUILT}" verify "${COPY}" --keys "${KEYS}" --output piped --quiet --sign-key secret.key.pem --sign-cert secret.cert.pem --passphrase-file <(sleep 0.2; echo 'seven words')`;
    const child = spawn('bash', ['-c', line], { stdio: ['ignore', 'ignore', 'pipe'] });
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => {
      error += chunk.toString();
    });
    const code = await new Promise((ended) => child.on('close', ended));
    expect({ code, error }).toEqual({ code: 3, error: '' });
  });

  test('a named pipe is none', async () => {
    await expect(readGivenSecret('pipe', 100)).rejects.toThrow('it is no file but a named pipe');
  });
});
