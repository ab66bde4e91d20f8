import { DAY } from '../../../src/base/clock.ts';
import { type Answer, AwsError, jsonAnswer } from './answer.ts';
import { checkAllowed } from './deny.ts';
import { boundToken, jsonBody, pageOf, textField } from './json-body.ts';
import { getEventDataStore, getQueryResults, startQuery } from './lake.ts';
import { callerAccount, type ServerState, serverTime, type TrailData } from './options.ts';
import type { AwsRequest } from './request.ts';

type Fields = Readonly<Record<string, unknown>>;

const OPERATIONS: Readonly<
  Record<string, (body: Fields, state: ServerState, region: string, account: string) => Answer>
> = {
  ListPublicKeys: listPublicKeys,
  DescribeTrails: describeTrails,
  GetTrail: getTrail,
  GetTrailStatus: getTrailStatus,
  GetEventSelectors: getEventSelectors,
  ListTags: listTags,
  DescribeQuery: describeQuery,
  LookupEvents: lookupEvents,
  StartQuery: startQuery,
  GetQueryResults: getQueryResults,
  GetEventDataStore: getEventDataStore,
};

/** Answers a CloudTrail request (JSON 1.1) of an account, in the Region it is signed for; throws AwsError for a refusal. */
export function answerCloudTrail(
  request: AwsRequest,
  state: ServerState,
  operation: string,
  account: string,
): Answer {
  const region = request.authorization?.region ?? 'us-east-1';
  const handle = OPERATIONS[operation];
  if (handle === undefined) throw new AwsError(400, 'UnknownOperationException', `no operation ${operation}`);
  checkAllowed(state, `cloudtrail:${operation}`, region);
  return handle(jsonBody(request), state, region, account);
}

/** The keys that were valid at some time between StartTime and EndTime (each the present unless given). */
function listPublicKeys(body: Fields, state: ServerState, region: string): Answer {
  const present = serverTime(state) / 1000;
  const start = timeField(body, 'StartTime') ?? present;
  const end = timeField(body, 'EndTime') ?? present;
  if (start > end) throw new AwsError(400, 'InvalidTimeRangeException', 'StartTime must be before EndTime');
  const keys = (state.publicKeys?.[region] ?? [])
    .filter((key) => key.validFrom / 1000 <= end && key.validTo / 1000 >= start)
    .map((key) => ({
      Fingerprint: key.fingerprint,
      Value: key.value,
      ValidityStartTime: key.validFrom / 1000,
      ValidityEndTime: key.validTo / 1000,
    }));
  if (state.repeatPages === true)
    return jsonAnswer({ PublicKeyList: keys, NextToken: 'the-same-page-again' });
  const page = pageOf(keys, textField(body, 'NextToken'), state.pageSize ?? 20, 'InvalidTokenException');
  return jsonAnswer({ PublicKeyList: page.rows, NextToken: page.next });
}

/** A query of CloudTrail Lake by its id. */
function describeQuery(body: Fields, state: ServerState): Answer {
  const id = textField(body, 'QueryId') ?? '';
  const query = state.lakeQueries?.[id];
  if (query === undefined) throw new AwsError(400, 'QueryIdNotFoundException', `no query ${id}`);
  return jsonAnswer({ QueryId: id, ...query });
}

const HISTORY_DAYS = 90;
const HISTORY_PAGE = 50;

/** The events of the account's last 90 days in the Region, the youngest first (API reference, LookupEvents). */
function lookupEvents(body: Fields, state: ServerState, region: string, account: string): Answer {
  const present = serverTime(state);
  const from = Math.max((timeField(body, 'StartTime') ?? 0) * 1000, present - HISTORY_DAYS * DAY);
  const to = (timeField(body, 'EndTime') ?? present / 1000) * 1000;
  if (from > to) throw new AwsError(400, 'InvalidTimeRangeException', 'StartTime must be before EndTime');
  const size = typeof body.MaxResults === 'number' ? body.MaxResults : HISTORY_PAGE;
  if (size < 1 || size > HISTORY_PAGE)
    throw new AwsError(400, 'InvalidMaxResultsException', 'MaxResults must be from 1 to 50');
  // A category that is asked for can be insight alone (API reference, LookupEvents).
  if (body.EventCategory !== undefined && body.EventCategory !== 'insight')
    throw new AwsError(400, 'InvalidEventCategoryException', 'EventCategory must be insight');
  const category = textField(body, 'EventCategory') ?? 'management';
  const rows = (state.eventHistory ?? [])
    .filter((one) => one.account === account && one.region === region && one.category === category)
    .filter(({ time }) => from <= time && time <= to)
    .sort((one, other) => other.time - one.time)
    .map(({ id, time, text }) => ({ EventId: id, EventTime: time / 1000, CloudTrailEvent: text }));
  if (state.repeatPages === true)
    return jsonAnswer({ Events: rows.slice(0, size), NextToken: 'the-same-page-again' });
  const badToken = 'InvalidNextTokenException';
  const token = boundToken(body, { field: 'NextToken', ofPlace: `${account}/${region}`, badToken });
  const page = pageOf(rows, token.given, Math.min(size, state.pageSize ?? size), badToken);
  return jsonAnswer({ Events: page.rows, NextToken: token.bind(page.next) });
}

