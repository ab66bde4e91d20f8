/**
 * Which buckets a folder holds, and where. It can be read in two ways:
 *
 *     sync       the folder is one bucket             folder/AWSLogs/…     as `aws s3 sync s3://bucket folder` makes it
 *     collect    its first-level folders are buckets  folder/bucket/…      as `trail-verify collect` makes it
 *
 * The caller chooses the layout and the bucket. Otherwise digests choose them whose signatures prove where they were
 * delivered to. Where nothing is proven, digests, sidecars and a record of `collect` only propose, because the maker of the
 * folder may have written them. Where no reading puts any proven digest in its place, the folder is refused. Names of
 * folders decide nothing. `findAside` finds and reports everything that is not chosen.
 */

import { basename } from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { isAccountId, isBucketName, isOrganizationId } from '../../base/names.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { ObjectRef } from '../source.ts';
import { readEntries } from './entries.ts';
import type { CopyRoot } from './lookup.ts';
import {
  FIRST_SAMPLE,
  LARGE_SAMPLE,
  MOST_FOLDERS,
  type ProvePlaces,
  QUIETLY,
  type SampledDigest,
  sampleTree,
} from './samples.ts';
import {
  allElsewhere,
  type Elsewhere,
  elsewhereOf,
  findTrees,
  type LogTree,
  readCollectReport,
} from './trees.ts';

/** How a folder that mirrors buckets is read. */
export type FolderLayout = 'sync' | 'collect';

/** The caller's options for the folder. */
export interface ReadingOptions {
  readonly layout?: FolderLayout | undefined;
  readonly bucket?: string | undefined;
  /** Without it nothing is proven, and the folder's own facts propose. */
  readonly prove?: ProvePlaces | undefined;
  /** The only `AWSLogs` folder that is meant: then no other is searched for. */
  readonly tree?: LogTree | undefined;
}

/** Trees that are sampled. */
const MOST_TREES = 64;

/** The folders of the buckets, by name. Throws CONFIGURATION, naming the options that choose, where the folder can be read in two ways. */
export async function readBuckets(
  root: CopyRoot,
  options: ReadingOptions,
): Promise<ReadonlyMap<string, string>> {
  const { layout, bucket, prove, tree } = options;
  if (layout === 'sync' && bucket !== undefined) return new Map([[bucket, root.path]]);
  const trees = tree === undefined ? (await findTrees(root)).found : [tree];
  const evidence = await examine(root, trees, prove);
  const { proven, elsewhere } = evidence;
  const isElsewhere = proven.sync.size + proven.collect.size === 0 && elsewhere.size > 0;
  if (layout === undefined && isElsewhere) throw allElsewhere(root, elsewhere.values());
  const chosen =
    layout ?? chooseLayout(root, evidence, bucket) ?? (await layoutOfResults(root, trees, bucket));
  if (chosen === 'sync') return new Map([[bucket ?? syncName(root, evidence), root.path]]);
  return collectFolders(root, trees, evidence, options);
}

/** The prefix that all proven digests of an `AWSLogs` folder have above it in their bucket; '' where there is none, or more than one. */
export async function prefixAbove(
  root: CopyRoot,
  tree: LogTree,
  prove: ProvePlaces | undefined,
): Promise<string> {
  const { proven, elsewhere } = await examine(root, [tree], prove);
  const prefixes = new Set([...elsewhere.values()].map(({ prefix }) => prefix));
  const [only = ''] = prefixes;
  return proven.sync.size + proven.collect.size === 0 && prefixes.size === 1 ? only : '';
}

/** Names of buckets, by the reading that they belong to: from proven digests, and from claims. */
interface Evidence {
  readonly proven: Readings;
  readonly said: Readings;
  /** The proven digests that belong where no reading puts them. */
  readonly elsewhere: ReadonlyMap<string, Elsewhere>;
  /** The bucket that most digests name, wherever they are. */
  readonly mostNamed: string | undefined;
  readonly record: readonly string[];
}

