/**
 * Brings the lines of the inventory into their order. A chain's digests come newest first, as its walk judges them,
 * each followed by the log files that it names, in the order in which it names them. Digests are told in that order;
 * their log files are told whenever they were checked, one by one or many in a row, so a digest's lines wait until the last
 * of them is there:
 *
 *     digest 15:00  logs 0-40 ok  log 41 ...  logs 42-63 ok      waits for log 41
 *     digest 14:00  log 0 ok                                     complete, and waits for the one before
 *
 * What waits is bounded by the lead that the check of log files allows (`LogChecks`), and by a chain's digests of
 * the time between.
 */

import { TrailVerifyError } from '../base/errors.ts';
import { placeOf } from '../chain/digest-queue.ts';
import type { TrailEvent } from '../findings/event.ts';
import { inventoryLine, type ObjectEvent } from './inventory-line.ts';
import { leafHash } from './merkle.ts';

/** The events that have lines of their own. */
export type LineEvent = ObjectEvent | Extract<TrailEvent, { type: 'digests' | 'logs' }>;

/** True for an event that has lines of its own. */
export function hasLines(event: TrailEvent): event is LineEvent {
  const { type } = event;
  return type === 'digest' || type === 'digests' || type === 'log' || type === 'logs';
}

/** Lines of neighbours with their leaf hashes; the first of them is that of log file `at`, or of the digest itself at -1. */
interface Piece {
  readonly at: number;
  readonly count: number;
  readonly lines: Uint8Array;
  readonly leaves: Uint8Array;
}

/** A digest's lines: its own, and those of its log files as far as they are there. */
interface Group {
  readonly pieces: Piece[];
  /** 1 for each log file whose line is there. */
  readonly told: Uint8Array;
  missing: number;
}

/** The digests of one chain that wait, in their order and by their place. */
interface Waiting {
  readonly groups: Group[];
  readonly byPlace: Map<string, Group[]>;
}

/** Lines of one chain that are in their order, each ended by a line feed, and their leaf hashes. */
export interface OrderedLines {
  readonly chain: string;
  readonly lines: Uint8Array;
  readonly leaves: Uint8Array;
}

/** Takes events as they come and gives back lines in their order. */
export class InventoryOrder {
  readonly #waitsForLogs: boolean;
  readonly #chains = new Map<string, Waiting>();
  #waiting = 0;

  /** `waitsForLogs`: false for a run that leaves log files alone. */
  constructor(waitsForLogs: boolean) {
    this.#waitsForLogs = waitsForLogs;
  }

  /** Lines that wait for others. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes one event; the lines of its chain that are in order by now, undefined where there are none. */
  add(event: LineEvent): OrderedLines | undefined {
    const chain = this.#chains.get(event.chain) ?? { groups: [], byPlace: new Map<string, Group[]>() };
    this.#chains.set(event.chain, chain);
    const { groups, byPlace } = chain;
    if (event.type === 'digest') {
      const missing = this.#waitsForLogs ? event.logFiles : 0;
      const group = { pieces: [pieceOf(-1, event)], told: new Uint8Array(missing), missing };
      groups.push(group);
      this.#waiting += 1;
      const place = placeOf(event.object);
      if (missing > 0) byPlace.set(place, [...(byPlace.get(place) ?? []), group]);
    } else if (event.type === 'digests') {
      // Whose log files are checked has to be told one by one.
      if (this.#waitsForLogs) throw inOneRow(event.newest.key);
      groups.push({ pieces: [{ ...event, at: -1 }], told: new Uint8Array(), missing: 0 });
      this.#waiting += event.count;
    } else {
      this.#addLogs(byPlace, event.type === 'logs' ? { ...event, at: event.position } : event);
    }
    // Most events end nothing.
    if ((groups[0]?.missing ?? 0) > 0) return undefined;
    const incomplete = groups.findIndex(({ missing }) => missing > 0);
    return this.#take(event.chain, groups.splice(0, incomplete === -1 ? groups.length : incomplete));
  }

  /** What still waits when a run ends early, chain by chain: digests without the log files that were not checked. */
  *rest(): Generator<OrderedLines> {
    for (const [chain, { groups }] of this.#chains) {
      const lines = this.#take(chain, groups.splice(0));
      if (lines !== undefined) yield lines;
    }
  }

  #addLogs(
    byPlace: Map<string, Group[]>,
    event: Extract<ObjectEvent, { type: 'log' }> | (Extract<TrailEvent, { type: 'logs' }> & Piece),
  ): void {
    const place = placeOf(event.digest);
    const { at, count, lines, leaves } = event.type === 'logs' ? event : pieceOf(event.position, event);
    const same = byPlace.get(place) ?? [];
    // A digest that was told twice takes them twice.
    const group = same.find(({ told }) => isUntold(told, at, count));
    if (group === undefined) throw unannounced(place, event.position);
    group.told.fill(1, at, at + count);
    group.pieces.push({ at, count, lines, leaves });
    group.missing -= count;
    this.#waiting += count;
    if (group.missing > 0) return;
    if (same.length === 1) byPlace.delete(place);
    else
      byPlace.set(
        place,
        same.filter((one) => one !== group),
      );
  }

  #take(chain: string, groups: readonly Group[]): OrderedLines | undefined {
    const pieces = groups.flatMap((group) => group.pieces.sort((a, b) => a.at - b.at));
    for (const { count } of pieces) this.#waiting -= count;
    if (pieces.length === 0) return undefined;
    return {
      chain,
      lines: Buffer.concat(pieces.map(({ lines }) => lines)),
      leaves: Buffer.concat(pieces.map(({ leaves }) => leaves)),
    };
  }
}

function isUntold(told: Uint8Array, at: number, count: number): boolean {
  if (at < 0 || count < 1 || at + count > told.length) return false;
  const first = told.subarray(at, at + count).indexOf(1);
  return first === -1;
}

function pieceOf(at: number, event: ObjectEvent): Piece {
  const lines = Buffer.from(`${inventoryLine(event)}\n`, 'latin1');
  return { at, count: 1, lines, leaves: leafHash(lines.subarray(0, -1)) };
}

function inOneRow(digest: string): TrailVerifyError {
  return new TrailVerifyError('INTERNAL', `log files of digest ${digest} and those before it cannot be told`);
}

function unannounced(digest: string, position: number): TrailVerifyError {
  const what = `log file ${position} of digest ${digest} was checked`;
  return new TrailVerifyError('INTERNAL', `${what}, and was not announced or checked before`);
}
