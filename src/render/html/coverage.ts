import { isoTime } from '../../base/clock.ts';
import type { Interval } from '../../chain/coverage.ts';
import type { Report } from '../../report/report.ts';
import {
  type AccountCoverage,
  accountCoverage,
  type CoverageRow,
  coverageRows,
  shortTime,
} from '../facts/coverage.ts';
import { type ChainTimeline, chainTimelines, stepOf, timelineSpan } from '../facts/timeline.ts';
import { countOf, formatCount, formatDuration } from '../words.ts';
import { controlEventsPart } from './control-events.ts';
import { type Content, cell, element, LINE_END, type Markup, section, table } from './markup.ts';
import { chainLine, hoursByDays, patternDefinitions, timelineLegend } from './timeline.ts';

/** Chains with a line of their own; the rest is counted by account. */
const MOST_CHAINS = 500;
/** Chains shown hour by hour: every one that is open, up to this many, and whole ones where there are few. */
const MOST_PICTURES = 24;
const MOST_WHOLE_PICTURES = 4;
const MOST_SPANS = 200;
/** From here on a reader looks for an account before a chain. */
const MANY_CHAINS = 20;

/** The section of coverage: accounts where chains are many, a line for each chain, hours by days, and what is not covered. */
export function coverageSection(report: Report): Markup {
  const timelines = new Map(chainTimelines(report).map((timeline) => [timeline.chain.id, timeline]));
  const span = timelineSpan([...timelines.values()]);
  const rows = coverageRows(report);
  const openFirst = [...rows.filter((row) => !row.whole), ...rows.filter((row) => row.whole)];
  return section(
    'coverage',
    `Coverage: ${countOf(rows.length, 'chain')}`,
    element(
      'p',
      {},
      'A chain is the sequence of digest files of one account, Region and trail: each digest speaks for about an hour, names the log files of that hour and signs for its predecessor.',
    ),
    rows.length === 0 ? element('p', {}, 'No chain was found.') : [patternDefinitions(), timelineLegend()],
    rows.length > MANY_CHAINS && accountsTable(report),
    rows.length > 0 && chainsTable(openFirst, timelines, span),
    span !== undefined && pictures(openFirst, timelines, span),
    uncoveredTable(report),
    controlEventsPart(report),
  );
}

function chainsTable(
  openFirst: readonly CoverageRow[],
  timelines: ReadonlyMap<string, ChainTimeline>,
  span: Interval | undefined,
): Markup {
  const shown = openFirst.slice(0, MOST_CHAINS);
  const of = shown.length < openFirst.length ? `, ${shown.length} of ${formatCount(openFirst.length)}` : '';
  const time =
    span === undefined
      ? ''
      : `; timeline from ${shortTime(isoTime(span.from))} to ${shortTime(isoTime(span.to))} UTC in steps of ${formatDuration(stepOf(span))}, each showing the worst in it`;
  const rows = shown.map((row) => {
    const timeline = timelines.get(row.id);
    return [
      LINE_END,
      element(
        'tr',
        {},
        element(
          'th',
          { scope: 'row' },
          element('span', { class: row.whole ? 'whole' : 'open' }, row.whole ? '✓ whole ' : '✗ open '),
          element('code', {}, row.id),
        ),
        cell(row.digests, 'number'),
        cell(row.logs, 'number'),
        element(
          'td',
          {},
          row.covered,
          element('div', {}, timeline !== undefined && span !== undefined && chainLine(timeline, span)),
        ),
      ),
    ];
  });
  return table(
    `Chains, open ones first${of}${time}`,
    [['Chain'], ['Digest files', 'number'], ['Log files', 'number'], ['Covers (UTC)']],
    rows,
  );
}

function pictures(
  openFirst: readonly CoverageRow[],
  timelines: ReadonlyMap<string, ChainTimeline>,
  span: Interval,
): Content {
  const wanted = openFirst.filter((row, index) => !row.whole || index < MOST_WHOLE_PICTURES);
  const drawn = wanted.slice(0, MOST_PICTURES).flatMap(({ id }) => {
    const timeline = timelines.get(id);
    const picture = timeline === undefined ? undefined : hoursByDays(timeline, span);
    return picture === undefined ? [] : [{ id, picture }];
  });
  if (drawn.length === 0) return undefined;
  return [
    element('h3', {}, 'Hours by days'),
    element(
      'p',
      {},
      'A column for each day, its hours downwards, both in UTC; point at a stretch to read it.',
    ),
    drawn.map(({ id, picture }) => [
      LINE_END,
      element(
        'figure',
        {},
        element('figcaption', {}, element('code', {}, id)),
        element(
          'div',
          { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': `Hours of ${id}` },
          picture,
        ),
      ),
    ]),
  ];
}

function uncoveredTable(report: Report): Content {
  const spans = report.window.uncovered;
  if (spans.length === 0) return undefined;
  const rows = spans
    .slice(0, MOST_SPANS)
    .map((span) => [
      LINE_END,
      element(
        'tr',
        {},
        element('th', { scope: 'row', class: 'time' }, `${shortTime(span.from)} to ${shortTime(span.to)}`),
        element('td', {}, element('code', {}, span.reason)),
        element('td', {}, element('code', {}, span.chain)),
      ),
    ]);
  const rest = spans.length - MOST_SPANS;
  return [
    table('Time that is not covered', [['Time (UTC)'], ['Reason'], ['Chain']], rows),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more stretch', 'more stretches')} in report.json.`),
  ];
}

const MOST_ACCOUNTS = 50;

/** The chains of each account in numbers, accounts with open chains first. */
function accountsTable(report: Report): Markup {
  const all = accountCoverage(report);
  const isWhole = ({ whole, chains }: AccountCoverage): boolean => whole === chains;
  const openFirst = [...all.filter((one) => !isWhole(one)), ...all.filter(isWhole)];
  const rows = openFirst
    .slice(0, MOST_ACCOUNTS)
    .map((account) => [
      LINE_END,
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, element('code', {}, account.account)),
        cell(`${formatCount(account.whole)} of ${formatCount(account.chains)}`, 'number'),
        cell(account.digests, 'number'),
        cell(account.logs, 'number'),
      ),
    ]);
  return table(
    `Accounts, open ones first${all.length > MOST_ACCOUNTS ? `, ${MOST_ACCOUNTS} of ${formatCount(all.length)}` : ''}`,
    [['Account'], ['Whole chains', 'number'], ['Digest files', 'number'], ['Log files', 'number']],
    rows,
  );
}
