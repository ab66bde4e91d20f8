import { expect, test, vi } from 'vitest';
import { endpointLimits, tlsLimits } from '../../src/aws/network/endpoint-limits.ts';
import { openAwsSession } from '../../src/aws/session.ts';
import { useAws } from './aws-fixture.ts';

useAws();

test('an endpoint that names the deliveries is reported where it is no endpoint of AWS', async () => {
  expect(await endpointLimits(openAwsSession())).toEqual([]);
  vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:9000');
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDTRAIL', 'https://cloudtrail.eu-west-1.amazonaws.com');
  expect(await endpointLimits(openAwsSession())).toEqual([]);
  vi.stubEnv('AWS_ENDPOINT_URL_ORGANIZATIONS', 'https://organizations.example');
  expect(await endpointLimits(openAwsSession())).toEqual([
    {
      code: 'TRAIL_FROM_ENDPOINT',
      text: expect.stringContaining('named by https://organizations.example, '),
    },
  ]);
});

test('what a connection accepts besides the authorities of Node.js', () => {
  expect(tlsLimits(undefined, false, {})).toEqual([]);
  expect(
    tlsLimits(undefined, false, { NODE_EXTRA_CA_CERTS: '', NODE_OPTIONS: '--max-old-space-size=900' }),
  ).toEqual([]);
  expect(tlsLimits(undefined, false, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toMatchObject([
    { code: 'TLS_NOT_CHECKED' },
  ]);
  const both = { NODE_EXTRA_CA_CERTS: 'ca.pem', NODE_OPTIONS: '--use-system-ca' };
  expect(tlsLimits(undefined, false, both)).toEqual([
    {
      code: 'TLS_EXTRA_AUTHORITIES',
      text: expect.stringContaining('ca.pem (NODE_EXTRA_CA_CERTS) and those of this machine (NODE_OPTIONS)'),
    },
  ]);
  const authorities = { file: 'company.pem', source: 'AWS_CA_BUNDLE', pem: '' } as const;
  const [live, given] = [false, true].map((keysGiven) => tlsLimits(authorities, keysGiven, {})[0]?.text);
  expect(live).toContain('company.pem (AWS_CA_BUNDLE)');
  expect(live).toContain('list public keys of his own');
  expect(given).toContain('company.pem (AWS_CA_BUNDLE)');
  expect(given).not.toContain('public keys');
});
