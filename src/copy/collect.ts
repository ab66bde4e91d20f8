/**
 * A complete copy of a trail's objects in a folder, from which everything can be verified offline:
 *
 *     <folder>/<bucket>/<key>                      each object, byte for byte, with S3's time as its own
 *     <folder>/<bucket>/<key>.s3-metadata.json     what S3 said of it: signatures lie there
 *     <folder>/collect-report.json                 what was copied, what could not be read and why
 *
 * It can be stopped at any time and goes on where it ended.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Clock, isoTime, systemClock } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { limiter } from '../base/flow.ts';
import {
  COLLECT_REPORT,
  type CollectReport,
  type LeftOut,
  MOST_LEFT_OUT,
  readCollectReport,
  type UnreadObject,
  writeCollectReport,
} from '../source/folder/collect-report.ts';
import { openRoot } from '../source/folder/lookup.ts';
import { isPlainSegment } from '../source/folder/path.ts';
import { replaceFile } from '../source/replace-file.ts';
import type { ObjectRef, Source } from '../source/source.ts';
import { type CollectProgress, type CopyRange, copyRange } from './range.ts';
import { openCopyWriter, outputError } from './writer.ts';

/** What to copy and where to. Times are milliseconds since the epoch and only noted; `plan` says what is copied. */
export interface CollectOptions {
  readonly source: Source;
  /** Made if absent; must be empty or a copy made before. */
  readonly folder: string;
  /** What to list, without overlaps; every object in it is copied. */
  readonly plan: AsyncIterable<CopyRange> | Iterable<CopyRange>;
  readonly from?: number;
  readonly to?: number;
  /** Objects read at once (default 32). */
  readonly concurrency?: number;
  /** Further files for the folder itself, by name: `keys.jsonl`, `trail.json`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CollectProgress) => void;
  readonly clock?: Clock;
}

/** Case twins that are told one by one. */
const MOST_TWINS = 1_000;
const CONCURRENCY = 32;
/** Listings at once: a plan is mostly day folders, each less than a page. */
const LISTINGS = 8;

/**
 * Copies all objects of the plan. What cannot be read is noted in the report and not fatal. Throws OUTPUT_NOT_USABLE,
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
    buckets: [...buckets].sort(),
    objects: progress.copied + progress.skipped,
    skipped: progress.skipped,
    bytes: progress.bytes,
    unread: [...unread].sort((left, right) =>
      `${left.bucket}/${left.key}` < `${right.bucket}/${right.key}` ? -1 : 1,
    ),
    ...(leftOut.length === 0 ? {} : { leftOut }),
    ...(caseTwins.length === 0 ? {} : { caseTwins }),
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
    // The first failure is the one to tell of, even where the report cannot be written either.
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
  // One at a time, for not every iterator can be asked again before it has answered.
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

/** Makes the folder and returns the buckets that an earlier copy in it holds. */
async function prepareFolder(folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true });
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
