/** An answer as CSV, as lines of JSON and as Markdown. */
import { asciiJson } from '../../base/json.ts';
import { csvCell, escapeMarkdown, markdownCode } from '../escape.ts';
import { countOf, VERDICT_SIGN } from '../words.ts';
import {
  type Answer,
  type AnswerColumn,
  type AnswerValue,
  countWords,
  coverageWords,
  exactNumber,
  isNumberColumn,
  questionMarkup,
  reportWords,
  spanWords,
  valueText,
  verdictWords,
} from './answer.ts';

/**
 * The rows as CSV (RFC 4180, with a header), line by line, safe for a spreadsheet as `csvCell` says. NULL is an empty cell
 * without quotes, and an empty text one with quotes; where there is one column, both have quotes, for readers skip empty
 * lines. A number in a column of numbers has its exact digits, and a minus of it begins no formula.
 */
export function* answerCsvLines({ columns, rows }: Answer): Generator<string> {
  yield `${columns.map(({ name }) => csvCell(name)).join(',')}\r\n`;
  const nothing = columns.length === 1 ? '""' : '';
  for (const row of rows) {
    const cells = columns.map((column, index) => {
      const value = row[index] ?? null;
      if (value === null) return nothing;
      return exactNumber(column, value) ?? csvCell(valueText(value));
    });
    yield `${cells.join(',')}\r\n`;
  }
}

/**
 * The rows as JSON, an object on a line, in ASCII. A second column of a name is called `name_2`. A number is a number where every
 * reader has it exactly, and otherwise a text of its digits: no 64-bit number is rounded by a reader that takes it for a double.
 */
export function* answerJsonLines({ columns, rows }: Answer): Generator<string> {
  const names = uniqueNames(columns).map((name) => asciiJson(name));
  for (const row of rows) {
    const members = columns.map(
      (column, index) => `${names[index]}:${jsonValue(column, row[index] ?? null)}`,
    );
    yield `{${members.join(',')}}\n`;
  }
}

/** A number as JSON writes it (RFC 8259, section 6). */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** A decimal of so many digits comes back from a double as it was (IEEE 754). */
const EXACT_DIGITS = 15;

function jsonValue(column: AnswerColumn, value: AnswerValue): string {
  const digits = exactNumber(column, value);
  if (digits !== undefined && JSON_NUMBER.test(digits)) {
    const isExact =
      typeof value === 'number' ||
      digits.replace(/e.*$/i, '').replace(/^-?0*|\D/g, '').length <= EXACT_DIGITS ||
      (/^-?\d+$/.test(digits) && Number.isSafeInteger(Number(digits)));
    if (isExact) return digits;
  }
  // JSON has no infinity.
  return asciiJson(typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);
}

function uniqueNames(columns: readonly AnswerColumn[]): readonly string[] {
  const taken = new Set(columns.map(({ name }) => name));
  const seen = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    if (seen.has(name)) {
      let number = 2;
      while (taken.has(`${name}_${number}`)) number += 1;
      unique = `${name}_${number}`;
      taken.add(unique);
    }
    seen.add(name);
    return unique;
  });
}

/** A job summary of GitHub Actions holds 1 MiB a step; a larger one is dropped whole. */
const MOST_BYTES = 900 * 1024;
/** A longer text makes a table that nobody reads. */
const MOST_CELL = 1000;
const MOST_GAPS = 50;

/**
 * The answer as Markdown for a job summary or a ticket, below 900 KiB: what it rests on, the question, and a table of the first
 * rows. Every name and value is escaped; a long text is cut, which `…` says. *NULL* is NULL.
 */
export function renderAnswerMarkdown(answer: Answer): string {
  const { columns, context } = answer;
  const head = [
    `## ${escapeMarkdown(answer.title ?? 'Answer from verified CloudTrail events')}`,
    '',
    `${VERDICT_SIGN[context.verdict]} **${context.verdict}**: ${verdictWords(context)}`,
    '',
    '| | |',
    '|---|---|',
    `| Rows | ${countWords(answer)} |`,
    `| Window | ${spanWords(context.window)} UTC |`,
    `| Covered | ${coverageWords(context)} |`,
    ...context.uncovered
      .slice(0, MOST_GAPS)
      .map(
        (gap) =>
          `| Not covered | ${spanWords(gap)} UTC, ${escapeMarkdown(gap.reason)}, ${markdownCode(gap.chain)} |`,
      ),
    ...(context.uncovered.length > MOST_GAPS
      ? [
          `| Not covered | ${countOf(context.uncovered.length - MOST_GAPS, 'more stretch', 'more stretches')} |`,
        ]
      : []),
    ...context.warnings.map((warning) => `| Warning | ${escapeMarkdown(warning)} |`),
    '',
    `<pre><code>${questionMarkup(answer.sql)}</code></pre>`,
    '',
  ];
  const table = [
    `| ${columns.map(({ name }) => escapeMarkdown(name)).join(' | ')} |`,
    `|${columns.map((column) => (isNumberColumn(column) ? '--:' : '---')).join('|')}|`,
  ];
  const foot = ['', escapeMarkdown(reportWords(context))];
  let bytes = Buffer.byteLength([...head, ...table, ...foot].join('\n'));
  let shown = 0;
  for (const row of answer.rows) {
    const line = `| ${columns.map((column, index) => markdownCell(column, row[index] ?? null)).join(' | ')} |`;
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > MOST_BYTES) break;
    table.push(line);
    shown += 1;
  }
  const rest = answer.rows.length - shown;
  const more = rest > 0 ? ['', `… and ${countOf(rest, 'more row')}.`] : [];
  return `${[...head, ...table, ...more, ...foot].join('\n')}\n`;
}

function markdownCell(column: AnswerColumn, value: AnswerValue): string {
  if (value === null) return '*NULL*';
  const digits = exactNumber(column, value);
  if (digits !== undefined) return digits;
  const text = valueText(value);
  return text.length > MOST_CELL ? `${escapeMarkdown(text.slice(0, MOST_CELL))}…` : escapeMarkdown(text);
}
