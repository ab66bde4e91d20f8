import { type Action, COMMAND_RIGHTS, type CommandRights, PERMISSIONS } from '../../aws/permissions.ts';
import { arnParts, type BucketPrefix, type Deployment } from './names.ts';

/** The IAM policies of a deployment, one for each role. What a command needs is in the table of permissions, and only there. */

/** The roles of a deployment. */
export const ROLES: readonly Role[] = ['planner', 'worker', 'merger', 'machine'];

/** One of them. */
export type Role = 'planner' | 'worker' | 'merger' | 'machine';

/** What is verified, and whose keys sign. */
export interface PolicyRequest {
  readonly deployment: Deployment;
  readonly targets: readonly BucketPrefix[];
  /** ARNs of the keys of KMS that objects are encrypted with. */
  readonly targetKeys: readonly string[];
  /** ARN of the key of KMS by which each role signs, if it signs with one. */
  readonly signingKeys: Readonly<Partial<Record<Role, string | undefined>>>;
  /** ARNs of the roles that tasks of ECS run with. */
  readonly taskRoles: readonly string[];
}

/** One statement of a policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy as IAM takes it. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

const COMMANDS: Readonly<Record<Exclude<Role, 'machine'>, CommandRights>> = {
  planner: COMMAND_RIGHTS.plan,
  worker: COMMAND_RIGHTS['run-shard'],
  merger: COMMAND_RIGHTS.merge,
};

/** The policy of one role. */
export function policyOf(role: Role, request: PolicyRequest): Policy {
  const statements =
    role === 'machine' ? machineStatements(request) : commandStatements(role, COMMANDS[role], request);
  return { Version: '2012-10-17', Statement: statements };
}

function commandStatements(role: Role, rights: CommandRights, request: PolicyRequest): readonly Statement[] {
  const { deployment, targets, targetKeys, signingKeys } = request;
  const partition = partitionOf(deployment);
  const of = (on: string): readonly Action[] =>
    rights.target.filter((action) => PERMISSIONS[action].on === on);
  const key = signingKeys[role];
  return [
    allow(
      'TargetBuckets',
      of('bucket'),
      targets.map(({ bucket }) => bucketArn(partition, bucket)),
    ),
    allow(
      'TargetObjects',
      of('objects'),
      targets.map(({ bucket, prefix }) => `${bucketArn(partition, bucket)}/${prefix}*`),
    ),
    allow('TargetKeys', of('kms-key'), targetKeys),
    allow('CloudTrail', of('any'), ['*']),
    ...rights.plan.map((right, index) => planStatement(`Plans${index + 1}`, right, deployment)),
    allow('Signature', rights.signs ? SIGNING : [], key === undefined ? [] : [key]),
  ].filter(({ Action, Resource }) => Action.length > 0 && Resource.length > 0);
}

const SIGNING: readonly Action[] = ['kms:GetPublicKey', 'kms:Sign'];

function planStatement(
  sid: string,
  { action, files }: CommandRights['plan'][number],
  deployment: Deployment,
): Statement {
  const { bucket, prefix } = deployment.plans;
  const arn = bucketArn(partitionOf(deployment), bucket);
  if (files.length > 0)
    return allow(
      sid,
      [action],
      files.map((file) => `${arn}/${prefix}*/${file}`),
    );
  return { ...allow(sid, [action], [arn]), Condition: { StringLike: { 's3:prefix': `${prefix}*` } } };
}

/** What the machine itself does: none of it is a call of this tool, so none of it is in the table. */
function machineStatements({ deployment, taskRoles }: PolicyRequest): readonly Statement[] {
  const { machine, plans, mapRuns, worker, merge, ecs } = deployment;
  const partition = partitionOf(deployment);
  const executions = machine.replace(':stateMachine:', ':execution:');
  const tasks = [...(worker.kind === 'ecs' ? [worker.task] : []), ...(merge === undefined ? [] : [merge])];
  return [
    allow(
      'ReadIndices',
      ['s3:GetObject'],
      [`${bucketArn(partition, plans.bucket)}/${plans.prefix}*/indices.json`],
    ),
    allow(
      'WriteMapRuns',
      ['s3:GetObject', 's3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      [`${bucketArn(partition, mapRuns.bucket)}/${mapRuns.prefix}*`],
    ),
    allow('StartChildren', ['states:StartExecution'], [machine]),
    allow(
      'FollowChildren',
      ['states:DescribeExecution', 'states:StopExecution'],
      [`${executions}:*`, `${executions}/*`],
    ),
    allow('RedriveChildren', ['states:RedriveExecution'], [`${executions}/*`]),
    ...(worker.kind === 'lambda' ? [allow('RunFunction', ['lambda:InvokeFunction'], [worker.function])] : []),
    ...(ecs === undefined
      ? []
      : taskStatements(
          deployment,
          ecs.cluster,
          tasks.map(({ definition }) => definition),
          taskRoles,
        )),
  ];
}

/** A task that the machine waits for: it follows that by a rule of EventBridge, which has this name everywhere. */
function taskStatements(
  deployment: Deployment,
  cluster: string,
  definitions: readonly string[],
  taskRoles: readonly string[],
): readonly Statement[] {
  const { partition, region, account } = arnParts(deployment.machine) ?? NOBODY;
  // Without a revision the newest is meant, and a policy has to say all.
  const all = definitions.map((one) => (/:\d+$/.test(one) ? one : `${one}:*`));
  return [
    { ...allow('RunTasks', ['ecs:RunTask'], all), Condition: { ArnEquals: { 'ecs:cluster': cluster } } },
    allow(
      'FollowTasks',
      ['ecs:StopTask', 'ecs:DescribeTasks'],
      [`${cluster.replace(':cluster/', ':task/')}/*`],
    ),
    allow(
      'HearOfTasks',
      ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      [`arn:${partition}:events:${region}:${account}:rule/StepFunctionsGetEventsForECSTaskRule`],
    ),
    {
      ...allow('GiveTasksTheirRoles', ['iam:PassRole'], taskRoles),
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ];
}

const NOBODY = { partition: 'aws', region: '', account: '' };

function partitionOf({ machine }: Deployment): string {
  return (arnParts(machine) ?? NOBODY).partition;
}

function bucketArn(partition: string, bucket: string): string {
  return `arn:${partition}:s3:::${bucket}`;
}

function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action: [...new Set(Action)], Resource: [...new Set(Resource)] };
}
