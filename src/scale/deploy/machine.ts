import { arnParts, type Deployment, type EcsTask } from './names.ts';

/**
 * The state machine that runs a plan on AWS: a Distributed Map with one child for each shard, in the States Language.
 *
 *     {"plan": "2026-10", "planSha256": "..."}  the input: a name below the place of plans, and the hash that plan.json must have
 *
 * Each child gets that and an index. The map reads `indices.json` of the plan and not `shards.jsonl`: a line of that has all chains of
 * its shard, may be larger than the 256 KiB that a child's input may have, and the worker reads it from the plan anyway. The input
 * names no bucket, so who starts the machine chooses among the plans of one place only.
 */

type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

/** A state of the machine. */
type State = Readonly<Record<string, Json>>;

/** What the worker of Lambda calls its errors. Of these, a retry mends the first alone. */
export const WORKER_ERRORS = {
  throttled: 'TrailVerifyThrottled',
  configuration: 'TrailVerifyConfiguration',
  outOfTime: 'TrailVerifyOutOfTime',
  failed: 'TrailVerifyFailed',
} as const;

/** Seconds that one reading of a shard may take: what Lambda gives at most and some, and a quarter of a day for a task. */
const LAMBDA_SECONDS = 930;
const TASK_SECONDS = 21_600;
/** How often a shard is tried. */
const TRIES = 4;

/** The machine of a deployment, as the States Language has it. */
export function stateMachine(deployment: Deployment): { readonly [name: string]: Json } {
  const { plans, mapRuns, concurrency, worker, merge } = deployment;
  const arn = integrations(deployment);
  return {
    Comment: 'Reads the shards of a plan of trail-verify. Printed by trail-verify deploy asl.',
    StartAt: 'CheckInput',
    States: {
      CheckInput: {
        Type: 'Choice',
        Choices: [
          {
            And: ['$.plan', '$.planSha256'].flatMap((Variable) => [
              { Variable, IsPresent: true },
              { Variable, IsString: true },
            ]),
            Next: 'ReadShards',
          },
        ],
        Default: 'WrongInput',
      },
      WrongInput: {
        Type: 'Fail',
        Error: WORKER_ERRORS.configuration,
        Cause: 'The input is {"plan": NAME, "planSha256": HASH}, as trail-verify plan printed the hash.',
      },
      ReadShards: {
        Type: 'Map',
        Label: 'shards',
        ItemReader: {
          Resource: arn('s3:getObject'),
          ReaderConfig: { InputType: 'JSON' },
          Parameters: {
            Bucket: plans.bucket,
            'Key.$': `States.Format('${plans.prefix}{}/indices.json', $.plan)`,
          },
        },
        ItemSelector: {
          'plan.$': '$.plan',
          'planSha256.$': '$.planSha256',
          'index.$': '$$.Map.Item.Value.index',
          ...(worker.kind === 'ecs' ? { try: 1 } : {}),
        },
        MaxConcurrency: concurrency,
        // A shard that fails is unproven in the report, and all others are read.
        ToleratedFailurePercentage: 100,
        ItemProcessor: {
          // A child of the other kind ends after five minutes.
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'ReadShard',
          States:
            worker.kind === 'lambda'
              ? lambdaStates(worker.function, arn)
              : taskStates(worker.task, deployment),
        },
        // Step Functions puts a folder of each run there. No field of the input is in it: what it would be taken from is not said.
        ResultWriter: {
          Resource: arn('s3:putObject'),
          Parameters: { Bucket: mapRuns.bucket, Prefix: mapRuns.prefix.replace(/\/$/, '') },
        },
        ResultPath: '$.mapRun',
        Next: 'Merge',
      },
      ...(merge === undefined ? sayMerge(deployment) : mergeStates(merge, deployment)),
    },
  };
}

/** The name of an integration in the partition of the machine. */
function integrations({ machine }: Deployment): (call: string) => string {
  const partition = arnParts(machine)?.partition ?? 'aws';
  return (call) => `arn:${partition}:states:::${call}`;
}

