import { describe, expect, test } from 'vitest';
import { type AwsService, isAwsEndpoint, isAwsRegion } from '../../src/aws/network/hosts.ts';

const at = (url: string, service: AwsService = 'CLOUDTRAIL', region?: string): boolean =>
  isAwsEndpoint(service, new URL(url), region);

describe("AWS's own endpoints", () => {
  test.each([
    'https://cloudtrail.us-east-1.amazonaws.com',
    'https://cloudtrail.us-east-1.amazonaws.com:443/',
    'https://cloudtrail-fips.us-west-2.amazonaws.com',
    'https://cloudtrail.ap-southeast-7.amazonaws.com',
    'https://cloudtrail.eu-west-1.api.aws',
    'https://cloudtrail-fips.us-east-1.api.aws',
    'https://cloudtrail.us-gov-west-1.amazonaws.com',
    'https://cloudtrail.us-gov-east-1.api.aws',
    'https://cloudtrail.cn-northwest-1.amazonaws.com.cn',
    'https://cloudtrail.cn-north-1.api.amazonwebservices.com.cn',
    'https://cloudtrail.eusc-de-east-1.amazonaws.eu',
    'https://cloudtrail.us-iso-east-1.c2s.ic.gov',
    'https://cloudtrail.us-isob-east-1.sc2s.sgov.gov',
    'https://cloudtrail.eu-isoe-west-1.cloud.adc-e.uk',
    'https://cloudtrail.us-isof-south-1.csp.hci.ic.gov',
    'https://vpce-0a1b2c3d4e5f6a7b8-abcd1234.cloudtrail.eu-west-1.vpce.amazonaws.com',
    'https://vpce-0a1b2c3d4e5f6a7b8-abcd1234-eu-west-1a.cloudtrail.eu-west-1.vpce.amazonaws.com',
    'https://vpce-0a1b2c3d4e5f6a7b8-abcd1234.cloudtrail.cn-north-1.vpce.amazonaws.com.cn',
  ])('%s', (url) => expect(at(url)).toBe(true));

  test.each<readonly [AwsService, string]>([
    ['S3', 'https://s3.amazonaws.com'],
    ['S3', 'https://s3.eu-west-1.amazonaws.com'],
    ['S3', 'https://s3-fips.us-east-1.amazonaws.com'],
    ['S3', 'https://s3.dualstack.eu-west-1.amazonaws.com'],
    ['S3', 'https://bucket.vpce-0a1b2c3d4e5f6a7b8-abcd1234.s3.eu-west-1.vpce.amazonaws.com'],
    ['STS', 'https://sts.amazonaws.com'],
    ['STS', 'https://sts.eu-west-1.amazonaws.com'],
    ['ORGANIZATIONS', 'https://organizations.us-east-1.amazonaws.com'],
    ['ACCOUNT', 'https://account.us-east-1.amazonaws.com'],
    ['KMS', 'https://kms-fips.us-east-1.amazonaws.com'],
    ['CLOUDWATCH_LOGS', 'https://logs.us-east-1.amazonaws.com'],
    ['CLOUDWATCH_LOGS', 'https://logs-fips.us-gov-west-1.amazonaws.com'],
    ['CLOUDWATCH_LOGS', 'https://logs.eu-west-1.api.aws'],
    ['CLOUDWATCH_LOGS', 'https://vpce-0a1b2c3d4e5f6a7b8-abcd1234.logs.eu-west-1.vpce.amazonaws.com'],
  ])('of %s: %s', (service, url) => expect(at(url, service)).toBe(true));
});

