import { systemClock } from '../../base/clock.ts';
import { isObjectError, TrailVerifyError } from '../../base/errors.ts';
import { openS3 } from '../../source/s3/s3-source.ts';
import type { ObjectRef, Source } from '../../source/source.ts';
import { readEventHistory } from '../event-history.ts';
import { listPublicKeys } from '../keys.ts';
import { describeOrganization, listEnabledRegions } from '../organization.ts';
import { type Action, PERMISSIONS } from '../permissions.ts';
import type { AwsSession } from '../session.ts';
import {
  type Asked,
  type BucketPosture,
  type Permission,
  type Posture,
  parseTrailArn,
  type TrailPosture,
} from '../trail-description.ts';
import { readBucketPosture } from './bucket.ts';
import { readTrailPostures } from './trails.ts';

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

function tried(action: Action, resource: string, result: Tried): Permission {
  const { need } = PERMISSIONS[action];
  if (need === 'query-results' || need === 'write' || need === 'sign')
    throw new TrailVerifyError('INTERNAL', `the doctor has no way to try ${action}`);
  return { action, resource, need, ...result };
}

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
    tried('s3:ListBucket', onBucket, listed),
    tried('s3:GetObject', onObjects, opened),
    ...(keyArn === undefined && undecryptable === undefined
      ? []
      : [tried('kms:Decrypt', keyArn ?? '*', decrypt)]),
    tried('s3:ListBucketVersions', onBucket, versions),
    tried('s3:GetObjectVersion', onObjects, openedVersion),
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
    tried('cloudtrail:ListPublicKeys', '*', refused(keys.keys === undefined ? keys.refusal : undefined)),
  ];
  const moment = { region, from: now - 1000, to: now, category: 'management' as const };
  const history = await readEventHistory(
    session,
    moment,
    async () => {},
    async () => {},
  );
  permissions.push(tried('cloudtrail:LookupEvents', '*', refused(history.refusal)));
  if (trails.some(({ multiRegion }) => multiRegion)) {
    const { limits } = await listEnabledRegions(session, region, undefined);
    permissions.push(tried('account:ListRegions', '*', refused(limits[0]?.text)));
  }
  if (trails.some(({ organizationTrail }) => organizationTrail)) {
    const { limits } = await describeOrganization(session, region);
    const refusal = limits[0]?.text;
    // The accounts are asked for once the organization is known.
    const isDescribed = refusal?.includes('ListAccounts') === true;
    for (const action of ['organizations:DescribeOrganization', 'organizations:ListAccounts'] as const) {
      const text = isDescribed && action.endsWith('DescribeOrganization') ? undefined : refusal;
      permissions.push(tried(action, '*', refused(text)));
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
  const of = (asked: Asked<unknown>, resource: string): Permission => {
    const { action } = asked;
    if (asked.known) return tried(action, resource, { result: 'granted' });
    return tried(action, resource, { result: asked.denied ? 'missing' : 'not-tried', detail: asked.detail });
  };
  const { bucket: _name, ...settings } = bucket;
  const [trail] = trails.known ? trails.value : [];
  return [
    of(trails, '*'),
    ...(trail === undefined
      ? []
      : [of(trail.logging, trail.arn), of(trail.selectors, trail.arn), of(trail.tags, trail.arn)]),
    ...Object.values(settings).map((asked) => of(asked, onBucket)),
  ];
}
