/** The log files that a report counts, by account, Region and time, as its inventory has them; and their records, read once more. */
import { DAY, HOUR } from '../base/clock.ts';
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { firstNotBefore } from '../base/lists.ts';
import { gunzipOrPlain, sha256 } from '../crypto/hash.ts';
import { type DigestKey, parseDigestKey } from '../digest/digest-key.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from '../logs/check-log.ts';
import { readRecords } from '../logs/records.ts';
import type { InventoryLine } from '../report/inventory.ts';
import type { ObjectsReport } from '../report/report.ts';
import { refOf, scanInventory } from '../report/scan-inventory.ts';
import { objectUri, type Source } from '../source/source.ts';
import type { PlaceQuestion, Stretch, TrailName } from './questions.ts';

/** A log file that the report counts. */
export interface CountedLog {
  readonly line: InventoryLine;
  /** The end of the hour of the digest that names it, in milliseconds since the epoch. */
  readonly end: number;
  /** The trail of that digest. */
  readonly trail: TrailName;
}

/** Log files of one account and Region, in order of the hours of their digests. */
export type LogsOfPlace = readonly CountedLog[];

/** A file that the report counted was none of these. */
const GONE: ReadonlySet<string> = new Set(['OBJECT_NOT_FOUND', 'OBJECT_NO_FILE', 'OBJECT_TOO_LARGE']);

/** How long after an event its log file is looked for first: CloudTrail gives most within minutes. */
export const LATEST: number = 25 * HOUR;

/** How long after an event a log file can hold it: CloudTrail tries to deliver one for 30 days (user guide, "Finding your CloudTrail log files"). */
export const LAST_DELIVERY: number = 31 * DAY;

/**
 * The log files in which events of the questions can be, by `account/region`: those of the hours that are asked about and of the day
 * after each. Throws EVIDENCE_INVALID for an inventory that is not the report's.
 */
export async function logsOfPlaces(
  stored: AsyncIterable<Uint8Array>,
  objects: ObjectsReport,
  questions: readonly PlaceQuestion[],
): Promise<ReadonlyMap<string, LogsOfPlace>> {
  const asked = new Map(questions.map((one) => [placeName(one), one.stretches]));
  const found = new Map<string, CountedLog[]>();
  const isWanted = (place: string, end: number): boolean => isAsked(end, asked.get(place));
  await eachLog(stored, objects, isWanted, (place, log) => {
    const logs = found.get(place);
    if (logs === undefined) found.set(place, [log]);
    else logs.push(log);
  });
  for (const logs of found.values()) logs.sort((one, other) => one.end - other.end);
  return found;
}

/**
 * Gives the log files of an inventory whose digests are wanted by place and end, and waits for what `take` returns. Throws
 * EVIDENCE_INVALID for an inventory that is not the report's.
 */
export async function eachLog(
  stored: AsyncIterable<Uint8Array>,
  objects: ObjectsReport,
  isWanted: (place: string, end: number) => boolean,
  take: (place: string, log: CountedLog) => Promise<void> | void,
): Promise<void> {
  let digest: { readonly place: string; readonly end: number; readonly trail: TrailName } | undefined;
  await scanInventory(stored, objects, ({ line }) => {
    if (line.kind === 'digest') {
      const key = parseDigestKey(line.key);
      const named = key && { place: placeName(key), end: key.endTime, trail: trailOf(key) };
      digest = named !== undefined && isWanted(named.place, named.end) ? named : undefined;
    } else if (digest !== undefined && line.stored !== null)
      return take(digest.place, { line, end: digest.end, trail: digest.trail });
    return undefined;
  });
}

function trailOf({ trail, homeRegion, organization }: DigestKey): TrailName {
  return { trail, homeRegion, organization };
}

/** The name of a place in these maps. */
export function placeName({
  account,
  region,
}: {
  readonly account: string;
  readonly region: string;
}): string {
  return `${account}/${region}`;
}

/** Stretches are in order, so that the last one that begins before a time ends last of these. */
function isAsked(end: number, stretches: readonly Stretch[] = []): boolean {
  const last = stretches[firstNotBefore(stretches, ({ from }) => from < end) - 1];
  return last !== undefined && end <= last.to + LATEST;
}

/**
 * The texts of a log file's records. It must have the bytes that the report counted: throws EVIDENCE_INVALID where it has others or is
 * gone, and what the source throws. Undefined where they hold no records that can be read.
 */
export async function recordsOfLog(
  { line }: CountedLog,
  source: Source,
): Promise<readonly string[] | undefined> {
  const ref = refOf(line);
  let bytes: Uint8Array;
  try {
    ({ bytes } = await source.open(ref, { maxBytes: MAX_LOG_FILE }));
  } catch (error) {
    if (error instanceof TrailVerifyError && GONE.has(error.code))
      throw malformed(objectUri(ref), 'was there when the report was made, and is no longer');
    throw error;
  }
  if (sha256(bytes) !== line.stored)
    throw malformed(objectUri(ref), 'is no longer the object that the report counted');
  const { content } = gunzipOrPlain(bytes, MAX_LOG_CONTENT);
  return content === undefined ? undefined : readRecords(content.bytes).records;
}
