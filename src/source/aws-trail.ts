import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { TrailVerifyError } from '../errors.ts';
import { classifyFailure, credentialsError, failureName, failureText } from './aws-failure.ts';
import { callerAccount, isUnknownToken } from './aws-identity.ts';
import { describeOrganization } from './aws-organization.ts';
import { listEnabledRegions } from './aws-regions.ts';
import type { AwsSession } from './aws-session.ts';
import { getTrailStatus } from './aws-trail-status.ts';
import { parseTrailArn, type TrailArn } from './trail-arn.ts';
import type { TrailDescription, TrailLimit } from './trail-description.ts';

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
  const enabled = multiRegion
    ? await listEnabledRegions(session, homeRegion, foreign)
    : { regions: [], limits: [] };
  const members = organizationTrail ? await describeOrganization(session, homeRegion) : { limits: [] };
  const delivering = new Set([homeRegion, ...enabled.regions.map(({ name }) => name)]);
  const delivered = await getTrailStatus(session, parsed.arn, [...delivering]);
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
    regions: enabled.regions,
    status: delivered.status,
    limits: [
      ...validationLimits(validationEnabled),
      ...enabled.limits,
      ...members.limits,
      ...delivered.limits,
    ],
  };
}

function validationLimits(enabled: boolean): readonly TrailLimit[] {
  if (enabled) return [];
  const text =
    'Log file validation is switched off for this trail, so that no digests are expected; those found are checked.';
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
