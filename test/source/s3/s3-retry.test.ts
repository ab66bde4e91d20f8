import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openS3 } from '../../../src/source/s3/s3-source.ts';
import { listAll, sessionWith, useAws } from '../../aws/aws-fixture.ts';
import { type AwsServer, type Fault, ObjectStore, startAwsServer } from '../../support/aws-server.ts';

const aws = useAws();
const BUCKET = 'example-trail-logs';
const KEY = 'AWSLogs/x.json.gz';
const LIMIT = { maxBytes: 1_000_000 };
const BYTES = gzipSync(Buffer.alloc(50_000, 'abcdefgh'), { level: 0 });

async function start(): Promise<AwsServer> {
  const store = new ObjectStore();
  store.createBucket(BUCKET);
  store.put(BUCKET, KEY, BYTES);
  store.put(BUCKET, `${KEY}2`, BYTES);
  return aws.start({ store });
}

const PASSING: readonly (readonly [string, Fault])[] = [
  ['503 SlowDown', { kind: 'status', times: 2 }],
  ['500 InternalError', { kind: 'status', status: 500, code: 'InternalError', times: 2 }],
  ['a reset before the answer', { kind: 'reset', times: 2 }],
  ['a reset amid the body', { kind: 'reset', afterBytes: 10_000, times: 2 }],
  ['a body that ends early', { kind: 'truncate', afterBytes: 49_999, times: 2 }],
  ['a body that never begins', { kind: 'truncate', afterBytes: 0, times: 2 }],
  ['a server that says nothing', { kind: 'stall', times: 1 }],
  ['a body that stalls', { kind: 'stall', afterBytes: 10_000, times: 1 }],
];

describe.each(['lean', 'sdk'] as const)('%s reads', (reads) => {
  describe('a failure that passes is not seen by the caller', () => {
    test.each(PASSING)(
      '%s, while an object is read',
      async (_, fault) => {
        const server = await start();
        const source = openS3(sessionWith(server, { requestTimeoutMs: 1000 }), undefined, { reads });
        server.faults.add({ ...fault, operation: 'GetObject' });
        const { bytes } = await source.open({ bucket: BUCKET, key: KEY }, LIMIT);
        expect(Buffer.from(bytes).equals(BYTES)).toBe(true);
        expect(server.faults.struck).toBe(fault.times);
      },
      30_000,
    );

    test.each(PASSING)(
      '%s, while objects are listed',
      async (_, fault) => {
        const server = await start();
        const source = openS3(sessionWith(server, { requestTimeoutMs: 1000 }), undefined, { reads });
        const afterBytes =
          fault.afterBytes === undefined ? {} : { afterBytes: Math.min(fault.afterBytes, 100) };
        server.faults.add({ ...fault, ...afterBytes, operation: 'ListObjectsV2' });
        expect(await listAll(source, { bucket: BUCKET, prefix: '' })).toHaveLength(2);
        expect(server.faults.struck).toBe(fault.times);
      },
      30_000,
    );

    test('more resets at once than the SDK has retries in store', async () => {
      const server = await start();
      const source = openS3(sessionWith(server), undefined, { reads });
      server.faults.add({ kind: 'reset', times: 150, operation: 'GetObject' });
      const opened = Array.from({ length: 100 }, () => source.open({ bucket: BUCKET, key: KEY }, LIMIT));
      const objects = await Promise.all(opened);
      expect(objects.every(({ bytes }) => Buffer.from(bytes).equals(BYTES))).toBe(true);
    }, 60_000);
  });

  describe('a failure that lasts is the object\u2019s own, and bounded', () => {
    test.each([
      [
        'truncated',
        { kind: 'truncate', afterBytes: 40_000, times: Number.POSITIVE_INFINITY },
        /40000 of 50\d\d\d bytes/,
      ],
      ['reset', { kind: 'reset', times: Number.POSITIVE_INFINITY }, /could not be read/],
    ] as const)(
      'always %s',
      async (_, fault, message) => {
        const server = await start();
        const source = openS3(sessionWith(server, { maxAttempts: 2 }), undefined, { reads });
        server.faults.add({ ...fault, match: /x\.json\.gz$/, operation: 'GetObject' });
        const reading = source.open({ bucket: BUCKET, key: KEY }, LIMIT);
        await expect(reading).rejects.toMatchObject({
          code: 'OBJECT_UNREACHABLE',
          message: expect.stringMatching(message),
        });
        expect(server.faults.struck).toBeLessThanOrEqual(10);
        expect((await source.open({ bucket: BUCKET, key: `${KEY}2` }, LIMIT)).bytes).toHaveLength(
          BYTES.length,
        );
      },
      60_000,
    );

    test('nobody listens', async () => {
      const server = await startAwsServer();
      await server.close();
      const source = openS3(sessionWith(server, { maxAttempts: 2 }), undefined, { reads });
      await expect(listAll(source, { bucket: BUCKET, prefix: '' })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining('ECONNREFUSED'),
        hint: expect.any(String),
      });
      await expect(source.open({ bucket: BUCKET, key: KEY }, LIMIT)).rejects.toMatchObject({
        code: 'OBJECT_UNREACHABLE',
      });
    }, 30_000);
  });
});
