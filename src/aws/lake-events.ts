/**
 * Events of an event data store of CloudTrail Lake: a query is started, waited for, and read page by page. It is AWS's word over TLS,
 * and unsigned. Lake charges for every query by the bytes that it scans.
 */
import {
  CloudTrailClient,
  GetQueryResultsCommand,
  type GetQueryResultsResponse,
  StartQueryCommand,
} from '@aws-sdk/client-cloudtrail';
import { type EventDataStore, type LakeQuestion, lakeStatement } from './event-data-store.ts';
import { failureName } from './failure.ts';
import { refusalOf } from './identity.ts';
import { noteForeign } from './network/foreign.ts';
import { isAwsRegion } from './network/hosts.ts';
import type { AwsSession } from './session.ts';

/** One event as it was given. Nothing of it is checked. */
export interface LakeEvent {
  readonly id: string | undefined;
  /** The JSON text of its record. */
  readonly record: string | undefined;
}

/** What became of a question: that all of it was answered, or in words why it was not. */
export interface LakeAnswer {
  /** Undefined where all rows were given. */
  readonly refusal: string | undefined;
  /** The endpoint that answered, where it is not AWS's own. */
  readonly foreign?: string | undefined;
}

/** How a store is asked. */
export interface LakeAccess {
  readonly session: AwsSession;
  /** The account whose credentials are in use; undefined where nobody knows. */
  readonly caller: string | undefined;
  /** Waits so many milliseconds. What it throws ends the question. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** Rows of a page at most, as the service has it (API reference, GetQueryResults). */
const PAGE = 1000;
/** Milliseconds between two looks at a query, and how long one is waited for. */
const LOOK_MS = 2000;
const LONGEST_MS = 10 * 60_000;
/** Pages without a row, one after the other: more are no progress. */
const MOST_EMPTY_PAGES = 100;
const LONGEST_MESSAGE = 300;

/** What a query that gives no result came to, in words. */
const ENDS: Readonly<Record<string, string>> = {
  FAILED: 'the query failed',
  CANCELLED: 'the query was cancelled',
  TIMED_OUT: 'the query took longer than CloudTrail Lake lets one run',
};

/**
 * Asks a store for the events of a time of one account and Region, the youngest first. `onPage` takes each page before the next is
 * asked for. A refusal is returned; only CREDENTIALS, and what `wait` and `onPage` throw, is thrown.
 */
export async function readLakeEvents(
  { session, caller, wait }: LakeAccess,
  store: EventDataStore,
  question: LakeQuestion,
  onPage: (events: readonly LakeEvent[]) => Promise<void>,
): Promise<LakeAnswer> {
  const { region } = store;
  const statement = lakeStatement(store, question);
  if (statement === undefined) return { refusal: 'there is no such account, Region or time' };
  const settings = await session.clientSettings('CLOUDTRAIL', region);
  if (settings.endpoint === undefined && !isAwsRegion(region)) return { refusal: 'there is no such Region' };
  const client = new CloudTrailClient(settings);
  const foreign = noteForeign(client, region);
  // Another account's store is named by its owner; one's own needs no owner.
  const owner = caller === undefined || caller === store.account ? undefined : store.account;
  try {
    const query = new LakeQuery({ session, region, client, owner, wait: waitWithin(wait) });
    const refusal = await query.run(statement, onPage);
    return { refusal, foreign: [...foreign][0] };
  } finally {
    client.destroy();
  }
}

/** Waits for the next look; false, at once, where the query has had its time. */
type NextLook = () => Promise<boolean>;

function waitWithin(wait: LakeAccess['wait']): NextLook {
  let waited = 0;
  return async () => {
    if (waited >= LONGEST_MS) return false;
    waited += LOOK_MS;
    await wait(LOOK_MS);
    return true;
  };
}

interface QuerySettings {
  readonly session: AwsSession;
  readonly region: string;
  readonly client: CloudTrailClient;
  readonly owner: string | undefined;
  readonly wait: NextLook;
}

/** One query, from its start to its last row. Methods return a refusal in words, or what was asked for. */
class LakeQuery {
  readonly #settings: QuerySettings;

  constructor(settings: QuerySettings) {
    this.#settings = settings;
  }

