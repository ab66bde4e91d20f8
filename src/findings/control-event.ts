/** Who an event says acted. Fields are absent where the event leaves them out. */
export interface EventActor {
  readonly type?: string | undefined;
  readonly arn?: string | undefined;
  readonly principalId?: string | undefined;
  readonly account?: string | undefined;
  /** The AWS service that acted for somebody, or by itself. */
  readonly invokedBy?: string | undefined;
}

/** What control events act on: `account` is a member of an organization, `buckets` all buckets of an account. */
export type ControlKind =
  | 'trail'
  | 'organization'
  | 'account'
  | 'region'
  | 'bucket'
  | 'buckets'
  | 'key'
  | 'object';

/**
 * What a control event can do to evidence: end or thin out its delivery, begin it, keep others from reading it, remove
 * objects or let others remove them, rewrite an object.
 */
export type ControlEffect = 'silence' | 'begin' | 'unreadable' | 'removal' | 'rewrite';

/** One of the records that show why a trail fell silent, why its evidence vanished or why both began again, by its `eventName`. */
export type ControlEventName =
  | 'StopLogging'
  | 'StartLogging'
  | 'CreateTrail'
  | 'UpdateTrail'
  | 'DeleteTrail'
  | 'PutEventSelectors'
  | 'DeregisterOrganizationDelegatedAdmin'
  | 'DeregisterDelegatedAdministrator'
  | 'DisableAWSServiceAccess'
  | 'DeleteOrganization'
  | 'LeaveOrganization'
  | 'RemoveAccountFromOrganization'
  | 'CloseAccount'
  | 'CloseAccountResult'
  | 'AccountDepartedOrganization'
  | 'AccountJoinedOrganization'
  | 'AcceptHandshake'
  | 'CreateAccountResult'
  | 'DisableRegion'
  | 'EnableRegion'
  | 'DeleteBucket'
  | 'PutBucketPolicy'
  | 'DeleteBucketPolicy'
  | 'PutBucketAcl'
  | 'PutBucketOwnershipControls'
  | 'DeleteBucketOwnershipControls'
  | 'PutBucketPublicAccessBlock'
  | 'DeleteBucketPublicAccessBlock'
  | 'PutBucketEncryption'
  | 'DeleteBucketEncryption'
  | 'PutBucketLifecycle'
  | 'PutBucketLifecycleConfiguration'
  | 'PutBucketVersioning'
  | 'PutBucketReplication'
  | 'DeleteBucketReplication'
  | 'PutBucketObjectLockConfiguration'
  | 'PutObjectLockConfiguration'
  | 'PutAccountPublicAccessBlock'
  | 'DeleteAccountPublicAccessBlock'
  | 'DisableKey'
  | 'ScheduleKeyDeletion'
  | 'DeleteKey'
  | 'DeleteImportedKeyMaterial'
  | 'PutKeyPolicy'
  | 'RevokeGrant'
  | 'DeleteObject'
  | 'DeleteObjects'
  | 'PutObject'
  | 'CopyObject'
  | 'CompleteMultipartUpload';

/** Which service records a control event, what it acts on, and what it can do to evidence. */
export interface ControlFacts {
  readonly source: string;
  readonly kind: ControlKind;
  readonly effects: readonly ControlEffect[];
}

const SILENCE = ['silence'] as const;
const BEGIN = ['begin'] as const;
const ACCESS = ['silence', 'unreadable'] as const;
const REMOVAL = ['removal'] as const;
const REWRITE = ['rewrite'] as const;

const trail = (effects: readonly ControlEffect[]): ControlFacts => ({
  source: 'cloudtrail.amazonaws.com',
  kind: 'trail',
  effects,
});
const ofOrganizations = (kind: ControlKind, effects: readonly ControlEffect[]): ControlFacts => ({
  source: 'organizations.amazonaws.com',
  kind,
  effects,
});
const region = (effects: readonly ControlEffect[]): ControlFacts => ({
  source: 'account.amazonaws.com',
  kind: 'region',
  effects,
});
const ofS3 = (kind: ControlKind, effects: readonly ControlEffect[]): ControlFacts => ({
  source: 's3.amazonaws.com',
  kind,
  effects,
});
const KEY: ControlFacts = { source: 'kms.amazonaws.com', kind: 'key', effects: ACCESS };

/**
 * The facts of each event. S3 records two calls by other names than the API has (PutBucketLifecycleConfiguration as
 * PutBucketLifecycle, PutObjectLockConfiguration as PutBucketObjectLockConfiguration); both names are known. Grants that are
 * made or retired are left out: AWS services do both all day, and neither takes the trail's key from anybody.
 */
