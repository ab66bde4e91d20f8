/**
 * Strays on the levels that lead to the days of one family and Region, and folders there that can be no day:
 *
 *     CloudTrail/us-east-1/x    2026/x    2026/3/3/x    2026/02/31/x    9999/…    .evil/…
 *
 * Only the years and months are listed in which the days asked about begin and end: what lies between those was listed with
 * the days themselves, and other days are not claimed.
 */

import { HOUR } from '../base/clock.ts';
import type { Interval } from '../chain/coverage.ts';
import { type Stray, straysBelow, straysOfLevel } from '../chain/stray.ts';
import { dayFolder, parseStamp } from '../digest/digest-key.ts';
import { type Level, levelOf, type Source } from '../source/source.ts';

/** What to search. Times are milliseconds since the epoch. */
export interface DaySearch {
  readonly source: Source;
  readonly bucket: string;
  /** The folder of the family and Region, which ends in `/`. */
  readonly prefix: string;
  /** The days asked about. */
  readonly days: Interval;
  readonly now: number;
  /** Whether an object there, by its key, may be taken for log data. */
  readonly asLog: (key: string) => boolean;
  /** Whether whatever has that key was listed with the days. */
  readonly isListed: (key: string) => boolean;
  /** Is told of each folder that is of earlier days alone, by its path below the Region's: `2025/`, `2026/03/`. */
  readonly onEarlier?: ((path: string) => void) | undefined;
}

/** CloudTrail began in November 2013 (document history). */
export const FIRST_DAY: number = Date.parse('2013-11-01T00:00:00Z');
/** How far another clock may be ahead. */
const CLOCK_SLACK = HOUR;
/** Folders that can be none of a day that are looked into on one level; the others are told as they are. */
const MOST_LOOKS = 20;
/** A level of folders: what their names are like, and what makes one's path its first and its last day's. */
interface Part {
  readonly name: RegExp;
  readonly first: string;
  readonly last: string;
}
const PARTS: readonly Part[] = [
  { name: /^\d{4}\/$/, first: '/01/01', last: '/12/31' },
  { name: /^\d{2}\/$/, first: '/01', last: '/31' },
  { name: /^\d{2}\/$/, first: '', last: '' },
];

/** The strays on the levels that lead to the days. Throws what the source's listing throws. */
export async function* strayDays(search: DaySearch): AsyncGenerator<Stray> {
  yield* searchLevel(search, search.prefix, PARTS);
}

async function* searchLevel(
  search: DaySearch,
  folder: string,
  parts: readonly Part[],
): AsyncGenerator<Stray> {
  const [part, ...deeper] = parts;
  if (part === undefined) return;
  const { source, bucket, asLog, isListed } = search;
  const level: Level = await levelOf(source, bucket, folder);
  for (const stray of straysOfLevel(bucket, folder, level, asLog))
    if (stray.further !== undefined || !isListed(stray.object.key)) yield stray;
  let looks = 0;
  for (const child of level.folders) {
    const path = child.slice(search.prefix.length);
    const span = spanOf(path, part);
    if (span === undefined || span.from > search.now + CLOCK_SLACK || span.to < FIRST_DAY) {
      looks += 1;
      yield* impossible(search, child, looks <= MOST_LOOKS);
    } else if (leadsToEnd(path, search.days)) yield* searchLevel(search, child, deeper);
    else if (span.to < search.days.from) search.onEarlier?.(path);
  }
}

/** What lies in a folder that can be none of a day. */
async function* impossible(search: DaySearch, folder: string, looks: boolean): AsyncGenerator<Stray> {
  const { source, bucket, asLog, isListed } = search;
  const below = looks
    ? await straysBelow(source, bucket, folder)
    : [{ bucket, object: { key: folder, size: 0 }, asLog: true, reason: 'place' } as const];
  for (const stray of below)
    if (!isListed(stray.object.key)) yield { ...stray, asLog: asLog(stray.object.key) };
}

/** The time that a year, a month or a day's folder is of, by its path below the Region's; undefined where it can be none. */
function spanOf(path: string, { name, first, last }: Part): Interval | undefined {
  if (!name.test(path.slice(path.lastIndexOf('/', path.length - 2) + 1))) return undefined;
  const from = timeOf(path.slice(0, -1) + first);
  return from === undefined ? undefined : { from, to: timeOf(path.slice(0, -1) + last) ?? from };
}

function timeOf(path: string): number | undefined {
  return parseStamp(`${path.replaceAll('/', '')}T000000Z`);
}

/** Whether the days asked about begin or end in the folder of a year or a month. */
function leadsToEnd(path: string, { from, to }: Interval): boolean {
  return dayFolder(from).startsWith(path) || dayFolder(to - 1).startsWith(path);
}
