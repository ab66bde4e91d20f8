import { expect, test } from 'vitest';
import type { QueryResults, TrailEvent } from '../../src/findings/event.ts';
import { makeFinding } from '../../src/findings/finding.ts';
import { lakeReport, lakeTotals, setsOf } from '../../src/report/lake.ts';
import { build, chain } from './report-events.ts';

const SET: QueryResults = {
  uri: 's3://b/AWSLogs/111122223333/CloudTrail-Lake/Query/2026/10/05/7b1b0a8a-1111-2222-3333-444455556666/',
  account: '111122223333',
  queryId: '7b1b0a8a-1111-2222-3333-444455556666',
  day: '2026-10-05',
  region: 'us-east-1',
  completed: '2026-10-05T10:06:30Z',
  outcome: 'valid',
  signed: true,
  fingerprint: 'ab'.repeat(16),
  signFileSha256: 'cd'.repeat(32),
  files: [
    { name: 'result_1.csv.gz', sha256: 'ef'.repeat(32), outcome: 'valid' },
    { name: 'result_2.csv.gz', sha256: 'ef'.repeat(32), outcome: null },
  ],
  unlisted: 0,
};

function event(changes: Partial<QueryResults> = {}): TrailEvent {
  return { type: 'query-results', set: { ...SET, ...changes }, bytes: 100 };
}

test('sets are counted, in the order of their folders', () => {
  const other: QueryResults = {
    ...SET,
    uri: 's3://a/',
    outcome: 'invalid',
    files: [{ name: 'x', sha256: 'ef'.repeat(32), outcome: 'missing' }],
    unlisted: 2,
  };
  expect(lakeReport([], 0)).toBeUndefined();
  const report = lakeReport([SET, other], 7);
  expect(report?.sets).toEqual([other, SET]);
  expect(report).toMatchObject({ bytes: 7, totals: lakeTotals([SET, other]) });
  expect(report?.totals).toEqual({
    sets: { valid: 1, invalid: 1, unproven: 0 },
    files: { listed: 3, valid: 1, invalid: 0, missing: 1, unproven: 0, unread: 1, unlisted: 2 },
  });
  expect(setsOf({ valid: 1, invalid: 2, unproven: 3 })).toBe(6);
});

test('they are in the conclusion and in the scope', () => {
  const { conclusion, scope, lake } = build([chain(), event(), event({ uri: 's3://c/' })]);
  expect(lake?.bytes).toBe(200);
  expect(conclusion?.sentence).toMatch(/0 digest files, 0 log files and 2 sets of query results are as/);
  expect(conclusion?.counts.queryResults).toEqual({ valid: 2, invalid: 0, unproven: 0 });
  expect(scope?.statement).toMatch(/of 1 chain, and to the 2 sets of query results that it counts/);
  expect(build([chain()]).lake).toBeUndefined();
});

test('a set that is not valid never goes with VALID', () => {
  const problem = 'the books of the query results do not balance: 1 sets are not valid without a finding';
  expect(() => build([chain(), event({ outcome: 'invalid' })])).toThrow(problem);
  expect(() => build([chain(), event({ outcome: 'unproven' })])).toThrow(problem);
  const object = { bucket: 'b', key: 'k', uri: 's3://b/k' };
  const finding = makeFinding('LAKE_SIGN_FILE_MISSING', { object }, { results: 1 });
  const events: readonly TrailEvent[] = [
    chain(),
    { type: 'finding', finding },
    event({ outcome: 'unproven' }),
  ];
  expect(build(events).verdict).toBe('INCONCLUSIVE');
  const acceptance = {
    name: 'known',
    code: 'LAKE_SIGN_FILE_MISSING',
    object: 's3://b/k',
    reason: 'it was never copied',
    acceptedBy: 'the auditor',
    expires: '2030-01-01T00:00:00Z',
  } as const;
  expect(build(events, { acceptances: [acceptance] }).verdict).toBe('VALID');
});
