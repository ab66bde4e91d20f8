import { type Machine, machineWords } from './machine.ts';
import type { Row } from './row.ts';
import type { JudgedFigure } from './statistics.ts';

/** A row with what came of it. */
export interface MeasuredRow extends Pick<Row, 'name' | 'title' | 'goal'> {
  readonly figures: readonly JudgedFigure[];
  readonly notes: readonly string[];
  readonly skipped?: string;
}

/** A whole run of the benchmark. */
export interface Measured {
  readonly machine: Machine;
  /** ISO 8601. */
  readonly date: string;
  readonly quick: boolean;
  readonly rows: readonly MeasuredRow[];
}

/** One row as text, for a terminal. */
export function rowText(row: MeasuredRow, isJudged: boolean): string {
  const lines = [`${row.name}: ${row.title}`, `  goal: ${row.goal}`];
  if (row.skipped !== undefined) lines.push(`  skipped: ${row.skipped}`);
  for (const note of row.notes) lines.push(`  ${note}`);
  for (const figure of row.figures) {
    const verdict = isJudged && figure.met !== undefined ? (figure.met ? '  met' : '  NOT MET') : '';
    lines.push(`    ${figure.name.padEnd(52)} ${figureText(figure)}${verdict}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The table for docs/performance.md: what was judged, with what it was judged by. */
export function markdownTable({ machine, date, rows }: Measured): string {
  const lines = [
    `Measured on ${date.slice(0, 10)}: ${machineWords(machine)}. Medians, with the lowest and the highest of all rounds.`,
    '',
    '| work | goal | measured | |',
    '|---|---|---|---|',
  ];
  for (const { title, goal, figures, skipped } of rows) {
    const judged = figures.filter(({ met }) => met !== undefined);
    const measured = judged.map((figure) => `${figure.name}: ${figureText(figure)}`).join('<br>');
    const met = judged.map((figure) => (figure.met ? 'met' : '**not met**')).join('<br>');
    lines.push(
      `| ${title} | ${goal} | ${skipped === undefined ? measured : `skipped: ${skipped}`} | ${met} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function figureText({ median, lowest, highest, unit, values, goal }: JudgedFigure): string {
  const spread = values.length > 1 ? ` (${short(lowest)} to ${short(highest)})` : '';
  const asked =
    goal === undefined ? '' : 'least' in goal ? `, goal >= ${goal.least}` : `, goal <= ${goal.most}`;
  return `${short(median)}${spread} ${unit}${asked}`;
}

function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
