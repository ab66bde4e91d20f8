import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Clock, isoTime, systemClock } from '../base/clock.ts';
import { isObjectError, TrailVerifyError } from '../base/errors.ts';
import { type Limiter, limiter } from '../base/flow.ts';
import { type CopyRoot, locate, openRoot } from '../source/folder/lookup.ts';
import { isUnreadCode, readSidecar } from '../source/folder/object-file.ts';
import { isPlainSegment, SIDECAR_SUFFIX } from '../source/folder/path.ts';
import {
  COLLECT_REPORT,
  type CollectReport,
  type CopyScope,
  type LeftOut,
  MOST_LEFT_OUT,
  readCollectReport,
  type UnreadObject,
  writeCollectReport,
} from '../source/folder/trees.ts';
import { replaceFile } from '../source/given-file.ts';
import {
  compareKeys,
  type ListedObject,
  type ListRequest,
  type ObjectRef,
  type Source,
  type StoredObject,
} from '../source/source.ts';
import { makeFolder } from './make-folder.ts';
import { type CopyWriter, openCopyWriter, outputError } from './writer.ts';

/**
 * A complete copy of a trail's objects in a folder, from which everything can be verified offline:
 *
 *     <folder>/<bucket>/<key>                      each object, byte for byte, with S3's time as its own
 *     <folder>/<bucket>/<key>.s3-metadata.json     the facts that S3 gave of it, signatures among them
 *     <folder>/collect-report.json                 which objects were copied, which could not be read and why
 *
 * It can be stopped at any time and goes on where it ended.
 */

