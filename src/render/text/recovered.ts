import { escapeTerminal } from '../escape.ts';
import {
  controlFirst,
  isRecoveredControl,
  openPoints,
  type Recovered,
  type RecoveredEvent,
} from '../facts/recovered.ts';
import { countOf, wrapText } from '../words.ts';
import { proseColumns, type TextOptions } from './terminal.ts';

/** What a witness recovered of one stretch of time, for a terminal: below the proven events, and never among them. */

/** Events of one stretch that are written out; `--verbose` shows all. */
const MOST_EVENTS = 30;
const MARGIN = '  ';
const INNER = `${MARGIN}      `;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** What an axis and a list call a recovered event: `a` to `z`, then `aa`. Numbers are for proven events. */
function letterOf(index: number): string {
  const before = index < LETTERS.length ? '' : letterOf(Math.floor(index / LETTERS.length) - 1);
  return `${before}${LETTERS[index % LETTERS.length]}`;
}

/** A recovered event that is listed, and its letter. */
export interface LetteredEvent {
  readonly event: RecoveredEvent;
  readonly label: string;
}

/** The events of one stretch that are listed: control events first, and 30 at most unless all are wanted. */
export function listedRecovered(
  events: readonly RecoveredEvent[],
  { verbose }: Pick<TextOptions, 'verbose'>,
): readonly LetteredEvent[] {
  const shown = controlFirst(events).slice(0, verbose ? events.length : MOST_EVENTS);
  return shown.map((event, index) => ({ event, label: letterOf(index) }));
}

/** The list of a stretch's recovered events under its heading; `count` is how many there are in all. */
export function recoveredLines(
  listed: readonly LetteredEvent[],
  count: number,
  options: TextOptions,
): readonly string[] {
  if (count === 0) return [`${MARGIN}recovered from a witness: no event of this time`];
  const words = `recovered from a witness, unsigned copies: ${countOf(count, 'event')}`;
  return [
    MARGIN + options.paint('heading', words),
    ...listed.flatMap((one) => eventLines(one, options)),
    ...(count > listed.length
      ? [`${MARGIN}and ${countOf(count - listed.length, 'more recovered event')} in recovered.jsonl`]
      : []),
  ];
}

function eventLines({ event, label }: LetteredEvent, options: TextOptions): readonly string[] {
  const { time, eventName, eventSource, eventId, witness, actor } = event;
  const prose = (text: string): string => wrapText(escapeTerminal(text), proseColumns(options), INNER);
  const name = escapeTerminal(eventName);
  const act = isRecoveredControl(event) ? `${options.paint('doubtful', name)}, a control event` : name;
  return [
    `${MARGIN}${label.padStart(4)}  ${time}  ${act}`,
    prose(actor === undefined ? `at ${eventSource}` : `by ${actor} at ${eventSource}`),
    prose(`event ${eventId}, from ${witness}`),
  ];
}

/** What is said once below all stretches. `elsewhere` are events of none of them. */
export function recoveredNotes(
  recovered: Recovered,
  elsewhere: readonly RecoveredEvent[],
): readonly string[] {
  const { events, total } = recovered;
  const count = elsewhere.length;
  return [
    ...(count === 0
      ? []
      : [
          `${countOf(count, 'recovered event')} ${count === 1 ? 'belongs' : 'belong'} to no time above: recovered.jsonl has ${count === 1 ? 'it' : 'them'}.`,
        ]),
    ...(total > events.length
      ? [`Of ${countOf(total, 'recovered event')} the first ${events.length} are looked at.`]
      : []),
    ...openPoints(recovered),
  ];
}
