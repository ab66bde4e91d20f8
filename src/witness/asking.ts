/** One witness, asked about place after place: its events are read, matched and kept. */
import { DAY, isoTime } from '../base/clock.ts';
import type { Limit } from '../findings/event.ts';
import { countOf } from '../render/words.ts';
import type { CorroborationOptions, EventList, KeptLine, Witness, WitnessAnswer } from './contract.ts';
import type { CauseRecord, PlaceRecord, WitnessCounts, WitnessFinding } from './document.ts';
import { matchEvents } from './match.ts';
import { type Cause, causesAt, type PlaceQuestion, type Stretch } from './questions.ts';
import { type LogsOfPlace, placeName } from './report-logs.ts';
import { isLeftOut } from './selectors.ts';
import { type Refused, readWitnessEvent, recordLine, type WitnessEvent } from './witness-event.ts';

/** Events that are held against log files at a time. */
const BATCH = 10_000;
/** Characters of their records that are held meanwhile. */
const BATCH_TEXT = 64 << 20;
/** Pages that may bring no older event: a second of a busy account has a few hundred. */
const MOST_STANDING = 1000;
/** Days in a row that may be refused before no more are asked for. */
const MOST_REFUSALS = 3;

const NOTHING = { events: 0, matched: 0, same: 0, differing: 0, recovered: 0, unlogged: 0, leftOut: 0 };

/** Pages that come one after the other, and lead nowhere. */
class EndlessAnswer extends Error {}

/** The questions of one run to one witness, and what came of them. `whole` is the time of all of them, in milliseconds. */
export class Asking {
  readonly findings: WitnessFinding[] = [];
  readonly #counts = { ...NOTHING, refused: 0 };
  readonly #refused: Record<Refused, number> = { unreadable: 0, 'other-account': 0, 'other-time': 0 };
  readonly #foreign = new Set<string>();
  readonly #options: CorroborationOptions;
  readonly #witness: Witness;
  /** The time before which it remembers nothing. */
  readonly #earliest: number;
  readonly #index: number;
  readonly #whole: number;
  #asked = 0;
  #tooOld = 0;
  #kept: Promise<void> = Promise.resolve();

  constructor(options: CorroborationOptions, witness: Witness, index: number, whole: number) {
    this.#options = options;
    this.#witness = witness;
    this.#index = index;
    this.#earliest = witness.days === undefined ? Number.NEGATIVE_INFINITY : options.now - witness.days * DAY;
    this.#whole = whole;
  }

