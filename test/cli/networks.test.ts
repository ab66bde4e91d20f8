/** Proxies and private authorities, as the command meets them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { isoTime } from '../../src/base/clock.ts';
import { certificatePem } from '../../src/pki/certificate.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { startTestProxy, type TestProxyOptions } from '../support/connect-proxy.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { privateAuthority, tlsFront } from '../support/private-authority.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';

const START = process.cwd();
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));

let server: AwsServer;
let options: readonly string[];

beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  const { store, now } = (await loadScenario('intact')).build();
  server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => now });
  options = ['--now', isoTime(now), '--output', 'out'];
});
afterEach(async () => {
  await server.close();
  process.chdir(START);
  vi.unstubAllEnvs();
});

async function proxyOf(settings: TestProxyOptions = {}) {
  const proxy = await startTestProxy(settings);
  onTestFinished(() => proxy.close());
  return proxy;
}

const verify = (url: string, ...more: readonly string[]) =>
  runCommand(['verify', 's3://example-trail-logs', '--endpoint-url', url, ...options, ...more], {
    columns: 200,
  });

function limits(): readonly string[] {
  return JSON.parse(readFileSync('out/report.json', 'utf8')).limits.map(({ text }: { text: string }) => text);
}

describe('a proxy', () => {
  test('that cannot be one ends the run, as does a file without certificates', async () => {
    for (const [name, value] of [
      ['HTTPS_PROXY', 'http://user:secret@:3128'],
      ['http_proxy', 'socks5://secret@host'],
      ['AWS_CA_BUNDLE', '/nowhere/ca.pem'],
      ['AWS_CA_BUNDLE', '/dev/null'],
    ] as const) {
      vi.stubEnv(name, value);
      for (const more of [[], ['--keys', KEYS, '--no-sign']]) {
        const { exitCode, out, error } = await verify(server.url, ...more);
        expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
        expect(error.trimEnd().split('\n')).toHaveLength(2);
        expect(error).toContain(name);
        expect(error).not.toContain('secret');
      }
      vi.stubEnv(name, undefined);
    }
  });

  test.each<readonly [string, TestProxyOptions, RegExp]>([
    [
      'that refuses',
      { refuse: 403 },
      /the proxy http:\/\/127\.0\.0\.1:\d+ opens no connection to .*it answered 403/,
    ],
    [
      'that wants a password',
      { user: 'user', password: 'other' },
      /asks for a user and a password.*\(407\).*HTTPS_PROXY/s,
    ],
  ])('%s is named as the cause, without the password', async (_name, settings, words) => {
    const proxy = await proxyOf(settings);
    vi.stubEnv('HTTPS_PROXY', proxy.name.replace('//', '//user:s3cret@'));
    const { exitCode, error } = await verify('https://127.0.0.1:9', '--keys', KEYS, '--no-sign');
    expect(exitCode).toBe(4);
    expect(error).toMatch(words);
    expect(error).not.toContain('s3cret');
  });

  test('that wants a password for what it passes on is named as well', async () => {
    const proxy = await proxyOf({ user: 'user', password: 'other' });
    vi.stubEnv('HTTP_PROXY', proxy.name);
    const { exitCode, error } = await verify(server.url, '--keys', KEYS, '--no-sign');
    expect(exitCode).toBe(4);
    expect(error).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ asks for a user and a password/);
    expect(server.requests).toEqual([]);
  });

  test("answering 404 is nobody's word on an object", async () => {
    const proxy = await proxyOf({ refuse: 404 });
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const { exitCode, error } = await verify('https://127.0.0.1:9', '--keys', KEYS, '--no-sign');
    expect(exitCode).toBe(4);
    expect(error).toContain('it answered 404');
  });
});

describe.skipIf(opensslAbsence() !== undefined)('over TLS with a private authority', () => {
  test('S3, public keys and timestamps come through the proxy', async () => {
    const authority = privateAuthority();
    const front = await tlsFront(server.url, authority);
    const proxy = await proxyOf({ user: 'user', password: 's3cret' });
    vi.stubEnv('AWS_CA_BUNDLE', authority.file);
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const { exitCode, error } = await verify(front.url, '--trust-endpoint-keys', '--no-sign');
    expect({ exitCode, error }).toMatchObject({ exitCode: 0 });
    expect(error).not.toContain('s3cret');
    expect(server.requests.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(['ListObjectsV2', 'GetObject', 'ListPublicKeys']),
    );
    expect(front.asked).toHaveLength(server.requests.length);
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(front.url).host]));
    expect(limits()).toContainEqual(
      expect.stringMatching(/ca\.pem \(AWS_CA_BUNDLE\).*public keys of his own/),
    );
    expect(readFileSync('out/report.json', 'utf8')).not.toContain('s3cret');
  });

  test('and without its certificate the hint names the variables', async () => {
    const front = await tlsFront(server.url, privateAuthority());
    const { exitCode, error } = await verify(front.url, '--keys', KEYS, '--no-sign');
    expect(exitCode).toBe(4);
    expect(error).toMatch(/certificate.*AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS/s);
    const keys = ['keys', 'fetch', '--region', 'us-east-1', '--endpoint-url', front.url];
    expect((await runCommand(keys)).error).toContain('AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS');
  });

  test('the profile may name it, and the keys that are written come with a warning', async () => {
    const authority = privateAuthority();
    const front = await tlsFront(server.url, authority);
    writeFileSync(
      'config',
      `[profile lab]\nca_bundle = ${authority.file}\naws_access_key_id = AKIALAB\naws_secret_access_key = s\n`,
    );
    vi.stubEnv('AWS_CONFIG_FILE', 'config');
    const keys = ['keys', 'fetch', '--region', 'us-east-1', '--from', '2026-08-01', '--trust-endpoint-keys'];
    const { exitCode, error } = await runCommand([...keys, '--endpoint-url', front.url, '--profile', 'lab']);
    expect(exitCode).toBe(0);
    expect(error).toMatch(/^warning: .*test-ca\.pem \(ca_bundle\)/);
  });

  test('a timestamp authority', async () => {
    const authority = privateAuthority();
    const time = testAuthority();
    const tsa = await startTimestamps((request) => testAnswer(request, time));
    const front = await tlsFront(tsa, authority);
    const proxy = await proxyOf();
    writeFileSync('tsa-root.pem', certificatePem(time.root.certificate.der));
    vi.stubEnv('AWS_CA_BUNDLE', authority.file);
    vi.stubEnv('https_proxy', proxy.url);
    const { exitCode, out } = await verify(
      server.url,
      '--keys',
      KEYS,
      '--tsa',
      front.url,
      '--tsa-ca',
      'tsa-root.pem',
    );
    expect(exitCode).toBe(0);
    expect(out).toContain('Timestamp: ');
    expect(proxy.tunnels).toEqual([new URL(front.url).host]);
  });
});

/** A timestamp authority at the address that is returned. */
async function startTimestamps(reply: (request: Uint8Array) => Uint8Array): Promise<string> {
  const { createServer } = await import('node:http');
  const authority = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      response.end(reply(Buffer.concat(chunks)));
    });
  });
  onTestFinished(() => {
    authority.close();
    authority.closeAllConnections();
  });
  await new Promise<void>((settle) => authority.listen(0, '127.0.0.1', settle));
  const address = authority.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describe('as it is installed', () => {
  useBuiltCommand();

  test('the command reads through a proxy', async () => {
    const proxy = await proxyOf({ user: 'user', password: 's3cret' });
    const args = [
      'verify',
      's3://example-trail-logs',
      '--endpoint-url',
      server.url,
      '--keys',
      KEYS,
      '--no-sign',
    ];
    const { ended } = await startBuilt([...args, ...options], process.cwd(), { HTTP_PROXY: proxy.url });
    expect(await ended).toMatchObject({ code: 0 });
    expect(proxy.passed).toHaveLength(server.requests.length);
  });
});
