/** One event as a witness gave it, read and bounded: whoever serves the answers may have written any of them. */
import { knownTime } from '../base/clock.ts';
import { strictJsonText } from '../base/json.ts';
import { type EventRecord, readRecord } from './compare.ts';
import type { Stretch } from './questions.ts';

/** An event of a witness. */
export interface WitnessEvent {
  readonly id: string;
  /** Milliseconds since the epoch, by its record. */
  readonly time: number;
  readonly name: string;
  /** The service, such as `s3.amazonaws.com`. */
  readonly source: string;
  readonly record: EventRecord;
  /** The text of its record. */
  readonly text: string;
}

/** What a witness gave that is no answer: no event, one of another account, or one of another time. */
export type Refused = 'unreadable' | 'other-account' | 'other-time';

/** CloudTrail's events have at most 1 MB (user guide, "Quotas"). */
const LONGEST_RECORD = 1 << 20;
const LONGEST_ID = 128;
const LONGEST_NAME = 256;

/** Reads one event that a witness gave for an account and a time. Its text has `longest` characters at most. */
export function readWitnessEvent(
  text: string | undefined,
  id: string | undefined,
  account: string,
  { from, to }: Stretch,
  longest: number = LONGEST_RECORD,
): WitnessEvent | { readonly refused: Refused } {
  if (text === undefined || text.length > longest) return { refused: 'unreadable' };
  // Who makes an API call chooses some names in its record.
  if ('problem' in strictJsonText(text, { mayNameAll: true })) return { refused: 'unreadable' };
  const record = readRecord(text);
  const own = record?.eventID;
  const stamp = record?.eventTime;
  // An Insights event has a type, and no name of its own.
  const name = record?.eventName ?? record?.eventType ?? '';
  const source = record?.eventSource ?? '';
  if (record === undefined || !isShort(own, LONGEST_ID) || own === '' || (id !== undefined && id !== own))
    return { refused: 'unreadable' };
  const time = typeof stamp === 'string' ? knownTime(Date.parse(stamp)) : undefined;
  if (time === undefined || !isShort(name, LONGEST_NAME) || !isShort(source, LONGEST_NAME))
    return { refused: 'unreadable' };
  const { recipientAccountId = account } = record;
  if (recipientAccountId !== account) return { refused: 'other-account' };
  if (time < from || time > to) return { refused: 'other-time' };
  return { id: own, time, name, source, record, text };
}

function isShort(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

/** The text of a record as one line of ASCII, from its first brace to its last: nothing of it is changed but how it is written. */
export function recordLine(text: string): string {
  // In JSON, white space other than blanks is between its parts alone, and what is not ASCII in strings alone.
  return text
    .trim()
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
