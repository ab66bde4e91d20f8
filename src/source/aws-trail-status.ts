import { CloudTrailClient, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
import { mapParallel } from '../parallel.ts';
import { failureName } from './aws-failure.ts';
import { refusalOf } from './aws-identity.ts';
import type { AwsSession } from './aws-session.ts';
import type { TrailLimit, TrailStatus } from './trail-description.ts';

/** The service allows ten of these calls a second (quotas, "GetTrailStatus"). */
const AT_ONCE = 5;

/** Tries of a call to a Region that may not be enabled: an endpoint that is out of reach must not hold up the run. */
const PROBE_ATTEMPTS = 2;

/** What one Region said, or why it said nothing. */
export interface StatusAnswer {
  readonly region: string;
  readonly status?: TrailStatus;
  readonly refusal?: string;
  /** True where CloudTrail itself says that it has no such trail there. */
  readonly isUnknown?: boolean;
}

/**
 * What each Region says of its own deliveries for a trail. Refusals become one limit that names their Regions.
 * Throws CREDENTIALS.
 */
export async function getTrailStatus(
  session: AwsSession,
  arn: string,
  regions: readonly string[],
): Promise<{ readonly status: readonly TrailStatus[]; readonly limits: readonly TrailLimit[] }> {
  const answers = await mapParallel(regions, AT_ONCE, (region) => statusIn(session, arn, region));
  return { status: statusesOf(answers), limits: refusedLimits(answers) };
}

/** What every one of these Regions says, also those that may not be enabled. Throws CREDENTIALS where no Region would answer. */
export async function probeTrailStatus(
  session: AwsSession,
  arn: string,
  regions: readonly string[],
): Promise<readonly StatusAnswer[]> {
  return mapParallel(regions, AT_ONCE, (region) => statusIn(session, arn, region, PROBE_ATTEMPTS));
}

/** The statuses among answers. */
export function statusesOf(answers: readonly StatusAnswer[]): readonly TrailStatus[] {
  return answers.flatMap(({ status }) => status ?? []);
}

/** One limit that names the Regions that did not answer, if there are any. */
export function refusedLimits(answers: readonly StatusAnswer[]): readonly TrailLimit[] {
  const refused = answers.filter(({ refusal }) => refusal !== undefined);
  const [first] = refused;
  if (first === undefined) return [];
  const names = refused.map(({ region }) => region).join(', ');
  const text = `When the newest digests were delivered could not be learned in ${names}, so that deleted newest digests look there like a shorter range. GetTrailStatus: ${first.refusal}`;
  return [{ code: 'TRAIL_STATUS_UNKNOWN', text }];
}

async function statusIn(
  session: AwsSession,
  arn: string,
  region: string,
  attempts?: number,
): Promise<StatusAnswer> {
  const settings = await session.clientSettings('CLOUDTRAIL', region);
  const maxAttempts = Math.min(attempts ?? settings.maxAttempts, settings.maxAttempts);
  const client = new CloudTrailClient({ ...settings, maxAttempts });
  try {
    const answer = await client.send(new GetTrailStatusCommand({ Name: arn }));
    const error = answer.LatestDigestDeliveryError;
    return {
      region,
      status: {
        region,
        isLogging: answer.IsLogging === true,
        ...timeAs('latestDigestDelivery', answer.LatestDigestDeliveryTime),
        ...timeAs('startLogging', answer.StartLoggingTime),
        ...timeAs('stopLogging', answer.StopLoggingTime),
        ...(error === undefined || error === '' ? {} : { latestDigestError: error }),
      },
    };
  } catch (error) {
    const isUnknown = failureName(error) === 'TrailNotFoundException';
    return { region, refusal: await refusalOf(session, region, error), ...(isUnknown ? { isUnknown } : {}) };
  } finally {
    client.destroy();
  }
}

function timeAs<Name extends string>(name: Name, time: Date | undefined): { [Key in Name]?: number } {
  // A computed name widens to string; it is the very name that was handed in.
  return time === undefined ? {} : ({ [name]: time.getTime() } as { [Key in Name]?: number });
}
