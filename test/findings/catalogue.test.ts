import { expect, test } from 'vitest';
import { findingSpan } from '../../src/findings/catalogue.ts';
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
