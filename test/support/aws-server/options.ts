import type { ObjectStore } from '../object-store.ts';

/** One of CloudTrail's public keys: `value` is base64 DER, the times are milliseconds since the epoch. */
export interface PublicKeyData {
  readonly fingerprint: string;
  readonly value: string;
  readonly validFrom: number;
  readonly validTo: number;
}

/** A trail as DescribeTrails and GetTrail show it, in the API's own field names. */
export interface TrailData {
  readonly Name: string;
  readonly S3BucketName: string;
  readonly HomeRegion: string;
  readonly TrailARN: string;
  readonly S3KeyPrefix?: string;
  readonly KmsKeyId?: string;
  readonly IncludeGlobalServiceEvents?: boolean;
  readonly IsMultiRegionTrail?: boolean;
  readonly IsOrganizationTrail?: boolean;
  readonly LogFileValidationEnabled?: boolean;
  readonly HasCustomEventSelectors?: boolean;
  readonly HasInsightSelectors?: boolean;
  readonly CloudWatchLogsLogGroupArn?: string;
}

/** A trail's status in one Region, in the API's field names; times are milliseconds since the epoch. */
export interface TrailStatusData {
  readonly IsLogging: boolean;
  readonly StartLoggingTime?: number;
  readonly StopLoggingTime?: number;
  readonly LatestDeliveryTime?: number;
  readonly LatestDeliveryError?: string;
  readonly LatestDigestDeliveryTime?: number;
  readonly LatestDigestDeliveryError?: string;
}

/** An organization and its accounts; `joined` is in milliseconds since the epoch. */
export interface OrganizationData {
  readonly id: string;
  readonly managementAccountId: string;
  readonly accounts: readonly {
    readonly id: string;
    readonly name?: string;
    readonly status?: 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE' | 'PENDING_ACTIVATION';
    readonly joined?: number;
  }[];
}

/** A Region of the account and whether it is enabled. */
export interface RegionData {
  readonly name: string;
  readonly optStatus: 'ENABLED' | 'ENABLING' | 'DISABLING' | 'DISABLED' | 'ENABLED_BY_DEFAULT';
}

/** One event of the event history: `time` is milliseconds since the epoch, `text` the JSON text of its record. */
export interface HistoryEntry {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly time: number;
  readonly category: 'management' | 'insight';
  readonly text: string;
}

/** A log group of CloudWatch Logs; times are milliseconds since the epoch. */
export interface LogGroupData {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  /** Unless given, events are kept for ever. */
  readonly retentionInDays?: number;
  /** Default 1970. */
  readonly created?: number;
  /** Whether a data protection policy is active. */
  readonly isMasked?: boolean;
  readonly events: readonly LogEventData[];
}

/** One log event, in its stream. */
export interface LogEventData {
  readonly stream: string;
  readonly timestamp: number;
  readonly message: string;
}

/** One event of an event data store. A query for its account, Region and time gives its id and its text, or `cells`. */
export interface LakeEntry extends Pick<HistoryEntry, 'account' | 'region' | 'id' | 'time' | 'text'> {
  /** The cells of its row, in any form. */
  readonly cells?: unknown;
}

/** An event data store of CloudTrail Lake, and how its queries go. */
export interface EventDataStoreData {
  readonly account: string;
  readonly region: string;
  readonly events: readonly LakeEntry[];
  /** What GetQueryResults says of a query, look by look; the last for ever. FINISHED unless given. */
  readonly statuses?: readonly string[];
  readonly errorMessage?: string | undefined;
  /** Rows that a query is said to have; as many as it gives unless given. */
  readonly total?: number;
  /** What GetEventDataStore says of it otherwise than the server does. */
  readonly description?: Readonly<Record<string, unknown>>;
  /** Every row of an answer is its first. */
  readonly repeats?: boolean;
}

/**
 * What the server holds and how it behaves. It is read anew for every request, so a test may change its own
 * object between two calls.
 */
export interface AwsServerOptions {
  /** The buckets; an empty store unless given. */
  store?: ObjectStore;
  /** The account that calls. Default 111122223333. */
  accountId?: string;
  /** When given, signatures are verified and other keys refused; else any signed request is let in. */
  credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Access key ids whose requests answer ExpiredToken. */
  expired?: ReadonlySet<string>;
  /**
   * Requests signed for another Region than the bucket's are refused: with 301 PermanentRedirect, or where
   * 'malformed' with 400 AuthorizationHeaderMalformed. Both occur at AWS.
   */
  strictRegions?: boolean | 'malformed';
  /**
   * Actions that are refused, such as `s3:ListBucket` or `cloudtrail:ListPublicKeys`; with `@bucket` or
   * `@region` behind it, only there: `s3:GetBucketLocation@logs`, `cloudtrail:GetTrailStatus@eu-west-1`.
   */
  deny?: ReadonlySet<string>;
  /**
   * The prefixes that may be listed, as a condition on `s3:prefix` has them (StringLike): `AWSLogs/111122223333/*`. Every prefix
   * unless given. A request without one, such as HeadBucket, is refused then.
   */
  listable?: readonly string[];
  /** The prefixes that may not be listed, as a statement with Deny on `s3:prefix` has them. */
  unlistable?: readonly string[];
  /** Buckets with Requester Pays: requests that do not say, under their signature, that the caller pays are refused. */
  requesterPays?: ReadonlySet<string>;
  /** AssumeRole wants this code of this MFA device. */
  mfa?: { readonly serial: string; readonly code: string };
  /** CloudTrail's public keys by Region. */
  publicKeys?: Readonly<Record<string, readonly PublicKeyData[]>>;
  /** ListPublicKeys gives the same page and a NextToken for ever, as a service that ignores tokens does. */
  repeatPages?: boolean;
  trails?: readonly TrailData[];
  /** Status by trail ARN and Region; a Region that is not named knows no such trail. */
  trailStatus?: Readonly<Record<string, Readonly<Record<string, TrailStatusData>>>>;
  /** Tags and event selectors by trail ARN, in the API's field names; without them, none and the default. */
  trailTags?: Readonly<Record<string, readonly { readonly Key: string; readonly Value?: string }[]>>;
  eventSelectors?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What DescribeQuery says of queries by their ids, in the API's field names. */
  lakeQueries?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The event data stores of CloudTrail Lake by their ids. */
  eventDataStores?: Readonly<Record<string, EventDataStoreData>>;
  /** The event history of all accounts and Regions, in any order. Each account sees its own, in the Region that is asked. */
  eventHistory?: readonly HistoryEntry[];
  /** The log groups of all accounts and Regions. Each account sees its own, in the Region that is asked. */
  logGroups?: readonly LogGroupData[];
  /** FilterLogEvents gives an empty page with a token before each page. */
  emptyLogPages?: boolean;
  organization?: OrganizationData;
  regions?: readonly RegionData[];
  /** Rows on one page of ListPublicKeys, ListAccounts and listRegions. Default 20. */
  pageSize?: number;
  /** Every answer waits this long. */
  latencyMs?: number;
  /** The present, in milliseconds since the epoch. Default Date.now. */
  now?: () => number;
}

/** The options with what a handler always needs. */
export interface ServerState extends AwsServerOptions {
  readonly store: ObjectStore;
}

/** The present as the server sees it, in milliseconds since the epoch. */
export function serverTime(options: AwsServerOptions): number {
  return (options.now ?? Date.now)();
}

/** The account that calls the server. */
export function callerAccount(options: AwsServerOptions): string {
  return options.accountId ?? '111122223333';
}
