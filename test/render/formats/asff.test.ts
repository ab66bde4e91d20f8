import { describe, expect, test } from 'vitest';
import { asffPieces } from '../../../src/render/formats/asff.ts';
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
import { type AsffFinding, securityHubProblems } from '../../support/security-hub-rules.ts';

const SHA256 = '5a'.repeat(32);

function batchOf(report: Report): readonly AsffFinding[] {
  const text = [...asffPieces(report, SHA256)].join('');
  expect(text).toMatch(/^[ -~\n]*\n$/);
  expect(securityHubProblems(text)).toEqual([]);
  return JSON.parse(text);
}

describe('asffPieces', () => {
  test('every code is a finding that Security Hub takes, behind that of the run', () => {
    const findings = ALL_CODES.map((code) => sampleFinding(code));
    const batch = batchOf(sampleReport([sampleChain()], findings));
    expect(batch).toHaveLength(1 + ALL_CODES.length);
    expect(batch[0]?.GeneratorId).toBe('trail-verify/run');
    const codes = batch.slice(1).map(({ GeneratorId }) => GeneratorId.slice('trail-verify/'.length));
    expect(codes.toSorted()).toEqual([...ALL_CODES].toSorted());
  });

  test('a line for each finding, so that a long batch can be cut', () => {
    const lines = [...asffPieces(tamperedReport(), SHA256)].join('').trimEnd().split('\n');
    expect(lines[0]).toBe('[');
    expect(lines.at(-1)).toBe(']');
    for (const line of lines.slice(1, -1)) expect(() => JSON.parse(line.replace(/,$/, ''))).not.toThrow();
  });

  test('the run fails its check where the trail is tampered with, and violations come first', () => {
    const [run, ...findings] = batchOf(tamperedReport());
    expect(run).toMatchObject({ Severity: { Label: 'CRITICAL' }, Compliance: { Status: 'FAILED' } });
    expect(findings.map(({ Severity, Compliance }) => `${Severity.Label} ${Compliance?.Status}`)).toEqual([
      ...Array(4).fill('CRITICAL FAILED'),
      'MEDIUM WARNING',
      'INFORMATIONAL undefined',
    ]);
    expect(findings[0]?.Types[0]).toMatch(/^TTPs\/Defense Evasion\//);
    expect(run?.Description).toContain(SHA256);
  });

  test('an intact trail passes', () => {
    const [run, ...findings] = batchOf(sampleReport());
    expect(findings).toEqual([]);
    expect(run).toMatchObject({ Severity: { Label: 'INFORMATIONAL' }, Compliance: { Status: 'PASSED' } });
  });

  test('the same finding has the same id in every run, so that it is updated', () => {
    const findings = ['a', 'b'].map((key) => sampleFinding('LOG_MISSING', logKey(key)));
    const ids = (changes: Parameters<typeof sampleReport>[2]) =>
      batchOf(sampleReport([sampleChain()], findings, changes)).map(({ Id }) => Id);
    const first = ids({});
    expect(new Set(first).size).toBe(3);
    const run = { id: 'other', started: '2027-01-01T00:00:00Z', finished: '2027-01-01T00:00:01Z' };
    expect(ids({ run })).toEqual(first);
  });

  test('an object is an object of S3 in its Region, and a chain without one is not', () => {
    const [, log] = batchOf(sampleReport([sampleChain()], [sampleFinding('LOG_MISSING', logKey('a'))]));
    expect(log?.Resources).toEqual([
      {
        Type: 'AwsS3Object',
        Id: `arn:aws:s3:::example-trail-bucket/${logKey('a')}`,
        Partition: 'aws',
        Region: 'us-east-1',
      },
    ]);
  });

  test('the default product is that of the account which read the trail', () => {
    const awsCaller = {
      account: '444455556666',
      arn: 'arn:aws:iam::444455556666:role/audit',
      userId: 'AROA',
    };
    const examiner = { operator: null, organisation: null, awsCaller, host: null };
    const [run] = batchOf(sampleReport([sampleChain()], [], { examiner }));
    expect(run?.ProductArn).toBe('arn:aws:securityhub:us-east-1:444455556666:product/444455556666/default');
  });

  test('partitions have their own ARNs', () => {
    const chain = { ...sampleChain(), homeRegion: 'us-gov-west-1' };
    const [run] = batchOf(sampleReport([chain]));
    expect(run?.ProductArn).toMatch(/^arn:aws-us-gov:securityhub:us-gov-west-1:/);
    expect(batchOf(sampleReport([{ ...chain, homeRegion: 'cn-north-1' }]))[0]?.ProductArn).toMatch(
      /^arn:aws-cn:/,
    );
  });

  test('hostile and endless names stay within the limits', () => {
    const long = logKey('x'.repeat(900));
    const batch = batchOf(reportWithNames([...HOSTILE_NAMES, long, `${long}y`]));
    const ids = batch
      .flatMap(({ Resources }) => Resources.map(({ Id }) => Id))
      .filter((id) => id.includes('…#'));
    expect(new Set(ids).size).toBeGreaterThanOrEqual(2);
  });
});
