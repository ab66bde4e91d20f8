import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as s3 from '@aws-sdk/client-s3';
import { systemClock } from '../base/clock.ts';
import { isObjectError, TrailVerifyError } from '../base/errors.ts';
import { openS3Clients } from '../source/s3/clients.ts';
import { openS3 } from '../source/s3/s3-source.ts';
import type { ObjectRef, Source } from '../source/source.ts';
import { classifyFailure, credentialsError, failureName, failureText } from './failure.ts';
import { listPublicKeys } from './keys.ts';
import { describeOrganization, listEnabledRegions } from './organization.ts';
import type { AwsSession } from './session.ts';
import {
  type Asked,
  type BucketPosture,
  type EventSelectors,
  type Permission,
  type Posture,
  parseTrailArn,
  type TrailPosture,
} from './trail-description.ts';

/** A trail's ARN, or a bucket and the prefix of its trails. */
export type PostureTarget = { readonly arn: string } | { readonly bucket: string; readonly prefix: string };

/** More than any digest or log file has; a larger object is only a sign that it may be read. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * How a trail, its bucket and the caller's permissions are set up. Nothing is changed. Throws CREDENTIALS, USAGE, and
 * TARGET_NOT_FOUND, ACCESS_DENIED where a trail named by its ARN cannot be seen.
 */
export async function readPosture(target: PostureTarget, session: AwsSession): Promise<Posture> {
  const isArn = 'arn' in target;
  const parsed = isArn ? parseTrailArn(target.arn) : undefined;
  const region = parsed?.homeRegion ?? (await session.defaultRegion());
  const trails = await readTrailPostures(session, region, (trail) =>
    isArn ? trail.arn === target.arn : trail.bucket === target.bucket,
  );
  const place = isArn ? placeOf(target.arn, trails) : target;
  const bucket = await readBucketPosture(place.bucket, session);
  const found = trails.known ? trails.value : [];
  const partition = parsed?.partition ?? found[0]?.arn.split(':')[1] ?? partitionOf(region);
  const onBucket = `arn:${partition}:s3:::${place.bucket}`;
  const permissions = [
    ...(await probeObjects(openS3(session), place, found, onBucket)),
    ...(await probeServices(session, region, found)),
    ...setupPermissions(trails, bucket, onBucket),
  ];
  const name = isArn ? target.arn : `s3://${place.bucket}/${place.prefix}`;
  return { target: name, partition, trails, bucket, permissions };
}

function placeOf(
  arn: string,
  trails: Asked<readonly TrailPosture[]>,
): { readonly bucket: string; readonly prefix: string } {
  if (!trails.known)
    throw new TrailVerifyError('ACCESS_DENIED', `trail ${arn} may not be described: ${trails.detail}`, {
      hint: "grant cloudtrail:DescribeTrails, or give the trail's bucket",
    });
  const [trail] = trails.value;
  if (trail === undefined)
    throw new TrailVerifyError('TARGET_NOT_FOUND', `there is no trail ${arn}`, {
      hint: 'see "aws cloudtrail list-trails"; of a deleted trail give the bucket',
    });
  return trail;
}

/** The partition of a Region by its name, for a bucket whose trail is not known. */
function partitionOf(region: string): string {
  const [, named] = /^(cn|us-gov|eusc|us-isob?|us-isof|eu-isoe)-/.exec(region) ?? [];
  return named === undefined ? 'aws' : (PARTITIONS[named] ?? `aws-${named}`);
}

/** Those that are not called as their Regions are. */
const PARTITIONS: Readonly<Record<string, string>> = {
  'us-iso': 'aws-iso',
  'us-isob': 'aws-iso-b',
  'us-isof': 'aws-iso-f',
  'eu-isoe': 'aws-iso-e',
};

type Tried = Pick<Permission, 'result' | 'detail'>;

async function attempt(call: () => Promise<unknown>): Promise<Tried> {
  try {
    await call();
    return { result: 'granted' };
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || error.code === 'CREDENTIALS') throw error;
    const { code, message: detail } = error;
    if (code === 'ACCESS_DENIED' || code === 'OBJECT_DENIED') return { result: 'missing', detail };
    if (code === 'TARGET_NOT_FOUND') throw error;
    // Neither call was refused: the object itself is the obstacle.
    return {
      result: isObjectError(error) && code !== 'OBJECT_UNREACHABLE' ? 'granted' : 'not-tried',
      detail,
    };
  }
}

