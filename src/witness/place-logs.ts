/** The log files of one account and Region that a report counts, read for the events of a witness. */
import { DAY, HOUR } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import type { Limit } from '../findings/event.ts';
import { countOf } from '../render/words.ts';
import type { Report } from '../report/report.ts';
import { refOf } from '../report/scan-inventory.ts';
import { objectUri, type Source } from '../source/source.ts';
import { type EventRecord, readRecord } from './compare.ts';
import type { CorroborationOptions } from './contract.ts';
import type { Stretch, TrailName } from './questions.ts';
import {
  type CountedLog,
  eachLog,
  LAST_DELIVERY,
  LATEST,
  type LogsOfPlace,
  recordsOfLog,
} from './report-logs.ts';

/** Nearly every event is in a log file of the digest of its hour, or of the next. */
const SOON = 2 * HOUR;
/** Log files that are read at once for one account and Region. */
const AT_ONCE = 8;

/** The ids in the text of a record: its own, and perhaps those of events that it speaks of. */
const IDS = /"eventID"\s*:\s*"([^"\\]*)"/g;

/** Takes a record of a wanted id, the URI of its log file, and the trail of that. */
type TakeRecord = (id: string, record: EventRecord, uri: string, trail: TrailName) => void;

/** Ids that are looked for. */
interface Wanted {
  readonly size: number;
  has(id: string): boolean;
}

/**
 * Log files whose records are looked for by id. The ids of a file are kept from its first reading on, as long as its time may be asked
 * about: then it is read again only where it holds one that is wanted. Reads throw as `recordsOfLog`.
 */
export class PlaceLogs {
  readonly #logs: LogsOfPlace;
  readonly #source: Source;
  readonly #ids = new Map<CountedLog, readonly string[]>();

  constructor(logs: LogsOfPlace, source: Source) {
    this.#logs = logs;
    this.#source = source;
  }

  /** Gives the records of wanted events of a time: those of proven log files of their hours, then of the day after. */
  async findProven(wanted: Wanted, { from, to }: Stretch, take: TakeRecord): Promise<void> {
    await this.#find('valid', from, to + SOON, wanted, take);
    await this.#find('valid', to + SOON, to + LATEST, wanted, take);
  }

  /** Gives the records of wanted events of a time that changed log files of their hours hold. */
  async findChanged(wanted: Wanted, { from, to }: Stretch, take: TakeRecord): Promise<void> {
    await this.#find('invalid', from, to + SOON, wanted, take);
  }

  /** Gives the records that proven log files of the hours of a time hold, but for those of known ids. */
  async findOthers(known: Pick<Wanted, 'has'>, { from, to }: Stretch, take: TakeRecord): Promise<void> {
    await this.#find('valid', from, to + SOON, { size: 1, has: (id) => !known.has(id) }, take);
  }

  /** Lets go of what is known of log files that hold no event before `time`, because nothing after it is asked about any more. */
  forget(time: number): void {
    for (const log of this.#ids.keys()) if (log.end > time + LATEST) this.#ids.delete(log);
  }

  async #find(
    status: 'valid' | 'invalid',
    after: number,
    through: number,
    wanted: Wanted,
    take: TakeRecord,
  ): Promise<void> {
    const meant = this.#logs.filter(
      ({ line, end }) => line.status === status && after < end && end <= through,
    );
    await mapParallel(meant, AT_ONCE, async (log) => {
      const known = this.#ids.get(log);
      if (wanted.size === 0 || known?.some((id) => wanted.has(id)) === false) return;
      this.#ids.set(log, await readLog(log, this.#source, wanted, take));
    });
  }
}

/** Gives the records of wanted events that a log file holds, and returns all ids in it. */
async function readLog(
  log: CountedLog,
  source: Source,
  wanted: Pick<Wanted, 'has'>,
  take: TakeRecord,
): Promise<readonly string[]> {
  const uri = objectUri(refOf(log.line));
  const ids: string[] = [];
  for (const text of (await recordsOfLog(log, source)) ?? []) {
    const named = Array.from(text.matchAll(IDS), ([, id = '']) => id);
    ids.push(...named);
    // Most records are of other events: they need not be parsed.
    if (!named.some((id) => wanted.has(id))) continue;
    const record = readRecord(text);
    const own = record?.eventID;
    if (record !== undefined && typeof own === 'string' && wanted.has(own)) take(own, record, uri, log.trail);
  }
  return ids;
}

