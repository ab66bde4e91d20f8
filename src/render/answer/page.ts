/**
 * An answer as one HTML file that needs nothing else: no script, no network, a strict content security policy, light and dark,
 * and paper. What the answer rests on comes first, then the question, the chart where one is asked for, and the rows.
 */
import {
  type Content,
  cell,
  element,
  type Fact,
  factsList,
  LINE_END,
  type Markup,
  STYLE,
  section,
  table,
  trusted,
  verdictWord,
  wholePage,
} from '../html/style.ts';
import { countOf, formatCount } from '../words.ts';
import {
  type Answer,
  type AnswerColumn,
  type AnswerContext,
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
import { CHART_STYLE, chartFigure } from './chart.ts';

const PAGE_STYLE = `${STYLE}${CHART_STYLE}
.null { color: var(--faint); font-style: italic; }
td.text { min-width: 6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

const TITLE = 'Answer from verified CloudTrail events';

/** The page. Every value in it is escaped. Throws USAGE where a chart is asked for and cannot be drawn. */
export function renderAnswerHtml(answer: Answer): string {
  const { context, title = TITLE } = answer;
  const sections = [
    section('question', 'Question', questionPart(answer.sql)),
    section('answer', 'Answer', answerPart(answer)),
    section('coverage', 'What the answer rests on', coveragePart(context)),
  ];
  return wholePage(
    `${context.verdict}: ${title}`,
    { style: PAGE_STYLE },
    element('a', { class: 'skip', href: '#answer' }, 'Skip to the answer'),
    LINE_END,
    headPart(answer, title),
    LINE_END,
    element(
      'main',
      {},
      sections.map((part) => [part, LINE_END]),
    ),
    LINE_END,
    element('footer', {}, element('p', {}, reportWords(context))),
  );
}

/** More than a query has; the events may come from elsewhere. */
const MOST_WARNINGS = 50;

function headPart(answer: Answer, title: string): Markup {
  const { context } = answer;
  return element(
    'header',
    {},
    element('h1', {}, title),
    element(
      'div',
      { class: `verdict ${context.verdict}` },
      verdictWord(context.verdict, context.verdict),
      element('p', {}, sentence(verdictWords(context))),
      context.uncovered.length > 0 &&
        element(
          'p',
          {},
          `${countOf(context.uncovered.length, 'stretch', 'stretches')} of time not covered: see below.`,
        ),
    ),
    context.warnings.length > 0 &&
      element(
        'ul',
        { class: 'warnings' },
        context.warnings
          .slice(0, MOST_WARNINGS)
          .map((warning) => [LINE_END, element('li', {}, `Warning: ${warning}`)]),
      ),
    element('p', { class: 'authoritative' }, reportWords(context)),
  );
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function questionPart(sql: string): Markup {
  // It is escaped there, which an element would do once more.
  return element('pre', {}, element('code', {}, trusted(questionMarkup(sql))));
}

function answerPart(answer: Answer): Content {
  const { columns, rows, chart } = answer;
  return [
    chart !== undefined && rows.length > 0 && chartFigure(answer),
    element('p', {}, `${sentence(countWords(answer))}.`),
    rows.length > 0 &&
      table(
        'Rows of the answer',
        columns.map((column) => (isNumberColumn(column) ? [column.name, 'number'] : [column.name])),
        rows.map((row) => [
          LINE_END,
          element(
            'tr',
            {},
            columns.map((column, index) => valueCell(column, row[index] ?? null)),
          ),
        ]),
      ),
  ];
}

function valueCell(column: AnswerColumn, value: AnswerValue): Markup {
  if (value === null) return cell('NULL', isNumberColumn(column) ? 'number null' : 'null');
  const digits = exactNumber(column, value);
  return digits === undefined ? cell(valueText(value), 'text') : cell(digits, 'number');
}

/** More stretches than anybody reads; the report has all. */
const MOST_GAPS = 200;

function coveragePart(context: AnswerContext): Content {
  const { reportSha256, events, logFiles, window, uncovered, signer, recovered } = context;
  const rest = uncovered.length - MOST_GAPS;
  const facts: readonly Fact[] = [
    ['Events', `${formatCount(events)} of ${countOf(logFiles, 'verified log file')}`],
    recovered === undefined ? undefined : ['Witness', `${countOf(recovered, 'recovered event')}, unsigned`],
    ['Window', `${spanWords(window)} UTC`],
    ['Covered', coverageWords(context)],
    ['Report', ['SHA-256 ', element('code', {}, reportSha256)]],
    signer === undefined ? undefined : ['Signed by', signer],
  ];
  return [
    factsList(facts),
    uncovered.length > 0 &&
      table(
        'Time that is not covered: nothing is known of it, and the answer holds no event of it',
        [['From and to (UTC)'], ['Reason'], ['Chain']],
        uncovered
          .slice(0, MOST_GAPS)
          .map((gap) => [
            LINE_END,
            element(
              'tr',
              {},
              element('th', { scope: 'row' }, spanWords(gap)),
              cell(element('code', {}, gap.reason)),
              cell(element('code', {}, gap.chain)),
            ),
          ]),
      ),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more stretch', 'more stretches')} in report.json.`),
  ];
}
