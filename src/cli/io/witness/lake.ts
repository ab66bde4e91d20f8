/** CloudTrail Lake as a witness: an event data store that is asked, or else the results of queries that a report has verified. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventDataStore } from '../../../aws/event-data-store.ts';
import { callerIdentity } from '../../../aws/identity.ts';
import { readLakeEvents } from '../../../aws/lake-events.ts';
import {
  describeEventDataStore,
  type StoreAnswer,
  type StoreFacts,
} from '../../../aws/set-up/store-description.ts';
import { DAY } from '../../../base/clock.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import { limiter } from '../../../base/flow.ts';
import type { Limit } from '../../../findings/event.ts';
import { countOf } from '../../../render/words.ts';
import type { Witness } from '../../../witness/contract.ts';
import { selectionOf } from '../../../witness/selectors.ts';
import { LakePatience } from './lake-patience.ts';
import { lakeResultsWitness, validSets } from './lake-results.ts';
import type { WitnessOpening } from './opening.ts';

/** What its answers are worth, and what it never has. */
const LIMITS: readonly Limit[] = [
  {
    code: 'WITNESS_UNSIGNED',
    text: 'What the event data store says is the word of AWS over TLS. Nobody signed it, and it changes no verdict.',
  },
  {
    code: 'WITNESS_SELECTS_EVENTS',
    text: 'The event data store has the events that its own selectors and its own retention keep. It may hold events that no trail was to log, and lack others. What its selectors let in by resource is not held against it where it lacks that.',
  },
  {
    code: 'WITNESS_CHARGES',
    text: 'AWS charges for each query of the event data store by the bytes that it scans: a query was started for each time of each account and Region.',
  },
];

/** Queries at once. Lake runs ten of an account; others may have theirs (API reference, StartQuery). */
const QUERIES_AT_ONCE = 4;

/** Opens the store that is named, else the verified results of the report. Throws CONFIGURATION where there is neither. */
export function lakeWitness(opening: WitnessOpening): Witness {
  const { eventDataStore, report, source, signal } = opening;
  if (eventDataStore !== undefined) return storeWitness(eventDataStore, opening);
  const sets = validSets(report);
  if (sets.length === 0)
    throw new TrailVerifyError(
      'CONFIGURATION',
      'the report has no query results of CloudTrail Lake that are valid, and no event data store is named',
      { hint: 'name the event data store that is to be asked with --event-data-store' },
    );
  return lakeResultsWitness(sets, source, signal);
}

function storeWitness(store: EventDataStore, { own, say, signal, now }: WitnessOpening): Witness {
  const limited = limiter(QUERIES_AT_ONCE);
  let described: Promise<StoreAnswer> | undefined;
  const describe = (): Promise<StoreAnswer> => {
    described ??= describeEventDataStore(own, store);
    return described;
  };
  /** In words what the store does not keep of a place and time. */
  const lacks = async (place: StorePlace, from: number): Promise<readonly string[]> => {
    const { facts, refusal } = await describe();
    if (facts === undefined) return [`what the event data store keeps is not known: ${refusal}`];
    return lacksOf(facts, store, place, now - from);
  };
  let caller: Promise<string | undefined> | undefined;
  const begin = (): Promise<string | undefined> => {
    if (caller === undefined)
      say('CloudTrail Lake charges for each query by the bytes that it scans; queries are started now');
    caller ??= callerIdentity(own).then((known) => known?.account);
    return caller;
  };
  const clock = (): number => performance.now();
  const patience = new LakePatience(say, clock);
  return {
    kind: 'lake',
    name: 'the event data store',
    days: undefined,
    limits: LIMITS,
    // A statement has times to the second.
    givesMore: true,
    holdings: async () => {
      const { facts } = await describe();
      // An answer that is kept of a run before was given by a store that said what it keeps.
      if (facts === undefined) return () => true;
      const selectors = { basic: [], advanced: facts.selectors };
      return (record) => selectionOf(selectors, record) === 'recorded';
    },
    ask: ({ account, region }, { from, to }, take) =>
      limited(async () => {
        signal.throwIfAborted();
        if (patience.refusal !== undefined) return { refusal: patience.refusal };
        const reasons = await lacks({ account, region }, from);
        const caller = await begin();
        const asked = clock();
        const access = {
          session: own,
          caller,
          wait: async (ms: number) => {
            patience.waits(asked, `${account}/${region}`);
            await sleep(ms, undefined, { signal });
          },
          now: clock,
        };
        const question = { account, region, from, to };
        const { refusal, isLate, foreign } = await readLakeEvents(access, store, question, take);
        patience.ended(isLate);
        const all = [...reasons, ...(refusal === undefined ? [] : [refusal])];
        return { refusal: all.length === 0 ? undefined : all.join('; '), foreign };
      }),
  };
}

type StorePlace = Pick<EventDataStore, 'account' | 'region'>;

/** In words what a store keeps no events of: a Region, an account, a time of that age in milliseconds. */
function lacksOf(
  { isOfAllRegions, isOfOrganization, retentionDays }: StoreFacts,
  store: EventDataStore,
  { account, region }: StorePlace,
  age: number,
): readonly string[] {
  const reasons: string[] = [];
  if (!isOfAllRegions && region !== store.region)
    reasons.push(`the event data store keeps events of ${store.region} alone`);
  if (!isOfOrganization && account !== store.account)
    reasons.push(`the event data store keeps events of account ${store.account} alone`);
  if (age > retentionDays * DAY)
    reasons.push(`the event data store keeps events for ${countOf(retentionDays, 'day')}`);
  return reasons;
}
