import { describe, expect, test, vi } from 'vitest';
import { regionsOfPartition } from '../../src/aws/network/hosts.ts';
import { describeTrail } from '../../src/aws/trail.ts';
import type { AwsServerOptions, TrailData, TrailStatusData } from '../support/aws-server.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const ARN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main';
const TIME = Date.UTC(2026, 9, 1, 12);
const TRAIL: TrailData = {
  Name: 'main',
  S3BucketName: 'example-trail-logs',
  S3KeyPrefix: 'team',
  HomeRegion: 'eu-west-1',
  TrailARN: ARN,
  IsMultiRegionTrail: true,
  IsOrganizationTrail: true,
  LogFileValidationEnabled: true,
  KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/x',
};
const STATUS: TrailStatusData = {
  IsLogging: true,
  StartLoggingTime: TIME - 1000,
  LatestDigestDeliveryTime: TIME,
};
const REGIONS = [
  { name: 'eu-west-1', optStatus: 'ENABLED_BY_DEFAULT' },
  { name: 'af-south-1', optStatus: 'ENABLED' },
  { name: 'me-south-1', optStatus: 'DISABLED' },
] as const;

function start(options: AwsServerOptions = {}) {
  return aws.start({
    trails: [TRAIL],
    trailStatus: {
      [ARN]: { 'eu-west-1': STATUS, 'af-south-1': { ...STATUS, LatestDigestDeliveryError: 'AccessDenied' } },
    },
    organization: {
      id: 'o-exampleorgid',
      managementAccountId: '111122223333',
      accounts: Array.from({ length: 45 }, (_, at) => ({
        id: at === 0 ? '111122223333' : String(444455556000 + at),
        status: at === 44 ? ('SUSPENDED' as const) : ('ACTIVE' as const),
        joined: TIME - at * 1000,
      })),
    },
    regions: REGIONS,
    ...options,
  });
}

const deny = (...actions: string[]): AwsServerOptions => ({ deny: new Set(actions) });

test('a trail is described with its Regions, organization and status', async () => {
  const server = await start();
  const description = await describeTrail(ARN, sessionWith(server));
  expect(description).toMatchObject({
    arn: ARN,
    name: 'main',
    account: '111122223333',
    homeRegion: 'eu-west-1',
    partition: 'aws',
    bucket: 'example-trail-logs',
    prefix: 'team/',
    multiRegion: true,
    organizationTrail: true,
    validationEnabled: true,
    kmsKeyId: TRAIL.KmsKeyId,
    regions: [
      { name: 'eu-west-1', alwaysOn: true },
      { name: 'af-south-1', alwaysOn: false },
    ],
    status: [
      { region: 'eu-west-1', isLogging: true, startLogging: TIME - 1000, latestDigestDelivery: TIME },
      { region: 'af-south-1', isLogging: true, latestDigestError: 'AccessDenied' },
    ],
    limits: [],
  });
  expect(description.organization?.id).toBe('o-exampleorgid');
  expect(description.organization?.accounts).toHaveLength(45);
  expect(description.organization?.accounts[44]).toEqual({
    id: '444455556044',
    status: 'SUSPENDED',
    joined: TIME - 44_000,
  });
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  expect(server.requests.find(({ operation }) => operation === 'DescribeTrails')?.region).toBe('eu-west-1');
});

test('a trail of one Region asks nothing about others', async () => {
  const { S3KeyPrefix: _, KmsKeyId: __, ...bare } = TRAIL;
  const trail = { ...bare, IsMultiRegionTrail: false, IsOrganizationTrail: false };
  const server = await start({ trails: [trail] });
  const description = await describeTrail(ARN, sessionWith(server));
  expect(description).toMatchObject({ prefix: '', multiRegion: false, regions: [], limits: [] });
  expect(description.status.map(({ region }) => region)).toEqual(['eu-west-1']);
  expect(server.requests.map(({ operation }) => operation)).not.toContain('DescribeOrganization');
});

