import { gzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAwsSession } from '../../../../src/aws/session.ts';
import { openS3 } from '../../../../src/source/s3/s3-source.ts';
import type { Source } from '../../../../src/source/source.ts';
import { type ConformanceRun, leaveOutIfGap, newBucket, put } from './access.ts';
import { ODD_KEYS } from './listing-cases.ts';

const TIMEOUT = 120_000;
const LIMIT = { maxBytes: 1_000_000 };
const BYTES = gzipSync('{"Records":[]}');
const SIGNATURE = '0123456789abcdef'.repeat(32);

/** The program's own source, by both of its ways to read. */
export function sourceCases(run: ConformanceRun): void {
  describe.each(['lean', 'sdk'] as const)('objects by %s reads', (reads) => {
    let bucket: string;
    let open: (secret?: string) => Source;
    const sent: unknown[] = [];

    beforeAll(async () => {
      bucket = await newBucket(run, `source-${reads}`);
      for (const key of [...ODD_KEYS, 'odd/../up', 'odd/./here']) await put(run.s3, bucket, key, key);
    }, TIMEOUT);

    beforeEach(() => {
      const { endpoint, credentials } = run.server;
      open = (secret = credentials.secretAccessKey) => {
        vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
        vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
        vi.stubEnv('AWS_SESSION_TOKEN', undefined);
        vi.stubEnv('AWS_PROFILE', undefined);
        const session = openAwsSession({ endpointUrl: endpoint, region: 'us-east-1', maxAttempts: 2 });
        return openS3(session, undefined, { reads });
      };
      sent.length = 0;
      const { send } = S3Client.prototype;
      vi.spyOn(S3Client.prototype, 'send').mockImplementation(function (this: S3Client, ...args: unknown[]) {
        if (args[0] instanceof GetObjectCommand) sent.push(args[0]);
        return Reflect.apply(send, this, args);
      });
    });
    afterEach(() => {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
    });

    it('gives the bytes as stored, with their metadata', async () => {
      const Metadata = { signature: SIGNATURE, 'signature-algorithm': 'SHA256withRSA' };
      const object = { Bucket: bucket, Key: 'x.json.gz', Body: BYTES, ContentEncoding: 'gzip', Metadata };
      await run.s3.send(new PutObjectCommand(object));
      const read = await open().open({ bucket, key: 'x.json.gz' }, LIMIT);
      expect(Buffer.from(read.bytes)).toEqual(BYTES);
      expect(read.metadata).toEqual(Metadata);
      expect(read.etag).toMatch(/^"[0-9a-f]{32}"$/);
      expect(read.lastModified).toBeGreaterThan(0);
      expect(sent).toHaveLength(reads === 'lean' ? 0 : 1);
    });

    it('reads odd keys, and an object of no bytes', async () => {
      const source = open();
      for (const key of [...ODD_KEYS, 'odd/../up', 'odd/./here']) {
        expect(Buffer.from((await source.open({ bucket, key }, LIMIT)).bytes).toString()).toBe(key);
      }
      await put(run.s3, bucket, 'marker/', new Uint8Array());
      expect((await source.open({ bucket, key: 'marker/' }, LIMIT)).bytes).toHaveLength(0);
      if (reads === 'lean') expect(sent).toEqual([]);
    });

    it('reads versions, and finds none beneath a delete marker', async () => {
      const versioned = await newBucket(run, `source-versions-${reads}`);
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await run.s3.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }));
      const versionId = await put(run.s3, versioned, 'x', 'as delivered');
      await put(run.s3, versioned, 'x', 'as changed');
      await run.s3.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'x' }));
      const source = open();
      const ref = { bucket: versioned, key: 'x', ...(versionId === undefined ? {} : { versionId }) };
      const old = await source.open(ref, LIMIT);
      expect(Buffer.from(old.bytes).toString()).toBe('as delivered');
      expect(old.versionId).toBe(versionId);
      await expect(source.open({ bucket: versioned, key: 'x' }, LIMIT)).rejects.toMatchObject({
        code: 'OBJECT_NOT_FOUND',
      });
    });

    it('tells the absent, and the oversized', async () => {
      const source = open();
      const absent = { bucket: `${run.server.bucketPrefix}absent`, key: 'x' };
      for (const ref of [{ bucket, key: 'no/such' }, absent]) {
        await expect(source.open(ref, LIMIT)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      }
      await put(run.s3, bucket, 'big', Buffer.alloc(2000));
      await expect(source.open({ bucket, key: 'big' }, { maxBytes: 1999 })).rejects.toMatchObject({
        code: 'OBJECT_TOO_LARGE',
      });
    });

    it('is refused with a wrong secret', async (context) => {
      leaveOutIfGap(context, run.server, 'wrong-secret');
      await expect(open('not-the-secret').open({ bucket, key: 'x.json.gz' }, LIMIT)).rejects.toMatchObject({
        code: 'CREDENTIALS',
      });
    });
  });
}
