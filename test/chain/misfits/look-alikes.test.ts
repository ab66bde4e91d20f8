import { describe, expect, test } from 'vitest';
import {
  isOtherService,
  looksLikeAccount,
  looksLikeAwsLogs,
  looksLikeCloudTrail,
  namesCloudTrail,
  namesLogFile,
} from '../../../src/chain/misfits/look-alikes.ts';

describe('a name that passes for CloudTrail', () => {
  test.each([
    'cloudtrail',
    'CLOUDTRAIL-Digest',
    'CloudTrail ',
    ' CloudTrail',
    'CloudTrail-',
    'CloudTrail_Digest',
    'Cloud-Trail',
    'CIoudTrail',
    'C1oudTrai1',
    'doudTrail',
    'СloudTrail',
    'CloudТrаіl',
    'ＣｌｏｕｄＴｒａｉｌ',
    'Cloud\u200bTrail',
    'CloudTráil',
    'CloudTrai',
    'CloudTrial',
    'CoudTrail',
    'lCoudrTail',
    'old CloudTrail',
  ])('%j', (name) => {
    expect(looksLikeCloudTrail(name)).toBe(true);
  });

  test.each(['', 'CloudFront', 'Config', 'cloud', 'Trail', 'vpcflowlogs', 'GuardDuty', 'x'.repeat(1000)])(
    '%j does not',
    (name) => {
      expect(looksLikeCloudTrail(name)).toBe(false);
    },
  );
});

test('a name that passes for an account', () => {
  for (const name of [
    '11112222333',
    '1111222233334',
    '１１１１２２２２３３３３',
    '111122223333 ',
    '1111-2222-3333',
    'l1112222333O',
  ])
    expect(looksLikeAccount(name)).toBe(true);
  for (const name of ['', 'mine', '2026', 'o-exampleorgid', '1'.repeat(15), `111122223333${' '.repeat(40)}`])
    expect(looksLikeAccount(name)).toBe(false);
});

test('folders of other services', () => {
  for (const name of ['vpcflowlogs', 'Config', 'aws-account-id=111122223333', 'aws-service=vpcflowlogs'])
    expect(isOtherService(name)).toBe(true);
  for (const name of ['VPCFlowLogs', 'CloudTrail', 'aws-account-id=1', ''])
    expect(isOtherService(name)).toBe(false);
});

test('a path that names CloudTrail, and a name that may be a log file', () => {
  expect(namesCloudTrail('a/cloudtrail/b')).toBe(true);
  expect(namesCloudTrail('a/b/x_CloudTrail_y.json.gz')).toBe(true);
  expect(namesCloudTrail('a/b/c')).toBe(false);
  expect(namesLogFile('a/111122223333_CloudTrail_x.json.gz')).toBe(true);
  expect(namesLogFile('a/CloudTrail/x.json.gz')).toBe(false);
  expect(namesLogFile('a/111122223333_CloudTrail-Digest_x.json.gz')).toBe(false);
});

test.each(['awslogs', 'AWSlogs', 'AWSLogs ', 'AWS-Logs', 'ΑWSLogs', 'ＡＷＳLogs'])(
  '%j passes for AWSLogs',
  (name) => {
    expect(looksLikeAwsLogs(name)).toBe(true);
  },
);

test.each(['AWSLogs', 'logs', 'AWSLogs2', 'audit'])('%j does not pass for AWSLogs', (name) => {
  expect(looksLikeAwsLogs(name)).toBe(false);
});
