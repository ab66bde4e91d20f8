/**
 * The results of queries in the folder of an account, from listings of the days that are asked for:
 *
 *     …/CloudTrail-Lake/Query/2026/10/05/<QUERY-ID>/{result_1.csv.gz, …, result_sign.json}
 *
 * A folder that holds such a file is a set of results, wherever it is. All other objects there are misfits, as those next to the
 * folders of a trail: somebody may take them for log data.
 */

import { DAY } from '../base/clock.ts';
import { append } from '../base/lists.ts';
import type { QueryFolder } from '../chain/discover.ts';
import type { Window } from '../chain/list-digests.ts';
import { folderMisfit, isMarker, type Misfit } from '../chain/misfits/misfits.ts';
import { parseStamp } from '../digest/digest-key.ts';
import { type ListedObject, levelOf, type Source } from '../source/source.ts';
import { SIGN_FILE } from './sign-file.ts';

/** The results of one query as they were listed. */
export interface FoundResults {
  readonly folder: QueryFolder;
  /** The key of their own folder; ends in `/`. */
  readonly key: string;
  /** Undefined where the path is not as CloudTrail writes it; `day` in milliseconds since the epoch. */
  readonly place: { readonly day: number; readonly queryId: string } | undefined;
  readonly signFile: ListedObject | undefined;
  /** All other objects of the folder, in key order. */
  readonly objects: readonly ListedObject[];
}

/** What one folder of query results holds. */
export interface FoundQueries {
  readonly sets: readonly FoundResults[];
  readonly misfits: readonly Misfit[];
  /** Folders of years, months or days outside the window, which were not listed. */
  readonly outside: number;
  /** Objects that were listed. */
  readonly seen: number;
  /** Whether there is more than was looked at. */
  readonly isCut: boolean;
}

/** Bounds of one folder. */
export interface QueryBounds {
  /** Objects that are looked at: some fifty queries a day in two years. */
  readonly objects: number;
  /** Misfits that are named one by one. */
  readonly misfits: number;
}

/** A result that is held whole has at most so many bytes: CloudTrail writes larger ones in several files. */
export const MAX_HELD: number = 1024 * 1024 * 1024;
/** The bounds of one folder; tests make them smaller. */
export const FOLDER_BOUNDS: QueryBounds = { objects: 100_000, misfits: 1_000 };
/** Folders that are of no day, or of one still to come, and are listed each by itself. */
const MOST_ODD = 100;
/** The year in which CloudTrail Lake came into being. */
const LAKE_BEGAN = 2022;
/** A path that names year, month and day. */
const DAY_DEPTH = 3;
const DATES = /^(\d{4})\/(?:(\d{2})\/(?:(\d{2})\/.*)?)?$/s;
const PLACE = /^(\d{4})\/(\d{2})\/(\d{2})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/$/;
const RESULT = /^result_\d{1,9}\.csv\.gz$/;

/**
 * Lists one folder of query results: the days in `window`, those still to come, and what is in no folder of a day, for a path like
 * that may hide them. Days outside the window are not listed. The newest day is the first, so that old objects, of which anybody may
 * put any number there, never stand in the way of new ones. Throws as `Source.list`.
 */
export async function findResults(
  source: Source,
  folder: QueryFolder,
  { window, now }: { readonly window: Window; readonly now: number },
  bounds: QueryBounds = FOLDER_BOUNDS,
): Promise<FoundQueries> {
  const listing = new Listing(source, folder, { window, now }, bounds);
  await listing.of(folder.within);
  const sets: FoundResults[] = [];
  const misfits: Misfit[] = [];
  for (const [key, objects] of listing.byFolder) {
    const set = resultsOf(folder, key, objects);
    if (set !== undefined) sets.push(set);
    else
      append(
        misfits,
        objects.map((object) => misfitOf(folder, object)),
      );
  }
  sets.sort((a, b) => ageOf(a, now) - ageOf(b, now) || (a.key < b.key ? -1 : 1));
  misfits.sort((a, b) => (a.object.key < b.object.key ? -1 : 1));
  if (misfits.length > bounds.misfits)
    misfits.splice(bounds.misfits, misfits.length, folderMisfit(folder.bucket, folder.key, true));
  return { sets, misfits, outside: listing.outside, seen: listing.seen, isCut: listing.isCut };
}

