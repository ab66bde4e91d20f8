import { gunzipSync } from 'node:zlib';
import { readEntries } from './folder-entries.ts';
import type { CopyRoot } from './folder-lookup.ts';
import { SIDECAR_SUFFIX } from './folder-path.ts';
import { readSmallFile } from './regular-file.ts';
import { readSidecar } from './sidecar.ts';

/** Where one digest of a copy says, or its sidecar says, that it was found. `key` is relative to the sampled folder. */
export interface SampledDigest {
  readonly key: string;
  readonly saidBucket: string;
  readonly saidKey: string;
}

/** What a bounded search saw of a folder. */
export interface FolderSample {
  readonly hasLogFolder: boolean;
  readonly digests: readonly SampledDigest[];
}

const MAX_DIGESTS = 25;
/** Folders opened in the search; a trail's prefix, organization and account lie above the digests. */
const MAX_FOLDERS = 600;
/** Folders of one folder that are searched, so that the sample comes from all over the copy. */
const MAX_BRANCHES = 5;
const MAX_DEPTH = 24;
/** A digest's file and content; a larger one is as good a digest, and a worse sample. */
const MAX_FILE = 4 * 1024 * 1024;
const MAX_CONTENT = 32 * 1024 * 1024;

interface Search {
  readonly root: CopyRoot;
  readonly digests: SampledDigest[];
  hasLogFolder: boolean;
  foldersLeft: number;
}

/** Looks for a folder AWSLogs and reads some digests below it, each of another day. */
export async function sampleFolder(root: CopyRoot, path: string): Promise<FolderSample> {
  const search: Search = { root, digests: [], hasLogFolder: false, foldersLeft: MAX_FOLDERS };
  await searchFolder(search, path, '', 0);
  return { hasLogFolder: search.hasLogFolder, digests: search.digests };
}

async function searchFolder(search: Search, path: string, key: string, depth: number): Promise<void> {
  if (search.foldersLeft <= 0 || search.digests.length >= MAX_DIGESTS || depth > MAX_DEPTH) return;
  search.foldersLeft -= 1;
  if (/(^|\/)AWSLogs\/$/.test(key)) search.hasLogFolder = true;
  const entries = await readEntries(search.root, path, key);
  const inDigests = key.includes('/CloudTrail-Digest/');
  const digest = inDigests
    ? entries.find(
        (entry) => !entry.folder && entry.unread === undefined && entry.segment.endsWith('.json.gz'),
      )
    : undefined;
  if (digest !== undefined) {
    const sampled = await readDigest(digest.path, key + digest.segment);
    if (sampled !== undefined) search.digests.push(sampled);
  }
  const folders = entries.filter(
    (entry) => entry.folder && !/^CloudTrail(?:$|-(?!Digest$))/.test(entry.segment),
  );
  // Above AWSLogs anything may lie in the way of it; below, the newest days are as good as any.
  const branches = search.hasLogFolder ? spread(folders, MAX_BRANCHES) : folders;
  for (const branch of branches) {
    await searchFolder(search, branch.path, `${key}${branch.segment}/`, depth + 1);
  }
}

/** At most `count` of the items, evenly drawn, the first and the last among them. */
function spread<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const last = items.length - 1;
  return items.filter((_, at) => {
    const step = Math.round((at / last) * (count - 1));
    return Math.round((step * last) / (count - 1)) === at;
  });
}

async function readDigest(path: string, key: string): Promise<SampledDigest | undefined> {
  try {
    const text = await readSidecarPlace(path);
    if (text !== undefined) return { key, ...text };
    const file = await readSmallFile(path, MAX_FILE);
    if (file === undefined) return undefined;
    const content = gunzipSync(file, { maxOutputLength: MAX_CONTENT }).toString('utf8');
    const digest: unknown = JSON.parse(content);
    if (typeof digest !== 'object' || digest === null) return undefined;
    // Both fields are read as unknown and checked.
    const { digestS3Bucket, digestS3Object } = digest as Readonly<Record<string, unknown>>;
    if (typeof digestS3Bucket !== 'string' || typeof digestS3Object !== 'string') return undefined;
    return { key, saidBucket: digestS3Bucket, saidKey: digestS3Object };
  } catch {
    return undefined;
  }
}

async function readSidecarPlace(path: string): Promise<{ saidBucket: string; saidKey: string } | undefined> {
  const sidecar = await readSidecar(path + SIDECAR_SUFFIX);
  return sidecar === undefined ? undefined : { saidBucket: sidecar.bucket, saidKey: sidecar.key };
}
