/**
 * An evidence bag as a source: the objects that an earlier run read, to be verified again. It is as hostile as any copy.
 * Whether it is the signed bag is another question (`trail-verify evidence verify`). An object that the run had not read is
 * neither there nor missing.
 */
import { join } from 'node:path';
import { type ErrorCode, TrailVerifyError } from '../../base/errors.ts';
import { firstNotBefore } from '../../base/lists.ts';
import { type CopyRoot, liesInside, openRoot } from '../folder/lookup.ts';
import { openForReading, parseTime, readSmallFile } from '../folder/object-file.ts';
import {
  compareKeys,
  type Level,
  type ListedObject,
  type ListRequest,
  MOST_LEVEL_OBJECTS,
  type ObjectRef,
  type OpenOptions,
  objectUri,
  type Source,
  type StoredObject,
} from '../source.ts';
import {
  BAG_OBJECTS,
  type BagObject,
  type BagSummary,
  bagFolder,
  hasPlaceInBag,
  LONGEST_INDEX,
  parseBagObjects,
  parseBagSummary,
} from './index.ts';
import { BAG_SUMMARY } from './look.ts';

/** A bag as a source, and what there is to verify in it. */
export interface BagSource extends Source {
  readonly kind: 'bag';
  /** One for each bucket of the bag; the prefix is ''. */
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  /** Whether the run that made the bag had read everything, and the window it was made for (ISO 8601 or null). */
  readonly collected: {
    readonly complete: boolean;
    readonly window: { readonly from: string | null; readonly to: string | null };
  };
  /** Which log files are in it. */
  readonly logs: BagSummary['logs'];
}

const LONGEST_SUMMARY = 16 * 1024 * 1024;
const PAGE_SIZE = 1000;
const SAFE_FILE = /^data\/(?:digests|logs|lake)(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._=+@~-]+)+$/;

/**
 * Opens the folder of an evidence bag; undefined where it is none (no `bagit.txt` and no `data/meta/bag.json`). The caller must
 * say whether the folder is meant as a bag. Throws CONFIGURATION for a bag whose index cannot be read. Throws it too for a file
 * that neither the manifests nor the index name, because nobody would check such a file.
 */
export async function openBag(path: string): Promise<BagSource | undefined> {
  const root = await openRoot(path).catch(() => undefined);
  if (root === undefined || (await readSmallFile(join(root.path, 'bagit.txt'), 4096)) === undefined)
    return undefined;
  const summaryFile = await readSmallFile(join(root.path, BAG_SUMMARY), LONGEST_SUMMARY);
  if (summaryFile === undefined) return undefined;
  const summary = parseBagSummary(summaryFile.toString('utf8'));
  const index = await readSmallFile(join(root.path, BAG_OBJECTS), LONGEST_INDEX);
  const objects = index === undefined ? undefined : parseBagObjects(index.toString('utf8'));
  if (summary === undefined || objects === undefined) {
    const file = summary === undefined ? BAG_SUMMARY : BAG_OBJECTS;
    throw new TrailVerifyError('CONFIGURATION', `the evidence bag ${path} has no ${file} that can be read`, {
      hint: 'check the bag with trail-verify evidence verify, and get it again from its source',
    });
  }
  const foreign = await foreignFile(root, objects);
  if (foreign !== undefined) {
    throw new TrailVerifyError(
      'CONFIGURATION',
      `the evidence bag ${path} holds ${foreign}, which is no part of it`,
      {
        hint: 'check the bag with trail-verify evidence verify, and get it again from its source',
      },
    );
  }
  return bagSource(path, root, summary, indexByBucket(summary, objects));
}

const MANIFESTS = ['manifest-sha256.txt', 'tagmanifest-sha256.txt'] as const;

/** A file that no manifest names or no bag has, or an object's that is not in the index; undefined where there is none. */
async function foreignFile(root: CopyRoot, objects: readonly BagObject[]): Promise<string | undefined> {
  const named = new Set<string>([MANIFESTS[1]]);
  for (const name of MANIFESTS) {
    const file = await readSmallFile(join(root.path, name), LONGEST_INDEX);
    for (const line of file?.toString('latin1').split('\n') ?? []) named.add(line.slice(HASH_AND_SPACES));
  }
  const indexed = new Set(objects.flatMap(({ file }) => (file === undefined ? [] : [file, `${file}.sig`])));
  for (const { path, kind } of await bagFolder(root.path).list()) {
    const isObject = /^data\/(?:digests|logs|lake)\//.test(path);
    if (kind === 'other' || !hasPlaceInBag(path) || !named.has(path) || (isObject && !indexed.has(path)))
      return path;
  }
  return undefined;
}

/** A line of a manifest: SHA-256 in hex, two spaces, the path. */
const HASH_AND_SPACES = 66;

type Index = ReadonlyMap<string, readonly BagObject[]>;

/** The objects of each bucket in key order, each key once. */
function indexByBucket(summary: BagSummary, objects: readonly BagObject[]): Index {
  const buckets = new Map<string, Map<string, BagObject>>();
  for (const bucket of summary.buckets) buckets.set(bucket, new Map());
  for (const object of objects) {
    const keys = buckets.get(object.bucket) ?? new Map<string, BagObject>();
    buckets.set(object.bucket, keys);
    if (!keys.has(object.key)) keys.set(object.key, object);
  }
  return new Map(
    [...buckets].map(([bucket, keys]) => [
      bucket,
      [...keys.values()].sort((a, b) => compareKeys(a.key, b.key)),
    ]),
  );
}

