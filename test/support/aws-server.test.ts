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
import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, it } from 'vitest';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from './aws-server.ts';

const NOW = Date.parse('2026-09-22T16:00:00Z');
const DAY = 86_400_000;
const TRAIL_ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example-secret' };
const BODY = Buffer.from('0123456789'.repeat(10));

let server: AwsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: AwsServerOptions = {}): Promise<AwsServer> {
  options.now = () => NOW;
  server = await startAwsServer(options);
  return server;
}

function settings(region: string, credentials = CREDENTIALS) {
  return { endpoint: server?.url ?? '', region, credentials, maxAttempts: 1 };
}

function s3(region = 'us-east-1', credentials = CREDENTIALS): S3Client {
  return new S3Client({ ...settings(region, credentials), forcePathStyle: true });
}

function storeWith(region: string): ObjectStore {
  const store = new ObjectStore(() => NOW);
  store.createBucket('logs', { region });
  store.put('logs', 'a/b.json.gz', BODY, { metadata: { signature: 'ab' } });
  return store;
}

/** The refusal of a request as `status code`; fails where it was granted. */
async function refusal(sent: Promise<unknown>): Promise<string> {
  const error = await sent.then(
    () => Promise.reject(new Error('granted, where a refusal was expected')),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !('$metadata' in error)) throw error;
  return `${(error.$metadata as { httpStatusCode?: number }).httpStatusCode} ${error.name}`;
}

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
    const { requests } = await start({ credentials: CREDENTIALS, store: storeWith('us-east-1') });
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

describe('credentials', () => {
  const list = new ListObjectsV2Command({ Bucket: 'logs' });

  it('refuses a wrong secret, an unknown key and an expired token', async () => {
    await start({
      credentials: CREDENTIALS,
      expired: new Set(['ASIAEXPIRED']),
      store: storeWith('us-east-1'),
    });
    expect((await s3().send(list)).KeyCount).toBe(1);
    const other = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'other' });
    expect(await refusal(s3('us-east-1', other('AKIAEXAMPLE')).send(list))).toBe('403 SignatureDoesNotMatch');
    expect(await refusal(s3('us-east-1', other('AKIAOTHER')).send(list))).toBe('403 InvalidAccessKeyId');
    expect(await refusal(s3('us-east-1', other('ASIAEXPIRED')).send(list))).toBe('400 ExpiredToken');
    const trails = new CloudTrailClient(settings('us-east-1', other('AKIAEXAMPLE')));
    expect(await refusal(trails.send(new DescribeTrailsCommand({})))).toBe('400 InvalidSignatureException');
  });

  it('refuses what is not signed', async () => {
    const { url } = await start({ store: storeWith('us-east-1') });
    expect((await fetch(`${url}/logs?list-type=2`)).status).toBe(403);
  });
});

