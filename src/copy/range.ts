import { lstat } from 'node:fs/promises';
import { isObjectError } from '../base/errors.ts';
import type { Limiter } from '../base/flow.ts';
import type { UnreadObject } from '../source/folder/collect-report.ts';
import { type CopyRoot, locate } from '../source/folder/lookup.ts';
import { SIDECAR_SUFFIX } from '../source/folder/path.ts';
import { isUnreadCode, readSidecar } from '../source/folder/sidecar.ts';
import { compareKeys } from '../source/key-order.ts';
import type { ListedObject, ListRequest, Source, StoredObject } from '../source/source.ts';
import type { CopyWriter } from './writer.ts';

/** A stretch of a bucket's keys: those that begin with `prefix`, after `startAfter` and before `endBefore`. */
export interface CopyRange extends ListRequest {
  readonly endBefore?: string;
  /** The objects of it, where they are known: then nothing is listed. */
  readonly objects?: readonly ListedObject[];
  /** There are more than are copied, and whoever reads the copy must know. */
  readonly isCut?: true;
  /** The Region whose trails lie there. */
  readonly region?: string;
}

/** Where a collection stands, in objects; `bytes` are those read now. */
export interface CollectProgress {
  readonly listed: number;
  readonly copied: number;
  readonly skipped: number;
  readonly unread: number;
  readonly bytes: number;
}

/** What copying one range needs, and the counts it adds to. */
export interface CopyTask {
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

/** A log file has at most 50 MB uncompressed; whatever is larger was not written by CloudTrail. */
const MAX_OBJECT = 64 * 1024 * 1024;

/** Copies every object of one range that is not in the copy already. Returns early when stopped. */
export async function copyRange(task: CopyTask): Promise<void> {
  const { source, range, limit, progress, isStopped } = task;
  for await (const page of range.objects === undefined ? source.list(range) : [range.objects]) {
    const rows = page.filter(
      ({ key }) => range.endBefore === undefined || compareKeys(key, range.endBefore) < 0,
    );
    progress.listed += rows.length;
    const copies = rows.map((row) => limit(() => (isStopped() ? Promise.resolve() : copyObject(task, row))));
    // All must have ended before the first failure is told: none may go on writing behind the caller's back.
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
    const place = { bucket: range.bucket, key, ...(lastModified === undefined ? {} : { lastModified }) };
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
  place: { bucket: string; key: string; lastModified?: number },
  size: number,
): Promise<StoredObject | undefined> {
  const { source, progress, note, writer } = task;
  const { bucket, key } = place;
  try {
    return await source.open({ bucket, key }, { maxBytes: MAX_OBJECT });
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
