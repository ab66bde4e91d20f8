import { CATALOGUE } from '../../findings/catalogue.ts';
import { controlNames, controlsOf, controlsText } from '../../findings/controls.ts';
import type { Finding, FindingCode, Weight } from '../../findings/finding.ts';
import type { Report } from '../../report/report.ts';
import { countOfWeight, findingFacts, whereTheRestIs } from '../facts/findings.ts';
import { type CauseGroup, groupFindings } from '../facts/groups.ts';
import { acceptanceOutcome, acceptanceSubject, isQuiet } from '../facts/report.ts';
import { shortTime } from '../facts/timeline.ts';
import { findingCounts } from '../text/text.ts';
import { countOf } from '../words.ts';
import { findingsFilter, placeAttributes } from './filter.ts';
import { type Content, element, LINE_END, LONG_LIST, longList, type Markup } from './style.ts';

/** Rows shown of one cause, and of all: a page that a browser still scrolls. */
const MOST_OF_CAUSE = 500;
const MOST_ROWS = 2000;
/** Causes with a part of their own; more of them are counted. */
const MOST_CAUSES = 200;
/** Rows that are open when the page is, or printed: beyond them also short lists are collapsed. */
const MOST_OPEN_ROWS = 200;

const WEIGHT_CLASS: Readonly<Record<Weight, string>> = {
  violation: 'violation',
  unproven: 'unproven-word',
  note: 'note-word',
};

/** One cause, and how much of it is shown. */
interface ShownCause {
  readonly group: CauseGroup;
  readonly number: number;
  readonly rows: number;
  readonly isOpen: boolean;
}

/** The section of findings: a filter that works with the script, and a part for each cause, the heaviest first. */
export function findingsSection(report: Report): Markup {
  const groups = groupFindings(report);
  const where = whereTheRestIs(report);
  const shown = shownCauses(groups);
  const rest = groups.slice(shown.length).reduce((sum, { count }) => sum + count, 0);
  return element(
    'section',
    { id: 'findings', 'aria-labelledby': 'findings-heading' },
    element('h2', { id: 'findings-heading' }, `Findings: ${findingCounts(report)}`),
    groups.length === 0
      ? element('p', {}, 'Nothing was found that a reader must know.')
      : [
          element(
            'p',
            {},
            `${countOf(groups.length, 'cause')}. What one event did to many chains or files is one cause. Each names the controls that it supports as evidence; it satisfies none by itself.`,
          ),
          element('p', { class: 'on-paper' }, `The evidence of each finding is in ${where}.`),
          findingsFilter(
            shown.map(({ group, rows }) => ({ ...group, findings: group.findings.slice(0, rows) })),
            groups.reduce((sum, { count }) => sum + count, 0),
            where,
          ),
        ],
    shown.map((cause) => causeSection(cause, where)),
    rest > 0 &&
      element(
        'p',
        {},
        `… and ${countOf(rest, 'finding')} of ${countOf(groups.length - shown.length, 'more cause')} in ${where}.`,
      ),
    acceptancesTable(report),
  );
}

function shownCauses(groups: readonly CauseGroup[]): readonly ShownCause[] {
  let left = MOST_ROWS;
  let open = MOST_OPEN_ROWS;
  return groups.slice(0, MOST_CAUSES).map((group, index) => {
    const rows = Math.min(MOST_OF_CAUSE, left, group.findings.length);
    left -= rows;
    const isOpen = rows <= LONG_LIST && rows <= open;
    if (isOpen) open -= rows;
    return { group, number: index + 1, rows, isOpen };
  });
}

function causeSection({ group, number, rows, isOpen }: ShownCause, where: string): Markup {
  const { code, weight, count, chains, cause, accepted, findings, examples } = group;
  const words = CATALOGUE[code];
  const heading = `cause-${number}`;
  const rest = count - rows;
  const all = `${countOf(count, 'finding')}${chains > 1 ? ` of ${countOf(chains, 'chain')}` : ''}`;
  const table = rows > 0 && findingsTable(number, code, findings.slice(0, rows));
  return element(
    'section',
    {
      class: `group ${weight}-group`,
      'data-code': code,
      'data-weight': weight,
      'aria-labelledby': heading,
    },
    LINE_END,
    element(
      'h3',
      { id: heading },
      element('span', { class: `weight ${WEIGHT_CLASS[weight]}` }, countOfWeight(count, weight)),
      chains > 1 && ` of ${countOf(chains, 'chain')}`,
      ': ',
      element('code', {}, code),
      ` ${words.title}`,
    ),
    cause !== '' && element('p', { class: 'cause' }, cause),
    accepted !== undefined && element('p', {}, element('strong', {}, 'Accepted: '), accepted),
    element('p', {}, words.meaning),
    element('p', {}, element('strong', {}, 'Next: '), words.advice),
    element('p', { class: 'facts' }, `Supports ${controlsText(controlNames(controlsOf(code)))}`),
    isOpen ? table : [rows > 0 && exampleList(examples), longList(all, where, table)],
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more', 'more')} in ${where}.`),
  );
}

/** A few of many, which are there also where the list is collapsed and on paper. */
function exampleList(examples: readonly Finding[]): Markup {
  return element(
    'ul',
    { class: 'examples', 'aria-label': 'Examples' },
    examples.map((finding) => {
      const facts = findingFacts(finding);
      return [
        LINE_END,
        element(
          'li',
          {},
          element('code', {}, finding.object.uri),
          facts.length > 0 && element('div', { class: 'facts' }, facts.join('; ')),
        ),
      ];
    }),
  );
}

function findingsTable(number: number, code: FindingCode, findings: readonly Finding[]): Markup {
  const column = (name: string) => element('th', { scope: 'col' }, name);
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': `Objects of ${code}, cause ${number}` },
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
        findings.map((finding) => [LINE_END, findingRow(finding)]),
      ),
    ),
  );
}

function findingRow(finding: Finding): Markup {
  const { object, chain, time } = finding;
  const facts = findingFacts(finding);
  return element(
    'tr',
    placeAttributes(finding),
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
