/** The Regions of a target that have digests, and since when: whose public keys a verification of it needs. */

import { TrailVerifyError } from '../base/errors.ts';
import { type DigestKey, digestFolderKey, FIRST_DIGESTS, parseDigestKey } from '../digest/digest-key.ts';
import type { Source } from '../source/source.ts';
import { discover, type PlaceFolder } from './discover.ts';
import type { RefusedListing } from './listings.ts';

/** What digests say of a target by their names alone, which nothing proves. */
export interface TargetRegions {
  readonly regions: readonly string[];
  /** When the window of the oldest digest ends (milliseconds since the epoch); undefined where there is none. */
  readonly oldest: number | undefined;
}

/**
 * The Regions with a digest folder below the targets, in order, and the end of the oldest digest. Throws what the source's listing
 * throws, ACCESS_DENIED where a folder may not be listed, and TARGET_WITHOUT_TRAIL where there is no such Region.
 */
export async function targetRegions(
  source: Source,
  targets: readonly { readonly bucket: string; readonly prefix: string }[],
): Promise<TargetRegions> {
  const { places, refused, complete } = await discover({ source, targets, inScope: () => true });
  const [denied] = refused;
  if (denied !== undefined) throw closed(denied);
  const regions = new Set<string>();
  let oldest = Number.POSITIVE_INFINITY;
  for (const { region, folders } of places)
    for (const folder of folders.filter(({ families }) => families.includes('CloudTrail-Digest'))) {
      regions.add(region);
      const digests = await firstDigests(source, folder, region);
      const first = digests.find(({ endTime }) => endTime >= FIRST_DIGESTS);
      oldest = Math.min(oldest, first?.endTime ?? oldest);
    }
  if (regions.size === 0 || !complete)
    throw new TrailVerifyError(
      'TARGET_WITHOUT_TRAIL',
      complete
        ? `${source.description} holds no digest folders (AWSLogs/<account>/CloudTrail-Digest)`
        : `${source.description} has too many folders to find all Regions`,
      { hint: 'name the Regions with --region, or the bucket and prefix of the trail' },
    );
  return { regions: [...regions].sort(), oldest: Number.isFinite(oldest) ? oldest : undefined };
}

/**
 * The digests that the first page of a digest folder names; no more are read, because somebody may have filled it. The page begins
 * with the first year that can have digests: a folder of 1970 was planted, and would have keys asked for of all years since.
 */
export async function firstDigests(
  source: Source,
  folder: PlaceFolder,
  region: string,
): Promise<readonly DigestKey[]> {
  const prefix = digestFolderKey(folder, region);
  const startAfter = `${prefix}${new Date(FIRST_DIGESTS).getUTCFullYear()}`;
  for await (const page of source.list({
    bucket: folder.bucket,
    prefix,
    startAfter,
    keySuffices: () => true,
  }))
    return page.flatMap(({ key }) => parseDigestKey(key) ?? []);
  return [];
}

/** Keys of a part of the Regions would look like all. */
function closed({ reason }: RefusedListing): TrailVerifyError {
  return new TrailVerifyError('ACCESS_DENIED', reason, {
    hint: 'name the folder that may be listed, such as s3://bucket/AWSLogs/111122223333, or the Regions with --region',
  });
}
