import { expect, test } from 'vitest';
import { eventFamily } from '../../src/logs/check-log.ts';

const AT = '/us-east-1/2026/10/05/name.json.gz';

test.each([
  ['AWSLogs/111122223333/CloudTrail', 'management-and-data'],
  ['logs/AWSLogs/o-exampleorgid/111122223333/CloudTrail-Insight', 'insights'],
  ['AWSLogs/111122223333/CloudTrail-NetworkActivity', 'network-activity'],
  ['AWSLogs/111122223333/CloudTrail-Aggregated', 'aggregated'],
  ['AWSLogs/111122223333/CloudTrail-Later', 'unknown'],
  ['AWSLogs/111122223333/constructor', 'unknown'],
  ['AWSLogs/111122223333/__proto__', 'unknown'],
])('%s holds %s events', (folder, family) => {
  expect(eventFamily(folder + AT)).toBe(family);
});

test('a key without folders tells nothing', () => {
  expect(eventFamily('name.json.gz')).toBe('unknown');
  expect(eventFamily('')).toBe('unknown');
});
