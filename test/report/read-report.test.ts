import { describe, expect, test } from 'vitest';
import type { TrailVerifyError } from '../../src/base/errors.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { reportSha256 } from '../../src/render/facts/report.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { plain } from '../../src/render/text/terminal.ts';
import { renderText } from '../../src/render/text/text.ts';
import type { Report } from '../../src/report/report.ts';
import { MOST_REPORT_BYTES, readReport } from '../../src/report/report-schema.ts';
import {
  ALL_CODES,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../support/sample-reports.ts';

const bytesOf = (report: unknown): Buffer => Buffer.from(renderJson(report as Report));

function refusal(bytes: Uint8Array): string {
  try {
    readReport(bytes, 'report.json');
  } catch (error) {
    const { code, message } = error as TrailVerifyError;
    return `${code} ${message}`;
  }
  return 'taken';
}

/** A report with one finding of this code, whose evidence is replaced. */
function withEvidence(code: (typeof ALL_CODES)[number], evidence: unknown): Buffer {
  return bytesOf(sampleReport([sampleChain()], [{ ...sampleFinding(code), evidence } as never]));
}

describe('readReport', () => {
  test('gives back what was written, and the SHA-256 of the bytes', () => {
    const report = sampleReport(
      [sampleChain()],
      ALL_CODES.map((code) => sampleFinding(code)),
    );
    for (const one of [report, tamperedReport(), sampleReport([])]) {
      const bytes = bytesOf(one);
      const read = readReport(bytes, 'report.json');
      expect(read.report).toEqual(JSON.parse(JSON.stringify(one)));
      expect(read.sha256).toBe(sha256(bytes));
      expect(read.sha256).toBe(reportSha256(one));
    }
  });

  test.each([
    ['nothing', Buffer.of(), 'is not JSON'],
    ['no JSON', Buffer.from('{"schema":'), 'is not JSON'],
    [
      'a byte order mark',
      Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), bytesOf(sampleReport())]),
      'is not JSON',
    ],
    ['bytes that are not UTF-8', Buffer.concat([bytesOf(sampleReport()), Buffer.of(0xff)]), 'is not JSON'],
    ['something behind it', Buffer.concat([bytesOf(sampleReport()), Buffer.from('{}')]), 'is not JSON'],
    ['another document', Buffer.from('[]'), 'is not a report'],
    ['brackets without end', Buffer.from('['.repeat(200_000)), 'is not JSON'],
  ])('refuses %s', (_name, bytes, problem) => {
    expect(refusal(bytes)).toContain(`REPORT_INVALID report.json ${problem}`);
  });

  test('refuses a name that stands twice, at any depth', () => {
    const text = renderJson(tamperedReport());
    const twice = text.replace('"verdict": "INVALID"', '"verdict": "VALID",\n  "verdict": "INVALID"');
    expect(refusal(Buffer.from(twice))).toContain('names "verdict" twice');
    const escaped = text.replace('"weight": "violation"', '"weight": "violation", "w\\u0065ight": "note"');
    expect(refusal(Buffer.from(escaped))).toContain('names "weight" twice');
  });

  test('refuses a time that does not exist', () => {
    const text = renderJson(sampleReport());
    for (const wrong of ['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-20T25:00:00Z']) {
      expect(refusal(Buffer.from(text.replace('2026-11-20T00:00:00Z', wrong)))).toContain(': is no time');
    }
  });

  test('refuses a file too large to hold as text', () => {
    expect(refusal(new Uint8Array(MOST_REPORT_BYTES + 1))).toContain('is larger than');
  });

  test.each([
    ['LOG_MODIFIED', undefined, ': has no "evidence"'],
    ['LOG_MODIFIED', ['expected'], '.evidence: is not object'],
    ['LOG_MODIFIED', { expected: 'a', actual: 'b' }, '.evidence: has no "digest"'],
    ['LOG_MODIFIED', { expected: 'a', actual: 'b', digest: 7 }, '.evidence.digest: is not string'],
    [
      'LOG_MODIFIED',
      { expected: 'a', actual: 'b', digest: 'c', more: 'd' },
      '.evidence.more: is not a property of such an object',
    ],
    ['LOG_UNLISTED', { size: -1 }, '.evidence.size: is less than 0'],
    ['LOG_UNLISTED', { size: 1, written: null }, '.evidence.written: is not string'],
    ['LOG_UNREADABLE', { reason: 'fun', detail: '', digest: '' }, '.evidence.reason: "fun" is none of the'],
    ['DIGEST_MALFORMED', { problems: [1] }, '.evidence.problems[0]: is not string'],
    [
      'DIGEST_MISSING',
      { namedBy: 'a', inferred: 'yes', expectedWindow: {} },
      '.evidence.inferred: is not boolean',
    ],
    [
      'WINDOW_OVERLAP',
      { overlap: { from: 'a', to: 'b' }, newer: '', older: '' },
      '.evidence.overlap.from: is no time',
    ],
    ['RUN_INTERRUPTED', { reason: 'failed' }, '.evidence: has no "error"'],
    ['RUN_INTERRUPTED', { reason: 'stopped', error: '' }, '.evidence.error: is not a property'],
    ['NOTHING_VERIFIED', { size: 1 }, '.evidence.size: is not a property of such an object'],
  ] as const)('refuses evidence that %s has not: %j', (code, evidence, problem) => {
    expect(refusal(withEvidence(code, evidence))).toContain(
      `REPORT_INVALID report.json is not a report of trail-verify, version 1: at $.findings[0]${problem}`,
    );
  });

  test('takes a finding of no evidence where its code has none', () => {
    for (const evidence of [undefined, {}])
      expect(refusal(withEvidence('NOTHING_VERIFIED', evidence))).toBe('taken');
  });

  test.each([
    ['another schema', { schema: 'trail-verify/report/v2' }, '.schema: is not "trail-verify/report/v1"'],
    ['no limits', { limits: [] }, '.limits: has fewer than 1 items'],
    ['another verdict', { verdict: 'FINE' }, '.verdict: "FINE" is none of the known values'],
    ['one property more', { comment: 'hello' }, '.comment: is not a property of such an object'],
    ['a list in place of an object', { run: [] }, '.run: is not object'],
    ['a missing section', { totals: undefined }, ': has no "totals"'],
    ['a code that there is not', { findings: [{ code: 'X' }] }, '.findings[0].code: "X" is none of the'],
    [
      'a bad time',
      { window: { ...sampleReport().window, verifiedThrough: 'noon' } },
      '.window.verifiedThrough: is no time',
    ],
  ])('refuses %s, and says where', (_name, change, problem) => {
    const bytes = Buffer.from(JSON.stringify({ ...sampleReport(), ...change }));
    expect(refusal(bytes)).toContain(`version 1: at $${problem}`);
  });

  test('tells one of many wrong findings, and soon', () => {
    const { evidence: _, ...wrong } = sampleFinding('LOG_MODIFIED');
    const many = Array.from({ length: 20_000 }, () => ({ ...wrong, more: 1 }));
    const said = refusal(bytesOf({ ...sampleReport(), findings: many }));
    expect(said).toContain('at $.findings[0]: has no "evidence"');
    expect(said.length).toBeLessThan(200);
  });

  test('what it takes can be rendered', () => {
    const failed = withEvidence('RUN_INTERRUPTED', {
      reason: 'failed',
      error: 'UNREACHABLE',
      detail: 'gone',
    });
    const { report } = readReport(failed, 'report.json');
    expect(renderText(report, { columns: 80, paint: plain, verbose: true })).toContain('gone');
  });
});
