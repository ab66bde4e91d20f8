import {
  CONTROL_EVENTS,
  type ControlEventName,
  type EventActor,
  isControlEventName,
  type RecordedControlEvent,
} from '../findings/control-event.ts';
import { recordsOf } from '../logs/records.ts';

/** Control events, read from the content of a log file. What the content says is AWS's; the texts in it may be anybody's. */

/** Texts are cut to this many characters: a user agent holds up to 1 KB, and a report many events. */
const MOST_CHARACTERS = 512;
/** Such a record is a few KB; CloudTrail cuts one off at 256 KB (user guide, "CloudTrail record contents"), and none of these comes near. */
const MOST_RECORD = 1024 * 1024;
const NAMES = Object.keys(CONTROL_EVENTS).filter(isControlEventName);
/** Calls that write to buckets are common where S3 data events are recorded, and rarely concern the trail's own bucket. */
const OF_OBJECTS = namePattern(NAMES.filter((name) => CONTROL_EVENTS[name].kind === 'object'));
const OF_OTHERS = namePattern(NAMES.filter((name) => CONTROL_EVENTS[name].kind !== 'object'));
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * The control events of a log file's uncompressed content, in its order. Bucket calls are reported for any bucket, or only for
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

/** A key of S3 has at most 1024 bytes, and must be kept whole to be compared. */
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

/** Why an act of the service itself failed: the `state` in which it ended, with the reason where one is given. */
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

/**
 * The subject that a record names. For a bucket, object, trail or key, it comes from the record's `resources`, which the service writes and
 * CloudTrail keeps where it leaves out a request over 100 KB (user guide, "CloudTrail record contents"):
 *
 *     "requestParameters": {"reason": "requestParameters too large", "omitted": true, "originalSize": 102819},
 *     "resources": [{"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::example-trail-logs"}]
 *
 * Where there are none, it comes from the service's answer, and then from the request. For an account it comes from the request, or the
 * `serviceEventDetails` of what Organizations did by itself. Requests hold anybody's text: S3 records every query parameter.
 */

/** A record's fields, of which nothing is known until they are looked at one by one. */
type Fields = Readonly<Record<string, unknown>>;

/** The subject of an event; undefined where it names none. */
interface ControlSubject {
  readonly subject: string | undefined;
}

/** The service whose trusted access is an organization trail's. */
const CLOUDTRAIL = 'cloudtrail.amazonaws.com';
const ACCOUNT = /^\d{12}$/;
/** Log files and digests, below whatever prefix. */
const OF_A_TRAIL = /(?:^|\/)AWSLogs\/(?:[^/]+\/)?\d{12}\/CloudTrail[A-Za-z-]*\//;
/** A record has a handful of resources. */
const MOST_RESOURCES = 1000;

const TRAIL_ARN = /^arn:[^:]+:cloudtrail:[^:]*:[^:]*:trail\/.+$/;
const KEY_ARN = /^arn:[^:]+:kms:[^:]*:[^:]*:key\/.+$/;
const ACCOUNT_ARN = /^arn:[^:]+:organizations::\d{12}:account\/o-[^/]+\/(\d{12})$/;
const S3_ARN = /^arn:[^:]+:s3:::([^/]+)(?:\/(.*))?$/s;

/**
 * The subject of the event; undefined where it has nothing to do with a trail. Bucket and object calls are reported for `buckets`
 * alone where these are given, object calls only of a trail's own log files and digests.
 */
function controlSubject(
  name: ControlEventName,
  record: Fields,
  buckets: ReadonlySet<string> | undefined,
): ControlSubject | undefined {
  const request = fieldsOf(record.requestParameters);
  const response = fieldsOf(record.responseElements);
  const details = fieldsOf(record.serviceEventDetails);
  switch (CONTROL_EVENTS[name].kind) {
    case 'trail':
      return { subject: named(record, TRAIL_ARN, request.name ?? request.trailName, response.trailARN) };
    case 'key':
      return { subject: named(record, KEY_ARN, request.keyId ?? details.keyId, response.keyId) };
    case 'organization':
      return organizationSubject(request);
    case 'account':
      return { subject: accountOf(request) ?? accountOf(details, 1) ?? accountInArn(record) };
    case 'region':
      return regionSubject(request, record);
    case 'buckets':
      return { subject: nonEmptyText(record.recipientAccountId) };
    case 'bucket':
      return bucketSubject(request, record, buckets);
    case 'object':
      return objectSubject(name, request, record, buckets);
  }
}

