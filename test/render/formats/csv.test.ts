import { describe, expect, test } from 'vitest';
import { csvLines } from '../../../src/render/formats/csv.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { reportWithNames } from '../../support/report-with-names.ts';
import { ALL_CODES, sampleChain, sampleFinding, sampleReport } from '../../support/sample-reports.ts';

const SHA256 = '5a'.repeat(32);

/** One line as cells; every cell is quoted, so that this is all a reader needs. */
function cells(line: string): readonly string[] {
  expect(line).toMatch(/^(?:"(?:[^"\r\n]|"")*",)*"(?:[^"\r\n]|"")*"\r\n$/);
  return [...line.matchAll(/"((?:[^"]|"")*)"(?:,|\r\n)/g)].map((match) =>
    (match[1] ?? '').replaceAll('""', '"'),
  );
}

describe('csvLines', () => {
  test('a header, the run, the chains and the findings, all naming the report', () => {
    const report = sampleReport(
      [sampleChain()],
      ALL_CODES.map((code) => sampleFinding(code)),
    );
    const [header = [], ...rows] = [...csvLines(report, SHA256)].map(cells);
    expect(header).toContain('report_sha256');
    expect(rows.map((row) => row[0])).toEqual(['run', 'chain', ...ALL_CODES.map(() => 'finding')]);
    for (const row of rows) {
      expect(row).toHaveLength(header.length);
      expect(row[header.indexOf('report_sha256')]).toBe(SHA256);
    }
    expect(rows[0]?.[header.indexOf('facts')]).toContain('authoritative');
    const evidence = rows.at(-2)?.[header.indexOf('evidence')] ?? '';
    expect(JSON.parse(evidence)).toEqual({ reason: 'stopped' });
  });

  test('no hostile name begins a formula or another line', () => {
    const lines = [...csvLines(reportWithNames(HOSTILE_NAMES), SHA256)];
    expect(lines).toHaveLength(2 + 5 * HOSTILE_NAMES.length);
    for (const cell of lines.flatMap(cells)) expect(cell).not.toMatch(/^[=+\-@\t\r\uff1d]/);
  });
});
