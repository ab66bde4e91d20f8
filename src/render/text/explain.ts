import { isoTime } from '../../base/clock.ts';
import { CATALOGUE, FINDING_CODES } from '../../findings/catalogue.ts';
import type { ControlEvent } from '../../findings/control-event.ts';
import { controlNames, controlsOf, controlsText } from '../../findings/controls.ts';
import type { FindingCode } from '../../findings/finding.ts';
import type { Report } from '../../report/report.ts';
import { escapeTerminal } from '../escape.ts';
import { actorWords, actWords, eventFact, originWords } from '../facts/findings.ts';
import { type PlacedEvents, placeRecovered, RECOVERED_NOTE, type Recovered } from '../facts/recovered.ts';
import {
  type GapStory,
  gapStories,
  misfitFindings,
  shortTime,
  statesInCells,
  type TimeState,
} from '../facts/timeline.ts';
import { countOf, wrapText } from '../words.ts';
import { listedRecovered, recoveredLines, recoveredNotes } from './recovered.ts';
import { alignTable, type Paint, proseColumns, type TextOptions, weightTone } from './terminal.ts';

/** One finding code explained: title, weight, meaning, what to do next and which controls it supports; ends with a newline. */
export function renderExplanation(code: FindingCode, columns: number, paint: Paint): string {
  const words = CATALOGUE[code];
  const weight = [words.weight, words.heavier, words.lighter].filter((part) => part !== undefined).join('; ');
  const sections: readonly (readonly [string, string])[] = [
    ['weight', weight],
    ['meaning', words.meaning],
    ['next', words.advice],
    ['supports', controlsText(controlNames(controlsOf(code)))],
  ];
  const lines = sections.map(([label, text]) => {
    const indent = ' '.repeat('  meaning  '.length);
    return `  ${paint('faint', label.padEnd(9))}${wrapText(text, columns, indent).slice(indent.length)}`;
  });
  return `${paint(weightTone(words.weight), code)}  ${words.title}\n\n${lines.join('\n')}\n`;
}

/** Every finding code with its weight and title, one a line; ends with a newline. */
export function renderCatalogue(): string {
  const rows = FINDING_CODES.map((code) => [code, CATALOGUE[code].weight, CATALOGUE[code].title]);
  const columns = [{ heading: 'code' }, { heading: 'weight' }, { heading: 'what it is' }];
  return `${alignTable(columns, rows, '').join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Every finding code as a Markdown table (code, weight, what it means), for the README; ends with a newline. */
export function renderFindingsTable(): string {
  const rows = Object.entries(CATALOGUE).map(([code, words]) => {
    const weight = [words.weight, words.heavier, words.lighter]
      .filter((part) => part !== undefined)
      .join('; ');
    return `| \`${code}\` | ${cell(weight)} | **${cell(words.title)}.** ${cell(words.meaning)} |`;
  });
  return `${['| code | weight | meaning |', '|---|---|---|', ...rows].join('\n')}\n`;
}

/** What happened around each gap, for a terminal: coverage and control events on one axis, and who did what. */

/** Stretches and events written out; `--verbose` shows all, and report.json has them. */
const MOST_STORIES = 50;
const MOST_EVENTS = 30;
const MARGIN = '  ';
const INNER = `${MARGIN}      `;
/** Lines of numbers below an axis; more events at one moment go without a mark. */
const MOST_MARK_LINES = 6;

const MARKS: Readonly<Record<TimeState, string>> = {
  verified: '=',
  uncovered: '.',
  unproven: '?',
  missing: 'M',
  tampered: 'X',
};
const LEGEND = '= verified   . not covered   ? unproven   M missing   X tampered   1 2 3 events below';
const RECOVERED_LEGEND = 'a b c events recovered from a witness, unsigned';

/**
 * The stretches of time in which a chain has a gap, a finding or a control event. `isWanted` says by its id whether a chain
 * is meant; what a witness `recovered` is shown below the proven events. Every name is escaped; ends with a newline.
 */
