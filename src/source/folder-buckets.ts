import { basename, join } from 'node:path';
import { readCollectReport } from './collect-report.ts';
import { readEntries } from './folder-entries.ts';
import type { CopyRoot } from './folder-lookup.ts';
import { type FolderSample, sampleFolder } from './folder-sample.ts';

/** Bucket names as they are given today (user guide, "Bucket naming rules"), or as they once were. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;
/** First-level folders that are looked into. */
const MAX_CANDIDATES = 200;

/**
 * Which buckets a copy holds, and in which folders. A first-level folder is a bucket's where the copy's own report
 * says so, or where the digests in it say that they lay in a bucket of that very name. Else the whole folder is the
 * copy of one bucket: `named`, or the one that most digests name; there that name is only a label.
 */
export async function findBuckets(
  root: CopyRoot,
  named: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const buckets = await findBucketFolders(root);
  if (named !== undefined) {
    const path = buckets.get(named);
    return new Map([[named, path ?? root.path]]);
  }
  if (buckets.size > 0) return buckets;
  const sample = await sampleFolder(root, root.path);
  return new Map([[mostNamed(sample) ?? labelOf(root.path), root.path]]);
}

async function findBucketFolders(root: CopyRoot): Promise<Map<string, string>> {
  const report = await readCollectReport(root.path);
  const buckets = new Map<string, string>();
  const folders = (await readEntries(root, root.path, '')).filter((entry) => entry.folder);
  if (folders.some((entry) => entry.segment === 'AWSLogs')) return buckets;
  for (const { segment, path } of folders.slice(0, MAX_CANDIDATES)) {
    if (!BUCKET.test(segment)) continue;
    const isBucket =
      report?.buckets.includes(segment) === true || namesItself(segment, await sampleFolder(root, path));
    if (isBucket) buckets.set(segment, join(root.path, segment));
  }
  return buckets;
}

/**
 * Whether the digests say that they lie in a bucket named like their folder. A prefix may be named like its bucket;
 * then their keys begin with it.
 */
function namesItself(name: string, { hasLogFolder, digests }: FolderSample): boolean {
  const inBucket = digests.filter(
    ({ key, saidBucket, saidKey }) => saidBucket === name && saidKey !== `${name}/${key}`,
  );
  return hasLogFolder && inBucket.length > digests.length / 2;
}

function mostNamed({ digests }: FolderSample): string | undefined {
  const votes = new Map<string, number>();
  for (const { saidBucket } of digests) votes.set(saidBucket, (votes.get(saidBucket) ?? 0) + 1);
  const [winner] = [...votes].sort(([, left], [, right]) => right - left);
  return winner?.[0];
}

function labelOf(path: string): string {
  const name = basename(path);
  return BUCKET.test(name) ? name : 'folder';
}