async function probeObjects(
  source: Source,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
  trails: readonly TrailPosture[],
  onBucket: string,
): Promise<readonly Permission[]> {
  const onObjects = `${onBucket}/*`;
  let sample: ObjectRef | undefined;
  const listed = await attempt(async () => {
    const trailPrefix = prefix === '' ? (trails[0]?.prefix ?? '') : prefix;
    for await (const page of source.list({ bucket, prefix: `${trailPrefix}AWSLogs/` })) {
      const [first] = page.filter(({ key }) => key.endsWith('.json.gz'));
      if (first === undefined) continue;
      sample = { bucket, key: first.key };
      break;
    }
  });
  const ref = sample;
  const nothing: Tried = { result: 'not-tried', detail: 'no object was found to try it on' };
  let undecryptable: string | undefined;
  const read = async (one: ObjectRef): Promise<void> => {
    await source.open(one, { maxBytes: MOST_BYTES }).catch((error: unknown) => {
      if (error instanceof TrailVerifyError && error.code === 'OBJECT_UNDECRYPTABLE')
        undecryptable = error.message;
      throw error;
    });
  };
  const opened = ref === undefined ? nothing : await attempt(() => read(ref));
  let versionId: string | undefined;
  const versions = await attempt(async () => {
    const rows = await source.versions?.(ref ?? { bucket, key: `${prefix}AWSLogs/` });
    versionId = rows?.find(({ deleteMarker }) => !deleteMarker)?.versionId;
  });
  const old = versionId;
  const openedVersion =
    ref === undefined || old === undefined ? nothing : await attempt(() => read({ ...ref, versionId: old }));
  const keyArn = trails.find(({ kmsKeyId }) => kmsKeyId !== undefined)?.kmsKeyId;
  const decrypt: Tried =
    undecryptable === undefined
      ? opened.result === 'granted'
        ? { result: 'granted', detail: 'a sample object was read' }
        : { result: 'not-tried', detail: 'no sample object was read' }
      : { result: 'missing', detail: undecryptable };
  return [
    { action: 's3:ListBucket', resource: onBucket, need: 'verify', ...listed },
    { action: 's3:GetObject', resource: onObjects, need: 'verify', ...opened },
    ...(keyArn === undefined && undecryptable === undefined
      ? []
      : [{ action: 'kms:Decrypt', resource: keyArn ?? '*', need: 'verify', ...decrypt } as const]),
    { action: 's3:ListBucketVersions', resource: onBucket, need: 'recover', ...versions },
    { action: 's3:GetObjectVersion', resource: onObjects, need: 'recover', ...openedVersion },
  ];
}

async function probeServices(
  session: AwsSession,
  region: string,
  trails: readonly TrailPosture[],
): Promise<readonly Permission[]> {
  const now = systemClock.now();
  const keys = await listPublicKeys(session, region, now - 86_400_000, now);
  const refused = (text: string | undefined): Tried =>
    text === undefined ? { result: 'granted' } : { result: 'missing', detail: text };
  const permissions: Permission[] = [
    {
      action: 'cloudtrail:ListPublicKeys',
      resource: '*',
      need: 'verify',
      ...refused(keys.keys === undefined ? keys.refusal : undefined),
    },
  ];
  if (trails.some(({ multiRegion }) => multiRegion)) {
    const { limits } = await listEnabledRegions(session, region, undefined);
    permissions.push({
      action: 'account:ListRegions',
      resource: '*',
      need: 'expectations',
      ...refused(limits[0]?.text),
    });
  }
  if (trails.some(({ organizationTrail }) => organizationTrail)) {
    const { limits } = await describeOrganization(session, region);
    const refusal = limits[0]?.text;
    // The accounts are asked for once the organization is known.
    const isDescribed = refusal?.includes('ListAccounts') === true;
    for (const action of ['organizations:DescribeOrganization', 'organizations:ListAccounts']) {
      const text = isDescribed && action.endsWith('DescribeOrganization') ? undefined : refusal;
      permissions.push({ action, resource: '*', need: 'expectations', ...refused(text) });
    }
  }
  return permissions;
}

/** The permissions that the questions about the set-up showed. */
function setupPermissions(
  trails: Asked<readonly TrailPosture[]>,
  bucket: BucketPosture,
  onBucket: string,
): readonly Permission[] {
  const of = (asked: Asked<unknown>, resource: string, need: Permission['need']): Permission => {
    const { action } = asked;
    if (asked.known) return { action, resource, need, result: 'granted' };
    return { action, resource, need, result: asked.denied ? 'missing' : 'not-tried', detail: asked.detail };
  };
  const { bucket: _name, ...settings } = bucket;
  const [trail] = trails.known ? trails.value : [];
  return [
    of(trails, '*', 'expectations'),
    ...(trail === undefined
      ? []
      : [
          of(trail.logging, trail.arn, 'expectations'),
          of(trail.selectors, trail.arn, 'doctor'),
          of(trail.tags, trail.arn, 'doctor'),
        ]),
    ...Object.values(settings).map((asked) => of(asked, onBucket, 'doctor')),
  ];
}

