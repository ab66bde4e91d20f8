import { expect, test } from 'vitest';
import { endpointsText, foreignOrigins } from '../../../src/render/facts/report.ts';
import type { EndpointRecord } from '../../../src/report/report.ts';
import { tamperedReport } from '../../support/sample-reports.ts';

const report = tamperedReport();
const textOf = (endpoints: readonly EndpointRecord[]): string | undefined =>
  endpointsText({ run: { ...report.run, endpoints } });

test('endpoints stand in one line, those of one address together', () => {
  expect(endpointsText(report)).toBeUndefined();
  expect(textOf([])).toBeUndefined();
  const url = 'http://127.0.0.1:9000';
  expect(
    textOf([
      { service: 'account', url, source: 'environment', aws: false },
      {
        service: 'cloudtrail',
        url: 'https://cloudtrail.eu-west-1.amazonaws.com',
        source: 'profile',
        aws: true,
      },
      { service: 'kms', url, source: 'option', aws: false },
      { service: 'organizations', url, source: 'environment', aws: false },
    ]),
  ).toBe(
    `${url} for Account and Organizations (from the environment; not AWS's); https://cloudtrail.eu-west-1.amazonaws.com for CloudTrail (from the profile; AWS's own); ${url} for KMS (from --endpoint-url; not AWS's)`,
  );
  const many = Array.from({ length: 25 }, (_, port): EndpointRecord => {
    return { service: 's3', url: `http://127.0.0.1:${port}`, source: 'option', aws: false };
  });
  expect(textOf(many)).toMatch(/; and 5 more$/);
});

test('endpoints of keys are named once each', () => {
  const [key] = report.keys;
  if (key === undefined) throw new Error('the report has no key');
  const keys = ['http://b', 'http://a', 'http://b'].map((endpoint) => ({ ...key, endpoint }));
  expect(foreignOrigins({ keys: [...keys, key] })).toEqual(['http://a', 'http://b']);
  expect(foreignOrigins(undefined)).toEqual([]);
});
