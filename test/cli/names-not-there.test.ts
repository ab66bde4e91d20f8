/** Accounts, Regions and trails that are named and that nothing in the target has. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { type Fault, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { deleteObject } from '../support/damage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';

const BUCKET = 'example-trail-logs';
const [OWN, OTHER] = ['111122223333', '444455556666'];
const BEGIN = Date.parse('2026-10-05T09:12:37Z');
const NOW = BEGIN + 4 * HOUR + 90 * MINUTE;
const KEYS = `${process.cwd()}/fixtures/keys/public-keys.jsonl`;
const FOLDER = process.cwd();
let store: ObjectStore;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  store = new ObjectStore(() => BEGIN);
  store.createBucket(BUCKET, { versioned: true });
  const common = { store, bucket: BUCKET, trail: 'audit', homeRegion: 'us-east-1', startLogging: BEGIN };
  for (const account of [OWN, OTHER])
    for (const region of ['us-east-1', 'eu-west-1'])
      new TestTrail({ ...common, account, region }).hours(4, { logs: 1 });
});
afterEach(() => {
  process.chdir(FOLDER);
  vi.unstubAllEnvs();
});

async function verify(target: 'bucket' | 'copy', ...args: readonly string[]) {
  const common = ['--now', isoTime(NOW), '--no-sign', '--output', 'out', ...args];
  if (target === 'copy') {
    writeFolder(store, 'copy', { metadata: true });
    return runCommand(['verify', 'copy', '--keys', KEYS, ...common]);
  }
  const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => NOW });
  onTestFinished(() => server.close());
  return runCommand(['verify', `s3://${BUCKET}`, ...keysAtServer(server), ...common]);
}

function codes(): readonly string[] {
  const report: { findings: readonly { weight: string; code: string }[] } = JSON.parse(
    readFileSync('out/report.json', 'utf8'),
  );
  return [...new Set(report.findings.map(({ weight, code }) => `${weight} ${code}`))].sort();
}

/** Deletes what a part of the keys names, with delete markers. */
function remove(part: string): void {
  for (const key of store.keys(BUCKET).filter((one) => one.includes(part)))
    deleteObject(store, { bucket: BUCKET, key });
}

describe.each(['bucket', 'copy'] as const)('a name that is not in a %s', (target) => {
  test.each<readonly [string, readonly string[], RegExp, RegExp]>([
    [
      'of a Region',
      ['--region', 'eu-west-2'],
      /there is no Region eu-west-2 in /,
      /did you mean eu-west-1\? there are: eu-west-1, us-east-1; /,
    ],
    [
      'of an account',
      ['--account', '999900001111'],
      /there is no account 999900001111 in /,
      /there are: 111122223333, 444455556666; /,
    ],
    [
      'of a Region of an account',
      ['--account', OWN, '--region', 'sa-east-1'],
      /there is no Region sa-east-1 in .* of 111122223333/,
      /there are: eu-west-1, us-east-1; /,
    ],
    [
      'of a trail',
      ['--trail', 'adit', '--no-unlisted'],
      /there is no trail adit in /,
      /did you mean audit\? there are: audit; /,
    ],
  ])('%s is exit 2, with those that there are, and leaves no report', async (_, args, message, hint) => {
    const { exitCode, out, error } = await verify(target, ...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    const [first, second, ...rest] = error.split('\n');
    expect(first).toMatch(message);
    expect(second).toMatch(hint);
    expect(rest).toEqual(['']);
    expect(existsSync('out')).toBe(false);
  });
});

describe('what is not there is reported and no typing error', () => {
  test('where it is named beside one that is there', async () => {
    const { exitCode } = await verify('bucket', '--account', OWN, '--account', '999900001111');
    expect(exitCode).toBe(3);
    expect(codes()).toEqual(['unproven CHAIN_ABSENT']);
  });

  test('where the file of --expect has it', async () => {
    writeFileSync('expect.json', JSON.stringify([{ account: OWN, region: 'sa-east-1', trail: 'audit' }]));
    const { exitCode } = await verify('bucket', '--region', 'sa-east-1', '--expect', 'expect.json');
    expect(exitCode).toBe(3);
    expect(codes()).toContain('unproven CHAIN_ABSENT');
  });

  test('where its digests were deleted, and versions tell of them', async () => {
    remove(`/${OWN}/`);
    const { exitCode } = await verify('bucket', '--account', OWN);
    expect(exitCode).toBe(1);
    expect(codes()).toContain('violation DIGEST_REMOVED');
  });

  test.each([
    ['everything', 'AWSLogs/', `s3://${BUCKET}`],
    ['everything, named by AWSLogs', 'AWSLogs/', `s3://${BUCKET}/AWSLogs`],
    ['an account, named by its folder', `/${OWN}/`, `s3://${BUCKET}/AWSLogs/${OWN}`],
  ])('where versions tell of what was deleted: %s', async (_, part, target) => {
    remove(part);
    const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => NOW });
    onTestFinished(() => server.close());
    const args = [...keysAtServer(server), '--now', isoTime(NOW), '--no-sign', '--output', 'out'];
    expect((await runCommand(['verify', target, ...args])).exitCode).toBe(1);
    expect(codes()).toContain('violation DIGEST_REMOVED');
  });

  test('where log files are left', async () => {
    remove(`/${OWN}/CloudTrail-Digest/`);
    const { exitCode } = await verify('copy', '--account', OWN);
    expect(exitCode).toBe(3);
    expect(codes()).toContain('unproven CHAIN_ABSENT');
  });

  test('where an earlier run proved it', async () => {
    const state = ['--account', OWN, '--state', 'state.json', '--force'];
    expect((await verify('bucket', ...state)).exitCode).toBe(0);
    for (const key of store.keys(BUCKET).filter((one) => one.includes(`/${OWN}/`)))
      deleteObject(store, { bucket: BUCKET, key });
    expect((await verify('bucket', ...state)).exitCode).toBe(1);
  });

  test('where the target holds nothing any more, and keeps no versions', async () => {
    store = new ObjectStore(() => BEGIN);
    store.createBucket(BUCKET, {});
    const { exitCode } = await verify('bucket', '--account', OWN);
    expect(exitCode).toBe(3);
    expect(codes()).toEqual(['unproven CHAIN_ABSENT', 'unproven NOTHING_VERIFIED']);
  });
});

