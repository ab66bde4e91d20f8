/**
 * The events of one account and Region in a log group that a trail sends to. They are AWS's word over TLS, and unsigned; and the group
 * is its account's own: it may be deleted, and events may be added to it.
 */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { knownTime } from '../base/clock.ts';
import { isOrganizationId } from '../base/names.ts';
import { AnswerNotUnderstoodError, failureName, failureText } from './failure.ts';
import { refusalOf } from './identity.ts';
import { countOf, fieldsOf, isAbsent, textOf } from './network/fields.ts';
import { noteForeign } from './network/foreign.ts';
import { isAwsRegion } from './network/hosts.ts';
import { NOT_UNDERSTOOD, type Page, type PageRefusal, readPages } from './network/pages.ts';
import { optionalPackage } from './optional-package.ts';
import type { AwsSession } from './session.ts';

/** The service allows five requests a second for an account in some Regions, and ten in others (user guide, "CloudWatch Logs quotas"). */
export const LOGS_PACE_MS = 200;

/**
 * Some pages are usual that hold no event of what was asked for, and an empty one may lead back to itself until the service has searched
 * further (github.com/boto/boto3, issue 1584). A server that gives them for ever must end.
 */
const BOUNDS = { mostEmpty: 1000, mostRepeats: 100 };
/** From here on the youngest events may be asked for first (API reference, FilterLogEvents). */
const YOUNGEST_FIRST_SINCE = Date.UTC(2024, 0, 1);

