/**
 * The event history of one account and Region: management events and Insights events of the last 90 days, which nobody can change or
 * delete (user guide, "Working with CloudTrail event history"). It is AWS's word over TLS, and unsigned.
 */
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';

import { isRegionName } from '../base/names.ts';
import { refusalOf } from './identity.ts';
import { fieldsOf, textOf } from './network/fields.ts';
import { noteForeign } from './network/foreign.ts';
import { isAwsRegion } from './network/hosts.ts';
import { networkHint } from './network/network-failure.ts';
import { NOT_UNDERSTOOD, type Page, type PageRefusal, readPages } from './network/pages.ts';
import type { AwsSession } from './session.ts';

/** How far back the event history goes, in days. */
export const HISTORY_DAYS = 90;

/** The service allows two requests a second for an account in a Region (API reference, LookupEvents). */
export const HISTORY_PACE_MS = 500;

/** CloudTrail gives no empty page that leads on, and a server that gives nothing else must not hold the run. */
const BOUNDS = { mostEmpty: 100, mostRepeats: 0 };

/** Events of a page at most, as the service has it. */
const PAGE = 50;

/** What is asked of the event history. Times are milliseconds since the epoch, both inclusive. */
export interface HistoryQuestion {
  readonly region: string;
  readonly from: number;
  readonly to: number;
  readonly category: 'management' | 'insight';
}

/** One event as it was given. Nothing of it is checked. */
export interface HistoryEvent {
  readonly id: string | undefined;

  /** The JSON text of its record. */
  readonly record: string | undefined;
}

/** What became of a question: that all of it was answered, or in words why it was not. */
export interface HistoryAnswer {
  /** Undefined where all pages were given. */
  readonly refusal: string | undefined;
  readonly hint?: string | undefined;
  /** The endpoint that answered, where it is not AWS's own. */
  readonly foreign?: string | undefined;
}

/** Waits for its turn: one for all questions to one account and Region. */
export type Turn = () => Promise<void>;

/** A turn every so many milliseconds, in the order in which they are asked for. */
export function turns(
  paceMs: number,
  wait: (milliseconds: number) => Promise<void>,
  now: () => number,
): Turn {
  let next = 0;
  return async () => {
    const at = now();
    const mine = Math.max(at, next);
    next = mine + paceMs;
    if (mine > at) await wait(mine - at);
  };
}

/**
 * Asks the event history, page by page, the youngest events first. `onPage` takes each page before the next is asked for. A refusal is
 * returned; only CREDENTIALS, and what `turn` and `onPage` throw, is thrown.
 */
export async function readEventHistory(
  session: AwsSession,
  { region, from, to, category }: HistoryQuestion,
  turn: Turn,
  onPage: (events: readonly HistoryEvent[]) => Promise<void>,
): Promise<HistoryAnswer> {
  const settings = isRegionName(region) ? await session.clientSettings('CLOUDTRAIL', region) : undefined;
  if (settings === undefined || (settings.endpoint === undefined && !isAwsRegion(region)))
    return { refusal: 'there is no such Region' };
  const client = new CloudTrailClient(settings);
  const foreign = noteForeign(client, region);
  const ask = async (token: string | undefined): Promise<Page<HistoryEvent> | PageRefusal> => {
    await turn();
    const command = new LookupEventsCommand({
      StartTime: new Date(from),
      EndTime: new Date(to),
      MaxResults: PAGE,
      NextToken: token,
      ...(category === 'insight' ? { EventCategory: category } : {}),
    });
    try {
      return readPage(await client.send(command));
    } catch (error) {
      return { refusal: await refusalOf(session, region, error), hint: networkHint(error) };
    }
  };
  try {
    const refused = await readPages(ask, onPage, BOUNDS);
    return { refusal: undefined, ...refused, foreign: foreign() };
  } finally {
    client.destroy();
  }
}

/** An answer without a list of events is not one of no events. */
function readPage(answer: unknown): Page<HistoryEvent> | PageRefusal {
  const { Events: events, NextToken: token } = fieldsOf(answer);
  if (!Array.isArray(events)) return { refusal: NOT_UNDERSTOOD };
  return { rows: events.map(asGiven), isEmpty: events.length === 0, token };
}

function asGiven(given: unknown): HistoryEvent {
  const { EventId, CloudTrailEvent } = fieldsOf(given);
  return { id: textOf(EventId), record: textOf(CloudTrailEvent) };
}
