import { describe, expect, test, vi } from 'vitest';
import { openS3 } from '../../../src/source/s3/s3-source.ts';
import { keysOf, sessionWith, useAws } from '../../aws/aws-fixture.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore } from '../../support/aws-server.ts';

const aws = useAws();
const LIMIT = { maxBytes: 1000 };

function start(options: AwsServerOptions = {}): Promise<AwsServer> {
  const store = new ObjectStore();
  store.createBucket('logs-in-frankfurt', { region: 'eu-central-1' });
  store.createBucket('logs.in.sydney', { region: 'ap-southeast-2' });
  for (const bucket of store.bucketNames()) store.put(bucket, 'key', Buffer.from(bucket));
  return aws.start({ store, strictRegions: true, ...options });
}

describe.each(['lean', 'sdk'] as const)('%s reads', (reads) => {
  describe('a bucket in another Region', () => {
    test.each([
      ['a redirect', {}],
      ['a malformed authorization', { strictRegions: 'malformed' }],
      [
        'GetBucketLocation and HeadBucket refused',
        { deny: new Set(['s3:GetBucketLocation', 's3:HeadBucket']) },
      ],
      ['listing refused', { deny: new Set(['s3:ListBucket', 's3:GetBucketLocation']) }],
    ] satisfies [string, AwsServerOptions][])('is found and read: %s', async (_, options) => {
      const server = await start(options);
      const source = openS3(sessionWith(server), undefined, { reads });
      for (const bucket of server.store.bucketNames()) {
        const object = await source.open({ bucket, key: 'key' }, LIMIT);
        expect(Buffer.from(object.bytes).toString()).toBe(bucket);
      }
      const regions = server.requests.filter(({ status }) => status === 200).map(({ region }) => region);
      expect(regions).toContain('eu-central-1');
      expect(regions).toContain('ap-southeast-2');
      expect(server.requests.map(({ operation }) => operation)).not.toContain('GetBucketLocation');
    });

    test('is looked for once, however many ask at once', async () => {
      const server = await start();
      const source = openS3(sessionWith(server), undefined, { reads });
      const bucket = 'logs-in-frankfurt';
      await Promise.all(Array.from({ length: 20 }, () => source.open({ bucket, key: 'key' }, LIMIT)));
      expect(await keysOf(source, { bucket, prefix: '' })).toEqual(['key']);
      expect(
        server.requests.filter(({ operation }) => operation === 'HeadBucket').length,
      ).toBeLessThanOrEqual(2);
      const gets = server.requests.filter(({ operation }) => operation === 'GetObject');
      expect(new Set(gets.map(({ region }) => region))).toEqual(new Set(['eu-central-1']));
    });

    test('begins with the Region of the settings, else of the environment', async () => {
      const server = await start();
      vi.stubEnv('AWS_REGION', 'eu-central-1');
      await openS3(sessionWith(server), undefined, { reads }).open(
        { bucket: 'logs-in-frankfurt', key: 'key' },
        LIMIT,
      );
      expect(server.requests[0]).toMatchObject({ region: 'eu-central-1', status: 200 });
      server.requests.length = 0;
      await openS3(sessionWith(server, { region: 'ap-southeast-2' }), undefined, { reads }).open(
        { bucket: 'logs.in.sydney', key: 'key' },
        LIMIT,
      );
      expect(server.requests[0]).toMatchObject({ region: 'ap-southeast-2', status: 200 });
    });
  });
});
