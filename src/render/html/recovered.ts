/** What a witness recovered, in the page: marks below the axis of a gap, and a section of its own. Never among proven events. */
import {
  controlFirst,
  isRecoveredControl,
  openPoints,
  RECOVERED_NOTE,
  type Recovered,
  type RecoveredEvent,
} from '../facts/recovered.ts';
import { countOf, enumerate } from '../words.ts';
import { cell, element, LINE_END, LONG_LIST, longList, type Markup, section, table } from './style.ts';

/** Rows of the table; recovered.jsonl has all. */
const MOST_ROWS = 200;
/** Events within so many pixels are one mark. */
const MARK_WIDTH = 12;
const RADIUS = 5;
/** Names of events that one mark says. */
const MOST_NAMES = 5;
/** The height of the row of marks. */
export const RECOVERED_HEIGHT = 16;

/** What a page with recovered events adds to the style sheet: one without them stays as it is, to the letter. */
export const RECOVERED_STYLE = `
:root { --recovered: #0b6b83; }
@media screen and (prefers-color-scheme: dark) {
  :root { --recovered: #5fd0e0; }
}
.copy path { stroke: var(--recovered); stroke-width: 1.5; fill: var(--ground); }
.copy.control path { fill: var(--recovered); }
.legend .copy { vertical-align: middle; }
.control-word { font-weight: 600; color: var(--recovered); }
@media print {
  .copy, .copy * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

function diamond(x: number, y: number): Markup {
  return element('path', {
    d: `M${x} ${y - RADIUS}L${x + RADIUS} ${y}L${x} ${y + RADIUS}L${x - RADIUS} ${y}Z`,
  });
}

/**
 * The marks of recovered events below an axis of `width` pixels, whose row begins at `top`: a diamond for those that are near to
 * each other, filled where one is a control event. `place` gives the pixel of a time.
 */
export function recoveredMarks(
  events: readonly RecoveredEvent[],
  axis: { readonly width: number; readonly top: number; readonly place: (time: number) => number },
): readonly Markup[] {
  const near = new Map<number, RecoveredEvent[]>();
  for (const event of events) {
    const at = Math.floor(axis.place(Date.parse(event.time)) / MARK_WIDTH);
    const known = near.get(at);
    if (known === undefined) near.set(at, [event]);
    else known.push(event);
  }
  const hasControl = (group: readonly RecoveredEvent[]): boolean => group.some(isRecoveredControl);
  const groups = [...near.values()];
  // Those of control events last, so that no other is drawn over them.
  return [...groups.filter((group) => !hasControl(group)), ...groups.filter(hasControl)].map((group) => {
    const [first] = group;
    const x = axis.place(first === undefined ? 0 : Date.parse(first.time));
    const within = Math.min(axis.width - RADIUS - 1, Math.max(RADIUS + 1, x));
    return element(
      'g',
      { class: hasControl(group) ? 'copy control' : 'copy' },
      element('title', {}, markWords(group)),
      diamond(within, axis.top + RECOVERED_HEIGHT / 2),
    );
  });
}

function markWords(events: readonly RecoveredEvent[]): string {
  const [first, last] = [events[0]?.time ?? '', events.at(-1)?.time ?? ''];
  const when = first === last ? first : `${first} to ${last}`;
  const names = [...new Set(controlFirst(events).map(({ eventName }) => eventName))];
  const rest = names.length - MOST_NAMES;
  const named = [...names.slice(0, MOST_NAMES), ...(rest > 0 ? [countOf(rest, 'other name')] : [])];
  return `${countOf(events.length, 'recovered event')}, unsigned, ${when}: ${enumerate(named)}`;
}

/** What the marks mean. */
export function recoveredLegend(): Markup {
  const size = 2 * RADIUS + 4;
  const sign = (kind: string) =>
    element(
      'svg',
      { width: size, height: size, 'aria-hidden': 'true', class: kind },
      diamond(size / 2, size / 2),
    );
  return element(
    'ul',
    { class: 'legend' },
    element('li', {}, sign('copy control'), ' recovered from a witness, unsigned: a control event'),
    element('li', {}, sign('copy'), ' recovered from a witness, unsigned: any other event'),
  );
}

/** The section of recovered events: what they are worth, and a table of them, control events first. */
export function recoveredSection(recovered: Recovered): Markup {
  const { events, total, disagreement } = recovered;
  const shown = controlFirst(events).slice(0, MOST_ROWS);
  const rest = total - shown.length;
  const rows = table(
    'Recovered events, unsigned; control events first, then oldest first',
    [['Time (UTC) and act'], ['Who'], ['Account and Region'], ['Chain'], ['Event']],
    shown.map((event) => [LINE_END, eventRow(event)]),
  );
  return section(
    'recovered',
    'Recovered events',
    element('p', {}, RECOVERED_NOTE),
    total === 0 &&
      disagreement.unlogged === 0 &&
      element('p', {}, 'No witness has an event that the proven log files lack.'),
    openPoints(recovered).map((point) => element('p', {}, point)),
    shown.length > LONG_LIST
      ? longList(countOf(shown.length, 'recovered event'), 'recovered.jsonl', rows)
      : shown.length > 0 && rows,
    rest > 0 && element('p', {}, `… and ${countOf(rest, 'more event')} in recovered.jsonl.`),
  );
}

function eventRow(event: RecoveredEvent): Markup {
  const { time, eventName, eventSource, actor, account, region, chains, eventId, witness } = event;
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      element('span', { class: 'time' }, time),
      element(
        'div',
        {},
        eventName,
        isRecoveredControl(event) && [' ', element('span', { class: 'control-word' }, '(control event)')],
      ),
      element('div', { class: 'facts' }, eventSource),
    ),
    cell(actor !== undefined && element('code', {}, actor)),
    cell([account, element('div', { class: 'facts' }, region)]),
    cell(chains.map((chain) => element('div', {}, element('code', {}, chain)))),
    cell([element('code', {}, eventId), element('div', { class: 'facts' }, `from ${witness}`)]),
  );
}
