/** What doctor says of a trail and bucket that are as they should be, and of each thing that is not. */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail } from '../../fixtures/scenario.ts';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { atServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import type { BucketSettings } from '../support/object-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
const BUCKET = 'example-trail-logs';
const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit';
const POLICY = {
  Version: '2012-10-17',
  Statement: ['s3:GetBucketAcl', 's3:PutObject'].map((Action) => ({
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action,
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceArn': ARN } },
  })),
};
const SOUND: BucketSettings = {
  policy: JSON.stringify(POLICY),
  policyIsPublic: false,
  publicAccessBlocked: true,
  accessLogBucket: 'example-access-logs',
  objectLock: { mode: 'COMPLIANCE', days: 365 },
  mfaDelete: true,
};
const TRAIL = {
  Name: 'audit',
  S3BucketName: BUCKET,
  HomeRegion: 'us-east-1',
  TrailARN: ARN,
  IsMultiRegionTrail: true,
  LogFileValidationEnabled: true,
  KmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/example',
  CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:audit:*',
};

let server: AwsServer | undefined;
let store: ObjectStore;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  store = new ObjectStore();
  store.createBucket(BUCKET, { versioned: true });
  store.configure(BUCKET, SOUND);
  auditTrail(2, { store });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

async function doctor(options: AwsServerOptions, ...args: readonly string[]) {
  const target = args[0]?.startsWith('s3:') || args[0]?.startsWith('arn:') ? [] : [ARN];
  await server?.close();
  server = await startAwsServer({
    store,
    publicKeys: serverKeys(),
    trails: [TRAIL],
    trailStatus: { [ARN]: { 'us-east-1': { IsLogging: true } } },
    trailTags: { [ARN]: [{ Key: 'owner', Value: 'audit' }] },
    regions: [{ name: 'us-east-1', optStatus: 'ENABLED_BY_DEFAULT' }],
    ...options,
  });
  return runCommand(['doctor', ...target, ...args, ...atServer(server)]);
}

async function diagnosis(options: AwsServerOptions = {}, ...args: readonly string[]) {
  const { exitCode, out, error } = await doctor(options, ...args, '--format', 'json');
  expect(error).toBe('');
  const found = JSON.parse(out) as Diagnosis;
  const of = (id: string) => found.checks.find((check) => check.id === id);
  const bad = found.checks
    .filter(({ result }) => result !== 'pass')
    .map(({ id, result }) => `${id} ${result}`);
  return { exitCode, found, of, bad };
}

test('everything as it should be: PASSED, and every control is named', async () => {
  const { exitCode, found, bad } = await diagnosis();
  expect({ exitCode, bad }).toEqual({ exitCode: 0, bad: [] });
  expect(found.verdict).toBe('PASSED');
  expect(found.missingPermissions).toEqual([]);
  const ids = found.checks.map(({ id }) => id);
  for (const number of [1, 2, 3, 4, 5, 6, 7, 9]) expect(ids).toContain(`CloudTrail.${number}`);
  for (const number of [8, 14, 15, 20]) expect(ids).toContain(`S3.${number}`);
});

test('the bucket alone brings the trail that delivers to it', async () => {
  const { exitCode, bad, of } = await diagnosis({}, `s3://${BUCKET}`);
  expect({ exitCode, bad }).toEqual({ exitCode: 0, bad: [] });
  expect(of('CloudTrail.4')?.resource).toBe(ARN);
});

test('a bucket whose trail nobody knows is INCONCLUSIVE', async () => {
  const { exitCode, of } = await diagnosis({ trails: [] }, `s3://${BUCKET}`);
  expect(exitCode).toBe(3);
  expect(of('CloudTrail.3')).toMatchObject({ result: 'unknown' });
});

describe('each thing that is not as it should be', () => {
  const trails: readonly [string, string, Partial<typeof TRAIL>][] = [
    ['one Region', 'CloudTrail.1', { IsMultiRegionTrail: false }],
    ['no KMS key', 'CloudTrail.2', { KmsKeyId: undefined as never }],
    ['no validation', 'CloudTrail.4', { LogFileValidationEnabled: false }],
    ['no log group', 'CloudTrail.5', { CloudWatchLogsLogGroupArn: undefined as never }],
  ];
  test.each(trails)('%s', async (_name, id, change) => {
    const { exitCode, bad } = await diagnosis({ trails: [{ ...TRAIL, ...change }] });
    expect({ exitCode, bad }).toEqual({ exitCode: 1, bad: [`${id} fail`] });
  });

  test('a stopped trail, and one without tags', async () => {
    const { exitCode, bad } = await diagnosis({
      trailStatus: { [ARN]: { 'us-east-1': { IsLogging: false } } },
      trailTags: {},
    });
    expect({ exitCode, bad }).toEqual({ exitCode: 1, bad: ['CloudTrail.3 fail', 'CloudTrail.9 fail'] });
  });

  const notChecked = { ...POLICY, Statement: POLICY.Statement.map(({ Condition: _gone, ...rest }) => rest) };
  const buckets: readonly [string, readonly string[], BucketSettings][] = [
    ['a public policy', ['CloudTrail.6 fail'], { policyIsPublic: true }],
    ['a public ACL', ['CloudTrail.6 fail'], { aclIsPublic: true }],
    ['public access not blocked', ['S3.8 fail'], { publicAccessBlocked: false }],
    ['access logs in the bucket itself', ['CloudTrail.7 fail'], { accessLogBucket: BUCKET }],
    ['no MFA delete', ['S3.20 fail'], { mfaDelete: false }],
    ['a policy for any trail', ['policy-source-arn fail'], { policy: JSON.stringify(notChecked) }],
  ];
  test.each(buckets)('%s', async (_name, expected, change) => {
    store.configure(BUCKET, change);
    const { exitCode, bad } = await diagnosis();
    expect({ exitCode, bad }).toEqual({ exitCode: 1, bad: expected });
  });

  test('no versioning and no lock; a rule that expires evidence is to be noted', async () => {
    const { objectLock: _lock, ...rest } = SOUND;
    store.removeBucket(BUCKET);
    store.createBucket(BUCKET);
    store.configure(BUCKET, { ...rest, lifecycle: [{ id: 'tidy', prefix: '', days: 30 }] });
    auditTrail(2, { store });
    const { exitCode, bad } = await diagnosis();
    expect({ exitCode, bad }).toEqual({ exitCode: 1, bad: ['S3.14 fail', 'S3.15 fail', 'lifecycle note'] });
  });

  test('a check that is ignored has no part in the verdict', async () => {
    store.configure(BUCKET, { mfaDelete: false });
    expect((await diagnosis({}, ARN, '--ignore', 'S3.20')).exitCode).toBe(0);
    expect((await doctor({}, ARN, '--ignore', 'S3.99')).exitCode).toBe(2);
  });
});

describe('what the trail records', () => {
  const field = (Field: string, Equals: readonly string[]) => ({ Field, Equals });
  const management = { FieldSelectors: [field('eventCategory', ['Management'])] };
  const select = (...AdvancedEventSelectors: readonly unknown[]): AwsServerOptions => ({
    eventSelectors: { [ARN]: { AdvancedEventSelectors } },
  });
  const data = (...more: readonly unknown[]) => ({
    FieldSelectors: [field('eventCategory', ['Data']), field('resources.type', ['AWS::S3::Object']), ...more],
  });

  test('write events only fail; services left out are to be noted', async () => {
    const writes = { FieldSelectors: [...management.FieldSelectors, field('readOnly', ['false'])] };
    expect((await diagnosis(select(writes))).bad).toEqual(['CloudTrail.1 fail']);
    const basic = {
      eventSelectors: {
        [ARN]: {
          EventSelectors: [
            {
              ReadWriteType: 'All',
              IncludeManagementEvents: true,
              ExcludeManagementEventSources: ['kms.amazonaws.com'],
            },
          ],
        },
      },
    };
    expect((await diagnosis(basic)).bad).toEqual(['management-events-whole note']);
  });

  test('expected data events: none, in part, of one bucket, and all', async () => {
    const expected = [ARN, '--expect-events', 'AWS::S3::Object'];
    const id = 'data-events.AWS::S3::Object';
    expect((await diagnosis({}, ...expected)).of(id)?.detail).toContain('are not recorded');
    const part = select(management, data(field('readOnly', ['false'])));
    expect((await diagnosis(part, ...expected)).of(id)).toMatchObject({ result: 'fail' });
    const one = select(management, data({ Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::a/'] }));
    expect((await diagnosis(one, ...expected)).of(id)).toMatchObject({ result: 'fail' });
    const ofOne = await diagnosis(one, ARN, '--expect-events', 'AWS::S3::Object=arn:aws:s3:::a/');
    expect(ofOne.exitCode).toBe(0);
    expect((await diagnosis(select(management, data()), ...expected)).exitCode).toBe(0);
  });
});

describe('permissions', () => {
  test('one line for those of one purpose and result; each of them with --verbose', async () => {
    const deny = new Set(['s3:GetObject', 'cloudtrail:ListPublicKeys', 's3:ListBucketVersions']);
    const { out } = await doctor({ deny });
    const [, permissions = ''] =
      /\nPermissions \(each with --verbose\):\n([\s\S]*?)\n\nPermissions to add:/.exec(out) ?? [];
    expect(permissions.replaceAll(/\n {5}/g, ' ').split('\n')).toEqual([
      'FAIL verify: may not: s3:GetObject, cloudtrail:ListPublicKeys; without it nothing can be verified',
      '??   verify: not tried: kms:Decrypt; without it nothing can be verified',
      'note recover: may not, or not tried: s3:ListBucketVersions, s3:GetObjectVersion; without it the report does not say what became of missing objects, and none is recovered',
      expect.stringMatching(/^ok {3}verify: may: s3:ListBucket(?:, [a-z0-9]+:\w+)*$/),
      'ok   corroborate: may: cloudtrail:LookupEvents',
      expect.stringMatching(/^ok {3}expectations: may: /),
      expect.stringMatching(/^ok {3}doctor: may: /),
    ]);
    for (const line of permissions.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    expect(out).not.toContain('permission.s3:GetObject');
    const whole = await doctor({ deny }, ARN, '--verbose');
    expect(whole.out).toContain('FAIL permission.s3:GetObject  s3:GetObject is granted: ');
    expect(whole.out).not.toContain('each with --verbose');
  });

  test('what verification needs fails, the rest is to be noted; the statements to add are complete', async () => {
    const deny = new Set(['s3:GetObject', 'cloudtrail:ListPublicKeys', 's3:ListBucketVersions']);
    const { exitCode, bad, found } = await diagnosis({ deny });
    expect(exitCode).toBe(1);
    expect(bad).toEqual([
      'permission.s3:GetObject fail',
      'permission.kms:Decrypt unknown',
      'permission.s3:ListBucketVersions note',
      'permission.s3:GetObjectVersion note',
      'permission.cloudtrail:ListPublicKeys fail',
    ]);
    expect(found.missingPermissions.map(({ Action, Resource }) => [Resource, ...Action])).toEqual([
      [`arn:aws:s3:::${BUCKET}/*`, 's3:GetObject'],
      [`arn:aws:s3:::${BUCKET}`, 's3:ListBucketVersions'],
      ['*', 'cloudtrail:ListPublicKeys'],
    ]);
  });

  test('a set-up that may not be read is unknown, never passed', async () => {
    const { exitCode, of, found } = await diagnosis({ deny: new Set(['s3:GetBucketPolicy']) });
    expect(exitCode).toBe(3);
    expect(of('policy-source-arn')).toMatchObject({ result: 'unknown', advice: 'grant s3:GetBucketPolicy' });
    expect(found.verdict).toBe('INCONCLUSIVE');
    expect(
      (await doctor({ deny: new Set(['s3:GetBucketPolicy']) }, ARN, '--fail-on', 'failed')).exitCode,
    ).toBe(0);
  });

  test('a trail that may not be described, or is not there', async () => {
    expect((await doctor({ deny: new Set(['cloudtrail:DescribeTrails']) })).exitCode).toBe(4);
    expect((await doctor({ trails: [] })).exitCode).toBe(2);
  });
});

describe('other trails and places', () => {
  test.each([
    ['aws-us-gov', 'us-gov-west-1'],
    ['aws-cn', 'cn-north-1'],
  ])('a trail of %s: every ARN is of its partition', async (partition, region) => {
    const arn = `arn:${partition}:cloudtrail:${region}:111122223333:trail/audit`;
    store.configure(BUCKET, { policy: JSON.stringify(POLICY).replaceAll(ARN, arn) });
    const options = {
      trails: [{ ...TRAIL, TrailARN: arn, HomeRegion: region }],
      trailStatus: { [arn]: { [region]: { IsLogging: true } } },
      trailTags: { [arn]: [{ Key: 'owner', Value: 'audit' }] },
      deny: new Set(['s3:GetBucketLogging']),
    };
    const { found, of } = await diagnosis(options, arn);
    expect(of('policy-source-arn')).toMatchObject({ result: 'pass' });
    expect(of('CloudTrail.6')?.resource).toBe(`arn:${partition}:s3:::${BUCKET}`);
    const own = found.checks.map(({ resource }) => resource).filter((one) => one.startsWith('arn:'));
    expect(own.filter((one) => !one.startsWith(`arn:${partition}:`) && !one.includes(':kms:'))).toEqual([]);
    expect(found.missingPermissions.map(({ Resource }) => Resource)).toEqual([
      `arn:${partition}:s3:::${BUCKET}`,
    ]);
    // The bucket alone, of which no trail is known.
    vi.stubEnv('AWS_REGION', region);
    const alone = await diagnosis({ ...options, trails: [] }, `s3://${BUCKET}`);
    expect(alone.of('CloudTrail.6')?.resource).toBe(`arn:${partition}:s3:::${BUCKET}`);
  });

  test("an organization's trail: what its members need is tried too", async () => {
    const trails = [{ ...TRAIL, IsOrganizationTrail: true }];
    const accounts = [{ id: '111122223333', status: 'ACTIVE' as const, joined: 0 }];
    const organization = { id: 'o-exampleorg1', managementAccountId: '111122223333', accounts };
    const { exitCode, bad, found } = await diagnosis({ trails, organization });
    expect({ exitCode, bad }).toEqual({ exitCode: 0, bad: [] });
    const ids = found.checks.map(({ id }) => id);
    expect(ids).toContain('permission.organizations:ListAccounts');
    const deny = new Set(['organizations:ListAccounts']);
    const denied = await diagnosis({ trails, organization, deny });
    expect(denied.bad).toEqual(['permission.organizations:ListAccounts note']);
  });
});

describe('formats', () => {
  test('HTML and CSV hold every check, escaped', async () => {
    store.configure(BUCKET, { mfaDelete: false });
    const trails = [{ ...TRAIL, CloudWatchLogsLogGroupArn: '<script>=1' }];
    const deny = new Set(['s3:GetBucketLogging']);
    const page = (await doctor({ trails, deny }, ARN, '--format', 'html')).out;
    const { checks } = (await diagnosis({ trails, deny })).found;
    expect(page.match(/<tr>/g)).toHaveLength(checks.length + 1);
    expect(page).toContain('<td>FAILED</td><th scope="row">S3.20');
    expect(page).toContain('s3:GetBucketLogging');
    expect(page).not.toContain('<script');
    const csv = (await doctor({ trails, deny }, ARN, '--format', 'csv', '--ignore', 'S3.20')).out;
    expect(csv.trimEnd().split('\r\n')).toHaveLength(checks.length + 1);
    expect(csv).toContain('"fail","true","S3.20","Security Hub S3.20"');
    expect(csv).toContain('"CIS AWS Foundations v5.0.0 2.1.2; PCI DSS v4 10.3.2; NIST 800-53 AU-9; ISO');
    expect(page).toContain('supports CIS AWS Foundations v5.0.0 2.1.2; PCI DSS v4 10.3.2; NIST 800-53 AU-9');
    expect(checks.filter(({ supports }) => supports.length === 0).map(({ id }) => id)).toEqual([
      'CloudTrail.9',
    ]);
  });

  test('text says each failure with its control, and the policy to add', async () => {
    store.configure(BUCKET, { mfaDelete: false });
    const { exitCode, out } = await doctor({ deny: new Set(['s3:GetBucketLogging']) });
    expect(exitCode).toBe(1);
    expect(out).toContain(`FAILED: ${ARN}: 1 failed, 1 unknown, 1 to note`);
    expect(out).toContain('FAIL S3.20');
    expect(out).toContain('Security Hub S3.20');
    // Checks that passed name their controls too: an assessor asks for them.
    expect(out).toMatch(/ok {3}CloudTrail\.4 .*\n {5}supports CIS AWS Foundations v5\.0\.0 3\.2; PCI DSS/);
    expect(out).toContain('"s3:GetBucketLogging"');
  });

  test('Markdown, JUnit, SARIF and JSON lines hold every check; a file is written once', async () => {
    store.configure(BUCKET, { mfaDelete: false });
    expect((await doctor({}, ARN, '--format', 'markdown')).out).toContain('| FAIL | S3.20 |');
    const junit = (await doctor({}, ARN, '--format', 'junit')).out;
    expect(junit.match(/<testcase /g)?.length).toBe((await diagnosis()).found.checks.length);
    expect(junit.match(/<failure /g)).toHaveLength(1);
    const sarif = JSON.parse((await doctor({}, ARN, '--format', 'sarif')).out);
    expect(sarif.runs[0].results.map((result: { ruleId: string }) => result.ruleId)).toEqual(['S3.20']);
    const lines = (await doctor({}, ARN, '--format', 'ndjson')).out.trim().split('\n');
    expect(lines.every((line) => typeof JSON.parse(line).id === 'string')).toBe(true);
    await doctor({}, ARN, '--format', 'json', '--output', 'doctor.json');
    expect(existsSync('doctor.json') && JSON.parse(readFileSync('doctor.json', 'utf8')).verdict).toBe(
      'FAILED',
    );
    expect((await doctor({}, ARN, '--output', 'doctor.json')).exitCode).toBe(2);
    expect((await doctor({}, ARN, '--format', 'none')).out).toBe('');
  });
});
