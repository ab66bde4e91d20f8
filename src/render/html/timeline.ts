import { DAY, HOUR, isoTime } from '../../base/clock.ts';
import type { Interval } from '../../chain/coverage.ts';
import type { Report } from '../../report/report.ts';
import type { Recovered } from '../facts/recovered.ts';
import { provenShare, shareRest } from '../facts/share.ts';
import {
  type AccountCoverage,
  accountCoverage,
  type ChainTimeline,
  type CoverageRow,
  chainTimelines,
  coverageRows,
  inSteps,
  STATES,
  type Stretch,
  shortTime,
  stepOf,
  type TimeState,
  timelineSpan,
} from '../facts/timeline.ts';
import { countOf, formatCount, formatDuration } from '../words.ts';
import { controlEventsPart } from './control-events.ts';
import {
  type Content,
  cell,
  element,
  LINE_END,
  LONG_LIST,
  longList,
  type Markup,
  section,
  table,
  together,
} from './style.ts';

/** Chains' time as inline SVG: one line for each chain, and an exact picture of hours by days. */

/** A line is drawn this wide where its steps allow, in pixels. */
const LINE_WIDTH = 372;
const LINE_HEIGHT = 14;
/** An hour of a year must still be seen: pixels. */
const LEAST_WIDTH = 3;

/** Each state in words. */
const STATE_WORDS: Readonly<Record<TimeState, string>> = {
  tampered: 'tampered: something contradicts the signatures of AWS',
  missing: 'missing: a file that AWS signed for is gone',
  uncovered: 'uncovered: no proven digest covers this time',
  unproven: 'unproven: a file of this time could not be proven',
  verified: 'verified',
};

/** The fills that distinguish states without colour; once in a page, before any picture. */
function patternDefinitions(): Markup {
  const line = (d: string) => element('path', { d, class: 'ink' });
  const pattern = (name: string, d: string) =>
    element(
      'pattern',
      { id: `fill-${name}`, width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
      element('rect', { width: 6, height: 6, class: `ground ${name}` }),
      line(d),
    );
  return element(
    'svg',
    { width: 0, height: 0, class: 'definitions', 'aria-hidden': 'true' },
    pattern('tampered', 'M0 0L6 6M6 0L0 6'),
    pattern('missing', 'M0 3H6M3 0V6'),
    pattern('uncovered', 'M-1 1L1 -1M0 6L6 0M5 7L7 5'),
    pattern('unproven', 'M2 3H4'),
  );
}

/** What the fills mean, as a list. */
function timelineLegend(): Markup {
  const swatch = (state: TimeState) =>
    element(
      'svg',
      { width: 22, height: LINE_HEIGHT, 'aria-hidden': 'true', class: 'timeline' },
      element('rect', { width: 22, height: LINE_HEIGHT, class: state }),
    );
  const entries = STATES.map((state) => element('li', {}, swatch(state), ' ', STATE_WORDS[state]));
  return element('ul', { class: 'legend' }, entries);
}

function label(stretch: Stretch): string {
  const reason = stretch.reason === undefined ? '' : ` (${stretch.reason})`;
  const [from, to] = [stretch.from, stretch.to].map((time) => shortTime(isoTime(time)));
  return `${from} to ${to} UTC: ${stretch.state}${reason}`;
}

function box(stretch: Stretch, x: number, y: number, width: number, height: number): Markup {
  const round = (value: number): number => Math.round(value * 100) / 100;
  const place = { x: round(x), y: round(y), width: round(width), height: round(height) };
  return element('rect', { ...place, class: stretch.state }, element('title', {}, label(stretch)));
}

/** One chain on one line, in steps; `span` is the time of all chains, so that lines are aligned. */
function chainLine({ stretches, chain }: ChainTimeline, span: Interval): Markup {
  const step = stepOf(span);
  const begin = Math.floor(span.from / step);
  const steps = Math.ceil(span.to / step) - begin;
  const unit = Math.max(1, Math.floor(LINE_WIDTH / steps));
  const drawn = inSteps(stretches, span, step);
  const states = STATES.filter((state) => drawn.some((stretch) => stretch.state === state));
  return element(
    'svg',
    {
      class: 'timeline line',
      role: 'img',
      width: steps * unit,
      height: LINE_HEIGHT,
      viewBox: `0 0 ${steps * unit} ${LINE_HEIGHT}`,
      'aria-label': `${chain.id}: ${states.length === 0 ? 'nothing known' : states.join(', ')}`,
    },
    element('rect', { width: steps * unit, height: LINE_HEIGHT, class: 'unknown' }),
    worstLast(drawn).map((stretch) => {
      const wide = ((stretch.to - stretch.from) / step) * unit;
      const x = (stretch.from / step - begin) * unit;
      return box(
        stretch,
        x,
        0,
        stretch.state === 'verified' ? wide : Math.max(LEAST_WIDTH, wide),
        LINE_HEIGHT,
      );
    }),
  );
}

function worstLast(stretches: readonly Stretch[]): readonly Stretch[] {
  return [...stretches].sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state));
}

