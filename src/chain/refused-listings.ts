/**
 * A caller who may list only below a prefix, by a policy such as
 *
 *     { "Action": "s3:ListBucket", "Condition": { "StringLike": { "s3:prefix": "AWSLogs/111122223333/*" } } }
 *
 * Folders above the accounts are then refused. Where it is known which accounts are asked for, their own folders are listed all the
 * same, and the folders above become a limit. What is refused of an account in scope, or above accounts that nobody named, stays
 * unproven. Nothing that could not be listed is taken for absent: no absence in it is a violation.
 */

import { TrailVerifyError } from '../base/errors.ts';
import { accountFolderKey, parseDigestKey, type Relocator } from '../digest/digest-key.ts';
import type { Limit } from '../findings/event.ts';
import { type FindingOf, makeFinding } from '../findings/finding.ts';
import type { ObjectRef } from '../source/source.ts';
import { findingObject } from './check-digest.ts';
import type { Scope } from './expectations.ts';
import type { Expectation } from './list-digests.ts';
import {
  type FolderInBucket,
  folderName,
  type KnownAccounts,
  type RefusedListing,
  type SeenListings,
} from './listings.ts';

/** The accounts that scope and expectations name; a relocated trail's folders are those where its objects are now. */
export function knownAccounts(
  { accounts = [] }: Scope,
  expectations: readonly Expectation[],
  relocations: Relocator,
): KnownAccounts {
  const folders = new Map<string, FolderInBucket>();
  for (const expected of expectations) {
    const folder = deliveryFolder(expected, relocations);
    if (folder !== undefined) folders.set(folderName(folder), folder);
  }
  const named = expectations.flatMap(({ account }) => account ?? []);
  return {
    accounts: [...new Set([...accounts, ...named])],
    folders: [...folders.values()],
    // All members of an organization are expected, or only those of the scope are asked for.
    areAll: accounts.length > 0 || expectations.some(({ basis }) => basis === 'organization'),
  };
}

/** The folder that a trail delivers to for the account of an expectation; undefined where AWS says nothing of it. */
function deliveryFolder(
  { account, organization, delivery }: Expectation,
  relocations: Relocator,
): FolderInBucket | undefined {
  if (account === undefined || delivery === undefined) return undefined;
  const { bucket, key: prefix } = relocations.toActual({ bucket: delivery.bucket, key: delivery.prefix });
  return { bucket, prefix, organization, account };
}

/** Whether an expected chain may be there and could not be seen. */
export function mayBeUnseen(seen: SeenListings, expected: Expectation, relocations: Relocator): boolean {
  return isUnseenIn(seen, expected, deliveryFolder(expected, relocations));
}

/** The same of a chain that an earlier run knew, by the key of a digest of it as it is now. */
export function wasUnseen(seen: SeenListings, { bucket, key }: ObjectRef): boolean {
  const known = parseDigestKey(key);
  return known !== undefined && isUnseenIn(seen, known, { ...known, bucket });
}

function isUnseenIn(
  { refused, listed }: SeenListings,
  { account, region }: Pick<Expectation, 'account' | 'region'>,
  folder: FolderInBucket | undefined,
): boolean {
  const isWithin = refused.some(
    (one) =>
      one.account !== undefined &&
      one.isAsked &&
      hidesDigests(one) &&
      // Somebody may plant another folder of the account, and close that.
      (folder === undefined || isOnWay(one, folder)) &&
      (account ?? one.account) === one.account &&
      (region === undefined || one.region === undefined || region === one.region),
  );
  if (isWithin || refused.every((one) => one.account !== undefined)) return isWithin;
  return folder === undefined || !listed.has(folderName(folder));
}

/** Whether a listing is of a folder, of one above it or of one in it. */
function isOnWay({ bucket, prefix }: RefusedListing, folder: FolderInBucket): boolean {
  const key = accountFolderKey(folder);
  return bucket === folder.bucket && (prefix.startsWith(key) || key.startsWith(prefix));
}

/** Whether digests may be in what could not be listed: all of a Region's are listed at once, and the levels below for misfits alone. */
function hidesDigests({ prefix }: RefusedListing): boolean {
  const [family, , ...below] = prefix.replace(/^.*\/\d{12}\//s, '').split('/');
  return (family === '' || family === 'CloudTrail-Digest') && below.every((part) => part === '');
}

/** Folders that a limit names. */
const MOST_NAMED = 5;

/** The limit for what could not be listed and is not asked for; undefined where there is none. */
export function refusedLimit(refused: readonly RefusedListing[]): Limit | undefined {
  const places = refused.filter(({ isAsked }) => !isAsked).map((one) => `s3://${one.bucket}/${one.prefix}`);
  if (places.length === 0) return undefined;
  const more = places.length > MOST_NAMED ? ` and ${places.length - MOST_NAMED} more` : '';
  const text = `These folders may not be listed with the rights of this run: ${places.slice(0, MOST_NAMED).join(', ')}${more}. The folders of the accounts asked for were listed all the same. What else is there was not seen and is not judged: other folders of these accounts, other accounts and trails, and files that belong to none. To have it looked at, grant s3:ListBucket on the whole bucket.`;
  return { code: 'LISTING_REFUSED', text };
}

/** A finding for each folder in scope that may not be listed. */
export function refusedFindings(
  { refused, foldersListed }: Pick<SeenListings, 'refused'> & { readonly foldersListed: number },
  relocations: Relocator,
): readonly FindingOf<'DISCOVERY_INCOMPLETE'>[] {
  return refused
    .filter(({ isAsked }) => isAsked)
    .map(({ bucket, prefix, reason }) => {
      const object = findingObject({ bucket, key: prefix }, relocations);
      return makeFinding('DISCOVERY_INCOMPLETE', { object }, { foldersListed, refused: reason });
    });
}

/** The finding for a chain that an earlier run knew, by the key of a digest of it, and that could not be seen. */
export function unseenFinding(
  { bucket, key }: ObjectRef,
  chain: string,
  foldersListed: number,
  relocations: Relocator,
): FindingOf<'DISCOVERY_INCOMPLETE'> {
  const object = findingObject({ bucket, key }, relocations);
  const refused = 'the folder of a chain that an earlier run proved may not be listed';
  return makeFinding('DISCOVERY_INCOMPLETE', { object, chain }, { foldersListed, refused });
}

/** Whether a search looked into every folder there is, and what it did not find is not there. */
export function isSeenWhole({
  complete,
  refused,
}: Pick<SeenListings, 'refused'> & { readonly complete: boolean }): boolean {
  return complete && refused.length === 0;
}

/** The error where nothing at all could be listed; undefined where something could. */
export function refusedAll({ refused, listed }: SeenListings): TrailVerifyError | undefined {
  const [first] = refused.filter(({ isAsked }) => isAsked);
  if (first === undefined || listed.size > 0) return undefined;
  return new TrailVerifyError('ACCESS_DENIED', first.reason, {
    hint: `grant s3:ListBucket on arn:aws:s3:::${first.bucket}; who may list only below a prefix names it, as s3://${first.bucket}/AWSLogs/111122223333, or the account with --account; a bucket with Requester Pays needs --request-payer`,
  });
}
