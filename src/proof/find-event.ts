import { type EventPlace, recordsOf } from '../activity/log-records.ts';

export type { EventPlace };

/** The first event with that `eventID`; undefined where there is none, or where this is no log file's content. */
export function findEvent(content: Uint8Array, eventId: string): EventPlace | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  for (const place of recordsOf(bytes)) {
    const record = bytes.subarray(place.offset, place.offset + place.length);
    // An id is written as it is: letters, digits and hyphens. Most records need not be parsed.
    if (record.includes(eventId) && eventIdOf(record) === eventId) return place;
  }
  return undefined;
}

function eventIdOf(record: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(record.toString('utf8'));
    return typeof value === 'object' && value !== null && 'eventID' in value ? value.eventID : undefined;
  } catch {
    return undefined;
  }
}
