import { createHash } from 'node:crypto';
import type { EventRecord } from './compare.ts';
import type { WitnessCounts } from './document.ts';
import type { WitnessEvent } from './witness-event.ts';

/** Counts of events that were believed. */
export type EventCounts = Omit<WitnessCounts, 'refused'>;

/** No event yet. */
export const NOTHING: EventCounts = {
  events: 0,
  matched: 0,
  same: 0,
  differing: 0,
  recovered: 0,
  unlogged: 0,
  leftOut: 0,
  lacking: 0,
};

/** Adds the counts of `found` to those of `sum`. */
export function addCounts(sum: { -readonly [name in keyof EventCounts]: number }, found: EventCounts): void {
  for (const name of Object.keys(NOTHING) as (keyof EventCounts)[]) sum[name] += found[name];
}

/** What a witness said of one account and Region. `name` begins the names of its groups. */
export class PlaceEvents {
  readonly groups: string[] = [];
  readonly #name: string;
  readonly #contents = new Map<string, number>();
  readonly #counts = { ...NOTHING };

  constructor(name: string) {
    this.#name = name;
  }

  get counts(): EventCounts {
    return { ...this.#counts };
  }

  /** The ids that it named. */
  get ids(): { has(id: string): boolean } {
    return this.#contents;
  }

  /** Whether an event is the first of its id, the same once more, or one that says another thing than the first did. */
  take({ id, record }: WitnessEvent): 'new' | 'again' | 'other' {
    // Six bytes of a hash, which fit a number: nobody makes two of one record by chance.
    const content = createHash('sha256').update(plainText(record)).digest().readUIntBE(0, 6);
    const known = this.#contents.get(id);
    if (known !== undefined) return known === content ? 'again' : 'other';
    this.#contents.set(id, content);
    return 'new';
  }

  nextGroup(): string {
    const group = `${this.#name} ${this.groups.length}`;
    this.groups.push(group);
    return group;
  }

  add(found: EventCounts): void {
    addCounts(this.#counts, found);
  }
}

/** A record as the same text however its fields are ordered and its values written, as `compareRecords` takes it. */
function plainText(record: EventRecord): string {
  return JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
