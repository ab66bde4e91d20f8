import { describe, expect, test } from 'vitest';
import { ringOf, START } from '../../../fixtures/scenario.ts';
import { loadScenarios } from '../../../fixtures/scenarios.ts';
import { fixedClock } from '../../../src/base/clock.ts';
import { provenShare, shareSentence } from '../../../src/render/facts/share.ts';
import type { ChainReport, Report } from '../../../src/report/report.ts';
import { verifyTrail } from '../../../src/verify-trail.ts';
import { memorySource } from '../../support/memory-source.ts';
import {
  CHAIN_ID,
  digestKey,
  sampleChain,
  sampleFinding,
  sampleReport,
} from '../../support/sample-reports.ts';

/** A day from midnight on, of which the chain covers all. */
const DAY = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' };

function chainOf(changes: Partial<ChainReport> = {}): ChainReport {
  return { ...sampleChain(), covered: [DAY], first: DAY.from, last: DAY.to, ...changes };
}

function shareOf(
  chains: readonly ChainReport[],
  findings: Report['findings'] = [],
  uncovered: Report['window']['uncovered'] = [],
  changes: Partial<Report> = {},
): number | string {
  const report = sampleReport(chains, findings);
  const of = provenShare({ ...report, window: { ...report.window, requested: DAY, uncovered }, ...changes });
  return 'unknown' in of ? of.unknown : of.percent;
}

/** The share of a report whose window has no beginning. */
function openShareOf(
  chains: readonly ChainReport[],
  findings: Report['findings'] = [],
  uncovered: Report['window']['uncovered'] = [],
) {
  const report = sampleReport(chains, findings);
  const requested = { from: null, to: DAY.to };
  return provenShare({ ...report, window: { ...report.window, requested, uncovered } });
}

const hourTo = (hour: number) => ({
  from: DAY.from,
  to: `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`,
});

describe('provenShare', () => {
  test('is 100 where all of the time is proven', () => {
    expect(shareOf([chainOf()])).toBe(100);
    expect(shareOf([chainOf(), chainOf({ id: 'backfill', kind: 'backfill', covered: [] })])).toBe(100);
  });

  test('does not ask for hours for which a digest may still come', () => {
    const covered = [{ from: DAY.from, to: '2026-11-20T22:00:00Z' }];
    expect(shareOf([chainOf({ covered })])).toBe(100);
  });

  test('counts uncovered time of each chain, also where somebody accepts it', () => {
    const late = { ...hourTo(6), chain: CHAIN_ID, reason: 'CHAIN_STARTS_LATE' } as const;
    const covered = [{ from: late.to, to: DAY.to }];
    expect(shareOf([chainOf({ covered })], [], [late])).toBe(75);
    expect(shareOf([chainOf({ covered })], [], [{ ...late, accepted: 'young' }])).toBe(75);
    expect(shareOf([chainOf({ covered }), chainOf({ id: 'other' })], [], [late])).toBe(87.5);
  });

  test('the hour of an altered log file, or of one that could not be read, is not proven; that of a note is', () => {
    const at = { chain: CHAIN_ID, time: '2026-11-20T15:00:00Z' };
    const share = (code: 'LOG_MODIFIED' | 'LOG_UNREADABLE' | 'LOG_LISTED_TWICE') =>
      shareOf([chainOf()], [{ ...sampleFinding(code), ...at }]);
    expect([share('LOG_MODIFIED'), share('LOG_UNREADABLE')]).toEqual([95.83, 95.83]);
    expect(share('LOG_LISTED_TWICE')).toBe(100);
  });

  test('is rounded down: one second in a day is not all', () => {
    const second = {
      from: DAY.from,
      to: '2026-11-20T00:00:01Z',
      chain: CHAIN_ID,
      reason: 'WINDOW_HOLE',
    } as const;
    expect(shareOf([chainOf({ covered: [{ from: second.to, to: DAY.to }] })], [], [second])).toBe(99.99);
  });

  test('an expected chain that is not there, and one of which nothing is known, were asked for all of the window', () => {
    const absent = { ...sampleFinding('CHAIN_ABSENT', 'AWSLogs/'), chain: undefined };
    expect(shareOf([chainOf()], [absent])).toBe(50);
    expect(shareOf([chainOf(), chainOf({ id: 'other', covered: [] })])).toBe(50);
    expect(shareOf([])).toBe(0);
  });

  test('time that only the checkpoint proves counts, but not where it is uncovered', () => {
    const read = [{ from: '2026-11-20T18:00:00Z', to: DAY.to }];
    const trustedFromCheckpoint = [{ from: '2026-11-01T00:00:00Z', to: '2026-11-20T18:00:00Z' }];
    expect(shareOf([chainOf({ covered: read, trustedFromCheckpoint })])).toBe(100);
    const hole = { ...hourTo(12), chain: CHAIN_ID, reason: 'WINDOW_HOLE' } as const;
    expect(shareOf([chainOf({ covered: read, trustedFromCheckpoint })], [], [hole])).toBe(50);
  });

  test('is not known, and says why, for an interrupted run, a search that did not end and query results alone', () => {
    expect(shareOf([chainOf()], [sampleFinding('RUN_INTERRUPTED')])).toBe('the run ended early');
    expect(shareOf([chainOf()], [sampleFinding('DISCOVERY_INCOMPLETE', digestKey(1))])).toBe(
      'the search for trails did not end',
    );
    const limits = [{ code: 'QUERY_RESULTS_ONLY', text: '' }];
    expect(shareOf([], [], [], { limits } as Partial<Report>)).toBe('query results have no time to cover');
    const report = sampleReport([chainOf()]);
    const requested = { from: 'never', to: DAY.to };
    expect(provenShare({ ...report, window: { ...report.window, requested } })).toEqual({
      unknown: 'the times of the report are no times',
    });
  });
});

