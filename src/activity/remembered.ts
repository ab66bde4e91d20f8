import { isoTime } from '../base/clock.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import type { Interval } from '../chain/coverage.ts';
import type { ObjectRef } from '../source/source.ts';

/** Digests remembered in one run, at 44 bytes each: a hundred years of one account's every hour in one Region. */
const MOST_REMEMBERED = 1_000_000;
/** Seconds of the end, seconds of the window, number of the place, SHA-256. */
const ROW = 44;
const SECOND = 1000;
const LAST_SECOND = 2 ** 32 - 1;

/** A digest that was proven in this run, by its place and content (lower-case hex). */
export interface ProvenDigest {
  readonly ref: ObjectRef;
  readonly sha256: string;
  readonly window: Interval;
}

/** A key without its times: what stands before the day's folder, between it and the stamp, and behind that. */
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
 * The proven digests of a run that name log files, so that they can be read again: keys are made anew from the end of the
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

/** Undefined where the key made anew would be another one. */
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
