import { DAY, HOUR } from '../../base/clock.ts';
import { type Interval, subtract, union } from '../../chain/coverage.ts';
import { CATALOGUE, evidenceSpan } from '../../findings/catalogue.ts';
import type { ControlEvent } from '../../findings/control-event.ts';
import type { Finding, FindingCode, Span, Weight } from '../../findings/finding.ts';
import type { ChainReport, FindingCount, Report, UncoveredSpan } from '../../report/report.ts';
import { countOf, formatCount } from '../words.ts';
import { totalOf } from './verdict.ts';

/**
 * What is known of a chain's time, as intervals to be drawn: exact where they are few, and in equal steps where a
 * whole chain has to fit on one line. A step shows the worst state in it, so nothing small can hide.
 * A gap's story is what happened around it: coverage and control events of one stretch of time.
 */

/** What a stretch of time is, the worst first. */
export const STATES = ['tampered', 'missing', 'uncovered', 'unproven', 'verified'] as const;

/** `missing` is a file that AWS signed for and that is gone; `uncovered` is time that no digest covers. */
export type TimeState = (typeof STATES)[number];

/** A stretch of time in one state, with the finding code that says why. Times are milliseconds since the epoch. */
export interface Stretch extends Interval {
  readonly state: TimeState;
  readonly reason?: string | undefined;
}

/** One chain and everything known of its time; better states first, so that worse ones are drawn over them. */
export interface ChainTimeline {
  readonly chain: ChainReport;
  readonly stretches: readonly Stretch[];
}

/** The time from the first to the last thing known of any chain; undefined where nothing is. */
export function timelineSpan(timelines: readonly ChainTimeline[]): Interval | undefined {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { stretches } of timelines) {
    for (const stretch of stretches) {
      from = Math.min(from, stretch.from);
      to = Math.max(to, stretch.to);
    }
  }
  return from < to ? { from, to } : undefined;
}

/** Every chain that covers time of its own, in the report's order. */
export function chainTimelines(report: Report): readonly ChainTimeline[] {
  const troubles = new Map<string, Stretch[]>();
  const add = (chain: string, stretch: Stretch | undefined): void => {
    if (stretch === undefined || stretch.from >= stretch.to) return;
    const list = troubles.get(chain);
    if (list === undefined) troubles.set(chain, [stretch]);
    else list.push(stretch);
  };
  for (const { chain, reason, ...span } of report.window.uncovered) {
    add(chain, { ...interval(span), state: 'uncovered', reason });
  }
  for (const finding of report.findings) {
    if (finding.chain !== undefined) add(finding.chain, stretchOf(finding));
  }
  for (const further of report.overflowFindings?.counts ?? []) {
    if (further.chain !== undefined) add(further.chain, stretchOfCount(further));
  }
  return report.chains
    .filter(({ kind }) => kind === 'standard')
    .map((chain) => {
      const known = troubles.get(chain.id) ?? [];
      const holes = known.filter(({ state }) => state === 'uncovered');
      const verified = subtract(chain.covered.map(interval), holes);
      const stretches = [
        ...verified.map((part): Stretch => ({ ...part, state: 'verified' })),
        ...merged(known),
      ];
      stretches.sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || a.from - b.from);
      return { chain, stretches };
    });
}

