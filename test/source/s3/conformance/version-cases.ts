import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../support/refusal.ts';
import { allKeys, type ConformanceRun, newBucket, put, readText } from './access.ts';

/** Versions and delete markers. */
export function versionCases(run: ConformanceRun): void {
  describe('versions', () => {
    let versioned: string;
    let first: string | undefined;
    let second: string | undefined;

    beforeAll(async () => {
      versioned = await newBucket(run, 'versioned');
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await run.s3.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }));
      first = await put(run.s3, versioned, 'digest', 'as delivered');
      second = await put(run.s3, versioned, 'digest', 'as changed');
    });

    it('is told to be versioned', async () => {
      expect((await run.s3.send(new GetBucketVersioningCommand({ Bucket: versioned }))).Status).toBe(
        'Enabled',
      );
      expect(
        (await run.s3.send(new GetBucketVersioningCommand({ Bucket: run.bucket }))).Status,
      ).toBeUndefined();
    });

    it('reads the newest, and an old one by its id', async () => {
      expect(first).toBeTypeOf('string');
      expect(second).not.toBe(first);
      expect(await readText(run.s3, versioned, 'digest')).toBe('as changed');
      expect(await readText(run.s3, versioned, 'digest', first)).toBe('as delivered');
    });

    it('hides a deleted object beneath a marker, and keeps its versions', async () => {
      await put(run.s3, versioned, 'deleted', 'once here');
      const deleted = await run.s3.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'deleted' }));
      expect(deleted.DeleteMarker).toBe(true);
      expect(await refusal(run.s3.send(new GetObjectCommand({ Bucket: versioned, Key: 'deleted' })))).toBe(
        '404 NoSuchKey',
      );
      expect(await allKeys(run.s3, { Bucket: versioned })).toEqual(['digest']);

      const all = await run.s3.send(new ListObjectVersionsCommand({ Bucket: versioned, Prefix: 'deleted' }));
      expect(
        all.DeleteMarkers?.map(({ Key, IsLatest, VersionId }) => ({ Key, IsLatest, VersionId })),
      ).toEqual([{ Key: 'deleted', IsLatest: true, VersionId: deleted.VersionId }]);
      const [old] = all.Versions ?? [];
      expect(old?.IsLatest).toBe(false);
      expect(await readText(run.s3, versioned, 'deleted', old?.VersionId)).toBe('once here');
    });

    it('lists versions newest first', async () => {
      const all = await run.s3.send(new ListObjectVersionsCommand({ Bucket: versioned, Prefix: 'digest' }));
      expect(all.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
        [second, true],
        [first, false],
      ]);
    });
  });
}
