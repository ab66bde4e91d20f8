/**
 * A folder that is a part of a bucket and does not show how its keys begin:
 *
 *     aws s3 sync s3://bucket/AWSLogs copy                 copy/111122223333/…       keys begin with AWSLogs/
 *     aws s3 sync s3://bucket/AWSLogs/111122223333 acct    acct/CloudTrail-Digest/…  keys begin with AWSLogs/111122223333/
 *
 * The caller says it, or digests show it whose signatures cover where they were delivered to. Whatever is chosen, every file
 * gets a key, and is judged by that. So another choice could only hide what it puts where nobody looks: a folder that holds
 * the folders of two levels is refused. Names of folders choose nothing.
 */

import { TrailVerifyError } from '../../base/errors.ts';
import { isAccountId, isOrganizationId, isRegionName } from '../../base/names.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { ObjectRef } from '../source.ts';
import { type Entry, readEntries } from './entries.ts';
import type { CopyRoot } from './lookup.ts';
import {
  FIRST_SAMPLE,
  LARGE_SAMPLE,
  type ProvePlaces,
  QUIETLY,
  type SampledDigest,
  sampleTree,
} from './samples.ts';

/** The part of a bucket that a folder is a copy of; the prefix is '' or ends in `/`. */
export interface PlacedFolder {
  readonly bucket: string;
  readonly prefix: string;
}

const FAMILY = /^CloudTrail(?:-[A-Za-z0-9]+)?$/;

/** Whether a folder is one below `AWSLogs` by what is in it: accounts, an organization, families of CloudTrail, or their Regions. */
export async function isBelowAwsLogs(root: CopyRoot): Promise<boolean> {
  const top = await foldersIn(root, root.path, '');
  const names = top.map(({ segment }) => segment);
  if (names.some((name) => FAMILY.test(name))) return true;
  for (const { segment, path } of top) {
    const isOuter = isAccountId(segment) || isOrganizationId(segment);
    if (!isOuter && !isRegionName(segment)) continue;
    const inner = (await foldersIn(root, path, `${segment}/`)).map((entry) => entry.segment);
    const isLike = (name: string): boolean => FAMILY.test(name) || isAccountId(name);
    if (inner.some(isOuter ? isLike : isYear)) return true;
  }
  return false;
}

const isYear = (name: string): boolean => /^\d{4}$/.test(name);

async function foldersIn(root: CopyRoot, path: string, key: string): Promise<readonly Entry[]> {
  const entries = await readEntries(root, path, key, QUIETLY);
  return entries.filter(({ folder }) => folder);
}

/**
 * The part of a bucket that a folder below `AWSLogs` is, as its proven digests show. Without `prove` it is what all digests that
 * were read say of themselves. Throws CONFIGURATION, with what to do, where they show none, or it can be read in two ways.
 */
export async function placedByDigests(
  root: CopyRoot,
  { prove, bucket }: { readonly prove?: ProvePlaces | undefined; readonly bucket?: string | undefined },
): Promise<PlacedFolder> {
  const shown = await partsShown(root, prove);
  const parts = shown.filter((part) => bucket === undefined || part.bucket === bucket);
  const [part] = parts;
  if (part === undefined) throw withoutTop(root, shown);
  if (parts.length > 1) throw twoParts(root, parts);
  const level = levelOf(part);
  if (level === undefined) throw ofOneFamily(root, part);
  const other = await folderOfOtherLevel(root, level);
  if (other !== undefined) throw twoLevels(root, part, other);
  return part;
}

/**
 * Throws CONFIGURATION where a folder that holds `AWSLogs` also holds digests where a copy of an account, or of more, would have them:
 * what is planted in one of the two would decide how the other is read.
 */