  /** Undefined where all rows were given. */
  async run(
    statement: string,
    onPage: (events: readonly LakeEvent[]) => Promise<void>,
  ): Promise<string | undefined> {
    const id = await this.#start(statement);
    if ('refusal' in id) return id.refusal;
    const first = await this.#finished(id.queryId);
    if ('refusal' in first) return first.refusal;
    return this.#read(id.queryId, first.page, onPage);
  }

  async #start(statement: string): Promise<{ readonly queryId: string } | { readonly refusal: string }> {
    const { client, owner, wait } = this.#settings;
    const command = new StartQueryCommand({
      QueryStatement: statement,
      ...(owner === undefined ? {} : { EventDataStoreOwnerAccountId: owner }),
    });
    for (;;) {
      try {
        const { QueryId: queryId } = await client.send(command);
        return queryId === undefined ? { refusal: 'it started no query' } : { queryId };
      } catch (error) {
        // Lake runs ten queries of an account at once; others may have started them (API reference, StartQuery).
        if (failureName(error) === 'MaxConcurrentQueriesException' && (await wait())) continue;
        return { refusal: await this.#refusal(error) };
      }
    }
  }

  /** The first page of the query, once it has ended well. */
  async #finished(
    queryId: string,
  ): Promise<{ readonly page: GetQueryResultsResponse } | { readonly refusal: string }> {
    for (;;) {
      const asked = await this.#page(queryId, undefined);
      if ('refusal' in asked) return asked;
      const { QueryStatus: status = 'unknown', ErrorMessage: message } = asked.page;
      if (status === 'FINISHED') return asked;
      const end = ENDS[status];
      if (end !== undefined) {
        const why = message === undefined ? '' : `: ${message.slice(0, LONGEST_MESSAGE)}`;
        return { refusal: `${end}${why} (${status})` };
      }
      if (status !== 'QUEUED' && status !== 'RUNNING')
        return { refusal: `the query is in no known state (${status.slice(0, LONGEST_MESSAGE)})` };
      if (!(await this.#settings.wait()))
        return { refusal: `the query was not done after ${LONGEST_MS / 60_000} minutes (${status})` };
    }
  }

  async #read(
    queryId: string,
    first: GetQueryResultsResponse,
    onPage: (events: readonly LakeEvent[]) => Promise<void>,
  ): Promise<string | undefined> {
    const tokens = new Set<string>();
    let page = first;
    let given = 0;
    let empty = 0;
    for (;;) {
      const events = (page.QueryResultRows ?? []).map(asGiven);
      given += events.length;
      empty = events.length === 0 ? empty + 1 : 0;
      await onPage(events);
      const token = page.NextToken;
      if (token === undefined) break;
      if (tokens.has(token)) return 'it gave the same page again';
      if (empty > MOST_EMPTY_PAGES) return `it gave ${empty} pages without a row`;
      tokens.add(token);
      const asked = await this.#page(queryId, token);
      if ('refusal' in asked) return asked.refusal;
      page = asked.page;
    }
    const all = first.QueryStatistics?.TotalResultsCount ?? given;
    return all > given ? `it gave ${given} of ${all} rows` : undefined;
  }

  async #page(
    queryId: string,
    token: string | undefined,
  ): Promise<{ readonly page: GetQueryResultsResponse } | { readonly refusal: string }> {
    const { client, owner } = this.#settings;
    try {
      const command = new GetQueryResultsCommand({
        QueryId: queryId,
        MaxQueryResults: PAGE,
        NextToken: token,
        ...(owner === undefined ? {} : { EventDataStoreOwnerAccountId: owner }),
      });
      return { page: await client.send(command) };
    } catch (error) {
      return { refusal: await this.#refusal(error) };
    }
  }

  #refusal(error: unknown): Promise<string> {
    return refusalOf(this.#settings.session, this.#settings.region, error);
  }
}

/** A row is a list of maps with one column each; how a column's name is written, nobody promises. */
function asGiven(row: readonly Readonly<Record<string, string>>[]): LakeEvent {
  const columns = new Map<string, unknown>();
  for (const cell of Array.isArray(row) ? row : [])
    for (const [name, value] of Object.entries(cell ?? {})) columns.set(name.toLowerCase(), value);
  return { id: textOf(columns.get('eventid')), record: textOf(columns.get('eventjson')) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