describe('Regions and refusals of S3', () => {
  it('redirects to the Region of the bucket, and tells it by HEAD even where it refuses', async () => {
    const deny = new Set<string>();
    await start({ store: storeWith('eu-west-1'), strictRegions: true, deny });
    const list = new ListObjectsV2Command({ Bucket: 'logs' });
    const error = await s3('us-east-1')
      .send(list)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'PermanentRedirect',
      $response: { statusCode: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    });
    expect((await s3('eu-west-1').send(list)).KeyCount).toBe(1);
    const where = new GetBucketLocationCommand({ Bucket: 'logs' });
    expect((await s3('us-east-1').send(where)).LocationConstraint).toBe('eu-west-1');
    deny.add('s3:GetBucketLocation').add('s3:ListBucket');
    expect(await refusal(s3('us-east-1').send(where))).toBe('403 AccessDenied');
    const head = await s3('eu-west-1')
      .send(new HeadBucketCommand({ Bucket: 'logs' }))
      .catch((reason: unknown) => reason);
    expect(head).toMatchObject({
      $response: { statusCode: 403, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    });
  });

  it('answers by virtual host as by path', async () => {
    const { requests } = await start({ store: storeWith('us-east-1') });
    // A name below localhost is not resolved everywhere, so it is only written into the Host header.
    const client = new S3Client({ ...settings('us-east-1'), forcePathStyle: true });
    client.middlewareStack.add(
      (next) => (context) => {
        const request = context.request as { path: string; headers: Record<string, string> };
        request.path = request.path.replace(/^\/logs/, '');
        request.headers.host = 'logs.s3.us-east-1.amazonaws.com';
        return next(context);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'logs', Key: 'a/b.json.gz' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(BODY);
    expect(requests.at(-1)).toMatchObject({ path: '/a/b.json.gz', bucket: 'logs', key: 'a/b.json.gz' });
  });

  it('fails for one object as told, hides absence from those who may not list, and keeps archives shut', async () => {
    const store = storeWith('us-east-1');
    store.failWith('logs', 'a/b.json.gz', { status: 400, code: 'KMS.DisabledException' });
    store.put('logs', 'cold', BODY, { storageClass: 'DEEP_ARCHIVE' });
    const deny = new Set<string>();
    await start({ store, deny });
    const get = (Key: string) => refusal(s3().send(new GetObjectCommand({ Bucket: 'logs', Key })));
    expect(await get('a/b.json.gz')).toBe('400 KMS.DisabledException');
    expect(await get('cold')).toBe('403 InvalidObjectState');
    expect(await get('absent')).toBe('404 NoSuchKey');
    deny.add('s3:ListBucket@logs');
    expect(await get('absent')).toBe('403 AccessDenied');
  });
});

describe('faults', () => {
  const get = () => s3().send(new GetObjectCommand({ Bucket: 'logs', Key: 'a/b.json.gz' }));
  const read = async () => Buffer.from((await (await get()).Body?.transformToByteArray()) ?? []);

  it('strikes as often as told, then no more', async () => {
    const { faults, requests } = await start({ store: storeWith('us-east-1') });
    faults.add({ kind: 'status', match: /^GET \/logs\/a\//, times: 2 });
    faults.add({ kind: 'status', operation: 'ListObjectsV2', status: 500, code: 'InternalError' });
    expect(await refusal(get())).toBe('503 SlowDown');
    expect(await refusal(get())).toBe('503 SlowDown');
    expect(await read()).toEqual(BODY);
    const list = new ListObjectsV2Command({ Bucket: 'logs' });
    expect(await refusal(s3().send(list))).toBe('500 InternalError');
    expect((await s3().send(list)).KeyCount).toBe(1);
    expect(faults.struck).toBe(3);
    expect(requests.map(({ status }) => status)).toEqual([503, 503, 200, 500, 200]);
  });

  it('resets before the answer and within it, and cuts bodies short', async () => {
    const { faults } = await start({ store: storeWith('us-east-1') });
    faults.add({ kind: 'reset' });
    await expect(get()).rejects.toThrow(/ECONNRESET|socket hang up/);
    faults.add({ kind: 'reset', afterBytes: 7 });
    await expect(read()).rejects.toThrow(/ECONNRESET|aborted/);
    faults.add({ kind: 'truncate', afterBytes: 7 });
    await expect(read()).rejects.toThrow(/aborted|ECONNRESET/);
    expect(await read()).toEqual(BODY);
  });

  it('stalls after the bytes told, and lets go when closed', async () => {
    const running = await start({ store: storeWith('us-east-1') });
    running.faults.add({ kind: 'stall', afterBytes: 30 });
    const { Body } = await get();
    const pieces = (Body as AsyncIterable<Buffer> | undefined)?.[Symbol.asyncIterator]();
    expect((await pieces?.next())?.value).toEqual(BODY.subarray(0, 30));
    const rest = expect(pieces?.next()).rejects.toThrow(/aborted|ECONNRESET/);
    await running.close();
    server = undefined;
    await rest;
  });

  it('sends slowly, but whole', async () => {
    const { faults } = await start({ store: storeWith('us-east-1') });
    faults.add({ kind: 'slow', afterBytes: 40, latencyMs: 1 });
    expect(await read()).toEqual(BODY);
  });
});