export async function refuseTwoReadings(root: CopyRoot, prove: ProvePlaces): Promise<void> {
  const below = (await partsShown(root, prove)).filter(({ prefix }) => prefix.split('/').includes('AWSLogs'));
  const [part] = below;
  if (part === undefined) return;
  throw new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} can be read in two ways: as a copy of ${uriOf(part)}, as digests in it prove, and as that of a bucket, because AWSLogs is in it`,
    { hint: `choose one: ${optionsOf(below)}, or --layout sync for that of a bucket` },
  );
}

/** Throws CONFIGURATION where digests of a folder prove that it is no copy of the part that the caller says, and none that it is. */
export async function checkPlaced(
  root: CopyRoot,
  said: PlacedFolder,
  prove: ProvePlaces | undefined,
): Promise<void> {
  const parts = prove === undefined ? [] : await partsShown(root, prove);
  const isSaid = parts.some(({ bucket, prefix }) => bucket === said.bucket && prefix === said.prefix);
  if (parts.length > 0 && !isSaid) throw notSaid(root, said, parts);
}

/** Parts of buckets that are shown one by one. */
const MOST_PARTS = 64;

/** The parts of buckets whose digests are in the folder where they would be in a copy of that part. */
async function partsShown(root: CopyRoot, prove: ProvePlaces | undefined): Promise<readonly PlacedFolder[]> {
  const parts = new Map<string, PlacedFolder>();
  for (const size of [FIRST_SAMPLE, LARGE_SAMPLE]) {
    const samples = await samplesOf(root, size);
    const proven = await prove?.(samples);
    for (const [at, sample] of samples.entries()) {
      for (const place of proven === undefined ? sample.claims : [proven[at]]) {
        const part = partOf(sample, place);
        if (part !== undefined && parts.size < MOST_PARTS) parts.set(JSON.stringify(part), part);
      }
    }
    if (parts.size > 0) break;
  }
  return [...parts.values()].sort((a, b) => (uriOf(a) < uriOf(b) ? -1 : 1));
}

async function samplesOf(root: CopyRoot, size: typeof FIRST_SAMPLE): Promise<readonly SampledDigest[]> {
  const tree = { path: root.path, key: '' };
  const samples = await sampleTree(root, tree, size);
  return samples.length > 0 ? samples : sampleTree(root, tree, size, true);
}

function partOf(sample: SampledDigest, place: ObjectRef | undefined): PlacedFolder | undefined {
  if (place === undefined || !`/${place.key}`.endsWith(`/${sample.key}`)) return undefined;
  return { bucket: place.bucket, prefix: place.key.slice(0, -sample.key.length) };
}

/** What the folders of a part are; undefined where it is no account, organization or `AWSLogs`. */
function levelOf({ prefix }: PlacedFolder): 'families' | 'accounts' | 'organizations' | undefined {
  const segments = prefix.split('/').slice(0, -1);
  const inner = segments.slice(segments.lastIndexOf('AWSLogs') + 1);
  const isOrganization = isOrganizationId(inner[0] ?? '');
  const [account, ...deeper] = isOrganization ? inner.slice(1) : inner;
  if (deeper.length > 0) return undefined;
  if (account !== undefined) return 'families';
  return isOrganization ? 'accounts' : 'organizations';
}

/** The name of a folder that would be one of another level; undefined where there is none. */
async function folderOfOtherLevel(
  root: CopyRoot,
  level: NonNullable<ReturnType<typeof levelOf>>,
): Promise<string | undefined> {
  for (const { segment, path } of await foldersIn(root, root.path, '')) {
    if (level !== 'families' && FAMILY.test(segment)) return segment;
    if (level === 'families' && isAccountId(segment)) return segment;
    if (level !== 'organizations' && isOrganizationId(segment)) return segment;
    if (!isRegionName(segment)) continue;
    const inner = await foldersIn(root, path, `${segment}/`);
    if (inner.some((entry) => isYear(entry.segment))) return segment;
  }
  return undefined;
}

function uriOf({ bucket, prefix }: PlacedFolder): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`;
}

/** The refusal of a folder that is one below `AWSLogs` and is in none, with what to do. */
function withoutTop(root: CopyRoot, others: readonly PlacedFolder[]): TrailVerifyError {
  const found =
    others.length === 0
      ? 'no signature in it shows'
      : `its digests prove ${listOf(others)}, and nothing else shows`;
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} begins below AWSLogs, and ${found} which bucket keys its files have`,
    {
      hint: 'say what it is a copy of, such as --copy-of s3://my-trail-bucket/AWSLogs/111122223333; or put it where it is in the bucket, as NEW/[prefix/]AWSLogs/111122223333, and verify NEW',
    },
  );
}

function twoParts(root: CopyRoot, parts: readonly PlacedFolder[]): TrailVerifyError {
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} holds digests that were signed for ${parts.length} places: ${listOf(parts)}`,
    { hint: `say which of them it is a copy of: ${optionsOf(parts)}` },
  );
}

function twoLevels(root: CopyRoot, part: PlacedFolder, name: string): TrailVerifyError {
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} can be read in two ways: as a copy of ${uriOf(part)}, as its digests show, and as a folder of another level, because ${name} is in it`,
    { hint: `${optionsOf([part])} where it is that copy; give the folder in it that is meant otherwise` },
  );
}

function ofOneFamily(root: CopyRoot, part: PlacedFolder): TrailVerifyError {
  const account = part.prefix.slice(0, part.prefix.search(/CloudTrail(?:-[A-Za-z0-9]+)?\//));
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} is a copy of ${uriOf(part)} alone, without the log files that its digests name`,
    {
      hint: `copy the account, s3://${part.bucket}/${account.slice(0, -1)}; for the digests alone add ${optionsOf([part])} --no-logs`,
    },
  );
}

function notSaid(root: CopyRoot, said: PlacedFolder, parts: readonly PlacedFolder[]): TrailVerifyError {
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} is no copy of ${uriOf(said)}: its digests prove ${listOf(parts)}`,
    { hint: optionsOf(parts) },
  );
}

/** Parts that a message names. */
const MOST_SHOWN = 5;

function listOf(parts: readonly PlacedFolder[]): string {
  const more = parts.length > MOST_SHOWN ? `, and ${parts.length - MOST_SHOWN} more` : '';
  return `${parts.slice(0, MOST_SHOWN).map(uriOf).join(', ')}${more}`;
}

function optionsOf(parts: readonly PlacedFolder[]): string {
  return parts
    .slice(0, MOST_SHOWN)
    .map((part) => `--copy-of ${shellWord(uriOf(part))}`)
    .join(' or ');
}
