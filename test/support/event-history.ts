/** The event history that AWS would have of what trails delivered. */
import type { HistoryEntry } from './aws-server/options.ts';
import type { DeliveredLog } from './test-digest.ts';

/** A record of a log file, as far as its place in the event history needs it. */
export interface DeliveredRecord {
  readonly eventID?: string;
  readonly eventTime?: string;
  readonly eventCategory?: string;
  readonly awsRegion?: string;
  readonly recipientAccountId?: string;
}

/** The management events and Insights events of log files, as the event history of their accounts and Regions holds them. */
export function historyOf(logs: readonly DeliveredLog[]): readonly HistoryEntry[] {
  return logs.flatMap(({ content }) => recordsIn(content).flatMap(entryOf));
}

/** The records of a log file's content. */
export function recordsIn(content: Uint8Array): readonly DeliveredRecord[] {
  const parsed: unknown = JSON.parse(Buffer.from(content).toString('utf8'));
  const isNamed = typeof parsed === 'object' && parsed !== null && 'Records' in parsed;
  // What a test has delivered is a list of records.
  return (isNamed ? parsed.Records : parsed) as readonly DeliveredRecord[];
}

/** All events of log files, as an event data store of every category holds them. */
export function eventsOf(logs: readonly DeliveredLog[]): readonly HistoryEntry[] {
  return logs.flatMap(({ content }) => recordsIn(content).flatMap(givenOf));
}

/** The ids of all events of a log file, in order. */
export function idsIn({ content }: DeliveredLog): readonly (string | undefined)[] {
  return recordsIn(content)
    .map(({ eventID }) => eventID)
    .sort();
}

function entryOf(record: DeliveredRecord): readonly HistoryEntry[] {
  const { eventCategory } = record;
  return eventCategory === 'Management' || eventCategory === 'Insight' ? givenOf(record) : [];
}

function givenOf(record: DeliveredRecord): readonly HistoryEntry[] {
  const { eventID, eventTime, eventCategory, awsRegion, recipientAccountId } = record;
  const category = eventCategory === 'Insight' ? 'insight' : 'management';
  if (eventID === undefined || eventTime === undefined) return [];
  const time = Date.parse(eventTime);
  return [
    {
      account: recipientAccountId ?? '',
      region: awsRegion ?? '',
      id: eventID,
      time,
      category,
      text: JSON.stringify(record),
    },
  ];
}
