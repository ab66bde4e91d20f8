import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { TrailVerifyError } from '../base/errors.ts';
import { partition as partitionList } from '../base/lists.ts';
import { classifyFailure, credentialsError, failureName, failureText } from './failure.ts';
import { callerAccount, isUnknownToken } from './identity.ts';
import { describeOrganization } from './organization.ts';
import { regionsOfPartition } from './partitions.ts';
import { type ListedRegions, listEnabledRegions } from './regions.ts';
import type { AwsSession } from './session.ts';
import {
  type EnabledRegion,
  parseTrailArn,
  type TrailArn,
  type TrailDescription,
  type TrailLimit,
} from './trail-description.ts';
import {
  getTrailStatus,
  probeDisabledRegions,
  probeTrailStatus,
  refusedLimits,
  statusesOf,
} from './trail-status.ts';

/**
 * What AWS says of a trail and of what must be there: its bucket, the Regions and accounts that deliver to it, and
 * when each Region delivered its newest digest. Each call but the first may be refused: then `limits` says what could
 * not be known. Throws USAGE, TARGET_NOT_FOUND, ACCESS_DENIED, CREDENTIALS or UNREACHABLE.
 */
export async function describeTrail(arn: string, session: AwsSession): Promise<TrailDescription> {
  const parsed = parseTrailArn(arn);
  const { homeRegion } = parsed;
  const trail = await findTrail(parsed, session);
  const bucket = trail.S3BucketName;
  if (bucket === undefined) throw notFound(parsed, 'it names no bucket');
  const prefix = (trail.S3KeyPrefix ?? '').replace(/\/+$/, '');
  const multiRegion = trail.IsMultiRegionTrail === true;
  const organizationTrail = trail.IsOrganizationTrail === true;
  const validationEnabled = trail.LogFileValidationEnabled === true;

  const caller = await callerAccount(session, homeRegion);
  const foreign = caller !== undefined && caller !== parsed.account ? parsed.account : undefined;
  const listed = multiRegion ? await listEnabledRegions(session, homeRegion, foreign) : undefined;
  const members = organizationTrail ? await describeOrganization(session, homeRegion) : { limits: [] };
  const delivered = await deliveringRegions(parsed, listed, session);
  return {
    ...parsed,
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    multiRegion,
    organizationTrail,
    validationEnabled,
    ...(trail.KmsKeyId === undefined ? {} : { kmsKeyId: trail.KmsKeyId }),
    ...('organization' in members && members.organization !== undefined
      ? { organization: members.organization }
      : {}),
    regions: delivered.regions,
    status: delivered.status,
    limits: [...validationLimits(validationEnabled), ...members.limits, ...delivered.limits],
  };
}

/** The Regions that deliver, as far as they are known, with their statuses. */
type DeliveringRegions = Pick<TrailDescription, 'regions' | 'status' | 'limits'>;

/** `listed` is undefined for a trail of one Region. */
async function deliveringRegions(
  arn: TrailArn,
  listed: ListedRegions | undefined,
  session: AwsSession,
): Promise<DeliveringRegions> {
  if (listed === undefined) return statusAtHome(arn, session);
  const isWhole = listed.regions.some(({ name }) => name === arn.homeRegion);
  return isWhole ? statusWhereEnabled(arn, listed, session) : statusEverywhere(arn, listed, session);
}

async function statusAtHome({ arn, homeRegion }: TrailArn, session: AwsSession): Promise<DeliveringRegions> {
  const answers = await getTrailStatus(session, arn, [homeRegion]);
  return { regions: [], status: statusesOf(answers), limits: refusedLimits(answers) };
}

/**
 * Whoever may switch a Region off can wipe its folder with it, so a list of the enabled ones is not taken for all: those that
 * cannot be switched off are expected unless CloudTrail says that the trail is not there, and the others where CloudTrail says
 * that it delivered there.
 */
async function statusWhereEnabled(
  { arn, partition }: TrailArn,
  { regions, limits }: ListedRegions,
  session: AwsSession,
): Promise<DeliveringRegions> {
  const listed = new Set(regions.map(({ name }) => name));
  const unlisted = regionsOfPartition(partition).filter(({ name }) => !listed.has(name));
  const [alwaysOn, optIn] = partitionList(unlisted, (region) => region.alwaysOn);
  const namesOf = (list: readonly EnabledRegion[]): readonly string[] => list.map(({ name }) => name);
  const [answers, probed] = await Promise.all([
    getTrailStatus(session, arn, namesOf([...regions, ...alwaysOn])),
    probeDisabledRegions(session, arn, namesOf(optIn)),
  ]);
  const known = answers.filter(({ region, isUnknown }) => listed.has(region) || isUnknown !== true);
  const delivering = probed.filter(({ status }) => status?.latestDigestDelivery !== undefined);
  const expected = new Set([...known, ...delivering].map(({ region }) => region));
  return {
    regions: [
      ...regions,
      ...alwaysOn.filter(({ name }) => expected.has(name)),
      ...optIn
        .filter(({ name }) => expected.has(name))
        .map((region) => ({ ...region, unlisted: true as const })),
    ],
    status: statusesOf([...known, ...delivering]),
    limits: [...limits, ...refusedLimits(known, probed)],
  };
}

