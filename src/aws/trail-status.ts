import { CloudTrailClient, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
import { DAY, systemClock } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import { AnswerNotUnderstoodError } from './answer-problem.ts';
import { failureName, failureText } from './failure.ts';
import { refusalOf } from './identity.ts';
import type { AwsSession } from './session.ts';
import type { TrailLimit, TrailStatus } from './trail-description.ts';

/** The service allows ten of these calls a second (quotas, "GetTrailStatus"). */
const AT_ONCE = 5;

/** Tries of a call to a Region that may not be enabled: an endpoint that is out of reach must not hold up the run. */
const PROBE_ATTEMPTS = 2;

/** Regions that are not enabled asked at once, and how long each has: they mostly refuse, and must not hold up the run. */
const DISABLED_AT_ONCE = 20;
const DISABLED_TIMEOUT = 5_000;

const FIRST_TIME = Date.UTC(2013, 0, 1);
const LATEST_AHEAD = 3_650 * DAY;

/** What one Region said, or why it said nothing. */
export interface StatusAnswer {
  readonly region: string;
  readonly status?: TrailStatus;
  readonly refusal?: string;
  /** True where CloudTrail itself says that it has no such trail there. */
  readonly isUnknown?: boolean;
}

/** What each Region says of its own deliveries for a trail; see `refusedLimits`. Throws CREDENTIALS. */
export async function getTrailStatus(
  session: AwsSession,
  arn: string,
  regions: readonly string[],
): Promise<readonly StatusAnswer[]> {
  return mapParallel(regions, AT_ONCE, (region) => statusIn(session, arn, region));
}

/** What every one of these Regions says, also those that may not be enabled. Throws CREDENTIALS where no Region would answer. */
export async function probeTrailStatus(
  session: AwsSession,
  arn: string,
  regions: readonly string[],
): Promise<readonly StatusAnswer[]> {
  return mapParallel(regions, AT_ONCE, (region) => statusIn(session, arn, region, PROBE_ATTEMPTS));
}

/**
 * What Regions say that are not known to be enabled: a single quick try each, and whatever goes wrong is a refusal. Their
 * trail may have delivered until somebody switched the Region off.
 */
export function probeDisabledRegions(
  session: AwsSession,
  arn: string,
  regions: readonly string[],
): Promise<readonly StatusAnswer[]> {
  return mapParallel(regions, DISABLED_AT_ONCE, async (region) => {
    const client = new CloudTrailClient({
      ...(await session.clientSettings('CLOUDTRAIL', region)),
      maxAttempts: 1,
    });
    try {
      return { region, status: await askStatus(client, arn, region, AbortSignal.timeout(DISABLED_TIMEOUT)) };
    } catch (error) {
      return refusedAnswer(region, `${failureText(error)} (${failureName(error)})`, error);
    } finally {
      client.destroy();
    }
  });
}

/** The statuses among answers. */
export function statusesOf(answers: readonly StatusAnswer[]): readonly TrailStatus[] {
  return answers.flatMap(({ status }) => status ?? []);
}

/**
 * One limit that names the Regions that did not answer, if there are any: those where digests are expected, and `disabled`
 * ones, where none are then looked for. That CloudTrail knows no such trail there is an answer.
 */
export function refusedLimits(
  answers: readonly StatusAnswer[],
  disabled: readonly StatusAnswer[] = [],
): readonly TrailLimit[] {
  const refused = answers.filter(({ refusal }) => refusal !== undefined);
  const silent = disabled.filter(({ refusal, isUnknown }) => refusal !== undefined && isUnknown !== true);
  const [first] = refused;
  const [quiet] = silent;
  const rest =
    quiet === undefined
      ? ''
      : `Nothing was looked for in Regions that are not enabled for the account and where CloudTrail did not answer, so that a Region among them that was switched off and wiped goes unnoticed: ${namesOf(silent)}. GetTrailStatus: ${quiet.refusal}`;
  if (first === undefined) return rest === '' ? [] : [{ code: 'REGIONS_UNKNOWN', text: rest }];
  const names = namesOf(refused);
  const text = `When the newest digests were delivered could not be learned in ${names}, so that deleted newest digests look there like a shorter range. GetTrailStatus: ${first.refusal}`;
  return [{ code: 'TRAIL_STATUS_UNKNOWN', text: rest === '' ? text : `${text}. ${rest}` }];
}

function namesOf(answers: readonly StatusAnswer[]): string {
  return answers.map(({ region }) => region).join(', ');
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
    return { region, status: await askStatus(client, arn, region) };
  } catch (error) {
    return refusedAnswer(region, await refusalOf(session, region, error), error);
  } finally {
    client.destroy();
  }
}

function refusedAnswer(region: string, refusal: string, error: unknown): StatusAnswer {
  const isUnknown = failureName(error) === 'TrailNotFoundException';
  return { region, refusal, ...(isUnknown ? { isUnknown } : {}) };
}

async function askStatus(
  client: CloudTrailClient,
  arn: string,
  region: string,
  abortSignal?: AbortSignal,
): Promise<TrailStatus> {
  const options = abortSignal === undefined ? {} : { abortSignal };
  const answer = await client.send(new GetTrailStatusCommand({ Name: arn }), options);
  for (const time of [answer.LatestDigestDeliveryTime, answer.StartLoggingTime, answer.StopLoggingTime])
    requirePossible(time);
  const error = answer.LatestDigestDeliveryError;
  return {
    region,
    isLogging: answer.IsLogging === true,
    ...timeAs('latestDigestDelivery', answer.LatestDigestDeliveryTime),
    ...timeAs('startLogging', answer.StartLoggingTime),
    ...timeAs('stopLogging', answer.StopLoggingTime),
    ...(error === undefined || error === '' ? {} : { latestDigestError: error }),
  };
}

/** CloudTrail began in 2013, and no clock is ten years wrong; what is beyond must not decide what is owed. */
function requirePossible(time: Date | undefined): void {
  const at = time?.getTime();
  if (at === undefined || (at >= FIRST_TIME && at <= systemClock.now() + LATEST_AHEAD)) return;
  throw new AnswerNotUnderstoodError('the server answered GetTrailStatus with a time that cannot be');
}

function timeAs<Name extends string>(name: Name, time: Date | undefined): { [Key in Name]?: number } {
  // A computed name widens to string; it is the very name that was handed in.
  return time === undefined ? {} : ({ [name]: time.getTime() } as { [Key in Name]?: number });
}