interface Readings {
  readonly sync: Set<string>;
  readonly collect: Set<string>;
}

async function examine(
  root: CopyRoot,
  trees: readonly LogTree[],
  prove: ProvePlaces | undefined,
): Promise<Evidence> {
  const proven: Readings = { sync: new Set(), collect: new Set() };
  const said: Readings = { sync: new Set(), collect: new Set() };
  const elsewhere = new Map<string, Elsewhere>();
  const votes = new Map<string, number>();
  for (const tree of trees.slice(0, MOST_TREES)) {
    let samples = await sampleTree(root, tree, FIRST_SAMPLE);
    if (!(await proves(samples, prove, proven, elsewhere)) && prove !== undefined) {
      samples = await sampleTree(root, tree, LARGE_SAMPLE);
      await proves(samples, prove, proven, elsewhere);
    }
    for (const { key, claims } of samples) {
      for (const claim of claims) {
        note(said, key, claim);
        votes.set(claim.bucket, (votes.get(claim.bucket) ?? 0) + 1);
      }
    }
  }
  const [winner] = [...votes].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  const record = (await readCollectReport(root.path))?.buckets ?? [];
  const top = await readEntries(root, root.path, '', { look: 'names' });
  for (const { segment, folder } of top) {
    const isTrail = trees.length === 0 || trees.some(({ key }) => key.startsWith(`${segment}/`));
    if (folder && isTrail && record.includes(segment)) said.collect.add(segment);
  }
  return { proven, said, elsewhere, mostNamed: winner?.[0], record };
}

/** Notes the proven places of the samples, and whether a reading puts any of them where it is. */
async function proves(
  samples: readonly SampledDigest[],
  prove: ProvePlaces | undefined,
  proven: Readings,
  elsewhere: Map<string, Elsewhere>,
): Promise<boolean> {
  const places = prove === undefined || samples.length === 0 ? [] : await prove(samples);
  let isAny = false;
  for (const [at, place] of places.entries()) {
    const key = samples[at]?.key;
    if (place === undefined || key === undefined) continue;
    if (note(proven, key, place)) isAny = true;
    else {
      const found = elsewhereOf(key, place);
      if (found !== undefined) elsewhere.set(JSON.stringify(found), found);
    }
  }
  return isAny;
}

/** Notes which reading puts an object of that place where it is; false where none does. */
function note({ sync, collect }: Readings, key: string, { bucket, key: place }: ObjectRef): boolean {
  if (place === key) sync.add(bucket);
  else if (`${bucket}/${place}` === key) collect.add(bucket);
  else return false;
  return true;
}

/** The layout that digests or a record choose; undefined where nothing says anything. */
function chooseLayout(
  root: CopyRoot,
  evidence: Evidence,
  bucket: string | undefined,
): FolderLayout | undefined {
  for (const { sync, collect } of [evidence.proven, evidence.said]) {
    const isCollect = bucket === undefined ? collect.size > 0 : collect.has(bucket);
    if (isCollect && sync.size > 0) throw twoLayouts(root, [...sync], [...collect]);
    if (isCollect) return 'collect';
    if (sync.size > 0) return 'sync';
    if (bucket !== undefined && collect.size > 0) throw notAmong(root, bucket, [...collect]);
  }
  return undefined;
}

/** The layout of a folder in which no digest says anything. No signature of query results says where they belong. */
async function layoutOfResults(
  root: CopyRoot,
  trees: readonly LogTree[],
  bucket: string | undefined,
): Promise<FolderLayout> {
  const named = new Set<string>();
  for (const tree of trees.slice(0, MOST_TREES)) {
    const [segment = '', ...rest] = tree.key.split('/').slice(0, -1);
    const canBe = rest.length === 1 && isBucketName(segment) && (bucket ?? segment) === segment;
    if (canBe && (await holdsResults(root, tree, 0))) named.add(segment);
  }
  if (named.size > 0) throw twoLayouts(root, [bucket ?? labelOf(root.path)], [...named]);
  // As one bucket nothing is left out.
  return 'sync';
}

