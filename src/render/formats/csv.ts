/**
 * A report as CSV (RFC 4180): a file for each kind of row, so that a spreadsheet or a database takes each as one table. Every
 * file has a header, every cell is quoted and safe for a spreadsheet, and no cell holds JSON. For example `findings.csv`:
 *
 *     "finding","weight","code","account","region","trail","object",…
 *     "90f1…","violation","LOG_MISSING","111122223333","eu-west-1","management","s3://example-trail/AWSLogs/…",…
 */
import { CATALOGUE } from '../../findings/catalogue.ts';
import { controlNames, controlsOf } from '../../findings/controls.ts';
import type { Finding } from '../../findings/finding.ts';
import type { DigestTotals, Report } from '../../report/report.ts';
import { csvCell } from '../escape.ts';
import { findingFacts, findingId, findingPlace, type Place, placeOfChain } from '../facts/findings.ts';
import { verdictSentence } from '../facts/verdict.ts';

/** The cells of one row, in the order of the columns; one that is not there is empty. */
type Cells = readonly (string | number | null | undefined)[];

interface Table {
  readonly columns: readonly string[];
  readonly rows: (report: Report) => Iterable<Cells>;
}

const PLACE = ['account', 'region', 'trail', 'chain'] as const;
const DIGESTS = ['digests_listed', 'digests_valid', 'digests_invalid', 'digests_missing', 'digests_unproven'];
const LOGS = ['logs_listed', 'logs_valid', 'logs_invalid', 'logs_missing', 'logs_unproven'];

/** The names of the tables, that of the findings first: it is shown where only one can be. */
export const CSV_TABLES = [
  'findings',
  'evidence',
  'chains',
  'covered',
  'uncovered',
  'further-findings',
  'limits',
  'run',
] as const;

/** The name of one table. */
export type CsvTable = (typeof CSV_TABLES)[number];

const TABLES: Readonly<Record<CsvTable, Table>> = {
  findings: {
    columns: [
      'finding',
      'weight',
      'code',
      'title',
      'accepted',
      ...PLACE,
      'time',
      'object',
      'bucket',
      'key',
      'version_id',
      'signed_as',
      'facts',
      'supports',
    ],
    *rows({ findings }) {
      for (const finding of findings) yield findingCells(finding);
    },
  },
  evidence: {
    columns: ['finding', 'code', ...PLACE, 'field', 'value'],
    *rows({ findings }) {
      for (const finding of findings) yield* evidenceCells(finding);
    },
  },
  chains: {
    columns: [...PLACE, 'home_region', 'kind', 'organization', 'first', 'last', ...DIGESTS, ...LOGS],
    *rows({ chains }) {
      for (const { id, account, region, trail, digests, logs, ...chain } of chains) {
        yield [
          ...[account, region, trail, id, chain.homeRegion, chain.kind, chain.organization],
          ...[chain.first, chain.last],
          ...[...counts(digests), ...counts(logs)],
        ];
      }
    },
  },
  covered: {
    columns: [...PLACE, 'from', 'to'],
    *rows({ chains }) {
      for (const { id, account, region, trail, covered } of chains)
        for (const { from, to } of covered) yield [account, region, trail, id, from, to];
    },
  },
  uncovered: {
    columns: [...PLACE, 'from', 'to', 'reason', 'title', 'accepted'],
    *rows({ window }) {
      for (const { chain, from, to, reason, accepted } of window.uncovered)
        yield [
          ...placeCells(placeOfChain(chain), chain),
          from,
          to,
          reason,
          CATALOGUE[reason].title,
          accepted,
        ];
    },
  },
  'further-findings': {
    columns: ['weight', 'code', 'title', ...PLACE, 'count', 'accepted', 'first', 'last', 'file'],
    *rows({ overflowFindings }) {
      for (const { chain, code, weight, count, accepted, from, to } of overflowFindings?.counts ?? []) {
        const place = placeCells(placeOfChain(chain), chain);
        const { title } = CATALOGUE[code];
        yield [weight, code, title, ...place, count, accepted, from, to, overflowFindings?.path];
      }
    },
  },
  limits: {
    columns: ['code', 'text'],
    *rows({ limits }) {
      for (const { code, text } of limits) yield [code, text];
    },
  },
  run: {
    columns: [
      ...['run', 'verdict', 'sentence', 'target', 'from', 'to', 'verified_through', 'started', 'finished'],
      ...[...DIGESTS, ...LOGS, 'logs_unlisted'],
    ],
    *rows(report) {
      const { run, verdict, source, window, totals } = report;
      yield [
        ...[run.id, verdict, verdictSentence(report), source.target],
        ...[window.requested.from, window.requested.to, window.verifiedThrough, run.started, run.finished],
        ...[...counts(totals.digests), ...counts(totals.logs), totals.logs.unlisted],
      ];
    },
  },
};

/** One table of a report, line by line; `sha256` (hex) is that of report.json, which every row names. */
export function* csvLines(table: CsvTable, report: Report, sha256: string): Generator<string> {
  const { columns, rows } = TABLES[table];
  yield line([...columns, 'report_sha256']);
  for (const cells of rows(report)) yield line([...cells, sha256]);
}

function line(cells: Cells): string {
  return `${cells.map((cell) => csvCell(String(cell ?? ''))).join(',')}\r\n`;
}

function findingCells(finding: Finding): Cells {
  const { code, weight, object, chain, time, accepted } = finding;
  return [
    ...[findingId(finding), weight, code, CATALOGUE[code].title, accepted],
    ...placeCells(findingPlace(finding), chain),
    ...[time, object.uri, object.bucket, object.key, object.versionId, object.signedAs],
    findingFacts(finding).join(' | '),
    controlNames(controlsOf(code)).join('; '),
  ];
}

/** A row for each value that the finding rests on, and for what the versions of its object say. */
function* evidenceCells(finding: Finding): Generator<Cells> {
  const { code, chain, evidence, history } = finding;
  const head = [findingId(finding), code, ...placeCells(findingPlace(finding), chain)];
  for (const [field, value] of fieldsOf('', { ...(evidence as object), history }))
    yield [...head, field, value];
}

/** The values of a tree by their paths, such as `expectedWindow.from` and `problems.1`. */
function* fieldsOf(path: string, value: unknown): Generator<readonly [string, string]> {
  if (value === undefined || value === null) return;
  if (typeof value !== 'object') {
    yield [path, String(value)];
    return;
  }
  for (const [name, part] of Object.entries(value)) {
    const step = Array.isArray(value) ? String(Number(name) + 1) : name;
    yield* fieldsOf(path === '' ? step : `${path}.${step}`, part);
  }
}

function placeCells({ account, region, trail }: Place, chain: string | undefined): Cells {
  return [account, region, trail, chain];
}

function counts({ listed, valid, invalid, missing, unproven }: DigestTotals): Cells {
  return [listed, valid, invalid, missing, unproven];
}
