import type { Report, UncoveredSpan } from '../../report/report.ts';
import { escapeTerminal } from '../escape.ts';
import {
  type AccountCoverage,
  accountCoverage,
  type CoverageRow,
  coverageRows,
  shortTime,
} from '../facts/coverage.ts';
import { trustedSpans } from '../facts/report.ts';
import { countOf, formatCount } from '../words.ts';
import { alignTable, type TextOptions } from './terminal.ts';

/** With more chains than this, whole ones are only summed up by account: an organization has thousands. */
const MOST_CHAINS_SHOWN = 12;
/** Open chains listed one by one before the rest is counted. */
const MOST_OPEN_CHAINS_SHOWN = 40;
const MOST_SPANS_SHOWN = 20;
const MARGIN = '  ';

/** The lines of the coverage section: chains, or accounts and open chains, then the time that no digest covers. */
export function coverageSection(report: Report, options: TextOptions): readonly string[] {
  const rows = coverageRows(report);
  if (rows.length === 0) return [`${MARGIN}No chain was found.`];
  const few = options.verbose || rows.length <= MOST_CHAINS_SHOWN;
  const chains = few ? chainLines(rows, options) : summaryLines(report, rows, options);
  return [...chains, ...trustedLines(report, options), ...uncoveredLines(report.window.uncovered, options)];
}

function mark(whole: boolean): string {
  return whole ? 'ok' : '!!';
}

function paintMark(line: string, whole: boolean, options: TextOptions): string {
  const at = MARGIN.length;
  return MARGIN + options.paint(whole ? 'good' : 'doubtful', line.slice(at, at + 2)) + line.slice(at + 2);
}

function chainLines(rows: readonly CoverageRow[], options: TextOptions): readonly string[] {
  const cells = rows.map((row) => [
    mark(row.whole),
    escapeTerminal(row.id),
    row.digests,
    row.logs,
    row.covered,
  ]);
  const columns = [
    { heading: '' },
    { heading: 'chain' },
    { heading: 'digests', right: true },
    { heading: 'log files', right: true },
    { heading: 'covers (UTC)' },
  ];
  const [heading = '', ...lines] = alignTable(columns, cells, MARGIN);
  const widest = lines.reduce((width, line) => Math.max(width, line.length), heading.length);
  if (widest > options.columns) return rows.flatMap((row) => stackedLines(row, options));
  const painted = lines.map((line, index) => paintMark(line, rows[index]?.whole ?? false, options));
  return [options.paint('faint', heading), ...painted];
}

function stackedLines(row: CoverageRow, options: TextOptions): readonly string[] {
  const head = paintMark(`${MARGIN}${mark(row.whole)}  ${escapeTerminal(row.id)}`, row.whole, options);
  const inner = `${MARGIN}    `;
  const counts = `${inner}digests ${row.digests}; log files ${row.logs}`;
  const covers = `covers ${row.covered}`;
  const whole = `${counts}; ${covers}`;
  return whole.length <= options.columns ? [head, whole] : [head, counts, inner + covers];
}

function summaryLines(report: Report, rows: readonly CoverageRow[], options: TextOptions): readonly string[] {
  const open = rows.filter((row) => !row.whole);
  const lines = [...accountLines(accountCoverage(report), options)];
  if (open.length === 0) return lines;
  lines.push('', `${MARGIN}Chains with something open:`);
  lines.push(...chainLines(open.slice(0, MOST_OPEN_CHAINS_SHOWN), options));
  const rest = open.length - MOST_OPEN_CHAINS_SHOWN;
  if (rest > 0) lines.push(`${MARGIN}and ${countOf(rest, 'more chain')}`);
  return lines;
}

function accountLines(accounts: readonly AccountCoverage[], options: TextOptions): readonly string[] {
  const columns = [
    { heading: '' },
    { heading: 'account' },
    { heading: 'chains', right: true },
    { heading: 'digests', right: true },
    { heading: 'log files', right: true },
  ];
  const cells = accounts.map((entry) => [
    mark(entry.whole === entry.chains),
    escapeTerminal(entry.account),
    entry.whole === entry.chains
      ? formatCount(entry.chains)
      : `${formatCount(entry.whole)} of ${formatCount(entry.chains)}`,
    entry.digests,
    entry.logs,
  ]);
  const [heading = '', ...lines] = alignTable(columns, cells, MARGIN);
  return [
    options.paint('faint', heading),
    ...lines.map((line, index) => {
      const entry = accounts[index];
      return paintMark(line, entry !== undefined && entry.whole === entry.chains, options);
    }),
  ];
}

/** Time that this run did not read again; the checkpoint it began with proves it, or nothing does. */
function trustedLines(report: Report, options: TextOptions): readonly string[] {
  const spans = trustedSpans(report);
  if (spans.length === 0) return [];
  const most = options.verbose ? spans.length : MOST_SPANS_SHOWN;
  const lines = spans
    .slice(0, most)
    .map(
      ({ id, from, to }) => `${MARGIN}${MARGIN}${shortTime(from)} to ${shortTime(to)}  ${escapeTerminal(id)}`,
    );
  if (spans.length > most)
    lines.push(`${MARGIN}${MARGIN}and ${countOf(spans.length - most, 'more stretch', 'more stretches')}`);
  return ['', `${MARGIN}Proven only by the checkpoint, not read again (UTC):`, ...lines];
}

function uncoveredLines(spans: readonly UncoveredSpan[], options: TextOptions): readonly string[] {
  if (spans.length === 0) return [];
  const most = options.verbose ? spans.length : MOST_SPANS_SHOWN;
  const lines = ['', `${MARGIN}Not covered (UTC):`];
  for (const span of spans.slice(0, most)) {
    const when = `${shortTime(span.from)} to ${shortTime(span.to)}`;
    const one = `${MARGIN}${MARGIN}${when}  ${span.reason}  ${escapeTerminal(span.chain)}`;
    if (one.length <= options.columns) lines.push(one);
    else
      lines.push(
        `${MARGIN}${MARGIN}${when}  ${span.reason}`,
        `${MARGIN}${MARGIN}${MARGIN}${escapeTerminal(span.chain)}`,
      );
  }
  if (spans.length > most)
    lines.push(`${MARGIN}${MARGIN}and ${countOf(spans.length - most, 'more stretch', 'more stretches')}`);
  return lines;
}
