import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding } from '../../findings/finding.ts';
import { countFindings, type FindingsOf } from '../../report/findings-beyond.ts';
import type { AcceptanceReport, Report, UncoveredSpan } from '../../report/report.ts';
import { escapeTerminal } from '../escape.ts';
import {
  type CodeGroup,
  countOfWeight,
  findingFacts,
  findingsByCode,
  whereTheRestIs,
} from '../facts/findings.ts';
import { queriesText } from '../facts/queries.ts';
import {
  acceptanceOutcome,
  acceptanceReason,
  acceptanceSubject,
  authoritativeSentence,
  daysText,
  depthText,
  endpointsText,
  examinerName,
  foreignOrigins,
  inventoryText,
  isQuiet,
  stateText,
  trustedSpans,
  verdictSentence,
  verifiedThroughSentence,
} from '../facts/report.ts';
import {
  type AccountCoverage,
  accountCoverage,
  type CoverageRow,
  coverageRows,
  shortTime,
} from '../facts/timeline.ts';
import { countOf, enumerate, formatBytes, formatCount, formatDuration, wrapText } from '../words.ts';
import { alignTable, proseColumns, type TextOptions, verdictTone, weightTone } from './terminal.ts';

const MARGIN = '  ';
const LABEL_WIDTH = 'relocated  '.length;

/**
 * The report for people: verdict, what was verified, coverage, findings with what to do next, what was not
 * checked, and the verdict again. Ends with a newline; every name in it is escaped for a terminal.
 */