/** Later log files that are read at once, of all accounts and Regions. */
const LATER_AT_ONCE = 16;
/** Those that wait for that. */
const MOST_WAITING = 512;
/** Ids of later log files that are remembered, in four bytes each; files beyond are read again where something is looked for again. */
const MOST_IDS = 16 << 20;
/** What a file takes by itself, in ids. */
const FILE_ROOM = 64;

/** Events that are looked for in the later log files of an account and Region. */
export interface LateQuestion {
  readonly wanted: ReadonlyMap<string, unknown>;
  /** The times of the events, in milliseconds since the epoch. */
  readonly times: Stretch;
}

/**
 * The proven log files that came more than a day after events: where CloudTrail could not deliver, it did so later. They are read where
 * something would be said to be in none. All accounts and Regions are looked through in one reading of the inventory, which need not be
 * held; of each file hashes of its ids are kept, so that it is read again only where it may hold what is looked for.
 */
export class LaterLogs {
  readonly #options: Pick<CorroborationOptions, 'openInventory' | 'source' | 'signal'>;
  readonly #objects: Report['objects'];
  /** Hashes of the ids of a file, by the SHA-256 of its bytes. */
  readonly #ids = new Map<string, Uint32Array>();
  readonly #unread = new Map<string, number>();
  #room = MOST_IDS;

  constructor({ report, ...options }: CorroborationOptions) {
    this.#options = options;
    this.#objects = report.objects;
  }

  /**
   * Gives the records of wanted events, by `account/region`, that later proven log files hold. Throws EVIDENCE_INVALID for an inventory
   * or a log file that is not the report's.
   */
  async find(
    questions: ReadonlyMap<string, LateQuestion>,
    take: (place: string, ...found: Parameters<TakeRecord>) => void,
  ): Promise<void> {
    if (this.#objects === undefined || questions.size === 0) return;
    const hashes = new Map(
      [...questions].map(([place, { wanted }]) => [place, new Set(Array.from(wanted.keys(), hashOf))]),
    );
    const unread = new Map<string, number>();
    let waiting: (readonly [string, CountedLog])[] = [];
    const settle = async (): Promise<void> => {
      const logs = waiting;
      waiting = [];
      await mapParallel(logs, LATER_AT_ONCE, async ([place, log]) => {
        const { wanted } = questions.get(place) ?? NOTHING_WANTED;
        await this.#read(log, wanted, hashes.get(place) ?? new Set(), (...found) => take(place, ...found));
      });
    };
    await eachLog(
      await this.#options.openInventory(),
      this.#objects,
      (place, end) => end > (questions.get(place)?.times.from ?? Number.POSITIVE_INFINITY) + LATEST,
      (place, log) => {
        if (log.line.status !== 'valid') return undefined;
        const { times } = questions.get(place) ?? NOTHING_WANTED;
        if (log.end > times.to + LAST_DELIVERY) unread.set(place, (unread.get(place) ?? 0) + 1);
        else waiting.push([place, log]);
        return waiting.length < MOST_WAITING ? undefined : settle();
      },
    );
    await settle();
    for (const [place, count] of unread)
      if ((questions.get(place)?.wanted.size ?? 0) > 0)
        this.#unread.set(place, Math.max(count, this.#unread.get(place) ?? 0));
  }

  /** What was not read, in words. */
  *limits(): Generator<Limit> {
    const unread = [...this.#unread.values()].reduce((sum, one) => sum + one, 0);
    if (unread > 0)
      yield {
        code: 'WITNESS_LATER_LOGS',
        text: `Events that no proven log file holds were not looked for in ${countOf(unread, 'log file')} that came more than ${LAST_DELIVERY / DAY} days after them: CloudTrail tries to deliver one for 30 days.`,
      };
  }

  async #read(
    log: CountedLog,
    wanted: LateQuestion['wanted'],
    hashes: ReadonlySet<number>,
    take: TakeRecord,
  ): Promise<void> {
    const { source, signal } = this.#options;
    signal?.throwIfAborted();
    const bytes = log.line.stored ?? '';
    const known = this.#ids.get(bytes);
    if (wanted.size === 0 || known?.some((hash) => hashes.has(hash)) === false) return;
    const ids = await readLog(log, source, wanted, take);
    if (known !== undefined || ids.length + FILE_ROOM > this.#room) return;
    this.#room -= ids.length + FILE_ROOM;
    this.#ids.set(bytes, Uint32Array.from(ids, hashOf));
  }
}

const NOTHING_WANTED: LateQuestion = { wanted: new Map(), times: { from: 0, to: 0 } };

/** Four bytes of an id (FNV-1a): two ids may have the same, and then a file is read for nothing. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
