/** What witnesses, and those who ask them, hand to one another. */
import type { EventSelectors } from '../aws/trail-description.ts';
import type { Limit } from '../findings/event.ts';
import type { Report } from '../report/report.ts';
import type { Source } from '../source/source.ts';
import type { EventRecord } from './compare.ts';
import type { WitnessFinding, WitnessRecord } from './document.ts';
import type { WitnessKind } from './kinds.ts';
import type { PlaceQuestion, Stretch, TrailName } from './questions.ts';

/** An event as a witness handed it out; nothing of it is checked. */
export interface GivenEvent {
  readonly id: string | undefined;
  readonly record: string | undefined;
}

/** What became of one question to a witness. */
export interface WitnessAnswer {
  /** In words why not all of it was answered; undefined where it was. */
  readonly refusal: string | undefined;
  /** The endpoint that answered, where it is not AWS's own. */
  readonly foreign?: string | undefined;
}

/** The account and Region that a witness is asked about. */
export type AskedPlace = Pick<PlaceQuestion, 'account' | 'region' | 'trails' | 'hasInsights'>;

/** Whether a witness should have the event of a record that is of the Region, in a log file of that trail. */
export type Holdings = (record: EventRecord, trail: TrailName) => boolean;

/** Who else has copies of events. */
export interface Witness {
  readonly kind: WitnessKind;
  /** What a sentence calls it, such as `the event history`. */
  readonly name: string;
  /** Days that it remembers; undefined where it has no bound of its own. */
  readonly days: number | undefined;
  /** What its answers are worth, and what it never has. */
  readonly limits: readonly Limit[];
  /** Whether it gives the events of a time and some around it: those are left out in silence. */
  readonly givesMore?: true;
  /** Whether its answers are at hand: they are read each time, and not kept for a run that is resumed. */
  readonly isAtHand?: true;
  /**
   * Which events of an account and Region it should have, of those that proven log files of its trails hold: what it lacks of these, it
   * may lack of others. Asked only about times of which it has answered.
   */
  holdings(place: AskedPlace): Promise<Holdings>;
  /** Gives the events of a time of one account and Region; `take` has each page before the next is asked for. */
  ask(
    place: AskedPlace,
    stretch: Stretch,
    take: (events: readonly GivenEvent[]) => Promise<void>,
  ): Promise<WitnessAnswer>;
}

/** How far the questions are: the part of the time that was asked about, from 0 to 1, and the events so far. */
export interface AskingProgress {
  readonly share: number;
  readonly events: number;
  readonly recovered: number;
  /** A place whose pages bring nothing older, where there are many in a row. */
  readonly standing?: StandingPages | undefined;
}

/** Pages of a witness in a row that bring no event older than those before. */
export interface StandingPages {
  /** What a sentence calls the witness. */
  readonly witness: string;
  readonly account: string;
  readonly region: string;
  readonly pages: number;
}

/** What is corroborated, and by whom. Times are milliseconds since the epoch. */
export interface CorroborationOptions {
  readonly report: Report;
  /** The inventory of the report as it is stored. */
  readonly openInventory: () => Promise<AsyncIterable<Uint8Array>>;
  /** Where the log files are that it counts. */
  readonly source: Source;
  readonly witnesses: readonly Witness[];
  /** Whether the whole window is asked about, and not only the times that the report lacks. */
  readonly all: boolean;
  readonly now: number;
  /** Milliseconds since `now`, by a clock that goes on: what a witness remembers ends later and later. Undefined where none passes. */
  readonly elapsed?: (() => number) | undefined;
  /** Keeps the line of an event in the order that is given: of `recovered` or of `unlogged` events, by place and batch. */
  readonly keep: (list: EventList, kept: KeptLine) => Promise<void>;
  /** The selectors of the trails of a place, as they are now; asked only about events that no proven log file holds. */
  readonly selectorsOf?: SelectorsOf | undefined;
  /** Called once before anything is asked: how many places, and how much of their time in all (milliseconds). */
  readonly onQuestions?: ((asked: { readonly places: number; readonly time: number }) => void) | undefined;
  readonly onProgress?: ((progress: AskingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Gives the selectors of each trail of a place; undefined for one that cannot be asked. */
export type SelectorsOf = (
  place: Pick<PlaceQuestion, 'account' | 'region' | 'trails'>,
) => Promise<readonly (EventSelectors | undefined)[]>;

/** The line of one event, with its line feed, and the group whose lines stay together. */
export interface KeptLine {
  readonly group: string;
  readonly eventId: string;
  readonly line: string;
}

/** Events that no proven log file holds: of times that the report lacks, and of times that it covers. */
export type EventList = 'recovered' | 'unlogged';

/** What was found out. The groups are those that lines were kept in, in the order that makes a file of them. */
export interface Corroboration {
  readonly witnesses: readonly WitnessRecord[];
  readonly findings: readonly WitnessFinding[];
  /** Findings beyond those that are named. */
  readonly further: number;
  /** Whether one of all these is not explained by the selectors of the trail. */
  readonly isUnexplained: boolean;
  /** What the report lacks of which no account and Region is known, so that nobody could be asked. */
  readonly unplaced: number;
  readonly limits: readonly Limit[];
  readonly groups: readonly string[];
}
