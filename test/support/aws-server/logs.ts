import { type Answer, AwsError, jsonAnswer } from './answer.ts';
import { checkAllowed } from './deny.ts';
import { boundToken, jsonBody, pageOf, textField } from './json-body.ts';
import type { LogGroupData, ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';

type Fields = Readonly<Record<string, unknown>>;

const DESCRIBED = 50;
const FILTERED = 10_000;
/** Bytes of a page of log events, and what each event counts for besides its message (API reference, PutLogEvents). */
const FILTERED_BYTES = 1_048_576;
const EVENT_BYTES = 26;

/** Answers a CloudWatch Logs request (JSON 1.1) of an account, in the Region it is signed for; throws AwsError for a refusal. */
export function answerLogs(
  request: AwsRequest,
  state: ServerState,
  operation: string,
  account: string,
): Answer {
  const region = request.authorization?.region ?? 'us-east-1';
  checkAllowed(state, `logs:${operation}`, region);
  const groups = (state.logGroups ?? []).filter((one) => one.account === account && one.region === region);
  const body = jsonBody(request);
  if (operation === 'DescribeLogGroups') return describeLogGroups(body, groups, state);
  if (operation === 'FilterLogEvents') return filterLogEvents(body, groups, state);
  throw new AwsError(400, 'UnknownOperationException', `no operation ${operation}`);
}

function arnOf({ region, account, name }: LogGroupData): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

function describeLogGroups(body: Fields, groups: readonly LogGroupData[], state: ServerState): Answer {
  const prefix = textField(body, 'logGroupNamePrefix') ?? '';
  const rows = groups
    .filter(({ name }) => name.startsWith(prefix))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map((group) => ({
      logGroupName: group.name,
      arn: `${arnOf(group)}:*`,
      logGroupArn: arnOf(group),
      creationTime: group.created ?? 0,
      retentionInDays: group.retentionInDays,
      dataProtectionStatus: group.isMasked === true ? 'ACTIVATED' : undefined,
    }));
  const size = Math.min(DESCRIBED, state.pageSize ?? DESCRIBED);
  const page = pageOf(rows, textField(body, 'nextToken'), size, 'InvalidParameterException');
  return jsonAnswer({ logGroups: page.rows, nextToken: page.next });
}

/** The log events of a time in the streams that begin with a prefix, of all streams in one order (API reference, FilterLogEvents). */
function filterLogEvents(body: Fields, groups: readonly LogGroupData[], state: ServerState): Answer {
  const name = textField(body, 'logGroupName');
  const identifier = textField(body, 'logGroupIdentifier');
  if ((name === undefined) === (identifier === undefined))
    throw new AwsError(400, 'InvalidParameterException', 'give either the name or the identifier');
  // An ARN must not have the end that policies want.
  const group = groups.find((one) => one.name === (name ?? identifier) || arnOf(one) === identifier);
  if (group === undefined)
    throw new AwsError(400, 'ResourceNotFoundException', 'The specified log group does not exist.');
  const prefix = textField(body, 'logStreamNamePrefix') ?? '';
  const { startTime, endTime } = body;
  const from = typeof startTime === 'number' ? startTime : 0;
  const to = typeof endTime === 'number' ? endTime : Number.POSITIVE_INFINITY;
  const isBackward = body.startFromHead === false;
  if (isBackward && from < Date.UTC(2024, 0, 1))
    throw new AwsError(400, 'InvalidParameterException', 'startFromHead is not for times before 2024');
  const rows = group.events
    .filter(({ stream, timestamp }) => stream.startsWith(prefix) && from <= timestamp && timestamp <= to)
    .sort((one, other) => (one.timestamp - other.timestamp) * (isBackward ? -1 : 1))
    .map(({ stream, timestamp, message }, index) => ({
      logStreamName: stream,
      timestamp,
      ingestionTime: timestamp,
      message,
      eventId: String(index),
    }));
  if (state.repeatPages === true) return jsonAnswer({ events: rows, nextToken: 'the-same-page-again' });
  const badToken = 'InvalidParameterException';
  const bound = boundToken(body, { field: 'nextToken', ofPlace: arnOf(group), badToken });
  const token = bound.given;
  // Before each page one that is empty, as where much was searched and nothing found.
  if (state.emptyLogPages === true && token?.startsWith('page-') !== true)
    return jsonAnswer({ events: [], nextToken: bound.bind(`page-${token ?? 0}`) });
  const start = token?.replace('page-', '');
  const size = Math.min(fitting(rows.slice(Number(start ?? 0))), state.pageSize ?? FILTERED);
  const page = pageOf(rows, start, size, badToken);
  return jsonAnswer({ events: page.rows, nextToken: bound.bind(page.next), searchedLogStreams: [] });
}

/** How many of these events a page holds: at most 10,000, and at most 1 MB of them, but one at least. */
function fitting(rows: readonly { readonly message: string }[]): number {
  let bytes = 0;
  for (const [at, { message }] of rows.slice(0, FILTERED).entries()) {
    bytes += Buffer.byteLength(message) + EVENT_BYTES;
    if (bytes > FILTERED_BYTES) return Math.max(1, at);
  }
  return FILTERED;
}
