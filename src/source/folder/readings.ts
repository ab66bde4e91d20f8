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
import { gunzipSync } from 'node:zlib';
import { TrailVerifyError } from '../../base/errors.ts';
import { isHeavyForDigest } from '../../base/json.ts';
import { isAccountId, isBucketName, isOrganizationId } from '../../base/names.ts';
import type { ObjectRef, StoredObject } from '../source.ts';
import { type Entry, type ReadOptions, readEntries } from './entries.ts';
import type { CopyRoot } from './lookup.ts';
import { readSidecar, readSmallFile } from './object-file.ts';
import { SIDECAR_SUFFIX } from './path.ts';
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

/** Where AWS's signatures prove that each of the digests belongs, as objects are placed now; undefined where nothing proves it. */
export type ProvePlaces = (
  digests: readonly { readonly key: string; readonly stored: StoredObject }[],
) => Promise<readonly (ObjectRef | undefined)[]>;

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
const FIRST_SAMPLE: SampleSize = { perFolder: 9, most: 120 };
/** Where nothing was proven, more is read: somebody may have put other files among the digests. */
const LARGE_SAMPLE: SampleSize = { perFolder: 300, most: 2_000 };

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
    { hint: `say of which bucket it is the copy: ${shown.map((name) => `--bucket ${name}`).join(' or ')}` },
  );
}

/** A name for a folder whose bucket nothing names. */
function labelOf(path: string): string {
  const name = basename(path);
  return isBucketName(name) ? name : 'folder';
}

/** One digest of a copy, `key` its path below the copy's folder, and where it says, or its sidecar says, that it was found. */
export interface SampledDigest {
  readonly key: string;
  readonly stored: StoredObject;
  readonly claims: readonly ObjectRef[];
}

/** Folders opened in one tree. */
const MOST_FOLDERS = 400;
/** Folders of one folder that are searched, so that the sample comes from all over the tree. */
const MOST_BRANCHES = 4;
const MAX_DEPTH = 24;
/** A folder that may not be read is reported when it is verified. */
const QUIETLY: ReadOptions = { look: 'names', onUnread: () => {} };
/** A digest's file and content; a larger one is as good a digest, and a worse sample. */
const MAX_FILE = 4 * 1024 * 1024;
const MAX_CONTENT = 32 * 1024 * 1024;
/** Held at once. */
const MAX_BYTES = 64 * 1024 * 1024;

/** How many digests are read: of one day's folder, and in all. */
export interface SampleSize {
  readonly perFolder: number;
  readonly most: number;
}

/** Reads digests of a tree, neighbours in time among them, because the newer one of two proves the older. */
async function sampleTree(
  root: CopyRoot,
  tree: LogTree,
  { perFolder, most }: SampleSize,
): Promise<readonly SampledDigest[]> {
  const days: Day[] = [];
  await findDays({ root, days, foldersLeft: MOST_FOLDERS }, tree, false, 0);
  const digests: SampledDigest[] = [];
  let bytes = 0;
  for (const { key, files } of days) {
    for (const entry of neighbours(files, perFolder)) {
      if (digests.length >= most || bytes >= MAX_BYTES) return digests;
      const digest = await readDigest(entry, `${key}${entry.segment}`);
      if (digest === undefined) continue;
      digests.push(digest);
      bytes += digest.stored.bytes.length;
    }
  }
  return digests;
}

interface Day {
  readonly key: string;
  readonly files: readonly Entry[];
}

interface DaySearch {
  readonly root: CopyRoot;
  readonly days: Day[];
  foldersLeft: number;
}

async function findDays(
  search: DaySearch,
  { path, key }: LogTree,
  inDigests: boolean,
  depth: number,
): Promise<void> {
  if (search.foldersLeft <= 0 || depth > MAX_DEPTH) return;
  search.foldersLeft -= 1;
  const entries = await readEntries(search.root, path, key, QUIETLY);
  const files = entries.filter(({ folder, unread }) => !folder && unread === undefined);
  const digests = inDigests ? files.filter(({ segment }) => segment.endsWith('.json.gz')) : [];
  if (digests.length > 0) search.days.push({ key, files: digests });
  const folders = entries.filter(({ folder, segment }) => folder && (inDigests || mayHoldDigests(segment)));
  const own = folders.filter(({ segment }) => segment === 'CloudTrail-Digest');
  for (const branch of own.length > 0 ? own : spread(folders, MOST_BRANCHES)) {
    const below = { path: branch.path, key: `${key}${branch.segment}/` };
    await findDays(search, below, inDigests || own.length > 0, depth + 1);
  }
}

/** Log files are in folders of their own. */
function mayHoldDigests(segment: string): boolean {
  return !/^CloudTrail(?:$|-(?!Digest$))/.test(segment);
}

/** At most `count` of the items, in runs of three. */
function neighbours<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const starts = spread(
    Array.from({ length: items.length - 2 }, (_, at) => at),
    Math.max(1, Math.floor(count / 3)),
  );
  const chosen = new Set(starts.flatMap((start) => [start, start + 1, start + 2]));
  return items.filter((_, at) => chosen.has(at));
}

/** At most `count` of the items, evenly drawn, the first and the last among them. */
function spread<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const last = items.length - 1;
  const drawn = new Set(
    Array.from({ length: count }, (_, at) => Math.round((at / Math.max(1, count - 1)) * last)),
  );
  return items.filter((_, at) => drawn.has(at));
}

async function readDigest({ path }: Entry, key: string): Promise<SampledDigest | undefined> {
  const bytes = await readSmallFile(path, MAX_FILE);
  if (bytes === undefined) return undefined;
  const sidecar = await readSidecar(path + SIDECAR_SUFFIX);
  const said = sidecar === undefined ? [] : [{ bucket: sidecar.bucket, key: sidecar.key }];
  return { key, stored: { bytes, metadata: sidecar?.metadata }, claims: [...said, ...placeIn(bytes)] };
}

/** The place that the content names; nothing of it is proven. */
function placeIn(bytes: Buffer): readonly ObjectRef[] {
  try {
    const isGzip = bytes[0] === 0x1f;
    const content = isGzip ? gunzipSync(bytes, { maxOutputLength: MAX_CONTENT }) : bytes;
    const text = content.toString('utf8');
    if (isHeavyForDigest(text)) return [];
    const digest: unknown = JSON.parse(text);
    if (typeof digest !== 'object' || digest === null) return [];
    // Both fields are read as unknown and checked.
    const { digestS3Bucket: bucket, digestS3Object: key } = digest as Readonly<Record<string, unknown>>;
    return typeof bucket === 'string' && typeof key === 'string' ? [{ bucket, key }] : [];
  } catch {
    return [];
  }
}