export const CONTROL_EVENTS: Readonly<Record<ControlEventName, ControlFacts>> = {
  StopLogging: trail(SILENCE),
  StartLogging: trail(BEGIN),
  CreateTrail: trail(BEGIN),
  UpdateTrail: trail(SILENCE),
  DeleteTrail: trail(SILENCE),
  PutEventSelectors: trail(SILENCE),
  DeregisterOrganizationDelegatedAdmin: { ...trail(SILENCE), kind: 'organization' },
  DeregisterDelegatedAdministrator: ofOrganizations('organization', SILENCE),
  DisableAWSServiceAccess: ofOrganizations('organization', SILENCE),
  DeleteOrganization: ofOrganizations('organization', SILENCE),
  LeaveOrganization: ofOrganizations('account', SILENCE),
  RemoveAccountFromOrganization: ofOrganizations('account', SILENCE),
  CloseAccount: ofOrganizations('account', SILENCE),
  CloseAccountResult: ofOrganizations('account', SILENCE),
  AccountDepartedOrganization: ofOrganizations('account', SILENCE),
  AccountJoinedOrganization: ofOrganizations('account', BEGIN),
  AcceptHandshake: ofOrganizations('account', BEGIN),
  CreateAccountResult: ofOrganizations('account', BEGIN),
  DisableRegion: region(SILENCE),
  EnableRegion: region(BEGIN),
  DeleteBucket: ofS3('bucket', ['silence', 'unreadable', 'removal']),
  PutBucketPolicy: ofS3('bucket', ACCESS),
  DeleteBucketPolicy: ofS3('bucket', ACCESS),
  PutBucketAcl: ofS3('bucket', ACCESS),
  PutBucketOwnershipControls: ofS3('bucket', ACCESS),
  DeleteBucketOwnershipControls: ofS3('bucket', ACCESS),
  PutBucketPublicAccessBlock: ofS3('bucket', ACCESS),
  DeleteBucketPublicAccessBlock: ofS3('bucket', ACCESS),
  PutBucketEncryption: ofS3('bucket', ACCESS),
  DeleteBucketEncryption: ofS3('bucket', ACCESS),
  // A rule also moves objects to archives, where nobody reads them.
  PutBucketLifecycle: ofS3('bucket', ['removal', 'unreadable']),
  PutBucketLifecycleConfiguration: ofS3('bucket', ['removal', 'unreadable']),
  PutBucketVersioning: ofS3('bucket', REMOVAL),
  PutBucketReplication: ofS3('bucket', REMOVAL),
  DeleteBucketReplication: ofS3('bucket', REMOVAL),
  PutBucketObjectLockConfiguration: ofS3('bucket', REMOVAL),
  PutObjectLockConfiguration: ofS3('bucket', REMOVAL),
  PutAccountPublicAccessBlock: ofS3('buckets', ACCESS),
  DeleteAccountPublicAccessBlock: ofS3('buckets', ACCESS),
  DisableKey: KEY,
  ScheduleKeyDeletion: KEY,
  DeleteKey: KEY,
  DeleteImportedKeyMaterial: KEY,
  PutKeyPolicy: KEY,
  RevokeGrant: KEY,
  DeleteObject: ofS3('object', REMOVAL),
  DeleteObjects: ofS3('object', REMOVAL),
  PutObject: ofS3('object', REWRITE),
  CopyObject: ofS3('object', REWRITE),
  CompleteMultipartUpload: ofS3('object', REWRITE),
};

/** Whether `name` is that of a control event. */
export function isControlEventName(name: string): name is ControlEventName {
  return Object.hasOwn(CONTROL_EVENTS, name);
}

/** An event as a log file records it. The caller wrote the texts; long ones are cut. */
export interface RecordedControlEvent {
  readonly eventId: string;
  readonly name: ControlEventName;
  /** ISO 8601 UTC. */
  readonly time: string;
  /** The account whose trail recorded it, and the Region of the call. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly actor: EventActor;
  readonly sourceIp?: string | undefined;
  readonly userAgent?: string | undefined;
  /**
   * What it acted on, where the event says: the trail, the key, the member account, `<account>/<Region>` of a Region, or the
   * URI of the bucket or object.
   */
  readonly subject?: string | undefined;
  /** CloudTrail left the request out, for its size: `subject` is what the service named. */
  readonly requestOmitted?: true | undefined;
  /** The error that answered the call: it was tried, and had no effect. */
  readonly error?: string | undefined;
}

/** A control event in a log file whose content a proven digest recorded: `log` is its URI, `digest` that of the digest. */
export interface ControlEvent extends RecordedControlEvent {
  readonly chain: string;
  readonly log: string;
  readonly digest: string;
}
