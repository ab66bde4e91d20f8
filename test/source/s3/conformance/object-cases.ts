import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../support/refusal.ts';
import { type ConformanceRun, leaveOutIfGap, put, readText } from './access.ts';

const DIGEST_KEY =
  'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/09/22/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20260922T152923Z.json.gz';
const SIGNATURE = '0123456789abcdef'.repeat(32);
const DIGEST_BYTES = gzipSync('{"awsAccountId":"111122223333","logFiles":[]}');

/** Reading and writing one object, and what is answered where there is none. */
export function objectCases(run: ConformanceRun): void {
  describe('objects', () => {
    beforeAll(async () => {
      await run.s3.send(
        new PutObjectCommand({
          Bucket: run.bucket,
          Key: DIGEST_KEY,
          Body: DIGEST_BYTES,
          ContentType: 'application/json',
          ContentEncoding: 'gzip',
          Metadata: { signature: SIGNATURE, 'signature-algorithm': 'SHA256withRSA' },
        }),
      );
    });

    it('gives back the bytes as stored, not decompressed, with their metadata', async () => {
      const { Body, ...head } = await run.s3.send(
        new GetObjectCommand({ Bucket: run.bucket, Key: DIGEST_KEY }),
      );
      expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(DIGEST_BYTES);
      expect(head.Metadata).toEqual({ signature: SIGNATURE, 'signature-algorithm': 'SHA256withRSA' });
      expect(head.ContentEncoding).toBe('gzip');
      expect(head.ContentType).toBe('application/json');
      expect(head.ContentLength).toBe(DIGEST_BYTES.length);
      expect(head.ETag).toBe(`"${createHash('md5').update(DIGEST_BYTES).digest('hex')}"`);
    });

    it('tells the same by HEAD', async () => {
      const head = await run.s3.send(new HeadObjectCommand({ Bucket: run.bucket, Key: DIGEST_KEY }));
      expect(head.Metadata).toEqual({ signature: SIGNATURE, 'signature-algorithm': 'SHA256withRSA' });
      expect(head.ContentEncoding).toBe('gzip');
      expect(head.ContentLength).toBe(DIGEST_BYTES.length);
      expect(head.LastModified?.getTime()).toBeGreaterThan(0);
    });

    it('gives a range of the stored bytes', async () => {
      const range = async (Range: string) => {
        const part = await run.s3.send(new GetObjectCommand({ Bucket: run.bucket, Key: DIGEST_KEY, Range }));
        return { bytes: Buffer.from((await part.Body?.transformToByteArray()) ?? []), of: part.ContentRange };
      };
      const size = DIGEST_BYTES.length;
      expect(await range('bytes=2-5')).toEqual({
        bytes: DIGEST_BYTES.subarray(2, 6),
        of: `bytes 2-5/${size}`,
      });
      expect((await range('bytes=10-')).bytes).toEqual(DIGEST_BYTES.subarray(10));
      expect((await range('bytes=-8')).bytes).toEqual(DIGEST_BYTES.subarray(size - 8));
      expect((await range(`bytes=0-${size + 100}`)).bytes).toEqual(DIGEST_BYTES);
      const beyond = run.s3.send(
        new GetObjectCommand({ Bucket: run.bucket, Key: DIGEST_KEY, Range: `bytes=${size}-` }),
      );
      expect(await refusal(beyond)).toBe('416 InvalidRange');
    });

    it('honours If-Match', async () => {
      const { ETag } = await run.s3.send(new HeadObjectCommand({ Bucket: run.bucket, Key: DIGEST_KEY }));
      const same = await run.s3.send(
        new GetObjectCommand({ Bucket: run.bucket, Key: DIGEST_KEY, IfMatch: ETag }),
      );
      expect(Buffer.from((await same.Body?.transformToByteArray()) ?? [])).toEqual(DIGEST_BYTES);
      const IfMatch = `"${'0'.repeat(32)}"`;
      const other = run.s3.send(new GetObjectCommand({ Bucket: run.bucket, Key: DIGEST_KEY, IfMatch }));
      expect(await refusal(other)).toBe('412 PreconditionFailed');
    });

    it('keeps an object of no bytes, such as a folder marker', async () => {
      await put(run.s3, run.bucket, 'marker/', new Uint8Array());
      expect(await readText(run.s3, run.bucket, 'marker/')).toBe('');
    });

    it('puts only where nothing is, when asked so', async (context) => {
      leaveOutIfGap(context, run.server, 'conditional-put');
      await put(run.s3, run.bucket, 'conditional', 'first');
      const again = run.s3.send(
        new PutObjectCommand({ Bucket: run.bucket, Key: 'conditional', Body: 'second', IfNoneMatch: '*' }),
      );
      expect(await refusal(again)).toBe('412 PreconditionFailed');
      expect(await readText(run.s3, run.bucket, 'conditional')).toBe('first');
    });
  });

  describe('what is not there', () => {
    it('names the absent key or bucket', async () => {
      const Bucket = `${run.server.bucketPrefix}absent`;
      expect(await refusal(run.s3.send(new GetObjectCommand({ Bucket: run.bucket, Key: 'no/such' })))).toBe(
        '404 NoSuchKey',
      );
      expect(await refusal(run.s3.send(new GetObjectCommand({ Bucket, Key: 'no/such' })))).toBe(
        '404 NoSuchBucket',
      );
      expect(await refusal(run.s3.send(new ListObjectsV2Command({ Bucket })))).toBe('404 NoSuchBucket');
    });

    it('answers HEAD with the status alone', async () => {
      const Bucket = `${run.server.bucketPrefix}absent`;
      expect(await refusal(run.s3.send(new HeadObjectCommand({ Bucket: run.bucket, Key: 'no/such' })))).toBe(
        '404 NotFound',
      );
      expect(await refusal(run.s3.send(new HeadBucketCommand({ Bucket })))).toBe('404 NotFound');
      await run.s3.send(new HeadBucketCommand({ Bucket: run.bucket }));
    });

    it('refuses a wrong secret', async (context) => {
      leaveOutIfGap(context, run.server, 'wrong-secret');
      const stranger = run.server.client('not-the-secret');
      const sent = stranger.send(new GetObjectCommand({ Bucket: run.bucket, Key: 'no/such' }));
      expect(await refusal(sent)).toBe('403 SignatureDoesNotMatch');
    });
  });
}
