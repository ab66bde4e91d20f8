import { createHash } from 'node:crypto';
import { csvCell } from '../render/escape.ts';
import { type Content, element, LINE_END, together, trusted } from '../render/html/markup.ts';
import { STYLE } from '../render/html/style.ts';
import type { CheckResult } from './checks.ts';
import type { Diagnosis } from './diagnose.ts';

const COLUMNS = ['result', 'ignored', 'id', 'control', 'title', 'resource', 'detail', 'advice'] as const;
const WORDS: Readonly<Record<CheckResult, string>> = {
  pass: 'passed',
  fail: 'FAILED',
  unknown: 'unknown',
  note: 'note',
};
/** The colours of a verification's verdicts. */
const TONE = { PASSED: 'VALID', FAILED: 'INVALID', INCONCLUSIVE: 'INCONCLUSIVE' } as const;

/** The checks as CSV (RFC 4180, with a header), one row each; every cell is quoted and safe for a spreadsheet. */
export function renderDiagnosisCsv({ checks }: Diagnosis): string {
  const rows = checks.map((check) => COLUMNS.map((column) => String(check[column] ?? '')));
  return [COLUMNS, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * The diagnosis as one HTML file that needs nothing else. `sentence` is its verdict in words, `policy` the permissions to
 * add; checks are shown in the order given.
 */
export function renderDiagnosisHtml(
  { verdict, target, time, checks }: Diagnosis,
  sentence: string,
  policy: string | undefined,
): string {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  const csp = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: csp }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('title', {}, `${verdict}: ${target}`),
    element('style', {}, trusted(STYLE)),
  );
  const rows = checks.map((check) => [LINE_END, rowOf(check)]);
  const column = (name: string): Content => element('th', { scope: 'col' }, name);
  const body = element(
    'body',
    {},
    element(
      'header',
      {},
      element('h1', {}, 'CloudTrail set-up'),
      element(
        'div',
        { class: `verdict ${TONE[verdict]}` },
        element('p', { class: 'word' }, verdict),
        element('p', {}, sentence),
        element('p', {}, time),
      ),
    ),
    element(
      'main',
      {},
      element(
        'div',
        { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Checks' },
        element(
          'table',
          {},
          element('thead', {}, element('tr', {}, ['Result', 'Check', 'What was seen', 'Next'].map(column))),
          element('tbody', {}, rows),
        ),
      ),
      policy !== undefined && [element('h2', {}, 'Permissions to add'), element('pre', {}, policy)],
    ),
  );
  const page = element('html', { lang: 'en' }, LINE_END, head, LINE_END, body);
  return `${together([trusted('<!doctype html>\n'), page, LINE_END]).markup}`;
}

function rowOf({
  id,
  control,
  title,
  resource,
  result,
  detail,
  advice,
  ignored,
}: Diagnosis['checks'][number]): Content {
  return element(
    'tr',
    {},
    element('td', {}, `${WORDS[result]}${ignored ? ' (ignored)' : ''}`),
    element(
      'th',
      { scope: 'row' },
      `${id}: ${title}`,
      element('div', { class: 'facts' }, `${control}; `, element('code', {}, resource)),
    ),
    element('td', {}, detail),
    element('td', {}, advice),
  );
}
