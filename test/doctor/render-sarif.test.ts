/** The SARIF of a diagnosis, held to the parts of the format that it uses and to what code scanning asks. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';
import { renderDiagnosis } from '../../src/doctor/render.ts';
import { codeScanningProblems } from '../support/code-scanning-rules.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { officialSarifErrors } from '../support/official-sarif.ts';

const schema = new URL('../schemas/sarif-2.1.0.schema.json', import.meta.url);
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
  JSON.parse(readFileSync(schema, 'utf8')),
);

type CheckRow = Diagnosis['checks'][number];

function checkOf(id: string, result: CheckRow['result'], changes: Partial<CheckRow> = {}): CheckRow {
  return {
    id,
    control: 'Security Hub S3.20',
    title: 'the bucket asks for MFA to delete versions',
    resource: 'arn:aws:s3:::example-trail-logs',
    result,
    detail: 'it does not',
    advice: 'turn it on',
    ignored: false,
    supports: ['PCI DSS v4 10.3.2'],
    ...changes,
  };
}

function sarifOf(checks: readonly CheckRow[], target = 's3://example-trail-logs') {
  const out = renderDiagnosis(
    {
      schema: 'trail-verify/doctor/v1',
      target,
      time: '2026-10-05T16:12:37Z',
      verdict: 'FAILED',
      counts: { pass: 0, fail: 1, unknown: 0, note: 0 },
      checks,
      missingPermissions: [],
    },
    'sarif',
  );
  expect(out).toMatch(/^[ -~\n]*\n$/);
  const log = JSON.parse(out);
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  expect(officialSarifErrors(log)).toEqual([]);
  expect(codeScanningProblems(out)).toEqual([]);
  return log.runs[0];
}

test('each check that did not pass is a result of the rule that it names', () => {
  const run = sarifOf([
    checkOf('S3.20', 'fail'),
    checkOf('S3.9', 'unknown'),
    checkOf('S3.10', 'note'),
    checkOf('S3.11', 'pass'),
    checkOf('S3.12', 'fail', { ignored: true }),
  ]);
  const { rules } = run.tool.driver;
  const rows = run.results.map(
    (one: { ruleIndex: number; ruleId: string; level: string; suppressions?: object }) => [
      one.ruleId,
      rules[one.ruleIndex].id === one.ruleId,
      one.level,
      one.suppressions !== undefined,
    ],
  );
  expect(rows.sort()).toEqual([
    ['S3.10', true, 'note', false],
    ['S3.12', true, 'error', true],
    ['S3.20', true, 'error', false],
    ['S3.9', true, 'warning', false],
  ]);
});

test('a set-up without a fault is a run without results', () => {
  const run = sarifOf([checkOf('S3.20', 'pass')]);
  expect(run.results).toEqual([]);
});

test('a check without advice has help that ends with its sentence', () => {
  const [rule] = sarifOf([checkOf('S3.20', 'unknown', { advice: undefined })]).tool.driver.rules;
  expect(rule.help.text).toBe('the bucket asks for MFA to delete versions (Security Hub S3.20).');
  expect(rule.help.markdown).not.toContain('Next');
});

test('hostile names are relative paths, in what code scanning takes', () => {
  for (const name of HOSTILE_NAMES) {
    const run = sarifOf([checkOf('S3.20', 'fail', { resource: name, detail: name })], `s3://${name}`);
    const { uri } = run.results[0].locations[0].physicalLocation.artifactLocation;
    expect(uri).toMatch(/^[a-z0-9]+(?:\/(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*)?$/);
  }
});
