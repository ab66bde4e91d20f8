import { gunzipSync } from 'node:zlib';
import { isHeavyForDigest } from '../../base/json.ts';
import type { ObjectRef, StoredObject } from '../source.ts';
import { type Entry, type ReadOptions, readEntries } from './entries.ts';
import type { CopyRoot } from './lookup.ts';
import { readSidecar, readSmallFile } from './object-file.ts';
import { SIDECAR_SUFFIX } from './path.ts';
import type { LogTree } from './trees.ts';

/** Digests of a folder from all over it, to learn from their signatures which part of which bucket it is. */

/** Where AWS's signatures prove that each of the digests belongs, as objects are placed now; undefined where nothing proves it. */
export type ProvePlaces = (
  digests: readonly { readonly key: string; readonly stored: StoredObject }[],
) => Promise<readonly (ObjectRef | undefined)[]>;

export const FIRST_SAMPLE: SampleSize = { perFolder: 9, most: 120 };
/** Where nothing was proven, more is read: somebody may have put other files among the digests. */
export const LARGE_SAMPLE: SampleSize = { perFolder: 300, most: 2_000 };

/** One digest of a copy, `key` its path below the copy's folder, and where it says, or its sidecar says, that it was found. */
export interface SampledDigest {
  readonly key: string;
  readonly stored: StoredObject;
  readonly claims: readonly ObjectRef[];
}

/** Folders opened in one tree. */
export const MOST_FOLDERS = 400;
/** Folders of one folder that are searched, so that the sample comes from all over the tree. */
const MOST_BRANCHES = 4;
const MAX_DEPTH = 24;
/** A folder that may not be read is reported when it is verified. */
export const QUIETLY: ReadOptions = { look: 'names', onUnread: () => {} };
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

/**
 * Reads digests of a tree, neighbours in time among them, because the newer one of two proves the older. `inDigests` where the
 * tree is a folder of digests, or in one.
 */
export async function sampleTree(
  root: CopyRoot,
  tree: LogTree,
  { perFolder, most }: SampleSize,
  inDigests = false,
): Promise<readonly SampledDigest[]> {
  const days: Day[] = [];
  await findDays({ root, days, foldersLeft: MOST_FOLDERS }, tree, inDigests, 0);
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
