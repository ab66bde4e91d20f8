/**
 * What a record says it acted on. Of a bucket, object, trail or key the record's `resources` tell, which the service writes and
 * CloudTrail keeps where it leaves out a request over 100 KB (user guide, "CloudTrail record contents"):
 *
 *     "requestParameters": {"reason": "requestParameters too large", "omitted": true, "originalSize": 102819},
 *     "resources": [{"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::example-trail-logs"}]
 *
 * Where there are none, what the service answered tells, and then the request. Of an account the request tells, or the
 * `serviceEventDetails` of what Organizations did by itself. Requests hold anybody's text: S3 records every query parameter.
 */
import { CONTROL_EVENTS, type ControlEventName } from '../findings/control-event.ts';

/** A record's fields, of which nothing is known until they are looked at one by one. */
export type Fields = Readonly<Record<string, unknown>>;

/** The subject of an event; undefined where it names none. */
export interface ControlSubject {
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
 * What the event acted on; undefined where it has nothing to do with a trail. Bucket and object calls are told of `buckets`
 * alone where these are given, object calls only of a trail's own log files and digests.
 */
export function controlSubject(
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
      return { subject: textOf(record.recipientAccountId) };
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
  const text = textOf(asked);
  const arns = [...arnsOf(record), textOf(answered) ?? ''].filter((arn) => pattern.test(arn));
  return arns.find((arn) => arn === text || arn.endsWith(`/${text}`)) ?? arns[0] ?? text;
}

function organizationSubject({ servicePrincipal, ...request }: Fields): ControlSubject | undefined {
  if (typeof servicePrincipal === 'string' && servicePrincipal !== CLOUDTRAIL) return undefined;
  const account = textOf(request.delegatedAdminAccountId) ?? accountOf(request);
  return { subject: account ?? textOf(servicePrincipal) };
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
  const region = textOf(request.regionName ?? request.RegionName);
  const account = accountOf(request) ?? textOf(record.recipientAccountId);
  return { subject: region === undefined || account === undefined ? region : `${account}/${region}` };
}

function bucketSubject(
  request: Fields,
  record: Fields,
  buckets: ReadonlySet<string> | undefined,
): ControlSubject | undefined {
  const asked = textOf(request.bucketName);
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
  const asked = textOf(request.key);
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

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  // An object's fields are unknown until they are looked at one by one.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
