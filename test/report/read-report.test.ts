import { describe, expect, test } from 'vitest';
import type { TrailVerifyError } from '../../src/base/errors.ts';
import { sha256 } from '../../src/crypto/sha256.ts';
import { reportSha256 } from '../../src/render/facts/report.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { plain } from '../../src/render/text/terminal.ts';
import { renderText } from '../../src/render/text/text.ts';
import { MOST_REPORT_BYTES, readReport } from '../../src/report/read-report.ts';
import type { Report } from '../../src/report/report.ts';
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
    ['LOG_MODIFIED', undefined, 'is not an object'],
    ['LOG_MODIFIED', ['expected'], 'is not an object'],
    ['LOG_MODIFIED', { expected: 'a', actual: 'b' }, 'has no digest'],
    ['LOG_MODIFIED', { expected: 'a', actual: 'b', digest: 7 }, 'has a digest of another kind'],
    [
      'LOG_MODIFIED',
      { expected: 'a', actual: 'b', digest: 'c', more: 'd' },
      'has a field that its code has not',
    ],
    ['LOG_UNLISTED', { size: -1 }, 'has a size of another kind'],
    ['LOG_UNLISTED', { size: 1, written: null }, 'has a written of another kind'],
    ['DIGEST_MALFORMED', { problems: [1] }, 'has a problems of another kind'],
    [
      'DIGEST_MISSING',
      { namedBy: 'a', inferred: 'yes', expectedWindow: {} },
      'has a inferred of another kind',
    ],
    [
      'WINDOW_OVERLAP',
      { overlap: { from: 'a', to: 'b' }, newer: '', older: '' },
      'has a overlap of another kind',
    ],
    ['RUN_INTERRUPTED', { reason: 'failed' }, 'has no error'],
    ['NOTHING_VERIFIED', { size: 1 }, 'is more than its code has'],
  ] as const)('refuses evidence that %s has not: %j', (code, evidence, problem) => {
    expect(refusal(withEvidence(code, evidence))).toContain(
      `the evidence of findings[0] (${code}) ${problem}`,
    );
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
