import { expect, test } from 'vitest';
import { looksLikeArn, parseTrailArn } from '../../src/aws/trail-description.ts';

test.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc'])(
  'reads the ARN of a trail in partition %s',
  (partition) => {
    const arn = `arn:${partition}:cloudtrail:xx-any-1:111122223333:trail/my_trail.one-2`;
    expect(parseTrailArn(arn)).toEqual({
      arn,
      partition,
      homeRegion: 'xx-any-1',
      account: '111122223333',
      name: 'my_trail.one-2',
    });
  },
);

test.each([
  '',
  'foo:bar:baz',
  'arn:aws:cloudtrail:us-east-1:111122223333:foo',
  'arn:aws:cloudtrail:us-east-1:111122223333:trail/',
  'arn:aws:cloudtrail:us-east-1:1111:trail/x',
  'arn:aws:cloudtrail::111122223333:trail/x',
  'arn:aws:cloudtrail:evil.example.com/:111122223333:trail/x',
  'arn:aws:s3:us-east-1:111122223333:trail/x',
  'arn:gcp:cloudtrail:us-east-1:111122223333:trail/x',
  'arn:aws:cloudtrail:us-east-1:111122223333:trail/x/y',
  ' arn:aws:cloudtrail:us-east-1:111122223333:trail/x',
  'arn:aws:cloudtrail:us-east-1:111122223333:trail/x\n',
])('refuses %j', (text) => {
  expect(() => parseTrailArn(text)).toThrow(
    expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('arn:aws:cloudtrail:') }),
  );
});

test('tells what is meant to be an ARN', () => {
  expect(looksLikeArn('arn:aws:cloudtrail:x')).toBe(true);
  expect(looksLikeArn('ARN:aws')).toBe(true);
  expect(looksLikeArn('s3://arn')).toBe(false);
});