/** A log group by its ARN. */
export interface LogGroupArn {
  /** Without `:*` at its end, as a request names it (API reference, LogGroup). */
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

const GROUP_ARN =
  /^(arn:aws[a-z-]*:logs:([a-z][a-z0-9-]{3,31}):(\d{12}):log-group:([A-Za-z0-9_./#-]{1,512}))(?::\*)?$/;

/** Reads the ARN of a log group, with `:*` at its end or without; undefined for any other text. */
export function parseLogGroupArn(text: string): LogGroupArn | undefined {
  const [, arn, region, account, name] = GROUP_ARN.exec(text) ?? [];
  if (arn === undefined || region === undefined || account === undefined || name === undefined)
    return undefined;
  return { arn, account, region, name };
}

/** Whose events are meant, and the trail that sends them. */
export interface StreamsQuestion {
  readonly account: string;
  readonly region: string;
  readonly homeRegion: string;
  /** The organization of the trail; undefined for an account's own. */
  readonly organization?: string | undefined;
}

/**
 * The names of the log streams that may hold events of an account and Region; each may have `_2` and higher numbers behind it. They are
 * `account_CloudTrail_region` (user guide, "CloudWatch log group and log stream naming for CloudTrail"): older editions of the guide
 * say that it is the Region of the events, newer ones that of the trail, so both are meant. Those of an organization's trail have its id
 * before them (user guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring").
 */
export function streamNames(question: StreamsQuestion): readonly string[] {
  const { account, region, homeRegion, organization } = question;
  const plain = [...new Set([region, homeRegion])].map((one) => `${account}_CloudTrail_${one}`);
  const isOfOrganization = organization !== undefined && isOrganizationId(organization);
  return isOfOrganization ? [...plain.map((name) => `${organization}_${name}`), ...plain] : plain;
}

/** Whether a log stream has a name of `streamNames`, without or with a number behind it. */
export function isStreamOf(stream: string, name: string): boolean {
  return stream.startsWith(name) && /^(?:_[0-9]{1,9})?$/.test(stream.slice(name.length));
}

/** What becomes of a question to CloudWatch Logs. */
export interface LogsAnswer {
  /** In words why not all of it was answered; undefined where it was. */
  readonly refusal: string | undefined;
  /** The endpoint that answered, where it is not AWS's own. */
  readonly foreign?: string | undefined;
}

/** What a log group keeps, as far as AWS says it. */
export interface LogGroupFacts extends LogsAnswer {
  /** Undefined where it keeps events for ever, and where nothing is known. */
  readonly retentionDays?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly created?: number | undefined;
  /** Whether a data protection policy writes asterisks into what it gives. */
  readonly isMasked: boolean;
}

/** How long a log group keeps events, and since when there is one. A refusal is returned; only CREDENTIALS and CONFIGURATION are thrown. */
export async function describeLogGroup(session: AwsSession, group: LogGroupArn): Promise<LogGroupFacts> {
  const { DescribeLogGroupsCommand } = await loadLogsPackage();
  const opened = await openClient(session, group.region);
  if (opened === undefined) return { refusal: NO_REGION, isMasked: false };
  const { client, foreign } = opened;
  try {
    // The names are in order: none that only begins with it comes before it.
    const { logGroups }: { logGroups?: unknown } = await client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: group.name }),
    );
    if (!Array.isArray(logGroups)) throw new AnswerNotUnderstoodError('it has no list of log groups');
    const found = logGroups.map(fieldsOf).find(({ logGroupName }) => logGroupName === group.name);
    const facts =
      found === undefined ? { refusal: 'its log group is gone', isMasked: false } : factsOf(found);
    return { ...facts, foreign: foreign() };
  } catch (error) {
    const refusal = await refusalOf(session, group.region, error);
    return { refusal, isMasked: false, foreign: foreign() };
  } finally {
    client.destroy();
  }
}

/** A wrong retention is not that of a group that keeps events for ever. */
function factsOf(group: Readonly<Record<string, unknown>>): LogGroupFacts {
  const { retentionInDays, creationTime, dataProtectionStatus, inheritedProperties } = group;
  const retentionDays = countOf(retentionInDays);
  const created = countOf(creationTime);
  const isKnown =
    (isAbsent(retentionInDays) || (retentionDays !== undefined && retentionDays > 0)) &&
    (isAbsent(creationTime) || created !== undefined) &&
    (isAbsent(dataProtectionStatus) || typeof dataProtectionStatus === 'string') &&
    (isAbsent(inheritedProperties) || Array.isArray(inheritedProperties));
  if (!isKnown) return { refusal: NOT_UNDERSTOOD, isMasked: false };
  return {
    refusal: undefined,
    retentionDays,
    created: knownTime(created),
    isMasked:
      dataProtectionStatus === 'ACTIVATED' ||
      (Array.isArray(inheritedProperties) && inheritedProperties.includes('ACCOUNT_DATA_PROTECTION')),
  };
}

/** What is asked of a log group. Times are milliseconds since the epoch, both inclusive: those of the log events, not of what they say. */
export interface LogsQuestion {
  readonly group: LogGroupArn;
  /** As `streamNames` gives it. */
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the log events of one name of a log stream and of its numbers, page by page. `turn` is waited for before each page, and `onPage`
 * takes the texts of each page before the next is asked for: nothing of them is checked. Where there is no such stream there is no
 * event. A refusal is returned; only CREDENTIALS, CONFIGURATION, and what `turn` and `onPage` throw, is thrown.
 */
export async function readLogEvents(
  session: AwsSession,
  { group, stream, from, to }: LogsQuestion,
  turn: () => Promise<void>,
  onPage: (messages: readonly (string | undefined)[]) => Promise<void>,
): Promise<LogsAnswer> {
  const { FilterLogEventsCommand } = await loadLogsPackage();
  const opened = await openClient(session, group.region);
  if (opened === undefined) return { refusal: NO_REGION };
  const { client, foreign } = opened;
  const ask = async (token: string | undefined): Promise<Page<string | undefined> | PageRefusal> => {
    await turn();
    const command = new FilterLogEventsCommand({
      logGroupIdentifier: group.arn,
      logStreamNamePrefix: stream,
      startTime: from,
      endTime: to,
      nextToken: token,
      ...(from >= YOUNGEST_FIRST_SINCE ? { startFromHead: false } : {}),
    });
    try {
      return readPage(await client.send(command), stream);
    } catch (error) {
      if (isNoStream(error)) return { rows: [], isEmpty: true, token: undefined };
      return { refusal: await refusalOf(session, group.region, error) };
    }
  };
  try {
    const refused = await readPages(ask, onPage, BOUNDS);
    return { refusal: refused?.refusal, foreign: foreign() };
  } finally {
    client.destroy();
  }
}

const NO_REGION = 'there is no such Region';

/** The texts of a page that are of a stream, undefined for what is no text; a refusal for another answer than the service's. */
function readPage(answer: unknown, stream: string): Page<string | undefined> | PageRefusal {
  const { events, nextToken: token } = fieldsOf(answer);
  if (!Array.isArray(events)) return { refusal: NOT_UNDERSTOOD };
  const rows: (string | undefined)[] = [];
  for (const event of events as readonly unknown[]) {
    const { logStreamName, message } = fieldsOf(event);
    // Of an event without a stream nobody knows whether it was asked for.
    if (typeof logStreamName !== 'string') return { refusal: NOT_UNDERSTOOD };
    if (isStreamOf(logStreamName, stream)) rows.push(textOf(message));
  }
  return { rows, isEmpty: events.length === 0, token };
}

/** Whether it is a log stream that is not there, and not the group. */
function isNoStream(error: unknown): boolean {
  return failureName(error) === 'ResourceNotFoundException' && /\blog stream\b/.test(failureText(error));
}

interface OpenedClient {
  readonly client: CloudWatchLogsClient;
  /** The first endpoint so far that is not AWS's own. */
  readonly foreign: () => string | undefined;
}

/** Undefined for a Region that AWS cannot have. */
async function openClient(session: AwsSession, region: string): Promise<OpenedClient | undefined> {
  const { CloudWatchLogsClient } = await loadLogsPackage();
  const settings = await session.clientSettings('CLOUDWATCH_LOGS', region);
  if (settings.endpoint === undefined && !isAwsRegion(region)) return undefined;
  const client = new CloudWatchLogsClient(settings);
  return { client, foreign: noteForeign(client, region, 'CLOUDWATCH_LOGS') };
}

/** A package that only this witness needs. Throws CONFIGURATION where it is not installed. */
export function loadLogsPackage(): Promise<typeof import('@aws-sdk/client-cloudwatch-logs')> {
  return optionalPackage('@aws-sdk/client-cloudwatch-logs', () => import('@aws-sdk/client-cloudwatch-logs'));
}
