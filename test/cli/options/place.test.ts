import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/options/common.ts';
import { parsePlace, parseRelocation } from '../../../src/cli/options/place.ts';

describe('parsePlace', () => {
  test.each([
    ['s3://my-bucket', 'my-bucket', ''],
    ['s3://my-bucket/', 'my-bucket', ''],
    ['S3://My_Old.Bucket/a/b', 'My_Old.Bucket', 'a/b/'],
    ['s3://my-bucket/o-exampleorgid/x y/', 'my-bucket', 'o-exampleorgid/x y/'],
  ])('%s is in S3', (text, bucket, prefix) => {
    expect(parsePlace(text)).toEqual({ kind: 's3', bucket, prefix });
  });

  test.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc', 'aws-iso-b'])(
    'a trail of the partition %s',
    (partition) => {
      const arn = `arn:${partition}:cloudtrail:us-east-1:111122223333:trail/my_trail.x`;
      expect(parsePlace(arn)).toEqual({
        kind: 'trail',
        arn,
        homeRegion: arn.split(':')[3],
        account: '111122223333',
        name: 'my_trail.x',
      });
    },
  );

  test.each(['copy', './copy', '/var/evidence', '..', 'my-bucket'])('%s is a folder', (path) => {
    expect(parsePlace(path)).toEqual({ kind: 'folder', path });
  });

  test.each([
    ['', 'the target is empty'],
    ['s3://', 'names no S3 bucket'],
    ['s3:my-bucket/x', 'names no S3 bucket'],
    ['s3:///prefix', 'names no S3 bucket'],
    ['s3://a', 'names no S3 bucket'],
    ['s3://bad bucket', 'names no S3 bucket'],
    ['https://my-bucket.s3.amazonaws.com', 'is not of a known kind'],
    ['arn:aws:s3:::my-bucket', 'is not a trail ARN'],
    ['arn:aws:cloudtrail:us-east-1:1234:trail/x', 'is not a trail ARN'],
  ])('%j is refused', (text, why) => {
    expect(() => parsePlace(text)).toThrow(UsageError);
    expect(() => parsePlace(text)).toThrow(why);
  });
});

describe('parseRelocation', () => {
  test.each([
    ['from-bucket=to-bucket', 'from-bucket', 'to-bucket'],
    ['from-bucket/a/b=to-bucket/c/', 'from-bucket/a/b', 'to-bucket/c'],
    ['s3://from-bucket/k=v=s3://to-bucket', 'from-bucket/k=v', 'to-bucket'],
  ])('%s', (text, from, to) => {
    expect(parseRelocation(text)).toEqual({ from, to });
  });

  test.each(['from-bucket', '=to-bucket', 'from-bucket=', 'same-bucket=same-bucket'])(
    '%j is refused',
    (text) => {
      expect(() => parseRelocation(text)).toThrow(UsageError);
    },
  );
});
