/**
 * An answer for a terminal: what it rests on where that is not all well, a table as wide as the terminal, and below it the count
 * of rows and the report. Every value is escaped. `∅` is NULL, and an empty cell an empty text. A column that has too little
 * room is broken into lines, and what does not fit into four ends in `…`. Numbers are never cut. Where the columns of a table have
 * no room at all, each row is a record, a line or more for each value.
 */
import { escapeTerminal } from '../escape.ts';
import type { Paint, Tone } from '../text/terminal.ts';
import { proseColumns, verdictTone } from '../text/terminal.ts';
import { countOf, wrapText } from '../words.ts';
import {
  type Answer,
  type AnswerColumn,
  type AnswerValue,
  caveats,
  countWords,
  coverageWords,
  exactNumber,
  isNumberColumn,
  reportWords,
  spanWords,
  valueText,
} from './answer.ts';
import { CUT, columnsOf, type FittedLine, fitText, oneLine } from './width.ts';

/** The width to keep to, of 24 columns at least, and the colours. */
export interface TableOptions {
  readonly columns: number;
  readonly paint: Paint;
}

const NULL = '∅';
/** What this rendering has a meaning of its own for. */
const OWN_MARK = /[∅…]/g;
const GAP = '  ';
/** A column is never narrower where its values are longer. */
const LEAST_WIDTH = 12;
/** A cell of a table and a value of a record have at most so many lines. */
const MOST_CELL_LINES = 4;
const MOST_RECORD_LINES = 12;
const LEAST_COLUMNS = 24;
/** The last lines name so many stretches of uncovered time. */
const MOST_GAPS = 5;

/** The answer as text that ends with a newline; see the top of this file. */
export function renderAnswerTable(answer: Answer, options: TableOptions): string {
  const columns = Math.max(options.columns, LEAST_COLUMNS);
  const body = bodyLines(answer, { ...options, columns });
  const isCut = body.some((line) => line.includes(CUT));
  return `${[...headLines(answer, options), ...body, '', ...footLines(answer, options, isCut)].join('\n')}\n`;
}

/** What a reader must know before the first row; nothing where the verdict is VALID and the window covered. */
function headLines({ title, context }: Answer, { columns, paint }: TableOptions): readonly string[] {
  const lines: string[] = [];
  const prose = (tone: Tone | undefined, text: string): void => {
    const wrapped = wrapText(text, proseWidth(columns));
    lines.push(...wrapped.split('\n').map((line) => (tone === undefined ? line : paint(tone, line))));
  };
  for (const line of caveats(context))
    prose(line.startsWith(context.verdict) ? verdictTone(context.verdict) : 'doubtful', escapeTerminal(line));
  if (lines.length > 0) lines.push('');
  if (title !== undefined) {
    prose('heading', escapeTerminal(title));
    lines.push('');
  }
  return lines;
}

function proseWidth(columns: number): number {
  return Math.max(LEAST_COLUMNS, proseColumns({ columns, paint: (_tone, text) => text, verbose: false }));
}

function footLines(answer: Answer, options: TableOptions, isCut: boolean): readonly string[] {
  const facts = [
    countWords(answer),
    ...(isCut ? [`${CUT} is text that has no room here; csv and ndjson have all of it`] : []),
    `covered: ${coverageWords(answer.context)}`,
    escapeTerminal(reportWords(answer.context)),
  ];
  const width = proseWidth(options.columns);
  return [...facts, ...gapLines(answer)]
    .flatMap((fact) => wrapText(fact, width).split('\n'))
    .map((line) => options.paint('faint', line));
}

function gapLines({ context: { uncovered } }: Answer): readonly string[] {
  const shown = uncovered.slice(0, MOST_GAPS);
  const rest = uncovered.length - shown.length;
  return [
    ...shown.map(
      (gap) =>
        `not covered: ${spanWords(gap)} UTC (${escapeTerminal(gap.reason)}) ${escapeTerminal(gap.chain)}`,
    ),
    ...(rest > 0 ? [`not covered: ${countOf(rest, 'more stretch', 'more stretches')} of time`] : []),
  ];
}

/** A value, escaped. */
function cellText(column: AnswerColumn, value: AnswerValue): string {
  if (value === null) return NULL;
  return exactNumber(column, value) ?? escapeCell(valueText(value));
}

function escapeCell(text: string): string {
  return escapeTerminal(text).replace(OWN_MARK, (mark) => `\\u{${mark.charCodeAt(0).toString(16)}}`);
}

