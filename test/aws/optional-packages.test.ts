/** Packages that few runs need, and that are not here: one clear line where one is needed. */
import { expect, test, vi } from 'vitest';
import { describeLogGroup, readLogEvents } from '../../src/aws/cloudwatch-logs.ts';
import { optionalPackage } from '../../src/aws/optional-package.ts';
import { describeOrganization, listEnabledRegions } from '../../src/aws/organization.ts';
import type { AwsSession } from '../../src/aws/session.ts';
import { exitCodeOfError } from '../../src/cli/io/exit.ts';

const absent = vi.hoisted(() => (name: string) => () => {
  throw new Error(`Cannot find package '${name}'`);
});
vi.mock('@aws-sdk/client-account', absent('@aws-sdk/client-account'));
vi.mock('@aws-sdk/client-cloudwatch-logs', absent('@aws-sdk/client-cloudwatch-logs'));
vi.mock('@aws-sdk/client-organizations', absent('@aws-sdk/client-organizations'));

/** Nothing of it is asked before the package is there. */
const SESSION = {} as AwsSession;
const GROUP = { arn: '', account: '111122223333', region: 'us-east-1', name: 'CloudTrail/logs' };
const LOGS = { group: GROUP, stream: '111122223333_CloudTrail_us-east-1', from: 0, to: 1 };
const nothing = async (): Promise<void> => {};

test.each([
  ['@aws-sdk/client-organizations', () => describeOrganization(SESSION, 'us-east-1')],
  ['@aws-sdk/client-account', () => listEnabledRegions(SESSION, 'us-east-1', undefined)],
  ['@aws-sdk/client-cloudwatch-logs', () => describeLogGroup(SESSION, GROUP)],
  ['@aws-sdk/client-cloudwatch-logs', () => readLogEvents(SESSION, LOGS, nothing, nothing)],
])('%s', async (name, act) => {
  await expect(act()).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: `the package ${name} is not installed`,
    hint: `install it next to trail-verify with npm install ${name}`,
  });
  expect(exitCodeOfError('CONFIGURATION')).toBe(2);
});

test('one that is there is given', async () => {
  expect(await optionalPackage('any', async () => ({ here: true }))).toEqual({ here: true });
});
