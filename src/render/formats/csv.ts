import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Report } from '../../report/report.ts';
import { csvCell } from '../escape.ts';
import { findingFacts } from '../facts/findings.ts';
import { authoritativeSentence, verdictSentence } from '../facts/report.ts';
import { countOf } from '../words.ts';
import { asciiJson } from './json.ts';

const COLUMNS = [
  'record',
  'result',
  'code',
  'title',
  'object',
  'version_id',
  'signed_as',
  'chain',
  'time',
  'facts',
  'evidence',
  'report_sha256',
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], string>>;

/**
 * The findings as CSV (RFC 4180, with a header), line by line: first one row for the run and one for each chain,
 * then one for each finding, and one for each count of findings that the report
 * does not name. Every cell is quoted and safe for a spreadsheet; `sha256` is that of report.json.
 */
export function* csvLines(report: Report, sha256: string): Generator<string> {
  yield line(COLUMNS);
  const row = (cells: Row): string =>
    line(COLUMNS.map((column) => (column === 'report_sha256' ? sha256 : (cells[column] ?? ''))));
  yield row({
    record: 'run',
    result: report.verdict,
    code: report.run.id,
    title: verdictSentence(report),
    object: report.source.target,
    time: report.run.finished,
    facts: authoritativeSentence(sha256),
  });
  for (const chain of report.chains) {
    yield row({
      record: 'chain',
      chain: chain.id,
      time: chain.last ?? '',
      evidence: asciiJson({ digests: chain.digests, logs: chain.logs, covered: chain.covered }),
    });
  }
  for (const finding of report.findings) yield row(findingRow(finding));
  const { path, counts } = report.overflowFindings ?? { path: '', counts: [] };
  for (const { chain = '', code, weight, count, to = '' } of counts) {
    const facts = `${countOf(count, 'further finding')} in ${path}`;
    yield row({
      record: 'further',
      result: weight,
      code,
      title: CATALOGUE[code].title,
      chain,
      time: to,
      facts,
    });
  }
}

function findingRow(finding: Finding): Row {
  const { code, weight, object, chain, time, evidence } = finding;
  return {
    record: 'finding',
    result: weight,
    code,
    title: CATALOGUE[code].title,
    object: object.uri,
    version_id: object.versionId ?? '',
    signed_as: object.signedAs ?? '',
    chain: chain ?? '',
    time: time ?? '',
    facts: findingFacts(finding).join(' | '),
    evidence: evidence === undefined ? '' : asciiJson(evidence),
  };
}

function line(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
