/** The forms of an answer, by the names that the command has for them. */
import { plain } from '../text/terminal.ts';
import type { Answer } from './answer.ts';
import { answerCsvLines, answerJsonLines, renderAnswerMarkdown } from './formats.ts';
import { renderAnswerHtml } from './page.ts';
import { renderAnswerTable, type TableOptions } from './table.ts';

/** The forms that an answer is rendered to. */
export const ANSWER_FORMATS = ['text', 'ndjson', 'markdown', 'html', 'csv'] as const;

/** One of these forms. */
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];

/** The width of a table that nobody gave a width for. */
const USUAL_COLUMNS = 80;

/**
 * An answer in one of the forms, piece by piece. `options` are for the table: without them it has eighty columns and no colour.
 * Throws USAGE where a chart is asked for and cannot be drawn.
 */
export function answerPieces(
  format: AnswerFormat,
  answer: Answer,
  options: TableOptions = { columns: USUAL_COLUMNS, paint: plain },
): Iterable<string> {
  switch (format) {
    case 'text':
      return [renderAnswerTable(answer, options)];
    case 'csv':
      return answerCsvLines(answer);
    case 'ndjson':
      return answerJsonLines(answer);
    case 'markdown':
      return [renderAnswerMarkdown(answer)];
    case 'html':
      return [renderAnswerHtml(answer)];
  }
}
