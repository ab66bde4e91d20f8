/** Events of a witness held against the records of the log files that a report proves. */
import { compareRecords, type RecordComparison } from './compare.ts';
import type { LateQuestion, LaterLogs, PlaceLogs } from './place-logs.ts';
import type { Stretch } from './questions.ts';
import type { WitnessEvent } from './witness-event.ts';

/** An event that a proven log file holds as well. */
export interface Matched {
  readonly event: WitnessEvent;
  /** The proven log file. */
  readonly uri: string;
  readonly comparison: RecordComparison;
}

/** What a log file that is not the signed one says of an event: the same as the witness, or another thing. */
export interface ChangedFile {
  readonly uri: string;
  readonly says: 'same' | 'other';
}

/** An event that no proven log file holds. */
export interface Unmatched {
  readonly event: WitnessEvent;
  /** Changed log files that hold an event of that id. */
  readonly changedFiles: readonly ChangedFile[];
}

/** Events of a witness, by whether a proven log file holds them; those that none holds in order of time. */
export interface MatchedEvents {
  readonly matched: readonly Matched[];
  readonly unmatched: readonly Unmatched[];
}

/** Looks for events, in any order, in the log files of their account and Region. Throws as reads of these do. */
export async function matchEvents(events: readonly WitnessEvent[], logs: PlaceLogs): Promise<MatchedEvents> {
  const open = new Map(events.map((event) => [event.id, event]));
  const matched: Matched[] = [];
  const changed = new Map<string, ChangedFile[]>();
  let { from, to } = NO_TIME;
  for (const { time } of events) [from, to] = [Math.min(from, time), Math.max(to, time)];

  await logs.findProven(open, { from, to }, (id, record, uri) => {
    const event = open.get(id);
    // Delivered twice, it is one event.
    if (event === undefined || !open.delete(id)) return;
    matched.push({ event, uri, comparison: compareRecords(record, event.record) });
  });
  await logs.findChanged(open, { from, to }, (id, record, uri) => {
    const event = open.get(id);
    if (event === undefined) return;
    const says = compareRecords(record, event.record).differences.length === 0 ? 'same' : 'other';
    const files = changed.get(id);
    if (files === undefined) changed.set(id, [{ uri, says }]);
    else files.push({ uri, says });
  });
  const unmatched = [...open.values()]
    .sort((one, other) => one.time - other.time)
    .map((event) => ({ event, changedFiles: changed.get(event.id) ?? [] }));
  return { matched, unmatched };
}

/** Looks for events of places (`account/region`) in the log files that came more than a day after them. Throws as reads of these do. */
export async function matchLate(
  waiting: readonly { readonly place: string; readonly unmatched: readonly Unmatched[] }[],
  logs: LaterLogs,
): Promise<ReadonlyMap<WitnessEvent, Matched>> {
  const open = new Map<string, Map<string, WitnessEvent>>();
  const questions = new Map<string, LateQuestion>();
  for (const { place, unmatched } of waiting) {
    const wanted = open.get(place) ?? new Map<string, WitnessEvent>();
    open.set(place, wanted);
    let { from, to } = questions.get(place)?.times ?? NO_TIME;
    for (const { event } of unmatched) {
      wanted.set(event.id, event);
      [from, to] = [Math.min(from, event.time), Math.max(to, event.time)];
    }
    questions.set(place, { wanted, times: { from, to } });
  }
  const found = new Map<WitnessEvent, Matched>();
  await logs.find(questions, (place, id, record, uri) => {
    const wanted = open.get(place);
    const event = wanted?.get(id);
    if (event === undefined || wanted?.delete(id) !== true) return;
    found.set(event, { event, uri, comparison: compareRecords(record, event.record) });
  });
  return found;
}

const NO_TIME: Stretch = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
