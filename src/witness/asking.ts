/** One witness, asked about place after place: its events are read, matched and kept. */
import { DAY, HOUR, isoTime } from '../base/clock.ts';
import { isRegionName } from '../base/names.ts';
import type { Limit } from '../findings/event.ts';
import { countOf } from '../render/words.ts';
import { type Cause, causesByTime } from './causes.ts';
import type { EventRecord } from './compare.ts';
import type { CorroborationOptions, EventList, KeptLine, Witness, WitnessAnswer } from './contract.ts';
import type { PlaceRecord, WitnessCounts, WitnessFinding } from './document.ts';
import { type EventOrigin, eventLine, factsOf } from './event-lines.ts';
import { type Matched, matchEvents, matchLate, type Unmatched } from './match.ts';
import { addCounts, type EventCounts, NOTHING, PlaceEvents } from './place-events.ts';
import { type LaterLogs, PlaceLogs } from './place-logs.ts';
import type { PlaceQuestion, Stretch } from './questions.ts';
import { type LogsOfPlace, placeName } from './report-logs.ts';
import { isLeftOut } from './selectors.ts';
import { StandingQuestions } from './standing-pages.ts';
import { type Refused, readWitnessEvent, type WitnessEvent } from './witness-event.ts';

/** Events that are held against log files at a time. */
const BATCH = 10_000;
/** Characters of their records that are held meanwhile. */
const BATCH_TEXT = 64 << 20;
/** Pages that may bring no older event: a second of a busy account has a few hundred. */
const MOST_STANDING = 1000;
/** Days in a row that may be refused before no more are asked for. */
const MOST_REFUSALS = 3;
/** What a witness has at either end of its memory is still to come, or about to go. */
const EDGE = HOUR;
/** How long after a report it may be asked about a time that begins where nobody knows, and still count as asked about all of it. */
const SLACK = DAY;

/** Pages that come one after the other, and lead nowhere. */
class EndlessAnswer extends Error {}

/** One account and Region that is being asked about. */
interface Place {
  readonly question: PlaceQuestion;
  readonly logs: PlaceLogs;
  readonly events: PlaceEvents;
  readonly causesAt: (time: number) => readonly Cause[];
}

/** Events of one batch that no log file of their day holds. */
interface Waiting {
  readonly place: Place;
  readonly group: string;
  readonly unmatched: readonly Unmatched[];
}

/** What the questions to all witnesses have in common, and the place of this one among them. */
interface RunFacts {
  readonly index: number;
  /** The time of all questions, in milliseconds. */
  readonly whole: number;
  readonly later: LaterLogs;
  /** Whether an account and Region are asked about a time. */
  readonly isAsked: (place: { readonly account: string; readonly region: string }, time: number) => boolean;
}

