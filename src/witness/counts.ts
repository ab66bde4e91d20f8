/**
 * The counts of a corroboration: each must fit the others, the lines of the lists and the report. Nobody need have signed a document, and
 * a count that only it knows is worth what its writer says.
 */
import type { Report } from '../report/report.ts';
import { type Cause, causesByTime } from './causes.ts';
import type { EventList } from './contract.ts';
import type {
  CorroborationDocument,
  CorroborationResult,
  PlaceRecord,
  WitnessFinding,
  WitnessRecord,
} from './document.ts';
import { type CausesAt, factsOf, type ReadLine } from './event-lines.ts';
import { addCounts, type EventCounts, NOTHING } from './place-events.ts';
import { questionsOf } from './questions.ts';
import { placeName } from './report-logs.ts';

/** Findings that are named one by one. */
export const MOST_FINDINGS = 10_000;
/** What a set of JavaScript holds, less a little. */
const MOST_LINES = 16_000_000;

/** The lists of a corroboration, in the order of the document. */
export const LISTS: readonly EventList[] = ['recovered', 'unlogged'];

/** What a result is made of. */
interface Outcome {
  readonly witnesses: readonly WitnessRecord[];
  /** What the report lacks of which no account and Region is known. */
  readonly unplaced: number;
  /** Whether a finding, named or not, is one that the selectors of the trail do not explain. */
  readonly isUnexplained: boolean;
}

/** The result of a corroboration. */
export function resultOf({ witnesses, unplaced, isUnexplained }: Outcome): CorroborationResult {
  const places = witnesses.flatMap((one) => one.places);
  if (places.length === 0 && unplaced === 0) return 'nothing-to-ask';
  if (isUnexplained) return 'unproven';
  // What was given and cannot be believed may be what is looked for.
  if (unplaced > 0 || witnesses.some(({ refused }) => refused > 0)) return 'incomplete';
  if (places.some(({ answered, lacking }) => !answered || lacking > 0)) return 'incomplete';
  return witnesses.some(({ recovered }) => recovered > 0) ? 'recovered' : 'nothing-recovered';
}

const FIT = 'do not fit one another';

/** In words, after the name of the document, which of its own counts contradict one another; undefined where none do. */
export function miscountIn(document: CorroborationDocument): string | undefined {
  const { witnesses, findings, furtherFindings = 0 } = document;
  if (new Set(witnesses.map(({ kind }) => kind)).size < witnesses.length) return 'names a witness twice';
  for (const witness of witnesses) {
    const sum = { ...NOTHING };
    for (const place of witness.places) {
      addCounts(sum, place);
      if (isOdd(place)) return `counts events of ${witness.kind} in ${placeName(place)} that ${FIT}`;
    }
    const [name] = COUNTED.filter((one) => sum[one] !== witness[one]);
    if (name !== undefined) return `counts other events of ${witness.kind} as ${name} than in its places`;
    if (new Set(witness.places.map(placeName)).size < witness.places.length)
      return `names an account and Region of ${witness.kind} twice`;
  }
  for (const list of LISTS) {
    const { lines = 0, events = 0 } = document[list] ?? {};
    const counted = witnesses.reduce((sum, one) => sum + one[list], 0);
    if (lines !== counted || (document[list] !== undefined && lines === 0))
      return `counts ${counted} ${list} events of witnesses, and ${lines} lines of them`;
    if (events > lines || (lines > 0 && events === 0) || lines > MOST_LINES)
      return `counts ${events} ${list} events in ${lines} lines`;
  }
  const due = witnesses.reduce((sum, { differing, unlogged }) => sum + differing + unlogged, 0);
  if (findings.length !== Math.min(due, MOST_FINDINGS) || furtherFindings !== due - findings.length)
    return `counts ${due} events that differ or are unlogged, and names others`;
  return misnamed(document);
}

const COUNTED = Object.keys(NOTHING) as readonly (keyof EventCounts)[];

function isOdd({ answered, refusal, ...counts }: PlaceRecord): boolean {
  const { events, matched, same, differing, recovered, unlogged, leftOut } = counts;
  return (
    events !== matched + recovered + unlogged ||
    matched !== same + differing ||
    leftOut > recovered + unlogged ||
    (answered && refusal !== undefined)
  );
}

/** Findings of an account and Region that counts others. */
function misnamed({ witnesses, findings, furtherFindings }: CorroborationDocument): string | undefined {
  const named = new Map<string, number>();
  for (const { code, witness, ...place } of findings) {
    const key = `${code} ${witness} ${placeName(place)}`;
    named.set(key, (named.get(key) ?? 0) + 1);
  }
  let known = 0;
  for (const { kind, places } of witnesses)
    for (const place of places)
      for (const [code, count] of [
        ['EVENT_DIFFERS', place.differing],
        ['EVENT_UNLOGGED', place.unlogged],
      ] as const) {
        const found = named.get(`${code} ${kind} ${placeName(place)}`) ?? 0;
        known += found;
        if (found > count || (furtherFindings === undefined && found < count))
          return `names ${found} findings ${code} of ${kind} in ${placeName(place)}, and counts ${count}`;
      }
  return known < findings.length
    ? 'names findings of an account and Region that it does not count'
    : undefined;
}

