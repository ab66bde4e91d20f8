/** `keys fetch` of a target: its Regions and its oldest digests say which keys. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
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

describe('a Region folder that is planted', () => {
  const planted = store.clone();
  for (const region of ['af-evil-1', 'zz-evil-9'])
    planted.put(BUCKET, `AWSLogs/111122223333/CloudTrail-Digest/${region}/x`, new Uint8Array(3));

  test('takes no key of another, is named in one line, and leaves exit code 3', async () => {
    const deny = new Set(['cloudtrail:ListPublicKeys@zz-evil-9']);
    const server = await serve({ store: planted, deny });
    const fetch = ['keys', 'fetch', ...keysAtServer(server), `s3://${BUCKET}`];
    const { exitCode, error } = await runCommand([...fetch, '--output', 'keys.jsonl']);
    expect({ exitCode, error }).toEqual({
      exitCode: 3,
      error: expect.stringMatching(
        /^.*public keys of eu-west-1, us-east-1 written to keys\.jsonl\nwarning: no public keys of af-evil-1 \(CloudTrail lists none for that time\), zz-evil-9 \(.*no policy allows it.*\)\nhint: .*--region eu-west-1 us-east-1\n$/,
      ),
    });
    expect(regionsIn('keys.jsonl')).toEqual(['eu-west-1', 'us-east-1']);
    const { exitCode: onScreen, out } = await runCommand(fetch);
    expect([onScreen, out]).toEqual([3, readFileSync('keys.jsonl', 'utf8')]);
    const named = await runCommand([...fetch, '--region', 'eu-west-1', 'us-east-1']);
    expect([named.exitCode, named.error]).toEqual([0, '']);
  });

  test('that is named by hand, or the only one there is, is an error, and nothing is written', async () => {
    const server = await serve({ store: planted });
    const fetch = ['keys', 'fetch', ...keysAtServer(server), '--output', 'keys.jsonl'];
    const named = await runCommand([...fetch, '--region', 'us-east-1', 'zz-evil-9']);
    expect(named).toMatchObject({ exitCode: 2, out: '' });
    const alone = await runCommand([
      ...fetch,
      `s3://${BUCKET}/AWSLogs/111122223333/CloudTrail-Digest/zz-evil-9`,
    ]);
    expect(alone).toMatchObject({ exitCode: 2, out: '' });
    expect(existsSync('keys.jsonl')).toBe(false);
  });
});

test('a key file in the copy whose keys it would hold is refused, wherever the path to it leads', async () => {
  const server = await serve();
  await runCommand(['collect', `s3://${BUCKET}`, 'copy', '--endpoint-url', server.url, '--quiet']);
  symlinkSync('copy', 'link');
  const part = `copy/${BUCKET}/AWSLogs/111122223333`;
  for (const [target, output] of [
    ['copy', `copy/${BUCKET}/AWSLogs/keys.jsonl`],
    ['copy', 'link/keys.jsonl'],
    ['link', 'copy/keys.jsonl'],
    [part, `copy/${BUCKET}/keys.jsonl`],
  ] as const) {
    const { exitCode, out, error } = await runCommand(['keys', 'fetch', target, '--output', output]);
    expect({ exitCode, out, error }).toEqual({
      exitCode: 2,
      out: '',
      error: expect.stringMatching(
        /^trail-verify: file .* would be in the copy .*\nhint: give a file outside it /,
      ),
    });
    expect(existsSync(output)).toBe(false);
  }
});