test('a trail without validation says so', async () => {
  const server = await start({ trails: [{ ...TRAIL, LogFileValidationEnabled: false }] });
  const { limits } = await describeTrail(ARN, sessionWith(server));
  expect(limits.map(({ code }) => code)).toEqual(['VALIDATION_DISABLED']);
});

describe('a refused call becomes a limit, and the rest goes on', () => {
  test.each([
    ['cloudtrail:DescribeTrails', []],
    ['cloudtrail:GetTrail', []],
    ['account:ListRegions', ['REGIONS_UNKNOWN']],
    ['organizations:DescribeOrganization', ['ORGANIZATION_UNKNOWN']],
    ['organizations:ListAccounts', ['ORGANIZATION_UNKNOWN']],
    ['cloudtrail:GetTrailStatus', ['TRAIL_STATUS_UNKNOWN']],
    ['cloudtrail:GetTrailStatus@af-south-1', ['TRAIL_STATUS_UNKNOWN']],
    ['sts:GetCallerIdentity', []],
  ])('%s', async (action, codes) => {
    const description = await describeTrail(ARN, sessionWith(await start(deny(action))));
    expect(description.limits.map(({ code }) => code)).toEqual(codes);
    expect(description.bucket).toBe('example-trail-logs');
    for (const { text } of description.limits) expect(text).toMatch(/^.{40,}/);
  });

  test('for the Regions, where CloudTrail is asked in every Region of the partition', async () => {
    const server = await start(deny('account:ListRegions'));
    const description = await describeTrail(ARN, sessionWith(server));
    // The test server knows the trail in two Regions alone, and says so of the others.
    expect(description.regions).toEqual([
      { name: 'eu-west-1', alwaysOn: true },
      { name: 'af-south-1', alwaysOn: false },
    ]);
    expect(description.status.map(({ region }) => region)).toEqual(['eu-west-1', 'af-south-1']);
    expect(description.limits.map(({ code }) => code)).toEqual(['REGIONS_UNKNOWN']);
    expect(description.limits[0]?.text).toMatch(
      /^The enabled Regions could not be learned\. ListRegions: .*us-west-2.* goes unnoticed\.$/,
    );
    const asked = server.requests.filter(({ operation }) => operation === 'GetTrailStatus');
    expect(asked).toHaveLength(regionsOfPartition('aws').length);
  });

  test('for the Regions and the statuses, where the Regions that nobody can switch off are expected', async () => {
    const server = await start(deny('account:ListRegions', 'cloudtrail:GetTrailStatus'));
    const { regions, limits } = await describeTrail(ARN, sessionWith(server));
    expect(regions).toEqual(regionsOfPartition('aws').filter(({ alwaysOn }) => alwaysOn));
    expect(limits.map(({ code }) => code)).toEqual(['REGIONS_UNKNOWN', 'TRAIL_STATUS_UNKNOWN']);
    expect(limits[1]?.text).toContain('us-west-2');
    expect(limits[1]?.text).not.toContain('af-south-1');
  });

  test('all of them at once', async () => {
    const actions = [
      'account:ListRegions',
      'organizations:DescribeOrganization',
      'cloudtrail:GetTrailStatus',
    ];
    const description = await describeTrail(ARN, sessionWith(await start(deny(...actions))));
    expect(description).toMatchObject({ status: [], bucket: 'example-trail-logs' });
    expect(description.organization).toBeUndefined();
    expect(description.limits).toHaveLength(3);
  });

  test('in one Region names it and keeps the others', async () => {
    const server = await start(deny('cloudtrail:GetTrailStatus@af-south-1'));
    const { status, limits } = await describeTrail(ARN, sessionWith(server));
    expect(status.map(({ region }) => region)).toEqual(['eu-west-1']);
    expect(limits[0]?.text).toContain('af-south-1');
    expect(limits[0]?.text).not.toContain('eu-west-1');
  });
});

