import { expect, test } from 'vitest';
import { CATALOGUE, FINDING_CODES, findingSpan } from '../../src/findings/catalogue.ts';
import type { Finding } from '../../src/findings/finding.ts';

const object = { uri: 's3://b/k', bucket: 'b', key: 'k' };
const span = { from: '2026-10-05T10:12:37Z', to: '2026-10-05T11:12:37Z' };
const lost: Finding = {
  code: 'LOG_MISSING',
  weight: 'violation',
  object,
  evidence: { expected: 'aa', digest: 's3://b/d' },
};

test('a finding is about the time that its evidence names, and else about the hour of its digest', () => {
  const evidence = { window: span };
  expect(
    findingSpan({ code: 'DIGEST_UNLINKED', weight: 'unproven', object, time: span.from, evidence }),
  ).toEqual(span);
  expect(findingSpan({ ...lost, time: span.to })).toEqual(span);
});

test('a finding without a time, or with one that is none, is about no time', () => {
  expect(findingSpan(lost)).toBeUndefined();
  expect(findingSpan({ ...lost, time: 'never' })).toBeUndefined();
});

test('what the totals of a report count is a digest file or a log file', () => {
  const counted = FINDING_CODES.filter((code) => CATALOGUE[code].counts !== undefined);
  expect(counted).toEqual(['DIGEST_MISSING', 'LOG_MISSING', 'LOG_UNLISTED']);
  for (const code of counted) expect(['digest', 'log']).toContain(CATALOGUE[code].subject);
});

test('a chain that may have owed nothing leaves time uncovered', () => {
  const beyond = FINDING_CODES.filter((code) => CATALOGUE[code].isBeyondChain === true);
  expect(beyond).toEqual(['CHAIN_ENDS_EARLY', 'CHAIN_STARTS_LATE']);
  for (const code of beyond) expect(CATALOGUE[code].span).toBeDefined();
});
