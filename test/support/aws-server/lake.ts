/** Queries of CloudTrail Lake: those for the events of an account and Region, as this tool writes them, and no others. */
import { randomUUID } from 'node:crypto';
import { type Answer, AwsError, jsonAnswer } from './answer.ts';
import { boundToken, pageOf, textField } from './json-body.ts';
import type { EventDataStoreData, LakeEntry, ServerState } from './options.ts';

type Fields = Readonly<Record<string, unknown>>;

interface StartedQuery {
  readonly rows: readonly LakeEntry[];
  looks: number;
}

/** The queries of each store, for as long as a test holds it. */
const STARTED = new WeakMap<EventDataStoreData, Map<string, StartedQuery>>();

const STATEMENT =
  /^SELECT DISTINCT eventID, eventJson, eventTime FROM ([0-9a-f-]{36}) WHERE eventTime >= '([\d: -]{19})' AND eventTime <= '([\d: -]{19})' AND recipientAccountId = '(\d{12})' AND awsRegion = '([a-z0-9-]+)' ORDER BY eventTime DESC$/;

/** Starts a query of a store in this Region that the account owns, or whose owner it names. */
export function startQuery(body: Fields, state: ServerState, region: string, account: string): Answer {
  const [, id = '', begin, end, of, at] = STATEMENT.exec(textField(body, 'QueryStatement') ?? '') ?? [];
  if (id === '') throw new AwsError(400, 'InvalidQueryStatementException', 'The query statement is invalid.');
  const store = state.eventDataStores?.[id];
  const owner = textField(body, 'EventDataStoreOwnerAccountId') ?? account;
  if (store === undefined || store.region !== region || store.account !== owner)
    throw new AwsError(400, 'EventDataStoreNotFoundException', `Event data store ${id} was not found.`);
  const [from, to] = [Date.parse(`${begin}Z`), Date.parse(`${end}Z`)];
  const found = store.events.filter(
    (one) => one.account === of && one.region === at && from <= one.time && one.time <= to,
  );
  // What was copied from a trail is there twice, and DISTINCT gives it once.
  const different = new Map(
    found.map((one) => [JSON.stringify([one.id, one.text, one.cells, one.time]), one]),
  );
  const rows = [...different.values()].sort((one, other) => other.time - one.time);
  const queries = STARTED.get(store) ?? new Map<string, StartedQuery>();
  STARTED.set(store, queries);
  const queryId = randomUUID();
  queries.set(queryId, { rows, looks: 0 });
  return jsonAnswer({ QueryId: queryId });
}

/** A page of a query's rows, each a list of maps of one column, once it is FINISHED. */
export function getQueryResults(body: Fields, state: ServerState, region: string): Answer {
  const id = textField(body, 'QueryId') ?? '';
  const stores = Object.values(state.eventDataStores ?? {}).filter((one) => one.region === region);
  const store = stores.find((one) => STARTED.get(one)?.has(id) === true);
  const query = store === undefined ? undefined : STARTED.get(store)?.get(id);
  if (store === undefined || query === undefined)
    throw new AwsError(400, 'QueryIdNotFoundException', `no query ${id}`);
  const { statuses = ['FINISHED'], errorMessage, total = query.rows.length } = store;
  const status = statuses[Math.min(query.looks, statuses.length - 1)];
  query.looks += 1;
  if (status !== 'FINISHED') return jsonAnswer({ QueryStatus: status, ErrorMessage: errorMessage });
  const size = typeof body.MaxQueryResults === 'number' ? body.MaxQueryResults : 1000;
  if (size < 1 || size > 1000)
    throw new AwsError(400, 'InvalidMaxResultsException', 'MaxQueryResults must be from 1 to 1000');
  const given = store.repeats === true ? query.rows.map(() => query.rows[0]) : query.rows;
  const rows = given.map((row) => {
    const { id: eventID, text, cells, time = 0 } = row ?? {};
    return cells ?? [{ eventID }, { eventJson: text }, { eventTime: new Date(time).toISOString() }];
  });
  const answer = { QueryStatus: status, QueryStatistics: { TotalResultsCount: total, BytesScanned: 1024 } };
  if (state.repeatPages === true)
    return jsonAnswer({ ...answer, QueryResultRows: rows, NextToken: 'the-same-page-again' });
  const badToken = 'InvalidNextTokenException';
  const token = boundToken(body, { field: 'NextToken', ofPlace: region, badToken });
  const page = pageOf(rows, token.given, Math.min(size, state.pageSize ?? size), badToken);
  return jsonAnswer({ ...answer, QueryResultRows: page.rows, NextToken: token.bind(page.next) });
}

/** A store by its ARN; one for all management and data events of all Regions and the organization, unless a test says otherwise. */
export function getEventDataStore(body: Fields, state: ServerState, region: string): Answer {
  const arn = textField(body, 'EventDataStore') ?? '';
  const store = state.eventDataStores?.[arn.split('/').at(-1) ?? ''];
  if (store === undefined || store.region !== region || !arn.includes(`:${store.account}:`))
    throw new AwsError(400, 'EventDataStoreNotFoundException', `Event data store ${arn} was not found.`);
  const category = (one: string) => ({ FieldSelectors: [{ Field: 'eventCategory', Equals: [one] }] });
  return jsonAnswer({
    EventDataStoreArn: arn,
    Status: 'ENABLED',
    AdvancedEventSelectors: [category('Management'), category('Data')],
    MultiRegionEnabled: true,
    OrganizationEnabled: true,
    RetentionPeriod: 366,
    ...store.description,
  });
}
