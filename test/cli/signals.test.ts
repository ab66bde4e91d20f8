/** SIGINT, SIGTERM and SIGHUP for the command as it is installed: while threads hash log files, and before there is anything to do. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/base/clock.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { Report } from '../../src/report/report.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { type RunningCommand, startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { busyTrail } from '../support/busy-trail.ts';
import { keysAtServer, runCommand, serverKeys } from '../support/command.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const HOURS = 10;
const LOGS_AN_HOUR = 100;
const NOTICE =
  'trail-verify: interrupted: a partial report is being written; press ctrl-C again to stop at once\n';
const LOG_EVENT = '{"type":"log"';

const { store, now } = busyTrail(HOURS, LOGS_AN_HOUR);
const copy = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
writeFolder(store, copy, { metadata: true });
useBuiltCommand();
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const OPTIONS = ['--now', isoTime(now), '--workers', '2', '--format', 'ndjson', '--output', 'out'];

async function startServer(): Promise<AwsServer> {
  const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => now });
  onTestFinished(() => server.close());
  return server;
}

/** A run over the folder or the bucket; whatever becomes of the test, it does not outlive it. */
async function start(
  target: AwsServer | 'folder',
  cwd: string,
  options: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<RunningCommand> {
  const place =
    target === 'folder' ? [copy, '--keys', KEYS] : ['s3://example-trail-logs', ...keysAtServer(target)];
  const running = await startBuilt(['verify', ...place, ...OPTIONS, ...options], cwd, environment);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  return running;
}

/** The partial report in `cwd`, signed and whole, and beside it the inventory that it names and nothing else. */
async function partialReport(cwd: string): Promise<Report> {
  const out = path.join(cwd, 'out');
  expect(readdirSync(out).sort()).toEqual(['inventory.jsonl.gz', 'report.json', 'report.json.p7s']);
  const file = path.join(out, 'report.json');
  const signer = path.join(await identityFolder(), 'trail-verify', 'certificate.pem');
  const check = await runCommand(['report', 'verify', file, '--trust', signer]);
  expect(check).toMatchObject({ exitCode: 3, out: expect.stringMatching(/^GENUINE: /), error: '' });
  const { report } = readReport(readFileSync(file), file);
  expect(report.verdict).toBe('INCONCLUSIVE');
  expect(report.findings.map(({ code, evidence }) => ({ code, evidence }))).toContainEqual({
    code: 'RUN_INTERRUPTED',
    evidence: { reason: 'stopped' },
  });
  expect(report.findings.filter(({ weight }) => weight === 'violation')).toEqual([]);
  const inventory = gunzipSync(readFileSync(path.join(out, 'inventory.jsonl.gz')));
  expect(sha256(inventory)).toBe(report.objects?.inventory.sha256);
  return report;
}

/** The report counts what the events told, each log file once, and what was named and not judged as nothing else. */
function expectBalance({ totals: { digests, logs } }: Report, output: string): void {
  const events = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const judged = events.filter(({ type }) => type === 'log').map(({ object }) => object.key);
  const read = events.filter(({ type }) => type === 'digest');
  expect(new Set(judged).size).toBe(judged.length);
  expect(digests).toMatchObject({ valid: read.length, invalid: 0, missing: 0, unproven: 0 });
  expect(logs).toEqual({
    listed: read.reduce((sum, { logFiles }) => sum + logFiles, 0),
    valid: judged.length,
    ...{ invalid: 0, missing: 0, unproven: 0, unlisted: 0 },
  });
}

test.each([
  ['a folder', 'natively', 'SIGINT'],
  ['a folder', 'in pure Node', 'SIGTERM'],
  ['a folder', 'natively', 'SIGHUP'],
  ['a bucket', 'natively', 'SIGTERM'],
  ['a bucket', 'in pure Node', 'SIGINT'],
] as const)('%s that is hashed %s, and %s: a partial report', async (place, way, signal) => {
  const cwd = temporaryFolder();
  const target = place === 'a folder' ? 'folder' : await startServer();
  // A run without an end never passes, whatever may.
  const options = ['--fail-on', signal === 'SIGINT' ? 'invalid' : 'inconclusive'];
  const running = await start(target, cwd, options, way === 'natively' ? {} : { TRAIL_VERIFY_NATIVE: '0' });
  await running.shows('out', LOG_EVENT);
  running.child.kill(signal);
  const { code, signal: killedBy, out, error } = await running.ended;
  expect({ code, killedBy, error }).toEqual({ code: 3, killedBy: null, error: NOTICE });
  const report = await partialReport(cwd);
  expectBalance(report, out);
  expect(report.totals.logs.valid).toBeGreaterThan(0);
  expect(report.totals.logs.valid).toBeLessThan(HOURS * LOGS_AN_HOUR);
});

test('a second signal ends a run that hangs at once', async () => {
  const cwd = temporaryFolder();
  const server = await startServer();
  let read = 0;
  const match = (_: string, key: string): boolean => {
    if (key.includes('/CloudTrail/')) read += 1;
    return read > 400;
  };
  server.faults.add({ kind: 'stall', operation: 'GetObject', times: Number.POSITIVE_INFINITY, match });
  const running = await start(server, cwd);
  await running.shows('out', LOG_EVENT);
  running.child.kill('SIGINT');
  await running.shows('error', NOTICE);
  running.child.kill('SIGTERM');
  const { code, error } = await running.ended;
  expect({ code, error }).toEqual({ code: 130, error: NOTICE });
  expect(existsSync(path.join(cwd, 'out/report.json'))).toBe(false);
});

test('SIGTERM at the first request of a run: a partial report of nothing', async () => {
  const cwd = temporaryFolder();
  const server = await startServer();
  let running: RunningCommand | undefined;
  let asked = 0;
  const match = (): boolean => {
    if (asked === 0) running?.child.kill('SIGTERM');
    asked += 1;
    return false;
  };
  server.faults.add({ kind: 'stall', match });
  running = await start(server, cwd);
  const { code, signal, out, error } = await running.ended;
  expect({ code, signal, error }).toEqual({ code: 3, signal: null, error: NOTICE });
  const report = await partialReport(cwd);
  expectBalance(report, out);
  expect(report.totals.digests.listed).toBe(0);
  expect(server.requests.filter(({ operation }) => operation === 'GetObject')).toEqual([]);
});

test('SIGTERM before the run', async () => {
  const cwd = temporaryFolder();
  const server = await startServer();
  let running: RunningCommand | undefined;
  const match = (): boolean => {
    running?.child.kill('SIGTERM');
    return true;
  };
  server.faults.add({ kind: 'stall', operation: 'GetObject', match });
  running = await start(server, cwd, ['--state', 's3://example-trail-logs/state.json']);
  const { code, signal, out, error } = await running.ended;
  expect({ code, signal, out, error }).toEqual({
    code: 130,
    signal: null,
    out: '',
    error: 'trail-verify: interrupted\n',
  });
  expect(readdirSync(cwd)).toEqual([]);
});
