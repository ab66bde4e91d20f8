import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding, Weight } from '../../findings/finding.ts';
import type { Report } from '../../report/report.ts';
import { shortTime } from '../facts/coverage.ts';
import { findingFacts } from '../facts/findings.ts';
import { countOfWeight, type FindingGroup, groupFindings, whereTheRestIs } from '../facts/group-findings.ts';
import { findingCounts } from '../text/text.ts';
import { countOf } from '../words.ts';
import { acceptancesTable } from './acceptances.ts';
import { findingsFilter } from './filter.ts';
import { type Content, element, LINE_END, type Markup } from './markup.ts';

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
  const groups = groupFindings(report);
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

function groupSection(group: FindingGroup, shown: number, where: string): Markup {
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
    shown > 0 && findingsTable(group, shown),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more', 'more')} in ${where}.`),
  );
}

function findingsTable({ code, findings }: FindingGroup, shown: number): Markup {
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