export function renderText(report: Report, options: TextOptions): string {
  const verdict = verdictLines(report, options);
  const sections: (readonly string[])[] = [
    verdict,
    summaryLines(report, options),
    [options.paint('heading', 'COVERAGE'), ...coverageSection(report, options)],
  ];
  if (report.findings.length > 0) {
    const heading = options.paint('heading', `FINDINGS: ${findingCounts(report)}`);
    sections.push([heading, '', ...findingsSection(report, options)]);
  }
  const { acceptances = [] } = report;
  if (acceptances.length > 0) {
    const heading = options.paint('heading', 'ACCEPTED, NOT PROVEN');
    sections.push([heading, ...acceptancesSection(acceptances, options)]);
  }
  sections.push([options.paint('heading', 'NOT CHECKED'), ...limitLines(report, options)]);
  if (options.reportPath !== undefined) {
    const signed = (options.signedBy ?? []).map(escapeTerminal);
    const path = escapeTerminal(options.reportPath);
    sections.push([`Report: ${path}`, ...aroundGaps(report, path), ...signed]);
  }
  if (options.reportSha256 !== undefined) sections.push([authoritativeSentence(options.reportSha256)]);
  sections.push([...verdict, ...checkpointLine(report, options)]);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** How to see what happened around gaps and acts, where there are any. */
function aroundGaps({ window, controlEvents = [] }: Report, path: string): readonly string[] {
  if (window.uncovered.length === 0 && controlEvents.length === 0) return [];
  return [`What happened around it: trail-verify explain-gap ${path}`];
}

/** Only the verdict, in its sentence, and up to when the trail is proven; ends with a newline. */
export function renderVerdict(report: Report, options: TextOptions): string {
  return `${[...verdictLines(report, options), ...checkpointLine(report, options)].join('\n')}\n`;
}

/** `2 violations, 1 unproven and 3 notes`, naming only the weights that occur. */
export function findingCounts(report: Report): string {
  const counts = countFindings(report);
  const parts = (['violation', 'unproven', 'note'] as const)
    .filter((weight) => counts[weight] > 0)
    .map((weight) => countOfWeight(counts[weight], weight));
  return parts.length === 0 ? 'none' : enumerate(parts);
}

function verdictLines(report: Report, options: TextOptions): readonly string[] {
  const sentence = wrapText(verdictSentence(report), proseColumns(options));
  const word = report.verdict;
  const painted = options.paint(verdictTone(word), word) + sentence.slice(word.length);
  return [painted, verifiedThroughSentence(report)];
}

/** The checkpoint after this run, for the log of a nightly job: the value for --require-checkpoint. */
function checkpointLine({ state }: Report, { stateKept }: TextOptions): readonly string[] {
  if (state === undefined) return [];
  if (state.checkpoint !== null && stateKept !== false) return [`Checkpoint: ${state.checkpoint}`];
  return [`Checkpoint: ${state.read === null ? 'none' : `${state.read.sha256} (unchanged)`}`];
}

/** More Regions than this are counted, not named. */
const MOST_REGIONS_NAMED = 6;
const LISTED_BY_AWS = /^ListPublicKeys (\S+)$/;

/** How many public keys were used and where they came from: CloudTrail's Regions, then files; not escaped. */
export function keyOrigins(report: Report): string {
  const origins = [...new Set(report.keys.map((key) => key.origin))];
  if (origins.length === 0) return 'none';
  const regions = origins.flatMap((origin) => LISTED_BY_AWS.exec(origin)?.[1] ?? []).sort();
  const sources = origins.filter((origin) => !LISTED_BY_AWS.test(origin));
  if (regions.length > 0) {
    const where =
      regions.length > MOST_REGIONS_NAMED ? countOf(regions.length, 'Region') : enumerate(regions);
    const foreign = foreignOrigins(report);
    const at = foreign.length === 0 ? '' : ` at ${foreign.join(', ')}, which is not AWS's`;
    sources.unshift(`ListPublicKeys in ${where}${at}`);
  }
  const untrusted = report.keys.filter(({ trusted }) => trusted === false).length;
  const doubt =
    untrusted === 0 ? '' : untrusted === report.keys.length ? ', not trusted' : `, ${untrusted} not trusted`;
  return `${countOf(report.keys.length, 'public key')} from ${sources.join(', ')}${doubt}`;
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

/** How deep the run looked; nothing for a run without a state. */
function stateFacts(report: Report): readonly (readonly [string, string])[] {
  const { state } = report;
  if (state === undefined) return [];
  return [
    ['state', stateText(state)],
    ['depth', `${depthText(report)}; ${daysText(state)}`],
  ];
}

function limitLines(report: Report, options: TextOptions): readonly string[] {
  return report.limits.map((limit) => {
    const indent = `${MARGIN}  `;
    const wrapped = wrapText(escapeTerminal(limit.text), proseColumns(options), indent);
    return `${MARGIN}- ${wrapped.slice(indent.length)}`;
  });
}

/** Objects shown of one code; `--verbose` shows more, `report.json` has all. */
const MOST_OBJECTS_SHOWN = 10;
const MOST_OBJECTS_SHOWN_VERBOSE = 1000;
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
  const most = options.verbose ? MOST_OBJECTS_SHOWN_VERBOSE : MOST_OBJECTS_SHOWN;
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

/** With more chains than this, whole ones are only summed up by account: an organization has thousands. */
const MOST_CHAINS_SHOWN = 12;
/** Open chains listed one by one before the rest is counted. */
const MOST_OPEN_CHAINS_SHOWN = 40;
const MOST_SPANS_SHOWN = 20;
const COVERAGE_MARGIN = '  ';

/** The lines of the coverage section: chains, or accounts and open chains, then the time that no digest covers. */
function coverageSection(report: Report, options: TextOptions): readonly string[] {
  const rows = coverageRows(report);
  if (rows.length === 0) return [`${COVERAGE_MARGIN}No chain was found.`];
  const few = options.verbose || rows.length <= MOST_CHAINS_SHOWN;
  const chains = few ? chainLines(rows, options) : coverageSummary(report, rows, options);
  return [...chains, ...trustedLines(report, options), ...uncoveredLines(report.window.uncovered, options)];
}

function mark(whole: boolean): string {
  return whole ? 'ok' : '!!';
}

function paintMark(line: string, whole: boolean, options: TextOptions): string {
  const at = COVERAGE_MARGIN.length;
  return (
    COVERAGE_MARGIN + options.paint(whole ? 'good' : 'doubtful', line.slice(at, at + 2)) + line.slice(at + 2)
  );
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
  const [heading = '', ...lines] = alignTable(columns, cells, COVERAGE_MARGIN);
  const widest = lines.reduce((width, line) => Math.max(width, line.length), heading.length);
  if (widest > options.columns) return rows.flatMap((row) => stackedLines(row, options));
  const painted = lines.map((line, index) => paintMark(line, rows[index]?.whole ?? false, options));
  return [options.paint('faint', heading), ...painted];
}

function stackedLines(row: CoverageRow, options: TextOptions): readonly string[] {
  const head = paintMark(
    `${COVERAGE_MARGIN}${mark(row.whole)}  ${escapeTerminal(row.id)}`,
    row.whole,
    options,
  );
  const inner = `${COVERAGE_MARGIN}    `;
  const counts = `${inner}digests ${row.digests}; log files ${row.logs}`;
  const covers = `covers ${row.covered}`;
  const whole = `${counts}; ${covers}`;
  return whole.length <= options.columns ? [head, whole] : [head, counts, inner + covers];
}

function coverageSummary(
  report: Report,
  rows: readonly CoverageRow[],
  options: TextOptions,
): readonly string[] {
  const open = rows.filter((row) => !row.whole);
  const lines = [...accountLines(accountCoverage(report), options)];
  if (open.length === 0) return lines;
  lines.push('', `${COVERAGE_MARGIN}Chains with something open:`);
  lines.push(...chainLines(open.slice(0, MOST_OPEN_CHAINS_SHOWN), options));
  const rest = open.length - MOST_OPEN_CHAINS_SHOWN;
  if (rest > 0) lines.push(`${COVERAGE_MARGIN}and ${countOf(rest, 'more chain')}`);
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
  const [heading = '', ...lines] = alignTable(columns, cells, COVERAGE_MARGIN);
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
      ({ id, from, to }) =>
        `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${shortTime(from)} to ${shortTime(to)}  ${escapeTerminal(id)}`,
    );
  if (spans.length > most)
    lines.push(
      `${COVERAGE_MARGIN}${COVERAGE_MARGIN}and ${countOf(spans.length - most, 'more stretch', 'more stretches')}`,
    );
  return ['', `${COVERAGE_MARGIN}Proven only by the checkpoint, not read again (UTC):`, ...lines];
}

function uncoveredLines(spans: readonly UncoveredSpan[], options: TextOptions): readonly string[] {
  if (spans.length === 0) return [];
  const most = options.verbose ? spans.length : MOST_SPANS_SHOWN;
  const lines = ['', `${COVERAGE_MARGIN}Not covered (UTC):`];
  for (const span of spans.slice(0, most)) {
    const when = `${shortTime(span.from)} to ${shortTime(span.to)}`;
    const one = `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${when}  ${span.reason}  ${escapeTerminal(span.chain)}`;
    if (one.length <= options.columns) lines.push(one);
    else
      lines.push(
        `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${when}  ${span.reason}`,
        `${COVERAGE_MARGIN}${COVERAGE_MARGIN}${COVERAGE_MARGIN}${escapeTerminal(span.chain)}`,
      );
  }
  if (spans.length > most)
    lines.push(
      `${COVERAGE_MARGIN}${COVERAGE_MARGIN}and ${countOf(spans.length - most, 'more stretch', 'more stretches')}`,
    );
  return lines;
}
