import { isoTime } from '../../base/clock.ts';
import type { Relocator } from '../../digest/digest-key.ts';
import { type Finding, makeFinding } from '../../findings/finding.ts';
import { BEHIND, type ListedObject, type Source } from '../../source/source.ts';
import { findingObject } from '../check-digest.ts';
import { namesCloudTrail } from './look-alikes.ts';

/**
 * Objects next to the folders of a trail that belong to none of them: objects on the levels that lead to its days, folders
 * that CloudTrail never makes, and folders whose names pass for its own.
 */

/** One misfit, or a folder of them, whose key ends in `/`. */
export interface Misfit {
  readonly bucket: string;
  readonly object: ListedObject;
  /** Whether somebody who reads the trail's folders may take it for log data. */
  readonly asLog: boolean;
  /** Why CloudTrail cannot have written it. */
  readonly reason: 'name' | 'place';
  /** How many more are there that are not reported one by one. */
  readonly further?: number | undefined;
}

/** Objects of one folder that are reported one by one: a page of its listing. */
const MOST_BELOW = 1_000;
/** Pages of a folder of unknown kind that are looked through. */
const MOST_PAGES = 40;
/** What is behind it in a key is another trail's. */
const TRAILS = '/AWSLogs/';

/** The finding for a misfit; `time` is its time, milliseconds since the epoch. */
export function misfitFinding(
  { bucket, object: listed, asLog, reason, further }: Misfit,
  relocations: Relocator,
): Finding {
  const { key, size, lastModified, noFile } = listed;
  const object = findingObject({ bucket, key }, relocations);
  // A Region's digests may be what such a link led to.
  if (!asLog && noFile !== undefined)
    return makeFinding('OUTSIDE_TARGET', { object }, { kind: 'unread', path: key, reason: noFile });
  if (!asLog) return makeFinding('OBJECT_UNRECOGNIZED', { object }, { size });
  const written = lastModified === undefined ? undefined : isoTime(lastModified);
  return makeFinding('LOG_UNLISTED', { object, time: written }, { written, size, reason, further });
}

/** The misfits among the objects of one level, whose own key is `prefix`; those not reported one by one are one more. */
export function misfitsOfLevel(
  bucket: string,
  prefix: string,
  { objects, further }: { readonly objects: readonly ListedObject[]; readonly further: number },
  asLog: (key: string) => boolean,
): readonly Misfit[] {
  const reported = objects
    .filter((object) => !isMarker(object))
    .map((object): Misfit => ({ bucket, object, asLog: asLog(object.key), reason: 'place' }));
  if (further === 0) return reported;
  return [...reported, { bucket, object: { key: prefix, size: 0 }, asLog: true, reason: 'place', further }];
}

/** A folder that CloudTrail never makes, each object of its first page as a misfit, and the folder itself where there are more. */
export async function misfitsBelow(
  source: Source,
  bucket: string,
  folder: string,
): Promise<readonly Misfit[]> {
  const { objects, isWhole } = await firstBelow(source, bucket, folder);
  const reported = objects
    .filter((object) => !isMarker(object))
    .map((object): Misfit => ({ bucket, object, asLog: true, reason: 'place' }));
  return isWhole ? reported : [...reported, folderMisfit(bucket, folder, true)];
}

/**
 * A folder of unknown kind next to those of a trail: CloudTrail's names in it, each as a misfit, or else the folder as a note. What
 * was not looked through may hold them.
 */
export async function misfitsOfUnknown(
  source: Source,
  bucket: string,
  folder: string,
): Promise<readonly Misfit[]> {
  return unknownIn(source, bucket, folder, false);
}

/** The same of a folder whose `AWSLogs` folders, at any depth, are searched as those of other trails: what is in those is none of it. */
export async function misfitsOnTheWay(
  source: Source,
  bucket: string,
  folder: string,
): Promise<readonly Misfit[]> {
  return unknownIn(source, bucket, folder, true);
}

async function unknownIn(
  source: Source,
  bucket: string,
  folder: string,
  withoutTrails: boolean,
): Promise<readonly Misfit[]> {
  const named: ListedObject[] = [];
  let hasOthers = false;
  let isWhole = true;
  let pages = 0;
  let after: string | undefined;
  let goesOn = true;
  while (goesOn && isWhole) {
    goesOn = false;
    for await (const page of source.list({ bucket, prefix: folder, startAfter: after })) {
      pages += 1;
      const trail = withoutTrails
        ? page.find(({ key }) => key.includes(TRAILS, folder.length - 1))
        : undefined;
      for (const object of trail === undefined ? page : page.slice(0, page.indexOf(trail))) {
        if (namesCloudTrail(object.key.slice(folder.length))) named.push(object);
        else if (!isMarker(object)) hasOthers = true;
      }
      isWhole = pages < MOST_PAGES && named.length <= MOST_BELOW;
      if (trail !== undefined) {
        after = trail.key.slice(0, trail.key.indexOf(TRAILS, folder.length - 1) + TRAILS.length) + BEHIND;
        goesOn = true;
      }
      if (goesOn || !isWhole) break;
    }
  }
  const reported = named
    .slice(0, MOST_BELOW)
    .map((object): Misfit => ({ bucket, object, asLog: true, reason: 'place' }));
  if (!isWhole) return [...reported, folderMisfit(bucket, folder, true)];
  return reported.length === 0 && hasOthers ? [folderMisfit(bucket, folder, false)] : reported;
}

/** A folder as a misfit of its own. */
export function folderMisfit(bucket: string, folder: string, asLog: boolean, further?: number): Misfit {
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