function bodyLines(answer: Answer, options: TableOptions): readonly string[] {
  const { columns, rows } = answer;
  if (rows.length === 0) return ['No rows.'];
  const cells = rows.map((row) => columns.map((column, index) => cellText(column, row[index] ?? null)));
  const headings = columns.map(({ name }) => escapeCell(name));
  const natural = headings.map((heading, index) =>
    cells.reduce(
      (width, row) => Math.max(width, columnsOf(row[index] ?? '', options.columns + 1)),
      columnsOf(heading, options.columns + 1),
    ),
  );
  const room = options.columns - GAP.length * (columns.length - 1);
  const widths = shrink(natural, columns, room);
  if (widths === undefined) return recordLines(headings, cells, options);
  const tableRow = (
    row: readonly string[],
    toneOf: (text: string) => Tone | undefined,
  ): readonly string[] => {
    const fitted = widths.map((width, index) => cellLines(row[index] ?? '', width));
    const height = Math.max(...fitted.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      columns
        .map((column, index) => {
          const tone = toneOf(row[index] ?? '');
          const isLast = index === columns.length - 1;
          return padded(fitted[index]?.[line], widths[index] ?? 0, {
            column,
            isLast,
            tone,
            paint: options.paint,
          });
        })
        .join(GAP)
        .trimEnd(),
    );
  };
  return [
    ...tableRow(headings, () => 'heading'),
    ...cells.flatMap((row) => tableRow(row, (text) => (text === NULL ? 'faint' : undefined))),
  ];
}

/** What has room is not broken, however narrow the column. */
function cellLines(text: string, width: number): readonly FittedLine[] {
  const whole = text.length <= width * 2 ? oneLine(text) : undefined;
  return whole !== undefined && whole.columns <= width ? [whole] : fitText(text, width, MOST_CELL_LINES);
}

interface Padding {
  readonly column: AnswerColumn;
  readonly isLast: boolean;
  readonly tone: Tone | undefined;
  readonly paint: Paint;
}

function padded(
  line: FittedLine | undefined,
  width: number,
  { column, isLast, tone, paint }: Padding,
): string {
  const { text, columns } = line ?? { text: '', columns: 0 };
  const painted = tone === undefined || text === '' ? text : paint(tone, text);
  const space = ' '.repeat(Math.max(0, width - columns));
  if (isNumberColumn(column)) return space + painted;
  return isLast ? painted : painted + space;
}

/**
 * The widths of columns that have `room` together: the widest give way first, and none below its least width. Undefined where
 * even those have no room.
 */
function shrink(
  natural: readonly number[],
  columns: readonly AnswerColumn[],
  room: number,
): readonly number[] | undefined {
  const least = natural.map((width, index) => {
    const column = columns[index];
    return column !== undefined && isNumberColumn(column) ? width : Math.min(width, LEAST_WIDTH);
  });
  const sumAt = (cap: number): number =>
    sum(natural.map((width, index) => capped(width, least[index] ?? 0, cap)));
  if (sumAt(0) > room) return undefined;
  let cap = Math.min(Math.max(...natural), room);
  while (sumAt(cap) > room) cap -= 1;
  let left = room - sumAt(cap);
  return natural.map((width, index) => {
    const narrow = capped(width, least[index] ?? 0, cap);
    if (narrow === width || left === 0) return narrow;
    left -= 1;
    return narrow + 1;
  });
}

function capped(width: number, least: number, cap: number): number {
  return Math.max(least, Math.min(width, cap));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Each row under a heading of its own, with a name and a value on a line. */
function recordLines(
  headings: readonly string[],
  cells: readonly (readonly string[])[],
  { columns, paint }: TableOptions,
): readonly string[] {
  const most = Math.max(Math.floor(columns / 3) - GAP.length, 1);
  const names = headings.map((heading) => {
    const whole = oneLine(heading);
    return whole.columns <= most ? whole : (fitText(heading, Math.max(most, 10), 1)[0] ?? whole);
  });
  const nameWidth = Math.max(...names.map((name) => name.columns));
  const margin = ' '.repeat(nameWidth + GAP.length);
  const room = Math.max(columns - margin.length - GAP.length, 10);
  return cells.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    paint('heading', `row ${index + 1}`),
    ...names.flatMap((name, place) => {
      const text = row[place] ?? '';
      return fitText(text, room, MOST_RECORD_LINES).map((line, at) => {
        const value = text === NULL ? paint('faint', line.text) : line.text;
        const before = at === 0 ? name.text + ' '.repeat(nameWidth - name.columns + GAP.length) : margin;
        return (GAP + before + value).trimEnd();
      });
    }),
  ]);
}