describe('an answer that cannot be whole', () => {
  test('is not taken for the list of Regions: one without the home Region, or without an end', async () => {
    for (const answer of [{ regions: [] }, { repeatPages: true }]) {
      const server = await start({ ...answer, trails: [{ ...TRAIL, IsOrganizationTrail: false }] });
      const { regions, limits } = await describeTrail(ARN, sessionWith(server));
      expect(regions.map(({ name }) => name)).toEqual(['eu-west-1', 'af-south-1']);
      expect(limits.map(({ code }) => code)).toEqual(['REGIONS_UNKNOWN']);
    }
  });

  test('in a partition that is not known, only the home Region is asked', async () => {
    const arn = ARN.replace('arn:aws:', 'arn:aws-new:');
    const trails = [{ ...TRAIL, TrailARN: arn, IsOrganizationTrail: false }];
    const server = await start({ trails, regions: [], trailStatus: { [arn]: { 'eu-west-1': STATUS } } });
    const { regions, limits } = await describeTrail(arn, sessionWith(server));
    expect(regions).toEqual([{ name: 'eu-west-1', alwaysOn: false }]);
    expect(limits[0]?.text).toMatch(/every known Region of the partition\.$/);
  });

  test('names accounts whose making is not finished', async () => {
    const accounts = [
      { id: '111122223333', status: 'ACTIVE' as const, joined: TIME },
      { id: '444455556666', status: 'PENDING_ACTIVATION' as const, joined: TIME },
    ];
    const organization = { id: 'o-exampleorgid', managementAccountId: '111122223333', accounts };
    const { limits } = await describeTrail(ARN, sessionWith(await start({ organization })));
    expect(limits).toMatchObject([
      { code: 'MEMBERS_NOT_OWED', text: expect.stringContaining('444455556666') },
    ]);
  });
});

test.each([9e15, 9e18, 1, -1e18])(
  'a time of delivery that cannot be (%d) is reported and ignored',
  async (time) => {
    const status = { 'eu-west-1': { ...STATUS, LatestDigestDeliveryTime: time }, 'af-south-1': STATUS };
    const description = await describeTrail(
      ARN,
      sessionWith(await start({ trailStatus: { [ARN]: status } })),
    );
    expect(description.status.map(({ region }) => region)).toEqual(['af-south-1']);
    expect(description.limits).toEqual([
      {
        code: 'TRAIL_STATUS_UNKNOWN',
        text: expect.stringMatching(/in eu-west-1, so .*an impossible time/),
      },
    ]);
  },
);

test('the Regions of another account are asked for by its id', async () => {
  const server = await start({ accountId: '777788889999' });
  const { limits } = await describeTrail(ARN, sessionWith(server));
  expect(limits).toEqual([]);
  expect(server.requests.map(({ operation }) => operation)).toContain('ListRegions');
});

describe('no description', () => {
  test('of a trail that is not there', async () => {
    const describing = describeTrail(`${ARN}2`, sessionWith(await start()));
    await expect(describing).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
      message: expect.stringContaining(`${ARN}2`),
      hint: expect.stringContaining('s3://'),
    });
  });

  test('where neither call is allowed', async () => {
    const server = await start(deny('cloudtrail:DescribeTrails', 'cloudtrail:GetTrail'));
    await expect(describeTrail(ARN, sessionWith(server))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      hint: expect.stringContaining('cloudtrail:GetTrail'),
    });
  });

  test('of what is no ARN, without asking', async () => {
    const server = await start();
    await expect(describeTrail('main', sessionWith(server))).rejects.toMatchObject({ code: 'USAGE' });
    expect(server.requests).toEqual([]);
  });

  test('without credentials, or with unknown ones', async () => {
    const server = await start({ credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' } });
    await expect(describeTrail(ARN, sessionWith(server))).rejects.toMatchObject({ code: 'CREDENTIALS' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    await expect(describeTrail(ARN, sessionWith(server))).rejects.toMatchObject({ code: 'CREDENTIALS' });
  });

  test('where nobody answers', async () => {
    const server = await start();
    server.faults.add({ kind: 'reset', times: Number.POSITIVE_INFINITY });
    const describing = describeTrail(ARN, sessionWith(server, { maxAttempts: 2 }));
    await expect(describing).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
