import { describe, expect, test } from 'vitest';
import { conclude, scopeRecord } from '../../src/report/describe-run.ts';
import { sampleChain, sampleFinding, sampleReport, tamperedReport } from '../support/sample-reports.ts';

describe('the conclusion', () => {
  test('counts findings by weight and objects by outcome', () => {
    const report = tamperedReport();
    const { verdict, counts } = conclude(report);
    expect(verdict).toBe(report.verdict);
    const weights = report.findings.map(({ weight }) => weight);
    for (const weight of ['violation', 'unproven', 'note'] as const)
      expect(counts.findings[weight]).toBe(weights.filter((one) => one === weight).length);
    expect(report.totals.digests).toMatchObject(counts.digests);
    expect(report.totals.logs).toMatchObject(counts.logs);
  });

  test.each([
    ['VALID', [], /^VALID: .* as CloudTrail signed them, and no finding says otherwise/],
    ['INVALID', [sampleFinding('LOG_MODIFIED')], /^INVALID: 1 violation and 0 unproven findings; /],
    ['INCONCLUSIVE', [sampleFinding('LOG_UNLISTED')], /^INCONCLUSIVE: no violation, but 1 unproven finding/],
  ] as const)('of %s is one sentence', (verdict, findings, sentence) => {
    const report = { ...sampleReport([sampleChain()], [...findings]), verdict };
    expect(conclude(report).sentence).toMatch(sentence);
  });
});

describe('the scope', () => {
  test('says what the report relates to, and what was asked for', () => {
    const report = sampleReport([sampleChain()]);
    expect(scopeRecord(report, {})).toMatchObject({ accounts: null, regions: null, trails: null });
    const { statement, accounts } = scopeRecord(report, { accounts: ['111122223333'] });
    expect(accounts).toEqual(['111122223333']);
    expect(statement).toMatch(
      /^This report relates only to the \d+ digest files? and \d+ log files? of 1 chain /,
    );
  });
});
