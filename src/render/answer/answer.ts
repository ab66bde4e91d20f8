/**
 * The answer of a query over verified events, and what every rendering of it says: which verdict the events have, what time
 * they cover, and how many rows there are. A rendering shows nothing else than what is here.
 *
 *     columns: [{ name: 'eventname', type: 'VARCHAR' }, { name: 'calls', type: 'BIGINT' }]
 *     rows: [['DeleteItem', '3']]
 */
import { TrailVerifyError } from '../../base/errors.ts';
import type { Span } from '../../findings/family.ts';
import type { Verdict } from '../../findings/finding.ts';

import { escapeMarkup, escapeTerminal } from '../escape.ts';
import { shortTime } from '../facts/timeline.ts';
import { countOf } from '../words.ts';

/** A value as DuckDB's JSON has it: numbers of 64 bits and more as texts, a map as a list of keys and values. */
export type AnswerValue =
  | string
  | number
  | boolean
  | null
  | readonly AnswerValue[]
  | { readonly [name: string]: AnswerValue };

/** One column: its name, which need not be the only one of that name, and DuckDB's type of it. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: string;
}

/** Time that no proven digest covers, and why. Times are ISO 8601. */
export interface AnswerGap extends Span {
  readonly chain: string;
  readonly reason: string;
}

/** What the answer rests on: the verified events and the report of the run that verified them. */
export interface AnswerContext {
  readonly verdict: Verdict;
  /** Unproven findings that were accepted. */
  readonly accepted: number;
  /** SHA-256 (hex) of report.json. */
  readonly reportSha256: string;
  readonly events: number;
  readonly logFiles: number;
  /** The time that the run was asked about, ISO 8601; null for everything that was found. */
  readonly window: { readonly from: string | null; readonly to: string };
  readonly covered: readonly Span[];
  readonly uncovered: readonly AnswerGap[];
  /** Who signed the events; undefined where nobody did, or where it was not checked. */
  readonly signer?: string | undefined;
  readonly warnings: readonly string[];
  /** Events that a witness recovered and that could be asked as well; undefined where none could. */
  readonly recovered?: number | undefined;
}

/** The columns that a chart is drawn of, by their names; undefined is chosen by `chartColumns`. */
export interface ChartChoice {
  readonly label?: string | undefined;
  readonly value?: string | undefined;
}

/** A question, its answer, and what that rests on. */
export interface Answer {
  readonly title?: string | undefined;
  /** The question as it was given. */
  readonly sql: string;
  readonly columns: readonly AnswerColumn[];
  /** A value for each column. */
  readonly rows: readonly (readonly AnswerValue[])[];
  /** Whether there are more rows than these. */
  readonly isCut: boolean;
  readonly context: AnswerContext;
  /** Asks for a chart, where a rendering has one. */
  readonly chart?: ChartChoice | undefined;
}

const NUMBER_TYPE =
  /^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|BIGNUM|VARINT|FLOAT|DOUBLE|DECIMAL\b.*)$/i;
const TEXT_TYPE = /^(?:VARCHAR|UUID|BOOLEAN|DATE|TIME\b.*|TIMESTAMP.*|ENUM\b.*)$/i;
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Whether a column holds numbers. */
export function isNumberColumn({ type }: AnswerColumn): boolean {
  return NUMBER_TYPE.test(type);
}

/** The exact digits of a number in a column of numbers; undefined for NULL, NaN, infinity and anything else. */
export function exactNumber(column: AnswerColumn, value: AnswerValue): string | undefined {
  if (!isNumberColumn(column) || (typeof value !== 'number' && typeof value !== 'string')) return undefined;
  const digits = String(value);
  return NUMBER.test(digits) ? digits : undefined;
}

/** A value as text, not escaped: lists and parts as their JSON. NULL is what each rendering has for it. */
export function valueText(value: Exclude<AnswerValue, null>): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The places of the columns that a chart is drawn of. Labels of two columns are shown as one. */
export interface ChartColumns {
  readonly labels: readonly number[];
  readonly value: number;
}

/** More columns in one label would leave no room for any. */
const MOST_LABELS = 2;

/**
 * The columns of a chart: as chosen, else the first one or two columns of text as label, and the last column of numbers as
 * value. Throws USAGE where there are none, or where a chosen one is not there or holds no numbers.
 */
export function chartColumns({ columns, chart }: Pick<Answer, 'columns' | 'chart'>): ChartColumns {
  const value =
    chart?.value === undefined ? columns.findLastIndex(isNumberColumn) : placeOf(columns, chart.value);
  const column = columns[value];
  if (column === undefined) {
    throw new TrailVerifyError('USAGE', 'the answer has no column of numbers to draw a chart of', {
      hint: 'count or add something up, such as: SELECT eventname, count(*) AS calls … GROUP BY eventname',
    });
  }
  if (!isNumberColumn(column)) {
    throw new TrailVerifyError(
      'USAGE',
      `column ${JSON.stringify(column.name)} holds no numbers to draw a chart of`,
    );
  }
  if (chart?.label !== undefined) return { labels: [placeOf(columns, chart.label)], value };
  const labels = columns.flatMap(({ type }, index) =>
    index !== value && TEXT_TYPE.test(type) ? [index] : [],
  );
  if (labels.length === 0) {
    throw new TrailVerifyError('USAGE', 'the answer has no column of text to name the bars of a chart by');
  }
  return { labels: labels.slice(0, MOST_LABELS), value };
}

