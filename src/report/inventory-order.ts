/**
 * Brings the lines of the inventory into their order. A chain's digests come newest first, as its walk judges them,
 * each followed by the log files that it names, in the order in which it names them. Digests are told in that order;
 * their log files are told whenever they were checked, so a digest's lines wait until the last of them is there:
 *
 *     digest 15:00  log 0 ok  log 1 ...  log 2 ok      waits for log 1
 *     digest 14:00  log 0 ok                           complete, and waits for the one before
 *
 * What waits is bounded by the lead that the queue of log files allows (`LogQueue`), and by a chain's digests of the
 * time between.
 */
import { placeOf } from '../chain/digest-queue.ts';
import { TrailVerifyError } from '../errors.ts';
import { inventoryLine, type ObjectEvent } from './inventory-line.ts';

/** A digest's lines: its own, and those of its log files as far as they are there. */
interface Group {
  readonly place: string;
  /** Its own at 0, and each log file's behind it at its place; with holes for those that are not there yet. */
  readonly lines: string[];
  missing: number;
}

/** Lines of one chain that are in their order, each ended by a line feed. */
export interface OrderedLines {
  readonly chain: string;
  readonly text: string;
}

/** Takes events as they come and gives back lines in their order. */
export class InventoryOrder {
  readonly #waitsForLogs: boolean;
  readonly #groups = new Map<string, Group[]>();
  #waiting = 0;

  /** `waitsForLogs`: false for a run that leaves log files alone. */
  constructor(waitsForLogs: boolean) {
    this.#waitsForLogs = waitsForLogs;
  }

  /** Lines that wait for others. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes one object; the lines of its chain that are in order by now, undefined where there are none. */
  add(event: ObjectEvent): OrderedLines | undefined {
    const groups = this.#groups.get(event.chain) ?? [];
    this.#groups.set(event.chain, groups);
    const line = `${inventoryLine(event)}\n`;
    this.#waiting += 1;
    if (event.type === 'digest') {
      const missing = this.#waitsForLogs ? event.logFiles : 0;
      groups.push({ place: placeOf(event.object), lines: [line], missing });
    } else {
      const place = placeOf(event.digest);
      const at = event.position + 1;
      const group = groups.find((one) => one.place === place && one.lines[at] === undefined);
      if (group === undefined) throw unannounced(event);
      group.lines[at] = line;
      group.missing -= 1;
    }
    const complete = groups.findIndex(({ missing }) => missing > 0);
    return this.#take(event.chain, groups.splice(0, complete === -1 ? groups.length : complete));
  }

  /** What still waits when a run ends early, chain by chain: digests without the log files that were not checked. */
  *rest(): Generator<OrderedLines> {
    for (const [chain, groups] of this.#groups) {
      const lines = this.#take(chain, groups.splice(0));
      if (lines !== undefined) yield lines;
    }
  }

  #take(chain: string, groups: readonly Group[]): OrderedLines | undefined {
    // An array with holes: what was not checked has no line.
    const lines = groups.flatMap((group) => group.lines.filter((line) => line !== undefined));
    this.#waiting -= lines.length;
    return lines.length === 0 ? undefined : { chain, text: lines.join('') };
  }
}

function unannounced({ object, digest }: Extract<ObjectEvent, { type: 'log' }>): TrailVerifyError {
  const what = `log file ${placeOf(object)} was checked for digest ${placeOf(digest)}`;
  return new TrailVerifyError('INTERNAL', `${what}, which was not announced`);
}