describe('what only looks like one', () => {
  test.each([
    'http://cloudtrail.us-east-1.amazonaws.com',
    'https://cloudtrail.us-east-1.amazonaws.com:444',
    'http://cloudtrail.us-east-1.amazonaws.com:443',
    'https://cloudtrail.us-east-1.amazonaws.com.evil.example',
    'https://cloudtrail.us-east-1.amazonaws.com@evil.example',
    'https://user:secret@cloudtrail.us-east-1.amazonaws.com',
    'https://cloudtrail.us-east-1.amazonaws.com.',
    'https://cloudtrail.us-east-1.amazonaws.com.cn',
    'https://evil.example/cloudtrail.us-east-1.amazonaws.com',
    'https://evil.example/#.cloudtrail.us-east-1.amazonaws.com',
    'https://cloudtrail.us-east-1.evil.example',
    'https://cloudtrail-us-east-1.amazonaws.com',
    'https://xcloudtrail.us-east-1.amazonaws.com',
    'https://cloudtrail.amazonaws.com',
    'https://cloudtrail.s3.amazonaws.com',
    'https://cloudtrail.s3-us-west-2.amazonaws.com',
    'https://cloudtrail.s3.us-east-1.amazonaws.com',
    'https://cloudtrail.us-east-1.s3.amazonaws.com',
    'https://cloudtrail.s3-website-us-east-1.amazonaws.com',
    'https://cloudtrail.s3-accelerate.amazonaws.com',
    'https://s3.us-east-1.amazonaws.com',
    'https://cloudtrail.execute-api.us-east-1.amazonaws.com',
    'https://cloudtrail.lambda-url.us-east-1.on.aws',
    'https://ec2-198-51-100-7.us-east-1.compute.amazonaws.com',
    'https://cloudtrail.compute-1.amazonaws.com',
    'https://cloudtrail.us-east-1.elb.amazonaws.com',
    'https://cloudtrail.us-east-1.elasticbeanstalk.com',
    'https://cloudtrail.us-east-1.amazonaws.eu',
    'https://cloudtrail.fips-us-east-1.amazonaws.com',
    'https://cloudtrail.aws-global.amazonaws.com',
    'https://cloudtrail.us-east-1.on.aws',
    'https://vpce-0a1b2c3d4e5f6a7b8-abcd1234.vpce-svc-0a1b2c3d4e5f6a7b8.us-east-1.vpce.amazonaws.com',
    'https://vpce-svc-0a1b2c3d4e5f6a7b8.cloudtrail.us-east-1.vpce.amazonaws.com',
    'https://evil.vpce-0a1b2c3d4e5f6a7b8-abcd1234.cloudtrail.us-east-1.vpce.amazonaws.com',
    'https://cloudtrail.us-east-1.vpce.amazonaws.com',
    'https://127.0.0.1:9000',
    'https://localhost',
    'https://xn--cloudtral-x7a.us-east-1.amazonaws.com',
    'https://cloudtraıl.us-east-1.amazonaws.com',
  ])('%s', (url) => expect(at(url)).toBe(false));

  test('a name that a resolver takes for it, as it was written', () => {
    for (const hostname of [
      'CloudTrail.us-east-1.amazonaws.com',
      'cloudtrail.us-east-1.amazonaws.com.',
      'cloudtrail.us-east-1.amazonaws.com\0',
      ' cloudtrail.us-east-1.amazonaws.com',
      'cloudtrail.us-east-1.amazonaws.com\n',
      'cloudtrail.us-east-1.evil.com/#.amazonaws.com',
      '',
    ])
      expect({ hostname, is: isAwsEndpoint('CLOUDTRAIL', { protocol: 'https:', hostname }) }).toEqual({
        hostname,
        is: false,
      });
  });

  test('that of another Region, where one Region is meant', () => {
    const url = 'https://cloudtrail.eu-west-1.amazonaws.com';
    expect([at(url, 'CLOUDTRAIL', 'eu-west-1'), at(url, 'CLOUDTRAIL', 'us-east-1')]).toEqual([true, false]);
    expect(at('https://sts.amazonaws.com', 'STS', 'us-east-1')).toBe(false);
  });
});

test('names that a Region can have', () => {
  for (const name of [
    'us-east-1',
    'me-central-1',
    'cn-north-1',
    'us-gov-west-1',
    'eusc-de-east-1',
    'ap-east-2',
  ])
    expect({ name, is: isAwsRegion(name) }).toEqual({ name, is: true });
  for (const name of [
    's3-us-west-2',
    'us-east-1.evil.com/#',
    'us-east-1\n',
    'fips-us-east-1',
    'us-east-1-fips',
    'aws-global',
    'us-east-123',
    'evil-1',
    '',
  ])
    expect({ name, is: isAwsRegion(name) }).toEqual({ name, is: false });
});