/**
 * The resource of that kind which the request means, or the first of them, or what the service answered; where it names none,
 * what the request says.
 */
function named(record: Fields, pattern: RegExp, asked: unknown, answered: unknown): string | undefined {
  const text = nonEmptyText(asked);
  const arns = [...arnsOf(record), nonEmptyText(answered) ?? ''].filter((arn) => pattern.test(arn));
  return arns.find((arn) => arn === text || arn.endsWith(`/${text}`)) ?? arns[0] ?? text;
}

function organizationSubject({ servicePrincipal, ...request }: Fields): ControlSubject | undefined {
  if (typeof servicePrincipal === 'string' && servicePrincipal !== CLOUDTRAIL) return undefined;
  const account = nonEmptyText(request.delegatedAdminAccountId) ?? accountOf(request);
  return { subject: account ?? nonEmptyText(servicePrincipal) };
}

/** The account that fields name, or fields up to `depth` levels below: `closeAccountStatus`, `createAccountStatus`. */
function accountOf(fields: Fields, depth = 0): string | undefined {
  for (const value of [fields.accountId, fields.AccountId, fields.memberAccountId])
    if (typeof value === 'string' && ACCOUNT.test(value)) return value;
  if (depth === 0) return undefined;
  for (const value of Object.values(fields)) {
    const found = accountOf(fieldsOf(value), depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function accountInArn(record: Fields): string | undefined {
  for (const arn of arnsOf(record)) {
    const [, account] = ACCOUNT_ARN.exec(arn) ?? [];
    if (account !== undefined) return account;
  }
  return undefined;
}

/** A call for a member is recorded in that member's account too, and names it. */
function regionSubject(request: Fields, record: Fields): ControlSubject {
  const region = nonEmptyText(request.regionName ?? request.RegionName);
  const account = accountOf(request) ?? nonEmptyText(record.recipientAccountId);
  return { subject: region === undefined || account === undefined ? region : `${account}/${region}` };
}

function bucketSubject(
  request: Fields,
  record: Fields,
  buckets: ReadonlySet<string> | undefined,
): ControlSubject | undefined {
  const asked = nonEmptyText(request.bucketName);
  const names = s3Of(record).map(({ bucket }) => bucket);
  const bucket = sift(names, asked, (name) => buckets?.has(name) !== false)[0];
  return bucket === undefined ? undefined : { subject: `s3://${bucket}` };
}

function objectSubject(
  name: ControlEventName,
  request: Fields,
  record: Fields,
  buckets: ReadonlySet<string> | undefined,
): ControlSubject | undefined {
  const bucket = bucketSubject(request, record, buckets)?.subject;
  if (bucket === undefined) return undefined;
  const asked = nonEmptyText(request.key);
  const found = s3Of(record).flatMap(({ bucket: of, key }) =>
    key === undefined || `s3://${of}` !== bucket ? [] : [key],
  );
  const keys = sift(found, asked, (key) => OF_A_TRAIL.test(key));
  // DeleteObjects is mostly recorded without its keys, and one event names one subject: then only the bucket is known.
  const isOfMany =
    name === 'DeleteObjects' && (keys.length > 1 || (found.length === 0 && asked === undefined));
  if (isOfMany) return { subject: bucket };
  return keys[0] === undefined ? undefined : { subject: `${bucket}/${keys[0]}` };
}

/** The wanted ones of what the service named, what was asked for first; where it named none, what was asked for. */
function sift(
  found: readonly string[],
  asked: string | undefined,
  isWanted: (text: string) => boolean,
): readonly string[] {
  const all = found.length > 0 ? found : asked === undefined ? [] : [asked];
  return [...new Set(all)].filter(isWanted).sort((a, b) => Number(b === asked) - Number(a === asked));
}

function s3Of(record: Fields): readonly { readonly bucket: string; readonly key: string | undefined }[] {
  return arnsOf(record).flatMap((arn) => {
    const [, bucket, key] = S3_ARN.exec(arn) ?? [];
    return bucket === undefined ? [] : [{ bucket, key }];
  });
}

function arnsOf({ resources }: Fields): readonly string[] {
  if (!Array.isArray(resources)) return [];
  return resources.slice(0, MOST_RESOURCES).flatMap((resource) => {
    const { ARN } = fieldsOf(resource);
    return typeof ARN === 'string' ? [ARN] : [];
  });
}

function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The fields of an object; none of anything else. */
function fieldsOf(value: unknown): Fields {
  // An object's fields are unknown until they are looked at one by one.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