function placeOf(columns: readonly AnswerColumn[], name: string): number {
  const place = columns.findIndex((column) => column.name === name);
  if (place === -1) {
    throw new TrailVerifyError('USAGE', `the answer has no column named ${JSON.stringify(name)}`, {
      hint: `its columns are ${columns.map((column) => column.name).join(', ')}`,
    });
  }
  return place;
}

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  VALID: 'the run that verified the events found nothing wrong and nothing open.',
  INVALID: 'something contradicts the signatures of AWS.',
  INCONCLUSIVE: 'something could not be proven.',
};
const PROVEN_ALONE = 'The answer holds events of proven log files alone.';
const PROVEN_BUT_WITNESS = 'All events but those of witness_events are of proven log files.';

/** What the verdict means for the answer, in a sentence or two, without the verdict. */
export function verdictWords({ verdict, accepted, recovered }: AnswerContext): string {
  if (verdict === 'VALID' && accepted === 0) return VERDICT_WORDS.VALID;
  const proven = recovered === undefined ? PROVEN_ALONE : PROVEN_BUT_WITNESS;
  if (verdict !== 'VALID') return `${VERDICT_WORDS[verdict]} ${proven}`;
  const are = accepted === 1 ? 'is' : 'are';
  return `${countOf(accepted, 'unproven finding')} ${are} accepted, not proven. ${proven}`;
}

/** What a reader must know before the first row, a line each, not escaped; none where the verdict is VALID and all is covered. */
export function caveats(context: AnswerContext): readonly string[] {
  const { verdict, accepted, uncovered, warnings } = context;
  // Nearly every question of everything has this one.
  const end = uncovered.find(({ reason }) => reason === 'AFTER_NEWEST_DIGEST');
  const gaps = uncovered.length - (end === undefined ? 0 : 1);
  const what = gaps === 1 ? 'stretch of time is' : 'stretches of time are';
  return [
    ...(verdict === 'VALID' && accepted === 0 ? [] : [`${verdict}: ${verdictWords(context)}`]),
    ...(gaps === 0 ? [] : [`${gaps} ${what} not covered; what happened then may be missing`]),
    ...(end === undefined
      ? []
      : [`no digest covers the time after ${shortTime(end.from)} UTC: events of then may be missing`]),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}

/** How many rows there are, and of how many events. */
export function countWords({ rows, isCut, context }: Answer): string {
  const count = countOf(rows.length, 'row');
  const { events, logFiles, recovered } = context;
  const copies = recovered === undefined ? '' : ` and ${countOf(recovered, 'unsigned event')} of a witness`;
  const from = `from ${countOf(events, 'event')} of ${countOf(logFiles, 'verified log file')}${copies}`;
  return isCut ? `the first ${count}, and there are more; ${from}` : `${count} ${from}`;
}

/** A stretch of time, in UTC to the minute. */
export function spanWords({ from, to }: { readonly from: string | null; readonly to: string }): string {
  return `${from === null ? 'everything found' : shortTime(from)} to ${shortTime(to)}`;
}

/** More stretches than a line has room for. */
const MOST_SPANS = 3;

/** What of the window is covered, in one line; not escaped. */
export function coverageWords({ covered, uncovered }: AnswerContext): string {
  if (covered.length === 0) return 'nothing';
  const rest = covered.length - MOST_SPANS;
  const spans = covered.slice(0, MOST_SPANS).map(spanWords).join(', ');
  const gaps =
    uncovered.length === 0 ? '' : `; ${countOf(uncovered.length, 'stretch', 'stretches')} not covered`;
  return `${spans}${rest > 0 ? ` and ${countOf(rest, 'more stretch', 'more stretches')}` : ''} UTC${gaps}`;
}

/** The sentence that says which report the events are of. */
export function reportWords({ reportSha256, signer }: AnswerContext): string {
  const signed = signer === undefined ? '' : ` They are signed by ${signer}.`;
  return `The events are those of the report with SHA-256 ${reportSha256}.${signed}`;
}

/**
 * A question as text of HTML, in lines. A query is copied and run again: where it holds nothing that a screen hides, it is shown
 * as it is. Otherwise its backslashes are doubled as everywhere, so that no two queries look alike.
 */
export function questionMarkup(sql: string): string {
  const lines = sql
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.replace(/^\t+/, (tabs) => '  '.repeat(tabs.length)));
  const isPlain = lines.every((line) => line.replaceAll('\\', '\\\\') === escapeTerminal(line));
  const escaped = lines.map(escapeMarkup).join('\n');
  return isPlain ? escaped.replaceAll('\\\\', '\\') : escaped;
}
