import type { Command } from '@commander-js/extra-typings';
import {
  ARN_KINDS,
  type ArnKind,
  arnParts,
  type BucketPrefix,
  type Deployment,
  type EcsPlace,
  type EcsTask,
  isArnOf,
  isPlainPrefix,
  type Worker,
} from '../../../scale/deploy/names.ts';
import type { PolicyRequest, Role } from '../../../scale/deploy/policies.ts';
import {
  type AnyCommand,
  countParser,
  type ListParser,
  listParser,
  type Run,
  UsageError,
  verboseOption,
} from '../../options/common.ts';
import { parseS3Place } from '../../options/place.ts';

/** What `deploy iam` was asked for. */
export interface DeployIamSettings extends PolicyRequest {
  /** The role whose policy is printed alone; undefined for all. */
  readonly role: Role | undefined;
}

const EXAMPLES = `
Examples:
  trail-verify deploy asl --machine arn:aws:states:eu-west-1:111122223333:stateMachine:trail-verify --plans s3://audit-runs/plans --worker lambda --function arn:aws:lambda:eu-west-1:111122223333:function:trail-verify
  trail-verify deploy iam --machine arn:aws:states:eu-west-1:111122223333:stateMachine:trail-verify --plans s3://audit-runs/plans --worker lambda --function arn:aws:lambda:eu-west-1:111122223333:function:trail-verify --target s3://my-trail-bucket

Both print JSON, and ask AWS for nothing. docs/scale.md has the steps.
`;

const ASL_EXAMPLES = `
Examples:
  trail-verify deploy asl --machine arn:aws:states:eu-west-1:111122223333:stateMachine:trail-verify --plans s3://audit-runs/plans --worker lambda --function arn:aws:lambda:eu-west-1:111122223333:function:trail-verify

Its input is {"plan": "2026-10", "planSha256": "..."}: the name of a plan below
--plans, and the hash that trail-verify plan printed.
`;

const IAM_EXAMPLES = `
Examples:
  trail-verify deploy iam --machine arn:aws:states:eu-west-1:111122223333:stateMachine:trail-verify --plans s3://audit-runs/plans --worker lambda --function arn:aws:lambda:eu-west-1:111122223333:function:trail-verify --target s3://my-trail-bucket --role worker

Without --role it prints one object with the policies of all four.
`;

/** Adds `deploy asl` and `deploy iam`. */
export function addDeploy(program: Command, asl: Run<Deployment>, iam: Run<DeployIamSettings>): void {
  const deploy = program
    .command('deploy')
    .summary('print a state machine of AWS that runs plans, and its policies')
    .description(
      'Prints what an account needs to run plans by AWS Step Functions: the state machine, and a policy for each role.',
    )
    .addHelpText('after', EXAMPLES);
  addAsl(deploy, asl);
  addIam(deploy, iam);
}

function addAsl(deploy: Command, run: Run<Deployment>): void {
  const command = deploy
    .command('asl')
    .summary('print the state machine')
    .description(
      'Prints a state machine in the States Language. A Distributed Map reads each shard of a plan by a function of Lambda or a task of ECS. A shard that fails is unproven in the report.',
    )
    .addHelpText('after', ASL_EXAMPLES);
  const readDeployment = deploymentOptions(command);
  verboseOption(command);
  command.action(() => run(readDeployment()));
}

function addIam(deploy: Command, run: Run<DeployIamSettings>): void {
  const command = deploy
    .command('iam')
    .summary('print the policies of its roles')
    .description(
      'Prints the least that each role must be allowed: who plans, who reads a shard, who merges, and the state machine itself.',
    )
    .addHelpText('after', IAM_EXAMPLES);
  const readDeployment = deploymentOptions(command);
  const options = command
    .optionsGroup('The policies:')
    .addOption(
      command
        .createOption('--role <role>', 'the one role whose policy is printed (default: all of them)')
        .choices(['planner', 'worker', 'merger', 'machine'] as const),
    )
    .requiredOption(
      '--target <place>',
      's3://bucket[/prefix] that is verified (may be repeated, also A,B)',
      targetParser(),
    )
    .option(
      '--target-key <arn>',
      'key of KMS that objects are encrypted with (may be repeated)',
      arnListParser('--target-key', 'key'),
    )
    .option('--plan-key <arn>', 'key of KMS that signs plans', arnParser('--plan-key', 'key'))
    .option('--shard-key <arn>', 'key of KMS that signs results of shards', arnParser('--shard-key', 'key'))
    .option('--report-key <arn>', 'key of KMS that signs reports', arnParser('--report-key', 'key'))
    .option(
      '--task-role <arn>',
      'role that tasks of ECS run or start with (may be repeated)',
      arnListParser('--task-role', 'role'),
    );
  verboseOption(command);
  command.action(() => {
    const deployment = readDeployment();
    const { role, target, targetKey = [], planKey, shardKey, reportKey, taskRole = [] } = options.opts();
    for (const arn of taskRole) requireSameAccount('--task-role', arn, deployment.machine);
    if (deployment.ecs !== undefined && taskRole.length === 0)
      throw new UsageError(
        'tasks of ECS have roles, and none is named',
        'give the task role and the execution role with --task-role',
      );
    const targets = target.map((text) => plainPlace('--target', text));
    const own = [deployment.plans.bucket, deployment.mapRuns.bucket];
    const mixed = targets.find(({ bucket }) => own.includes(bucket));
    if (mixed !== undefined)
      throw new UsageError(
        `--target: bucket ${mixed.bucket} holds plans as well`,
        'keep plans elsewhere: who can write the target could write them too',
      );
    return run({
      deployment,
      role,
      targets,
      targetKeys: targetKey,
      signingKeys: { planner: planKey, worker: shardKey, merger: reportKey },
      taskRoles: taskRole,
    });
  });
}

