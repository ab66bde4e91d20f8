import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding } from '../../findings/finding.ts';
import type { FindingsOf } from '../../report/findings-beyond.ts';
import type { AcceptanceReport, Report, UncoveredSpan } from '../../report/report.ts';
import { escapeTerminal } from '../escape.ts';
import {
  type CodeGroup,
  countOfWeight,
  findingFacts,
  findingsByCode,
  whereTheRestIs,
} from '../facts/findings.ts';
import { groupFindings } from '../facts/groups.ts';
import { queriesText } from '../facts/queries.ts';
import {
  acceptanceOutcome,
  acceptanceReason,
  acceptanceSubject,
  authoritativeSentence,
  endpointsText,
  examinerName,
  inventoryText,
  isQuiet,
  trustedSpans,
} from '../facts/report.ts';
import { shareSentence } from '../facts/share.ts';
import { type CoverageRow, coverageRows, shortTime } from '../facts/timeline.ts';
import { countOf, formatBytes, formatDuration, wrapText } from '../words.ts';
import { checkpointLine, findingCounts, keyOrigins, readAsFacts, stateFacts, verdictLines } from './parts.ts';
import { entryLines, nextCommands, renderScreen } from './screen.ts';
import { alignTable, proseColumns, type TextOptions, weightTone } from './terminal.ts';

export { findingCounts, keyOrigins } from './parts.ts';

const MARGIN = '  ';
const LABEL_WIDTH = 'relocated  '.length;

/**
 * The report for people: one screen of what matters most, or with `verbose` all of it. Ends with a newline; every name in it
 * is escaped for a terminal.
 */
export function renderText(report: Report, options: TextOptions): string {
  return options.verbose ? renderWhole(report, options) : renderScreen(report, options);
}

