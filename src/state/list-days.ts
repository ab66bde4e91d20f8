/**
 * The folders of one place day by day, as hashes: what a later listing is compared with. One line for each object,
 * sorted by folder and key:
 *
 *     ["example-trail-logs","AWSLogs/…/2026/11/20/…json.gz",5123,"9b2cf5…",1795132800000]
 *
 * The entity tag and the time of writing are there where the source knows them, else null.
 *
 * CloudTrail writes while a listing is under way, and a page that was read does not show what comes to it later. So a
 * day's hash is of what was written up to a cut some minutes before the listing began, of which none can be missing;
 * later objects are recorded one by one. Whatever comes later shows as added, and takes no day for changed.
 */
import { createHash, type Hash } from 'node:crypto';
import { CLOUDTRAIL_BEGAN, HOUR, MINUTE } from '../base/clock.ts';
import type { Place } from '../chain/discover.ts';
import { listRange } from '../chain/list-digests.ts';
import { namesLogFile } from '../chain/misfits/look-alikes.ts';
import { folderMisfit, type Misfit } from '../chain/misfits/misfits.ts';
import { sha256 } from '../crypto/hash.ts';
import { accountFolderKey, dayOfPath, parseDigestKey, parseLogPath } from '../digest/digest-key.ts';
import type { ListedObject, Source } from '../source/source.ts';
import type { DayRecord } from './checkpoint.ts';

/** One day as it is listed now, next to its part that was there at the last checkpoint. */
export interface ListedDay {
  /** What the next run is to compare with. */
  readonly record: DayRecord;
  /** Whether everything that was there at the last checkpoint is as it was then. */
  readonly isAsBefore: boolean;
  /** The earliest time in the names of objects that are new since then (milliseconds since the epoch): the day's beginning for a name without a time; undefined where there are none. */
  readonly addedFrom: number | undefined;
  /** The same of objects that were written too late for the digests of that checkpoint to decide on, new or not. */
  readonly openFrom: number | undefined;
}

/** The days of a place by date, and the time up to which nothing written can be missing from them (see `PlaceCheckpoint.cut`). */
export interface DayListing {
  readonly days: ReadonlyMap<string, ListedDay>;
  readonly cut: number | null;
  /** Account folders (`bucket/P/AWSLogs/…/account/`) in which log files lay at the last checkpoint. */
  readonly settledFolders: ReadonlySet<string>;
  /** Objects met on the way that are in no day, or in one that is still to come. */
  readonly misfits: readonly Misfit[];
}

/** What to list, and what the last checkpoint knows of it. Times are milliseconds since the epoch. */
export interface DayListingRequest {
  /** The first day (`2026/11/20/`); undefined for all of them. */
  readonly from: string | undefined;
  /** The cut of the last checkpoint; null where every object counts as there before. */
  readonly cut: number | null;
  /** What was written after it was not decided at the last checkpoint, though it may have been listed. */
  readonly decided: number;
  readonly known: Readonly<Record<string, DayRecord>>;
  /** The present, as the source's server has it. */
  readonly now: number;
}

interface OpenDay {
  digests: number;
  logs: number;
  addedFrom: number | undefined;
  openFrom: number | undefined;
  readonly all: Hash;
  readonly settled: Hash;
  readonly before: Hash;
  readonly fresh: string[];
  /** What the checkpoint names object by object, and has not been met yet. */
  readonly awaited: Set<string>;
}

/** Misfits recorded one by one: more are somebody's attempt at the verifier's memory. */
const MOST_MISFITS = 1_000;
/** How far another clock may be ahead. */
const CLOCK_SLACK = HOUR;
/** The hash of a day of which nothing is left. */
export const EMPTY_DAY: string = createHash('sha256').digest('hex');
/** An object shows in a listing that began so long after its time of writing, whatever clocks disagree by. */
const SETTLED_AFTER = 5 * MINUTE;
/** Objects recorded one by one, about 70 bytes each: more in a few minutes is a bucket that is being filled, and not worth it. */
const MOST_FRESH = 5000;