/** Longer spans are too fine to show by the hour. */
const MOST_DAYS = 400;
/** A picture of more pieces says no more than the line does. */
const MOST_BOXES = 2000;
const HOUR_HEIGHT = 5;
const LEFT = 42;
const TOP = 4;
const BOTTOM = 18;
/** A stretch of minutes must still be seen: pixels. */
const LEAST_HEIGHT = 1.5;

/** One chain exactly: a column for each day (UTC), hours downwards; undefined where it would be too much to draw. */
function hoursByDays({ stretches, chain }: ChainTimeline, span: Interval): Markup | undefined {
  const begin = Math.floor(span.from / DAY);
  const days = Math.ceil(span.to / DAY) - begin;
  if (days > MOST_DAYS || stretches.length * 3 > MOST_BOXES) return undefined;
  const column = Math.min(56, Math.max(2, Math.floor(744 / days)));
  const width = LEFT + Math.max(days * column, 90);
  const height = TOP + 24 * HOUR_HEIGHT + BOTTOM;
  const boxes = stretches.flatMap((stretch) =>
    piecesByDay(stretch).map(({ from, to, days: wide }) => {
      const x = LEFT + (Math.floor(from / DAY) - begin) * column;
      const y = TOP + ((from % DAY) / HOUR) * HOUR_HEIGHT;
      const tall = wide > 1 ? 24 * HOUR_HEIGHT : ((to - from) / HOUR) * HOUR_HEIGHT;
      return box(stretch, x, y, wide * column, Math.max(LEAST_HEIGHT, tall));
    }),
  );
  return element(
    'svg',
    {
      class: 'timeline grid',
      role: 'img',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'aria-label': `${chain.id}, hours by days`,
    },
    element('rect', { x: LEFT, y: TOP, width: days * column, height: 24 * HOUR_HEIGHT, class: 'unknown' }),
    boxes,
    [0, 6, 12, 18, 24].map((hour) =>
      element('text', { x: LEFT - 5, y: TOP + hour * HOUR_HEIGHT + 4, class: 'hour' }, `${hour}:00`),
    ),
    dayLabels(begin, days, column),
  );
}

interface Piece extends Interval {
  /** How many whole days it is wide; 1 also for a part of a day. */
  readonly days: number;
}

/** A stretch cut at midnight: what is left of the first day, whole days together, what there is of the last. */
function piecesByDay({ from, to }: Interval): readonly Piece[] {
  const firstMidnight = Math.ceil(from / DAY) * DAY;
  const lastMidnight = Math.floor(to / DAY) * DAY;
  if (firstMidnight > lastMidnight) return [{ from, to, days: 1 }];
  const pieces: Piece[] = [];
  if (from < firstMidnight) pieces.push({ from, to: firstMidnight, days: 1 });
  if (firstMidnight < lastMidnight) {
    pieces.push({ from: firstMidnight, to: lastMidnight, days: (lastMidnight - firstMidnight) / DAY });
  }
  if (lastMidnight < to) pieces.push({ from: lastMidnight, to, days: 1 });
  return pieces;
}