/** The trails that `isWanted` chooses among those seen in a Region, each as it is set up. Throws CREDENTIALS. */
async function readTrailPostures(
  session: AwsSession,
  region: string,
  isWanted: (trail: { readonly arn: string; readonly bucket: string }) => boolean,
): Promise<Asked<readonly TrailPosture[]>> {
  const listed = await withClient(session, region, (client) =>
    ask('cloudtrail:DescribeTrails', () =>
      client.send(new cloudtrail.DescribeTrailsCommand({ includeShadowTrails: true })),
    ),
  );
  if (!listed.known) return listed;
  const postures: TrailPosture[] = [];
  for (const trail of listed.value?.trailList ?? []) {
    const { TrailARN: arn, S3BucketName: bucket } = trail;
    if (arn !== undefined && bucket !== undefined && isWanted({ arn, bucket }))
      postures.push(await readTrail({ ...trail, TrailARN: arn, S3BucketName: bucket }, session));
  }
  return { ...listed, value: postures };
}

async function readTrail(
  trail: cloudtrail.Trail & { readonly TrailARN: string; readonly S3BucketName: string },
  session: AwsSession,
): Promise<TrailPosture> {
  const { TrailARN: arn, S3BucketName: bucket } = trail;
  const homeRegion = trail.HomeRegion ?? arn.split(':')[3] ?? '';
  const prefix = (trail.S3KeyPrefix ?? '').replace(/\/+$/, '');
  return withClient(session, homeRegion, async (client) => {
    const status = await ask('cloudtrail:GetTrailStatus', () =>
      client.send(new cloudtrail.GetTrailStatusCommand({ Name: arn })),
    );
    const tags = await ask('cloudtrail:ListTags', () =>
      client.send(new cloudtrail.ListTagsCommand({ ResourceIdList: [arn] })),
    );
    const selectors = await ask('cloudtrail:GetEventSelectors', () =>
      client.send(new cloudtrail.GetEventSelectorsCommand({ TrailName: arn })),
    );
    return {
      arn,
      name: trail.Name ?? '',
      homeRegion,
      bucket,
      prefix: prefix === '' ? '' : `${prefix}/`,
      multiRegion: trail.IsMultiRegionTrail === true,
      organizationTrail: trail.IsOrganizationTrail === true,
      validation: trail.LogFileValidationEnabled === true,
      kmsKeyId: trail.KmsKeyId,
      logGroup: trail.CloudWatchLogsLogGroupArn,
      logging: mapAsked(status, (answer) => answer?.IsLogging === true),
      tags: mapAsked(tags, (answer) => answer?.ResourceTagList?.[0]?.TagsList?.length ?? 0),
      selectors: mapAsked(selectors, toSelectors),
    };
  });
}

function toSelectors(answer: cloudtrail.GetEventSelectorsCommandOutput | undefined): EventSelectors {
  return {
    basic: (answer?.EventSelectors ?? []).map((selector) => ({
      readWriteType: selector.ReadWriteType ?? 'All',
      management: selector.IncludeManagementEvents !== false,
      excludedSources: selector.ExcludeManagementEventSources ?? [],
      dataResources: (selector.DataResources ?? []).map(({ Type, Values }) => ({
        type: Type ?? '',
        values: Values ?? [],
      })),
    })),
    advanced: (answer?.AdvancedEventSelectors ?? []).map(({ FieldSelectors }) =>
      (FieldSelectors ?? []).map((one) => ({
        field: one.Field ?? '',
        equals: one.Equals ?? [],
        startsWith: one.StartsWith ?? [],
        notEquals: one.NotEquals ?? [],
        narrows: [one.EndsWith, one.NotStartsWith, one.NotEndsWith].some((list) => (list ?? []).length > 0),
      })),
    ),
  };
}

