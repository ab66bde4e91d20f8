import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { isoTime } from '../../src/base/clock.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { keysAtServer, serverKeys } from '../support/command.ts';
import { CLOCK_VARIABLES } from '../support/faked-clock.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SCRIPT = fileURLToPath(new URL('../support/run-command.ts', import.meta.url));
const COPY = fileURLToPath(new URL('../../fixtures/tampered/copy', import.meta.url));
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const CONFIGURATION = await identityFolder();
const TSX = import.meta.resolve('tsx');

function start(args: readonly string[], cwd: string, stdio: StdioOptions = 'pipe'): ChildProcess {
  const environment = {
    ...CLOCK_VARIABLES,
    PATH: process.env.PATH,
    XDG_CONFIG_HOME: CONFIGURATION,
    AWS_ACCESS_KEY_ID: 'example',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  return spawn(process.execPath, ['--import', TSX, SCRIPT, ...args], { cwd, env: environment, stdio });
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; out: string; error: string }> {
  let out = '';
  let error = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    error += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code, out, error };
}

async function stalledServer(): Promise<{ server: AwsServer; args: readonly string[] }> {
  const { store, now } = (await loadScenario('intact')).build();
  const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => now });
  server.faults.add({ kind: 'stall', operation: 'GetObject', times: Number.POSITIVE_INFINITY });
  const args = ['verify', 's3://example-trail-logs', '--output', 'out', '--now', isoTime(now)];
  return { server, args: [...args, ...keysAtServer(server)] };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((settle) => setTimeout(settle, 5));
}

test('a reader that goes away is no error, and the report is written', async () => {
  const folder = temporaryFolder();
  const args = ['verify', COPY, '--keys', KEYS, '--now', '2026-10-05T20:00:00Z', '--output', 'out'];
  const child = start([...args, '--format', 'ndjson'], folder);
  child.stdout?.destroy();
  const { code, error } = await endOf(child);
  expect({ code, error }).toEqual({ code: 1, error: '' });
  expect(JSON.parse(readFileSync(path.join(folder, 'out/report.json'), 'utf8')).verdict).toBe('INVALID');
});

test('a long report reaches a pipe whole', async () => {
  const folder = temporaryFolder();
  const args = ['verify', COPY, '--keys', KEYS, '--now', '2026-10-05T20:00:00Z', '--output', 'out'];
  const { code, out } = await endOf(start([...args, '--format', 'json'], folder));
  expect(code).toBe(1);
  expect(out).toBe(readFileSync(path.join(folder, 'out/report.json'), 'utf8'));
});

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('a full standard output is not tried: there is no /dev/full here');

test.runIf(isLinux).each(['text', 'json', 'ndjson', 'markdown'])(
  'a run whose %s does not arrive has failed, and its report is there',
  async (format) => {
    const folder = temporaryFolder();
    const args = ['verify', COPY, '--keys', KEYS, '--now', '2026-10-05T20:00:00Z', '--output', 'out'];
    const full = openSync('/dev/full', 'w');
    try {
      const child = start([...args, '--no-sign', '--format', format], folder, ['ignore', full, 'pipe']);
      const { code, error } = await endOf(child);
      expect(code).toBe(4);
      expect(error).toContain('trail-verify: standard output could not be written whole: ENOSPC');
      expect(error).not.toContain('unexpected');
    } finally {
      closeSync(full);
    }
    expect(JSON.parse(readFileSync(path.join(folder, 'out/report.json'), 'utf8')).verdict).toBe('INVALID');
  },
);

test('a second ctrl-C ends a run that hangs with 130', async () => {
  const folder = temporaryFolder();
  const { server, args } = await stalledServer();
  // The first one ends the verification: what hangs then is the timestamp of its report.
  const authority = createServer().listen(0, '127.0.0.1');
  await once(authority, 'listening');
  const { port } = authority.address() as AddressInfo;
  try {
    const child = start([...args, '--tsa', `http://127.0.0.1:${port}`], folder);
    const ended = endOf(child);
    await until(() => server.requests.some((request) => request.operation === 'GetObject'));
    const asked = once(authority, 'connection');
    child.kill('SIGINT');
    const [socket] = await asked;
    child.kill('SIGINT');
    const { code, error } = await ended;
    expect(code).toBe(130);
    expect(error).toContain('press ctrl-C again to stop at once');
    socket.destroy();
  } finally {
    authority.close();
    await server.close();
  }
});
