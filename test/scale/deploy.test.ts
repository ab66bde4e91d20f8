import validate from 'asl-validator';
import { describe, expect, test } from 'vitest';
import { COMMAND_RIGHTS } from '../../src/aws/permissions.ts';
import { stateMachine, WORKER_ERRORS } from '../../src/scale/deploy/machine.ts';
import { type Deployment, isPlainPrefix, isPlanName } from '../../src/scale/deploy/names.ts';
import { type Policy, type PolicyRequest, policyOf, ROLES } from '../../src/scale/deploy/policies.ts';

const REGION_OF = { aws: 'eu-west-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' } as const;
type Partition = keyof typeof REGION_OF;

function deploymentOf(partition: Partition, worker: 'lambda' | 'ecs', merges: boolean): Deployment {
  const arn = (service: string, resource: string): string =>
    `arn:${partition}:${service}:${REGION_OF[partition]}:111122223333:${resource}`;
  const container = 'trail-verify';
  return {
    machine: arn('states', 'stateMachine:trail-verify'),
    plans: { bucket: 'audit-runs', prefix: 'plans/' },
    mapRuns: { bucket: 'audit-runs', prefix: 'plans-map-runs/' },
    worker:
      worker === 'lambda'
        ? { kind: 'lambda', function: arn('lambda', 'function:trail-verify') }
        : { kind: 'ecs', task: { definition: arn('ecs', 'task-definition/shard'), container } },
    merge: merges
      ? { definition: arn('ecs', 'task-definition/merge:3'), container, output: '/reports' }
      : undefined,
    ecs:
      worker === 'lambda' && !merges
        ? undefined
        : {
            cluster: arn('ecs', 'cluster/audit'),
            subnets: ['subnet-0123456789abcdef0'],
            securityGroups: ['sg-0123456789abcdef0'],
          },
    concurrency: 100,
  };
}

const VARIANTS = (Object.keys(REGION_OF) as Partition[]).flatMap((partition) =>
  (['lambda', 'ecs'] as const).flatMap((worker) =>
    [false, true].map((merges) => ({
      partition,
      worker,
      merges,
      deployment: deploymentOf(partition, worker, merges),
    })),
  ),
);

/** A machine as text and back, as whoever creates it sends it. */
// biome-ignore lint/suspicious/noExplicitAny: its form is what the validator judges.
const printed = (deployment: Deployment): any => JSON.parse(JSON.stringify(stateMachine(deployment)));

