/**
 * The names of a deployment: what the state machine and the policies are printed for. They end in templates and in patterns of
 * policies, where a brace or a star would mean more than itself. So each is checked here, by the letters that AWS gives such names.
 */

/** A prefix of a bucket, '' or ending in `/`. */
export interface BucketPrefix {
  readonly bucket: string;
  readonly prefix: string;
}

/** A task of ECS that is run. */
export interface EcsTask {
  /** ARN of the task definition, with its revision or without. */
  readonly definition: string;
  readonly container: string;
}

/** What runs one shard. */
export type Worker =
  | { readonly kind: 'lambda'; readonly function: string }
  | { readonly kind: 'ecs'; readonly task: EcsTask };

/** Where tasks of ECS run. */
export interface EcsPlace {
  readonly cluster: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

/** All names of a deployment. */
export interface Deployment {
  /** ARN of the state machine: all other ARNs have its partition, Region and account. */
  readonly machine: string;
  /** Where plans lie: each below a name of its own. */
  readonly plans: BucketPrefix;
  /** Where the state machine keeps what became of its children. */
  readonly mapRuns: BucketPrefix;
  readonly worker: Worker;
  /** The task that merges, and the folder of its container for reports; undefined where somebody else merges. */
  readonly merge: (EcsTask & { readonly output: string }) | undefined;
  /** Undefined where no task of ECS is run. */
  readonly ecs: EcsPlace | undefined;
  /** Shards that are read at once. */
  readonly concurrency: number;
}

/** The parts of an ARN that all names of a deployment share, and the rest of it. */
export interface ArnParts {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

const ARN =
  /^arn:(aws(?:-[a-z]+){0,3}):([a-z0-9-]{2,20}):([a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}|):(\d{12}):([A-Za-z0-9:/_-]{1,256})$/;

/** The parts of an ARN of plain letters; undefined for any other text. */
export function arnParts(text: string): ArnParts | undefined {
  const [, partition, service, region, account, resource] = ARN.exec(text) ?? [];
  if (partition === undefined || service === undefined || region === undefined) return undefined;
  if (account === undefined || resource === undefined) return undefined;
  return { partition, service, region, account, resource };
}

/** A kind of ARN that a deployment has. */
export type ArnKind = 'machine' | 'function' | 'cluster' | 'task' | 'role' | 'key';

/** These kinds, each with what it is called. */
export const ARN_KINDS: Readonly<
  Record<ArnKind, { readonly words: string; readonly service: string; readonly resource: RegExp }>
> = {
  machine: {
    words: 'a state machine',
    service: 'states',
    resource: /^stateMachine:[A-Za-z0-9_-]{1,80}$/,
  },
  function: {
    words: 'a function of Lambda',
    service: 'lambda',
    resource: /^function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_-]{1,128})?$/,
  },
  cluster: { words: 'a cluster of ECS', service: 'ecs', resource: /^cluster\/[A-Za-z0-9_-]{1,255}$/ },
  task: {
    words: 'a task definition',
    service: 'ecs',
    resource: /^task-definition\/[A-Za-z0-9_-]{1,255}(?::\d{1,9})?$/,
  },
  role: { words: 'a role', service: 'iam', resource: /^role\/[A-Za-z0-9/_-]{1,512}$/ },
  key: { words: 'a key of KMS', service: 'kms', resource: /^key\/[A-Za-z0-9-]{1,128}$/ },
};

/** Whether a text is an ARN of that kind. */
export function isArnOf(kind: ArnKind, text: string): boolean {
  const parts = arnParts(text);
  const { service, resource } = ARN_KINDS[kind];
  if (parts === undefined || parts.service !== service || !resource.test(parts.resource)) return false;
  // IAM alone has no Regions.
  return (parts.region === '') === (service === 'iam');
}

/** Whether a prefix has letters only that mean themselves in a template and in a policy. */
export function isPlainPrefix(prefix: string): boolean {
  return /^[A-Za-z0-9._=+@/-]*$/.test(prefix) && !/(?:^|\/)(?:\.{0,2})\//.test(prefix);
}

/** Whether a text can name a plan below the place of plans: `2026-10`, or `2026/october`. */
export function isPlanName(text: string): boolean {
  return text.length <= 200 && text !== '' && isPlainPrefix(`${text}/`) && !text.endsWith('/');
}