describe('without a beginning of the window', () => {
  const early = { ...hourTo(6), chain: CHAIN_ID, reason: 'WINDOW_HOLE' } as const;

  test('is a share of the time since the first digest of each chain', () => {
    expect(openShareOf([chainOf()])).toMatchObject({ percent: 100, of: 'since-first-digest' });
    const covered = [{ from: early.to, to: DAY.to }];
    expect(openShareOf([chainOf({ covered })], [], [early])).toMatchObject({ percent: 75 });
    const young = chainOf({ id: 'young', covered: [{ from: '2026-11-20T12:00:00Z', to: DAY.to }] });
    expect(openShareOf([chainOf(), young])).toMatchObject({ percent: 100 });
    expect(openShareOf([chainOf({ covered }), young], [], [early])).toMatchObject({ percent: 83.33 });
  });

  test('a digest that is missing before the first one counts', () => {
    const covered = [{ from: '2026-11-20T01:00:00Z', to: '2026-11-20T04:00:00Z' }];
    const missing = { ...sampleFinding('DIGEST_MISSING'), chain: CHAIN_ID, time: '2026-11-20T01:00:00Z' };
    expect(openShareOf([chainOf({ covered })], [missing])).toMatchObject({ percent: 75 });
  });

  test('is not known where a chain has nothing, or where there is none', () => {
    const absent = { ...sampleFinding('CHAIN_ABSENT', 'AWSLogs/'), chain: undefined };
    const why = 'a chain has no proven digest, and without --from nobody knows since when it should';
    expect(openShareOf([chainOf()], [absent])).toEqual({
      unknown: '1 of 2 chains is not there, and without --from nobody knows since when it should be',
    });
    expect(openShareOf([chainOf(), chainOf({ id: 'other', covered: [] })])).toEqual({ unknown: why });
    expect(openShareOf([])).toEqual({ unknown: 'no chain was found' });
  });
});

describe('chains of which only delete markers are left', () => {
  const removed = (changes: Partial<Report['findings'][number]> = {}): Report['findings'][number] =>
    ({ ...sampleFinding('DIGEST_REMOVED'), time: '2026-11-20T03:00:00Z', ...changes }) as never;
  const gone = removed({ chain: '111122223333/eu-west-1/audit@us-east-1' });

  test('are asked for all of a window, once each, and counted', () => {
    expect(shareOf([chainOf()], [gone, removed({ chain: 'other' })])).toBe(33.33);
    expect(shareOf([chainOf()], [gone, gone])).toBe(50);
    const report = { ...sampleReport([chainOf()], [gone]) };
    const window = { ...report.window, requested: DAY, uncovered: [] };
    expect(shareSentence({ ...report, window })).toBe(
      'Proven: 50.00 % of the window; 1 of 2 chains is not there.',
    );
  });

  test('are one with the folder that an expectation finds empty', () => {
    const folder = {
      ...gone.object,
      uri: gone.object.uri.slice(0, gone.object.uri.lastIndexOf('/2026/') + 1),
    };
    const absent = { ...sampleFinding('CHAIN_ABSENT'), chain: undefined, object: folder };
    expect(shareOf([chainOf()], [gone, absent])).toBe(50);
  });

  test('leave the share unknown without a beginning of the window', () => {
    expect(openShareOf([chainOf()], [gone])).toEqual({
      unknown: '1 of 2 chains is not there, and without --from nobody knows since when it should be',
    });
  });

  test('that a rule may have expired, and backfill chains of one that is there, are not gone', () => {
    expect(shareOf([chainOf()], [{ ...gone, weight: 'note' } as typeof gone])).toBe(100);
    expect(shareOf([chainOf()], [removed({ chain: `${CHAIN_ID}/backfill` })])).toBe(95.83);
  });

  test('count from a deleted digest that AWS signed to the first one that is there', () => {
    const covered = [{ from: '2026-11-20T12:00:00Z', to: DAY.to }];
    const of = (expected: string | undefined) =>
      openShareOf([chainOf({ covered })], [removed({ chain: CHAIN_ID, evidence: { expected } } as never)]);
    // From two to twelve o'clock, and the hour of the digest alone where nobody signed it.
    expect(of('5d'.repeat(32))).toMatchObject({ percent: 54.54 });
    expect(of(undefined)).toMatchObject({ percent: 92.3 });
  });
});

