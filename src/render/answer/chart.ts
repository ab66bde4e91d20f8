/** Counts as bars from left to right, in SVG that needs no script, no style of its own and no font. */

import { escapeTerminal } from '../escape.ts';
import { type Content, element, LINE_END, type Markup } from '../html/style.ts';
import { countOf } from '../words.ts';
import {
  type Answer,
  type AnswerColumn,
  type AnswerValue,
  chartColumns,
  exactNumber,
  valueText,
} from './answer.ts';
import { CUT, columnsOf } from './width.ts';

/** More bars are no picture any more; the table has the rest. */
const MOST_BARS = 40;
/** In pixels of a picture that shrinks with the page. */
const WIDTH = 760;
const ROW = 22;
const LABEL_WIDTH = 250;
const BAR_START = LABEL_WIDTH + 10;
const BAR_WIDTH = 330;
/** A bar of any length must be seen. */
const LEAST_BAR = 1;
/** Columns of a fixed-width font of 12 pixels that the width of labels and of values has. */
const LABEL_COLUMNS = 34;
const VALUE_COLUMNS = 22;
/** Between the values that name one bar. */
const JOINT = ' · ';

interface Bar {
  /** The values that name it. */
  readonly label: readonly string[];
  /** The value as it is shown: its digits, `NULL`, or what else is no number to draw. */
  readonly shown: string;
  /** Undefined where nothing can be drawn. */
  readonly value: number | undefined;
}