/**
 * Where nobody says which Regions are enabled, CloudTrail is asked in every Region of the partition. Those that cannot be
 * switched off are expected, unless CloudTrail says that the trail is not there; the others where CloudTrail answers for it.
 */
async function statusEverywhere(
  { arn, homeRegion, partition }: TrailArn,
  { limits }: ListedRegions,
  session: AwsSession,
): Promise<DeliveringRegions> {
  const known = regionsOfPartition(partition);
  const all = known.some(({ name }) => name === homeRegion)
    ? known
    : [{ name: homeRegion, alwaysOn: false }, ...known];
  const answers = await probeTrailStatus(
    session,
    arn,
    all.map(({ name }) => name),
  );
  const answerOf = new Map(answers.map((answer) => [answer.region, answer]));
  const isExpected = ({ name, alwaysOn }: EnabledRegion): boolean => {
    const answer = answerOf.get(name);
    return answer?.status !== undefined || (alwaysOn && answer?.isUnknown !== true);
  };
  const [regions, silent] = partitionList(all, isExpected);
  const names = silent.map(({ name }) => name).join(', ');
  const reason =
    limits[0]?.text ??
    'Which Regions are enabled could not be learned. ListRegions: its answer does not name the home Region';
  const rest =
    names === ''
      ? ''
      : ` It did not answer in ${names}, or does not know the trail there: a Region among them that is wiped goes unnoticed.`;
  const text = `${reason}. So CloudTrail was asked for the trail in every known Region of the partition.${rest}`;
  const expected = answers.filter(({ region }) => regions.some(({ name }) => name === region));
  return {
    regions,
    status: statusesOf(answers),
    limits: [{ code: 'REGIONS_UNKNOWN', text }, ...refusedLimits(expected)],
  };
}

function validationLimits(enabled: boolean): readonly TrailLimit[] {
  if (enabled) return [];
  const text =
    'Log file validation is switched off for this trail, so that digests are expected only where some of the window show that it was on; those found are checked.';
  return [{ code: 'VALIDATION_DISABLED', text }];
}

async function findTrail(arn: TrailArn, session: AwsSession): Promise<Trail> {
  const client = new CloudTrailClient(await session.clientSettings('CLOUDTRAIL', arn.homeRegion));
  try {
    const described = await client
      .send(new DescribeTrailsCommand({ trailNameList: [arn.arn], includeShadowTrails: true }))
      .catch((error: unknown) => {
        // The other call has a permission of its own.
        if (classifyFailure(error) === 'credentials' || isUnknownToken(error)) throw error;
        return undefined;
      });
    const found = described?.trailList?.find((trail) => trail.TrailARN === arn.arn);
    if (found !== undefined) return found;
    const { Trail: trail } = await client.send(new GetTrailCommand({ Name: arn.arn }));
    if (trail === undefined) throw notFound(arn, 'CloudTrail knows none');
    return trail;
  } catch (error) {
    throw trailError(arn, error);
  } finally {
    client.destroy();
  }
}

function trailError(arn: TrailArn, error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const failure = classifyFailure(error);
  if (failure === 'credentials' || isUnknownToken(error)) return credentialsError(error);
  if (/^(TrailNotFound|InvalidTrailName|CloudTrailARNInvalid|ResourceNotFound)/.test(failureName(error))) {
    return notFound(arn, failureText(error), error);
  }
  if (failure === 'denied') {
    return new TrailVerifyError(
      'ACCESS_DENIED',
      `trail ${arn.arn} may not be described: ${failureText(error)}`,
      {
        hint: "grant cloudtrail:DescribeTrails or cloudtrail:GetTrail, or give the trail's bucket as s3://bucket/prefix",
        cause: error,
      },
    );
  }
  return new TrailVerifyError(
    'UNREACHABLE',
    `trail ${arn.arn} could not be described: ${failureText(error)}`,
    {
      hint: "check network, proxy and endpoint, or give the trail's bucket as s3://bucket/prefix",
      cause: error,
    },
  );
}

function notFound(arn: TrailArn, reason: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('TARGET_NOT_FOUND', `there is no trail ${arn.arn}: ${reason}`, {
    hint: 'if it was deleted, its files are still there: give its bucket as s3://bucket/prefix',
    cause,
  });
}
