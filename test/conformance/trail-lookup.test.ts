/** aws-cli's unit tests of how `validate-logs` finds the trail: from its options, DescribeTrails, STS and Organizations. */
import { describe, expect, test } from 'vitest';
import { callerAccount } from '../../src/aws/identity.ts';
import { describeTrail } from '../../src/aws/trail.ts';
import { trailExpectations } from '../../src/chain/expectations.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import { ObjectStore, type TrailData } from '../support/aws-server.ts';
import { verifySettings } from '../support/verify-settings.ts';

const aws = useAws();
const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/foo';
const TRAIL: TrailData = {
  Name: 'foo',
  TrailARN: ARN,
  HomeRegion: 'us-east-1',
  S3BucketName: 'example-trail-logs',
  S3KeyPrefix: 'baz',
  LogFileValidationEnabled: true,
};

describe('from the options', () => {
  test('creates_traverser', async () => {
    const { place, trail } = await verifySettings(
      ...['--trail-arn', ARN, '--s3-bucket', 'example-trail-logs', '--s3-prefix', 'prefix'],
    );
    expect(place).toMatchObject({ kind: 's3', bucket: 'example-trail-logs', prefix: 'prefix/' });
    expect(trail).toMatchObject({ name: 'foo', arn: ARN });
  });

  test('creates_traverser_account_id', async () => {
    const { accounts } = await verifySettings('--trail-arn', ARN, '--account-id', '444455556666');
    expect(accounts).toEqual(['444455556666']);
  });

  test('create_traverser_organizational_trail_s3_bucket_specified', async () => {
    const { trail } = await verifySettings('--trail-arn', ARN, '--s3-bucket', 'example-trail-logs');
    expect(trail).toMatchObject({ account: '111122223333' });
  });
});

describe('from AWS', () => {
  test('creates_traverser_and_gets_trail_by_arn, gets_trail_by_arn', async () => {
    const session = sessionWith(
      await aws.start({ trails: [{ ...TRAIL, TrailARN: `${ARN}-2`, Name: 'foo-2' }, TRAIL] }),
    );
    const place = { bucket: 'example-trail-logs', prefix: 'baz/', account: '111122223333', name: 'foo' };
    expect(await describeTrail(ARN, session)).toMatchObject(place);
  });

  test('throws_when_unable_to_get_trail_by_arn', async () => {
    const session = sessionWith(
      await aws.start({ trails: [{ ...TRAIL, TrailARN: `${ARN}-2`, Name: 'foo-2' }] }),
    );
    await expect(describeTrail(ARN, session)).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
  });

  test('create_traverser_organizational_trail_not_launched', async () => {
    const session = sessionWith(await aws.start({ trails: [TRAIL] }));
    expect((await describeTrail(ARN, session)).organizationTrail).toBe(false);
  });

  test('create_traverser_gets_organization_id', async () => {
    const organization = { id: 'o-exampleorgid', managementAccountId: '111122223333', accounts: [] };
    const session = sessionWith(
      await aws.start({ trails: [{ ...TRAIL, IsOrganizationTrail: true }], organization }),
    );
    expect((await describeTrail(ARN, session)).organization?.id).toBe('o-exampleorgid');
  });

  test('create_traverser_organizational_trail_missing_account_id: differs, for without one every member is verified', async () => {
    const accounts = [{ id: '111122223333' }, { id: '444455556666' }];
    const organization = { id: 'o-exampleorgid', managementAccountId: '111122223333', accounts };
    const session = sessionWith(
      await aws.start({ trails: [{ ...TRAIL, IsOrganizationTrail: true }], organization }),
    );
    const expected = trailExpectations(await describeTrail(ARN, session)).map(({ account }) => account);
    expect(expected).toEqual(['111122223333', '444455556666']);
  });

  test('gets_sts_account_id', async () => {
    expect(await callerAccount(sessionWith(await aws.start({ accountId: '444455556666' })))).toBe(
      '444455556666',
    );
  });
});

describe('S3', () => {
  test('endpoint_url_is_used_for_cloudtrail: differs, for S3 is found there too', async () => {
    const store = new ObjectStore(() => 0);
    store.createBucket('example-trail-logs');
    const server = await aws.start({ store, trails: [TRAIL] });
    const session = sessionWith(server);
    await describeTrail(ARN, session);
    await openS3(session).folders('example-trail-logs', '');
    expect(new Set(server.requests.map(({ service }) => service))).toEqual(
      new Set(['cloudtrail', 'sts', 's3']),
    );
  });

  test('a client for each Region of the buckets, made once: differs, for GetBucketLocation is never asked', async () => {
    const store = new ObjectStore(() => 0);
    for (const [bucket, region] of [
      ['example-one', 'us-east-1'],
      ['example-two', 'eu-west-1'],
    ] as const) {
      store.createBucket(bucket, { region });
      store.put(bucket, 'key', Buffer.from(bucket));
    }
    const server = await aws.start({ store, strictRegions: true, deny: new Set(['s3:GetBucketLocation']) });
    const source = openS3(sessionWith(server));
    for (const bucket of ['example-one', 'example-two', 'example-one', 'example-two']) {
      const { bytes } = await source.open({ bucket, key: 'key' }, { maxBytes: 100 });
      expect(Buffer.from(bytes).toString()).toBe(bucket);
    }
    expect(server.requests.map(({ operation }) => operation).filter((name) => name !== 'GetObject')).toEqual([
      'HeadBucket',
      'HeadBucket',
    ]);
  });
});
