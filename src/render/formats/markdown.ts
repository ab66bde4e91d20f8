import { CATALOGUE } from '../../findings/catalogue.ts';
import { verdictHeadline } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { escapeMarkdown, markdownCode } from '../escape.ts';
import { type CodeGroup, countOfWeight, findingFacts, findingsByCode } from '../facts/findings.ts';
import { queriesText, queryRows } from '../facts/queries.ts';
import {
  acceptanceOutcome,
  acceptanceReason,
  acceptanceSubject,
  authoritativeSentence,
  daysText,
  depthText,
  endpointsText,
  examinerName,
  FINDS_ONLY,
  inventoryText,
  isQuiet,
  signerText,
  trustedSpans,
} from '../facts/report.ts';
import { shareSentence } from '../facts/share.ts';
import { coverageRows, shortTime } from '../facts/timeline.ts';
import { verdictSentence, verifiedThroughSentence } from '../facts/verdict.ts';
import { findingCounts, keyOrigins } from '../text/text.ts';
import { countOf, VERDICT_SIGN } from '../words.ts';

/** A job summary of GitHub Actions holds 1 MiB a step; a larger one is dropped whole. */
const MOST_BYTES = 900 * 1024;
/** Rows shown of each table and each code, tried from left to right until the text fits. */
const ROW_LIMITS = [50, 20, 5, 1, 0];

/**
 * The report as Markdown for a job summary or a ticket, always below 900 KiB: the most important rows first,
 * the rest counted. Every name in it is escaped; ends with a newline. `sha256` is that of report.json, to be named
 * as the authoritative result.
 */
export function renderMarkdown(report: Report, sha256?: string): string {
  const origin = sha256 === undefined ? '' : `\n${authoritativeSentence(sha256)}\n`;
  for (const rows of ROW_LIMITS) {
    const text = markdownWith(report, rows) + origin;
    if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  }
  return `${headLines(report).join('\n')}\n\nThe rest is in \`report.json\`.\n${origin}`;
}

function markdownWith(report: Report, rows: number): string {
  const sections: (readonly string[])[] = [
    headLines(report),
    summaryLines(report),
    ['### Coverage', '', ...coverageLines(report, rows)],
  ];
  if (report.lake !== undefined) sections.push(['### Query results', '', ...queryLines(report, rows)]);
  if (report.state !== undefined) sections.push(stateLines(report, report.state, rows));
  if (report.findings.length > 0) {
    const groups = findingsByCode(report).flatMap((group) => groupLines(group, rows, whereTheRestIs(report)));
    sections.push([`### Findings: ${findingCounts(report)}`, ...groups]);
  }
  if (report.acceptances !== undefined)
    sections.push(['### Accepted, not proven', '', ...acceptanceLines(report.acceptances, rows)]);
  sections.push(['### Not checked', '', ...limitLines(report, rows)]);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const SET_SIGN = { valid: '✅', invalid: '❌', unproven: '⚠️' } as const;

function headLines(report: Report): readonly string[] {
  return [
    `## ${VERDICT_SIGN[report.verdict]} CloudTrail log file integrity: ${verdictHeadline(report)}`,
    '',
    `${verdictSentence(report)} ${verifiedThroughSentence(report)} ${shareSentence(report)}`,
  ];
}

function summaryLines(report: Report): readonly string[] {
  const { from, to } = report.window.requested;
  const endpoints = endpointsText(report);
  return [
    '| | |',
    '|---|---|',
    `| Target | ${markdownCode(report.source.target)} |`,
    ...(report.source.readAs ?? []).map((place) => `| Read as | ${markdownCode(place)} |`),
    `| Window | ${from ?? 'everything found'} to ${to} |`,
    `| Keys | ${escapeMarkdown(keyOrigins(report))} |`,
    ...report.source.relocated.map(
      (move) => `| Relocated | ${markdownCode(`s3://${move.from}`)} to ${markdownCode(`s3://${move.to}`)} |`,
    ),
    ...(endpoints === undefined ? [] : [`| Endpoints | ${markdownCode(endpoints)} |`]),
    ...recordLines(report),
    `| Run | ${escapeMarkdown(report.run.id)}, ${report.run.started} to ${report.run.finished} |`,
  ];
}

/** Who examined and for what, what binds the objects, and who is to sign; only what the report says. */
function recordLines(report: Report): readonly string[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Case', report.caseRef],
    ['Examiner', examinerName(report)],
    ['Objects', inventoryText(report)],
    ['Signer', signerText(report.signing)],
  ];
  return facts.flatMap(([name, text]) =>
    text === undefined ? [] : [`| ${name} | ${escapeMarkdown(text)} |`],
  );
}

function restLine(rest: number, noun: string, plural?: string, where = '`report.json`'): readonly string[] {
  return rest > 0 ? ['', `… and ${countOf(rest, noun, plural)} in ${where}.`] : [];
}

