/**
 * Events of an event data store of CloudTrail Lake: a query is started, waited for, and read page by page. It is AWS's word over TLS,
 * and unsigned. Lake charges for every query by the bytes that it scans.
 */
import { createHash } from 'node:crypto';
import { CloudTrailClient, GetQueryResultsCommand, StartQueryCommand } from '@aws-sdk/client-cloudtrail';
import { type EventDataStore, type LakeQuestion, lakeStatement } from './event-data-store.ts';
import { failureName } from './failure.ts';
import { refusalOf } from './identity.ts';
import { countOf, fieldsOf, isAbsent, textOf } from './network/fields.ts';
import { noteForeign } from './network/foreign.ts';
import { isAwsRegion } from './network/hosts.ts';
import { NOT_UNDERSTOOD, type Page, type PageRefusal, readPages } from './network/pages.ts';
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
  /** Whether it was given up because the query did not start or end in its time. */
  readonly isLate: boolean;
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
  /** A clock in milliseconds. */
  readonly now: () => number;
}

/** Rows of a page at most, as the service has it (API reference, GetQueryResults). */
const PAGE = 1000;
/** Milliseconds between two looks at a query. */
const LOOK_MS = 2000;
/** How long a query is waited for, from the question on (milliseconds). Lake itself lets one run for an hour (user guide, "View query results"). */
export const LAKE_QUERY_MS: number = 10 * 60_000;
/** Lake gives no empty page that leads on. */
const BOUNDS = { mostEmpty: 100, mostRepeats: 0 };
/** The id of a query (API reference, StartQuery). */
const QUERY_ID = /^[a-f0-9-]{36}$/;
const LONGEST_MESSAGE = 300;

/** What a query that gives no result came to, in words. */
const ENDS: ReadonlyMap<string, string> = new Map([
  ['FAILED', 'the query failed'],
  ['CANCELLED', 'the query was cancelled'],
  ['TIMED_OUT', 'the query took longer than CloudTrail Lake lets one run'],
]);

/**
 * Asks a store for the events of a time of one account and Region, the youngest first. `onPage` takes each page before the next is
 * asked for. A refusal is returned; only CREDENTIALS, and what `wait` and `onPage` throw, is thrown.
 */
export async function readLakeEvents(
  { session, caller, wait, now }: LakeAccess,
  store: EventDataStore,
  question: LakeQuestion,
  onPage: (events: readonly LakeEvent[]) => Promise<void>,
): Promise<LakeAnswer> {
  const { region } = store;
  const statement = lakeStatement(store, question);
  if (statement === undefined) return { refusal: 'there is no such account, Region or time', isLate: false };
  const settings = await session.clientSettings('CLOUDTRAIL', region);
  if (settings.endpoint === undefined && !isAwsRegion(region))
    return { refusal: 'there is no such Region', isLate: false };
  const client = new CloudTrailClient(settings);
  const foreign = noteForeign(client, region);
  // Another account's store is named by its owner; one's own needs no owner.
  const owner = caller === undefined || caller === store.account ? undefined : store.account;
  try {
    const time = new QueryTime(wait, now);
    const query = new LakeQuery({ session, region, client, owner, wait: () => time.next() });
    const refusal = await query.run(statement, onPage);
    return { refusal, isLate: time.isOver, foreign: foreign() };
  } finally {
    client.destroy();
  }
}

/** The time that a query has: requests that are slow to be answered count as well. */
class QueryTime {
  isOver = false;
  readonly #wait: LakeAccess['wait'];
  readonly #now: LakeAccess['now'];
  readonly #end: number;

  constructor(wait: LakeAccess['wait'], now: LakeAccess['now']) {
    this.#wait = wait;
    this.#now = now;
    this.#end = now() + LAKE_QUERY_MS;
  }

  /** Waits for the next look; false, at once, where the query has had its time. */
  async next(): Promise<boolean> {
    this.isOver = this.#now() >= this.#end;
    if (!this.isOver) await this.#wait(LOOK_MS);
    return !this.isOver;
  }
}

