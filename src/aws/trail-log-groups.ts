/** The log groups that the trails which a caller may see send their events to. */
import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail';
import { isRegionName } from '../base/names.ts';
import { AnswerNotUnderstoodError } from './failure.ts';
import { refusalOf } from './identity.ts';
import { fieldsOf, isAbsent } from './network/fields.ts';
import { noteForeign } from './network/foreign.ts';
import { isAwsRegion } from './network/hosts.ts';
import type { AwsSession } from './session.ts';

/** A trail as far as its log group needs it. Nothing of it is checked but its form. */
export interface LoggedTrail {
  readonly name: string;
  readonly homeRegion: string;
  /** The account that it belongs to. */
  readonly account: string;
  readonly isOrganizationTrail: boolean;
  /** The ARN of its log group; undefined where it sends to none. */
  readonly logGroupArn: string | undefined;
}

/** The trails of a Region, or in words why they were not given. */
export interface LoggedTrails {
  readonly trails: readonly LoggedTrail[];
  readonly refusal?: string | undefined;
  /** The endpoint that answered, where it is not AWS's own. */
  readonly foreign?: string | undefined;
}

/**
 * The trails that are seen in a Region: the caller's, those of its organization, and shadow trails. A refusal is returned; only
 * CREDENTIALS is thrown.
 */
export async function describeLoggedTrails(session: AwsSession, region: string): Promise<LoggedTrails> {
  const settings = isRegionName(region) ? await session.clientSettings('CLOUDTRAIL', region) : undefined;
  if (settings === undefined || (settings.endpoint === undefined && !isAwsRegion(region)))
    return { trails: [], refusal: 'there is no such Region' };
  const client = new CloudTrailClient(settings);
  const foreign = noteForeign(client, region);
  try {
    const answer = await client.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
    const trailList: unknown = answer.trailList;
    if (!Array.isArray(trailList)) throw new AnswerNotUnderstoodError('it has no list of trails');
    return { trails: trailList.map(asLogged), foreign: foreign() };
  } catch (error) {
    return { trails: [], refusal: await refusalOf(session, region, error), foreign: foreign() };
  } finally {
    client.destroy();
  }
}

const TRAIL_ARN = /^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]{4,32}:(\d{12}):trail\//;

/** Throws AnswerNotUnderstoodError for what describes no trail: to leave it out would hide its log group. */
function asLogged(trail: unknown): LoggedTrail {
  const {
    Name: name,
    HomeRegion: homeRegion,
    TrailARN: arn,
    IsOrganizationTrail: isOrganizationTrail,
    CloudWatchLogsLogGroupArn: group,
  } = fieldsOf(trail);
  const account = typeof arn === 'string' ? TRAIL_ARN.exec(arn)?.[1] : undefined;
  const isKnown =
    typeof name === 'string' &&
    typeof homeRegion === 'string' &&
    account !== undefined &&
    (isAbsent(isOrganizationTrail) || typeof isOrganizationTrail === 'boolean') &&
    (isAbsent(group) || typeof group === 'string');
  if (!isKnown) throw new AnswerNotUnderstoodError('it does not describe a trail');
  const logGroupArn = isAbsent(group) || group === '' ? undefined : group;
  return { name, homeRegion, account, isOrganizationTrail: isOrganizationTrail === true, logGroupArn };
}
