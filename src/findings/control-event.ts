/** Who an event says acted. Fields are absent where the event leaves them out. */
export interface EventActor {
  readonly type?: string;
  readonly arn?: string;
  readonly principalId?: string;
  readonly account?: string;
  /** The AWS service that acted for somebody, or by itself. */
  readonly invokedBy?: string;
}

/** What control events act on. */
export type ControlKind = 'trail' | 'organization' | 'bucket' | 'key' | 'object';

/** One of the API calls that can make a trail fall silent, its evidence vanish or both begin anew, by its `eventName`. */
export type ControlEventName =
  | 'StopLogging'
  | 'StartLogging'
  | 'CreateTrail'
  | 'UpdateTrail'
  | 'DeleteTrail'
  | 'PutEventSelectors'
  | 'DeregisterOrganizationDelegatedAdmin'
  | 'LeaveOrganization'
  | 'PutBucketPolicy'
  | 'DeleteBucketPolicy'
  | 'PutBucketLifecycle'
  | 'PutBucketLifecycleConfiguration'
  | 'PutBucketVersioning'
  | 'DisableKey'
  | 'ScheduleKeyDeletion'
  | 'DeleteObject'
  | 'DeleteObjects'
  | 'PutObject';

/** Which service records each call, and what it acts on. S3 records PutBucketLifecycleConfiguration as PutBucketLifecycle; both names are known. */
export const CONTROL_EVENTS: Readonly<
  Record<ControlEventName, { readonly source: string; readonly kind: ControlKind }>
> = {
  StopLogging: { source: 'cloudtrail.amazonaws.com', kind: 'trail' },
  StartLogging: { source: 'cloudtrail.amazonaws.com', kind: 'trail' },
  CreateTrail: { source: 'cloudtrail.amazonaws.com', kind: 'trail' },
  UpdateTrail: { source: 'cloudtrail.amazonaws.com', kind: 'trail' },
  DeleteTrail: { source: 'cloudtrail.amazonaws.com', kind: 'trail' },
  PutEventSelectors: { source: 'cloudtrail.amazonaws.com', kind: 'trail' },
  DeregisterOrganizationDelegatedAdmin: { source: 'cloudtrail.amazonaws.com', kind: 'organization' },
  LeaveOrganization: { source: 'organizations.amazonaws.com', kind: 'organization' },
  PutBucketPolicy: { source: 's3.amazonaws.com', kind: 'bucket' },
  DeleteBucketPolicy: { source: 's3.amazonaws.com', kind: 'bucket' },
  PutBucketLifecycle: { source: 's3.amazonaws.com', kind: 'bucket' },
  PutBucketLifecycleConfiguration: { source: 's3.amazonaws.com', kind: 'bucket' },
  PutBucketVersioning: { source: 's3.amazonaws.com', kind: 'bucket' },
  DisableKey: { source: 'kms.amazonaws.com', kind: 'key' },
  ScheduleKeyDeletion: { source: 'kms.amazonaws.com', kind: 'key' },
  DeleteObject: { source: 's3.amazonaws.com', kind: 'object' },
  DeleteObjects: { source: 's3.amazonaws.com', kind: 'object' },
  PutObject: { source: 's3.amazonaws.com', kind: 'object' },
};

/** Whether `name` is that of a control event. */
export function isControlEventName(name: string): name is ControlEventName {
  return Object.hasOwn(CONTROL_EVENTS, name);
}

/** An event as a log file records it. The texts are whoever's made the call, cut where they are long. */
export interface RecordedControlEvent {
  readonly eventId: string;
  readonly name: ControlEventName;
  /** ISO 8601 UTC. */
  readonly time: string;
  /** The account whose trail recorded it, and the Region of the call. */
  readonly account?: string;
  readonly region?: string;
  readonly actor: EventActor;
  readonly sourceIp?: string;
  readonly userAgent?: string;
  /** The trail, the key, or the URI of the bucket or object that it acted on, where the event says. */
  readonly subject?: string;
  /** The error that the call was answered with: it was tried, and nothing came of it. */
  readonly error?: string;
}

/** A control event in a log file whose content a proven digest vouches for: `log` is its URI, `digest` that of the digest. */
export interface ControlEvent extends RecordedControlEvent {
  readonly chain: string;
  readonly log: string;
  readonly digest: string;
}
