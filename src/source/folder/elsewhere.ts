/**
 * Proven digests that lie where neither reading of a folder puts them: `aws s3 sync s3://bucket/security folder` leaves the prefix
 * out, and people name the folders of several buckets as they like. Nothing of that is tampering, and nothing is guessed either.
 */
import { join } from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import type { ObjectRef } from '../source.ts';
import type { CopyRoot } from './lookup.ts';

/** A folder below the copy's own, and which bucket and prefix its digests were signed for; both end in `/` or are ''. */
export interface Elsewhere {
  readonly folder: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** Ways that are shown. */
const MOST_SHOWN = 5;

/** What lies in front of the path that a key of the copy and the proven place have in common from `AWSLogs` on. */
export function elsewhereOf(key: string, place: ObjectRef): Elsewhere | undefined {
  const at = place.key.lastIndexOf('AWSLogs/');
  const tail = place.key.slice(at);
  if (at === -1 || !key.endsWith(tail)) return undefined;
  const folder = key.slice(0, -tail.length);
  return { folder, bucket: place.bucket, prefix: place.key.slice(0, at) };
}

/** The refusal that names what is proven and how each of it is verified. */
export function allElsewhere(root: CopyRoot, found: Iterable<Elsewhere>): TrailVerifyError {
  const all = [...found].sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const shown = all.slice(0, MOST_SHOWN);
  const places = shown.map(({ folder, bucket, prefix }) => `${folder}AWSLogs of s3://${bucket}/${prefix}`);
  const more = all.length > shown.length ? `, and ${all.length - shown.length} more` : '';
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} is laid out neither as a bucket nor as a folder of buckets; its digests prove ${places.join(', ')}${more}`,
    { hint: `verify each as what it is: ${shown.map((one) => wayOf(root, one)).join(' or ')}` },
  );
}

function wayOf(root: CopyRoot, { folder, bucket, prefix }: Elsewhere): string {
  const hasPrefix = `/${folder}`.endsWith(`/${prefix}`);
  const top = hasPrefix ? folder.slice(0, folder.length - prefix.length) : folder;
  const command = `trail-verify verify ${join(root.path, top.slice(0, -1))}`;
  return hasPrefix ? command : `${command} --relocated ${bucket}/${prefix.slice(0, -1)}=${bucket}`;
}