export function renderGaps(
  report: Report,
  options: TextOptions,
  isWanted: (chain: string) => boolean = () => true,
  recovered?: Recovered | undefined,
): string {
  const stories = gapStories(report).filter(({ chain }) => isWanted(chain));
  const misfits = misfitFindings(report).filter(({ chain }) => isWanted(chain ?? ''));
  const wanted = recovered?.events.filter(({ chains }) => chains.some(isWanted));
  const placed = wanted && placeRecovered(stories, { events: wanted });
  const notes = recovered === undefined ? [] : recoveredNotes(recovered, placed?.elsewhere ?? []);
  const wrap = (text: string): string => wrapText(escapeTerminal(text), proseColumns(options));
  if (stories.length === 0 && misfits.length === 0)
    return `${['No time is uncovered, nothing wrong was found, and no control event is recorded.', ...notes.map(wrap)].join('\n')}\n`;
  const shown = stories.slice(0, options.verbose ? stories.length : MOST_STORIES);
  const sections = shown.map((story) => storyLines(story, options, placed));
  if (stories.length > shown.length)
    sections.push([
      `and ${countOf(stories.length - shown.length, 'more stretch', 'more stretches')} of time`,
    ]);
  for (const { code, object, explanation = [] } of misfits) {
    const lines = explanation.map((event) =>
      wrapText(escapeTerminal(eventFact(event)), proseColumns(options), MARGIN),
    );
    sections.push([`${options.paint('heading', code)} ${escapeTerminal(object.uri)}`, ...lines]);
  }
  const proven = placed === undefined ? 'Each event' : 'Each numbered event';
  const note = `${proven} is in a proven log file. It shows who did what and when. Whether it is the cause is for the reader to judge, and no event covers time.`;
  sections.push([wrap(note)]);
  if (placed !== undefined) sections.push([RECOVERED_NOTE, ...notes].map(wrap));
  const legend = placed === undefined ? [LEGEND] : [LEGEND, RECOVERED_LEGEND];
  return `${[legend, ...sections].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function storyLines(
  story: GapStory,
  options: TextOptions,
  placed: PlacedEvents | undefined,
): readonly string[] {
  const { chain, span, gaps, events } = story;
  const cells = Math.max(20, Math.min(options.columns, 100) - 2 * MARGIN.length);
  const bar = statesInCells(story.stretches, span, cells)
    .map((state) => (state === undefined ? ' ' : MARKS[state]))
    .join('');
  const [begin, end] = [span.from, span.to].map((time) => shortTime(isoTime(time)));
  const axis = `${begin}${`${end} UTC`.padStart(cells - (begin?.length ?? 0))}`;
  const shown = events.slice(0, options.verbose ? events.length : MOST_EVENTS);
  const recovered = placed?.of(story) ?? [];
  const listed = listedRecovered(recovered, options);
  const lines = [
    options.paint('heading', escapeTerminal(chain)),
    MARGIN + options.paint('faint', axis),
    MARGIN + bar,
    ...markLines(
      shown.map(({ time }, index) => ({ time, label: String(index + 1) })),
      story,
      cells,
    ),
    ...markLines(listed.map(({ event, label }) => ({ time: event.time, label })).sort(inOrder), story, cells),
  ];
  for (const { from, to, reason, explainedBy, accepted } of gaps) {
    const acceptedWords = accepted === undefined ? '' : `, accepted: ${escapeTerminal(accepted)}`;
    const why = explainedBy === undefined ? ', and no event explains it' : '';
    lines.push(
      `${MARGIN}not covered: ${shortTime(from)} to ${shortTime(to)} (${reason})${acceptedWords}${why}`,
    );
  }
  lines.push(...shown.flatMap((event, index) => eventLines(event, index + 1, options)));
  if (events.length > shown.length)
    lines.push(`${MARGIN}and ${countOf(events.length - shown.length, 'more event')} in report.json`);
  // Nothing is missing of a time that is proven, so nobody expects anything of it.
  const isOpen = story.stretches.some(({ state }) => state !== 'verified');
  if (recovered.length > 0 || (placed !== undefined && isOpen))
    return [...lines, ...recoveredLines(listed, recovered.length, options)];
  return lines;
}

/** One label below an axis. */
interface AxisMark {
  readonly time: string;
  readonly label: string;
}

function inOrder(one: AxisMark, other: AxisMark): number {
  return Date.parse(one.time) - Date.parse(other.time);
}

/** Each event's label below its moment on the axis, in as many lines as they need; oldest first. */
function markLines(events: readonly AxisMark[], { span }: GapStory, cells: number): readonly string[] {
  const lines: string[] = [];
  for (const { time, label } of events) {
    const share = (Date.parse(time) - span.from) / (span.to - span.from);
    const at = Math.min(cells - label.length, Math.floor(share * cells));
    let line = lines.findIndex((written) => written.length === 0 || written.length < at);
    if (line === -1 && lines.length === MOST_MARK_LINES) continue;
    if (line === -1) line = lines.push('') - 1;
    lines[line] = (lines[line] ?? '').padEnd(at) + label;
  }
  return lines.map((line) => MARGIN + line);
}

function eventLines(event: ControlEvent, number: number, options: TextOptions): readonly string[] {
  const tone = event.error === undefined ? 'doubtful' : 'faint';
  const prose = (text: string): string => wrapText(escapeTerminal(text), proseColumns(options), INNER);
  const head = `${String(number).padStart(4)}  ${event.time}  `;
  return [
    `${MARGIN}${head}${options.paint(tone, escapeTerminal(actWords(event)))}`,
    prose(`by ${actorWords(event)}`),
    prose(originWords(event)),
    prose(`event ${event.eventId} in ${event.log}`),
  ];
}
