/**
 * The results of queries in the folder of an account, from one flat listing of it:
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
import { folderMisfit, isMarker, type Misfit } from '../chain/misfits.ts';
import { parseStamp } from '../digest/digest-key.ts';
import type { ListedObject, Source } from '../source/source.ts';
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
  /** Sets of days outside the window. */
  readonly outside: number;
  /** Objects that were listed. */
  readonly seen: number;
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
const PLACE = /^(\d{4})\/(\d{2})\/(\d{2})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/$/;
const RESULT = /^result_\d{1,9}\.csv\.gz$/;

/**
 * Lists one folder of query results. Those whose folder is of a day in `window` are given back, and those of no day that there is
 * so far: a path like that may hide them. Throws as `Source.list`.
 */
export async function findResults(
  source: Pick<Source, 'list'>,
  folder: QueryFolder,
  { window, now }: { readonly window: Window; readonly now: number },
  bounds: QueryBounds = FOLDER_BOUNDS,
): Promise<FoundQueries> {
  const byFolder = new Map<string, ListedObject[]>();
  let seen = 0;
  let last: string | undefined;
  pages: for await (const page of source.list({ bucket: folder.bucket, prefix: folder.within })) {
    for (const object of page) {
      seen += 1;
      if (seen > bounds.objects) {
        last = object.key;
        break pages;
      }
      if (isMarker(object)) continue;
      const key = object.key.slice(0, object.key.lastIndexOf('/') + 1);
      const objects = byFolder.get(key);
      if (objects === undefined) byFolder.set(key, [object]);
      else objects.push(object);
    }
  }
  const found: FoundResults[] = [];
  const misfits: Misfit[] = [];
  for (const [key, objects] of byFolder) {
    // A folder of which not all was listed is none that can be judged.
    if (last?.startsWith(key) === true) continue;
    const set = resultsOf(folder, key, objects);
    if (set !== undefined) found.push(set);
    else
      append(
        misfits,
        objects.map((object) => misfitOf(folder, object)),
      );
  }
  if (last !== undefined || misfits.length > bounds.misfits)
    misfits.splice(bounds.misfits, misfits.length, folderMisfit(folder.bucket, folder.key, true));
  const sets = found.filter(({ place }) => place === undefined || isInWindow(place.day, window, now));
  return { sets, misfits, outside: found.length - sets.length, seen };
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

function isInWindow(day: number, { from, to }: Window, now: number): boolean {
  if (day > now) return true;
  return day <= to && (from === undefined || day + DAY > from);
}

function misfitOf({ bucket }: QueryFolder, object: ListedObject): Misfit {
  return { bucket, object, asLog: true, reason: 'place' };
}
