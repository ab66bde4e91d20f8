/** The filter of the findings: what it offers, what it works with in each row, and its script. */
import { isAccountId, isRegionName } from '../../base/names.ts';
import type { Finding, FindingCode, Weight } from '../../findings/finding.ts';
import { findingPlace } from '../facts/findings.ts';
import { countOf, formatCount } from '../words.ts';
import { element, type Markup } from './style.ts';

interface FilterPlace {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

/** The account and the Region of a finding, where it names real ones; what else a name holds is no value to filter by. */
function filterPlace(finding: Finding): FilterPlace {
  const { account = '', region = '' } = findingPlace(finding);
  return {
    account: isAccountId(account) ? account : undefined,
    region: isRegionName(region) ? region : undefined,
  };
}

/** What the filter looks at in a row. */
export function placeAttributes(finding: Finding): Readonly<Record<string, string | undefined>> {
  const { account, region } = filterPlace(finding);
  return { 'data-account': account, 'data-region': region };
}

/** Findings of one code and weight as they are on the page. */
interface Filtered {
  readonly code: FindingCode;
  readonly weight: Weight;
  readonly findings: readonly Finding[];
}

/**
 * The filter of what is on the page; it is hidden until the script shows it, without which it does nothing. `all` findings are
 * in the report, and `where` has those that are not on the page.
 */
export function findingsFilter(groups: readonly Filtered[], all: number, where: string): Markup {
  const places = groups.flatMap(({ findings }) => findings.map(filterPlace));
  const distinct = (names: readonly (string | undefined)[]): readonly string[] =>
    [...new Set(names)].filter((name) => name !== undefined).sort();
  const weights = [...new Set(groups.map(({ weight }) => weight))];
  const codes = [...new Set(groups.map(({ code }) => code))];
  const beyond = all - places.length;
  return element(
    'div',
    { id: 'filter', class: 'filter', role: 'search', 'aria-label': 'Filter the findings', hidden: true },
    element(
      'label',
      {},
      'Find ',
      element('input', { id: 'filter-text', type: 'search', autocomplete: 'off', spellcheck: 'false' }),
    ),
    choice('account', 'Account', distinct(places.map((place) => place.account))),
    choice('region', 'Region', distinct(places.map((place) => place.region))),
    choice('code', 'Code', codes),
    element(
      'fieldset',
      {},
      element('legend', {}, 'Weight'),
      weights.map((weight) =>
        element(
          'label',
          {},
          element('input', { type: 'checkbox', name: 'weight', value: weight, checked: true }),
          ` ${weight}`,
        ),
      ),
    ),
    element('button', { id: 'filter-clear', type: 'button' }, 'Show all'),
    element('output', { id: 'filter-count', 'aria-live': 'polite' }),
    beyond > 0 &&
      element(
        'p',
        { class: 'facts' },
        `It looks through the ${formatCount(places.length)} on this page; ${countOf(beyond, 'more', 'more')} in ${where}.`,
      ),
  );
}

function choice(name: string, label: string, values: readonly string[]): Markup {
  return element(
    'label',
    {},
    `${label} `,
    element(
      'select',
      { id: `filter-${name}` },
      element('option', { value: '' }, 'all'),
      values.map((value) => element('option', { value }, value)),
    ),
  );
}

/**
 * The script of the filter. It only hides and opens what is in the page; without it every row is shown. It writes nothing but
 * the attributes `hidden` and `open`, and a count.
 */
export const SCRIPT = `
'use strict';
(() => {
  const filter = document.getElementById('filter');
  if (filter === null) return;
  const field = (name) => document.getElementById('filter-' + name);
  const text = field('text');
  const chosen = ['account', 'region', 'code'].map(field);
  const [account, region, code] = chosen;
  const count = field('count');
  const weights = [...filter.querySelectorAll('input[type="checkbox"]')];
  const groups = [...document.querySelectorAll('section.group')].map((section) => ({
    section,
    list: section.querySelector('details.list'),
    examples: section.querySelector('.examples'),
    code: section.dataset.code,
    weight: section.dataset.weight,
    rows: [...section.querySelectorAll('tbody tr')].map((row) => ({
      row,
      account: row.dataset.account,
      region: row.dataset.region,
      words: row.textContent.toLowerCase(),
    })),
  }));
  const mostOpened = 50;
  const apply = () => {
    const wanted = text.value.trim().toLowerCase();
    const shown = new Set(weights.filter((box) => box.checked).map((box) => box.value));
    const byRow = wanted !== '' || account.value !== '' || region.value !== '';
    let visible = 0;
    for (const group of groups) {
      const fits = shown.has(group.weight) && (code.value === '' || code.value === group.code);
      let inGroup = 0;
      for (const one of group.rows) {
        const isVisible = fits
          && (account.value === '' || account.value === one.account)
          && (region.value === '' || region.value === one.region)
          && (wanted === '' || one.words.includes(wanted));
        one.row.hidden = !isVisible;
        if (isVisible) inGroup += 1;
      }
      group.section.hidden = byRow ? inGroup === 0 : !fits;
      if (group.examples !== null) group.examples.hidden = byRow;
      if (group.list !== null) group.list.open = byRow && inGroup > 0 && inGroup <= mostOpened;
      visible += inGroup;
    }
    count.textContent = visible === 1 ? '1 row fits' : visible + ' rows fit';
  };
  filter.addEventListener('input', apply);
  field('clear').addEventListener('click', () => {
    text.value = '';
    for (const one of chosen) one.value = '';
    for (const box of weights) box.checked = true;
    apply();
  });
  filter.hidden = false;
  apply();
})();
`;
