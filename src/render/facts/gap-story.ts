/** What happened around each gap of each chain: coverage and control events of one stretch of time. */

import { HOUR } from '../../base/clock.ts';
import type { Interval } from '../../chain/coverage.ts';
import type { ControlEvent } from '../../findings/control-event.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Report, UncoveredSpan } from '../../report/report.ts';
import { type ChainTimeline, chainTimelines, STATES, type Stretch, type TimeState } from './timeline.ts';

/** One stretch of a chain's time in which something is open or was done; `span` has room on both sides. */
export interface GapStory {
  readonly chain: string;
  readonly span: Interval;
  readonly stretches: readonly Stretch[];
  readonly gaps: readonly UncoveredSpan[];
  /** Oldest first. */
  readonly events: readonly ControlEvent[];
}

/** Time shown on either side, and how near to each other two things are told together. */
const ROOM = 3 * HOUR;

/** Every such stretch, by chain in the report's order, oldest first. */
export function gapStories(report: Report): readonly GapStory[] {
  const byChain = eventsByChain(report);
  const gapsByChain = new Map<string, UncoveredSpan[]>();
  for (const span of report.window.uncovered) listIn(gapsByChain, span.chain).push(span);
  return chainTimelines(report).flatMap((timeline) => {
    const { id } = timeline.chain;
    return storiesOf(timeline, gapsByChain.get(id) ?? [], [...(byChain.get(id) ?? [])]);
  });
}

/** Findings that events explain and that belong to no chain which is drawn. */
export function strayFindings(report: Report): readonly Finding[] {
  const drawn = new Set(report.chains.filter(({ kind }) => kind === 'standard').map(({ id }) => id));
  return report.findings.filter(
    ({ chain, explanation }) => explanation !== undefined && !drawn.has(chain ?? ''),
  );
}

/** A chain's events: those that its own log files record, and those that explain what is open in it. */
function eventsByChain(report: Report): ReadonlyMap<string, ReadonlySet<ControlEvent>> {
  const byChain = new Map<string, Map<string, ControlEvent>>();
  const all = new Map((report.controlEvents ?? []).map((event) => [event.eventId, event]));
  const add = (chain: string | undefined, event: ControlEvent | undefined): void => {
    if (chain === undefined || event === undefined) return;
    const events = byChain.get(chain) ?? new Map<string, ControlEvent>();
    byChain.set(chain, events.set(event.eventId, event));
  };
  for (const event of all.values()) add(event.chain, event);
  for (const { chain, explanation = [] } of report.findings)
    for (const { eventId } of explanation) add(chain, all.get(eventId));
  for (const { chain, explainedBy = [] } of report.window.uncovered)
    for (const eventId of explainedBy) add(chain, all.get(eventId));
  return new Map([...byChain].map(([chain, events]) => [chain, new Set(events.values())]));
}

function storiesOf(
  { chain, stretches }: ChainTimeline,
  gaps: readonly UncoveredSpan[],
  events: readonly ControlEvent[],
): readonly GapStory[] {
  const open = stretches.filter(({ state }) => state !== 'verified');
  const moments = [
    ...open.map(({ from, to }) => ({ from, to })),
    ...events.map(({ time }) => ({ from: Date.parse(time), to: Date.parse(time) })),
  ].sort((a, b) => a.from - b.from);
  const spans: { from: number; to: number }[] = [];
  for (const { from, to } of moments) {
    const last = spans.at(-1);
    if (last === undefined || from - ROOM > last.to) spans.push({ from: from - ROOM, to: to + ROOM });
    else last.to = Math.max(last.to, to + ROOM);
  }
  const ordered = [...events].sort((a, b) => (`${a.time} ${a.eventId}` < `${b.time} ${b.eventId}` ? -1 : 1));
  return spans.map((span) => ({
    chain: chain.id,
    span,
    stretches: stretches.filter(({ from, to }) => from < span.to && span.from < to),
    gaps: gaps.filter(({ from, to }) => Date.parse(from) < span.to && span.from < Date.parse(to)),
    events: ordered.filter(({ time }) => span.from <= Date.parse(time) && Date.parse(time) <= span.to),
  }));
}

function listIn<Value>(lists: Map<string, Value[]>, name: string): Value[] {
  const known = lists.get(name);
  if (known !== undefined) return known;
  const list: Value[] = [];
  lists.set(name, list);
  return list;
}

/** The worst state in each of `cells` equal parts of `span`; undefined where nothing is known. */
export function statesInCells(
  stretches: readonly Stretch[],
  span: Interval,
  cells: number,
): readonly (TimeState | undefined)[] {
  const states: (TimeState | undefined)[] = new Array(cells).fill(undefined);
  const cellOf = (time: number): number => ((time - span.from) / (span.to - span.from)) * cells;
  for (const { from, to, state } of stretches) {
    const first = Math.max(0, Math.floor(cellOf(from)));
    const beyond = Math.min(cells, Math.max(first + 1, Math.ceil(cellOf(to))));
    for (let at = first; at < beyond; at += 1) {
      const known = states[at];
      if (known === undefined || STATES.indexOf(state) < STATES.indexOf(known)) states[at] = state;
    }
  }
  return states;
}
