import { createHash } from 'node:crypto';
import { HOUR, isoTime } from '../base/clock.ts';
import { firstNotBefore } from '../base/lists.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { type Interval, union } from '../chain/coverage.ts';
import type { ObjectRef } from '../source/source.ts';

/** Digests remembered in one run, at 44 bytes each: a hundred years of one account's every hour in one Region. */
const MOST_REMEMBERED = 1_000_000;
/** Seconds of the end, seconds of the window, number of the place, SHA-256. */
const ROW = 44;
const SECOND = 1000;
const LAST_SECOND = 2 ** 32 - 1;

/** A digest that was proven in this run, by its place and content (lower-case hex). */
interface ProvenDigest {
  readonly ref: ObjectRef;
  readonly sha256: string;
  readonly window: Interval;
}

/** A key without its times: the text before the day's folder, between it and the stamp, and behind that. */
interface Place {
  readonly bucket: string;
  readonly head: string;
  readonly name: string;
  readonly tail: string;
}

interface Table {
  rows: Buffer;
  length: number;
  readonly places: Place[];
}

/**
 * The proven digests of a run that name log files, so that they can be read again: keys are made again from the end of the
 * window, since a key of each would be ten times as much memory.
 */
export class ProvenDigests {
  readonly #tables = new Map<string, Table>();
  #count = 0;
  #forgotten = 0;

  /** How many digests are not remembered: those beyond the bound, and those whose keys do not follow from their time. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** The ids of the chains that have a digest here. */
  get chains(): Iterable<string> {
    return this.#tables.keys();
  }

  /** Remembers one digest of `chain`. */
  add(chain: string, { ref, sha256, digest }: VerifiedDigest): void {
    if (digest.logFiles.length === 0) return;
    const end = digest.endTime / SECOND;
    const length = Math.ceil(end - digest.startTime / SECOND);
    const place = placeOf(ref, digest.endTime);
    const fits = Number.isInteger(end) && end >= 0 && end <= LAST_SECOND && length >= 0 && length <= end;
    if (place === undefined || !fits || this.#count >= MOST_REMEMBERED) {
      this.#forgotten += 1;
      return;
    }
    const table = this.#tables.get(chain) ?? { rows: Buffer.alloc(16 * ROW), length: 0, places: [] };
    this.#tables.set(chain, table);
    const at = table.length * ROW;
    if (at === table.rows.length) table.rows = Buffer.concat([table.rows], 2 * at);
    table.rows.writeUInt32LE(end, at);
    table.rows.writeUInt32LE(length, at + 4);
    table.rows.writeUInt32LE(numberOf(place, table.places), at + 8);
    table.rows.write(sha256, at + 12, 32, 'hex');
    table.length += 1;
    this.#count += 1;
  }

  /** The windows of the digests of `chain`, with the row that `at` takes, in the order in which they came. */
  *windows(chain: string): Generator<{ readonly row: number; readonly window: Interval }> {
    const table = this.#tables.get(chain);
    for (let row = 0; table !== undefined && row < table.length; row += 1)
      yield { row, window: windowOf(table, row) };
  }

  /** The digest in one row of `chain`; undefined where there is none. */
  at(chain: string, row: number): ProvenDigest | undefined {
    const table = this.#tables.get(chain);
    const isThere = table !== undefined && row < table.length;
    const place = isThere ? table.places[table.rows.readUInt32LE(row * ROW + 8)] : undefined;
    if (table === undefined || place === undefined) return undefined;
    const window = windowOf(table, row);
    const sha256 = table.rows.toString('hex', row * ROW + 12, (row + 1) * ROW);
    return { ref: { bucket: place.bucket, key: keyAt(place, window.to) }, sha256, window };
  }
}

function windowOf({ rows }: Table, row: number): Interval {
  const end = rows.readUInt32LE(row * ROW);
  return { from: (end - rows.readUInt32LE(row * ROW + 4)) * SECOND, to: end * SECOND };
}

/** Undefined where the key made again would be a different one. */
function placeOf({ bucket, key, versionId }: ObjectRef, endTime: number): Place | undefined {
  const { day, stamp } = textOf(endTime);
  const dayAt = key.lastIndexOf(day);
  const stampAt = key.lastIndexOf(stamp);
  if (versionId !== undefined || dayAt < 0 || stampAt < dayAt + day.length) return undefined;
  const name = key.slice(dayAt + day.length, stampAt);
  return { bucket, head: key.slice(0, dayAt), name, tail: key.slice(stampAt + stamp.length) };
}

