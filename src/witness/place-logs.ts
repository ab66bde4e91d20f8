/** The log files of one account and Region that a report counts, read for the events of a witness. */
import { HOUR } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import { refOf } from '../report/scan-inventory.ts';
import { objectUri, type Source } from '../source/source.ts';
import { type EventRecord, readRecord } from './compare.ts';
import type { Stretch } from './questions.ts';
import { type CountedLog, LATEST, type LogsOfPlace, recordsOfLog } from './report-logs.ts';

/** Nearly every event is in a log file of the digest of its hour, or of the next. */
const SOON = 2 * HOUR;
/** Log files that are read at once for one account and Region. */
const AT_ONCE = 8;

/** The ids in the text of a record: its own, and perhaps those of events that it speaks of. */
const IDS = /"eventID"\s*:\s*"([^"\\]*)"/g;

/** Takes a record of a wanted id, and the URI of its log file. */
type TakeRecord = (id: string, record: EventRecord, uri: string) => void;

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
      const uri = objectUri(refOf(log.line));
      const ids: string[] = [];
      for (const text of (await recordsOfLog(log, this.#source)) ?? []) {
        const named = Array.from(text.matchAll(IDS), ([, id = '']) => id);
        ids.push(...named);
        // Most records are of other events: they need not be parsed.
        if (!named.some((id) => wanted.has(id))) continue;
        const record = readRecord(text);
        const own = record?.eventID;
        if (record !== undefined && typeof own === 'string' && wanted.has(own)) take(own, record, uri);
      }
      this.#ids.set(log, ids);
    });
  }
}
