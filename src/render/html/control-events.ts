/** The part of the coverage that shows events around gaps: coverage and control events on one axis, and who acted. */
import { isoTime } from '../../base/clock.ts';
import type { ControlEvent } from '../../findings/control-event.ts';
import type { Report } from '../../report/report.ts';
import { actorWords, actWords } from '../facts/findings.ts';
import { type PlacedEvents, placeRecovered, type Recovered } from '../facts/recovered.ts';
import { type GapStory, gapStories, shortTime } from '../facts/timeline.ts';
import { countOf, enumerate } from '../words.ts';
import { RECOVERED_HEIGHT, recoveredLegend, recoveredMarks } from './recovered.ts';
import { type Content, element, LINE_END, LONG_LIST, longList, type Markup } from './style.ts';

const MOST_STORIES = 24;
/** Pictures that are open when the page is, and printed. */
const MOST_OPEN = 6;
const MOST_MARKS = 200;
const MOST_ROWS = 500;
const WIDTH = 744;
const BAR_HEIGHT = 18;
/** Events drawn below each other where they are too near to be distinguished, in pixels and lines. */
const MARK_WIDTH = 20;
const MARK_HEIGHT = 14;
const MOST_LINES = 6;
/** A stretch of minutes must still be seen: pixels. */
const LEAST_WIDTH = 2;

/**
 * The pictures, with what a witness `recovered` where that is given, and the table of control events; nothing where no log file
 * records one and nothing was recovered.
 */
export function controlEventsPart(report: Report, recovered?: Recovered | undefined): Content {
  const { controlEvents = [] } = report;
  const copies = recovered?.total ?? 0;
  if (controlEvents.length === 0 && copies === 0) return undefined;
  const numbers = new Map(controlEvents.map(({ eventId }, index) => [eventId, index + 1]));
  const all = gapStories(report);
  const placed = placeRecovered(all, recovered ?? { events: [] });
  const stories = all.filter((story) => story.events.length > 0 || placed.of(story).length > 0);
  const rest = stories.length - MOST_STORIES;
  const drawn = (from: number, to: number): Content =>
    stories.slice(from, to).map((story) => [LINE_END, picture(story, numbers, placed)]);
  const counts = [
    ...(controlEvents.length === 0 ? [] : [countOf(controlEvents.length, 'control event')]),
    ...(copies === 0 ? [] : [countOf(copies, 'recovered event')]),
  ];
  return [
    element('h3', { id: 'control-events' }, `What happened around it: ${enumerate(counts)}`),
    controlEvents.length > 0 &&
      element(
        'p',
        {},
        'Calls that can silence a trail or change its evidence, each from a proven log file, below the coverage of the same time. They show who did what and when. Whether one is the cause of a gap is for the reader to judge, and none covers time. A broken line is a refused call.',
      ),
    copies > 0 && recoveredLegend(),
    drawn(0, MOST_OPEN),
    stories.length > MOST_OPEN &&
      longList(
        countOf(Math.min(stories.length, MOST_STORIES) - MOST_OPEN, 'more picture'),
        'report.html, where they open',
        drawn(MOST_OPEN, MOST_STORIES),
      ),
    rest > 0 &&
      element(
        'p',
        {},
        `… and ${countOf(rest, 'more stretch', 'more stretches')} of time, not drawn: `,
        element('code', {}, 'trail-verify explain-gap report.json --verbose'),
        ' shows them all.',
      ),
    LINE_END,
    controlEvents.length > LONG_LIST
      ? longList(countOf(controlEvents.length, 'control event'), 'report.json', eventsTable(controlEvents))
      : controlEvents.length > 0 && eventsTable(controlEvents),
  ];
}

