/** `--request-payer`, as the command hands it on: to its threads as well. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { isoTime } from '../../src/base/clock.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { busyTrail } from '../support/busy-trail.ts';
import { keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BUCKET = 'example-trail-logs';
const HOURS = 10;
const LOGS_AN_HOUR = 20;
const { store, now } = busyTrail(HOURS, LOGS_AN_HOUR);
useBuiltCommand();
beforeEach(() => stubAwsEnvironment());
afterEach(() => vi.unstubAllEnvs());

async function startServer(): Promise<AwsServer> {
  const server = await startAwsServer({
    ...{ store, publicKeys: serverKeys(), now: () => now },
    ...{
      requesterPays: new Set([BUCKET]),
      credentials: { accessKeyId: 'example', secretAccessKey: 'example' },
    },
  });
  onTestFinished(() => server.close());
  return server;
}

const ofS3 = ({ requests }: AwsServer) => requests.filter(({ service }) => service === 's3');

test('verify reads a bucket with Requester Pays on threads, and not without the option', async () => {
  const server = await startServer();
  const target = ['verify', `s3://${BUCKET}`, ...keysAtServer(server), '--now', isoTime(now), '--no-sign'];
  const options = [...target, '--output', 'out', '--workers', '2'];
  const running = await startBuilt([...options, '--request-payer'], temporaryFolder());
  const paid = await running.ended;
  expect(paid).toMatchObject({ code: 0, error: '' });
  expect(ofS3(server).filter(({ operation }) => operation === 'GetObject').length).toBeGreaterThan(
    HOURS * LOGS_AN_HOUR,
  );
  // Each of them: a refused request of a thread would be asked again by another way.
  expect(new Set(ofS3(server).map(({ payer }) => payer))).toEqual(new Set(['requester']));
  expect(ofS3(server).filter(({ status }) => status === 403)).toEqual([]);
  server.requests.splice(0);
  const refused = await (await startBuilt(options, temporaryFolder())).ended;
  expect(refused.code).toBe(4);
  expect(refused.error).toContain('--request-payer');
  expect(new Set(ofS3(server).map(({ payer }) => payer))).toEqual(new Set([undefined]));
}, 60_000);

test('collect and doctor pay for their requests as well', async () => {
  const server = await startServer();
  const more = ['--endpoint-url', server.url, '--request-payer'];
  const folder = temporaryFolder();
  const collected = await runCommand([
    'collect',
    `s3://${BUCKET}`,
    folder,
    ...more,
    '--from',
    '2h',
    '--quiet',
  ]);
  expect(collected).toMatchObject({ exitCode: 0 });
  await runCommand(['doctor', `s3://${BUCKET}`, ...more]);
  const operations = new Set(ofS3(server).map(({ operation }) => operation));
  expect([...operations]).toEqual(expect.arrayContaining(['GetObject', 'GetBucketPolicy']));
  expect(new Set(ofS3(server).map(({ payer }) => payer))).toEqual(new Set(['requester']));
}, 60_000);

test('a command that asks S3 for nothing has no such option', async () => {
  const { exitCode, error } = await runCommand(['explain', 'LOG_MISSING', '--request-payer']);
  expect(exitCode).toBe(2);
  expect(error).toContain('has no option "--request-payer"');
});
