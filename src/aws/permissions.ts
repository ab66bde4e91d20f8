/**
 * The permissions that this tool can use, one row each: the calls that need it, what it is granted on, and what is lost without it.
 * `doctor` tries them by this table, `deploy iam` prints policies of it, and the pages of permissions are made of it.
 */

/** What is lost without a permission; the last two are asked for by options, and that of `corroborate` by a command of its own. */
export type Need =
  | 'verify'
  | 'expectations'
  | 'recover'
  | 'doctor'
  | 'query-results'
  | 'corroborate'
  | 'write'
  | 'sign';

/** What a permission is granted on. */
export type GrantedOn = 'bucket' | 'objects' | 'kms-key' | 'any';

/** What is known of one permission. */
export interface PermissionRow {
  readonly need: Need;
  readonly on: GrantedOn;
  /** The calls of the AWS SDK that need it; none where AWS makes the call for the caller. */
  readonly calls: readonly string[];
  /** Whether `verify` reads more with it, though `doctor` asks for it as well. */
  readonly ofHistory?: true;
}

/** A permission by its name in a policy. */
export type Action =
  | 's3:ListBucket'
  | 's3:GetObject'
  | 'cloudtrail:ListPublicKeys'
  | 'kms:Decrypt'
  | 'cloudtrail:DescribeTrails'
  | 'cloudtrail:GetTrail'
  | 'cloudtrail:GetTrailStatus'
  | 'account:ListRegions'
  | 'organizations:DescribeOrganization'
  | 'organizations:ListAccounts'
  | 'cloudtrail:DescribeQuery'
  | 's3:ListBucketVersions'
  | 's3:GetObjectVersion'
  | 's3:GetBucketVersioning'
  | 's3:GetLifecycleConfiguration'
  | 's3:GetBucketObjectLockConfiguration'
  | 's3:GetBucketAcl'
  | 's3:GetBucketLogging'
  | 's3:GetBucketPolicy'
  | 's3:GetBucketPolicyStatus'
  | 's3:GetBucketPublicAccessBlock'
  | 'cloudtrail:GetEventSelectors'
  | 'cloudtrail:ListTags'
  | 'cloudtrail:LookupEvents'
  | 'logs:DescribeLogGroups'
  | 'logs:FilterLogEvents'
  | 'cloudtrail:StartQuery'
  | 'cloudtrail:GetQueryResults'
  | 'cloudtrail:GetEventDataStore'
  | 's3:PutObject'
  | 'kms:Sign'
  | 'kms:GetPublicKey';