/** The options of both. The reader throws UsageError for names that do not belong together. */
function deploymentOptions(command: AnyCommand): () => Deployment {
  const options = command
    .optionsGroup('The deployment:')
    .requiredOption('--machine <arn>', 'ARN of the state machine', arnParser('--machine', 'machine'))
    .requiredOption(
      '--plans <place>',
      's3://bucket/prefix below which each plan has a name',
      prefixParser('--plans'),
    )
    .option(
      '--map-runs <place>',
      's3://bucket/prefix for what became of each shard (default: that of --plans with -map-runs behind it)',
      prefixParser('--map-runs'),
    )
    .addOption(
      command
        .createOption('--worker <kind>', 'what reads a shard: a function of Lambda or a task of ECS')
        .choices(['lambda', 'ecs'] as const)
        .makeOptionMandatory(),
    )
    .option(
      '--max-concurrency <n>',
      'shards that are read at once (default: 100)',
      countParser('--max-concurrency', 1, 10_000),
    )
    .optionsGroup('Lambda:')
    .option(
      '--function <arn>',
      'ARN of the function, with an alias or a version, or without',
      arnParser('--function', 'function'),
    )
    .optionsGroup('ECS:')
    .option('--cluster <arn>', 'ARN of the cluster', arnParser('--cluster', 'cluster'))
    .option('--task <arn>', 'ARN of the task definition that reads a shard', arnParser('--task', 'task'))
    .option(
      '--merge-task <arn>',
      'ARN of the task definition that merges (default: the machine ends with the command that does)',
      arnParser('--merge-task', 'task'),
    )
    .option(
      '--merge-output <folder>',
      'folder in its container for reports, on a volume that stays',
      parseFolder,
    )
    .option('--container <name>', 'name of the container in both (default: trail-verify)', parseContainer)
    .option('--subnets <ids>', 'subnets, with commas between them', idsParser('--subnets', 'subnet'))
    .option(
      '--security-groups <ids>',
      'security groups, with commas between them',
      idsParser('--security-groups', 'sg'),
    );
  return () => {
    const given = options.opts();
    const { machine, plans, mapRuns, worker: kind, maxConcurrency = 100 } = given;
    const container = given.container ?? 'trail-verify';
    const places = placesOf(plans, mapRuns);
    const worker = workerOf(kind, given.function, given.task, container);
    const merge = mergeOf(given.mergeTask, given.mergeOutput, container);
    const ecs = ecsOf(kind === 'ecs' || merge !== undefined, given);
    for (const [option, arn] of [
      ['--function', given.function],
      ['--cluster', given.cluster],
      ['--task', given.task],
      ['--merge-task', given.mergeTask],
    ] as const)
      if (arn !== undefined) requireSamePlace(option, arn, machine);
    return { machine, ...places, worker, merge, ecs, concurrency: maxConcurrency };
  };
}

function placesOf(plans: string, given: string | undefined): Pick<Deployment, 'plans' | 'mapRuns'> {
  const place = plainPlace('--plans', plans);
  const mapRuns =
    given === undefined
      ? { bucket: place.bucket, prefix: `${place.prefix.replace(/\/$/, '')}-map-runs/` }
      : plainPlace('--map-runs', given);
  const isWithin = (one: BucketPrefix, other: BucketPrefix): boolean =>
    one.bucket === other.bucket && one.prefix.startsWith(other.prefix);
  if (isWithin(place, mapRuns) || isWithin(mapRuns, place))
    throw new UsageError(
      '--plans and --map-runs are not apart',
      'the state machine writes below --map-runs, and could write plans',
    );
  return { plans: place, mapRuns };
}

function workerOf(
  kind: Worker['kind'],
  name: string | undefined,
  definition: string | undefined,
  container: string,
): Worker {
  const [needed, other] = kind === 'lambda' ? ['--function', '--task'] : ['--task', '--function'];
  if ((kind === 'lambda' ? definition : name) !== undefined)
    throw new UsageError(`${other} is of no use with --worker ${kind}`, `leave it out, or give ${needed}`);
  if (kind === 'lambda' && name !== undefined) return { kind, function: name };
  if (kind === 'ecs' && definition !== undefined) return { kind, task: { definition, container } };
  throw new UsageError(`--worker ${kind} needs ${needed}`, `give ${needed} ARN`);
}

