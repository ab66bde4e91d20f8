/** `keys fetch` of a target: its Regions and its oldest digests say which keys. */
import { mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { isoTime } from '../../src/base/clock.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';

const BUCKET = 'example-trail-logs';
const BEGIN = Date.parse('2026-10-05T09:12:37Z');
const FOLDER = process.cwd();
const store = new ObjectStore(() => BEGIN);
for (const [account, region] of [
  ['111122223333', 'us-east-1'],
  ['444455556666', 'eu-west-1'],
] as const) {
  const common = { store, bucket: BUCKET, trail: 'audit', homeRegion: 'us-east-1', startLogging: BEGIN };
  new TestTrail({ ...common, account, region }).hours(2, { logs: 1 });
}

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(FOLDER);
  vi.unstubAllEnvs();
});

async function serve(more: AwsServerOptions = {}): Promise<AwsServer> {
  const server = await startAwsServer({ store, publicKeys: serverKeys(), ...more });
  onTestFinished(() => server.close());
  return server;
}

/** The Regions of the keys that are in a file. */
function regionsIn(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return [...new Set(lines.map((line) => String(JSON.parse(line).region)))];
}

test('a bucket and its copy give the same keys, and those are enough to verify it offline', async () => {
  const server = await serve();
  const fetch = ['keys', 'fetch', ...keysAtServer(server)];
  expect((await runCommand([...fetch, `s3://${BUCKET}`, '--output', 'bucket.jsonl'])).exitCode).toBe(0);
  await runCommand(['collect', `s3://${BUCKET}`, 'copy', '--endpoint-url', server.url, '--quiet']);
  const ofCopy = await runCommand([...fetch, 'copy', '--output', 'copy.jsonl']);
  expect(ofCopy).toMatchObject({ exitCode: 0 });
  expect(ofCopy.error).toContain('public keys of eu-west-1, us-east-1 written to copy.jsonl');
  expect(readFileSync('copy.jsonl', 'utf8')).toBe(readFileSync('bucket.jsonl', 'utf8'));
  expect(regionsIn('copy.jsonl')).toEqual(['eu-west-1', 'us-east-1']);
  const now = ['--now', isoTime(BEGIN + 3 * 3_600_000), '--no-report', '--quiet', '--from', isoTime(BEGIN)];
  expect((await runCommand(['verify', 'copy', '--keys', 'copy.jsonl', '--no-sign', ...now])).exitCode).toBe(
    0,
  );
});

test('a part of a target gives the Regions of that part, and --region comes first', async () => {
  const server = await serve();
  const fetch = ['keys', 'fetch', ...keysAtServer(server), '--output'];
  const part = `s3://${BUCKET}/AWSLogs/444455556666`;
  expect((await runCommand([...fetch, 'part.jsonl', part])).exitCode).toBe(0);
  expect(regionsIn('part.jsonl')).toEqual(['eu-west-1']);
  expect((await runCommand([...fetch, 'named.jsonl', '--region', 'us-east-1', '--', part])).exitCode).toBe(0);
  expect(regionsIn('named.jsonl')).toEqual(['us-east-1']);
});

test('what shows no Region, or not all of them, is refused', async () => {
  const server = await serve();
  const fetch = ['keys', 'fetch', ...keysAtServer(server)];
  const nothing = await runCommand(fetch);
  expect(nothing.exitCode).toBe(2);
  expect(nothing.error).toContain('neither a target nor --region');
  mkdirSync('empty');
  const empty = await runCommand([...fetch, 'empty']);
  expect(empty.exitCode).toBe(2);
  expect(empty.error).toContain('empty holds no digest folders');
  const closed = await serve({ listable: ['AWSLogs/111122223333/*'] });
  const refused = await runCommand(['keys', 'fetch', ...keysAtServer(closed), `s3://${BUCKET}`]);
  expect(refused.exitCode).toBe(4);
  expect(refused.error).toContain('or the Regions with --region');
});
