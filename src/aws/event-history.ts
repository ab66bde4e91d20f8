/**
 * The event history of one account and Region: management events and Insights events of the last 90 days, which nobody can change or
 * delete (user guide, "Working with CloudTrail event history"). It is AWS's word over TLS, and unsigned.
 */
import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';

import { isRegionName } from '../base/names.ts';
import { refusalOf } from './identity.ts';
import { noteForeign } from './network/foreign.ts';
import { isAwsRegion } from './network/hosts.ts';
import { networkHint } from './network/network-failure.ts';
import type { AwsSession } from './session.ts';

/** How far back the event history goes, in days. */
export const HISTORY_DAYS = 90;

/** The service allows two requests a second for an account in a Region (API reference, LookupEvents). */
export const HISTORY_PACE_MS = 500;

/** Empty pages in a row that lead on: CloudTrail gives none, and a server that gives nothing else must not hold the run. */
const MOST_EMPTY = 100;

const NOT_UNDERSTOOD = 'its answer cannot be understood';

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
  const tokens = new Set<string>();
  let token: string | undefined;
  let empty = 0;
  try {
    do {
      await turn();
      const sent = await client
        .send(
          new LookupEventsCommand({
            StartTime: new Date(from),
            EndTime: new Date(to),
            MaxResults: PAGE,
            NextToken: token,
            ...(category === 'insight' ? { EventCategory: category } : {}),
          }),
        )
        .then(
          (answer) => ({ answer }),
          (error: unknown) => ({ error }),
        );
      if ('error' in sent) {
        const said = await refusalOf(session, region, sent.error);
        // The SDK's words are about its own objects, and help nobody.
        const refusal = said.includes('Deserialization error') ? NOT_UNDERSTOOD : said;
        return { refusal, hint: networkHint(sent.error), foreign: [...foreign][0] };
      }
      // The SDK checks no types: an endpoint may send anything.
      const events: unknown = sent.answer.Events ?? [];
      if (!Array.isArray(events)) return { refusal: NOT_UNDERSTOOD, foreign: [...foreign][0] };
      await onPage(events.map(asGiven));
      empty = events.length === 0 ? empty + 1 : 0;
      if (empty > MOST_EMPTY)
        return { refusal: 'it gave empty pages without an end', foreign: [...foreign][0] };
      token = sent.answer.NextToken;
      if (token !== undefined && typeof token !== 'string')
        return { refusal: NOT_UNDERSTOOD, foreign: [...foreign][0] };
      if (token !== undefined && tokens.has(token))
        return { refusal: 'it gave the same page again', foreign: [...foreign][0] };
      if (token !== undefined) tokens.add(token);
    } while (token !== undefined);
    return { refusal: undefined, foreign: [...foreign][0] };
  } finally {
    client.destroy();
  }
}

function asGiven(given: unknown): HistoryEvent {
  const { EventId, CloudTrailEvent }: Partial<Event> = given ?? {};
  return { id: textOf(EventId), record: textOf(CloudTrailEvent) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
