/** The event history as a witness. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  HISTORY_DAYS,
  HISTORY_PACE_MS,
  readEventHistory,
  type Turn,
  turns,
} from '../../../aws/event-history.ts';
import type { AwsSession } from '../../../aws/session.ts';
import { DAY } from '../../../base/clock.ts';
import type { Limit } from '../../../findings/event.ts';
import type { Witness } from '../../../witness/contract.ts';
import type { AskIn } from './sessions.ts';

/** What its answers are worth, and what it never has. */
const LIMITS: readonly Limit[] = [
  {
    code: 'WITNESS_UNSIGNED',
    text: 'What the event history says is the word of AWS over TLS. Nobody signed it, and it changes no verdict.',
  },
  {
    code: 'WITNESS_WITHOUT_DATA_EVENTS',
    text: 'The event history holds management events and Insights events alone: data events of the same times are not recovered.',
  },
];

/** The event history, asked as fast as the service allows. The signal ends a wait for the next turn. */
export function eventHistoryWitness(askIn: AskIn, signal: AbortSignal): Witness {
  const places = new Map<string, Turn>();
  const quiet = new Map<string, Promise<QuietTime | undefined>>();
  const turnOf = (place: string): Turn => {
    const known =
      places.get(place) ??
      turns(
        HISTORY_PACE_MS,
        (ms) => sleep(ms, undefined, { signal }),
        () => performance.now(),
      );
    places.set(place, known);
    return known;
  };
  return {
    kind: 'event-history',
    name: 'the event history',
    days: HISTORY_DAYS,
    limits: LIMITS,
    // It has every management event, whatever trails select (user guide, "Working with CloudTrail event history").
    holdings:
      async () =>
      ({ managementEvent, eventCategory }) =>
        managementEvent === true && eventCategory === 'Management',
    ask: ({ account, region, hasInsights }, { from, to }, take) =>
      askIn(account, async (session) => {
        const place = `${account}/${region}`;
        const turn = turnOf(place);
        const management = await readEventHistory(
          session,
          { region, from, to, category: 'management' },
          turn,
          take,
        );
        if (!hasInsights || management.refusal !== undefined) return management;
        // The youngest time is asked about first: what is quiet up to there needs no question for each day.
        const known = quiet.get(place) ?? quietTime(session, region, to, turn);
        quiet.set(place, known);
        const time = await known;
        if (time !== undefined && time.from <= from && to <= time.to) return management;
        return readEventHistory(session, { region, from, to, category: 'insight' }, turn, take);
      }),
  };
}

/** A time without Insights events, both ends inclusive, in milliseconds since the epoch. */
interface QuietTime {
  readonly from: number;
  readonly to: number;
}

/** The days of the event history up to `to`, where all of them were given and hold no Insights event; otherwise undefined. */
async function quietTime(
  session: AwsSession,
  region: string,
  to: number,
  turn: Turn,
): Promise<QuietTime | undefined> {
  const time = { from: to - HISTORY_DAYS * DAY, to };
  try {
    const answer = await readEventHistory(
      session,
      { region, ...time, category: 'insight' },
      turn,
      async (events) => {
        if (events.length > 0) throw new NotQuiet();
      },
    );
    return answer.refusal === undefined ? time : undefined;
  } catch (error) {
    if (error instanceof NotQuiet) return undefined;
    throw error;
  }
}

/** Ends a question at its first event. */
class NotQuiet extends Error {}
