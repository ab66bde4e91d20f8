/** A bucket that is read through an access point: its digests are held to the bucket that the user names. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { copyOf } from '../../fixtures/copy-scenario.ts';
import { auditTrail } from '../../fixtures/scenario.ts';
import { isoTime } from '../../src/base/clock.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const BUCKET = 'example-trail-logs';
const ALIAS = 'audit-readers-abcdefghij0123456789-s3alias';
const START = process.cwd();
const { store, trail } = auditTrail(3);
const { now, options } = copyOf(trail);
let server: AwsServer;

beforeAll(async () => {
  store.createBucket(ALIAS);
  for (const key of store.keys(BUCKET)) {
    const object = store.get(BUCKET, key);
    if (object !== undefined) store.put(ALIAS, key, object.bytes, object);
  }
  // What the access point serves is all there is: nothing may be read past it.
  for (const key of store.keys(BUCKET)) store.delete(BUCKET, key);
  server = await startAwsServer({ store });
});
afterAll(() => server.close());
beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

function verify(...args: readonly string[]): Promise<CommandResult> {
  const run = ['--keys', KEYS, '--now', isoTime(now), ...options, '--endpoint-url', server.url];
  return runCommand(['verify', ...args, ...run, '--no-sign', '--quiet', '--output', 'out']);
}

function report(): {
  readonly limits: readonly { code: string; text: string }[];
  readonly findings: readonly { code: string }[];
} {
  return JSON.parse(readFileSync('out/report.json', 'utf8'));
}

describe('an access point', () => {
  test.each([['at once'], ['on threads']])('of the bucket that is named is verified %s', async (how) => {
    const workers = how === 'at once' ? '0' : '2';
    const { exitCode, error } = await verify(`s3://${ALIAS}`, '--bucket', BUCKET, '--workers', workers);
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(report().limits).toContainEqual({
      code: 'ACCESS_POINT',
      text: expect.stringContaining(
        `access point ${ALIAS}. That it leads to the bucket ${BUCKET} is the word of the person`,
      ),
    });
  });

  test('of another bucket holds moved digests, whoever owns it', async () => {
    expect((await verify(`s3://${ALIAS}`, '--bucket', 'another-bucket')).exitCode).toBe(1);
    expect(new Set(report().findings.map(({ code }) => code))).toContain('DIGEST_MOVED');
  });

  test('needs the name of its bucket', async () => {
    const { exitCode, error } = await verify(`s3://${ALIAS}`);
    expect(exitCode).toBe(2);
    expect(error).toContain('is an access point, and does not say of which bucket');
    expect(error).toContain('--bucket');
  });

  test('is understood by --relocated as well', async () => {
    expect((await verify(`s3://${ALIAS}`, '--relocated', `${BUCKET}=${ALIAS}`)).exitCode).toBe(0);
  });

  test('has no ARN at another endpoint than that of AWS', async () => {
    const arn = 'arn:aws:s3:eu-west-1:111122223333:accesspoint/audit-readers';
    const { exitCode, error } = await verify(arn, '--bucket', BUCKET);
    expect(exitCode).toBe(2);
    expect(error).toContain('has no name at --endpoint-url');
  });

  test('is collected as the bucket that it is for', async () => {
    const to = [`s3://${ALIAS}`, 'copy', '--bucket', BUCKET, '--endpoint-url', server.url];
    expect((await runCommand(['collect', ...to, '--quiet'])).exitCode).toBe(0);
    expect((await runCommand(['collect', `s3://${ALIAS}`, 'other'])).exitCode).toBe(2);
    expect((await runCommand(['collect', 's3://my-bucket', 'other', '--bucket', BUCKET])).exitCode).toBe(2);
    const args = [
      'verify',
      'copy',
      '--keys',
      KEYS,
      '--now',
      isoTime(now),
      ...options,
      '--no-sign',
      '--quiet',
    ];
    expect((await runCommand([...args, '--output', 'out'])).exitCode).toBe(0);
  });

  test('has no set-up to look at', async () => {
    const { exitCode, error } = await runCommand(['doctor', `s3://${ALIAS}`]);
    expect(exitCode).toBe(2);
    expect(error).toContain('is an access point');
  });
});