/** One child with a function: it names its errors, and says itself what a retry mends. */
function lambdaStates(name: string, arn: (call: string) => string): Readonly<Record<string, State>> {
  return {
    ReadShard: {
      Type: 'Task',
      Resource: arn('lambda:invoke'),
      Parameters: {
        FunctionName: name,
        Payload: { 'plan.$': '$.plan', 'planSha256.$': '$.planSha256', 'index.$': '$.index' },
      },
      TimeoutSeconds: LAMBDA_SECONDS,
      Retry: [
        {
          // S3 and Lambda while they refuse more. A wrong plan, a denial and a shard too large for the time stay what they are.
          ErrorEquals: [
            WORKER_ERRORS.throttled,
            'Lambda.ServiceException',
            'Lambda.AWSLambdaException',
            'Lambda.SdkClientException',
            'Lambda.TooManyRequestsException',
          ],
          IntervalSeconds: 15,
          MaxAttempts: TRIES - 1,
          BackoffRate: 2,
        },
      ],
      OutputPath: '$.Payload',
      End: true,
    },
  };
}

/** One child with a task: only its exit code says what a retry mends, and Retry cannot read that. So the child tries again itself. */
function taskStates(task: EcsTask, deployment: Deployment): Readonly<Record<string, State>> {
  const command = [
    "'run-shard'",
    planPlace(deployment),
    "'--plan-sha256'",
    '$.planSha256',
    "'--index'",
    "States.Format('{}', $.index)",
  ];
  return {
    ReadShard: {
      ...runTask(task, command, deployment),
      TimeoutSeconds: TASK_SECONDS,
      Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.error', Next: 'HowEnded' }],
      ResultSelector: {},
      ResultPath: '$.task',
      Next: 'Read',
    },
    HowEnded: howEnded('TaskEnded', 'CountTry'),
    ...endedStates('TaskEnded', 'TaskContainer', 'ByExitCode'),
    ByExitCode: {
      Type: 'Choice',
      Choices: [
        // Another result of the shard is there and differs. It is kept as well, and the merge says so.
        { ...exitCodeIs(3), Next: 'Read' },
        { ...exitCodeIs(2), Next: 'WrongCall' },
      ],
      // The run failed, or the task was stopped or never started.
      Default: 'CountTry',
    },
    CountTry: {
      Type: 'Pass',
      Parameters: {
        'plan.$': '$.plan',
        'planSha256.$': '$.planSha256',
        'index.$': '$.index',
        'try.$': 'States.MathAdd($.try, 1)',
        'error.$': '$.error',
      },
      Next: 'TriesLeft',
    },
    TriesLeft: {
      Type: 'Choice',
      Choices: [{ Variable: '$.try', NumericLessThanEquals: TRIES, Next: 'WaitForNextTry' }],
      Default: 'GivenUp',
    },
    WaitForNextTry: { Type: 'Wait', Seconds: 60, Next: 'ReadShard' },
    WrongCall: {
      Type: 'Fail',
      Error: WORKER_ERRORS.configuration,
      Cause:
        'run-shard ended with 2: the plan, the hash or an option is wrong. The log of the task says which.',
    },
    GivenUp: {
      Type: 'Fail',
      Error: WORKER_ERRORS.failed,
      Cause: 'The shard could not be read. The log of the task says why. Its digests are unproven.',
    },
    Read: { Type: 'Succeed' },
  };
}

