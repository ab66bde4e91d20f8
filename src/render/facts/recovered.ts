import { CONTROL_EVENTS, isControlEventName } from '../../findings/control-event.ts';
import { countOf } from '../words.ts';
import type { GapStory } from './timeline.ts';

/**
 * Events that a witness gave of times that a report lacks, held against the stretches of time that are drawn. They are copies, and
 * no signature of AWS covers them: they are shown apart from proven events, and change nothing.
 */

/** One of them, in short. Its texts are a witness's: anybody may have written them. */
export interface RecoveredEvent {
  readonly witness: string;
  readonly account: string;
  readonly region: string;
  readonly eventId: string;
  /** ISO 8601 UTC. */
  readonly time: string;
  readonly eventName: string;
  /** The service, such as `s3.amazonaws.com`. */
  readonly eventSource: string;
  /** The ARN of who acted, where the event has one. */
  readonly actor?: string | undefined;
  /** The ids of the chains whose time or files it belongs to. */
  readonly chains: readonly string[];
}

/** What a witness recovered of one report. */
export interface Recovered {
  /** The first of them, in the order of their file. */
  readonly events: readonly RecoveredEvent[];
  /** How many there are in all. */
  readonly total: number;
  /** Whether every question was answered: there may be more where one was not. */
  readonly isAnswered: boolean;
  readonly disagreement: Disagreement;
  /** Who signed the corroboration, by the certificate in its signature; undefined where nobody did. */
  readonly signer?: string | undefined;
}

/** Events in which witnesses and proven log files do not agree, of all witnesses together. */
export interface Disagreement {
  /** In both, and not the same. */
  readonly differing: number;
  /** Of a time that proven digests cover, and in no proven log file. */
  readonly unlogged: number;
  /** Of these and the recovered ones: those that the selectors of the trail leave out. */
  readonly leftOut: number;
  /** In proven log files, and not given by a witness that should have them. */
  readonly lacking: number;
}

/** What is said of recovered events wherever they are shown, besides what they are worth: what witnesses leave open, and who signed it. */
export function openPoints({ isAnswered, disagreement, signer }: Recovered): readonly string[] {
  const { differing, unlogged, leftOut, lacking } = disagreement;
  const left =
    leftOut === 0 ? '' : `; of these and the recovered ones the selectors of the trail leave ${leftOut} out`;
  const events = (count: number): string => countOf(count, 'event');
  const points = [
    ...(differing > 0
      ? [`${events(differing)} ${are(differing)} not the same for a witness and in a proven log file`]
      : []),
    ...(unlogged > 0
      ? [`${events(unlogged)} of a witness ${are(unlogged)} of covered time and in no proven log file${left}`]
      : []),
    ...(lacking > 0 ? [`a witness lacks ${events(lacking)} that ${are(lacking)} in proven log files`] : []),
    ...(isAnswered ? [] : ['a witness did not answer every question']),
  ];
  const signed =
    signer === undefined
      ? 'Nobody signed the corroboration: anybody who had its folder can have written it.'
      : `The corroboration is signed by ${signer}. Whether that is somebody to trust is not asked here.`;
  return [
    ...points.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}: see corroboration.json.`),
    signed,
  ];
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}

/** What is said of recovered events wherever they are shown. */
export const RECOVERED_NOTE =
  "Recovered events are a witness's copies: no signature of AWS covers them. They change no verdict, and cover no time.";

/** Whether an event is one of those that can silence a trail or change its evidence, by its name and service. */
export function isRecoveredControl({ eventName, eventSource }: RecoveredEvent): boolean {
  return isControlEventName(eventName) && CONTROL_EVENTS[eventName].source === eventSource;
}

/** Control events before all others, and of each kind the oldest first. */
export function controlFirst(events: readonly RecoveredEvent[]): readonly RecoveredEvent[] {
  const inOrder = events.toSorted(byTime);
  return [
    ...inOrder.filter((event) => isRecoveredControl(event)),
    ...inOrder.filter((event) => !isRecoveredControl(event)),
  ];
}

/** Recovered events by the stretch of time that they belong to, oldest first; and those that belong to none of the stretches. */
export interface PlacedEvents {
  readonly of: (story: GapStory) => readonly RecoveredEvent[];
  readonly elsewhere: readonly RecoveredEvent[];
}

/** Places recovered events: each in the stretches of its chains that its time is in. The stretches of a chain do not overlap. */
export function placeRecovered(
  stories: readonly GapStory[],
  { events }: Pick<Recovered, 'events'>,
): PlacedEvents {
  const byChain = new Map<string, GapStory[]>();
  for (const story of stories) {
    const known = byChain.get(story.chain);
    if (known === undefined) byChain.set(story.chain, [story]);
    else known.push(story);
  }
  const placed = new Map<GapStory, RecoveredEvent[]>();
  const elsewhere: RecoveredEvent[] = [];
  for (const event of events.toSorted(byTime)) {
    const time = Date.parse(event.time);
    const found = event.chains.flatMap((chain) => storyAt(byChain.get(chain) ?? [], time) ?? []);
    if (found.length === 0) elsewhere.push(event);
    for (const story of found) {
      const list = placed.get(story);
      if (list === undefined) placed.set(story, [event]);
      else list.push(event);
    }
  }
  return { of: (story) => placed.get(story) ?? [], elsewhere };
}

/** The stretch that a time is in, of those of one chain in order of time: there may be thousands, and as many events. */
function storyAt(stories: readonly GapStory[], time: number): GapStory | undefined {
  let low = 0;
  let high = stories.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stories[middle]?.span.to ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const story = stories[low];
  return story !== undefined && story.span.from <= time ? story : undefined;
}

function byTime(one: RecoveredEvent, other: RecoveredEvent): number {
  return Date.parse(one.time) - Date.parse(other.time) || (one.eventId < other.eventId ? -1 : 1);
}