/** What a document says of a report, held against it; and the causes of it for events of its lines. */
export class AskedReport {
  readonly causesAt: CausesAt;
  readonly #report: Report;
  readonly #unplaced: number;
  readonly #document: CorroborationDocument;

  constructor(document: CorroborationDocument, report: Report) {
    this.#document = document;
    this.#report = report;
    const { places, unplaced } = questionsOf(report, document.asked === 'all', this.#latest);
    this.#unplaced = unplaced;
    const causes = new Map<string, (time: number) => readonly Cause[]>(
      places.map((one) => [placeName(one), causesByTime(one.causes)]),
    );
    this.causesAt = (place, time) => causes.get(placeName(place))?.(time) ?? [];
  }

  /** `made` is to the second: it was asked within that. */
  get #latest(): number {
    return Date.parse(this.#document.made) + 999;
  }

  /** In words, after the name of the document, what of it is not so of the report; undefined where all is. */
  get problem(): string | undefined {
    const { report: said, witnesses, made, asked } = this.#document;
    const { run, verdict, window } = this.#report;
    const { from, to } = window.requested;
    if (said.run !== run.id || said.verdict !== verdict || said.window.from !== from || said.window.to !== to)
      return 'says of its report what that does not say';
    const placesAt = (now: number): ReadonlySet<string> =>
      new Set(questionsOf(this.#report, asked === 'all', now).places.map(placeName));
    const [most, least] = [placesAt(this.#latest), placesAt(Date.parse(made))];
    for (const { kind, places } of witnesses) {
      const names = new Set(places.map(placeName));
      if ([...names].some((name) => !most.has(name)) || [...least].some((name) => !names.has(name)))
        return `has other accounts and Regions of ${kind} than there is to ask about`;
    }
    return undefined;
  }

  /** In words what of the document is not so of its lines; undefined where all is. */
  problemWith(tally: LinesTally): string | undefined {
    const { witnesses, result, findings } = this.#document;
    for (const { kind, places } of witnesses)
      for (const place of places) {
        const found = tally.of(kind, place);
        if (found.recovered !== place.recovered || found.unlogged !== place.unlogged)
          return `counts other events of ${kind} in ${placeName(place)} than its lists have`;
        if (found.leftOut !== place.leftOut)
          return `counts ${place.leftOut} events of ${kind} in ${placeName(place)} that selectors leave out, and its lists ${found.leftOut}`;
      }
    for (const list of LISTS)
      if ((this.#document[list]?.events ?? 0) !== tally.events(list))
        return `counts other ${list} events than its list has`;
    if (!tally.hasNamed(findings)) return 'names unlogged events that its list does not have';
    const isUnexplained = tally.isUnexplained || witnesses.some(({ differing }) => differing > 0);
    const made = resultOf({ witnesses, unplaced: this.#unplaced, isUnexplained });
    return result === made ? undefined : `says ${result}, and its counts say ${made}`;
  }
}

interface PlaceTally {
  recovered: number;
  unlogged: number;
  leftOut: number;
  readonly ids: Set<string>;
}

/** Lines of the lists as they are read. */
export class LinesTally {
  /** Whether an unlogged event is one that the selectors of the trail do not explain. */
  isUnexplained = false;
  readonly #places = new Map<string, PlaceTally>();
  readonly #ids = { recovered: new Set<string>(), unlogged: new Set<string>() };
  /** Unlogged events that findings name, until they are found. */
  readonly #named: Set<string>;

  constructor({ findings }: CorroborationDocument) {
    this.#named = new Set(findings.filter(isUnlogged).map(nameOf));
  }

  /** Counts a line of a list; false for an event that a witness has twice in an account and Region. */
  add(list: EventList, { origin, event, explainedBy }: ReadLine): boolean {
    const place = this.of(origin.witness, origin);
    if (place.ids.has(event.id)) return false;
    place.ids.add(event.id);
    this.#ids[list].add(event.id);
    place[list] += 1;
    if (explainedBy !== undefined) place.leftOut += 1;
    if (list === 'recovered') return true;
    this.isUnexplained ||= explainedBy === undefined;
    this.#named.delete(nameOf({ ...origin, ...factsOf(event), explainedBy }));
    return true;
  }

  of(witness: string, place: Parameters<typeof placeName>[0]): PlaceTally {
    const key = `${witness} ${placeName(place)}`;
    const known = this.#places.get(key) ?? { recovered: 0, unlogged: 0, leftOut: 0, ids: new Set() };
    this.#places.set(key, known);
    return known;
  }

  /** How many events a list has: two witnesses may have one. */
  events(list: EventList): number {
    return this.#ids[list].size;
  }

  /** Whether each unlogged event that is named is in the list, and none is named twice. */
  hasNamed(findings: readonly WitnessFinding[]): boolean {
    const unlogged = findings.filter(isUnlogged);
    return this.#named.size === 0 && new Set(unlogged.map(nameOf)).size === unlogged.length;
  }
}

function isUnlogged({ code }: WitnessFinding): boolean {
  return code === 'EVENT_UNLOGGED';
}

function nameOf(one: Omit<WitnessFinding, 'code'>): string {
  const { witness, account, region, eventId, time, eventName, eventSource, explainedBy } = one;
  return JSON.stringify([witness, account, region, eventId, time, eventName, eventSource, explainedBy]);
}
