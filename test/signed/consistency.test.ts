import { describe, expect, test } from 'vitest';
import { ringOf } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { fixedClock } from '../../src/base/clock.ts';
import type { Report } from '../../src/report/report.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from '../support/memory-source.ts';

const scenarios = await loadScenarios();

async function reportOf(name: string): Promise<Report> {
  const scenario = scenarios.find((one) => one.name === name)?.build();
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return verifyTrail({
    source: memorySource(scenario.store),
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
    ...scenario.options,
  });
}

describe('a report of this tool agrees with itself', () => {
  test.each(scenarios.map(({ name }) => name))('%s', async (name) => {
    expect(inconsistenciesOf(await reportOf(name))).toEqual([]);
  });
});

test('a report of an earlier version, which names no controls, agrees with itself', async () => {
  const { controls, ...earlier } = await reportOf('tampered');
  expect(controls?.length).toBeGreaterThan(0);
  expect(inconsistenciesOf(earlier)).toEqual([]);
});

describe('a report that was edited contradicts itself', () => {
  const valid = reportOf('intact');
  const tampered = reportOf('tampered');
  const digests = { listed: 0, valid: 0, invalid: 0, missing: 0, unproven: 0 };
  const cases: readonly (readonly [string, (report: Report) => Report, RegExp])[] = [
    [
      'another verdict',
      (report) => ({ ...report, verdict: 'VALID' }),
      /its verdict is VALID, and its findings make INVALID/,
    ],
    [
      'controls of a finding that it does not have',
      (report) => ({ ...report, controls: [{ code: 'LAKE_RESULT_MODIFIED', supports: [] }] }),
      /names controls for are not those of its findings/,
    ],
    [
      'controls of one code twice',
      (report) => ({ ...report, controls: [...(report.controls ?? []), ...(report.controls ?? [])] }),
      /names controls for are not those of its findings/,
    ],
    ['findings taken away', (report) => ({ ...report, findings: [] }), /its findings make VALID/],
    [
      'time left unread by the word of nobody',
      (report) => ({
        ...report,
        chains: report.chains.map((chain) => ({
          ...chain,
          depth: 'chain' as const,
          trustedFromCheckpoint: [],
        })),
      }),
      /it left time unread for a checkpoint that nothing makes trusted/,
    ],
    [
      'one finding taken away',
      (report) => ({ ...report, findings: report.findings.filter(({ code }) => code !== 'LOG_UNLISTED') }),
      /it counts 1 unlisted log files, and 0 findings name one/,
    ],
    [
      'counts of digests',
      (report) => ({ ...report, totals: { ...report.totals, digests } }),
      /it counts 0 listed digest files, and its chains make 17/,
    ],
    [
      'counts of log files',
      (report) => ({ ...report, totals: { ...report.totals, logs: { ...digests, unlisted: 1 } } }),
      /it counts 0 valid log files, and its chains make/,
    ],
    [
      'a chain taken away',
      (report) => ({ ...report, chains: report.chains.slice(1) }),
      /and its chains make/,
    ],
    [
      'a chain twice',
      (report) => ({ ...report, chains: [...report.chains, ...report.chains] }),
      /it has a chain twice/,
    ],
    [
      'findings in another order',
      (report) => ({ ...report, findings: report.findings.toReversed() }),
      /not in their order/,
    ],
    [
      'uncovered time without its finding',
      (report) => ({
        ...report,
        findings: report.findings.filter(({ code }) => code !== 'CHAIN_ENDS_EARLY'),
      }),
      /time is uncovered for CHAIN_ENDS_EARLY, and no finding says so/,
    ],
    ['no limits', (report) => ({ ...report, limits: [] }), /it has no limits/],
    [
      'log files without an outcome',
      (report) => {
        const chains = report.chains.map((chain) => ({
          ...chain,
          logs: { ...chain.logs, listed: chain.logs.listed + 1 },
        }));
        const logs = { ...report.totals.logs, listed: report.totals.logs.listed + chains.length };
        return { ...report, chains, totals: { ...report.totals, logs } };
      },
      /log files are listed, and \d+ have an outcome/,
    ],
  ];

  test.each(cases)('%s', async (_name, edit, problem) => {
    expect(inconsistenciesOf(edit(await tampered)).join('\n')).toMatch(problem);
  });

  describe('of query results', () => {
    const lake = reportOf('lake-results');
    const alone = reportOf('lake-results-alone');
    const edited = async (
      changed: Promise<Report>,
      edit: (lake: NonNullable<Report['lake']>) => Partial<NonNullable<Report['lake']>>,
      more: Partial<Report> = {},
    ): Promise<string> => {
      const report = await changed;
      if (report.lake === undefined) throw new Error('it has no query results');
      return inconsistenciesOf({ ...report, lake: { ...report.lake, ...edit(report.lake) }, ...more }).join(
        '\n',
      );
    };

    test('other counts, a set twice, a set that is valid with parts that are not', async () => {
      expect(await edited(lake, ({ sets }) => ({ sets: sets.slice(1) }))).toMatch(
        /it counts other query results than it names/,
      );
      expect(await edited(lake, ({ sets }) => ({ sets: [...sets, ...sets.slice(0, 1)] }))).toMatch(
        /it has a set of query results twice/,
      );
      const parts = /a set of query results is valid, and its parts are not/;
      expect(
        await edited(lake, ({ sets }) => ({ sets: sets.map((set) => ({ ...set, signed: false })) })),
      ).toMatch(parts);
      expect(
        await edited(lake, ({ sets }) => ({
          sets: sets.map((set) => ({
            ...set,
            files: set.files.map((file) => ({ ...file, outcome: 'missing' as const })),
          })),
        })),
      ).toMatch(parts);
    });

    test('VALID by none of them, by an invalid one, or by a key that is not trusted', async () => {
      const totals = { sets: { valid: 0, invalid: 1, unproven: 0 } };
      const none = await edited(alone, ({ totals: { files }, sets }) => ({
        totals: { ...totals, files },
        sets: sets.map((set) => ({ ...set, signed: false })),
      }));
      expect(none).toMatch(/its verdict is VALID, and no set of query results is proven/);
      expect(none).toMatch(/its verdict is VALID, and objects are invalid or missing/);
      const { limits } = await alone;
      const others = limits.filter(({ code }) => code !== 'QUERY_RESULTS_ONLY');
      expect(await edited(alone, () => ({}), { limits: others })).toMatch(
        /its verdict is VALID, and no digest file is/,
      );
      expect(inconsistenciesOf({ ...(await alone), lake: undefined }).join()).toMatch(
        /no set of query results is proven/,
      );
      const keys = (await lake).keys.map((key) => ({ ...key, trusted: false as const, usedByDigests: 0 }));
      expect(await edited(lake, () => ({}), { keys })).toMatch(/by keys that it does not trust/);
    });
  });

  test('a VALID report by keys that it does not trust', async () => {
    const report = await valid;
    const keys = report.keys.map((key) => ({ ...key, trusted: false as const }));
    expect(inconsistenciesOf({ ...report, keys })).toEqual([
      'its verdict is VALID by keys that it does not trust',
    ]);
    const unused = keys.map((key) => ({ ...key, usedByDigests: 0 }));
    expect(inconsistenciesOf({ ...report, keys: unused })).toEqual([]);
    expect(inconsistenciesOf({ ...report, keys: [] })).toEqual([]);
  });

  test('a VALID report with uncovered time, nothing valid or something missing', async () => {
    const report = await valid;
    const chain = report.chains[0]?.id ?? '';
    const { from, to } = { from: '2026-10-01T00:00:00Z', to: '2026-10-01T01:00:00Z' };
    const uncovered = [{ chain, reason: 'WINDOW_HOLE' as const, from, to }];
    expect(inconsistenciesOf({ ...report, window: { ...report.window, uncovered } }).join()).toContain(
      'its verdict is VALID, and time is uncovered',
    );
    const nothing = { ...report, totals: { ...report.totals, digests }, chains: [] };
    expect(inconsistenciesOf(nothing).join()).toContain('its verdict is VALID, and no digest file is');
    const missing = { ...report.totals.logs, missing: 1 };
    expect(inconsistenciesOf({ ...report, totals: { ...report.totals, logs: missing } }).join()).toContain(
      'its verdict is VALID, and objects are invalid or missing',
    );
  });
});
