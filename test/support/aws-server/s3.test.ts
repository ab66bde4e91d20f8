import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail';

import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';

import { describe, expect, it } from 'vitest';
import { refusal } from '../refusal.ts';
import { BODY, CREDENTIALS, s3, settings, start, stop, storeIn } from './running-server.ts';

describe('credentials', () => {
  const list = new ListObjectsV2Command({ Bucket: 'logs' });

  it('refuses a wrong secret, an unknown key and an expired token', async () => {
    await start({
      credentials: CREDENTIALS,
      expired: new Set(['ASIAEXPIRED']),
      store: storeIn('us-east-1'),
    });
    expect((await s3().send(list)).KeyCount).toBe(1);
    const other = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'other' });
    expect(await refusal(s3('us-east-1', other('AKIAEXAMPLE')).send(list))).toBe('403 SignatureDoesNotMatch');
    expect(await refusal(s3('us-east-1', other('AKIAOTHER')).send(list))).toBe('403 InvalidAccessKeyId');
    expect(await refusal(s3('us-east-1', other('ASIAEXPIRED')).send(list))).toBe('400 ExpiredToken');
    const trails = new CloudTrailClient(settings('us-east-1', other('AKIAEXAMPLE')));
    expect(await refusal(trails.send(new DescribeTrailsCommand({})))).toBe('400 InvalidSignatureException');
  });

  it('refuses what is not signed', async () => {
    const { url } = await start({ store: storeIn('us-east-1') });
    expect((await fetch(`${url}/logs?list-type=2`)).status).toBe(403);
  });
});

describe('Regions and refusals of S3', () => {
  it('redirects to the Region of the bucket, and tells it by HEAD even where it refuses', async () => {
    const deny = new Set<string>();
    await start({ store: storeIn('eu-west-1'), strictRegions: true, deny });
    const list = new ListObjectsV2Command({ Bucket: 'logs' });
    const error = await s3('us-east-1')
      .send(list)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'PermanentRedirect',
      $response: { statusCode: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    });
    expect((await s3('eu-west-1').send(list)).KeyCount).toBe(1);
    const where = new GetBucketLocationCommand({ Bucket: 'logs' });
    expect((await s3('us-east-1').send(where)).LocationConstraint).toBe('eu-west-1');
    deny.add('s3:GetBucketLocation').add('s3:ListBucket');
    expect(await refusal(s3('us-east-1').send(where))).toBe('403 AccessDenied');
    const head = await s3('eu-west-1')
      .send(new HeadBucketCommand({ Bucket: 'logs' }))
      .catch((reason: unknown) => reason);
    expect(head).toMatchObject({
      $response: { statusCode: 403, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    });
  });

  it('answers by virtual host as by path', async () => {
    const { requests } = await start({ store: storeIn('us-east-1') });
    // A name below localhost is not resolved everywhere, so it is only written into the Host header.
    const client = new S3Client({ ...settings('us-east-1'), forcePathStyle: true });
    client.middlewareStack.add(
      (next) => (context) => {
        const request = context.request as { path: string; headers: Record<string, string> };
        request.path = request.path.replace(/^\/logs/, '');
        request.headers.host = 'logs.s3.us-east-1.amazonaws.com';
        return next(context);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'logs', Key: 'a/b.json.gz' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(BODY);
    expect(requests.at(-1)).toMatchObject({ path: '/a/b.json.gz', bucket: 'logs', key: 'a/b.json.gz' });
  });

  it('fails for one object as told, hides absence from those who may not list, and keeps archives shut', async () => {
    const store = storeIn('us-east-1');
    store.failWith('logs', 'a/b.json.gz', { status: 400, code: 'KMS.DisabledException' });
    store.put('logs', 'cold', BODY, { storageClass: 'DEEP_ARCHIVE' });
    const deny = new Set<string>();
    await start({ store, deny });
    const get = (Key: string) => refusal(s3().send(new GetObjectCommand({ Bucket: 'logs', Key })));
    expect(await get('a/b.json.gz')).toBe('400 KMS.DisabledException');
    expect(await get('cold')).toBe('403 InvalidObjectState');
    expect(await get('absent')).toBe('404 NoSuchKey');
    deny.add('s3:ListBucket@logs');
    expect(await get('absent')).toBe('403 AccessDenied');
  });
});

describe('faults', () => {
  const get = () => s3().send(new GetObjectCommand({ Bucket: 'logs', Key: 'a/b.json.gz' }));
  const read = async () => Buffer.from((await (await get()).Body?.transformToByteArray()) ?? []);

  it('strikes as often as told, then no more', async () => {
    const { faults, requests } = await start({ store: storeIn('us-east-1') });
    faults.add({ kind: 'status', match: /^GET \/logs\/a\//, times: 2 });
    faults.add({ kind: 'status', operation: 'ListObjectsV2', status: 500, code: 'InternalError' });
    expect(await refusal(get())).toBe('503 SlowDown');
    expect(await refusal(get())).toBe('503 SlowDown');
    expect(await read()).toEqual(BODY);
    const list = new ListObjectsV2Command({ Bucket: 'logs' });
    expect(await refusal(s3().send(list))).toBe('500 InternalError');
    expect((await s3().send(list)).KeyCount).toBe(1);
    expect(faults.struck).toBe(3);
    expect(requests.map(({ status }) => status)).toEqual([503, 503, 200, 500, 200]);
  });

  it('resets before the answer and within it, and cuts bodies short', async () => {
    const { faults } = await start({ store: storeIn('us-east-1') });
    faults.add({ kind: 'reset' });
    await expect(get()).rejects.toThrow(/ECONNRESET|socket hang up/);
    faults.add({ kind: 'reset', afterBytes: 7 });
    await expect(read()).rejects.toThrow(/ECONNRESET|aborted/);
    faults.add({ kind: 'truncate', afterBytes: 7 });
    await expect(read()).rejects.toThrow(/aborted|ECONNRESET/);
    expect(await read()).toEqual(BODY);
  });

  it('stalls after the bytes told, and lets go when closed', async () => {
    const running = await start({ store: storeIn('us-east-1') });
    running.faults.add({ kind: 'stall', afterBytes: 30 });
    const { Body } = await get();
    const pieces = (Body as AsyncIterable<Buffer> | undefined)?.[Symbol.asyncIterator]();
    expect((await pieces?.next())?.value).toEqual(BODY.subarray(0, 30));
    const rest = expect(pieces?.next()).rejects.toThrow(/aborted|ECONNRESET/);
    await stop();
    await rest;
  });

  it('sends slowly, but whole', async () => {
    const { faults } = await start({ store: storeIn('us-east-1') });
    faults.add({ kind: 'slow', afterBytes: 40, latencyMs: 1 });
    expect(await read()).toEqual(BODY);
  });
});
