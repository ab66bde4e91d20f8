import type { FindingGroup } from '../facts/group-findings.ts';
import { element, type Markup } from './markup.ts';

/** The filter of the findings; it is hidden until the script of the page, without which it does nothing, shows it. */
export function findingsFilter(groups: readonly FindingGroup[]): Markup {
  const weights = [...new Set(groups.map(({ weight }) => weight))];
  const codes = [...new Set(groups.map(({ code }) => code))];
  return element(
    'div',
    { id: 'filter', class: 'filter', role: 'search', 'aria-label': 'Filter the findings', hidden: true },
    element(
      'label',
      {},
      'Find ',
      element('input', { id: 'filter-text', type: 'search', autocomplete: 'off', spellcheck: 'false' }),
    ),
    element(
      'label',
      {},
      'Code ',
      element(
        'select',
        { id: 'filter-code' },
        element('option', { value: '' }, 'all'),
        codes.map((code) => element('option', { value: code }, code)),
      ),
    ),
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
    element('output', { id: 'filter-count', 'aria-live': 'polite' }),
  );
}