async function withClient<Result>(
  session: AwsSession,
  region: string,
  use: (client: cloudtrail.CloudTrailClient) => Promise<Result>,
): Promise<Result> {
  const client = new cloudtrail.CloudTrailClient(await session.clientSettings('CLOUDTRAIL', region));
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

/** Grantees that are everyone, or everyone with an AWS account (user guide, "Access control list overview"). */
const EVERYONE = /\/groups\/global\/(?:AllUsers|AuthenticatedUsers)$/;

/** How a bucket is set up. Throws CREDENTIALS, TARGET_NOT_FOUND. */
async function readBucketPosture(bucket: string, session: AwsSession): Promise<BucketPosture> {
  const clients = openS3Clients(session);
  const Bucket = bucket;
  const of =
    <Result>(send: (client: s3.S3Client) => Promise<Result>) =>
    () =>
      clients.run(bucket, send);
  const versioning = await ask(
    's3:GetBucketVersioning',
    of((client) => client.send(new s3.GetBucketVersioningCommand({ Bucket }))),
  );
  const lock = await ask(
    's3:GetBucketObjectLockConfiguration',
    of((client) => client.send(new s3.GetObjectLockConfigurationCommand({ Bucket }))),
    ['ObjectLockConfigurationNotFoundError'],
  );
  const lifecycle = await ask(
    's3:GetLifecycleConfiguration',
    of((client) => client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }))),
    ['NoSuchLifecycleConfiguration'],
  );
  const policy = await ask(
    's3:GetBucketPolicy',
    of((client) => client.send(new s3.GetBucketPolicyCommand({ Bucket }))),
    ['NoSuchBucketPolicy'],
  );
  const status = await ask(
    's3:GetBucketPolicyStatus',
    of((client) => client.send(new s3.GetBucketPolicyStatusCommand({ Bucket }))),
    ['NoSuchBucketPolicy'],
  );
  const acl = await ask(
    's3:GetBucketAcl',
    of((client) => client.send(new s3.GetBucketAclCommand({ Bucket }))),
  );
  const block = await ask(
    's3:GetBucketPublicAccessBlock',
    of((client) => client.send(new s3.GetPublicAccessBlockCommand({ Bucket }))),
    ['NoSuchPublicAccessBlockConfiguration'],
  );
  const logging = await ask(
    's3:GetBucketLogging',
    of((client) => client.send(new s3.GetBucketLoggingCommand({ Bucket }))),
  );
  return {
    bucket,
    versioning: mapAsked(versioning, (answer) => ({
      status: answer?.Status ?? 'Off',
      mfaDelete: answer?.MFADelete === 'Enabled',
    })),
    objectLock: mapAsked(lock, (answer) => {
      if (answer?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') return undefined;
      const { Mode, Days, Years } = answer.ObjectLockConfiguration.Rule?.DefaultRetention ?? {};
      const days = Days ?? (Years === undefined ? undefined : Years * 365);
      return { mode: Mode, days };
    }),
    lifecycle: mapAsked(lifecycle, (answer) =>
      (answer?.Rules ?? [])
        .filter((rule) => rule.Status === 'Enabled' && (rule.Expiration ?? rule.NoncurrentVersionExpiration))
        .map((rule) => ({
          id: rule.ID ?? '',
          prefix: rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? '',
        })),
    ),
    policy: mapAsked(policy, (answer) => answer?.Policy),
    policyPublic: mapAsked(status, (answer) => answer?.PolicyStatus?.IsPublic === true),
    aclPublic: mapAsked(acl, (answer) =>
      (answer?.Grants ?? []).some(({ Grantee }) => EVERYONE.test(Grantee?.URI ?? '')),
    ),
    publicAccessBlock: mapAsked(block, (answer) => {
      const set = answer?.PublicAccessBlockConfiguration;
      return [
        set?.BlockPublicAcls,
        set?.IgnorePublicAcls,
        set?.BlockPublicPolicy,
        set?.RestrictPublicBuckets,
      ].every((flag) => flag === true);
    }),
    accessLogBucket: mapAsked(logging, (answer) => answer?.LoggingEnabled?.TargetBucket),
  };
}

/**
 * Asks AWS one question that needs `action`; an error named in `absent` is the answer `undefined`. Throws CREDENTIALS,
 * and TARGET_NOT_FOUND where there is no such bucket; every other failure is an answer that is not known.
 */
async function ask<Value>(
  action: string,
  call: () => Promise<Value>,
  absent: readonly string[] = [],
): Promise<Asked<Value | undefined>> {
  try {
    return { known: true, action, value: await call() };
  } catch (error) {
    if (error instanceof TrailVerifyError) throw error;
    const name = failureName(error);
    if (absent.includes(name)) return { known: true, action, value: undefined };
    const failure = classifyFailure(error);
    if (failure === 'credentials') throw credentialsError(error);
    if (name === 'NoSuchBucket')
      throw new TrailVerifyError('TARGET_NOT_FOUND', 'there is no such bucket', {
        hint: "check the bucket's name",
        cause: error,
      });
    return { known: false, action, denied: failure === 'denied', detail: `${failureText(error)} (${name})` };
  }
}

/** The same answer with its value changed. */
function mapAsked<From, To>(asked: Asked<From>, change: (value: From) => To): Asked<To> {
  return asked.known ? { ...asked, value: change(asked.value) } : asked;
}
