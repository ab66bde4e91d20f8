import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { DAY, systemClock } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { mapParallel } from '../base/flow.ts';
import { partition as partitionList } from '../base/lists.ts';
import {
  AnswerNotUnderstoodError,
  classifyFailure,
  credentialsError,
  failureName,
  failureText,
} from './failure.ts';
import { callerAccount, isUnknownToken, refusalOf } from './identity.ts';
import { regionsOfPartition } from './network/hosts.ts';
import { networkHint } from './network/network-failure.ts';
import { describeOrganization, type ListedRegions, listEnabledRegions } from './organization.ts';
import type { AwsSession } from './session.ts';
import {
  type EnabledRegion,
  parseTrailArn,
  type TrailArn,
  type TrailDescription,
  type TrailLimit,
  type TrailStatus,
} from './trail-description.ts';

/**
 * AWS's description of a trail and of its deliveries: its bucket, the Regions and accounts that deliver to it, and when each
 * Region delivered its newest digest. Each call but the first may be refused: then `limits` names the gap. Throws USAGE,
 * TARGET_NOT_FOUND, ACCESS_DENIED, CREDENTIALS or UNREACHABLE.
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
 * A person who may switch a Region off can wipe its folder as well. So a list of the enabled Regions is not taken for all.
 * Regions that cannot be switched off are expected unless CloudTrail says that the trail is not there. The others are expected
 * where CloudTrail says that it delivered there.
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
    'The enabled Regions could not be learned. ListRegions: its answer does not name the home Region';
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
      hint:
        networkHint(error) ??
        "check network, proxy and endpoint, or give the trail's bucket as s3://bucket/prefix",
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

/** The service allows ten of these calls a second (quotas, "GetTrailStatus"). */
const AT_ONCE = 5;

/** Tries of a call to a Region that may not be enabled: an endpoint that is out of reach must not hold up the run. */
const PROBE_ATTEMPTS = 2;

/** Regions that are not enabled asked at once, and how long each has: they mostly refuse, and must not hold up the run. */
const DISABLED_AT_ONCE = 20;
const DISABLED_TIMEOUT = 5_000;

const FIRST_TIME = Date.UTC(2013, 0, 1);
const LATEST_AHEAD = 3_650 * DAY;

/** The answer of one Region, or the reason why it gave none. */
export interface StatusAnswer {
  readonly region: string;
  readonly status?: TrailStatus | undefined;
  readonly refusal?: string | undefined;
  /** True where CloudTrail itself says that it has no such trail there. */
  readonly isUnknown?: boolean | undefined;
}

/** Each Region's answer about its own deliveries for a trail; see `refusedLimits`. Throws CREDENTIALS. */
export async function getTrailStatus(
  session: AwsSession,
  arn: string,
  regions: readonly string[],
): Promise<readonly StatusAnswer[]> {
  return mapParallel(regions, AT_ONCE, (region) => statusIn(session, arn, region));
}

/** The answer of every one of these Regions, also of those that may not be enabled. Throws CREDENTIALS where no Region would answer. */
export async function probeTrailStatus(
  session: AwsSession,
  arn: string,
  regions: readonly string[],
): Promise<readonly StatusAnswer[]> {
  return mapParallel(regions, AT_ONCE, (region) => statusIn(session, arn, region, PROBE_ATTEMPTS));
}

/**
 * The answers of Regions that are not known to be enabled: a single quick try each, and any failure is a refusal. Their trail
 * may have delivered until somebody switched the Region off.
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
  const text = `The time of the newest digests could not be learned in ${names}, so deleted newest digests look like a shorter range there. GetTrailStatus: ${first.refusal}`;
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

/** CloudTrail began in 2013, and no clock is ten years wrong; a time beyond that must not decide which deliveries are owed. */
function requirePossible(time: Date | undefined): void {
  const at = time?.getTime();
  if (at === undefined || (at >= FIRST_TIME && at <= systemClock.now() + LATEST_AHEAD)) return;
  throw new AnswerNotUnderstoodError('the server answered GetTrailStatus with an impossible time');
}

function timeAs<Name extends string>(name: Name, time: Date | undefined): { [Key in Name]?: number } {
  // A computed name widens to string; it is the very name that was handed in.
  return time === undefined ? {} : ({ [name]: time.getTime() } as { [Key in Name]?: number });
}
