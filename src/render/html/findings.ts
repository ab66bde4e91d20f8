import { CATALOGUE } from '../../findings/catalogue.ts';
import { controlNames, controlsOf, controlsText } from '../../findings/controls.ts';
import type { Finding, Weight } from '../../findings/finding.ts';
import type { Report } from '../../report/report.ts';
import {
  type CodeGroup,
  countOfWeight,
  findingFacts,
  findingsByCode,
  whereTheRestIs,
} from '../facts/findings.ts';
import { acceptanceOutcome, acceptanceSubject, isQuiet } from '../facts/report.ts';
import { shortTime } from '../facts/timeline.ts';
import { findingCounts } from '../text/text.ts';
import { countOf } from '../words.ts';
import { type Content, element, LINE_END, type Markup } from './style.ts';

/** Rows shown of one code, and of all: a page that a browser still scrolls. */
const MOST_OF_CODE = 500;
const MOST_ROWS = 2000;

const WEIGHT_CLASS: Readonly<Record<Weight, string>> = {
  violation: 'violation',
  unproven: 'unproven-word',
  note: 'note-word',
};

/** The section of findings: a filter that works with the script, and a table for each code, the heaviest first. */
export function findingsSection(report: Report): Markup {
  const groups = findingsByCode(report);
  let left = MOST_ROWS;
  const sections = groups.map((group) => {
    const rows = Math.min(MOST_OF_CODE, left, group.findings.length);
    left -= rows;
    return groupSection(group, rows, whereTheRestIs(report));
  });
  return element(
    'section',
    { id: 'findings', 'aria-labelledby': 'findings-heading' },
    element('h2', { id: 'findings-heading' }, `Findings: ${findingCounts(report)}`),
    groups.length === 0
      ? element('p', {}, 'Nothing was found that a reader must know.')
      : findingsFilter(groups),
    sections,
    acceptancesTable(report),
  );
}

function groupSection(group: CodeGroup, shown: number, where: string): Markup {
  const { code, weight, count } = group;
  const words = CATALOGUE[code];
  const heading = `group-${code}-${weight}`;
  const rest = count - shown;
  return element(
    'section',
    { class: 'group', 'data-code': code, 'data-weight': weight, 'aria-labelledby': heading },
    LINE_END,
    element(
      'h3',
      { id: heading },
      element('span', { class: `weight ${WEIGHT_CLASS[weight]}` }, countOfWeight(count, weight)),
      ': ',
      element('code', {}, code),
      ` ${words.title}`,
    ),
    element('p', {}, words.meaning),
    element('p', {}, element('strong', {}, 'Next: '), words.advice),
    element('p', { class: 'facts' }, `Supports ${controlsText(controlNames(controlsOf(code)))}`),
    shown > 0 && findingsTable(group, shown),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more', 'more')} in ${where}.`),
  );
}

function findingsTable({ code, findings }: CodeGroup, shown: number): Markup {
  const column = (name: string) => element('th', { scope: 'col' }, name);
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': `Objects of ${code}` },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element('tr', {}, column('Object and evidence'), column('Chain'), column('Time (UTC)')),
      ),
      element(
        'tbody',
        {},
        findings.slice(0, shown).map((finding) => [LINE_END, findingRow(finding)]),
      ),
    ),
  );
}

function findingRow(finding: Finding): Markup {
  const { object, chain, time } = finding;
  const facts = findingFacts(finding);
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      element('code', {}, object.uri),
      facts.length > 0 && element('div', { class: 'facts' }, facts.join('; ')),
      evidence(finding),
    ),
    element('td', {}, chain !== undefined && element('code', {}, chain)),
    element('td', { class: 'time' }, time !== undefined && shortTime(time)),
  );
}

function evidence(finding: Finding): Content {
  const { versionId, signedAs } = finding.object;
  const all = { versionId, signedAs, ...Object(finding.evidence) };
  const fields = Object.entries(all).filter(([, value]) => value !== undefined);
  if (fields.length === 0) return undefined;
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return element(
    'details',
    {},
    element('summary', {}, 'evidence'),
    element(
      'dl',
      {},
      fields.map(([name, value]) => [
        element('dt', {}, name),
        element('dd', {}, element('code', {}, text(value))),
      ]),
    ),
  );
}

/** The filter of the findings; it is hidden until the script of the page, without which it does nothing, shows it. */
function findingsFilter(groups: readonly CodeGroup[]): Markup {
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

/** More acceptances than a file may hold are not of this tool. */
const MOST_ACCEPTANCES = 1000;

/** The table of acceptances below the findings; nothing where the run was given none. */
function acceptancesTable(report: Report): Content {
  const { acceptances = [] } = report;
  if (acceptances.length === 0) return undefined;
  const column = (name: string) => element('th', { scope: 'col' }, name);
  const rows = acceptances
    .slice(0, MOST_ACCEPTANCES)
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
      'Somebody accepted these unproven findings, for the reason given. They are not proven, their time stays uncovered, and they have no part in the verdict. A violation is never accepted.',
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
