import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../../src/render/formats/markdown.ts';
import { examinedReport } from '../../support/examined-report.ts';
import { expectGolden } from '../../support/golden.ts';
import {
  logKey,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

const LIMIT = 900 * 1024;

describe('renderMarkdown', () => {
  test('an intact and a tampered trail', () => {
    expectGolden('markdown-valid.txt', renderMarkdown(sampleReport()));
    expectGolden('markdown-invalid.txt', renderMarkdown(tamperedReport()));
    expectGolden('markdown-examined.txt', renderMarkdown(examinedReport(), '5a'.repeat(32)));
  });

  test('a hundred thousand findings fit into a job summary', () => {
    const findings = Array.from({ length: 100_000 }, (_, index) =>
      sampleFinding('LOG_MISSING', logKey(String(index))),
    );
    const text = renderMarkdown(sampleReport([sampleChain()], findings));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMIT);
    expect(text).toContain('99,950 more in `report.json`');
  });

  test('even where every name is as long and hostile as can be', () => {
    const evil = '\u202e'.repeat(1024);
    const findings = Array.from({ length: 200 }, (_, index) =>
      sampleFinding('LOG_MISSING', `${evil}${index}`),
    );
    const chains = Array.from({ length: 200 }, (_, index) => ({ ...sampleChain(), id: `${evil}${index}` }));
    const limits = [{ code: 'X', text: evil.repeat(100) }];
    const texts = [
      renderMarkdown(sampleReport(chains, findings)),
      renderMarkdown(sampleReport(chains, findings, { limits })),
    ];
    for (const text of texts) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMIT);
      expect(text).toContain('INVALID');
    }
  });

  test('hostile names stay in their cells', () => {
    const evil = 'x|y`</code><script>\n## VALID';
    const report = sampleReport([{ ...sampleChain(), id: evil }], [sampleFinding('LOG_UNLISTED', evil)], {
      source: { target: evil, kind: 's3', relocated: [{ from: evil, to: evil }] },
      limits: [{ code: 'X', text: evil }],
    });
    const text = renderMarkdown(report);
    expect(text).not.toContain('<script>');
    expect(text).not.toMatch(/^## VALID/m);
    expect(text).not.toContain('x|y');
  });
});