const HTML = '<html><body>Please sign in</body></html>';
const LIST = (name: string, prefix: string): string =>
  `<?xml version="1.0"?><ListVersionsResult><Name>${name}</Name><Prefix>${prefix}</Prefix><IsTruncated>false</IsTruncated></ListVersionsResult>`;

describe.each<readonly [string, Partial<Fault>]>([
  ['is refused', { kind: 'status', status: 403, code: 'AccessDenied' }],
  ['is a page of a proxy', answering(HTML)],
  ['is empty', answering('')],
  ['is a list of objects', answering(LIST(BUCKET, '').replaceAll('ListVersionsResult', 'ListBucketResult'))],
  ['is that of another bucket', answering(LIST('another-bucket', ''))],
  ['is that of another prefix', answering(LIST(BUCKET, 'elsewhere/'))],
])('where the list of versions %s', (_name, fault) => {
  async function verifyRefused(...args: readonly string[]) {
    const server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => NOW });
    onTestFinished(() => server.close());
    server.faults.add({ kind: 'answer', operation: 'ListObjectVersions', times: Infinity, ...fault });
    const common = ['--now', isoTime(NOW), '--no-sign', '--output', 'out'];
    return runCommand(['verify', ...args, ...keysAtServer(server), ...common]);
  }
  const limits = (): readonly string[] =>
    JSON.parse(readFileSync('out/report.json', 'utf8'))
      .limits.filter(({ code }: { code: string }) => code === 'VERSIONS_NOT_SEEN')
      .map(({ text }: { text: string }) => text);
  const TOLD = [expect.stringContaining('could not be listed (s3:ListBucketVersions)')];

  test.each<readonly [string, string, readonly string[], readonly string[]]>([
    ['everything', 'AWSLogs/', [`s3://${BUCKET}`], ['unproven NOTHING_VERIFIED']],
    [
      'an account, named by its folder',
      `/${OWN}/`,
      [`s3://${BUCKET}/AWSLogs/${OWN}`],
      ['unproven NOTHING_VERIFIED'],
    ],
    [
      'an account, named by --account',
      `/${OWN}/`,
      [`s3://${BUCKET}`, '--account', OWN],
      ['unproven CHAIN_ABSENT', 'unproven NOTHING_VERIFIED'],
    ],
  ])('what was deleted is no typing error: %s', async (_what, part, args, found) => {
    remove(part);
    const { exitCode, error } = await verifyRefused(...args);
    expect({ exitCode, error }).toEqual({ exitCode: 3, error: '' });
    expect(codes()).toEqual(found);
    expect(limits()).toEqual(TOLD);
  });

  test('a bucket that is wiped in part has the limit', async () => {
    remove(`/${OWN}/`);
    expect((await verifyRefused(`s3://${BUCKET}`)).exitCode).toBe(0);
    expect(limits()).toEqual(TOLD);
  });

  test('a bucket without versions has none to be listed', async () => {
    store = new ObjectStore(() => BEGIN);
    store.createBucket(BUCKET, {});
    const { exitCode, error } = await verifyRefused(`s3://${BUCKET}`);
    expect({ exitCode, error }).toEqual({
      exitCode: 2,
      error: expect.stringContaining('holds no CloudTrail folders'),
    });
  });
});

/** A fault that answers 200 with that body. */
function answering(body: string): Partial<Fault> {
  const type = body.startsWith('<html') ? 'text/html' : 'application/xml';
  return { change: () => ({ status: 200, headers: { 'content-type': type }, body: Buffer.from(body) }) };
}
