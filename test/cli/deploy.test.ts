import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/command.ts';

const AT = 'eu-west-1:111122223333';
const MACHINE = `arn:aws:states:${AT}:stateMachine:trail-verify`;
const DEPLOYMENT = ['--machine', MACHINE, '--plans', 's3://audit-runs/plans'];
const LAMBDA = ['--worker', 'lambda', '--function', `arn:aws:lambda:${AT}:function:trail-verify`];
const PLACE = [
  ...['--cluster', `arn:aws:ecs:${AT}:cluster/audit`],
  ...['--subnets', 'subnet-0123456789abcdef0,subnet-0123456789abcdef1'],
  ...['--security-groups', 'sg-0123456789abcdef0'],
];
const ECS = ['--worker', 'ecs', '--task', `arn:aws:ecs:${AT}:task-definition/shard:3`, ...PLACE];
const MERGE = ['--merge-task', `arn:aws:ecs:${AT}:task-definition/merge`, '--merge-output', '/reports'];
const TARGET = ['--target', 's3://my-trail-bucket'];

const asl = (...args: readonly string[]) => runCommand(['deploy', 'asl', ...args]);
const iam = (...args: readonly string[]) => runCommand(['deploy', 'iam', ...args]);

test('deploy asl prints a machine for a function, and one for a task', async () => {
  const lambda = await asl(...DEPLOYMENT, ...LAMBDA, '--max-concurrency', '16');
  expect(lambda).toMatchObject({ exitCode: 0, error: '' });
  const { States } = JSON.parse(lambda.out);
  expect(States.ReadShards).toMatchObject({
    MaxConcurrency: 16,
    ResultWriter: {
      Parameters: { Bucket: 'audit-runs', Prefix: 'plans-map-runs' },
    },
  });
  expect(States.Merge).toMatchObject({ Type: 'Pass', End: true });
  const ecs = await asl(...DEPLOYMENT, ...ECS, ...MERGE);
  expect(ecs).toMatchObject({ exitCode: 0, error: '' });
  const { ReadShards, Merge } = JSON.parse(ecs.out).States;
  const task = ReadShards.ItemProcessor.States.ReadShard;
  expect(task.Parameters.NetworkConfiguration.AwsvpcConfiguration.Subnets).toHaveLength(2);
  expect(task.Parameters.Overrides.ContainerOverrides[0]['Command.$']).toBe(
    "States.Array('run-shard', States.Format('s3://audit-runs/plans/{}', $.plan), '--plan-sha256', $.planSha256, '--index', States.Format('{}', $.index))",
  );
  expect(Merge.Parameters.Overrides.ContainerOverrides[0]['Command.$']).toContain(
    "'--output', States.Format('/reports/{}', $$.Execution.Name)",
  );
});

test('deploy iam prints the policies of all roles, or one that IAM takes as it is', async () => {
  const all = await iam(...DEPLOYMENT, ...LAMBDA, ...TARGET);
  expect(all).toMatchObject({ exitCode: 0, error: '' });
  const policies = JSON.parse(all.out);
  expect(Object.keys(policies)).toEqual(['planner', 'worker', 'merger', 'machine']);
  const key = `arn:aws:kms:${AT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const worker = await iam(...DEPLOYMENT, ...LAMBDA, ...TARGET, '--role', 'worker', '--shard-key', key);
  const { Version, Statement } = JSON.parse(worker.out);
  expect(Version).toBe('2012-10-17');
  expect(Statement.at(-1)).toEqual({
    Sid: 'Signature',
    Effect: 'Allow',
    Action: ['kms:GetPublicKey', 'kms:Sign'],
    Resource: [key],
  });
});

describe('is exit 2, and prints nothing', () => {
  test.each([
    ['--machine', 'arn:aws:states:eu-west-1:111122223333:stateMachine:a*'],
    ['--machine', `${MACHINE}"}`],
    ['--machine', `${MACHINE}\n`],
    ['--plans', 's3://audit-runs'],
    ['--plans', "s3://audit-runs/pl'ans"],
    ['--plans', 's3://audit-runs/{}'],
    ['--plans', 's3://audit-runs/*'],
    ['--plans', 's3://audit-runs/../x'],
    ['--plans', 's3://audit-runs/\u0024{aws:username}'],
    ['--plans', './plans'],
    ['--map-runs', 's3://audit-runs/plans/runs'],
    ['--map-runs', 's3://audit-runs/plans'],
    ['--worker', 'batch'],
    ['--function', 'trail-verify'],
    ['--function', `arn:aws:lambda:${AT}:function:*`],
    ['--function', 'arn:aws:lambda:us-east-1:111122223333:function:trail-verify'],
    ['--function', 'arn:aws:lambda:eu-west-1:999999999999:function:trail-verify'],
    ['--function', 'arn:aws-cn:lambda:eu-west-1:111122223333:function:trail-verify'],
    ['--max-concurrency', '0'],
    ['--container', 'a"b'],
    ['--subnets', 'subnet-x'],
    ['--security-groups', 'sg-0123456789abcdef0,'],
    ['--cluster', `arn:aws:ecs:${AT}:cluster/audit`],
    ['--task', `arn:aws:ecs:${AT}:task-definition/shard`],
    ['--merge-output', '/reports'],
    ['--merge-output', "/rep'orts"],
    ['--merge-task', `arn:aws:ecs:${AT}:task-definition/merge`],
  ])('%s %j', async (option, value) => {
    const given = [...DEPLOYMENT, ...LAMBDA, option, value];
    expect(await asl(...given)).toMatchObject({ exitCode: 2, out: '' });
    expect(await iam(...given, ...TARGET)).toMatchObject({ exitCode: 2, out: '' });
  });

  test.each([
    [[...DEPLOYMENT, '--worker', 'lambda'], '--worker lambda needs --function'],
    [[...DEPLOYMENT, '--worker', 'ecs', ...PLACE], '--worker ecs needs --task'],
    [[...DEPLOYMENT, ...ECS.slice(0, 4)], 'where tasks of ECS run'],
    [[...DEPLOYMENT, ...LAMBDA, ...MERGE], 'where tasks of ECS run'],
    [LAMBDA, '--machine'],
  ])('%j', async (args, words) => {
    const { exitCode, out, error } = await asl(...args);
    expect([exitCode, out]).toEqual([2, '']);
    expect(error).toContain(words);
  });

  test.each([
    [[], '--target'],
    [['--target', 's3://audit-runs'], 'holds plans as well'],
    [['--target', 's3://my-trail-bucket/a*'], 'that a policy cannot name'],
    [[...TARGET, '--target-key', '*'], 'no ARN of a key of KMS'],
    [[...TARGET, '--task-role', 'arn:aws:iam::999999999999:role/x'], 'of one partition and one account'],
    [[...TARGET, '--role', 'admin'], '--role'],
  ])('deploy iam %j', async (args, words) => {
    const { exitCode, out, error } = await iam(...DEPLOYMENT, ...LAMBDA, ...args);
    expect([exitCode, out]).toEqual([2, '']);
    expect(error).toContain(words);
  });

  test('deploy iam for tasks without their roles', async () => {
    const { exitCode, error } = await iam(...DEPLOYMENT, ...ECS, ...TARGET);
    expect(exitCode).toBe(2);
    expect(error).toContain('give the task role and the execution role');
  });
});
