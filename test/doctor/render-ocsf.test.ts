import { expect, test } from 'vitest';
import type { Check } from '../../src/doctor/checks.ts';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';
import { renderDiagnosis } from '../../src/doctor/render.ts';
import { ocsfErrors } from '../support/ocsf-schema.ts';

function checkOf(result: Check['result'], ignored = false): Diagnosis['checks'][number] {
  return {
    id: `S3.${result}`,
    control: 'Security Hub S3.20',
    title: 'the bucket asks for MFA to delete versions',
    resource: 'arn:aws:s3:::example-trail-logs',
    result,
    detail: 'seen: \u001b[31mred\u001b[0m\u202e',
    ...(result === 'pass' ? {} : { advice: 'turn it on' }),
    ignored,
    supports: ['CIS AWS Foundations v5.0.0 2.1.2', 'PCI DSS v4 10.3.2'],
  };
}

test('every check is a compliance finding of its own, with its control, and nothing that a terminal obeys', () => {
  const checks = [
    checkOf('pass'),
    checkOf('note'),
    checkOf('unknown'),
    checkOf('fail'),
    { ...checkOf('fail', true), id: 'S3.ignored' },
  ];
  const out = renderDiagnosis(
    {
      schema: 'trail-verify/doctor/v1',
      target: 's3://example-trail-logs',
      time: '2026-10-05T16:12:37Z',
      verdict: 'FAILED',
      counts: { pass: 1, fail: 1, unknown: 1, note: 1 },
      checks,
      missingPermissions: [],
    },
    'ocsf',
  );
  expect(out).toMatch(/^(?:[ -~]*\n)+$/);
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const event of events) {
    expect(ocsfErrors(event)).toEqual([]);
    expect(event.compliance.control).toBe('Security Hub S3.20');
    expect(event.compliance.standards.slice(1)).toEqual([
      'CIS AWS Foundations v5.0.0 2.1.2',
      'PCI DSS v4 10.3.2',
    ]);
    expect(JSON.stringify(event)).not.toMatch(/\\u001b|\\u202e/);
  }
  expect(events.map(({ compliance, severity, status }) => [compliance.status, severity, status])).toEqual([
    ['Pass', 'Informational', 'New'],
    ['Warning', 'Low', 'New'],
    ['Unknown', 'Medium', 'New'],
    ['Fail', 'High', 'New'],
    ['Fail', 'High', 'Suppressed'],
  ]);
  expect(new Set(events.map(({ finding_info }) => finding_info.uid)).size).toBe(checks.length);
  expect(events[3].remediation).toEqual({ desc: 'turn it on' });
  expect(events[0].remediation).toBeUndefined();
});
