import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { ringOf } from '../../fixtures/scenario.ts';
import { loadScenarios } from '../../fixtures/scenarios.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { checkDocument } from '../../src/base/document-schema.ts';
import { reportSchema } from '../../src/report/report-schema.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { changesOf, pathsOf, placeOf, valueAt, withChange } from '../support/changed-documents.ts';
import { examinedReport } from '../support/examined-report.ts';
import { memorySource } from '../support/memory-source.ts';
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

/** What counts is the file: JSON drops what is undefined. */
function asFile(report: unknown): unknown {
  return JSON.parse(JSON.stringify(report));
}

function errorsOf(report: unknown): readonly string[] {
  validate(asFile(report));
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

describe('what is read and what is published are one schema', () => {
  const quick = new Ajv2020({ strict: true }).compile<unknown>(JSON.parse(readFileSync(file, 'utf8')));
  const isTaken = (value: unknown): boolean => 'value' in checkDocument(reportSchema(), value);
  /** Places that were changed in one report are changed in no other. */
  const changed = new Set<string>();

  function expectOneAnswer(report: unknown): void {
    expect([isTaken(report), quick(report)]).toEqual([true, true]);
    const wrong: unknown[] = [];
    for (const path of pathsOf(report)) {
      const place = placeOf(report, path);
      if (changed.has(place)) continue;
      changed.add(place);
      for (const change of changesOf(valueAt(report, path))) {
        const other = withChange(report, path, change);
        if (isTaken(other) !== quick(other)) wrong.push({ place, change });
      }
    }
    expect(wrong).toEqual([]);
  }

  test('for reports that have everything', () => {
    const codes = ALL_CODES.map((code) => sampleFinding(code));
    expectOneAnswer(asFile(examinedReport()));
    for (const finding of codes) expectOneAnswer(asFile(sampleReport([sampleChain()], [finding])));
    expect(changed.size).toBeGreaterThan(700);
  });

  test('for the report of every scenario', async () => {
    for (const { build } of await loadScenarios()) {
      const scenario = build();
      const report = await verifyTrail({
        source: memorySource(scenario.store, { versions: true }),
        targets: scenario.targets,
        keyRing: ringOf(scenario),
        clock: fixedClock(scenario.now),
        ...scenario.options,
      });
      expectOneAnswer(asFile(report));
    }
  });
});
