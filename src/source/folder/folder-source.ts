/**
 * A folder that mirrors buckets, in one of two layouts:
 *
 *     <folder>/AWSLogs/… or <folder>/<prefix>/AWSLogs/…      one bucket: what `aws s3 sync s3://bucket folder` makes
 *     <folder>/<bucket>/AWSLogs/…                            any number of buckets: what `trail-verify collect` makes
 *
 * Next to an object, `<object file>.s3-metadata.json` may keep the facts that S3 gave of it (see `object-file.ts`).
 * `path.ts` says how keys become paths. Nothing outside the folder is ever read, wherever a key or a link leads.
 */
import { join, relative, sep } from 'node:path';
import { errorCode, TrailVerifyError } from '../../base/errors.ts';
import type { Access } from '../access.ts';
import { type ListRequest, type ObjectRef, type OutsideReport, objectUri, type Source } from '../source.ts';
import { type AskedFolder, askedBelow, liftedBy, twoDepths } from './asked.ts';
import { listFolder, listLevel, listSubfolders } from './list.ts';
import { type CopyRoot, inspect, isAbsent, openRoot } from './lookup.ts';
import {
  checkPlaced,
  isBelowAwsLogs,
  type PlacedFolder,
  placedByDigests,
  refuseTwoReadings,
} from './placed.ts';
import { hashObject, readObject } from './read.ts';
import { type FolderLayout, prefixAbove, readBuckets } from './readings.ts';
import type { ProvePlaces } from './samples.ts';
import {
  type CollectReport,
  findOutside,
  findTrees,
  type LeftOut,
  type LogTree,
  readCollectReport,
} from './trees.ts';

/** How a folder is read. Options that are not given come from digests that `prove` proves (see `readings.ts`). */
export interface FolderOptions {
  /** `sync`: the folder is one bucket; `collect`: its first-level folders are buckets. */
  readonly layout?: FolderLayout | undefined;
  /** The bucket that the folder mirrors, or the one of its folders that is meant. */
  readonly bucket?: string | undefined;
  /** The part of a bucket that the folder is a copy of: the keys of all its files begin so. Then there is no layout to choose. */
  readonly copyOf?: PlacedFolder | undefined;
  readonly prove?: ProvePlaces | undefined;
}

/** A folder as a source, and what there is to verify in it. */
export interface FolderSource extends Source {
  readonly kind: 'folder';
  /** One for each bucket of the copy; the prefix is '', or the part of the copy that the path leads to. */
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  /** The note of `collect` about its copy: whether it was finished, and which window (ISO 8601 or null) and scope it was made for. */
  readonly collected: Pick<CollectReport, 'complete' | 'window' | 'scope'> | undefined;
}

/**
 * Opens a folder as a source. Throws TARGET_NOT_FOUND or ACCESS_DENIED where it cannot be read, CONFIGURATION where it can be
 * read in two ways.
 */
export async function openFolder(path: string, options: FolderOptions = {}): Promise<FolderSource> {
  const { root, prefix, buckets } = await readCopy(await openCopy(path), path, options);
  const report = await readCollectReport(root.path);
  const access: Access = { kind: 'folder', root: root.path, above: root.above, buckets: [...buckets] };
  const collected = report && { complete: report.complete, window: report.window, scope: report.scope };
  return {
    description: path,
    kind: 'folder',
    targets: [...buckets.keys()].map((bucket) => ({ bucket, prefix })),
    collected,
    handsOver: true,
    list: (request) => listBucket(root, buckets, request),
    folders: async (bucket, prefix) => listSubfolders(root, folderOf(buckets, bucket), prefix),
    level: async (bucket, prefix) => listLevel(root, folderOf(buckets, bucket), prefix),
    open: async (ref, bounds) => readObject(root, baseOf(buckets, ref), ref, bounds),
    hashed: async (ref) => hashObject(root, baseOf(buckets, ref), ref),
    access: async (bucket) => (buckets.has(bucket) ? access : undefined),
    holds: async (bucket) => buckets.has(bucket),
    outside: () => outsideOf(root, buckets, report?.leftOut ?? [], prefix),
  };
}

/** A copy as it is read: from which folder, which part of it is asked for, and the folders of its buckets. */
interface ReadCopy {
  readonly root: CopyRoot;
  readonly prefix: string;
  readonly buckets: ReadonlyMap<string, string>;
}

async function readCopy(given: CopyRoot, path: string, options: FolderOptions): Promise<ReadCopy> {
  const { layout, copyOf, prove } = options;
  if (copyOf !== undefined) {
    await checkPlaced(given, copyOf, prove);
    return placedCopy(given, copyOf);
  }
  const found = layout === undefined ? await partOf(given, path, prove) : undefined;
  if (found === 'below') return placedCopy(given, await placedByDigests(given, options));
  const asked = found && (await liftedCopy(found, prove));
  const root = asked === undefined ? given : await openCopy(asked.root);
  const buckets = await readBuckets(root, { ...options, tree: asked && treeOf(root, asked) });
  return { root, prefix: asked?.prefix ?? '', buckets };
}

/** The copy of a part of one bucket. */
async function placedCopy({ path }: CopyRoot, { bucket, prefix }: PlacedFolder): Promise<ReadCopy> {
  return { root: await openCopy(path, prefix), prefix, buckets: new Map([[bucket, path]]) };
}

function baseOf(buckets: ReadonlyMap<string, string>, ref: ObjectRef): string {
  const base = buckets.get(ref.bucket);
  if (base !== undefined) return base;
  throw new TrailVerifyError(
    'OBJECT_NOT_FOUND',
    `${objectUri(ref)} is in a bucket that is not in this copy`,
    {
      hint: `collect bucket ${ref.bucket} too`,
    },
  );
}

