/**
 * What lies beside the folders of a trail and belongs to none of them: objects on the levels that lead to its days, folders
 * that CloudTrail never makes, and folders whose names pass for its own.
 */
import { isoTime } from '../base/clock.ts';
import type { Relocator } from '../digest/relocation.ts';
import type { Finding } from '../findings/finding.ts';
import type { ListedObject, Source } from '../source/source.ts';
import { findingObject } from './finding-object.ts';
import { isQueryResult, namesCloudTrail } from './look-alike.ts';

/** One stray object, or a folder of them, whose key ends in `/`. */
export interface Stray {
  readonly bucket: string;
  readonly object: ListedObject;
  /** Whether somebody who reads the trail's folders may take it for log data. */
  readonly asLog: boolean;
  /** Why CloudTrail cannot have written it. */
  readonly reason: 'name' | 'place';
  /** How many more lie there that are not told one by one. */
  readonly further?: number;
}

/** Objects of one folder that are told one by one: a page of its listing. */
const MOST_BELOW = 1_000;

/** Results of queries that are looked at: some fifty queries a day in two years. */
const MOST_RESULTS = 100_000;

/** The finding that tells of a stray; `time` is what it is about, milliseconds since the epoch. */
export function strayFinding({ bucket, object, asLog, reason, further }: Stray, moves: Relocator): Finding {
  const { key, size, lastModified } = object;
  const about = findingObject({ bucket, key }, moves);
  if (!asLog) return { code: 'OBJECT_UNRECOGNIZED', weight: 'note', object: about, evidence: { size } };
  const written = lastModified === undefined ? {} : { written: isoTime(lastModified) };
  const more = further === undefined ? {} : { further };
  return {
    code: 'LOG_UNLISTED',
    weight: 'unproven',
    object: about,
    ...(lastModified === undefined ? {} : { time: isoTime(lastModified) }),
    evidence: { ...written, size, reason, ...more },
  };
}

/** The strays among the objects of one level, `prefix` being its own key; those that are not told one by one are one more. */
export function straysOfLevel(
  bucket: string,
  prefix: string,
  { objects, further }: { readonly objects: readonly ListedObject[]; readonly further: number },
  asLog: (key: string) => boolean,
): readonly Stray[] {
  const told = objects
    .filter((object) => !isMarker(object))
    .map((object): Stray => ({ bucket, object, asLog: asLog(object.key), reason: 'place' }));
  if (further === 0) return told;
  return [...told, { bucket, object: { key: prefix, size: 0 }, asLog: true, reason: 'place', further }];
}

/** A folder that CloudTrail never makes, each object of its first page as a stray, and the folder itself where there are more. */
export async function straysBelow(source: Source, bucket: string, folder: string): Promise<readonly Stray[]> {
  const { objects, isWhole } = await firstBelow(source, bucket, folder);
  const told = objects
    .filter((object) => !isMarker(object))
    .map((object): Stray => ({ bucket, object, asLog: true, reason: 'place' }));
  return isWhole ? told : [...told, folderStray(bucket, folder, true)];
}

/**
 * A folder of unknown make beside those of a trail: what its first page shows of CloudTrail's names, each as a stray, or
 * else the folder as a note; nothing where it is only a way to another trail's `AWSLogs` folder.
 */
export async function straysOfUnknown(
  source: Source,
  bucket: string,
  folder: string,
): Promise<readonly Stray[]> {
  const { objects, isWhole } = await firstBelow(source, bucket, folder);
  const beside = objects.filter(({ key }) => !key.includes('/AWSLogs/', folder.length - 1));
  const named = beside.filter(({ key }) => namesCloudTrail(key.slice(folder.length)));
  if (named.length > 0) {
    const told = named.map((object): Stray => ({ bucket, object, asLog: true, reason: 'place' }));
    return isWhole ? told : [...told, folderStray(bucket, folder, true)];
  }
  return beside.some((object) => !isMarker(object)) ? [folderStray(bucket, folder, false)] : [];
}

/**
 * What lies among the results that CloudTrail Lake saved of queries and is none, each object of a page of strays, and the folder
 * itself where there are more, or more results than anybody saves.
 */
export async function straysOfQueries(
  source: Source,
  bucket: string,
  folder: string,
): Promise<readonly Stray[]> {
  const told: Stray[] = [];
  let seen = 0;
  for await (const page of source.list({ bucket, prefix: folder })) {
    seen += page.length;
    for (const object of page)
      if (!isMarker(object) && !isQueryResult(object.key.slice(folder.length)))
        told.push({ bucket, object, asLog: true, reason: 'place' });
    if (told.length > MOST_BELOW || seen > MOST_RESULTS)
      return [...told.slice(0, MOST_BELOW), folderStray(bucket, folder, true)];
  }
  return told;
}

/** A folder as a stray of its own. */
export function folderStray(bucket: string, folder: string, asLog: boolean, further?: number): Stray {
  const more = further === undefined ? {} : { further };
  return { bucket, object: { key: folder, size: 0 }, asLog, reason: 'place', ...more };
}

async function firstBelow(
  source: Source,
  bucket: string,
  folder: string,
): Promise<{ readonly objects: readonly ListedObject[]; readonly isWhole: boolean }> {
  const objects: ListedObject[] = [];
  for await (const page of source.list({ bucket, prefix: folder })) {
    if (objects.length > 0 && objects.length + page.length > MOST_BELOW) return { objects, isWhole: false };
    objects.push(...page);
  }
  return { objects, isWhole: true };
}

/** True for what CreateTrail and the S3 console leave in place of a folder. One with bytes in it is an object like any other. */
export function isMarker({ key, size }: ListedObject): boolean {
  return key.endsWith('/') && size === 0;
}
