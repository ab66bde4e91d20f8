import { describe, expect, test } from 'vitest';
import { placeMatrix } from '../../../src/render/facts/matrix.ts';
import { objectAt, sampleChain, sampleFinding, sampleReport } from '../../support/sample-reports.ts';

const A = '111122223333';
const B = '444455556666';

describe('placeMatrix', () => {
  test('says of each account in each Region what is known, the worst first', () => {
    const findings = [
      { ...sampleFinding('LOG_MODIFIED'), chain: `${B}/eu-west-1/management@us-east-1` },
      { ...sampleFinding('LOG_UNREADABLE'), chain: `${B}/us-east-1/management@us-east-1` },
      { ...sampleFinding('WINDOW_OVERLAP'), chain: `${A}/us-east-1/management@us-east-1` },
    ];
    const chains = [sampleChain(A, 'us-east-1'), sampleChain(B, 'us-east-1'), sampleChain(B, 'eu-west-1')];
    expect(placeMatrix(sampleReport(chains, findings))).toEqual({
      accounts: [B, A],
      regions: ['eu-west-1', 'us-east-1'],
      cells: [
        ['bad', 'open'],
        ['none', 'ok'],
      ],
      places: 3,
      elsewhere: { violations: 0, unproven: 0 },
    });
  });

  test('a place is ok only with proven time that is all covered', () => {
    const empty = { ...sampleChain(A, 'us-east-2'), covered: [] };
    const uncovered = [
      {
        from: '2026-11-20T00:00:00Z',
        to: '2026-11-20T01:00:00Z',
        chain: `${A}/us-east-1/t@us-east-1`,
        reason: 'WINDOW_HOLE' as const,
      },
    ];
    const report = sampleReport([empty, sampleChain(A, 'us-east-1')]);
    expect(placeMatrix({ ...report, window: { ...report.window, uncovered } }).cells).toEqual([
      ['open', 'open'],
    ]);
  });

  test('finds places by what evidence names, and by where an object is', () => {
    const absent = { ...sampleFinding('CHAIN_ABSENT', 'AWSLogs/', 'violation'), chain: undefined };
    const planted = { ...sampleFinding('LOG_UNLISTED'), chain: undefined };
    const key = `AWSLogs/o-exampleorg1/${B}/CloudTrail-Digest/sa-east-1/`;
    const removed = { ...sampleFinding('DIGEST_REMOVED'), chain: undefined, object: objectAt(key) };
    const report = sampleReport([], [absent, planted, removed]);
    const { accounts, regions, cells } = placeMatrix(report);
    expect(accounts).toEqual([A, B]);
    expect(regions).toEqual(['eu-west-1', 'sa-east-1', 'us-east-1']);
    expect(cells).toEqual([
      ['bad', 'none', 'open'],
      ['none', 'open', 'none'],
    ]);
  });

  test('counts what belongs to no place, and what is beyond the named findings', () => {
    const nowhere = [
      sampleFinding('NOTHING_VERIFIED'),
      sampleFinding('STATE_BEHIND'),
      sampleFinding('OUTSIDE_TARGET'),
    ];
    const findings = nowhere.map((one) => ({ ...one, chain: undefined, object: objectAt('') }));
    const counts = [
      { chain: `${A}/us-east-1/t@us-east-1`, code: 'LOG_MISSING', weight: 'violation', count: 4 },
      { code: 'LOG_UNLISTED', weight: 'unproven', count: 3 },
      { code: 'OBJECT_UNRECOGNIZED', weight: 'note', count: 3 },
    ] as const;
    const report = sampleReport([sampleChain(A)], findings, {
      overflowFindings: { path: 'f', sha256: '', lines: 10, counts },
    });
    const { cells, elsewhere } = placeMatrix(report);
    expect(cells).toEqual([['bad']]);
    expect(elsewhere).toEqual({ violations: 1, unproven: 5 });
  });

  test('an account or Region of a hostile key is no place', () => {
    const finding = {
      ...sampleFinding('LOG_UNLISTED'),
      chain: undefined,
      object: objectAt('x/AWSLogs/1/CloudTrail/..'),
    };
    expect(placeMatrix(sampleReport([], [finding]))).toMatchObject({ places: 0, elsewhere: { unproven: 1 } });
  });
});
