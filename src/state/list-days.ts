/**
 * The folders of one place day by day, as hashes: what a later listing is compared with. One line for each object,
 * sorted by folder and key:
 *
 *     ["example-trail-logs","AWSLogs/…/2026/11/20/…json.gz",5123,"9b2cf5…",1795132800000]
 *
 * The entity tag and the time of writing stand where the source knows them, else null.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Place } from '../chain/discover.ts';
import { listRange } from '../chain/list-digests.ts';
import { accountFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { ListedObject, Source } from '../source/source.ts';
import type { DayRecord } from './checkpoint.ts';

/** One day as it is listed now, beside what of it was there at the last checkpoint. */
export interface ListedDay extends DayRecord {
  /** The hash of the objects that were written up to the checkpoint's cut. */
  readonly before: string;
  /** Objects written after the cut. */
  readonly added: number;
}

/** The days of a place by date, and the latest time of writing among them. */
export interface DayListing {
  readonly days: ReadonlyMap<string, ListedDay>;
  readonly cut: number | null;
}

interface OpenDay {
  digests: number;
  logs: number;
  added: number;
  readonly all: Hash;
  readonly before: Hash;
}

const DAY_FOLDER = /^(\d{4})\/(\d{2})\/(\d{2})\//;
/** The hash of a day of which nothing is left. */
export const EMPTY_DAY: string = createHash('sha256').digest('hex');

/**
 * Lists every day folder of `place` from the day `from` (`2026/11/20/`, or undefined for all of them); `cut` is that of
 * the last checkpoint, null where every object counts as there before. Throws what the source's listing throws.
 */
export async function listDays(
  source: Source,
  place: Place,
  from: string | undefined,
  cut: number | null,
): Promise<DayListing> {
  const days = new Map<string, OpenDay>();
  let latest: number | null = null;
  const folders = [...place.folders]
    .map((folder) => ({ folder, top: `${folder.bucket}/${accountFolderKey(folder)}` }))
    .sort((a, b) => (a.top < b.top ? -1 : 1));
  for (const { folder } of folders) {
    for (const family of [...folder.families].sort()) {
      const prefix = `${accountFolderKey(folder)}${family}/${place.region}/`;
      const isDigests = family === 'CloudTrail-Digest';
      const add = (object: ListedObject): void => {
        const [, year, month, date] = DAY_FOLDER.exec(object.key.slice(prefix.length)) ?? [];
        if (year === undefined) return;
        const name = `${year}-${month}-${date}`;
        const day = days.get(name) ?? openDay();
        days.set(name, day);
        if (!isDigests) day.logs += 1;
        else if (parseDigestKey(object.key) !== undefined) day.digests += 1;
        const line = lineOf(folder.bucket, object);
        day.all.update(line);
        const { lastModified } = object;
        if (lastModified === undefined || cut === null || lastModified <= cut) day.before.update(line);
        else day.added += 1;
        if (lastModified !== undefined) latest = Math.max(latest ?? lastModified, lastModified);
      };
      const range = { startAfter: from === undefined ? undefined : prefix + from, end: `${prefix}\uffff` };
      await listRange(source, folder.bucket, prefix, range, add);
    }
  }
  const closed = [...days].map(([name, { digests, logs, added, all, before }]): [string, ListedDay] => [
    name,
    { digests, logs, sha256: all.digest('hex'), before: before.digest('hex'), added },
  ]);
  return { days: new Map(closed), cut: latest };
}

function openDay(): OpenDay {
  return { digests: 0, logs: 0, added: 0, all: createHash('sha256'), before: createHash('sha256') };
}

function lineOf(bucket: string, { key, size, etag, lastModified }: ListedObject): string {
  return `${JSON.stringify([bucket, key, size, etag ?? null, lastModified ?? null])}\n`;
}