/** Whether an account, or an account of an organization, has a folder of CloudTrail Lake. */
async function holdsResults(root: CopyRoot, { path, key }: LogTree, depth: number): Promise<boolean> {
  const folders = (await readEntries(root, path, key, QUIETLY)).filter(({ folder }) => folder);
  if (depth > 0 && folders.some(({ segment }) => segment === 'CloudTrail-Lake')) return true;
  const next = folders.filter(({ segment }) => isAccountId(segment) || isOrganizationId(segment));
  for (const entry of depth < 2 ? next.slice(0, MOST_FOLDERS) : [])
    if (await holdsResults(root, { path: entry.path, key: `${key}${entry.segment}/` }, depth + 1))
      return true;
  return false;
}

function syncName(root: CopyRoot, { proven, said, mostNamed, record }: Evidence): string {
  const names = [...proven.sync].sort();
  if (names.length > 1) throw twoNames(root, names);
  const [name] = names;
  if (name !== undefined) return name;
  const [only] = said.sync.size === 1 ? said.sync : record.length === 1 ? record : [];
  return only ?? mostNamed ?? labelOf(root.path);
}

/** The first-level folders that hold a trail and are buckets: by the caller's word, by proven digests, or as is only said. */
async function collectFolders(
  root: CopyRoot,
  trees: readonly LogTree[],
  { proven, said, record }: Evidence,
  { layout, bucket }: ReadingOptions,
): Promise<ReadonlyMap<string, string>> {
  const entries = (await readEntries(root, root.path, '', { look: 'names' })).filter(({ folder }) => folder);
  const named = new Set([...proven.collect, ...said.collect, ...record]);
  const hasTrail = (segment: string): boolean =>
    segment !== 'AWSLogs' && trees.some(({ key }) => key.startsWith(`${segment}/`));
  const isMeant = (segment: string): boolean =>
    named.has(segment) || (layout === 'collect' && hasTrail(segment));
  const isBucket = (segment: string): boolean =>
    bucket === undefined ? isBucketName(segment) && isMeant(segment) : segment === bucket;
  const buckets = new Map(
    entries.filter(({ segment }) => isBucket(segment)).map(({ segment, path }) => [segment, path]),
  );
  if (buckets.size > 0) return buckets;
  const missing = bucket === undefined ? 'no first-level folder that holds a trail' : `no folder ${bucket}`;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `${root.path} has ${missing}`, {
    hint: 'give --layout sync where the folder itself is the copy of one bucket',
  });
}

/** The folder is one of buckets, and the one that was named is none of them. */
function notAmong(root: CopyRoot, bucket: string, buckets: readonly string[]): TrailVerifyError {
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} holds a folder for each bucket, and none of bucket ${bucket}: ${[...buckets].sort().join(', ')}`,
    {
      hint: 'name one of those with --bucket, or give --layout sync if the folder itself is the copy of that bucket',
    },
  );
}

function twoLayouts(root: CopyRoot, sync: readonly string[], collect: readonly string[]): TrailVerifyError {
  const names = (buckets: readonly string[]): string => [...buckets].sort().slice(0, 5).join(', ');
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} can be read in two ways: as the copy of one bucket (${names(sync)}), and as a folder of buckets (${names(collect)})`,
    {
      hint: 'choose one: --layout sync for one bucket, --layout collect for first-level folders that are buckets',
    },
  );
}

function twoNames(root: CopyRoot, names: readonly string[]): TrailVerifyError {
  const shown = names.slice(0, 5);
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} holds digests that were signed for ${names.length} buckets: ${shown.join(', ')}`,
    {
      hint: `say of which bucket it is the copy: ${shown.map((name) => `--bucket ${shellWord(name)}`).join(' or ')}`,
    },
  );
}

/** A name for a folder whose bucket nothing names. */
function labelOf(path: string): string {
  const name = basename(path);
  return isBucketName(name) ? name : 'folder';
}