  get counts(): WitnessCounts {
    return { ...this.#counts };
  }

  /** Asks about one place; its groups are in order of time. */
  async ask(
    question: PlaceQuestion,
    logs: LogsOfPlace,
  ): Promise<{ readonly record: PlaceRecord; readonly groups: readonly string[] }> {
    const place = new PlaceEvents(`${this.#index} ${placeName(question)}`);
    const asked: Stretch[] = [];
    const refusals = new Set<string>();

    for (const stretch of question.stretches.toReversed()) {
      const known = { from: Math.max(stretch.from, this.#earliest), to: stretch.to };
      if (known.from > stretch.from) this.#tooOld += 1;
      if (known.from > known.to) continue;
      let inRow = 0;
      for (const day of daysOf(known).toReversed()) {
        const { refusal, foreign } = await this.#askOne(question, day, place, logs);
        if (foreign !== undefined) this.#foreign.add(foreign);
        inRow = refusal === undefined ? 0 : inRow + 1;
        if (refusal !== undefined) refusals.add(refusal);
        // One may have been unlucky; what is refused again and again is refused for all.
        if (inRow === MOST_REFUSALS) break;
      }
      asked.push(known);
    }
    const { account, region, stretches } = question;
    const [refusal] = refusals;
    return {
      record: {
        account,
        region,
        asked: asked.toReversed().map(({ from, to }) => ({ from: isoTime(from), to: isoTime(to) })),
        answered: refusal === undefined && asked.length === stretches.length,
        ...(refusal === undefined ? {} : { refusal }),
        ...place.counts,
      },
      groups: place.groups.toReversed(),
    };
  }

  async #askOne(
    question: PlaceQuestion,
    stretch: Stretch,
    place: PlaceEvents,
    logs: LogsOfPlace,
  ): Promise<WitnessAnswer> {
    const { onProgress, signal } = this.#options;
    const witness = this.#witness;
    let waiting = new Map<string, WitnessEvent>();
    let reached = stretch.to;
    let text = 0;
    let standing = 0;
    const settle = async (): Promise<void> => {
      const events = [...waiting.values()];
      waiting = new Map();
      text = 0;
      if (events.length > 0) await this.#settle(question, events, place, logs);
    };
    const asked = witness.ask(question, stretch, async (given) => {
      signal?.throwIfAborted();
      const before = reached;
      for (const { id, record } of given) {
        const event = readWitnessEvent(record, id, question.account, stretch);
        if ('refused' in event) {
          if (event.refused === 'other-time' && witness.givesMore === true) continue;
          this.#refused[event.refused] += 1;
          this.#counts.refused += 1;
        } else if (place.isNew(event.id)) {
          waiting.set(event.id, event);
          text += event.text.length;
          reached = Math.min(reached, event.time);
        }
      }
      standing = reached < before ? 0 : standing + 1;
      if (standing > MOST_STANDING && witness.isAtHand !== true) throw new EndlessAnswer();
      if (waiting.size >= BATCH || text >= BATCH_TEXT) await settle();
      this.#tell(onProgress, stretch.to - reached);
    });
    const answer = await asked.catch((error: unknown): WitnessAnswer => {
      if (error instanceof EndlessAnswer) return { refusal: 'its pages bring nothing new, and do not end' };
      throw error;
    });
    await settle();
    this.#asked += lengthOf(stretch);
    this.#tell(onProgress, 0);
    return answer;
  }

  #tell(onProgress: CorroborationOptions['onProgress'], within: number): void {
    const { events, recovered } = this.#counts;
    onProgress?.({
      share: Math.min(1, (this.#asked + within) / Math.max(1, this.#whole)),
      events,
      recovered,
    });
  }

  async #settle(
    question: PlaceQuestion,
    events: readonly WitnessEvent[],
    place: PlaceEvents,
    logs: LogsOfPlace,
  ): Promise<void> {
    const { account, region, causes } = question;
    const { source, selectorsOf } = this.#options;
    const { matched, unmatched } = await matchEvents(events, logs, source);
    const differing = matched.filter(({ comparison }) => comparison.differences.length > 0);
    for (const { event, uri, comparison } of differing)
      this.findings.push({
        code: 'EVENT_DIFFERS',
        witness: this.#witness.kind,
        account,
        region,
        ...factsOf(event),
        log: uri,
        fields: comparison.differences,
        further: comparison.isCut,
      });
    const selectors = unmatched.length === 0 ? [] : ((await selectorsOf?.(question)) ?? []);
    const group = place.nextGroup();
    const found = { ...NOTHING, events: events.length, matched: matched.length, differing: differing.length };
    for (const { event, changedFiles } of unmatched.toSorted(
      (one, other) => one.event.time - other.event.time,
    )) {
      const belongsTo = causesAt(causes, event.time);
      const list: EventList = belongsTo.length > 0 ? 'recovered' : 'unlogged';
      const explained = isLeftOut(selectors, event.record) ? { explainedBy: 'selectors' as const } : {};
      found[list] += 1;
      if ('explainedBy' in explained) found.leftOut += 1;
      if (list === 'unlogged')
        this.findings.push({
          code: 'EVENT_UNLOGGED',
          witness: this.#witness.kind,
          account,
          region,
          ...factsOf(event),
          ...explained,
        });
      const head = {
        witness: this.#witness.kind,
        account,
        region,
        ...factsOf(event),
        ...(belongsTo.length === 0 ? {} : { belongsTo: belongsTo.slice(0, MOST_CAUSES).map(causeRecord) }),
        ...(changedFiles.length === 0 ? {} : { changedFiles }),
        ...explained,
      };
      const line = `${recordLine(JSON.stringify(head)).slice(0, -1)},"event":${recordLine(event.text)}}\n`;
      await this.#keep(list, { group, eventId: event.id, line });
    }
    found.same = found.matched - found.differing;
    place.add(found);
    for (const name of Object.keys(found) as (keyof typeof found)[]) this.#counts[name] += found[name];
  }

  /** One line after the other, whichever places they are from. */
  #keep(list: EventList, kept: KeptLine): Promise<void> {
    this.#kept = this.#kept.then(() => this.#options.keep(list, kept));
    return this.#kept;
  }

  /** What was not asked and not believed, in words. */
  limits(): readonly Limit[] {
    const { name, days, limits: own } = this.#witness;
    const limits: Limit[] = [...own];
    const called = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
    if (this.#tooOld > 0)
      limits.push({
        code: 'WITNESS_FORGOT',
        text: `${called} goes back ${days} days: what was before ${isoTime(this.#earliest)} was not asked.`,
      });
    const { unreadable, 'other-account': otherAccount, 'other-time': otherTime } = this.#refused;
    if (this.#counts.refused > 0)
      limits.push({
        code: 'WITNESS_REFUSED_EVENTS',
        text: `${countOf(this.#counts.refused, 'event')} in the answers of ${name} ${this.#counts.refused === 1 ? 'is' : 'are'} left out: ${unreadable} could not be read, ${otherAccount} are of another account, ${otherTime} of a time that was not asked about.`,
      });
    if (this.#foreign.size > 0)
      limits.push({
        code: 'WITNESS_ENDPOINT',
        text: `What ${name} says is from an endpoint that is not AWS's own (${[...this.#foreign].join(', ')}): it is the word of whoever runs that.`,
      });
    return limits;
  }
}

/** Causes that are named of one event. */
const MOST_CAUSES = 8;

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

function factsOf({ id, time, name, source }: WitnessEvent) {
  return { eventId: id, time: isoTime(time), eventName: name, eventSource: source };
}

function causeRecord(cause: Cause): CauseRecord {
  const { chain, from, to } = cause;
  const time = { chain, from: isoTime(from), to: isoTime(to) };
  return cause.kind === 'uncovered'
    ? { kind: 'uncovered', ...time, reason: cause.reason }
    : { kind: 'finding', ...time, code: cause.code, uri: cause.uri };
}

/** What was seen of one place. */
class PlaceEvents {
  readonly #name: string;
  readonly #seen = new Set<string>();
  readonly groups: string[] = [];
  readonly #counts = { ...NOTHING };

  constructor(name: string) {
    this.#name = name;
  }

  get counts(): Omit<WitnessCounts, 'refused'> {
    return { ...this.#counts };
  }

  /** Whether an id is the first of its kind: an event that is given twice is one. */
  isNew(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  }

  nextGroup(): string {
    const group = `${this.#name} ${this.groups.length}`;
    this.groups.push(group);
    return group;
  }

  add(found: Omit<WitnessCounts, 'refused'>): void {
    for (const name of Object.keys(this.#counts) as (keyof typeof found)[]) this.#counts[name] += found[name];
  }
}
