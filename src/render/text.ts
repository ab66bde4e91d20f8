import type { Report } from '../report/report.ts';
import { escapeTerminal } from './escape.ts';
import { countByWeight, countOfWeight } from './group-findings.ts';
import { verdictTone } from './paint.ts';
import { coverageSection } from './text-coverage.ts';
import { findingsSection } from './text-findings.ts';
import { proseColumns, type TextOptions } from './text-options.ts';
import { verdictSentence, verifiedThroughSentence } from './verdict-sentence.ts';
import { countOf, enumerate, formatBytes, formatDuration, wrapText } from './words.ts';

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
    sections.push([heading, '', ...findingsSection(report.findings, options)]);
  }
  sections.push([options.paint('heading', 'NOT CHECKED'), ...limitLines(report, options)]);
  if (options.reportPath !== undefined) sections.push([`Report: ${escapeTerminal(options.reportPath)}`]);
  sections.push(verdict);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Only the verdict, in its sentence, and up to when the trail is proven; ends with a newline. */
export function renderVerdict(report: Report, options: TextOptions): string {
  return `${verdictLines(report, options).join('\n')}\n`;
}

/** `2 violations, 1 unproven and 3 notes`, naming only the weights that occur. */
export function findingCounts(report: Report): string {
  const counts = countByWeight(report.findings);
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

/** Where the public keys came from, with how many were used of each origin; not escaped. */
export function keyOrigins(report: Report): string {
  if (report.keys.length === 0) return 'none';
  const origins = new Map<string, number>();
  for (const key of report.keys) origins.set(key.origin, (origins.get(key.origin) ?? 0) + 1);
  const parts = [...origins].map(([origin, count]) =>
    origins.size === 1 || count === 1 ? origin : `${origin} (${count})`,
  );
  return `${countOf(report.keys.length, 'public key')} from ${enumerate(parts)}`;
}

function summaryLines(report: Report, options: TextOptions): readonly string[] {
  const { requested } = report.window;
  const { digests, logs, bytes } = report.totals;
  const elapsed = Date.parse(report.run.finished) - Date.parse(report.run.started);
  const chains = countOf(report.chains.length, 'chain');
  const facts: (readonly [string, string])[] = [
    ['target', report.source.target],
    ['window', `${requested.from ?? 'everything found'} to ${requested.to}`],
    ['keys', keyOrigins(report)],
  ];
  for (const { from, to } of report.source.relocated)
    facts.push(['relocated', `s3://${from} now lies in s3://${to}`]);
  facts.push([
    'checked',
    `${countOf(digests.valid + digests.invalid, 'digest file')} and ${countOf(logs.valid + logs.invalid, 'log file')} of ${chains}`,
  ]);
  facts.push([
    'read',
    `${formatBytes(bytes.read)} (${formatBytes(bytes.inflated)} inflated) in ${formatDuration(elapsed)}`,
  ]);
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
