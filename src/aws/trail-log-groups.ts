/** The log groups that the trails which a caller may see send their events to. */
import { CloudTrailClient, DescribeTrailsCommand, type Trail } from '@aws-sdk/client-cloudtrail';
import { isRegionName } from '../base/names.ts';
import { AnswerNotUnderstoodError } from './failure.ts';
import { refusalOf } from './identity.ts';
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
    const { trailList } = await client.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
    if (!Array.isArray(trailList)) throw new AnswerNotUnderstoodError('it has no list of trails');
    return {
      trails: trailList.flatMap((one: Trail | null) => (one === null ? [] : asLogged(one))),
      foreign: foreign(),
    };
  } catch (error) {
    return { trails: [], refusal: await refusalOf(session, region, error), foreign: foreign() };
  } finally {
    client.destroy();
  }
}

const TRAIL_ARN = /^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]{4,32}:(\d{12}):trail\//;

function asLogged(trail: Trail): readonly LoggedTrail[] {
  const {
    Name: name,
    HomeRegion: homeRegion,
    TrailARN,
    IsOrganizationTrail,
    CloudWatchLogsLogGroupArn,
  } = trail;
  const [, account] = TRAIL_ARN.exec(TrailARN ?? '') ?? [];
  if (name === undefined || homeRegion === undefined || account === undefined) return [];
  const logGroupArn = CloudWatchLogsLogGroupArn === '' ? undefined : CloudWatchLogsLogGroupArn;
  return [{ name, homeRegion, account, isOrganizationTrail: IsOrganizationTrail === true, logGroupArn }];
}
