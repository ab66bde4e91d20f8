import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { examinedReport } from '../support/examined-report.ts';
import {
  ALL_CODES,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../support/sample-reports.ts';

const file = new URL('../../src/report/report-v1.schema.json', import.meta.url);
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
  JSON.parse(readFileSync(file, 'utf8')),
);

function errorsOf(report: unknown): readonly string[] {
  // What counts is the file: JSON drops what is undefined.
  validate(JSON.parse(JSON.stringify(report)));
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

describe('report-v1.schema.json', () => {
  test('takes reports of every kind', () => {
    const everything = sampleReport(
      [{ ...sampleChain(), organization: 'o-exampleorgid' }],
      ALL_CODES.map((code) => sampleFinding(code)),
    );
    expect(errorsOf(sampleReport())).toEqual([]);
    expect(errorsOf(tamperedReport())).toEqual([]);
    expect(errorsOf(everything)).toEqual([]);
    expect(errorsOf(examinedReport())).toEqual([]);
    expect(errorsOf({ ...examinedReport(), signing: null })).toEqual([]);
    expect(errorsOf(sampleReport([], [], { keys: [] }))).toEqual([]);
  });

  test.each([
    ['another schema', { schema: 'trail-verify/report/v2' }],
    ['no limits', { limits: [] }],
    ['another verdict', { verdict: 'FINE' }],
    ['one property more', { comment: 'hello' }],
    ['a time that is none', { run: { id: 'x', started: 'yesterday', finished: '2026-11-21T03:01:15Z' } }],
    ['a finding of no known code', { findings: [{ ...sampleFinding('LOG_MISSING'), code: 'LOG_EATEN' }] }],
    ['a missing section', { totals: undefined }],
    ['a signer without a certificate', { signing: { subject: 'CN=A' } }],
  ])('refuses %s', (_name, change) => {
    expect(errorsOf({ ...sampleReport(), ...change })).not.toEqual([]);
  });
});