function mergeOf(
  definition: string | undefined,
  output: string | undefined,
  container: string,
): (EcsTask & { readonly output: string }) | undefined {
  if (definition === undefined && output === undefined) return undefined;
  if (definition !== undefined && output !== undefined) return { definition, container, output };
  throw new UsageError(
    '--merge-task and --merge-output belong together',
    'give both: the report of a task is lost with its container, unless it is on a volume',
  );
}

function ecsOf(
  isUsed: boolean,
  given: {
    readonly cluster?: string | undefined;
    readonly subnets?: readonly string[] | undefined;
    readonly securityGroups?: readonly string[] | undefined;
  },
): EcsPlace | undefined {
  const { cluster, subnets, securityGroups } = given;
  if (!isUsed) {
    const [lost] = [
      ...(cluster === undefined ? [] : ['--cluster']),
      ...(subnets === undefined ? [] : ['--subnets']),
      ...(securityGroups === undefined ? [] : ['--security-groups']),
    ];
    if (lost === undefined) return undefined;
    throw new UsageError(`${lost} is of use with a task of ECS only`, 'leave it out');
  }
  if (cluster !== undefined && subnets !== undefined && securityGroups !== undefined)
    return { cluster, subnets, securityGroups };
  throw new UsageError(
    'it is not said where tasks of ECS run',
    'give --cluster, --subnets and --security-groups',
  );
}

const EXAMPLE_OF: Readonly<Record<ArnKind, string>> = {
  machine: 'arn:aws:states:eu-west-1:111122223333:stateMachine:trail-verify',
  function: 'arn:aws:lambda:eu-west-1:111122223333:function:trail-verify',
  cluster: 'arn:aws:ecs:eu-west-1:111122223333:cluster/audit',
  task: 'arn:aws:ecs:eu-west-1:111122223333:task-definition/trail-verify:1',
  role: 'arn:aws:iam::111122223333:role/trail-verify',
  key: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
};

function arnParser(option: string, kind: ArnKind): (text: string) => string {
  return (text) => {
    if (isArnOf(kind, text)) return text;
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is no ARN of ${ARN_KINDS[kind].words}`,
      `for example ${option} ${EXAMPLE_OF[kind]}`,
    );
  };
}

function arnListParser(option: string, kind: ArnKind): ListParser {
  return listParser(option, { check: arnParser(option, kind) });
}

/** Throws UsageError for an ARN of another partition, Region or account than the machine's: Step Functions could not call it. */
function requireSamePlace(option: string, arn: string, machine: string): void {
  requireSameAccount(option, arn, machine);
  const [one, other] = [arnParts(arn)?.region, arnParts(machine)?.region];
  if (one !== other)
    throw new UsageError(
      `${option} is in ${one}, and --machine in ${other}`,
      'a state machine calls what is in its own Region',
    );
}

function requireSameAccount(option: string, arn: string, machine: string): void {
  const [one, other] = [arnParts(arn), arnParts(machine)];
  if (one?.partition !== other?.partition || one?.account !== other?.account)
    throw new UsageError(
      `${option} is of ${one?.partition} ${one?.account}, and --machine of ${other?.partition} ${other?.account}`,
      'give names of one partition and one account',
    );
}

function prefixParser(option: string): (text: string) => string {
  return (text) => {
    if (plainPlace(option, text).prefix !== '') return text;
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} has no prefix`,
      'give s3://bucket/prefix: policies allow what is below it, and nothing else of the bucket',
    );
  };
}

function targetParser(): ListParser {
  return listParser('--target', { check: (text) => plainPlace('--target', text) });
}

/** A place in S3 by letters that mean themselves in a template and in a policy. Throws UsageError. */
function plainPlace(option: string, text: string): BucketPrefix {
  const place = parseS3Place(text, option);
  if (isPlainPrefix(place.prefix)) return place;
  throw new UsageError(
    `${option}: ${JSON.stringify(text)} has a prefix that a policy cannot name`,
    'a prefix of letters, digits and . _ = + @ - / can be named',
  );
}

function parseFolder(text: string): string {
  if (/^(?:\/[A-Za-z0-9._-]+)+$/.test(text) && !/\/\.{1,2}(?:\/|$)/.test(text)) return text;
  throw new UsageError(
    `--merge-output: ${JSON.stringify(text)} is no whole path of plain letters`,
    'for example --merge-output /reports',
  );
}

function parseContainer(text: string): string {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(text)) return text;
  throw new UsageError(
    `--container: ${JSON.stringify(text)} is no name of a container`,
    'it has letters, digits, hyphens and underscores',
  );
}

function idsParser(option: string, kind: string): ListParser {
  const check = (text: string): void => {
    if (new RegExp(`^${kind}-[0-9a-f]{8,17}$`).test(text)) return;
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is no id`,
      `for example ${option} ${kind}-0123456789abcdef0`,
    );
  };
  return listParser(option, { check });
}