describe('findings that are about no time of a chain', () => {
  const planted = { ...sampleFinding('LOG_UNLISTED'), chain: undefined };
  const sentence = (findings: Report['findings'], changes: Partial<Report> = {}): string => {
    const report = { ...sampleReport([chainOf()], findings), ...changes };
    return shareSentence({ ...report, window: { ...report.window, requested: DAY, uncovered: [] } });
  };

  test('are named beside the share', () => {
    expect(sentence([])).toBe('Proven: 100 % of the window.');
    expect(sentence([planted])).toBe(
      'Proven: 100 % of the window. Not in this share: 1 finding (1 LOG_UNLISTED).',
    );
    const many = (['TRAIL_CHANGED', 'LISTING_SHRUNK', 'STATE_BEHIND'] as const).map(
      (code) => ({ ...sampleFinding(code), chain: undefined }) as Report['findings'][number],
    );
    expect(sentence([planted, planted, ...many])).toBe(
      'Proven: 100 % of the window. Not in this share: 5 findings (1 LISTING_SHRUNK, 2 LOG_UNLISTED, 1 STATE_BEHIND and 1 other code).',
    );
  });

  test('but not notes, nor what lowers it, nor where nothing is proven', () => {
    expect(sentence([sampleFinding('OBJECT_UNRECOGNIZED')])).toBe('Proven: 100 % of the window.');
    const modified = { ...sampleFinding('LOG_MODIFIED'), chain: CHAIN_ID, time: '2026-11-20T15:00:00Z' };
    expect(sentence([modified])).toBe('Proven: 95.83 % of the window.');
    expect(sentence([planted], { chains: [] })).toBe('Proven: 0.00 % of the window.');
  });

  test('also those that only the count of further findings has', () => {
    const counts = [
      { code: 'LOG_UNLISTED', weight: 'unproven', count: 1200 },
      { code: 'LOG_UNREADABLE', weight: 'unproven', count: 2, chain: CHAIN_ID, from: DAY.from, to: DAY.from },
    ] as const;
    const overflowFindings = { path: 'x', sha256: '', bytes: 0, count: 1202, counts };
    expect(sentence([], { overflowFindings } as never)).toContain(
      'Not in this share: 1,200 findings (1,200 LOG_UNLISTED).',
    );
  });

  test('a listing that was refused leaves the share unknown, in its own words', () => {
    const refused = {
      ...sampleFinding('DISCOVERY_INCOMPLETE'),
      evidence: { foldersListed: 3, refused: 'denied' },
    };
    expect(shareOf([chainOf()], [refused as never])).toBe('1 folder could not be listed');
  });
});

describe('over every scenario', async () => {
  test.each(await loadScenarios())(
    '$name: 100 goes with no uncovered time, and all of VALID is proven',
    async ({ build }) => {
      const scenario = build();
      const { store, targets, now, options } = scenario;
      const run = { targets, clock: fixedClock(now), runId: 'test', ...options };
      for (const from of [options.from ?? START, undefined]) {
        const source = memorySource(store);
        const report = await verifyTrail({ source, keyRing: ringOf(scenario), ...run, from });
        const share = provenShare(report);
        if ('unknown' in share) continue;
        const { percent } = share;
        if (report.verdict === 'VALID') expect(percent).toBe(100);
        if (report.window.uncovered.length > 0) expect(percent).toBeLessThan(100);
        if (report.findings.some(({ weight }) => weight !== 'note') && percent === 100)
          expect(share.outside.length).toBeGreaterThan(0);
        if (report.totals.logs.missing + report.totals.digests.missing > 0) expect(percent).toBeLessThan(100);
      }
    },
  );
});