/** Lists every day folder of `place`. Throws what the source's listing throws. */
export async function listDays(
  source: Source,
  place: Place,
  request: DayListingRequest,
): Promise<DayListing> {
  const { from, cut, decided, known } = request;
  const days = new Map<string, OpenDay>();
  const settledBy = request.now - SETTLED_AFTER;
  const settledFolders = new Set<string>();
  const misfits: Misfit[] = [];
  let furtherMisfits = 0;
  let latest: number | null = null;
  let fresh = 0;
  const folders = [...place.folders]
    .map((folder) => ({ folder, top: `${folder.bucket}/${accountFolderKey(folder)}` }))
    .sort((a, b) => (a.top < b.top ? -1 : 1));
  for (const { folder, top } of folders) {
    for (const family of [...folder.families].sort()) {
      const prefix = `${accountFolderKey(folder)}${family}/${place.region}/`;
      const isDigests = family === 'CloudTrail-Digest';
      const add = (object: ListedObject): void => {
        const path = object.key.slice(prefix.length);
        const begin = dayOfPath(path);
        if (begin === undefined || begin < CLOUDTRAIL_BEGAN || begin > request.now + CLOCK_SLACK) {
          const asLog = !isDigests || namesLogFile(object.key);
          if (misfits.length < MOST_MISFITS)
            misfits.push({ bucket: folder.bucket, object, asLog, reason: 'place' });
          else furtherMisfits += 1;
        }
        if (begin === undefined) return;
        const name = path.slice(0, 10).replaceAll('/', '-');
        const day = days.get(name) ?? openDay(known[name]);
        days.set(name, day);
        if (!isDigests) day.logs += 1;
        else if (parseDigestKey(object.key) !== undefined) day.digests += 1;
        const line = lineOf(folder.bucket, object);
        day.all.update(line);
        const { lastModified } = object;
        if (lastModified === undefined || lastModified <= settledBy) day.settled.update(line);
        else if (fresh++ < MOST_FRESH) day.fresh.push(freshName(folder.bucket, object));
        if (lastModified === undefined || cut === null || lastModified <= cut) day.before.update(line);
        const isNew =
          lastModified !== undefined &&
          cut !== null &&
          lastModified > cut &&
          (day.awaited.size === 0 || !day.awaited.delete(freshName(folder.bucket, object)));
        if (!isNew && !isDigests) settledFolders.add(top);
        const isOpen = lastModified !== undefined && lastModified > decided;
        if (isNew || isOpen) {
          const where = { account: folder.account, family, region: place.region };
          const named = isDigests ? parseDigestKey(object.key)?.endTime : parseLogPath(path, where);
          if (isNew) day.addedFrom = Math.min(day.addedFrom ?? Number.POSITIVE_INFINITY, named ?? begin);
          if (isOpen) day.openFrom = Math.min(day.openFrom ?? Number.POSITIVE_INFINITY, named ?? begin);
        }
        if (lastModified !== undefined) latest = Math.max(latest ?? lastModified, lastModified);
      };
      const range = { startAfter: from === undefined ? undefined : prefix + from, end: `${prefix}\uffff` };
      for await (const page of listRange(source, folder.bucket, prefix, range)) page.forEach(add);
    }
  }
  const isSplit = fresh > 0 && fresh <= MOST_FRESH;
  const closed = [...days].map(([name, day]): [string, ListedDay] => [
    name,
    closeDay(day, known[name], isSplit),
  ]);
  const [first] = misfits;
  if (first !== undefined && furtherMisfits > 0)
    misfits.push(folderMisfit(first.bucket, folderOf(first.object.key), true, furtherMisfits));
  return { days: new Map(closed), cut: isSplit ? settledBy : latest, settledFolders, misfits };
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** The name of an object as it is now among those that a day records one by one (`DayRecord.fresh`). */
export function freshName(bucket: string, object: ListedObject): string {
  return sha256(Buffer.from(lineOf(bucket, object)));
}

function openDay(known: DayRecord | undefined): OpenDay {
  const [all, settled, before] = [createHash('sha256'), createHash('sha256'), createHash('sha256')];
  const counts = { digests: 0, logs: 0, addedFrom: undefined, openFrom: undefined };
  return { ...counts, all, settled, before, fresh: [], awaited: new Set(known?.fresh) };
}

function closeDay(day: OpenDay, known: DayRecord | undefined, isSplit: boolean): ListedDay {
  const { digests, logs, addedFrom, openFrom, all, settled, before, fresh, awaited } = day;
  const hash = (isSplit ? settled : all).digest('hex');
  return {
    record: { digests, logs, sha256: hash, ...(isSplit && fresh.length > 0 ? { fresh } : {}) },
    isAsBefore: before.digest('hex') === (known?.sha256 ?? EMPTY_DAY) && awaited.size === 0,
    addedFrom,
    openFrom,
  };
}

function lineOf(bucket: string, { key, size, etag, lastModified }: ListedObject): string {
  return `${JSON.stringify([bucket, key, size, etag ?? null, lastModified ?? null])}\n`;
}
