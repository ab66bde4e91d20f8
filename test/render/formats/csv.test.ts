import { describe, expect, test } from 'vitest';
import { isFindingCode } from '../../../src/findings/catalogue.ts';
import { controlNames, controlsOf } from '../../../src/findings/controls.ts';
import type { FindingCode } from '../../../src/findings/finding.ts';
import { CSV_TABLES, type CsvTable, csvLines } from '../../../src/render/formats/csv.ts';
import type { Report } from '../../../src/report/report.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { reportWithNames } from '../../support/report-with-names.ts';
import {
  ALL_CODES,
  logKey,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

const SHA256 = '5a'.repeat(32);

/** One line as cells; every cell is quoted, so that this is all a reader needs. */
function cells(line: string): readonly string[] {
  expect(line).toMatch(/^(?:"(?:[^"\r\n]|"")*",)*"(?:[^"\r\n]|"")*"\r\n$/);
  return [...line.matchAll(/"((?:[^"]|"")*)"(?:,|\r\n)/g)].map((match) =>
    (match[1] ?? '').replaceAll('""', '"'),
  );
}

/** The rows of a table, each by the names of its columns. */
function rowsOf(table: CsvTable, report: Report): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = [...csvLines(table, report, SHA256)].map(cells);
  expect(new Set(header).size).toBe(header.length);
  return rows.map((row) => {
    expect(row).toHaveLength(header.length);
    return Object.fromEntries(header.map((name, index) => [name, row[index] ?? '']));
  });
}

const everyCode = (): Report =>
  sampleReport(
    [sampleChain()],
    ALL_CODES.map((code) => sampleFinding(code)),
  );

describe('csvLines', () => {
  test.each(CSV_TABLES)('every row of %s names the report, and no cell holds JSON', (table) => {
    for (const report of [sampleReport(), tamperedReport(), everyCode()]) {
      for (const row of rowsOf(table, report)) {
        expect(row.report_sha256).toBe(SHA256);
        for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[[{].*[\]}]$/s);
      }
    }
  });

  test('one row a finding, with the account and Region of its chain', () => {
    const key = logKey('a', '444455556666', 'eu-west-1');
    const report = sampleReport([sampleChain()], [sampleFinding('LOG_MISSING', key)]);
    expect(rowsOf('findings', everyCode())).toHaveLength(ALL_CODES.length);
    const [row] = rowsOf('findings', report);
    expect(row).toMatchObject({
      weight: 'violation',
      code: 'LOG_MISSING',
      bucket: 'example-trail-bucket',
      key,
    });
    const chain = report.findings[0]?.chain;
    const [account, region] =
      chain === undefined ? ['444455556666', 'eu-west-1'] : (chain.split('/') as [string, string]);
    expect(row).toMatchObject({ account, region });
  });

  test('each finding has the controls that it supports', () => {
    for (const { code, supports } of rowsOf('findings', everyCode())) {
      expect(isFindingCode(code ?? '') && controlNames(controlsOf(code as FindingCode)).join('; ')).toBe(
        supports,
      );
      expect(supports).toContain('ISO 27001:2022 A.8.15');
    }
  });

  test('a finding of no chain is of the account and Region that its folders name', () => {
    const { chain: _chain, ...finding } = sampleFinding(
      'LOG_UNLISTED',
      logKey('a', '444455556666', 'eu-west-1'),
    );
    const [row] = rowsOf('findings', sampleReport([sampleChain()], [finding]));
    expect(row).toMatchObject({ account: '444455556666', region: 'eu-west-1', trail: '', chain: '' });
  });

  test('what a finding rests on has a row for each value', () => {
    const report = sampleReport(
      [sampleChain()],
      [sampleFinding('DIGEST_MISSING'), sampleFinding('DIGEST_MALFORMED')],
    );
    const rows = rowsOf('evidence', report).map(({ code, field, value }) => [code, field, value]);
    expect(rows).toContainEqual(['DIGEST_MISSING', 'inferred', 'false']);
    expect(rows).toContainEqual(['DIGEST_MISSING', 'expectedWindow.from', '2026-11-20T14:01:31Z']);
    expect(rows).toContainEqual(['DIGEST_MALFORMED', 'problems.1', 'digestEndTime: is not a time']);
    const ids = new Set(rowsOf('findings', report).map(({ finding }) => finding));
    for (const { finding } of rowsOf('evidence', report)) expect(ids).toContain(finding);
  });

  test('a row for each chain, for each stretch of its time, and one for the run', () => {
    const report = tamperedReport();
    const chains = rowsOf('chains', report);
    expect(chains.map(({ chain }) => chain)).toEqual(report.chains.map(({ id }) => id));
    expect(chains[0]).toMatchObject({
      account: report.chains[0]?.account,
      region: report.chains[0]?.region,
      logs_valid: String(report.chains[0]?.logs.valid),
    });
    expect(rowsOf('covered', report)).toHaveLength(report.chains.flatMap(({ covered }) => covered).length);
    expect(rowsOf('uncovered', report).map(({ reason }) => reason)).toEqual(
      report.window.uncovered.map(({ reason }) => reason),
    );
    expect(rowsOf('limits', report)).toHaveLength(report.limits.length);
    expect(rowsOf('run', report)).toMatchObject([{ verdict: 'INVALID', run: report.run.id }]);
  });

  test('findings that the report does not name have a row for each count', () => {
    const counts = [{ chain: sampleChain().id, code: 'LOG_MISSING', weight: 'violation', count: 7 }] as const;
    const overflowFindings = { path: 'overflow-findings.jsonl.gz', sha256: SHA256, lines: 7, counts };
    const rows = rowsOf('further-findings', sampleReport([sampleChain()], [], { overflowFindings }));
    expect(rows).toMatchObject([{ code: 'LOG_MISSING', count: '7', file: 'overflow-findings.jsonl.gz' }]);
    expect(rows[0]?.account).toBe(sampleChain().account);
  });

  test.each(CSV_TABLES)('no hostile name begins a formula or another line in %s', (table) => {
    const lines = [...csvLines(table, reportWithNames(HOSTILE_NAMES), SHA256)];
    for (const cell of lines.flatMap(cells)) expect(cell).not.toMatch(/^[=+\-@\t\r\uff1d]/);
  });

  test('every hostile name has its row', () => {
    const report = reportWithNames(HOSTILE_NAMES);
    expect(rowsOf('findings', report)).toHaveLength(report.findings.length);
  });
});
