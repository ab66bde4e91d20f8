/** The event history as a witness. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  HISTORY_DAYS,
  HISTORY_PACE_MS,
  readEventHistory,
  type Turn,
  turns,
} from '../../../aws/event-history.ts';
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
    holds: ({ managementEvent, eventCategory, awsRegion }, { region }) =>
      managementEvent === true && eventCategory === 'Management' && awsRegion === region,
    ask: ({ account, region, hasInsights }, { from, to }, take) =>
      askIn(account, async (session) => {
        const turn = turnOf(`${account}/${region}`);
        const read = (category: 'management' | 'insight') =>
          readEventHistory(session, { region, from, to, category }, turn, take);
        const management = await read('management');
        return hasInsights && management.refusal === undefined ? read('insight') : management;
      }),
  };
}
