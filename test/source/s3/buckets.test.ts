import { expect, test } from 'vitest';
import { openS3 } from '../../../src/source/s3/s3-source.ts';
import { keysOf, sessionWith, useAws } from '../../aws/aws-fixture.ts';
import { ObjectStore } from '../../support/aws-server.ts';

const aws = useAws();
const BUCKETS = ['logs-one', 'logs-two', 'logs-three'];

test.each(['lean', 'sdk'] as const)(
  'reads of several buckets at once do not mix: %s',
  async (reads) => {
    const store = new ObjectStore();
    for (const bucket of BUCKETS) {
      store.createBucket(bucket);
      store.put(bucket, 'same', Buffer.from(bucket));
      store.put(bucket, `only-in-${bucket}`, Buffer.from(bucket));
    }
    const source = openS3(sessionWith(await aws.start({ store })), undefined, { reads });
    // Once each, for the first look at a bucket would keep its readers together.
    for (const bucket of BUCKETS) await source.open({ bucket, key: 'same' }, { maxBytes: 100 });
    const all = Array.from({ length: 15 }, () => BUCKETS).flat();
    await Promise.all(
      all.map(async (bucket) => {
        for (const key of ['same', `only-in-${bucket}`]) {
          const { bytes } = await source.open({ bucket, key }, { maxBytes: 100 });
          expect(Buffer.from(bytes).toString()).toBe(bucket);
        }
        expect(await keysOf(source, { bucket, prefix: '' })).toEqual([`only-in-${bucket}`, 'same']);
      }),
    );
  },
  60_000,
);