/** The objects of one folder of results as far as they are listed, by the folder that they are in. */
class Listing {
  readonly byFolder = new Map<string, ListedObject[]>();
  seen = 0;
  outside = 0;
  isCut = false;
  readonly #source: Source;
  readonly #folder: QueryFolder;
  readonly #window: Window;
  readonly #now: number;
  readonly #bounds: QueryBounds;
  #odd = 0;

  constructor(
    source: Source,
    folder: QueryFolder,
    { window, now }: { readonly window: Window; readonly now: number },
    bounds: QueryBounds,
  ) {
    this.#source = source;
    this.#folder = folder;
    this.#window = window;
    this.#now = now;
    this.#bounds = bounds;
  }

  /** Lists what is below `prefix`, the folder itself or one within it. */
  async of(prefix: string): Promise<void> {
    const days = daysOf(prefix.slice(this.#folder.key.length));
    const part = days === undefined ? 'within' : this.#partOf(days);
    if (part === 'outside') this.outside += 1;
    else if (part === 'crossing') await this.#byLevel(prefix);
    else await this.#flat(prefix, days !== undefined && days.depth < DAY_DEPTH);
  }

  /** Whether all days of a folder are to be looked at, none, or some of them. A day still to come always is. */
  #partOf({ from, to }: Days): 'within' | 'outside' | 'crossing' {
    const { from: begin = Number.NEGATIVE_INFINITY, to: end } = this.#window;
    const now = this.#now;
    const first = begin === Number.NEGATIVE_INFINITY ? begin : startOfDay(begin);
    if (from > now || (from >= first && (to <= startOfDay(end) + DAY || startOfDay(end) >= startOfDay(now))))
      return 'within';
    const isBefore = to <= first;
    const isBetween = from > end && to <= startOfDay(now) + DAY;
    return isBefore || isBetween ? 'outside' : 'crossing';
  }

  /** The folders of a level, those of the newest days first, those still to come and those of no day last. */
  async #byLevel(prefix: string): Promise<void> {
    const { bucket, key } = this.#folder;
    const room = this.#room();
    const { folders, objects, further } = await levelOf(this.#source, bucket, prefix, room);
    // A name that is listed costs the same, whatever it names.
    this.seen += objects.length + further;
    const isWhole = folders.length <= room;
    if (further > 0 || !isWhole) this.isCut = true;
    // A folder of which not all was listed is none that can be judged.
    if (further === 0) this.#take(objects);
    const timeOf = (folder: string): number => {
      const from = daysOf(folder.slice(key.length))?.from;
      return from === undefined || from > this.#now ? Number.NEGATIVE_INFINITY : from;
    };
    // Of too many names the first are listed, and the newest days are the last.
    const named = isWhole ? folders : ownFolders(prefix, key, this.#now);
    const sorted = named.map((folder) => ({ folder, time: timeOf(folder) }));
    for (const { folder, time } of sorted.sort((a, b) => (a.time === b.time ? 0 : b.time - a.time))) {
      if (time === Number.NEGATIVE_INFINITY) this.#odd += 1;
      if (this.#odd > MOST_ODD || (time !== Number.NEGATIVE_INFINITY && this.#room() === 0))
        this.isCut = true;
      else await this.of(folder);
    }
  }

  /** All below a folder; where there are too many and it holds days, those of one day after the other. */
  async #flat(prefix: string, holdsDays: boolean): Promise<void> {
    const { bucket } = this.#folder;
    const room = this.#room();
    const listed: ListedObject[] = [];
    for await (const page of this.#source.list({ bucket, prefix })) {
      append(listed, page.slice(0, room + 1 - listed.length));
      if (listed.length > room) break;
    }
    const last = listed.length > room ? listed.pop() : undefined;
    if (last !== undefined && holdsDays) return this.#byLevel(prefix);
    this.seen += listed.length;
    if (last !== undefined) this.isCut = true;
    // A folder of which not all was listed is none that can be judged.
    this.#take(listed.filter(({ key }) => last?.key.startsWith(folderOf(key)) !== true));
  }

  #room(): number {
    return Math.max(0, this.#bounds.objects - this.seen);
  }

  #take(objects: readonly ListedObject[]): void {
    for (const object of objects) {
      if (isMarker(object)) continue;
      const key = folderOf(object.key);
      const known = this.byFolder.get(key);
      if (known === undefined) this.byFolder.set(key, [object]);
      else known.push(object);
    }
  }
}

/** The days of a folder, from the first to before the last one's end (milliseconds since the epoch). */
interface Days {
  readonly from: number;
  readonly to: number;
  /** How many of year, month and day its path names. */
  readonly depth: number;
}

/** The days that a path below the folder of results names; undefined where it is none of theirs. */
function daysOf(path: string): Days | undefined {
  if (path === '') return { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, depth: 0 };
  const [, year = '', month, date] = DATES.exec(path) ?? [];
  const from = parseStamp(`${year}${month ?? '01'}${date ?? '01'}T000000Z`);
  if (from === undefined) return undefined;
  const begin = new Date(from);
  if (date !== undefined) return { from, to: from + DAY, depth: DAY_DEPTH };
  if (month === undefined) return { from, to: begin.setUTCFullYear(begin.getUTCFullYear() + 1), depth: 1 };
  return { from, to: begin.setUTCMonth(begin.getUTCMonth() + 1), depth: 2 };
}

/** The folders in one of these levels that CloudTrail can have made by now, since Lake came into being. */
function ownFolders(prefix: string, top: string, now: number): readonly string[] {
  const { depth = DAY_DEPTH } = daysOf(prefix.slice(top.length)) ?? {};
  const [first, last] = [
    [LAKE_BEGAN, new Date(now).getUTCFullYear()],
    [1, 12],
    [1, 31],
  ][depth] ?? [1, 0];
  const names = Array.from({ length: (last ?? 0) - (first ?? 1) + 1 }, (_, at) => (first ?? 1) + at);
  return names.map((name) => `${prefix}${String(name).padStart(2, '0')}/`);
}

/** How long ago the day of a set was; without end where it is of none, or of one still to come. */
function ageOf({ place }: FoundResults, now: number): number {
  return place === undefined || place.day > now ? Number.MAX_VALUE : now - place.day;
}

function startOfDay(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

function resultsOf(
  folder: QueryFolder,
  key: string,
  objects: readonly ListedObject[],
): FoundResults | undefined {
  const nameOf = (object: ListedObject): string => object.key.slice(key.length);
  const others = objects.filter((object) => nameOf(object) !== SIGN_FILE);
  const signFile = objects.find((object) => nameOf(object) === SIGN_FILE);
  if (signFile === undefined && !others.some((object) => RESULT.test(nameOf(object)))) return undefined;
  return { folder, key, place: placeOf(key.slice(folder.key.length)), signFile, objects: others };
}

function placeOf(path: string): FoundResults['place'] {
  const [, year, month, date, queryId] = PLACE.exec(path) ?? [];
  const day = parseStamp(`${year}${month}${date}T000000Z`);
  return day === undefined || queryId === undefined ? undefined : { day, queryId };
}

function misfitOf({ bucket }: QueryFolder, object: ListedObject): Misfit {
  return { bucket, object, asLog: true, reason: 'place' };
}
