/** Control events, read from the content of a log file. What the content says is AWS's; the texts in it may be anybody's. */
import {
  CONTROL_EVENTS,
  type ControlEventName,
  type EventActor,
  isControlEventName,
  type RecordedControlEvent,
} from '../findings/control-event.ts';
import { recordsOf } from './log-records.ts';

/** Texts are cut to this many characters: a user agent holds up to 1 KB, and a report many events. */
const MOST_CHARACTERS = 512;
/** Such a record is a few KB; CloudTrail cuts one off at 256 KB (user guide, "CloudTrail record contents"), and none of these comes near. */
const MOST_RECORD = 1024 * 1024;
const NAMES = Object.keys(CONTROL_EVENTS).filter(isControlEventName);
/** What writes to buckets is common where S3 data events are recorded, and the trail's own bucket rarely its object. */
const OF_OBJECTS = namePattern(NAMES.filter((name) => CONTROL_EVENTS[name].kind === 'object'));
const OF_OTHERS = namePattern(NAMES.filter((name) => CONTROL_EVENTS[name].kind !== 'object'));
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
/** Log files and digests, below whatever prefix. */
const OF_A_TRAIL = /(?:^|\/)AWSLogs\/(?:[^/]+\/)?\d{12}\/CloudTrail[A-Za-z-]*\//;

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
  const inBuckets = [...(buckets ?? [])].map((bucket) => `"${bucket}"`);
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

type Fields = Readonly<Record<string, unknown>>;

function toControlEvent(
  record: Fields,
  buckets: ReadonlySet<string> | undefined,
): RecordedControlEvent | undefined {
  const { eventName, eventID, eventTime } = record;
  if (typeof eventName !== 'string' || !isControlEventName(eventName)) return undefined;
  const { source, kind } = CONTROL_EVENTS[eventName];
  const isTold = typeof eventID === 'string' && typeof eventTime === 'string' && TIME.test(eventTime);
  if (record.eventSource !== source || !isTold || Number.isNaN(Date.parse(eventTime))) return undefined;
  const request = fieldsOf(record.requestParameters);
  const actor = actorOf(fieldsOf(record.userIdentity));
  if (kind === 'bucket' || kind === 'object') {
    if (typeof request.bucketName !== 'string') return undefined;
    if (buckets?.has(request.bucketName) === false) return undefined;
    if (kind === 'object' && !isOfTrail(eventName, request, actor)) return undefined;
  }
  return {
    eventId: cut(eventID),
    name: eventName,
    time: eventTime,
    ...textOf('account', record.recipientAccountId),
    ...textOf('region', record.awsRegion),
    actor,
    ...textOf('sourceIp', record.sourceIPAddress),
    ...textOf('userAgent', record.userAgent),
    ...textOf('subject', subjectOf(kind, request, record), MOST_SUBJECT),
    ...textOf('error', record.errorCode),
  };
}

/** A key of S3 has at most 1024 bytes, and must be told whole to be compared. */
const MOST_SUBJECT = 1200;

function isOfTrail(name: ControlEventName, { key }: Fields, { type, invokedBy }: EventActor): boolean {
  const byCloudTrail = type === 'AWSService' && invokedBy === 'cloudtrail.amazonaws.com';
  if (name === 'PutObject' && byCloudTrail) return false;
  // DeleteObjects is recorded without its keys: only the bucket is known.
  return name === 'DeleteObjects' && key === undefined ? true : OF_A_TRAIL.test(String(key));
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

function subjectOf(kind: string, request: Fields, record: Fields): unknown {
  switch (kind) {
    case 'trail':
      return request.name ?? request.trailName;
    case 'organization':
      return request.delegatedAdminAccountId;
    case 'bucket':
      return `s3://${String(request.bucketName)}`;
    case 'object': {
      const folder = `s3://${String(request.bucketName)}`;
      return typeof request.key === 'string' ? `${folder}/${request.key}` : folder;
    }
    default: {
      const [resource] = Array.isArray(record.resources) ? record.resources : [];
      return request.keyId ?? fieldsOf(resource).ARN;
    }
  }
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

function fieldsOf(value: unknown): Fields {
  // An object's fields are unknown until they are looked at one by one.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