/** All of it: verdict, what was verified, coverage, findings with what to do next, what was not checked, and the verdict again. */
function renderWhole(report: Report, options: TextOptions): string {
  const verdict = verdictLines(report, options);
  const sections: (readonly string[])[] = [
    [...verdict, ...wrapText(shareSentence(report), proseColumns(options)).split('\n')],
    summaryLines(report, options),
    [options.paint('heading', 'COVERAGE'), ...coverageSection(report, options)],
  ];
  if (report.findings.length > 0) {
    const heading = options.paint('heading', `FINDINGS: ${findingCounts(report)}`);
    sections.push([heading, '', ...findingsSection(report, options)]);
  }
  const entries = acceptEntries(report, options);
  if (entries.length > 0) sections.push(entries);
  const { acceptances = [] } = report;
  if (acceptances.length > 0) {
    const heading = options.paint('heading', 'ACCEPTED, NOT PROVEN');
    sections.push([heading, ...acceptancesSection(acceptances, options)]);
  }
  sections.push([options.paint('heading', 'NOT CHECKED'), ...limitLines(report, options)]);
  if (options.reportPath !== undefined) {
    const signed = (options.signedBy ?? []).map(escapeTerminal);
    const path = escapeTerminal(options.reportPath);
    sections.push([
      `Report: ${path}`,
      ...nextCommands(report, path).map(([command, what]) => `${command}   ${what}`),
      ...signed,
    ]);
  }
  if (options.reportSha256 !== undefined) sections.push([authoritativeSentence(options.reportSha256)]);
  sections.push([...verdict, ...checkpointLine(report, options)]);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Only the verdict, in its sentence, and up to when the trail is proven; ends with a newline. */
export function renderVerdict(report: Report, options: TextOptions): string {
  const [line, through] = verdictLines(report, options, Number.POSITIVE_INFINITY);
  return `${[line, through, ...checkpointLine(report, options)].join('\n')}\n`;
}

/** Every ready entry for the file of --accept. */
function acceptEntries(report: Report, options: TextOptions): readonly string[] {
  const entries = groupFindings(report).flatMap(({ acceptEntry }) => acceptEntry ?? []);
  if (entries.length === 0) return [];
  const lines = entries.flatMap((entry) => entryLines(entry, options));
  return [
    options.paint('heading', 'IF IT IS KNOWN AND HARMLESS'),
    `${MARGIN}An entry for the file of --accept, where somebody answers for it:`,
    ...lines,
  ];
}

function summaryLines(report: Report, options: TextOptions): readonly string[] {
  const { requested } = report.window;
  const { digests, logs, bytes } = report.totals;
  const elapsed = Date.parse(report.run.finished) - Date.parse(report.run.started);
  // A run under --now has a clock that does not move.
  const time = elapsed < 1000 ? '' : ` in ${formatDuration(elapsed)}`;
  const chains = countOf(report.chains.length, 'chain');
  const facts: (readonly [string, string])[] = [
    ['target', report.source.target],
    ...readAsFacts(report),
    ['window', `${requested.from ?? 'everything found'} to ${requested.to}`],
    ['keys', keyOrigins(report)],
  ];
  const endpoints = endpointsText(report);
  if (endpoints !== undefined) facts.push(['endpoints', endpoints]);
  for (const { from, to } of report.source.relocated)
    facts.push(['relocated', `s3://${from} is now in s3://${to}`]);
  facts.push([
    'checked',
    `${countOf(digests.valid + digests.invalid, 'digest file')} and ${countOf(logs.valid + logs.invalid, 'log file')} of ${chains}`,
  ]);
  const queries = queriesText(report);
  if (queries !== undefined) facts.push(['queries', queries]);
  facts.push(...stateFacts(report));
  facts.push(['read', `${formatBytes(bytes.read)} (${formatBytes(bytes.inflated)} inflated)${time}`]);
  const inventory = inventoryText(report);
  if (inventory !== undefined) facts.push(['inventory', inventory]);
  const examiner = examinerName(report);
  if (examiner !== undefined) facts.push(['examiner', examiner]);
  if (report.caseRef !== undefined) facts.push(['case', report.caseRef]);
  return facts.map(([label, text]) => {
    const indent = MARGIN + ' '.repeat(LABEL_WIDTH);
    const wrapped = wrapText(escapeTerminal(text), proseColumns(options), indent);
    return MARGIN + options.paint('faint', label.padEnd(LABEL_WIDTH)) + wrapped.slice(indent.length);
  });
}

function limitLines(report: Report, options: TextOptions): readonly string[] {
  return report.limits.map((limit) => {
    const indent = `${MARGIN}  `;
    const wrapped = wrapText(escapeTerminal(limit.text), proseColumns(options), indent);
    return `${MARGIN}- ${wrapped.slice(indent.length)}`;
  });
}

/** Objects shown of one code; `report.json` has all. */
const MOST_OBJECTS_SHOWN = 1000;
const FINDING_LABEL_WIDTH = 'meaning  '.length;

/** The lines of the findings section: one block a code, with what it means, what to do and the first objects. */
function findingsSection(report: FindingsOf, options: TextOptions): readonly string[] {
  const where = escapeTerminal(whereTheRestIs(report));
  const blocks = findingsByCode(report).map((group) => groupLines(group, where, options));
  return blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function groupLines(group: CodeGroup, where: string, options: TextOptions): readonly string[] {
  const words = CATALOGUE[group.code];
  const label = options.paint(weightTone(group.weight), `${group.code}`);
  const head = `${MARGIN}${label}  ${words.title}: ${countOfWeight(group.count, group.weight)}`;
  const most = MOST_OBJECTS_SHOWN;
  const lines = [
    head,
    labelled('meaning', words.meaning, options),
    labelled('next', words.advice, options),
    ...group.findings.slice(0, most).flatMap((finding) => objectLines(finding, options)),
  ];
  const rest = group.count - Math.min(most, group.findings.length);
  if (rest > 0) lines.push(`${MARGIN}${MARGIN}- and ${countOf(rest, 'more', 'more')}, all in ${where}`);
  return lines;
}

function labelled(label: string, text: string, options: TextOptions): string {
  const indent = MARGIN + MARGIN + ' '.repeat(FINDING_LABEL_WIDTH);
  const wrapped = wrapText(text, proseColumns(options), indent);
  return (
    MARGIN + MARGIN + options.paint('faint', label.padEnd(FINDING_LABEL_WIDTH)) + wrapped.slice(indent.length)
  );
}

function objectLines(finding: Finding, options: TextOptions): readonly string[] {
  const { uri, signedAs, versionId } = finding.object;
  const facts = [...findingFacts(finding)];
  if (signedAs !== undefined) facts.push(`signed as ${signedAs}`);
  if (versionId !== undefined) facts.push(`version ${versionId}`);
  const lines = [`${MARGIN}${MARGIN}- ${escapeTerminal(uri)}`];
  if (facts.length > 0) {
    lines.push(wrapText(facts.map(escapeTerminal).join('; '), proseColumns(options), `${MARGIN}${MARGIN}  `));
  }
  return lines;
}

/** The lines of the section of acceptances: each with its subject, who accepts it and why, and its outcome. */
function acceptancesSection(
  acceptances: readonly AcceptanceReport[],
  options: TextOptions,
): readonly string[] {
  return acceptances.flatMap((acceptance) => {
    const prose = (text: string): string =>
      wrapText(escapeTerminal(text), proseColumns(options), `${MARGIN}    `);
    const quiet = isQuiet(acceptance);
    const mark = options.paint(quiet ? 'good' : 'doubtful', quiet ? 'ok' : '!!');
    return [
      `${MARGIN}${mark}  ${escapeTerminal(acceptance.name)}`,
      prose(acceptanceSubject(acceptance)),
      prose(acceptanceReason(acceptance)),
      prose(acceptanceOutcome(acceptance)),
    ];
  });
}

const COVERAGE_MARGIN = '  ';

/** The lines of the coverage section: chains, or accounts and open chains, then the time that no digest covers. */
function coverageSection(report: Report, options: TextOptions): readonly string[] {
  const rows = coverageRows(report);
  if (rows.length === 0) return [`${COVERAGE_MARGIN}No chain was found.`];
  return [
    ...chainLines(rows, options),
    ...trustedLines(report),
    ...uncoveredLines(report.window.uncovered, options),
  ];
}

const MARKS = { ok: 'ok', bad: '!!', open: '?' } as const;
const TONES = { ok: 'good', bad: 'bad', open: 'doubtful' } as const;

function paintMark(line: string, state: CoverageRow['state'], options: TextOptions): string {
  const at = COVERAGE_MARGIN.length;
  const mark = MARKS[state];
  return COVERAGE_MARGIN + options.paint(TONES[state], mark) + line.slice(at + mark.length);
}

function chainLines(rows: readonly CoverageRow[], options: TextOptions): readonly string[] {
  const cells = rows.map((row) => [
    MARKS[row.state],
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
  const [heading = '', ...lines] = alignTable(columns, cells, COVERAGE_MARGIN);
  const widest = lines.reduce((width, line) => Math.max(width, line.length), heading.length);
  if (widest > options.columns) return rows.flatMap((row) => stackedLines(row, options));
  const painted = lines.map((line, index) => paintMark(line, rows[index]?.state ?? 'open', options));
  return [options.paint('faint', heading), ...painted];
}

function stackedLines(row: CoverageRow, options: TextOptions): readonly string[] {
  const head = paintMark(
    `${COVERAGE_MARGIN}${MARKS[row.state].padEnd(2)}  ${escapeTerminal(row.id)}`,
    row.state,
    options,
  );
  const inner = `${COVERAGE_MARGIN}    `;
  const counts = `${inner}digests ${row.digests}; log files ${row.logs}`;
  const covers = `covers ${row.covered}`;
  const whole = `${counts}; ${covers}`;
  return whole.length <= options.columns ? [head, whole] : [head, counts, inner + covers];
}

/** Time that this run did not read again; the checkpoint it began with proves it, or nothing does. */
function trustedLines(report: Report): readonly string[] {
  const spans = trustedSpans(report);
  if (spans.length === 0) return [];
  const lines = spans.map(
    ({ id, from, to }) =>
      `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${shortTime(from)} to ${shortTime(to)}  ${escapeTerminal(id)}`,
  );
  return ['', `${COVERAGE_MARGIN}Proven only by the checkpoint, not read again (UTC):`, ...lines];
}

function uncoveredLines(spans: readonly UncoveredSpan[], options: TextOptions): readonly string[] {
  if (spans.length === 0) return [];
  const lines = ['', `${COVERAGE_MARGIN}Not covered (UTC):`];
  for (const span of spans) {
    const when = `${shortTime(span.from)} to ${shortTime(span.to)}`;
    const one = `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${when}  ${span.reason}  ${escapeTerminal(span.chain)}`;
    if (one.length <= options.columns) lines.push(one);
    else
      lines.push(
        `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${when}  ${span.reason}`,
        `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${COVERAGE_MARGIN}${escapeTerminal(span.chain)}`,
      );
  }
  return lines;
}