/** The questions of one run to one witness, and what came of them. */
export class Asking {
  readonly findings: WitnessFinding[] = [];
  readonly #counts = { ...NOTHING };
  readonly #refused: Record<Refused | 'contradicting', number> = {
    unreadable: 0,
    'other-account': 0,
    'other-time': 0,
    contradicting: 0,
  };
  readonly #foreign = new Set<string>();
  readonly #options: CorroborationOptions;
  readonly #witness: Witness;
  /** The time before which it remembered nothing when the run began. */
  readonly #earliest: number;
  readonly #index: number;
  readonly #whole: number;
  #asked = 0;
  #tooOld = 0;
  /** The latest time that went while it was asked about. */
  #gone: number | undefined;
  /** One of the events that it lacks, in words. */
  #lacked: string | undefined;
  #kept: Promise<void> = Promise.resolve();
  readonly #later: LaterLogs;
  readonly #isAsked: RunFacts['isAsked'];
  /** Events of proven log files that are of another Region, by that. */
  readonly #elsewhere = new Map<string, number>();
  readonly #standing: StandingQuestions;
  #waiting: Waiting[] = [];
  #waitingEvents = 0;
  #waitingText = 0;
  #settled: Promise<void> = Promise.resolve();

  constructor(options: CorroborationOptions, witness: Witness, { index, whole, later, isAsked }: RunFacts) {
    this.#options = options;
    this.#later = later;
    this.#isAsked = isAsked;
    this.#witness = witness;
    this.#standing = new StandingQuestions(witness.name);
    this.#index = index;
    this.#whole = whole;
    this.#earliest = witness.days === undefined ? Number.NEGATIVE_INFINITY : options.now - witness.days * DAY;
  }

  get counts(): WitnessCounts {
    return { ...this.#counts, refused: this.#refusedInAll };
  }

  /** The time before which it remembers nothing by now: events go while others are asked for. */
  get #edge(): number {
    return this.#earliest + (this.#options.elapsed?.() ?? 0);
  }

  /** Asks about one place; its groups are in order of time. Its record is known once `settleWaiting` was called. */
  async ask(
    question: PlaceQuestion,
    logs: LogsOfPlace,
  ): Promise<{ readonly record: () => PlaceRecord; readonly groups: readonly string[] }> {
    const events = new PlaceEvents(`${this.#index} ${placeName(question)}`);
    const causesAt = causesByTime(question.causes);
    const place = { question, logs: new PlaceLogs(logs, this.#options.source), events, causesAt };
    const asked: Stretch[] = [];
    const refusals = new Set<string>();
    let isForgotten = false;

    for (const stretch of question.stretches.toReversed()) {
      const known = { from: Math.max(stretch.from, this.#earliest), to: stretch.to };
      if (known.from > stretch.from) this.#tooOld += 1;
      const wanted = stretch.from + (stretch.from === question.unknownFrom ? SLACK : 0);
      if (known.from > wanted) isForgotten = true;
      if (known.from > known.to) continue;
      let inRow = 0;
      for (const day of daysOf(known).toReversed()) {
        const { refusal, foreign } = await this.#askOne(place, day);
        if (foreign !== undefined) this.#foreign.add(foreign);
        if (day.from < this.#edge) {
          this.#gone = this.#edge;
          if (this.#edge > wanted) isForgotten = true;
        }
        inRow = refusal === undefined ? 0 : inRow + 1;
        if (refusal === undefined) await this.#countLacking(place, day);
        else refusals.add(refusal);
        place.logs.forget(day.from);
        // One may have been unlucky; what is refused again and again is refused for all.
        if (inRow === MOST_REFUSALS) break;
      }
      asked.push(known);
    }
    const { account, region } = question;
    const [refusal] = refusals;
    return {
      record: () => ({
        account,
        region,
        asked: asked.toReversed().map(({ from, to }) => ({ from: isoTime(from), to: isoTime(to) })),
        answered: refusal === undefined && !isForgotten,
        ...(refusal === undefined ? {} : { refusal }),
        ...events.counts,
      }),
      groups: events.groups.toReversed(),
    };
  }

  async #askOne(place: Place, stretch: Stretch): Promise<WitnessAnswer> {
    const { signal } = this.#options;
    const witness = this.#witness;
    let waiting: WitnessEvent[] = [];
    let reached = stretch.to;
    let text = 0;
    let standing = 0;
    const settle = async (): Promise<void> => {
      const events = waiting;
      waiting = [];
      text = 0;
      if (events.length > 0) await this.#settle(place, events);
    };
    const asked = witness.ask(place.question, stretch, async (given) => {
      signal?.throwIfAborted();
      const before = reached;
      for (const { id, record } of given) {
        const event = readWitnessEvent(record, id, place.question.account, stretch);
        if ('refused' in event) {
          if (event.refused !== 'other-time' || witness.givesMore !== true) this.#refused[event.refused] += 1;
          continue;
        }
        const taken = place.events.take(event);
        if (taken === 'other') this.#refused.contradicting += 1;
        if (taken !== 'new') continue;
        waiting.push(event);
        text += event.text.length;
        reached = Math.min(reached, event.time);
      }
      standing = reached < before ? 0 : standing + 1;
      if (standing > MOST_STANDING && witness.isAtHand !== true) throw new EndlessAnswer();
      if (waiting.length >= BATCH || text >= BATCH_TEXT) await settle();
      this.#standing.note(place.question, standing);
      this.#sayProgress(stretch.to - reached);
    });
    const answer = await asked.catch((error: unknown): WitnessAnswer => {
      if (error instanceof EndlessAnswer) return { refusal: 'its pages bring nothing new, and do not end' };
      throw error;
    });
    this.#standing.note(place.question, 0);
    await settle();
    this.#asked += lengthOf(stretch);
    this.#sayProgress(0);
    return answer;
  }

  #sayProgress(within: number): void {
    const { events, recovered } = this.#counts;
    const share = Math.min(1, (this.#asked + within) / Math.max(1, this.#whole));
    this.#options.onProgress?.({ share, events, recovered, standing: this.#standing.longest });
  }

  /** Takes note of events of one place. Those that no log file of their day holds wait, until later ones are read. */
  async #settle(place: Place, events: readonly WitnessEvent[]): Promise<void> {
    const { matched, unmatched } = await matchEvents(events, place.logs);
    this.#add(place.events, { ...NOTHING, events: events.length });
    this.#takeMatched(place, matched);
    if (unmatched.length === 0) return;
    this.#waiting.push({ place, group: place.events.nextGroup(), unmatched });
    this.#waitingEvents += unmatched.length;
    for (const { event } of unmatched) this.#waitingText += event.text.length;
    if (this.#waitingEvents >= BATCH || this.#waitingText >= BATCH_TEXT) await this.settleWaiting();
  }

  /** Looks for what waits in all later log files; what none of these holds is kept. */
  settleWaiting(): Promise<void> {
    this.#settled = this.#settled.then(async () => {
      const waiting = this.#waiting;
      this.#waiting = [];
      this.#waitingEvents = 0;
      this.#waitingText = 0;
      const late = await matchLate(
        waiting.map(({ place, unmatched }) => ({ place: placeName(place.question), unmatched })),
        this.#later,
      );
      for (const { place, group, unmatched } of waiting) {
        const found = unmatched.flatMap(({ event }) => late.get(event) ?? []);
        const rest = unmatched.filter(({ event }) => !late.has(event));
        this.#takeMatched(place, found);
        this.#add(place.events, await this.#keepUnmatched(place, group, rest));
      }
      this.#sayProgress(0);
    });
    return this.#settled;
  }

  #originOf({ question: { account, region } }: Place): EventOrigin {
    return { witness: this.#witness.kind, account, region };
  }

  /** Counts events that proven log files hold, and names those that these have otherwise. */
  #takeMatched(place: Place, matched: readonly Matched[]): void {
    const differing = matched.filter(({ comparison }) => comparison.differences.length > 0);
    for (const { event, uri, comparison } of differing)
      this.findings.push({
        code: 'EVENT_DIFFERS',
        ...this.#originOf(place),
        ...factsOf(event),
        log: uri,
        fields: comparison.differences,
        further: comparison.isCut,
      });
    this.#add(place.events, {
      ...NOTHING,
      matched: matched.length,
      same: matched.length - differing.length,
      differing: differing.length,
    });
  }

  #add(place: PlaceEvents, found: EventCounts): void {
    place.add(found);
    addCounts(this.#counts, found);
  }

  /** Keeps the lines of events that no proven log file holds. */
  async #keepUnmatched(place: Place, group: string, unmatched: readonly Unmatched[]): Promise<EventCounts> {
    const found = { ...NOTHING };
    if (unmatched.length === 0) return found;
    const { question } = place;
    const origin = this.#originOf(place);
    const selectors = (await this.#options.selectorsOf?.(question)) ?? [];
    for (const one of unmatched) {
      const { event } = one;
      const belongsTo = place.causesAt(event.time);
      const list: EventList = belongsTo.length > 0 ? 'recovered' : 'unlogged';
      const explained = isLeftOut(selectors, event.record) ? { explainedBy: 'selectors' as const } : {};
      found[list] += 1;
      if ('explainedBy' in explained) found.leftOut += 1;
      if (list === 'unlogged')
        this.findings.push({ code: 'EVENT_UNLOGGED', ...origin, ...factsOf(event), ...explained });
      await this.#keep(list, {
        group,
        eventId: event.id,
        line: eventLine(origin, one, belongsTo, explained),
      });
    }
    return found;
  }

  /** Counts the events of proven log files that a witness should have of a time, and did not give. */
  async #countLacking({ question, logs, events }: Place, { from, to }: Stretch): Promise<void> {
    const sure = {
      from: Math.max(from, this.#edge + EDGE),
      to: Math.min(to, this.#options.now - EDGE),
    };
    if (sure.from > sure.to) return;
    // Most of them are data events, of which nothing is kept.
    const lacking = new Set<string>();
    const elsewhere = new Map<string, string>();
    const { account, region: own } = question;
    const holds = await this.#witness.holdings(question);
    await logs.findOthers(events.ids, sure, (id, record, _, trail) => {
      const region = otherRegion(record, own);
      if (region === undefined && !(record.awsRegion === own && holds(record, trail))) return;
      const event = readWitnessEvent(JSON.stringify(record), id, account, sure);
      if ('refused' in event) return;
      if (region !== undefined) {
        if (!this.#isAsked({ account, region }, event.time)) elsewhere.set(id, region);
        return;
      }
      lacking.add(id);
      this.#lacked ??= `${event.name} of ${isoTime(event.time)}, ${id}`;
    });
    this.#add(events, { ...NOTHING, lacking: lacking.size });
    for (const region of elsewhere.values())
      this.#elsewhere.set(region, (this.#elsewhere.get(region) ?? 0) + 1);
  }

  /** One line after the other, whichever places they are from. */
  #keep(list: EventList, kept: KeptLine): Promise<void> {
    this.#kept = this.#kept.then(() => this.#options.keep(list, kept));
    return this.#kept;
  }

  get #refusedInAll(): number {
    return Object.values(this.#refused).reduce((sum, one) => sum + one, 0);
  }

  /** What was not asked, not answered and not believed, in words. */
  limits(): readonly Limit[] {
    const { name, days, limits: own } = this.#witness;
    const limits: Limit[] = [...own];
    const called = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
    if (this.#tooOld > 0 || this.#gone !== undefined)
      limits.push({
        code: 'WITNESS_FORGOT',
        text: `${called} goes back ${days} days: what was before ${isoTime(this.#gone ?? this.#earliest)} was not asked, or went before it was asked. A report of a younger window (--from) can be asked about whole.`,
      });
    const { lacking } = this.#counts;
    if (lacking > 0)
      limits.push({
        code: 'WITNESS_LACKS_EVENTS',
        text: `${called} did not give ${countOf(lacking, 'event')} of the times that were asked about, which proven log files hold (${this.#lacked}): others may be lacking that no log file holds any more.`,
      });
    for (const [region, count] of this.#elsewhere)
      limits.push({
        code: 'WITNESS_OTHER_REGION',
        text: `${countOf(count, 'event')} in proven log files of other Regions ${count === 1 ? 'is' : 'are'} of ${region}, as those of IAM, STS and CloudFront are in trails of one Region from before November 2021: ${name} is asked for these as events of ${region} alone, and was not asked about their times. What is lacking of these is not recovered.`,
      });
    const {
      unreadable,
      contradicting,
      'other-account': otherAccount,
      'other-time': otherTime,
    } = this.#refused;
    const refused = this.#refusedInAll;
    if (refused > 0)
      limits.push({
        code: 'WITNESS_REFUSED_EVENTS',
        text: `${countOf(refused, 'event')} in the answers of ${name} ${refused === 1 ? 'is' : 'are'} left out: ${unreadable} could not be read, ${otherAccount} are of another account, ${otherTime} of a time that was not asked about, ${contradicting} say another thing than the first of the same id.`,
      });
    if (this.#foreign.size > 0)
      limits.push({
        code: 'WITNESS_ENDPOINT',
        text: `What ${name} says is from an endpoint that is not AWS's own (${[...this.#foreign].join(', ')}): it is the word of whoever runs that.`,
      });
    return limits;
  }
}

/** The Region of a management event that is not of the Region of its log file: those of global services were in others as well. */
function otherRegion({ awsRegion, managementEvent }: EventRecord, own: string): string | undefined {
  const isOther = typeof awsRegion === 'string' && isRegionName(awsRegion) && awsRegion !== own;
  return isOther && managementEvent === true ? awsRegion : undefined;
}

/** A stretch cut where days begin, so that each question is one that can be asked again. */
function daysOf({ from, to }: Stretch): readonly Stretch[] {
  const days: Stretch[] = [];
  for (let begin = from; begin <= to; ) {
    const end = Math.min(to, (Math.floor(begin / DAY) + 1) * DAY - 1);
    days.push({ from: begin, to: end });
    begin = end + 1;
  }
  return days;
}

function lengthOf({ from, to }: Stretch): number {
  return to - from;
}