/** The styles of the chart, for the page's style sheet. */
export const CHART_STYLE = `
.bars { max-width: 100%; height: auto; }
.bars text { font-family: ui-monospace, "SFMono-Regular", Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
  font-size: 12px; fill: var(--text); }
.bars .label { text-anchor: end; }
.bars .none { fill: var(--faint); font-style: italic; }
.bars .bar { fill: var(--link); }
.bars .below { fill: var(--tampered); }
.bars .axis { stroke: var(--line); stroke-width: 1; }
@media print { .bars, .bars * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;

/**
 * The chart of an answer that asks for one, in the order of its rows: at most forty bars, and how many rows have none. Throws
 * USAGE as `chartColumns` does. Every label and value is cut to its place, and whole in the title of its bar.
 */
export function chartFigure(answer: Answer): Markup {
  const { labels, value } = chartColumns(answer);
  const { columns, rows } = answer;
  const valueColumn = columns[value] ?? { name: '', type: '' };
  const bars = rows.slice(0, MOST_BARS).map((row): Bar => {
    const label = labels.map((index) => labelText(row[index] ?? null));
    return { label, ...barValue(valueColumn, row[value] ?? null) };
  });
  const caption = `${valueColumn.name} by ${labels.map((index) => columns[index]?.name ?? '').join(JOINT)}`;
  const rest = rows.length - bars.length;
  const more = rest > 0 ? `… and ${countOf(rest, 'more row')} in the table` : undefined;
  return element(
    'figure',
    {},
    element('figcaption', {}, caption),
    LINE_END,
    picture(bars, caption, more),
    more !== undefined && element('p', {}, `${more}.`),
  );
}

function labelText(value: AnswerValue): string {
  return value === null ? 'NULL' : valueText(value);
}

function barValue(column: AnswerColumn, value: AnswerValue): Pick<Bar, 'shown' | 'value'> {
  const digits = exactNumber(column, value);
  if (digits === undefined) return { shown: labelText(value), value: undefined };
  const number = Number(digits);
  return { shown: digits, value: Number.isFinite(number) ? number : undefined };
}

function picture(bars: readonly Bar[], caption: string, more: string | undefined): Markup {
  const height = Math.max(bars.length, 1) * ROW + 4;
  const scale = scaleOf(bars);
  const drawn = countOf(bars.length, 'bar');
  return element(
    'svg',
    {
      class: 'bars',
      role: 'img',
      'aria-labelledby': 'bars-title bars-text',
      width: WIDTH,
      height,
      viewBox: `0 0 ${WIDTH} ${height}`,
    },
    element('title', { id: 'bars-title' }, caption),
    element(
      'desc',
      { id: 'bars-text' },
      `${drawn}, one a row${more === undefined ? '' : `; ${more}`}. The table has all values.`,
    ),
    bars.map((bar, index) => [LINE_END, barRow(bar, index * ROW + 2, scale)]),
    LINE_END,
    element('path', { class: 'axis', d: `M${round(scale.zero)} 0V${height}` }),
  );
}

/** Where zero is, and how many pixels a value takes on its side of it. */
interface Scale {
  readonly zero: number;
  readonly lengthOf: (value: number) => number;
}

function scaleOf(bars: readonly Bar[]): Scale {
  const values = bars.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return { zero: BAR_START, lengthOf: () => 0 };
  // Parts of the largest: the difference of two huge numbers may be no number.
  const parts = values.map((value) => value / largest);
  const low = Math.min(0, ...parts);
  const span = Math.max(0, ...parts) - low;
  return {
    zero: BAR_START + (-low / span) * BAR_WIDTH,
    lengthOf: (value) =>
      Math.max(value === 0 ? 0 : LEAST_BAR, (Math.abs(value / largest) / span) * BAR_WIDTH),
  };
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}

function barRow({ label, shown, value }: Bar, y: number, { zero, lengthOf }: Scale): Markup {
  const length = value === undefined ? 0 : lengthOf(value);
  const isBelow = value !== undefined && value < 0;
  const textStart = zero + (isBelow ? 0 : length) + 6;
  const bar: Content =
    length > 0 &&
    element('rect', {
      class: isBelow ? 'bar below' : 'bar',
      x: round(isBelow ? zero - length : zero),
      y: y + 3,
      width: round(length),
      height: ROW - 6,
    });
  return element(
    'g',
    {},
    element('title', {}, `${label.join(JOINT)}: ${shown}`),
    // A picture of its own clips what a font makes wider than it is in columns.
    element(
      'svg',
      { x: 0, y, width: LABEL_WIDTH, height: ROW, overflow: 'hidden' },
      element('text', { class: 'label', x: LABEL_WIDTH, y: 15 }, clippedLabel(label)),
    ),
    bar,
    element(
      'svg',
      {
        x: round(textStart),
        y,
        width: round(Math.max(WIDTH - textStart, 1)),
        height: ROW,
        overflow: 'hidden',
      },
      element(
        'text',
        { class: value === undefined ? 'none' : undefined, x: 0, y: 15 },
        clipped(shown, VALUE_COLUMNS),
      ),
    ),
  );
}

/** The values that name a bar, cut to their place: the second has less than half of it, unless the first leaves more. */
function clippedLabel([first = '', second]: readonly string[]): string {
  if (second === undefined) return clipped(first, LABEL_COLUMNS, true);
  const room = LABEL_COLUMNS - JOINT.length;
  const half = Math.floor(room / 2);
  const secondRoom = Math.max(half, room - widthOf(first));
  const shown = clipped(second, secondRoom, true);
  return `${clipped(first, room - widthOf(shown), true)}${JOINT}${shown}`;
}

/** The columns of a text once it is escaped; more than any place has are `LABEL_COLUMNS`. */
function widthOf(text: string): number {
  return columnsOf(escapeTerminal(text.slice(0, LABEL_COLUMNS * 2)), LABEL_COLUMNS);
}

/** A text that is not escaped, cut to `columns`; in its middle where the end says more than that, as of an ARN. */
function clipped(text: string, columns: number, inMiddle = false): string {
  const isShort = text.length <= columns * 2;
  if (isShort && columnsOf(escapeTerminal(text), columns + 1) <= columns) return text;
  const tail = inMiddle ? Math.floor((columns - 1) / 2) : 0;
  const end = partOf([...text.slice(-columns * 2)].reverse(), tail).reverse();
  return [...partOf([...text.slice(0, columns * 2)], columns - 1 - tail), CUT, ...end].join('');
}

/** The first characters that have room in so many columns. */
function partOf(characters: readonly string[], columns: number): string[] {
  const part: string[] = [];
  let taken = 0;
  for (const character of characters) {
    // One by one a mark is shown as what it is, and takes more columns than it needs.
    taken += columnsOf(escapeTerminal(character), columns + 1);
    if (taken > columns) break;
    part.push(character);
  }
  return part;
}
