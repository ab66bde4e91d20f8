import { AccountClient, ListRegionsCommand } from '@aws-sdk/client-account';
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListPublicKeysCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import type { AwsServerOptions } from '../aws-server.ts';
import { refusal } from '../refusal.ts';
import { CREDENTIALS, NOW, s3, settings, start, storeIn } from './running-server.ts';

const DAY = 86_400_000;
const TRAIL_ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';

describe('CloudTrail', () => {
  const key = (fingerprint: string, from: number, to: number) => {
    return { fingerprint, value: 'AQID', validFrom: NOW + from * DAY, validTo: NOW + to * DAY };
  };
  const keys = [key('old', -60, -30), key('current', -30, 30), key('next', 29, 90)];

  it('lists the keys of the Region that were valid in the time asked for', async () => {
    await start({ publicKeys: { 'eu-west-1': keys } });
    const list = async (region: string, from?: number, to?: number) => {
      const StartTime = from === undefined ? undefined : new Date(NOW + from * DAY);
      const EndTime = to === undefined ? undefined : new Date(NOW + to * DAY);
      const answer = await new CloudTrailClient(settings(region)).send(
        new ListPublicKeysCommand({ StartTime, EndTime }),
      );
      return answer.PublicKeyList?.map(({ Fingerprint }) => Fingerprint);
    };
    expect(await list('eu-west-1')).toEqual(['current']);
    expect(await list('eu-west-1', -40)).toEqual(['old', 'current']);
    expect(await list('eu-west-1', -40, -35)).toEqual(['old']);
    expect(await list('eu-west-1', -100, 100)).toEqual(['old', 'current', 'next']);
    expect(await list('us-east-1')).toEqual([]);
    const { PublicKeyList } = await new CloudTrailClient(settings('eu-west-1')).send(
      new ListPublicKeysCommand({}),
    );
    expect(PublicKeyList?.[0]?.Value).toEqual(new Uint8Array([1, 2, 3]));
    expect(PublicKeyList?.[0]?.ValidityEndTime).toEqual(new Date(NOW + 30 * DAY));
    const reversed = { StartTime: new Date(NOW), EndTime: new Date(NOW - DAY) };
    const refused = new CloudTrailClient(settings('eu-west-1')).send(new ListPublicKeysCommand(reversed));
    expect(await refusal(refused)).toBe('400 InvalidTimeRangeException');
  });

  it('pages, or repeats the same page for ever', async () => {
    const options: AwsServerOptions = { publicKeys: { 'us-east-1': keys }, pageSize: 2, repeatPages: false };
    await start(options);
    const page = (NextToken?: string) => {
      const request = { StartTime: new Date(NOW - 100 * DAY), EndTime: new Date(NOW + 100 * DAY), NextToken };
      return new CloudTrailClient(settings('us-east-1')).send(new ListPublicKeysCommand(request));
    };
    const first = await page();
    expect(first.PublicKeyList).toHaveLength(2);
    const second = await page(first.NextToken);
    expect(second.PublicKeyList?.map(({ Fingerprint }) => Fingerprint)).toEqual(['next']);
    expect(second.NextToken).toBeUndefined();
    options.repeatPages = true;
    const repeated = await page();
    expect(await page(repeated.NextToken)).toMatchObject({
      PublicKeyList: repeated.PublicKeyList,
      NextToken: repeated.NextToken,
    });
  });

  it('answers botocore, which writes the target out', async () => {
    const { url } = await start({ publicKeys: { 'us-east-1': keys } });
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'x-amz-target': 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys',
        authorization: `AWS4-HMAC-SHA256 Credential=A/20260922/us-east-1/cloudtrail/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
      },
      body: '{}',
    });
    expect(await response.json()).toMatchObject({ PublicKeyList: [{ Fingerprint: 'current' }] });
  });

  it('knows trails and their status per Region', async () => {
    const trail = { Name: 'main', S3BucketName: 'logs', HomeRegion: 'us-east-1', TrailARN: TRAIL_ARN };
    const local = { ...trail, Name: 'local', TrailARN: `${TRAIL_ARN}-local` };
    const status = { IsLogging: true, LatestDigestDeliveryTime: NOW };
    await start({
      trails: [{ ...trail, IsMultiRegionTrail: true }, local],
      trailStatus: { [TRAIL_ARN]: { 'eu-west-1': status } },
      deny: new Set(['cloudtrail:GetTrail@eu-west-2']),
    });
    const client = (region: string) => new CloudTrailClient(settings(region));
    const names = async (
      region: string,
      request: { trailNameList?: string[]; includeShadowTrails?: boolean },
    ) => {
      const { trailList } = await client(region).send(new DescribeTrailsCommand(request));
      return trailList?.map(({ Name }) => Name);
    };
    expect(await names('us-east-1', {})).toEqual(['main', 'local']);
    expect(await names('eu-west-1', {})).toEqual(['main']);
    expect(await names('eu-west-1', { includeShadowTrails: false })).toEqual([]);
    expect(await names('eu-west-1', { trailNameList: [TRAIL_ARN] })).toEqual(['main']);
    expect(await names('eu-west-1', { trailNameList: ['main'] })).toEqual([]);
    const asked = new GetTrailStatusCommand({ Name: TRAIL_ARN });
    expect((await client('eu-west-1').send(asked)).LatestDigestDeliveryTime).toEqual(new Date(NOW));
    expect(await refusal(client('us-east-1').send(asked))).toBe('400 TrailNotFoundException');
    const get = new GetTrailCommand({ Name: TRAIL_ARN });
    expect((await client('eu-west-1').send(get)).Trail?.IsMultiRegionTrail).toBe(true);
    expect(await refusal(client('eu-west-2').send(get))).toMatch(/^400 AccessDenied/);
  });
});

describe('Organizations, Account and STS', () => {
  it('lists accounts and Regions page by page', async () => {
    const account = (id: string) => ({ id, joined: NOW, status: 'ACTIVE' as const });
    await start({
      organization: {
        id: 'o-example1234',
        managementAccountId: '111122223333',
        accounts: ['111122223333', '444455556666', '777788889999'].map(account),
      },
      regions: [
        { name: 'us-east-1', optStatus: 'ENABLED_BY_DEFAULT' },
        { name: 'eu-west-1', optStatus: 'ENABLED_BY_DEFAULT' },
        { name: 'af-south-1', optStatus: 'DISABLED' },
      ],
      pageSize: 2,
    });
    const organizations = new OrganizationsClient(settings('us-east-1'));
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
    expect(Organization).toMatchObject({ Id: 'o-example1234', MasterAccountId: '111122223333' });
    const first = await organizations.send(new ListAccountsCommand({}));
    const second = await organizations.send(new ListAccountsCommand({ NextToken: first.NextToken }));
    expect([...(first.Accounts ?? []), ...(second.Accounts ?? [])].map(({ Id }) => Id)).toEqual([
      '111122223333',
      '444455556666',
      '777788889999',
    ]);
    expect(first.Accounts?.[0]).toMatchObject({ Status: 'ACTIVE', JoinedTimestamp: new Date(NOW) });
    expect(second.NextToken).toBeUndefined();

    const accounts = new AccountClient(settings('us-east-1'));
    const regions = await accounts.send(new ListRegionsCommand({}));
    expect(regions.Regions).toHaveLength(2);
    const rest = await accounts.send(new ListRegionsCommand({ NextToken: regions.NextToken }));
    expect(rest.Regions).toEqual([{ RegionName: 'af-south-1', RegionOptStatus: 'DISABLED' }]);
    const disabled = new ListRegionsCommand({ RegionOptStatusContains: ['DISABLED'] });
    expect((await accounts.send(disabled)).Regions?.map(({ RegionName }) => RegionName)).toEqual([
      'af-south-1',
    ]);
  });

  it('says so where there is no organization, or no leave to ask', async () => {
    await start({ deny: new Set(['account:ListRegions']) });
    const organizations = new OrganizationsClient(settings('us-east-1'));
    expect(await refusal(organizations.send(new DescribeOrganizationCommand({})))).toBe(
      '400 AWSOrganizationsNotInUseException',
    );
    const accounts = new AccountClient(settings('us-east-1'));
    expect(await refusal(accounts.send(new ListRegionsCommand({})))).toBe('403 AccessDeniedException');
  });

  it('lets a role be assumed, whose credentials then count', async () => {
    const { requests } = await start({ credentials: CREDENTIALS, store: storeIn('us-east-1') });
    const sts = new STSClient(settings('us-east-1'));
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe('111122223333');
    const RoleArn = 'arn:aws:iam::444455556666:role/audit';
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
    const role = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    const identity = new STSClient(settings('us-east-1', role)).send(new GetCallerIdentityCommand({}));
    expect((await identity).Arn).toBe('arn:aws:sts::444455556666:assumed-role/audit/test');
    const read = new GetObjectCommand({ Bucket: 'logs', Key: 'a/b.json.gz' });
    await (await s3('us-east-1', role).send(read)).Body?.transformToByteArray();
    expect(requests.at(-1)).toMatchObject({
      operation: 'GetObject',
      accessKeyId: role.accessKeyId,
      status: 200,
    });
    const { sessionToken: _, ...withoutToken } = role;
    expect(await refusal(s3('us-east-1', withoutToken).send(read))).toBe('403 InvalidAccessKeyId');
  });
});
