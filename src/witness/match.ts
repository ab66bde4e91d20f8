/** Events of a witness held against the records of the log files that a report proves. */
import { HOUR } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import { refOf } from '../report/scan-inventory.ts';
import { objectUri, type Source } from '../source/source.ts';
import { compareRecords, type EventRecord, type RecordComparison, readRecord } from './compare.ts';
import { type CountedLog, LATEST, type LogsOfPlace, recordsOfLog } from './report-logs.ts';
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

/** Events of a witness, by whether a proven log file holds them. */
export interface MatchedEvents {
  readonly matched: readonly Matched[];
  readonly unmatched: readonly Unmatched[];
}

/** Nearly every event is in a log file of the digest of its hour, or of the next. */
const SOON = 2 * HOUR;
/** Log files that are read at once for one account and Region. */
const AT_ONCE = 8;

/** The ids in the text of a record: its own, and perhaps those of events that it speaks of. */
const IDS = /"eventID"\s*:\s*"([^"\\]*)"/g;

/**
 * Looks for events, oldest to youngest in any order, in the log files of their account and Region: first in those of their hours, then,
 * for what is not there, in those of the day after. Throws as `recordsOfLog`.
 */
export async function matchEvents(
  events: readonly WitnessEvent[],
  logs: LogsOfPlace,
  source: Source,
): Promise<MatchedEvents> {
  const open = new Map(events.map((event) => [event.id, event]));
  const matched: Matched[] = [];
  const changed = new Map<string, ChangedFile[]>();
  const times = events.map(({ time }) => time);
  const first = Math.min(...times);
  const last = Math.max(...times);
  const search = async (
    status: 'valid' | 'invalid',
    after: number,
    through: number,
    take: (event: WitnessEvent, record: EventRecord, uri: string) => void,
  ): Promise<void> => {
    const meant = logs.filter(({ line, end }) => line.status === status && after < end && end <= through);
    await mapParallel(meant, AT_ONCE, async (log) => {
      if (open.size === 0) return;
      for (const [event, record] of await eventsIn(log, open, source))
        take(event, record, objectUri(refOf(log.line)));
    });
  };
  const match = (event: WitnessEvent, record: EventRecord, uri: string): void => {
    // Delivered twice, it is one event.
    if (open.delete(event.id)) matched.push({ event, uri, comparison: compareRecords(record, event.record) });
  };
  await search('valid', first, last + SOON, match);
  await search('valid', last + SOON, last + LATEST, match);
  await search('invalid', first, last + SOON, (event, record, uri) => {
    const says = compareRecords(record, event.record).differences.length === 0 ? 'same' : 'other';
    changed.set(event.id, [...(changed.get(event.id) ?? []), { uri, says }]);
  });
  const unmatched = [...open.values()].map((event) => ({ event, changedFiles: changed.get(event.id) ?? [] }));
  return { matched, unmatched };
}

/** The events of `wanted` that are in a log file, each with its record there. */
async function eventsIn(
  log: CountedLog,
  wanted: ReadonlyMap<string, WitnessEvent>,
  source: Source,
): Promise<readonly (readonly [WitnessEvent, EventRecord])[]> {
  const found: (readonly [WitnessEvent, EventRecord])[] = [];
  for (const text of (await recordsOfLog(log, source)) ?? []) {
    // Most records are of other events: they need not be parsed.
    for (const [, id = ''] of text.matchAll(IDS)) {
      const event = wanted.get(id);
      const record = event === undefined ? undefined : readRecord(text);
      if (event === undefined || record?.eventID !== id) continue;
      found.push([event, record]);
      break;
    }
  }
  return found;
}
