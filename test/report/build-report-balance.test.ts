import { describe, expect, test } from 'vitest';
import { chainId } from '../../src/digest/digest-key.ts';
import {
  BACKFILL,
  build,
  CHAIN,
  chain,
  covered,
  digest,
  finding,
  ID,
  log,
  OTHER,
  uncovered,
} from './report-events.ts';

describe('the window', () => {
  test('is covered where some standard chain covers it and none has a hole', () => {
    const report = build([
      chain(),
      chain(OTHER),
      chain(BACKFILL),
      covered(0, 8),
      covered(2, 6, OTHER),
      covered(8, 10, BACKFILL),
      uncovered(3, 4),
      uncovered(6, 8, OTHER),
      uncovered(1, 2),
      finding(),
    ]);
    expect(report.window).toMatchObject({
      covered: [
        { from: '2026-10-05T09:00:00Z', to: '2026-10-05T10:00:00Z' },
        { from: '2026-10-05T11:00:00Z', to: '2026-10-05T12:00:00Z' },
        { from: '2026-10-05T13:00:00Z', to: '2026-10-05T15:00:00Z' },
      ],
      uncovered: [
        { chain: ID, from: '2026-10-05T10:00:00Z', reason: 'DIGEST_MISSING' },
        { chain: ID, from: '2026-10-05T12:00:00Z', reason: 'DIGEST_MISSING' },
        { chain: chainId(OTHER), from: '2026-10-05T15:00:00Z', to: '2026-10-05T17:00:00Z' },
      ],
      verifiedThrough: '2026-10-05T15:00:00Z',
    });
  });

  test('is verified through no time while one standard chain has nothing', () => {
    expect(build([chain(), chain(OTHER), covered(0, 8)]).window.verifiedThrough).toBeNull();
    expect(build([chain(), chain(BACKFILL), covered(0, 8)]).window.verifiedThrough).toBe(
      '2026-10-05T17:00:00Z',
    );
  });

  test('covers no time of the window where the run ended early: chains may be unread, or unknown', () => {
    const report = build([chain(), covered(0, 8), finding({ code: 'RUN_INTERRUPTED' })]);
    expect(report.window).toMatchObject({ covered: [], verifiedThrough: null });
    expect(report.chains[0]?.covered).toHaveLength(1);
  });
});

describe('the books must balance', () => {
  const owed = [chain(), digest({ logFiles: 2 }), log()];

  test('a log file without an outcome is a lost check', () => {
    expect(() => build(owed)).toThrow(`the books of ${ID} do not balance: 1 log files have no outcome`);
    expect(() => build([chain(), log()])).toThrow('do not balance: -1 log files');
    expect(build([...owed, log('missing')]).verdict).toBe('VALID');
  });

  test('but not where the run was interrupted or log files were left alone', () => {
    expect(build([...owed, finding({ code: 'RUN_INTERRUPTED' })]).verdict).toBe('INCONCLUSIVE');
    expect(build(owed, { logsChecked: false }).verdict).toBe('VALID');
  });

  test('uncovered time never goes with VALID', () => {
    expect(() => build([chain(), uncovered(0, 1)])).toThrow(
      `the books of ${ID} do not balance: uncovered time without a finding`,
    );
    expect(() => build([chain(), uncovered(0, 1), finding({ weight: 'note' })])).toThrow('do not balance');
    expect(build([chain(), uncovered(0, 1), finding()]).verdict).toBe('INCONCLUSIVE');
  });

  test.each([digest(), log(), covered(0, 1)])(
    'an event of a chain that was not announced: $type',
    (event) => {
      expect(() => build([event])).toThrow(`an event names the chain ${ID}, which was not announced`);
      expect(() => build([chain(CHAIN, { inScope: false }), event])).toThrow('was not announced');
    },
  );
});