/** Room that a date needs, in pixels. */
const DATE_WIDTH = 72;

function dayLabels(begin: number, days: number, column: number): Markup {
  const every = Math.ceil(DATE_WIDTH / column);
  const labels: Markup[] = [];
  for (let day = 0; day < days; day += every) {
    if (day > 0 && (days - day) * column < DATE_WIDTH) break;
    const date = isoTime((begin + day) * DAY).slice(0, 10);
    labels.push(
      element('text', { x: LEFT + day * column, y: TOP + 24 * HOUR_HEIGHT + 14, class: 'day' }, date),
    );
  }
  return together(labels);
}

/** Chains with a line of their own; the rest is counted by account. */
const MOST_CHAINS = 500;
/** Chains shown hour by hour: every one that is open, up to this many, and whole ones where there are few. */
const MOST_PICTURES = 24;
const MOST_WHOLE_PICTURES = 4;
/** Pictures that are open when the page is, and printed. */
const MOST_OPEN_PICTURES = 4;
const MOST_SPANS = 200;
/** From here on a reader looks for an account before a chain. */
const MANY_CHAINS = 20;

/**
 * The section of coverage: accounts where chains are many, a line for each chain, hours by days, what is not covered, and what
 * happened around it.
 */
export function coverageSection(report: Report, recovered?: Recovered | undefined): Markup {
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
      'A chain is the sequence of digest files of one account, Region and trail: each digest covers about an hour, names the log files of that hour and records the digest before it.',
    ),
    rows.length === 0 ? element('p', {}, 'No chain was found.') : [patternDefinitions(), timelineLegend()],
    rows.length > MANY_CHAINS && accountsTable(report),
    rows.length > 0 &&
      collapsed(
        `${countOf(rows.length, 'chain')}, ${shareText(report)}`,
        rows.length,
        chainsTable(openFirst, timelines, span),
      ),
    span !== undefined && pictures(openFirst, timelines, span),
    uncoveredTable(report),
    controlEventsPart(report, recovered),
  );
}

/** The share of the asked time that is proven, in words; or why it is not known. */
export function shareText(report: Report): string {
  const share = provenShare(report);
  if ('unknown' in share) return `share not known, for ${share.unknown}`;
  const what = share.of === 'window' ? 'the time asked about' : "the time since each chain's first digest";
  return `${share.percent.toFixed(2)}% of ${what} is proven${shareRest(share)}`;
}

/** A long list is collapsed; report.json has what is in it. */
function collapsed(what: string, count: number, content: Content): Content {
  return count > LONG_LIST ? longList(what, 'report.json', content) : content;
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
  const figures = drawn.map(({ id, picture }) => [
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
  ]);
  return [
    element('h3', {}, 'Hours by days'),
    element(
      'p',
      {},
      'A column for each day, its hours downwards, both in UTC; point at a stretch to read it.',
    ),
    figures.slice(0, MOST_OPEN_PICTURES),
    drawn.length > MOST_OPEN_PICTURES &&
      longList(
        countOf(drawn.length - MOST_OPEN_PICTURES, 'more picture'),
        'report.html, where they open',
        figures.slice(MOST_OPEN_PICTURES),
      ),
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
    collapsed(
      countOf(spans.length, 'stretch of time that is not covered', 'stretches of time that are not covered'),
      spans.length,
      table('Time that is not covered', [['Time (UTC)'], ['Reason'], ['Chain']], rows),
    ),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more stretch', 'more stretches')} in report.json.`),
  ];
}

const MOST_ACCOUNTS = 50;

/** The chains of each account in numbers, accounts with open chains first. */
function accountsTable(report: Report): Content {
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
  const accounts = table(
    `Accounts, open ones first${all.length > MOST_ACCOUNTS ? `, ${MOST_ACCOUNTS} of ${formatCount(all.length)}` : ''}`,
    [['Account'], ['Whole chains', 'number'], ['Digest files', 'number'], ['Log files', 'number']],
    rows,
  );
  return collapsed(countOf(all.length, 'account'), all.length, accounts);
}