function bagSource(path: string, root: CopyRoot, summary: BagSummary, index: Index): BagSource {
  const inBucket = (bucket: string): readonly BagObject[] => {
    const objects = index.get(bucket);
    if (objects !== undefined) return objects;
    throw new TrailVerifyError('TARGET_NOT_FOUND', `bucket ${bucket} is not in this bag`, {
      hint: `it holds: ${[...index.keys()].join(', ')}`,
    });
  };
  return {
    description: path,
    kind: 'bag',
    targets: [...index.keys()].map((bucket) => ({ bucket, prefix: '' })),
    collected: { complete: summary.digests === 'complete', window: summary.window },
    logs: summary.logs,
    list: (request) => pages(inBucket(request.bucket), request),
    folders: async (bucket, prefix) => foldersBelow(inBucket(bucket), prefix),
    level: async (bucket, prefix) => levelBelow(inBucket(bucket), prefix),
    open: (ref, bounds) => openObject(root, index.get(ref.bucket), ref, bounds, summary),
    holds: async (bucket) => index.has(bucket),
  };
}

async function* pages(
  objects: readonly BagObject[],
  { prefix, startAfter }: ListRequest,
): AsyncGenerator<readonly ListedObject[]> {
  const start = Math.max(
    firstFrom(objects, prefix),
    startAfter === undefined ? 0 : firstFrom(objects, `${startAfter}\0`),
  );
  let page: ListedObject[] = [];
  for (const object of withPrefix(objects, start, prefix)) {
    page.push(rowOf(object));
    if (page.length < PAGE_SIZE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function rowOf({ key, size, lastModified }: BagObject): ListedObject {
  const time = parseTime(lastModified);
  return { key, size, lastModified: time };
}

/** The place of the first key that does not come before `key`. */
function firstFrom(objects: readonly BagObject[], key: string): number {
  return firstNotBefore(objects, (there) => compareKeys(there.key, key) < 0);
}

function* withPrefix(objects: readonly BagObject[], start: number, prefix: string): Generator<BagObject> {
  for (let at = start; at < objects.length; at += 1) {
    const object = objects[at];
    if (object?.key.startsWith(prefix) !== true) return;
    yield object;
  }
}

function foldersBelow(objects: readonly BagObject[], prefix: string): readonly string[] {
  const folders = new Set<string>();
  for (const { key } of withPrefix(objects, firstFrom(objects, prefix), prefix)) {
    const end = key.indexOf('/', prefix.length);
    if (end >= 0) folders.add(key.slice(0, end + 1));
  }
  return [...folders];
}

function levelBelow(objects: readonly BagObject[], prefix: string): Level {
  const here: ListedObject[] = [];
  let further = 0;
  for (const object of withPrefix(objects, firstFrom(objects, prefix), prefix)) {
    if (object.key.includes('/', prefix.length)) continue;
    if (here.length < MOST_LEVEL_OBJECTS) here.push(rowOf(object));
    else further += 1;
  }
  return { folders: foldersBelow(objects, prefix), objects: here, further };
}

async function openObject(
  root: CopyRoot,
  objects: readonly BagObject[] | undefined,
  ref: ObjectRef,
  options: OpenOptions,
  summary: BagSummary,
): Promise<StoredObject> {
  const found = objects?.[firstFrom(objects, ref.key)];
  const object = found?.key === ref.key ? found : undefined;
  if (object?.file === undefined) {
    if (object?.unread !== undefined) throw refused(ref, object.unread.code, object.unread.message);
    const isDigest = ref.key.includes('/CloudTrail-Digest/');
    const isComplete = (isDigest ? summary.digests : summary.logs) === 'complete';
    if (objects === undefined || isComplete) throw refused(ref, 'OBJECT_NOT_FOUND', 'it is not in the bag');
    throw refused(
      ref,
      'OBJECT_NOT_COPIED',
      `the bag does not hold every ${isDigest ? 'digest' : 'log file'}`,
    );
  }
  const path = join(root.path, object.file);
  if (!SAFE_FILE.test(object.file) || !(await liesInside(root, path)))
    throw refused(ref, 'OBJECT_DENIED', 'its file would be outside the bag');
  const bytes = await readFile(path, ref, options);
  const { metadata, versionId, etag, storageClass } = object;
  const time = parseTime(object.lastModified);
  return {
    bytes,
    metadata,
    lastModified: time,
    versionId,
    etag,
    storageClass,
  };
}

async function readFile(path: string, ref: ObjectRef, { maxBytes, admit }: OpenOptions): Promise<Uint8Array> {
  try {
    const file = await openForReading(path);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw refused(ref, 'OBJECT_DENIED', 'it is not a file');
      if (status.size > maxBytes)
        throw refused(ref, 'OBJECT_TOO_LARGE', `its ${status.size} bytes are more than ${maxBytes}`);
      await admit?.(status.size);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TrailVerifyError) throw error;
    // The bag names it, so that it is not there is damage to the bag and says nothing of the bucket.
    throw refused(ref, 'OBJECT_NOT_COPIED', 'its file cannot be read, though the bag names it', error);
  }
}

function refused(ref: ObjectRef, code: ErrorCode, reason: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError(code, `${objectUri(ref)} could not be read: ${reason}`, {
    hint: 'look for it where the bag was made',
    cause,
  });
}
