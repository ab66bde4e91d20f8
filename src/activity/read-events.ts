import {
  CONTROL_EVENTS,
  type ControlEventName,
  type EventActor,
  isControlEventName,
  type RecordedControlEvent,
} from '../findings/control-event.ts';
import { controlSubject, type Fields, fieldsOf } from './subject.ts';

/** Control events, read from the content of a log file. What the content says is AWS's; the texts in it may be anybody's. */

/** Texts are cut to this many characters: a user agent holds up to 1 KB, and a report many events. */
const MOST_CHARACTERS = 512;
/** Such a record is a few KB; CloudTrail cuts one off at 256 KB (user guide, "CloudTrail record contents"), and none of these comes near. */
const MOST_RECORD = 1024 * 1024;
const NAMES = Object.keys(CONTROL_EVENTS).filter(isControlEventName);
/** What writes to buckets is common where S3 data events are recorded, and the trail's own bucket rarely its object. */
const OF_OBJECTS = namePattern(NAMES.filter((name) => CONTROL_EVENTS[name].kind === 'object'));
const OF_OTHERS = namePattern(NAMES.filter((name) => CONTROL_EVENTS[name].kind !== 'object'));
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * The control events of a log file's uncompressed content, in its order. Bucket calls are told of any bucket, or only of
 * `buckets` where they are given; object calls only of a trail's own log files and digests, and not CloudTrail's own
 * deliveries. Content without such an event costs one pass over its bytes.
 */
export function readControlEvents(
  content: Uint8Array,
  buckets?: ReadonlySet<string>,
): readonly RecordedControlEvent[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  // As the request names it, and as the ARN of a resource does.
  const inBuckets = [...(buckets ?? [])].flatMap((bucket) => [`"${bucket}"`, `:::${bucket}`]);
  const mayHoldObjects = buckets === undefined || inBuckets.some((bucket) => bytes.includes(bucket));
  const patterns = mayHoldObjects ? [OF_OTHERS, OF_OBJECTS] : [OF_OTHERS];
  if (!patterns.some((pattern) => occurs(pattern, bytes))) return [];
  const found: RecordedControlEvent[] = [];
  for (const { offset, length } of recordsOf(bytes)) {
    if (length > MOST_RECORD) continue;
    const text = bytes.toString('latin1', offset, offset + length);
    const isOfBuckets = buckets === undefined || inBuckets.some((bucket) => text.includes(bucket));
    if (!OF_OTHERS.test(text) && !(isOfBuckets && OF_OBJECTS.test(text))) continue;
    const event = toControlEvent(parse(bytes.toString('utf8', offset, offset + length)), buckets);
    if (event !== undefined) found.push(event);
  }
  return found;
}

/** Searched at once, so that a large file is not held twice; and by how much pieces overlap, more than any name is long. */
const PIECE = 4 * 1024 * 1024;
const OVERLAP = 256;

function namePattern(names: readonly ControlEventName[]): RegExp {
  return new RegExp(`"eventName"\\s*:\\s*"(?:${names.join('|')})"`);
}

function occurs(pattern: RegExp, bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += PIECE)
    if (pattern.test(bytes.toString('latin1', at, at + PIECE + OVERLAP))) return true;
  return false;
}

function toControlEvent(
  record: Fields,
  buckets: ReadonlySet<string> | undefined,
): RecordedControlEvent | undefined {
  const { eventName, eventID, eventTime } = record;
  if (typeof eventName !== 'string' || !isControlEventName(eventName)) return undefined;
  const { source, effects } = CONTROL_EVENTS[eventName];
  const isTold = typeof eventID === 'string' && typeof eventTime === 'string' && TIME.test(eventTime);
  if (record.eventSource !== source || !isTold || Number.isNaN(Date.parse(eventTime))) return undefined;
  const actor = actorOf(fieldsOf(record.userIdentity));
  if (effects.includes('rewrite') && isDelivery(actor)) return undefined;
  const about = controlSubject(eventName, record, buckets);
  if (about === undefined) return undefined;
  return {
    eventId: cut(eventID),
    name: eventName,
    time: eventTime,
    ...textOf('account', record.recipientAccountId),
    ...textOf('region', record.awsRegion),
    actor,
    ...textOf('sourceIp', record.sourceIPAddress),
    ...textOf('userAgent', record.userAgent),
    ...textOf('subject', about.subject, MOST_SUBJECT),
    ...(isOmitted(record.requestParameters) ? { requestOmitted: true } : {}),
    ...textOf('error', record.errorCode ?? failureOf(record)),
  };
}

/** A key of S3 has at most 1024 bytes, and must be told whole to be compared. */
const MOST_SUBJECT = 1200;

function isDelivery({ type, invokedBy }: EventActor): boolean {
  return type === 'AWSService' && invokedBy === 'cloudtrail.amazonaws.com';
}

/**
 * CloudTrail writes so in place of a request over 100 KB: `{"reason": "requestParameters too large", "omitted": true, …}`. A
 * text alone may be a parameter that a caller added.
 */
function isOmitted(request: unknown): boolean {
  const { omitted, reason } = fieldsOf(request);
  return omitted === true || (omitted === 'true' && typeof reason === 'string');
}

/** Why what a service did by itself came to nothing: the `state` that it ended in, with the reason where one is given. */
function failureOf({ serviceEventDetails }: Fields): unknown {
  const details = fieldsOf(serviceEventDetails);
  for (const status of [details.createAccountStatus, details.closeAccountStatus]) {
    const { state, failureReason } = fieldsOf(status);
    if (typeof state === 'string' && state !== 'SUCCEEDED') return failureReason ?? state;
  }
  return undefined;
}

function actorOf(identity: Fields): EventActor {
  return {
    ...textOf('type', identity.type),
    ...textOf('arn', identity.arn),
    ...textOf('principalId', identity.principalId),
    ...textOf('account', identity.accountId),
    ...textOf('invokedBy', identity.invokedBy),
  };
}

function textOf<Name extends string>(
  name: Name,
  value: unknown,
  most: number = MOST_CHARACTERS,
): Partial<Record<Name, string>> {
  if (typeof value !== 'string' || value === '') return {};
  // The key is the one of the type: a computed one is only a string to the compiler.
  return { [name]: cut(value, most) } as Partial<Record<Name, string>>;
}

function cut(text: string, most: number = MOST_CHARACTERS): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function parse(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Where an event lies in the uncompressed content of its log file, in bytes. */
export interface EventPlace {
  readonly offset: number;
  readonly length: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x7d, 0x5d]);
const BRACE = 0x7b;

/** The places of the objects that are items of the outermost object's `Records`: `{"Records":[{…},{…}]}` in any spacing. */
export function* recordsOf(bytes: Buffer): Generator<EventPlace> {
  let depth = 0;
  /** The last string of the outermost object: the key of the value that begins next. */
  let name = '';
  let inRecords = false;
  let begin = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      if (depth === 1) name = bytes.toString('latin1', at + 1, end);
      at = end;
    } else if (OPENING.has(byte)) {
      depth += 1;
      if (depth === 2) inRecords = name === 'Records' && byte !== BRACE;
      if (depth === 3) begin = at;
    } else if (CLOSING.has(byte)) {
      if (depth === 3 && inRecords && bytes[begin] === BRACE) yield { offset: begin, length: at + 1 - begin };
      depth -= 1;
    }
  }
}

/** The index of the quote that ends the string begun at `start`; behind the end where none does. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