const AWS_LOGS = 'AWSLogs';

async function liftedCopy(asked: AskedFolder, prove: ProvePlaces | undefined): Promise<AskedFolder> {
  const root = await openCopy(asked.root);
  // Through a link the folder is called otherwise than in its bucket.
  return liftedBy({ ...asked, root: root.path }, await prefixAbove(root, treeOf(root, asked), prove));
}

/** The `AWSLogs` folder that a part of a copy is in. */
function treeOf(root: CopyRoot, { prefix }: AskedFolder): LogTree {
  const key = prefix.slice(0, prefix.lastIndexOf(`${AWS_LOGS}/`) + AWS_LOGS.length + 1);
  return { path: join(root.path, key), key };
}

/**
 * The part of a copy that a path asks for; undefined where it is the copy itself; `below` for a folder below `AWSLogs` that is in
 * none. Throws CONFIGURATION where it can be a copy or a part of one.
 */
async function partOf(
  given: CopyRoot,
  path: string,
  prove: ProvePlaces | undefined,
): Promise<AskedFolder | 'below' | undefined> {
  // A link with a name of its own means the folder that it leads to. Where the path names the part itself, no link in the copy may
  // choose another one.
  const asked = askedBelow(path) ?? askedBelow(given.path);
  const isBelow = await isBelowAwsLogs(given);
  if (!isBelow) {
    // A day's folder, say: nothing in it shows what it is, and no copy begins there.
    const isPart = asked?.isOfAccount === true && (await findTrees(given)).found.length === 0;
    return isPart ? asked : undefined;
  }
  const isCopy = (await findTrees(given)).found.length > 0;
  if (asked === undefined && !isCopy) return 'below';
  if (asked !== undefined && isCopy) throw twoDepths(given, asked);
  if (asked === undefined && prove !== undefined) await refuseTwoReadings(given, prove);
  return asked;
}

const LEFT_OUT = 'it holds more than was copied';

/** The parts outside the buckets, the twins, and the folders that could not be read. */
async function outsideOf(
  root: CopyRoot,
  buckets: ReadonlyMap<string, string>,
  leftOut: readonly LeftOut[],
  prefix: string,
): Promise<OutsideReport> {
  // What is next to the part that is asked for is looked at as little as next to a prefix of a bucket.
  const { found, complete, folders } = isInTree(prefix)
    ? { found: [], complete: true, folders: 0 }
    : await findOutside(root, buckets.values());
  const isAsked = ({ key }: { readonly key: string }): boolean =>
    key.startsWith(prefix) || (key.endsWith('/') && prefix.startsWith(key));
  return {
    outside: found.map(({ kind, key }) => ({ kind, path: key })),
    twins: [...root.twins.values()].filter(isAsked).map(({ key, own, path }) => ({
      ...placeOf(root, buckets, path, key),
      own,
    })),
    unread: [
      ...[...root.unread.values()].filter(isAsked).map(({ key, path, reason }) => ({
        ...placeOf(root, buckets, path, key),
        reason,
      })),
      ...leftOut.map(({ bucket, prefix: key }) => ({ bucket, key, reason: LEFT_OUT })).filter(isAsked),
    ],
    complete,
    folders,
  };
}

/** Whether a prefix leads into an `AWSLogs` folder. */
function isInTree(prefix: string): boolean {
  return `/${prefix}`.includes(`/${AWS_LOGS}/`);
}

/** The bucket and key of the file or folder at `path`. Outside the buckets, the first-level folder takes the place of a bucket. */
function placeOf(root: CopyRoot, buckets: ReadonlyMap<string, string>, path: string, key: string): ObjectRef {
  const of = [...buckets].find(([, base]) => path === base || path.startsWith(base + sep));
  if (of !== undefined) return { bucket: of[0], key };
  const [first = '', ...deeper] = relative(root.path, path).split(sep);
  return deeper.length === 0 ? { bucket: key === '' ? first : key, key: '' } : { bucket: first, key };
}

async function* listBucket(
  root: CopyRoot,
  buckets: ReadonlyMap<string, string>,
  { bucket, ...range }: ListRequest,
): ReturnType<Source['list']> {
  yield* listFolder(root, folderOf(buckets, bucket), range);
}

function folderOf(buckets: ReadonlyMap<string, string>, bucket: string): string {
  const path = buckets.get(bucket);
  if (path !== undefined) return path;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `bucket ${bucket} is not in this copy`, {
    hint: `it holds: ${[...buckets.keys()].join(', ')}`,
  });
}

async function openCopy(path: string, above?: string): Promise<CopyRoot> {
  try {
    const root = await openRoot(path, above);
    if ((await inspect(root, root.path))?.kind === 'folder') return root;
  } catch (error) {
    if (isAbsent(error)) {
      throw new TrailVerifyError('TARGET_NOT_FOUND', `there is no folder ${path}`, {
        hint: 'give the folder of a copy, s3://bucket/prefix or a trail ARN',
        cause: error,
      });
    }
    throw new TrailVerifyError('ACCESS_DENIED', `folder ${path} may not be read (${errorCode(error)})`, {
      hint: 'give this user the right to read it',
      cause: error,
    });
  }
  throw new TrailVerifyError('TARGET_NOT_FOUND', `${path} is not a folder`, {
    hint: 'give the folder of a copy, s3://bucket/prefix or a trail ARN',
  });
}