/** The objects to copy and the folder to copy them to. Times are milliseconds since the epoch and only noted; `plan` chooses the objects. */
export interface CollectOptions {
  readonly source: Source;
  /** Made if absent; must be empty or a copy made before. */
  readonly folder: string;
  /** The ranges to list, without overlaps; every object in them is copied. */
  readonly plan: AsyncIterable<CopyRange> | Iterable<CopyRange>;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** What the plan was limited to; only noted, as the window is. */
  readonly scope?: CopyScope | undefined;
  /** Objects read at once (default 32). */
  readonly concurrency?: number | undefined;
  /** Further files for the folder itself, by name: `keys.jsonl`, `trail.json`. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** Case twins that are named one by one. */
const MOST_TWINS = 1_000;
const CONCURRENCY = 32;
/** Listings at once: a plan is mostly day folders, each less than a page. */
const LISTINGS = 8;

/**
 * Copies all objects of the plan. An object that cannot be read is noted in the report and not fatal. Throws OUTPUT_NOT_USABLE,
 * OUTPUT_NOT_WRITTEN, INTERRUPTED when `signal` aborts, and what `Source.list` throws; the report then says `complete: false`.
 */
export async function collect(options: CollectOptions): Promise<CollectReport> {
  const { source, folder, signal } = options;
  const clock = options.clock ?? systemClock;
  const earlier = await prepareFolder(folder);
  const buckets = new Set(earlier);
  const unread: UnreadObject[] = [];
  const caseTwins: ObjectRef[] = [];
  const leftOut: LeftOut[] = [];
  const progress = { listed: 0, copied: 0, skipped: 0, unread: 0, bytes: 0 };
  const started = isoTime(clock.now());
  const report = (complete: boolean): CollectReport => ({
    schema: 'trail-verify/collect/v1',
    source: source.description,
    complete,
    started,
    finished: complete ? isoTime(clock.now()) : null,
    window: { from: timeOrNull(options.from), to: timeOrNull(options.to) },
    scope: isLimited(options.scope) ? options.scope : undefined,
    buckets: [...buckets].sort(),
    objects: progress.copied + progress.skipped,
    skipped: progress.skipped,
    bytes: progress.bytes,
    unread: [...unread].sort((left, right) =>
      `${left.bucket}/${left.key}` < `${right.bucket}/${right.key}` ? -1 : 1,
    ),
    leftOut: leftOut.length === 0 ? undefined : leftOut,
    caseTwins: caseTwins.length === 0 ? undefined : caseTwins,
  });
  const save = (complete: boolean): Promise<void> =>
    writeCollectReport(folder, report(complete)).catch((error: unknown) => {
      throw outputError(folder, error);
    });
  await save(false);
  const writer = openCopyWriter(folder, {
    onCaseTwin: (object) => {
      if (caseTwins.length < MOST_TWINS) caseTwins.push(object);
    },
  });
  const limit = limiter(options.concurrency ?? CONCURRENCY);
  try {
    const root = await openRoot(folder);
    await forEachRange(
      options.plan,
      LISTINGS,
      async (range, stop) => {
        checkBucketName(range.bucket);
        buckets.add(range.bucket);
        await writer.addBucket(range.bucket);
        const { bucket, prefix, isCut } = range;
        if (isCut && leftOut.length < MOST_LEFT_OUT) leftOut.push({ bucket, prefix });
        const isStopped = (): boolean => stop() || signal?.aborted === true;
        const note = (object: UnreadObject): void => void unread.push(object);
        await copyRange({
          source,
          root,
          writer,
          range,
          limit,
          progress,
          note,
          isStopped,
          onProgress: options.onProgress,
        });
      },
      () => signal?.aborted === true,
    );
    for (const [name, text] of Object.entries(options.files ?? {})) {
      await replaceFile(join(folder, basename(name)), text).catch((error: unknown) => {
        throw outputError(folder, error);
      });
    }
  } catch (error) {
    // The first failure is the one to report, even where the report cannot be written either.
    await save(false).catch(() => undefined);
    throw error;
  } finally {
    await writer.close().catch(() => undefined);
  }
  if (signal?.aborted === true) {
    await save(false);
    throw new TrailVerifyError('INTERRUPTED', `the copy in ${folder} is not complete`, {
      hint: 'run the same command again: it goes on where it ended',
    });
  }
  await save(true);
  return report(true);
}

/** Takes ranges from the plan with `workers` hands; after the first failure no further one is begun. */
async function forEachRange(
  plan: CollectOptions['plan'],
  workers: number,
  act: (range: CopyRange, stop: () => boolean) => Promise<void>,
  isAborted: () => boolean,
): Promise<void> {
  const ranges = toAsync(plan);
  let failed = false;
  // One at a time, because not every iterator can be asked again before it has answered.
  const one = limiter(1);
  const hand = async (): Promise<void> => {
    while (!failed && !isAborted()) {
      const next = await one(() => ranges.next());
      if (next.done === true) return;
      await act(next.value, () => failed);
    }
  };
  const hands = Array.from({ length: workers }, () =>
    hand().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const results = await Promise.allSettled(hands);
  await ranges.return(undefined);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function* toAsync(plan: CollectOptions['plan']): AsyncGenerator<CopyRange, void, undefined> {
  yield* plan;
}

function isLimited(
  { accounts, regions, trails }: CopyScope = { accounts: [], regions: [], trails: [] },
): boolean {
  return accounts.length + regions.length + trails.length > 0;
}

/** Makes the folder and returns the buckets that an earlier copy in it holds. */
async function prepareFolder(folder: string): Promise<readonly string[]> {
  try {
    await makeFolder(folder);
    const names = await readdir(folder);
    const earlier = await readCollectReport(folder);
    if (names.length === 0 || earlier !== undefined) return earlier?.buckets ?? [];
  } catch (error) {
    throw outputError(folder, error);
  }
  throw new TrailVerifyError(
    'OUTPUT_NOT_USABLE',
    `folder ${folder} is not empty and holds no ${COLLECT_REPORT}`,
    {
      hint: 'choose an empty folder, or that of a copy to go on with',
    },
  );
}

function checkBucketName(bucket: string): void {
  if (isPlainSegment(bucket) && !bucket.startsWith('.')) return;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `there can be no bucket named "${bucket}"`, {
    hint: 'bucket names have 3 to 63 lower-case letters, digits, dots and hyphens',
  });
}

function timeOrNull(time: number | undefined): string | null {
  return time === undefined ? null : isoTime(time);
}

/** A stretch of a bucket's keys: those that begin with `prefix`, after `startAfter` and before `endBefore`. */
export interface CopyRange extends ListRequest {
  readonly endBefore?: string | undefined;
  /** The objects of it, where they are known: then nothing is listed. */
  readonly objects?: readonly ListedObject[] | undefined;
  /** There are more than are copied, and a reader of the copy must know. */
  readonly isCut?: true | undefined;
  /** The size of the largest object that is copied, in bytes, where that is another than of log files; one is then held at a time. */
  readonly largest?: number | undefined;
  /** The sign file of the query results that are there. */
  readonly signFile?: ObjectRef | undefined;
  /** The Region whose trails are there. */
  readonly region?: string | undefined;
}

/** The progress of a collection, in objects; `bytes` are those read now. */
export interface CollectProgress {
  readonly listed: number;
  readonly copied: number;
  readonly skipped: number;
  readonly unread: number;
  readonly bytes: number;
}

/** The tools for copying one range, and the counts it adds to. */
interface CopyTask {
  readonly source: Source;
  readonly root: CopyRoot;
  readonly writer: CopyWriter;
  readonly range: CopyRange;
  readonly limit: Limiter;
  readonly progress: { -readonly [Count in keyof CollectProgress]: number };
  readonly note: (object: UnreadObject) => void;
  readonly isStopped: () => boolean;
  readonly onProgress: ((progress: CollectProgress) => void) | undefined;
}

/** A log file has at most 50 MB uncompressed; CloudTrail wrote no larger one. */
const MAX_OBJECT = 64 * 1024 * 1024;

/** Copies every object of one range that is not in the copy already. Returns early when stopped. */
async function copyRange(task: CopyTask): Promise<void> {
  const { source, range, limit, progress, isStopped } = task;
  for await (const page of range.objects === undefined ? source.list(range) : [range.objects]) {
    const rows = page.filter(
      ({ key }) => range.endBefore === undefined || compareKeys(key, range.endBefore) < 0,
    );
    progress.listed += rows.length;
    // Of large ones, each waits for the one before it.
    const one = range.largest === undefined ? limit : limiter(1);
    const copies = rows.map((row) => one(() => (isStopped() ? Promise.resolve() : copyObject(task, row))));
    // All must have ended before the first failure is reported: none may go on writing without the caller's knowledge.
    const results = await Promise.allSettled(copies);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (rows.length < page.length || isStopped()) return;
  }
}

async function copyObject(task: CopyTask, row: ListedObject): Promise<void> {
  const { range, progress } = task;
  const { key, size, lastModified } = row;
  if (await isCopied(task, row)) {
    progress.skipped += 1;
  } else {
    const place = { bucket: range.bucket, key, lastModified };
    const object = await readObject(task, place, size);
    if (object !== undefined) {
      const { bytes, metadata, versionId, etag, storageClass } = object;
      await task.writer.write(
        {
          ...place,
          ...(lastModified !== undefined || object.lastModified === undefined
            ? {}
            : { lastModified: object.lastModified }),
          size: bytes.length,
          ...(metadata === undefined ? {} : { metadata }),
          ...(versionId === undefined ? {} : { versionId }),
          ...(etag === undefined ? {} : { etag }),
          ...(storageClass === undefined ? {} : { storageClass }),
        },
        bytes,
      );
      progress.copied += 1;
      progress.bytes += bytes.length;
    }
  }
  task.onProgress?.({ ...progress });
}

/** The object; undefined, and noted, where it cannot be read. */
async function readObject(
  task: CopyTask,
  place: { bucket: string; key: string; lastModified?: number | undefined },
  size: number,
): Promise<StoredObject | undefined> {
  const { source, progress, note, writer } = task;
  const { bucket, key } = place;
  try {
    return await source.open({ bucket, key }, { maxBytes: task.range.largest ?? MAX_OBJECT });
  } catch (error) {
    if (!isObjectError(error)) throw error;
    const { code, message } = error;
    progress.unread += 1;
    note({ bucket, key, code, message });
    if (isUnreadCode(code)) await writer.writeUnread({ ...place, size, unread: { code, message } });
    return undefined;
  }
}

/** Whether the copy holds this very object: same size, and written at the same time, by file and sidecar. */
async function isCopied({ root, range }: CopyTask, row: ListedObject): Promise<boolean> {
  const bucket = await locate(root, root.path, [range.bucket], 'folder');
  if (bucket?.kind !== 'folder') return false;
  const place = await locate(root, bucket.path, row.key.split('/'), 'file');
  if (place?.kind !== 'file' || row.lastModified === undefined) return false;
  const sidecar = await readSidecar(place.path + SIDECAR_SUFFIX, row.key);
  if (sidecar === undefined || sidecar.unread !== undefined) return false;
  if (sidecar.size !== row.size || sidecar.lastModified !== row.lastModified) return false;
  return (await lstat(place.path)).size === row.size;
}