/** Stretches of one state and reason that touch, as one: a hundred log files of one hour are one stretch. */
function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  const groups = new Map<string, { state: TimeState; reason: string | undefined; parts: Interval[] }>();
  for (const { state, reason, from, to } of stretches) {
    const name = `${state} ${reason ?? ''}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { state, reason, parts: [{ from, to }] });
    else group.parts.push({ from, to });
  }
  return [...groups.values()].flatMap(({ state, reason, parts }) =>
    union(parts).map((part) => ({ ...part, state, reason })),
  );
}

function stretchOf(finding: Finding): Stretch | undefined {
  const { code, weight, time } = finding;
  if (weight === 'note') return undefined;
  const span = evidenceSpan(finding);
  // A digest covers the hour before its end, and so do the log files in it.
  const end = time === undefined ? Number.NaN : Date.parse(time);
  const about = span === undefined ? { from: end - HOUR, to: end } : interval(span);
  const state = stateOf(code, weight);
  // Uncovered time is in the report's own list; this is what a finding adds to it.
  if (state === 'unproven' && span !== undefined) return undefined;
  return Number.isNaN(about.from) ? undefined : { ...about, state, reason: code };
}

/** The exact times of counted findings are unknown here: all of that time is in doubt. */
function stretchOfCount({ code, weight, from, to }: FindingCount): Stretch | undefined {
  if (weight === 'note' || from === undefined || to === undefined) return undefined;
  const state = stateOf(code, weight);
  return { from: Date.parse(from) - HOUR, to: Date.parse(to), state, reason: code };
}

function stateOf(code: FindingCode, weight: Weight): TimeState {
  if (weight === 'unproven') return 'unproven';
  return CATALOGUE[code].isGone === true ? 'missing' : 'tampered';
}

function interval(span: Span): Interval {
  return { from: Date.parse(span.from), to: Date.parse(span.to) };
}

/** Steps to draw time in: whole hours, then whole days. */
const STEPS = [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY];
/** A line of more steps than this is finer than a screen. */
const MOST_STEPS = 372;

/** The step in which `span` is drawn on one line: the shortest of which there are at most 372. */
export function stepOf(span: Interval): number {
  const length = span.to - span.from;
  const last = STEPS.at(-1) ?? DAY;
  // Nothing in a report bounds its times: a longer span has as many steps, longer ones.
  return (
    STEPS.find((step) => length / step <= MOST_STEPS - 1) ??
    Math.ceil(length / (MOST_STEPS - 1) / last) * last
  );
}

/** `stretches` in steps of equal length, each in the worst state it touches, equal neighbours joined. */
export function inSteps(stretches: readonly Stretch[], span: Interval, step: number): readonly Stretch[] {
  const begin = Math.floor(span.from / step);
  const cells: (TimeState | undefined)[] = new Array(Math.ceil(span.to / step) - begin).fill(undefined);
  for (const { from, to, state } of stretches) {
    const first = Math.max(0, Math.floor(from / step) - begin);
    const beyond = Math.min(cells.length, Math.ceil(to / step) - begin);
    for (let index = first; index < beyond; index += 1) cells[index] = worse(cells[index], state);
  }
  const joined: Stretch[] = [];
  for (const [index, state] of cells.entries()) {
    if (state === undefined) continue;
    const from = (begin + index) * step;
    const before = joined.at(-1);
    if (before?.state === state && before.to === from)
      joined[joined.length - 1] = { ...before, to: from + step };
    else joined.push({ from, to: from + step, state });
  }
  return joined;
}

function worse(one: TimeState | undefined, other: TimeState): TimeState {
  return one === undefined || STATES.indexOf(other) < STATES.indexOf(one) ? other : one;
}

/** One stretch of a chain's time in which something is open or was done; `span` has room on both sides. */
export interface GapStory {
  readonly chain: string;
  readonly span: Interval;
  readonly stretches: readonly Stretch[];
  readonly gaps: readonly UncoveredSpan[];
  /** Oldest first. */
  readonly events: readonly ControlEvent[];
}

/** Time shown on either side, and the distance up to which two things are shown together. */
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
export function misfitFindings(report: Report): readonly Finding[] {
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

/** One chain as a line for people. `whole` is true where nothing about it is open. */
export interface CoverageRow {
  readonly id: string;
  readonly account: string;
  readonly digests: string;
  readonly logs: string;
  readonly covered: string;
  readonly whole: boolean;
  /** Whole, or with a violation, or with something unproven. */
  readonly state: 'ok' | 'bad' | 'open';
}

/** The chains of one account, summed up. */
export interface AccountCoverage {
  readonly account: string;
  readonly chains: number;
  readonly whole: number;
  readonly digests: string;
  readonly logs: string;
}

function outcome(valid: number, total: number): string {
  return valid === total ? formatCount(total) : `${formatCount(valid)} of ${formatCount(total)}`;
}

/** An interrupted run leaves digests that were listed without an outcome. */
function knownDigests({ digests }: ChainReport): number {
  return Math.max(digests.listed, totalOf(digests));
}

/** `2026-11-20T15:00:00Z` to the minute, without the letters that a table has no room for. */
export function shortTime(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function coveredText(chain: ChainReport): string {
  // Late log files belong to hours that standard digests cover.
  if (chain.kind === 'backfill') return 'no time of its own';
  const first = chain.covered[0];
  const last = chain.covered.at(-1);
  if (first === undefined || last === undefined) return 'nothing';
  const span = `${shortTime(first.from)} to ${shortTime(last.to)}`;
  const gaps = chain.covered.length - 1;
  return gaps === 0 ? span : `${span}, ${countOf(gaps, 'gap')}`;
}

/** The ids of chains that a reader must look at: a finding heavier than a note, or uncovered time. */
function openChains(report: Report): ReadonlySet<string> {
  const open = new Set(report.window.uncovered.map((span) => span.chain));
  for (const finding of report.findings) {
    if (finding.weight !== 'note' && finding.chain !== undefined) open.add(finding.chain);
  }
  for (const { weight, chain } of report.overflowFindings?.counts ?? []) {
    if (weight !== 'note' && chain !== undefined) open.add(chain);
  }
  return open;
}

/** Every chain of the report in its order, as text cells; not escaped. */
export function coverageRows(report: Report): readonly CoverageRow[] {
  const open = openChains(report);
  const bad = chainsWithViolations(report);
  return report.chains.map((chain) => {
    const logs = totalOf(chain.logs);
    const whole = !open.has(chain.id) && (chain.kind === 'backfill' || chain.covered.length > 0);
    return {
      id: chain.id,
      account: chain.account,
      digests: outcome(chain.digests.valid, knownDigests(chain)),
      logs: logs === 0 && chain.logs.listed > 0 ? 'unchecked' : outcome(chain.logs.valid, logs),
      covered: coveredText(chain),
      whole,
      state: bad.has(chain.id) ? 'bad' : whole ? 'ok' : 'open',
    };
  });
}

function chainsWithViolations({ findings, overflowFindings }: Report): ReadonlySet<string | undefined> {
  const all = [...findings, ...(overflowFindings?.counts ?? [])];
  return new Set(all.filter(({ weight }) => weight === 'violation').map(({ chain }) => chain));
}

/** The same by account, in the report's order of accounts. */
export function accountCoverage(report: Report): readonly AccountCoverage[] {
  const rows = coverageRows(report);
  const accounts = [...new Set(report.chains.map((chain) => chain.account))];
  return accounts.map((account) => {
    const chains = report.chains.filter((chain) => chain.account === account);
    const sum = (pick: (chain: ChainReport) => number) =>
      chains.reduce((total, chain) => total + pick(chain), 0);
    return {
      account,
      chains: chains.length,
      whole: rows.filter((row) => row.account === account && row.whole).length,
      digests: outcome(
        sum((chain) => chain.digests.valid),
        sum(knownDigests),
      ),
      logs: outcome(
        sum((chain) => chain.logs.valid),
        sum((chain) => totalOf(chain.logs)),
      ),
    };
  });
}
