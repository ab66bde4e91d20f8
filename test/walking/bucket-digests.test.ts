import { describe, expect, test } from 'vitest';
import type { S3Access } from '../../src/source/access.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { BucketDigests } from '../../src/walking/read-digests.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import type { AwsServer } from '../support/aws-server/start.ts';
import { ObjectStore } from '../support/object-store.ts';

const aws = useAws();
const BODY = Buffer.alloc(3_000, 'a');

async function open(bytes: number): Promise<{ digests: BucketDigests; server: AwsServer }> {
  const store = new ObjectStore();
  store.createBucket('logs');
  for (let at = 0; at < 20; at += 1) store.put('logs', `key-${at}`, BODY, { metadata: { signature: 'ab' } });
  const server = await aws.start({ store });
  const access = (await openS3(sessionWith(server)).access?.('logs')) as S3Access;
  const digests = new BucketDigests({ requests: 4, bytes });
  digests.renew({ source: 1, bucket: 'logs', access });
  return { digests, server };
}

describe('digests of buckets', () => {
  test('come with what is kept beside them, and make room for the next once they were used', async () => {
    const { digests } = await open(1);
    const refs = Array.from({ length: 20 }, (_, at) => ({ bucket: 'logs', key: `key-${at}` }));
    const found = await Promise.all(refs.map((ref) => digests.read(1, ref)));
    for (const stored of found) {
      expect(Buffer.from(stored?.bytes ?? []).equals(BODY)).toBe(true);
      expect(stored?.metadata).toEqual({ signature: 'ab' });
    }
  });

  test('are left to others where they are not plainly there', async () => {
    const { digests, server } = await open(1e6);
    const asked = server.requests.length;
    expect(await digests.read(1, { bucket: 'logs', key: '' })).toBeUndefined();
    expect(await digests.read(1, { bucket: 'logs', key: 'key-1', versionId: 'v' })).toBeUndefined();
    expect(await digests.read(1, { bucket: 'other', key: 'key-1' })).toBeUndefined();
    expect(await digests.read(2, { bucket: 'logs', key: 'key-1' })).toBeUndefined();
    expect(server.requests.length).toBe(asked);
    expect(await digests.read(1, { bucket: 'logs', key: 'absent' })).toBeUndefined();
    server.faults.add({ kind: 'stall' });
    const waiting = digests.read(1, { bucket: 'logs', key: 'key-1' });
    setTimeout(() => digests.stop(), 50);
    expect(await waiting).toBeUndefined();
    expect((await digests.read(1, { bucket: 'logs', key: 'key-1' }))?.bytes.length).toBe(3_000);
  });
});
