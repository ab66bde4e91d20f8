import { CONTROL_EVENTS, type ControlEvent } from '../findings/control-event.ts';
import type { Limit } from '../findings/event.ts';

/**
 * Events held, at some 700 bytes each: calls that were refused apart, so that nobody can crowd the others out by trying;
 * deletions and writes of single objects, of which an attacker makes as many as there are objects; and calls on keys, which
 * are any of the account's.
 */
const MOST_HELD = { done: 5000, refused: 500, objects: 50_000, keys: 2000 } as const;

/** The control events of a run, each once, however many trails recorded it. */
export class ControlEventLog {
  readonly #held = {
    done: new Map<string, ControlEvent>(),
    refused: new Map<string, ControlEvent>(),
    objects: new Map<string, ControlEvent>(),
    keys: new Map<string, ControlEvent>(),
  };
  #dropped = 0;

  /** Takes an event, or the better proof of one that it has: of several log files the first by its URI. */
  add(event: ControlEvent): void {
    const part = partOf(event);
    const held = this.#held[part];
    const known = held.get(event.eventId);
    if (known === undefined && held.size >= MOST_HELD[part]) this.#dropped += 1;
    else if (known === undefined || event.log < known.log) held.set(event.eventId, event);
  }

  /** Every event, oldest first. */
  all(): readonly ControlEvent[] {
    return inOrder(Object.values(this.#held).flatMap((held) => [...held.values()]));
  }

  /** What goes into the report: all but those of single objects that explain nothing; `named` are the ids of those that do. */
  reported(named: ReadonlySet<string>): readonly ControlEvent[] {
    return this.all().filter(
      ({ name, eventId }) => CONTROL_EVENTS[name].kind !== 'object' || named.has(eventId),
    );
  }

  /** What a reader must know where there were more than are held. */
  limits(): readonly Limit[] {
    if (this.#dropped === 0) return [];
    const text = `${this.#dropped} control events beyond those that a run holds were left out: stops, deletions and policy changes may be unnamed.`;
    return [{ code: 'CONTROL_EVENTS_CAPPED', text }];
  }
}

function partOf({ name, error }: ControlEvent): keyof typeof MOST_HELD {
  if (error !== undefined) return 'refused';
  const { kind } = CONTROL_EVENTS[name];
  return kind === 'object' ? 'objects' : kind === 'key' ? 'keys' : 'done';
}

function inOrder(events: readonly ControlEvent[]): readonly ControlEvent[] {
  const name = ({ time, eventId }: ControlEvent): string => `${time} ${eventId}`;
  return [...events].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}
