/** Where the lean path reads an access point: its own host, signed for its own Region. */
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { bucketEndpoint } from '../../../src/source/s3/clients.ts';

const ALIAS = 'audit-readers-abcdefghij0123456789-s3alias';

test.each([
  [
    'arn:aws:s3:eu-west-1:111122223333:accesspoint/audit',
    'us-east-1',
    'https://audit-111122223333.s3-accesspoint.eu-west-1.amazonaws.com/',
    'eu-west-1',
  ],
  [
    'arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/audit',
    'cn-north-1',
    'https://audit-111122223333.s3-accesspoint.cn-north-1.amazonaws.com.cn/',
    'cn-north-1',
  ],
  [ALIAS, 'eu-west-1', `https://${ALIAS}.s3.eu-west-1.amazonaws.com/`, 'eu-west-1'],
])('%s', async (bucket, region, url, signingRegion) => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' };
  const endpoint = await bucketEndpoint(new S3Client({ region, credentials }), bucket);
  expect({ url: endpoint?.url.href, signingRegion: endpoint?.signingRegion }).toEqual({ url, signingRegion });
});
