import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/options/common.ts';
import { parsePlace, parseRelocation, placeOfAccessPoint } from '../../../src/cli/options/place.ts';

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
    ['https://my-bucket.example.com/x', 'is not of a known kind'],
    ['arn:aws:iam::111122223333:role/x', 'is not a trail ARN'],
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

describe('the other names of a place in S3', () => {
  test.each([
    ['arn:aws:s3:::my-bucket', ''],
    ['arn:aws:s3:::my-bucket/', ''],
    ['arn:aws:s3:::my-bucket/a/b c', 'a/b c/'],
    ['arn:aws-cn:s3:::my-bucket/a/', 'a/'],
    ['arn:aws-us-gov:s3:::my-bucket/a', 'a/'],
    ['https://my-bucket.s3.amazonaws.com', ''],
    ['https://my-bucket.s3.amazonaws.com/', ''],
    ['https://my-bucket.s3.eu-west-1.amazonaws.com/a/b', 'a/b/'],
    ['https://my-bucket.s3-eu-west-1.amazonaws.com/a', 'a/'],
    ['https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com/a', 'a/'],
    ['https://my-bucket.s3-fips.us-gov-west-1.amazonaws.com/a', 'a/'],
    ['https://my-bucket.s3.cn-north-1.amazonaws.com.cn/a', 'a/'],
    ['https://s3.amazonaws.com/my-bucket', ''],
    ['https://s3.amazonaws.com/my-bucket/a/b', 'a/b/'],
    ['https://s3.eu-west-1.amazonaws.com/my-bucket/a', 'a/'],
    ['https://s3-eu-west-1.amazonaws.com/my-bucket/a', 'a/'],
    ['https://s3.dualstack.eu-west-1.amazonaws.com/my-bucket/a', 'a/'],
    ['HTTPS://My-Bucket.S3.Amazonaws.com/A%20b/%C3%BC%2Fc', 'A b/ü/c/'],
    ['https://my-bucket.s3.amazonaws.com/a/../b', 'a/../b/'],
    ['https://my-bucket.s3.amazonaws.com/a#part', 'a/'],
    [
      'https://s3.console.aws.amazon.com/s3/buckets/my-bucket?region=eu-west-1&prefix=a%2Fb/&tab=objects',
      'a/b/',
    ],
    ['https://eu-west-1.console.aws.amazon.com/s3/buckets/my-bucket?prefix=a/', 'a/'],
    ['https://eu-west-1.console.aws.amazon.com/s3/buckets/my-bucket', ''],
    ['https://console.amazonaws.cn/s3/buckets/my-bucket/a/', 'a/'],
  ])('%s', (text, prefix) => {
    expect(parsePlace(text)).toEqual({ kind: 's3', bucket: 'my-bucket', prefix });
  });

  test('a bucket whose name has dots, and the words of S3 in it', () => {
    expect(parsePlace('https://my.s3.bucket.s3.amazonaws.com/a')).toMatchObject({ bucket: 'my.s3.bucket' });
  });

  const point = 'arn:aws:s3:eu-west-1:111122223333:accesspoint/audit-readers';
  test.each([
    [point, point, ''],
    [`${point}/object/a/b`, point, 'a/b/'],
    [`${point}/`, point, ''],
    [point.replace('aws', 'aws-us-gov').replace('eu-west-1', 'us-gov-west-1'), undefined, ''],
    ['s3://audit-readers-abcdefghij0123456789-s3alias/a', 'audit-readers-abcdefghij0123456789-s3alias', 'a/'],
    ['https://audit-readers-111122223333.s3-accesspoint.eu-west-1.amazonaws.com/a', point, 'a/'],
    [
      'https://audit-readers-111122223333.s3-accesspoint.cn-north-1.amazonaws.com.cn',
      'arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/audit-readers',
      '',
    ],
  ])('the access point %s', (text, name = text, prefix = '') => {
    const place = parsePlace(text);
    expect(place).toEqual({ kind: 'access-point', name, prefix });
    expect(placeOfAccessPoint(place, 'my-bucket')).toEqual({
      ...{ kind: 's3', bucket: 'my-bucket', prefix, accessPoint: name },
    });
    expect(() => placeOfAccessPoint(place, undefined)).toThrow('does not say of which bucket');
  });

  test.each([
    ['arn:aws:s3:::my-bucket/AWSLogs/*', 'has a wildcard'],
    ['arn:aws:s3:::', 'is no bucket and no access point'],
    ['arn:aws:s3:eu-west-1:111122223333:accesspoint/', 'is no bucket and no access point'],
    ['arn:aws:s3:eu-west-1:111122223333:accesspoint/x/other/y', 'is no bucket and no access point'],
    ['arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap', 'is an access point of many Regions'],
    ['arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/x', 'is no bucket and no access point'],
    ['arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/b', 'is no bucket and no access point'],
    ['https://my-bucket.s3-website-us-east-1.amazonaws.com/', 'is not of a known kind'],
    ['https://my-bucket.s3.us-east-1.amazonaws.com.evil.example/', 'is not of a known kind'],
    ['https://my-bucket.s3.nowhere.amazonaws.com/', 'is not of a known kind'],
    ['https://me@my-bucket.s3.amazonaws.com:8443/', 'is not of a known kind'],
    ['http://my-bucket.s3.amazonaws.com/', 'is not of a known kind'],
    ['https://s3.amazonaws.com/', 'names no S3 bucket'],
    ['https://my-bucket.s3.amazonaws.com/%ff', 'cannot be decoded'],
    ['https://my-bucket.s3.amazonaws.com/?list-type=2', 'has a query'],
    ['https://eu-west-1.console.aws.amazon.com/cloudtrail/home', 'is not of a known kind'],
  ])('%s is refused', (text, why) => {
    expect(() => parsePlace(text)).toThrow(UsageError);
    expect(() => parsePlace(text)).toThrow(why);
  });

  test.each([
    'https://my-bucket.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=5ec2e7',
    'https://my-bucket.s3.amazonaws.com/a?AWSAccessKeyId=AKIAEXAMPLE&Expires=1&Signature=5ec2e7',
    'https://other.example/a?x=1&x-amz-signature=5ec2e7',
  ])('%s is presigned, and its signature is not repeated', (text) => {
    const refusal = (): unknown => parsePlace(text);
    expect(refusal).toThrow('is a presigned URL');
    expect(refusal).not.toThrow('5ec2e7');
  });

  test('no query is repeated of what is no place of S3', () => {
    expect(() => parsePlace('https://me:pw@other.example/a?token=5ec2e7')).toThrow(
      'target "https://other.example/a" is not of a known kind',
    );
  });
});
