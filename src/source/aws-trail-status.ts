import { CloudTrailClient, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
import { mapParallel } from '../parallel.ts';
import { refusalOf } from './aws-identity.ts';
import type { AwsSession } from './aws-session.ts';
import type { TrailLimit, TrailStatus } from './trail-description.ts';

/** The service allows ten of these calls a second (quotas, "GetTrailStatus"). */
const AT_ONCE = 5;

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
  const refused = answers.flatMap((answer) => (answer.refusal === undefined ? [] : [answer]));
  const status = answers.flatMap((answer) => (answer.status === undefined ? [] : [answer.status]));
  const [first] = refused;
  if (first === undefined) return { status, limits: [] };
  const names = refused.map(({ region }) => region).join(', ');
  const text = `When the newest digests were delivered could not be learned in ${names}, so that deleted newest digests look there like a shorter range. GetTrailStatus: ${first.refusal}`;
  return { status, limits: [{ code: 'TRAIL_STATUS_UNKNOWN', text }] };
}

async function statusIn(
  session: AwsSession,
  arn: string,
  region: string,
): Promise<{ readonly region: string; readonly status?: TrailStatus; readonly refusal?: string }> {
  const client = new CloudTrailClient(await session.clientSettings('CLOUDTRAIL', region));
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
    return { region, refusal: await refusalOf(session, region, error) };
  } finally {
    client.destroy();
  }
}

function timeAs<Name extends string>(name: Name, time: Date | undefined): { [Key in Name]?: number } {
  // A computed name widens to string; it is the very name that was handed in.
  return time === undefined ? {} : ({ [name]: time.getTime() } as { [Key in Name]?: number });
}