/** Every permission by its name. */
export const PERMISSIONS: Readonly<Record<Action, PermissionRow>> = {
  's3:ListBucket': { need: 'verify', on: 'bucket', calls: ['ListObjectsV2', 'HeadBucket'] },
  's3:GetObject': { need: 'verify', on: 'objects', calls: ['GetObject'] },
  'cloudtrail:ListPublicKeys': { need: 'verify', on: 'any', calls: ['ListPublicKeys'] },
  // S3 decrypts an object with the permission of who asks for it.
  'kms:Decrypt': { need: 'verify', on: 'kms-key', calls: [] },
  'cloudtrail:DescribeTrails': { need: 'expectations', on: 'any', calls: ['DescribeTrails'] },
  'cloudtrail:GetTrail': { need: 'expectations', on: 'any', calls: ['GetTrail'] },
  'cloudtrail:GetTrailStatus': { need: 'expectations', on: 'any', calls: ['GetTrailStatus'] },
  'account:ListRegions': { need: 'expectations', on: 'any', calls: ['ListRegions'] },
  'organizations:DescribeOrganization': {
    need: 'expectations',
    on: 'any',
    calls: ['DescribeOrganization'],
  },
  'organizations:ListAccounts': { need: 'expectations', on: 'any', calls: ['ListAccounts'] },
  'cloudtrail:DescribeQuery': { need: 'query-results', on: 'any', calls: ['DescribeQuery'] },
  's3:ListBucketVersions': { need: 'recover', on: 'bucket', calls: ['ListObjectVersions'], ofHistory: true },
  's3:GetObjectVersion': { need: 'recover', on: 'objects', calls: ['GetObject'], ofHistory: true },
  's3:GetBucketVersioning': { need: 'doctor', on: 'bucket', calls: ['GetBucketVersioning'], ofHistory: true },
  's3:GetLifecycleConfiguration': {
    need: 'doctor',
    on: 'bucket',
    calls: ['GetBucketLifecycleConfiguration'],
    ofHistory: true,
  },
  's3:GetBucketObjectLockConfiguration': {
    need: 'doctor',
    on: 'bucket',
    calls: ['GetObjectLockConfiguration'],
    ofHistory: true,
  },
  's3:GetBucketAcl': { need: 'doctor', on: 'bucket', calls: ['GetBucketAcl'] },
  's3:GetBucketLogging': { need: 'doctor', on: 'bucket', calls: ['GetBucketLogging'] },
  's3:GetBucketPolicy': { need: 'doctor', on: 'bucket', calls: ['GetBucketPolicy'] },
  's3:GetBucketPolicyStatus': { need: 'doctor', on: 'bucket', calls: ['GetBucketPolicyStatus'] },
  's3:GetBucketPublicAccessBlock': { need: 'doctor', on: 'bucket', calls: ['GetPublicAccessBlock'] },
  'cloudtrail:GetEventSelectors': { need: 'doctor', on: 'any', calls: ['GetEventSelectors'] },
  'cloudtrail:ListTags': { need: 'doctor', on: 'any', calls: ['ListTags'] },
  'cloudtrail:LookupEvents': { need: 'corroborate', on: 'any', calls: ['LookupEvents'] },
  'logs:DescribeLogGroups': { need: 'corroborate', on: 'any', calls: ['DescribeLogGroups'] },
  'logs:FilterLogEvents': { need: 'corroborate', on: 'any', calls: ['FilterLogEvents'] },
  'cloudtrail:StartQuery': { need: 'corroborate', on: 'any', calls: ['StartQuery'] },
  'cloudtrail:GetQueryResults': { need: 'corroborate', on: 'any', calls: ['GetQueryResults'] },
  'cloudtrail:GetEventDataStore': { need: 'corroborate', on: 'any', calls: ['GetEventDataStore'] },
  's3:PutObject': { need: 'write', on: 'objects', calls: ['PutObject'] },
  'kms:Sign': { need: 'sign', on: 'kms-key', calls: ['Sign'] },
  'kms:GetPublicKey': { need: 'sign', on: 'kms-key', calls: ['GetPublicKey'] },
};

/** Every permission with its row, in the order of the table. */
export const PERMISSION_ROWS: readonly (readonly [Action, PermissionRow])[] = Object.entries(PERMISSIONS) as [
  Action,
  PermissionRow,
][];

/** The permissions for one need, in the order of the table. */
export function actionsFor(need: Need): readonly Action[] {
  return PERMISSION_ROWS.filter(([, row]) => row.need === need).map(([action]) => action);
}

/** The permissions by which a run says what became of missing objects. */
export function actionsOfHistory(): readonly Action[] {
  return PERMISSION_ROWS.filter(([, row]) => row.ofHistory === true).map(([action]) => action);
}

/** What a command of a run on many machines needs: on the target, and on which files of a plan. */
export interface CommandRights {
  readonly target: readonly Action[];
  readonly plan: readonly { readonly action: Action; readonly files: readonly string[] }[];
  /** Whether it signs with a key of KMS, where one is given. */
  readonly signs: boolean;
}

/** What is read of a plan. */
const PLAN_FILES = ['plan.json', 'shards.jsonl', 'results/*'] as const;

/** The commands that divide a run over machines. `files` are below the place of the plan; none means the bucket. */
export const COMMAND_RIGHTS: Readonly<Record<'plan' | 'run-shard' | 'merge', CommandRights>> = {
  plan: {
    target: ['s3:ListBucket', ...actionsFor('expectations')],
    plan: [{ action: 's3:PutObject', files: ['plan.json', 'shards.jsonl', 'indices.json'] }],
    signs: false,
  },
  'run-shard': {
    target: ['s3:ListBucket', 's3:GetObject', 'cloudtrail:ListPublicKeys', 'kms:Decrypt'],
    plan: [
      { action: 's3:GetObject', files: PLAN_FILES },
      { action: 's3:PutObject', files: ['results/*'] },
    ],
    signs: true,
  },
  merge: {
    target: [
      ...actionsFor('verify'),
      ...actionsFor('expectations'),
      ...actionsFor('query-results'),
      ...actionsOfHistory(),
    ],
    plan: [
      { action: 's3:GetObject', files: PLAN_FILES },
      { action: 's3:ListBucket', files: [] },
    ],
    signs: true,
  },
};
