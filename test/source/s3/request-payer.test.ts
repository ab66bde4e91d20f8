/** Buckets with Requester Pays refuse every request that does not say, under its signature, that the caller pays. */
import { describe, expect, test } from 'vitest';
import type { AwsSession } from '../../../src/aws/session.ts';
import { openS3, type S3Options } from '../../../src/source/s3/s3-source.ts';
import type { Source } from '../../../src/source/source.ts';
import { keysOf, sessionWith, useAws } from '../../aws/aws-fixture.ts';
import { type AwsServer, ObjectStore } from '../../support/aws-server.ts';

const aws = useAws();
const BUCKET = 'example-trail-logs';
const REF = { bucket: BUCKET, key: 'a' };
const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };

async function start(): Promise<AwsServer> {
  const store = new ObjectStore();
  store.createBucket(BUCKET);
  store.put(BUCKET, REF.key, Buffer.from('x'));
  // With credentials the server holds each request to its signature.
  return aws.start({ store, requesterPays: new Set([BUCKET]), credentials: CREDENTIALS });
}

const payers = (server: AwsServer): ReadonlySet<string | undefined> =>
  new Set(server.requests.map(({ payer }) => payer));

async function readAll(source: Source): Promise<readonly string[]> {
  await source.open(REF, { maxBytes: 10 });
  await source.hashed?.(REF);
  await source.versions?.(REF);
  await source.retention?.(BUCKET);
  return keysOf(source, { bucket: BUCKET, prefix: '' });
}

describe.each<S3Options['reads']>(['lean', 'sdk'])('over the path %s', (reads) => {
  const sourceOf = (session: AwsSession): Source => openS3(session, '', { reads });

  test('every kind of request says that the caller pays, where that was asked for', async () => {
    const server = await start();
    expect(await readAll(sourceOf(sessionWith(server, { requestPayer: true })))).toEqual(['a']);
    expect(payers(server)).toEqual(new Set(['requester']));
    const operations = server.requests.map(({ operation }) => operation);
    for (const operation of [
      'HeadBucket',
      'GetObject',
      'ListObjectsV2',
      'ListObjectVersions',
      'GetBucketVersioning',
    ])
      expect(operations).toContain(operation);
  });

  test('no request says so by itself, and the hint of a refusal names the option', async () => {
    const server = await start();
    const source = sourceOf(sessionWith(server));
    await expect(source.open(REF, { maxBytes: 10 })).rejects.toMatchObject({ code: 'OBJECT_DENIED' });
    await expect(keysOf(source, { bucket: BUCKET, prefix: '' })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      hint: expect.stringContaining('--request-payer'),
    });
    expect(payers(server)).toEqual(new Set([undefined]));
  });
});

test('whoever reads with an access in place of the source learns it from there', async () => {
  const server = await start();
  for (const requestPayer of [true, false]) {
    const access = await openS3(sessionWith(server, { requestPayer })).access?.(BUCKET);
    expect(access).toMatchObject({ kind: 's3', requestPayer });
  }
});
