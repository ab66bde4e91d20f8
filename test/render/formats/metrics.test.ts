import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../../src/findings/catalogue.ts';
import { renderMetrics } from '../../../src/render/formats/metrics.ts';
import type { Report } from '../../../src/report/report.ts';
import { ALL_CODES, sampleFinding, sampleReport } from '../../support/sample-reports.ts';

const LINE =
  /^(?:# (?:HELP|TYPE) [a-z_]+ [^\n]+|[a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\} -?[0-9.]+)$/;

function linesOf(report: Report): readonly string[] {
  const text = renderMetrics(report);
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(LINE);
  return lines;
}

test('a report as metrics: verdict, times, every code', () => {
  const report = sampleReport();
  const lines = linesOf(report);
  expect(lines.filter((line) => line.startsWith('trail_verify_verdict'))).toHaveLength(3);
  expect(lines.find((line) => line.includes('verdict="VALID"'))).toMatch(/ 1$/);
  expect(lines.find((line) => line.includes('verdict="INVALID"'))).toMatch(/ 0$/);
  const through = Date.parse(report.window.verifiedThrough ?? '') / 1000;
  expect(lines.find((line) => line.startsWith('trail_verify_verified_through_seconds'))).toMatch(
    new RegExp(` ${through}$`),
  );
  const findings = lines.filter((line) => line.startsWith('trail_verify_findings{'));
  expect(findings).toHaveLength(Object.keys(CATALOGUE).length);
  expect(findings.every((line) => line.endsWith(' 0'))).toBe(true);
  const names = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
  expect(new Set(names).size).toBe(names.length);
});

test('each finding is counted under its code', () => {
  const report = sampleReport(
    undefined,
    [...ALL_CODES, 'LOG_MISSING' as const].map((code) => sampleFinding(code)),
  );
  const lines = linesOf(report);
  for (const code of Object.keys(CATALOGUE)) {
    const count = report.findings.filter((finding) => finding.code === code).length;
    expect(lines.find((line) => line.includes(`code="${code}"`))).toMatch(new RegExp(` ${count}$`));
  }
});

test('nothing proven has no time, and a hostile name stays within its label', () => {
  const report = sampleReport();
  const target = 's3://a"} 1\ntrail_verify_verdict{verdict="VALID\\\u001b[2J';
  const lines = linesOf({
    ...report,
    source: { ...report.source, target },
    window: { ...report.window, verifiedThrough: null },
  });
  expect(lines.some((line) => line.startsWith('trail_verify_verified_through_seconds'))).toBe(false);
  expect(lines.join('\n')).not.toContain('\u001b');
});

test('the rules of examples/alerts.yml ask for metrics that a run writes', () => {
  const text = renderMetrics(sampleReport());
  const rules = readFileSync(new URL('../../../examples/alerts.yml', import.meta.url), 'utf8');
  const asked = [...rules.matchAll(/\btrail_verify_\w+/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(3);
  for (const name of asked) expect(text).toMatch(new RegExp(`^${name}(?:\\{[^}]*\\})? \\S+$`, 'm'));
});