function picture(story: GapStory, numbers: ReadonlyMap<string, number>, placed: PlacedEvents): Markup {
  const { chain, span, stretches, gaps } = story;
  const place = (time: number): number =>
    Math.round(((time - span.from) / (span.to - span.from)) * WIDTH * 100) / 100;
  const { marks, lines } = marksOf(story, numbers, place);
  const copies = placed.of(story);
  const top = BAR_HEIGHT + 6 + lines * MARK_HEIGHT;
  const height = top + (copies.length === 0 ? 0 : RECOVERED_HEIGHT) + 18;
  // Better states come first, so that the worst is drawn over them.
  const bars = stretches.map(({ from, to, state, reason }) => {
    const x = Math.max(0, place(from));
    const width = Math.min(WIDTH, place(to)) - x;
    const words = `${shortTime(isoTime(from))} to ${shortTime(isoTime(to))} UTC: ${state}${reason === undefined ? '' : ` (${reason})`}`;
    const shape = { x, y: 0, width: Math.max(LEAST_WIDTH, width), height: BAR_HEIGHT, class: state };
    return element('rect', shape, element('title', {}, words));
  });
  const [begin, end] = [span.from, span.to].map((time) => `${shortTime(isoTime(time))} UTC`);
  const alsoCopies = copies.length === 0 ? '' : `, ${countOf(copies.length, 'recovered event')},`;
  const svg = element(
    'svg',
    {
      class: 'timeline events',
      role: 'img',
      width: WIDTH,
      height,
      viewBox: `0 0 ${WIDTH} ${height}`,
      'aria-label': `${chain}: coverage and ${countOf(story.events.length, 'control event')}${alsoCopies} from ${begin} to ${end}`,
    },
    element('rect', { x: 0, y: 0, width: WIDTH, height: BAR_HEIGHT, class: 'unknown' }),
    bars,
    marks,
    recoveredMarks(copies, { width: WIDTH, top, place }),
    element('text', { x: 0, y: height - 4, class: 'day' }, begin),
    element('text', { x: WIDTH, y: height - 4, class: 'hour' }, end),
  );
  const open = gaps
    .map(({ from, to, reason }) => `${shortTime(from)} to ${shortTime(to)} ${reason}`)
    .join('; ');
  return element(
    'figure',
    {},
    element(
      'figcaption',
      {},
      element('code', {}, chain),
      open === '' ? ': nothing uncovered' : `: not covered ${open}`,
    ),
    element('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': `Events of ${chain}` }, svg),
  );
}

function marksOf(
  { events }: GapStory,
  numbers: ReadonlyMap<string, number>,
  place: (time: number) => number,
): { readonly marks: readonly Markup[]; readonly lines: number } {
  const ends: number[] = [];
  const marks = events.slice(0, MOST_MARKS).map((event) => {
    const x = place(Date.parse(event.time));
    let line = ends.findIndex((end) => end <= x);
    if (line === -1) line = Math.min(ends.length, MOST_LINES - 1);
    ends[line] = x + MARK_WIDTH;
    const y = BAR_HEIGHT + 4 + line * MARK_HEIGHT;
    const number = numbers.get(event.eventId);
    // At the right edge a number is on the other side of its line.
    const isLate = x > WIDTH - MARK_WIDTH;
    return element(
      'g',
      { class: event.error === undefined ? 'act' : 'act refused' },
      element('title', {}, `${number}: ${event.time} ${actWords(event)} by ${actorWords(event)}`),
      element('path', { d: `M${x} 0V${y + MARK_HEIGHT - 3}` }),
      element(
        'text',
        { x: isLate ? x - 2 : x + 2, y: y + MARK_HEIGHT - 3, class: isLate ? 'hour' : 'day' },
        String(number),
      ),
    );
  });
  return { marks, lines: ends.length };
}

function eventsTable(events: readonly ControlEvent[]): Content {
  const column = (name: string) => element('th', { scope: 'col' }, name);
  const rows = events.slice(0, MOST_ROWS).map((event, index) => [LINE_END, eventRow(event, index + 1)]);
  const rest = events.length - MOST_ROWS;
  return [
    element(
      'div',
      { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Control events' },
      element(
        'table',
        {},
        element('caption', {}, 'Control events, oldest first'),
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            column('No.'),
            column('Time (UTC) and act'),
            column('Who'),
            column('From where'),
            column('Proof'),
          ),
        ),
        element('tbody', {}, rows),
      ),
    ),
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more event')} in report.json.`),
  ];
}

function eventRow(event: ControlEvent, number: number): Markup {
  const { sourceIp, userAgent, eventId, log, time, error } = event;
  return element(
    'tr',
    { class: error === undefined ? undefined : 'refused' },
    element('td', { class: 'number' }, String(number)),
    element('th', { scope: 'row' }, element('span', { class: 'time' }, `${time} `), actWords(event)),
    element('td', {}, element('code', {}, actorWords(event))),
    element(
      'td',
      {},
      sourceIp !== undefined && element('code', {}, sourceIp),
      userAgent !== undefined && element('div', { class: 'facts' }, userAgent),
    ),
    element('td', {}, element('code', {}, eventId), element('div', { class: 'facts' }, log)),
  );
}