describe.each(VARIANTS)('the machine: $worker, merges: $merges, $partition', ({ deployment, partition }) => {
  test('is one of the States Language', () => {
    expect(validate(printed(deployment))).toMatchObject({
      isValid: true,
      errors: [],
      errorsText: expect.anything(),
    });
  });

  test('calls what is of its partition', () => {
    const arns = JSON.stringify(stateMachine(deployment)).match(/arn:[^"]*/g) ?? [];
    expect(arns.length).toBeGreaterThan(2);
    for (const arn of arns) expect(arn).toMatch(new RegExp(`^arn:${partition}:`));
  });

  test('its role may do what it does, and may pass on nothing else', () => {
    const resources: readonly string[] =
      JSON.stringify(stateMachine(deployment)).match(/states:::[\w:.]+/g) ?? [];
    const needed: Readonly<Record<string, readonly string[]>> = {
      'states:::s3:getObject': ['s3:GetObject'],
      'states:::s3:putObject': ['s3:PutObject'],
      'states:::lambda:invoke': ['lambda:InvokeFunction'],
      'states:::ecs:runTask.sync': [
        'ecs:RunTask',
        'ecs:StopTask',
        'ecs:DescribeTasks',
        'events:PutRule',
        'iam:PassRole',
      ],
    };
    const allowed = actionsOf(policyOf('machine', requestOf(deployment)));
    for (const resource of resources) {
      expect(needed[resource]).toBeDefined();
      expect(allowed).toEqual(expect.arrayContaining([...(needed[resource] ?? [])]));
    }
    expect(allowed).toContain('states:StartExecution');
    for (const [resource, actions] of Object.entries(needed))
      if (!resources.includes(resource) && !resource.includes('s3'))
        expect(allowed.filter((action) => actions.includes(action))).toEqual([]);
  });
});

test('the validator refuses a machine with a state that is not there', () => {
  const machine = printed(deploymentOf('aws', 'lambda', false));
  machine.States.ReadShards.Next = 'Nowhere';
  expect(validate(machine).isValid).toBe(false);
  const other = printed(deploymentOf('aws', 'ecs', true));
  other.States.ReadShards.ItemProcessor.States.ReadShard.Resource = 7;
  expect(validate(other).isValid).toBe(false);
});

describe('the machine', () => {
  const { States: states } = printed(deploymentOf('aws', 'lambda', false));
  const child = states.ReadShards.ItemProcessor.States.ReadShard;

  test('retries throttling, and nothing that a retry does not mend', () => {
    const retried = child.Retry.flatMap(({ ErrorEquals }: { ErrorEquals: string[] }) => ErrorEquals);
    expect(retried).toContain(WORKER_ERRORS.throttled);
    for (const name of [WORKER_ERRORS.configuration, WORKER_ERRORS.outOfTime, WORKER_ERRORS.failed])
      expect(retried).not.toContain(name);
    // These two match every error.
    expect(retried).not.toContain('States.ALL');
    expect(retried).not.toContain('States.TaskFailed');
  });

  test('gives a child the name of the plan, its hash and an index, and no place', () => {
    expect(child.Parameters.Payload).toEqual({
      'plan.$': '$.plan',
      'planSha256.$': '$.planSha256',
      'index.$': '$.index',
    });
    expect(states.ReadShards.ItemReader.Parameters).toEqual({
      Bucket: 'audit-runs',
      'Key.$': "States.Format('plans/{}/indices.json', $.plan)",
    });
  });

  test('goes on where shards fail', () => {
    expect(states.ReadShards.ToleratedFailurePercentage).toBe(100);
  });
});

function requestOf(deployment: Deployment): PolicyRequest {
  const { machine } = deployment;
  const key = (id: string): string =>
    machine.replace('states', 'kms').replace(/stateMachine:.*/, `key/${id}`);
  return {
    deployment,
    targets: [
      { bucket: 'my-trail-bucket', prefix: '' },
      { bucket: 'other-trail-bucket', prefix: 'security/' },
    ],
    targetKeys: [key('target')],
    signingKeys: { planner: key('plan'), worker: key('shard'), merger: key('report') },
    taskRoles: [machine.replace(/:states:[^:]*/, ':iam:').replace(/stateMachine:.*/, 'role/trail-verify')],
  };
}

function actionsOf(policy: Policy): readonly string[] {
  return policy.Statement.flatMap(({ Action }) => Action);
}

describe.each(VARIANTS)('the policies: $worker, merges: $merges, $partition', ({ deployment, partition }) => {
  const request = requestOf(deployment);

  test.each(ROLES)('%s: no action is a pattern, and no statement is empty', (role) => {
    const { Version, Statement } = policyOf(role, request);
    expect(Version).toBe('2012-10-17');
    const sids = Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    for (const { Sid, Action, Resource } of Statement) {
      expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(Action.length * Resource.length).toBeGreaterThan(0);
      for (const action of Action) expect(action).toMatch(/^[a-z0-9]+:[A-Z][A-Za-z]+$/);
      // CloudTrail's public keys and an organization have no names to grant them by.
      for (const resource of Resource)
        if (Sid !== 'CloudTrail')
          expect(resource).toMatch(new RegExp(`^arn:${partition}:[a-z0-9]+:[^*]*[a-z/]`));
    }
  });

  test.each([
    ['planner', COMMAND_RIGHTS.plan],
    ['worker', COMMAND_RIGHTS['run-shard']],
    ['merger', COMMAND_RIGHTS.merge],
  ] as const)('%s: what the table says that its command needs, and no more', (role, rights) => {
    const allowed = actionsOf(policyOf(role, request));
    const needed = [
      ...rights.target,
      ...rights.plan.map(({ action }) => action),
      ...(rights.signs ? ['kms:GetPublicKey', 'kms:Sign'] : []),
    ];
    expect([...new Set(allowed)].sort()).toEqual([...new Set(needed)].sort());
  });

  test('nobody may write to the target, and each writes its own files of a plan', () => {
    const writes = ROLES.map((role) =>
      policyOf(role, request)
        .Statement.filter(({ Action }) => Action.includes('s3:PutObject'))
        .flatMap(({ Resource }) => Resource),
    );
    const [planner = [], worker, merger, machine] = writes;
    expect(
      planner.every((one) => /:audit-runs\/plans\/\*\/(?:plan\.json|shards\.jsonl|indices\.json)$/.test(one)),
    ).toBe(true);
    expect(worker).toEqual([`arn:${partition}:s3:::audit-runs/plans/*/results/*`]);
    expect(merger).toEqual([]);
    expect(machine).toEqual([`arn:${partition}:s3:::audit-runs/plans-map-runs/*`]);
  });
});

test('without keys of KMS nobody is allowed to sign or to decrypt', () => {
  const request = { ...requestOf(deploymentOf('aws', 'lambda', false)), targetKeys: [], signingKeys: {} };
  for (const role of ROLES)
    expect(actionsOf(policyOf(role, request)).filter((action) => action.startsWith('kms:'))).toEqual([]);
});

test.each(['2026-10', '2026/october', 'a.b_c=d+e@f'])('%j names a plan', (text) => {
  expect(isPlanName(text)).toBe(true);
});

test.each([
  '',
  '.',
  '..',
  '../x',
  'a/../b',
  'a//b',
  '/a',
  'a/',
  'a{}',
  "a'b",
  'a*',
  'a?',
  '\u0024{aws:x}',
  'a b',
  'é',
  'a\n',
  'x'.repeat(201),
])('%j names none', (text) => {
  expect(isPlanName(text)).toBe(false);
});

test('a prefix with a pattern in it is none that a policy can name', () => {
  expect(isPlainPrefix('security/logs/')).toBe(true);
  for (const prefix of ['a*/', 'a?/', '\u0024{x}/', "'/", '{}/']) expect(isPlainPrefix(prefix)).toBe(false);
});
