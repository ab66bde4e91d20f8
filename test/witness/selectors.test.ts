import { describe, expect, test } from 'vitest';
import type { EventSelectors, FieldSelector } from '../../src/aws/trail-description.ts';
import { isLeftOut, selectionOf } from '../../src/witness/selectors.ts';

const READ = {
  eventCategory: 'Management',
  eventSource: 'ec2.amazonaws.com',
  eventName: 'DescribeHosts',
  readOnly: true,
};
const WRITE = { ...READ, eventName: 'RunInstances', readOnly: false };
const DECRYPT = { ...READ, eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' };
const PUT = {
  eventCategory: 'Data',
  eventSource: 's3.amazonaws.com',
  eventName: 'PutObject',
  readOnly: false,
};

function basic(parts: Partial<EventSelectors['basic'][number]>): EventSelectors {
  const one = { readWriteType: 'All', management: true, excludedSources: [], dataResources: [], ...parts };
  return { basic: [one], advanced: [] };
}

function advanced(
  ...fields: readonly (Partial<FieldSelector> & { readonly field: string })[]
): EventSelectors {
  const whole = fields.map((one) => ({ equals: [], startsWith: [], notEquals: [], narrows: false, ...one }));
  return { basic: [], advanced: [whole] };
}

const MANAGEMENT = { field: 'eventCategory', equals: ['Management'] };

describe('whether a trail records an event', () => {
  test.each<readonly [string, EventSelectors, object, string]>([
    ['all management events', basic({}), READ, 'recorded'],
    ['no data events', basic({}), PUT, 'left-out'],
    [
      'some data events',
      basic({ dataResources: [{ type: 'AWS::S3::Object', values: ['arn:aws:s3'] }] }),
      PUT,
      'unclear',
    ],
    ['no management events', basic({ management: false }), READ, 'left-out'],
    ['writes alone, of a write', basic({ readWriteType: 'WriteOnly' }), WRITE, 'recorded'],
    ['writes alone, of a read', basic({ readWriteType: 'WriteOnly' }), READ, 'left-out'],
    ['reads alone, of a write', basic({ readWriteType: 'ReadOnly' }), WRITE, 'left-out'],
    [
      'writes alone, of what says neither',
      basic({ readWriteType: 'WriteOnly' }),
      { ...READ, readOnly: undefined },
      'unclear',
    ],
    ['all but those of KMS, of KMS', basic({ excludedSources: ['kms.amazonaws.com'] }), DECRYPT, 'left-out'],
    ['all but those of KMS, of another', basic({ excludedSources: ['kms.amazonaws.com'] }), READ, 'recorded'],
    ['management events', advanced(MANAGEMENT), READ, 'recorded'],
    ['management events, of a data event', advanced(MANAGEMENT), PUT, 'left-out'],
    ['writes', advanced(MANAGEMENT, { field: 'readOnly', equals: ['false'] }), READ, 'left-out'],
    [
      'not KMS',
      advanced(MANAGEMENT, { field: 'eventSource', notEquals: ['kms.amazonaws.com'] }),
      DECRYPT,
      'left-out',
    ],
    ['a beginning', advanced(MANAGEMENT, { field: 'eventName', startsWith: ['Run'] }), WRITE, 'recorded'],
    [
      'another beginning',
      advanced(MANAGEMENT, { field: 'eventName', startsWith: ['Stop'] }),
      WRITE,
      'left-out',
    ],
    ['a negation', advanced(MANAGEMENT, { field: 'eventName', narrows: true }), WRITE, 'unclear'],
    [
      'a field that is not known here',
      advanced(MANAGEMENT, { field: 'userIdentity.arn', equals: ['x'] }),
      WRITE,
      'unclear',
    ],
    ['anything, of Insights', basic({}), { eventCategory: 'Insight' }, 'unclear'],
    ['nothing', { basic: [], advanced: [] }, READ, 'left-out'],
  ])('%s', (_, selectors, record, selection) => {
    expect(selectionOf(selectors, { ...record })).toBe(selection);
  });

  test('any selector that lets it in is enough', () => {
    const both = { ...basic({ readWriteType: 'ReadOnly' }), advanced: advanced(MANAGEMENT).advanced };
    expect(selectionOf(both, WRITE)).toBe('recorded');
  });
});

test('an event is left out where every trail leaves it out, and all of them are known', () => {
  const out = basic({ management: false });
  expect(isLeftOut([out], READ)).toBe(true);
  expect(isLeftOut([out, out], READ)).toBe(true);
  expect(isLeftOut([out, basic({})], READ)).toBe(false);
  expect(isLeftOut([out, undefined], READ)).toBe(false);
  expect(isLeftOut([], READ)).toBe(false);
});