function coverageLines(report: Report, rows: number): readonly string[] {
  const all = coverageRows(report);
  if (all.length === 0) return ['No chain was found.'];
  const openFirst = [...all.filter((row) => !row.whole), ...all.filter((row) => row.whole)];
  const table = [
    '| | chain | digest files | log files | covers (UTC) |',
    '|---|---|--:|--:|---|',
    ...openFirst
      .slice(0, rows)
      .map(
        (row) =>
          `| ${row.whole ? '✅' : '⚠️'} | ${markdownCode(row.id)} | ${row.digests} | ${row.logs} | ${row.covered} |`,
      ),
    ...restLine(all.length - rows, 'more chain'),
  ];
  const spans = report.window.uncovered;
  if (spans.length === 0) return table;
  return [
    ...table,
    '',
    '| not covered (UTC) | reason | chain |',
    '|---|---|---|',
    ...spans
      .slice(0, rows)
      .map(
        (span) =>
          `| ${shortTime(span.from)} to ${shortTime(span.to)} | \`${span.reason}\` | ${markdownCode(span.chain)} |`,
      ),
    ...restLine(spans.length - rows, 'more stretch', 'more stretches'),
  ];
}

/** The sets of query results, those of which something is wrong first. */
function queryLines(report: Report, rows: number): readonly string[] {
  const all = queryRows(report);
  return [
    `${escapeMarkdown(queriesText(report) ?? '')}.`,
    '',
    '| | results | Region | query ended (UTC) | files valid |',
    '|---|---|---|---|--:|',
    ...all
      .slice(0, rows)
      .map(
        ({ outcome, uri, region, completed, files }) =>
          `| ${SET_SIGN[outcome]} | ${markdownCode(uri)} | ${escapeMarkdown(region)} | ${completed} | ${files} |`,
      ),
    ...restLine(all.length - rows, 'more set'),
  ];
}

/** What the run took from an earlier one: the checkpoints, how deep it looked, and what only the checkpoint proves. */
function stateLines(report: Report, state: NonNullable<Report['state']>, rows: number): readonly string[] {
  const { read, checkpoint } = state;
  const spans = trustedSpans(report);
  const lines = [
    '### Checkpoint',
    '',
    '| | |',
    '|---|---|',
    `| State | ${markdownCode(state.location)} |`,
    `| Began with | ${read === null ? 'no checkpoint' : `${markdownCode(read.sha256)} of ${escapeMarkdown(read.written)}`} |`,
    ...(read !== null && read.trustedBy === null ? [`| Counts | ${escapeMarkdown(FINDS_ONLY)} |`] : []),
    `| Leaves | ${checkpoint === null ? 'no new checkpoint' : markdownCode(checkpoint)} |`,
    `| Depth | ${escapeMarkdown(depthText(report))} |`,
    `| Days before | ${escapeMarkdown(daysText(state, rows))} |`,
  ];
  if (spans.length === 0) return lines;
  return [
    ...lines,
    '',
    '| proven only by the checkpoint, not read again (UTC) | chain |',
    '|---|---|',
    ...spans
      .slice(0, rows)
      .map(({ id, from, to }) => `| ${shortTime(from)} to ${shortTime(to)} | ${markdownCode(id)} |`),
    ...restLine(spans.length - rows, 'more stretch', 'more stretches'),
  ];
}

function whereTheRestIs({ overflowFindings }: Report): string {
  const report = '`report.json`';
  return overflowFindings === undefined ? report : `${report} and ${markdownCode(overflowFindings.path)}`;
}

function groupLines(group: CodeGroup, rows: number, where: string): readonly string[] {
  const words = CATALOGUE[group.code];
  const count = countOfWeight(group.count, group.weight);
  const shown = group.findings.slice(0, rows).map((finding) => {
    const facts = findingFacts(finding).map(escapeMarkdown).join('; ');
    return `- ${markdownCode(finding.object.uri)}${facts === '' ? '' : `<br>${facts}`}`;
  });
  return [
    '',
    `#### \`${group.code}\` ${words.title}: ${count}`,
    '',
    `${words.meaning} **Next:** ${words.advice}`,
    '',
    ...shown,
    ...restLine(group.count - Math.min(rows, group.findings.length), 'more', 'more', where),
  ];
}

function acceptanceLines(acceptances: NonNullable<Report['acceptances']>, rows: number): readonly string[] {
  const warnedFirst = [
    ...acceptances.filter((one) => !isQuiet(one)),
    ...acceptances.filter((one) => isQuiet(one)),
  ];
  const shown = warnedFirst.slice(0, Math.max(rows, 1)).map((acceptance) => {
    const [name, ...facts] = [
      acceptance.name,
      acceptanceSubject(acceptance),
      acceptanceReason(acceptance),
      acceptanceOutcome(acceptance),
    ].map(escapeMarkdown);
    return `- ${isQuiet(acceptance) ? '✅' : '⚠️'} **${name}**<br>${facts.join('<br>')}`;
  });
  return [...shown, ...restLine(acceptances.length - shown.length, 'more acceptance')];
}

function limitLines(report: Report, rows: number): readonly string[] {
  const shown = report.limits.slice(0, Math.max(rows, 1)).map((limit) => `- ${escapeMarkdown(limit.text)}`);
  return [...shown, ...restLine(report.limits.length - shown.length, 'more limit')];
}
