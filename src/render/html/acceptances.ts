import type { Report } from '../../report/report.ts';
import { acceptanceOutcome, acceptanceSubject, isQuiet } from '../facts/acceptances.ts';
import { countOf } from '../words.ts';
import { type Content, element, LINE_END } from './markup.ts';

/** More acceptances than a file may hold are not of this tool. */
const MOST_ROWS = 1000;

/** The table of acceptances below the findings; nothing where the run was given none. */
export function acceptancesTable(report: Report): Content {
  const { acceptances = [] } = report;
  if (acceptances.length === 0) return undefined;
  const column = (name: string) => element('th', { scope: 'col' }, name);
  const rows = acceptances
    .slice(0, MOST_ROWS)
    .map((acceptance) => [
      LINE_END,
      element(
        'tr',
        {},
        element(
          'th',
          { scope: 'row' },
          acceptance.name,
          element('div', { class: 'facts' }, acceptanceSubject(acceptance)),
        ),
        element('td', {}, acceptance.acceptedBy),
        element('td', {}, acceptance.reason),
        element('td', { class: isQuiet(acceptance) ? 'whole' : 'open' }, acceptanceOutcome(acceptance)),
      ),
    ]);
  return element(
    'section',
    { id: 'acceptances', 'aria-labelledby': 'acceptances-heading' },
    element('h3', { id: 'acceptances-heading' }, countOf(acceptances.length, 'acceptance')),
    element(
      'p',
      {},
      'Somebody bears these unproven findings, for the reason given. They are not proven, their time stays uncovered, and they have no part in the verdict. A violation is never accepted.',
    ),
    element(
      'div',
      { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Acceptances' },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element('tr', {}, column('Name'), column('Accepted by'), column('Reason'), column('What it does')),
        ),
        element('tbody', {}, rows),
      ),
    ),
  );
}