interface QuerySettings {
  readonly session: AwsSession;
  readonly region: string;
  readonly client: CloudTrailClient;
  readonly owner: string | undefined;
  readonly wait: () => Promise<boolean>;
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
        const { QueryId: queryId }: { QueryId?: unknown } = await client.send(command);
        const isId = typeof queryId === 'string' && QUERY_ID.test(queryId);
        return isId ? { queryId } : { refusal: 'it started no query' };
      } catch (error) {
        // Lake runs ten queries of an account at once; others may have started them (API reference, StartQuery).
        if (failureName(error) === 'MaxConcurrentQueriesException' && (await wait())) continue;
        return { refusal: await this.#refusal(error) };
      }
    }
  }

  /** The first page of the query, once it has ended well. */
  async #finished(queryId: string): Promise<{ readonly page: Results } | PageRefusal> {
    for (;;) {
      const asked = await this.#page(queryId, undefined);
      if ('refusal' in asked) return asked;
      const { status, message } = asked.page;
      if (status === 'FINISHED') return asked;
      const end = ENDS.get(status);
      if (end !== undefined)
        return { refusal: `${end}${message === undefined ? '' : `: ${message}`} (${status})` };
      if (status !== 'QUEUED' && status !== 'RUNNING')
        return { refusal: `the query is in no known state (${status})` };
      if (!(await this.#settings.wait()))
        return { refusal: `the query was not done after ${LAKE_QUERY_MS / 60_000} minutes (${status})` };
    }
  }

  async #read(
    queryId: string,
    first: Results,
    onPage: (events: readonly LakeEvent[]) => Promise<void>,
  ): Promise<string | undefined> {
    // Rows that come again would fill the place of those that are held back.
    const different = new Set<string>();
    let unreadable = 0;
    const ask = async (token: string | undefined): Promise<Page<LakeEvent> | PageRefusal> => {
      const asked = token === undefined ? { page: first } : await this.#page(queryId, token);
      if ('refusal' in asked) return asked;
      const { status, rows, token: next } = asked.page;
      if (status !== 'FINISHED') return { refusal: `the query has ended, and is ${status} again` };
      for (const { id, record } of rows)
        if (id === undefined || record === undefined) unreadable += 1;
        else different.add(nameOf(id, record));
      const count = different.size + unreadable;
      // Others may follow without an end.
      if (first.all !== undefined && count > first.all)
        return { refusal: `it gave ${count} of ${first.all} rows` };
      return { rows, isEmpty: rows.length === 0, token: next };
    };
    const refused = await readPages(ask, onPage, BOUNDS);
    if (refused !== undefined) return refused.refusal;
    const { all } = first;
    // Without the word that it is all there is, some may be held back.
    if (all === undefined) return NOT_UNDERSTOOD;
    const given = different.size + unreadable;
    return all === given ? undefined : `it gave ${given} of ${all} rows`;
  }

  async #page(queryId: string, token: string | undefined): Promise<{ readonly page: Results } | PageRefusal> {
    const { client, owner } = this.#settings;
    try {
      const command = new GetQueryResultsCommand({
        QueryId: queryId,
        MaxQueryResults: PAGE,
        NextToken: token,
        ...(owner === undefined ? {} : { EventDataStoreOwnerAccountId: owner }),
      });
      const page = readResults(await client.send(command));
      return page === undefined ? { refusal: NOT_UNDERSTOOD } : { page };
    } catch (error) {
      return { refusal: await this.#refusal(error) };
    }
  }

  #refusal(error: unknown): Promise<string> {
    return refusalOf(this.#settings.session, this.#settings.region, error);
  }
}

/** An answer on the results of a query, its texts cut to what can be printed. */
interface Results {
  readonly status: string;
  readonly message: string | undefined;
  readonly rows: readonly LakeEvent[];
  /** How many rows the query has on all pages; undefined where it does not say. */
  readonly all: number | undefined;
  readonly token: unknown;
}

/** Undefined for an answer that is not Lake's: the SDK checks no types. */
function readResults(answer: unknown): Results | undefined {
  const { QueryStatus, ErrorMessage, QueryResultRows, QueryStatistics, NextToken: token } = fieldsOf(answer);
  const { TotalResultsCount: total } = fieldsOf(QueryStatistics);
  const status = textOf(QueryStatus)?.slice(0, LONGEST_MESSAGE);
  const message = textOf(ErrorMessage)?.slice(0, LONGEST_MESSAGE);
  const all = countOf(total);
  const rows: unknown = QueryResultRows ?? [];
  const isKnown =
    status !== undefined &&
    (isAbsent(ErrorMessage) || message !== undefined) &&
    (isAbsent(QueryStatistics) || (typeof QueryStatistics === 'object' && !Array.isArray(QueryStatistics))) &&
    (isAbsent(total) || all !== undefined);
  return isKnown && Array.isArray(rows)
    ? { status, message, rows: rows.map(asGiven), all, token }
    : undefined;
}

/** A row in sixteen bytes, so that a million of them fit into memory. */
function nameOf(id: string, record: string): string {
  return createHash('sha256').update(`${id.length} ${id} ${record}`).digest().toString('latin1', 0, 16);
}

/** A row is a list of maps with one column each; how a column's name is written, nobody promises. */
function asGiven(row: unknown): LakeEvent {
  const columns = new Map<string, unknown>();
  for (const cell of Array.isArray(row) ? row : [])
    for (const [name, value] of Object.entries(fieldsOf(cell))) columns.set(name.toLowerCase(), value);
  return { id: textOf(columns.get('eventid')), record: textOf(columns.get('eventjson')) };
}
