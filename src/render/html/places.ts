/** Accounts by Regions as a table: where something is wrong, and where all is proven. */
import { isAccountId, isRegionName } from '../../base/names.ts';
import type { Report } from '../../report/report.ts';
import { type PlaceState, placeMatrix } from '../facts/matrix.ts';
import { countOf, formatCount } from '../words.ts';
import { type Content, element, LINE_END, type Markup, section } from './style.ts';

/** Rows and columns of the page; report.json has all places. */
const MOST_ACCOUNTS = 100;
const MOST_REGIONS = 40;

const SIGNS: Readonly<Record<PlaceState, readonly [sign: string, words: string]>> = {
  ok: ['✓', 'proven'],
  bad: ['✗', 'violation'],
  open: ['?', 'unproven'],
  none: ['·', 'no chain'],
};

/** The section of accounts by Regions, the worst first; nothing where there is one place or none. */
export function placesSection(report: Report): Content {
  const { accounts: names, regions: regionNames, cells, elsewhere } = placeMatrix(report);
  // In a report from elsewhere a chain may have any name; one that is of no account and Region has no place here.
  const accounts = indexed(names, isAccountId);
  const regions = indexed(regionNames, isRegionName);
  const stateOf = (row: number, column: number): PlaceState => cells[row]?.[column] ?? 'none';
  const places = accounts.reduce(
    (sum, [, row]) => sum + regions.filter(([, column]) => stateOf(row, column) !== 'none').length,
    0,
  );
  if (places < 2) return undefined;
  const [rows, columns] = [accounts.slice(0, MOST_ACCOUNTS), regions.slice(0, MOST_REGIONS)];
  const isCut = rows.length < accounts.length || columns.length < regions.length;
  const caption = `${countOf(accounts.length, 'account')} by ${countOf(regions.length, 'Region')}, the worst first`;
  return section(
    'places',
    `Accounts and Regions: ${formatCount(places)}`,
    element('ul', { class: 'legend' }, legend()),
    element(
      'div',
      { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': caption },
      element(
        'table',
        { class: 'matrix' },
        element('caption', {}, caption),
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            element('th', { scope: 'col' }, 'Account'),
            columns.map(([region]) => element('th', { scope: 'col' }, element('span', {}, region))),
          ),
        ),
        element(
          'tbody',
          {},
          rows.map(([account, row]) => [
            LINE_END,
            element(
              'tr',
              {},
              element('th', { scope: 'row' }, element('code', {}, account)),
              columns.map(([, column]) => stateCell(stateOf(row, column))),
            ),
          ]),
        ),
      ),
    ),
    isCut &&
      element(
        'p',
        {},
        `It shows ${countOf(rows.length, 'account')} and ${countOf(columns.length, 'Region')}; the chains and findings of the others are in report.json.`,
      ),
    elsewhere.violations + elsewhere.unproven > 0 &&
      element(
        'p',
        {},
        `Of no account and Region: ${countOf(elsewhere.violations, 'violation')}, ${formatCount(elsewhere.unproven)} unproven.`,
      ),
  );
}

/** The names that are what they should be, each with its place in the list. */
function indexed(
  names: readonly string[],
  isOne: (name: string) => boolean,
): readonly (readonly [name: string, index: number])[] {
  return names.flatMap((name, index) => (isOne(name) ? [[name, index] as const] : []));
}

function stateCell(state: PlaceState): Markup {
  const [sign, words] = SIGNS[state];
  return element(
    'td',
    { class: `place ${state}-place` },
    element('span', { 'aria-hidden': 'true' }, sign),
    element('span', { class: 'unseen' }, words),
  );
}

function legend(): Content {
  return Object.entries(SIGNS).map(([state, [sign, words]]) =>
    element(
      'li',
      {},
      element('span', { class: `place ${state}-place`, 'aria-hidden': 'true' }, sign),
      ` ${words}`,
    ),
  );
}