function keyAt({ head, name, tail }: Place, endTime: number): string {
  const { day, stamp } = textOf(endTime);
  return `${head}${day}${name}${stamp}${tail}`;
}

function textOf(time: number): { readonly day: string; readonly stamp: string } {
  const iso = isoTime(time);
  const day = `/${iso.slice(0, 10).replaceAll('-', '/')}/`;
  return { day, stamp: `${iso.slice(0, 19).replace(/[-:]/g, '')}Z` };
}

/** A chain has one place, or few where its trail moved: the newest is looked at first. */
function numberOf(place: Place, places: Place[]): number {
  const isSame = ({ bucket, head, name, tail }: Place): boolean =>
    bucket === place.bucket && head === place.head && name === place.name && tail === place.tail;
  const known = places.findLastIndex(isSame);
  return known >= 0 ? known : places.push(place) - 1;
}

/** Log files remembered in one run, at 8 bytes each. */
const MOST_BAD_LOGS = 4_000_000;

/**
 * The log files of a run that do not agree with their digests or could not be read. Of each only 48 bits of its URI's SHA-256
 * are kept, since an attacker can make as many as there are objects; two that share them are one in a hundred million.
 */
export class BadLogs {
  readonly #most: number;
  #numbers = new Float64Array(64);
  #length = 0;
  #isSorted = true;
  #isFull = false;

  constructor(most: number = MOST_BAD_LOGS) {
    this.#most = most;
  }

  /** Whether there were more than are remembered: those that are not here may be good or bad. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Remembers one by its URI. */
  add(uri: string): void {
    if (this.#length >= this.#most) {
      this.#isFull = true;
      return;
    }
    if (this.#length === this.#numbers.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length] = numberOfBadLog(uri);
    this.#length += 1;
    this.#isSorted = false;
  }

  /** Whether one is remembered. */
  has(uri: string): boolean {
    const numbers = this.#numbers.subarray(0, this.#length);
    if (!this.#isSorted) numbers.sort();
    this.#isSorted = true;
    const wanted = numberOfBadLog(uri);
    return numbers[firstNotBefore(numbers, (one) => one < wanted)] === wanted;
  }
}

function numberOfBadLog(uri: string): number {
  return createHash('sha256').update(uri).digest().readUIntBE(0, 6);
}

/** How far around trouble its causes are looked for: an act is recorded up to an hour off, and delivered up to two hours later. */
const AROUND = 3 * HOUR;
/** Times held before they are joined: a damaged day is noted once for each of its log files. */
const MOST_APART = 10_000;

/** When there was trouble, by account: time that is not covered, or that a finding is about. */
export class TroubleTimes {
  readonly #times = new Map<string, { joined: readonly Interval[]; more: Interval[] }>();

  /** Whether there is none at all. */
  get isEmpty(): boolean {
    return this.#times.size === 0;
  }

  /** Takes note of trouble; a moment counts as well as a span. */
  add(account: string, { from, to }: Interval): void {
    if (Number.isNaN(from) || Number.isNaN(to)) return;
    const times = this.#times.get(account) ?? { joined: [], more: [] };
    this.#times.set(account, times);
    times.more.push({ from, to: Math.max(to, from + 1) });
    if (times.more.length >= MOST_APART) join(times);
  }

  /**
   * How far `window` is from where trouble of the account begins or ends, in milliseconds; undefined where it is around
   * none. A window deep within a long silence says least about it.
   */
  distance(account: string, window: Interval): number | undefined {
    const times = this.#times.get(account);
    if (times === undefined) return undefined;
    join(times);
    const { joined } = times;
    let least: number | undefined;
    for (
      let at = firstNotBefore(joined, ({ to }) => to < window.from - AROUND);
      at < joined.length;
      at += 1
    ) {
      const trouble = joined[at];
      if (trouble === undefined || trouble.from - AROUND > window.to) break;
      least = Math.min(
        least ?? Number.POSITIVE_INFINITY,
        apart(window, trouble.from),
        apart(window, trouble.to),
      );
    }
    return least;
  }
}

function join(times: { joined: readonly Interval[]; more: Interval[] }): void {
  if (times.more.length === 0) return;
  times.joined = union([...times.joined, ...times.more]);
  times.more = [];
}

function apart({ from, to }: Interval, time: number): number {
  return Math.max(0, from - time, time - to);
}