/** A task of ECS from its start to its end, with a command made of expressions. */
function runTask(task: EcsTask, command: readonly string[], deployment: Deployment): State {
  const { ecs } = deployment;
  return {
    Type: 'Task',
    Resource: integrations(deployment)('ecs:runTask.sync'),
    Parameters: {
      Cluster: ecs?.cluster ?? '',
      TaskDefinition: task.definition,
      LaunchType: 'FARGATE',
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: ecs?.subnets ?? [],
          SecurityGroups: ecs?.securityGroups ?? [],
          AssignPublicIp: 'DISABLED',
        },
      },
      Overrides: {
        ContainerOverrides: [{ Name: task.container, 'Command.$': `States.Array(${command.join(', ')})` }],
      },
    },
    Retry: [
      {
        // ECS itself while it refuses more: no task was started.
        ErrorEquals: ['ECS.ThrottlingException', 'ECS.ServerException'],
        IntervalSeconds: 15,
        MaxAttempts: TRIES - 1,
        BackoffRate: 2,
      },
    ],
  };
}

/** The expression of the place of the plan. */
function planPlace({ plans }: Deployment): string {
  return `States.Format('s3://${plans.bucket}/${plans.prefix}{}', $.plan)`;
}

/** What is known of a failed task is text, and JSON where the task had started. */
function howEnded(ended: string, notStarted: string): State {
  return {
    Type: 'Choice',
    Choices: [{ Variable: '$.error.Cause', StringMatches: '{*', Next: ended }],
    Default: notStarted,
  };
}

/** Two states that take the one container of the task out of that, where a choice can see its exit code. */
function endedStates(first: string, second: string, next: string): Readonly<Record<string, State>> {
  return {
    [first]: {
      Type: 'Pass',
      Parameters: { 'task.$': 'States.StringToJson($.error.Cause)' },
      ResultPath: '$.ended',
      Next: second,
    },
    [second]: {
      Type: 'Pass',
      InputPath: '$.ended.task.Containers[0]',
      ResultPath: '$.container',
      Next: next,
    },
  };
}

function exitCodeIs(code: number): { readonly And: Json } {
  const Variable = '$.container.ExitCode';
  return {
    And: [
      { Variable, IsPresent: true },
      { Variable, NumericEquals: code },
    ],
  };
}

/** The last state of a machine that merges nothing: its output is the command that does. */
function sayMerge(deployment: Deployment): Readonly<Record<string, State>> {
  const { bucket, prefix } = deployment.plans;
  return {
    Merge: {
      Type: 'Pass',
      Parameters: {
        'next.$': `States.Format('trail-verify merge s3://${bucket}/${prefix}{} --plan-sha256 {}', $.plan, $.planSha256)`,
        'mapRun.$': '$.mapRun',
      },
      End: true,
    },
  };
}

/** The merge as a task. Where its verdict is not VALID, the machine ends with that as its error. */
function mergeStates(
  merge: EcsTask & { readonly output: string },
  deployment: Deployment,
): Readonly<Record<string, State>> {
  const command = [
    "'merge'",
    planPlace(deployment),
    "'--plan-sha256'",
    '$.planSha256',
    "'--output'",
    // No two executions have one name.
    `States.Format('${merge.output}/{}', $$.Execution.Name)`,
  ];
  const verdict = (name: string, Cause: string): State => ({ Type: 'Fail', Error: name, Cause });
  return {
    Merge: {
      ...runTask(merge, command, deployment),
      Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.error', Next: 'HowMergeEnded' }],
      ResultSelector: {},
      ResultPath: '$.merge',
      Next: 'Valid',
    },
    HowMergeEnded: howEnded('MergeEnded', 'MergeFailed'),
    ...endedStates('MergeEnded', 'MergeContainer', 'Verdict'),
    Verdict: {
      Type: 'Choice',
      Choices: [
        { ...exitCodeIs(1), Next: 'Invalid' },
        { ...exitCodeIs(3), Next: 'Inconclusive' },
      ],
      Default: 'MergeFailed',
    },
    Valid: { Type: 'Succeed' },
    Invalid: verdict('TrailVerifyInvalid', 'The report says INVALID.'),
    Inconclusive: verdict('TrailVerifyInconclusive', 'The report says INCONCLUSIVE.'),
    MergeFailed: verdict(WORKER_ERRORS.failed, 'There is no report. The log of the task says why.'),
  };
}