/** The trails of this Region and, as shadow trails, the multi-Region trails of the others: the account's own, and those of organizations. */
function describeTrails(body: Fields, state: ServerState, region: string, account: string): Answer {
  const names = body.trailNameList;
  const wanted = Array.isArray(names) && names.length > 0 ? names : undefined;
  const shadows = body.includeShadowTrails !== false;
  const trailList = (state.trails ?? []).filter((trail) => {
    const isVisible = trail.IsOrganizationTrail === true || trail.TrailARN.split(':')[4] === account;
    if (!isVisible || !isSeenIn(trail, region) || (!shadows && trail.HomeRegion !== region)) return false;
    if (wanted === undefined) return true;
    // A name, unlike an ARN, is one of this Region.
    return wanted.includes(trail.TrailARN) || (wanted.includes(trail.Name) && trail.HomeRegion === region);
  });
  return jsonAnswer({ trailList: trailList.map(whole) });
}

function getTrail(body: Fields, state: ServerState, region: string): Answer {
  return jsonAnswer({ Trail: whole(findTrail(body, state, region)) });
}

/** CloudTrail says of every trail whether it is one of several Regions, of an organization, and validated. */
function whole(trail: TrailData): TrailData {
  const flags = { IsMultiRegionTrail: false, IsOrganizationTrail: false, LogFileValidationEnabled: false };
  return { ...flags, ...trail };
}

function getTrailStatus(body: Fields, state: ServerState, region: string): Answer {
  const trail = findTrail(body, state, region);
  const status = state.trailStatus?.[trail.TrailARN]?.[region];
  if (status === undefined) throw unknownTrail(trail.TrailARN, state);
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(status))
    shown[name] = typeof value === 'number' ? value / 1000 : value;
  return jsonAnswer(shown);
}

/** The selectors of a trail; a new trail records all management events (API reference, GetEventSelectors). */
function getEventSelectors(body: Fields, state: ServerState, region: string): Answer {
  const { TrailARN } = findTrail({ Name: body.TrailName }, state, region);
  const standard = {
    EventSelectors: [
      {
        ReadWriteType: 'All',
        IncludeManagementEvents: true,
        DataResources: [],
        ExcludeManagementEventSources: [],
      },
    ],
  };
  return jsonAnswer({ TrailARN, ...(state.eventSelectors?.[TrailARN] ?? standard) });
}

function listTags(body: Fields, state: ServerState, region: string): Answer {
  const [id] = Array.isArray(body.ResourceIdList) ? body.ResourceIdList : [];
  const { TrailARN } = findTrail({ Name: id }, state, region);
  const TagsList = state.trailTags?.[TrailARN] ?? [];
  return jsonAnswer({ ResourceTagList: [{ ResourceId: TrailARN, TagsList }] });
}

function findTrail(body: Fields, state: ServerState, region: string): TrailData {
  const name = textField(body, 'Name') ?? '';
  const isOne = (trail: TrailData) =>
    trail.TrailARN === name || (trail.Name === name && trail.HomeRegion === region);
  const trail = (state.trails ?? []).find((one) => isOne(one) && isSeenIn(one, region));
  if (trail === undefined) throw unknownTrail(name, state);
  return trail;
}

function isSeenIn(trail: TrailData, region: string): boolean {
  return trail.HomeRegion === region || trail.IsMultiRegionTrail === true;
}

function unknownTrail(name: string, state: ServerState): AwsError {
  const message = `Unknown trail: ${name} for the user: ${callerAccount(state)}`;
  return new AwsError(400, 'TrailNotFoundException', message);
}

/** A time of a request in seconds since the epoch. */
function timeField(body: Fields, name: string): number | undefined {
  const value = body[name];
  return typeof value === 'number' ? value : undefined;
}
