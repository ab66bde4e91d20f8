import { join } from 'node:path';
import { strictJson } from '../../base/json.ts';
import { replaceFile } from '../given-file.ts';
import type { ObjectRef } from '../source.ts';
import { readSmallFile } from './object-file.ts';

/** The report of a collected copy, in the copy's own folder. */
export const COLLECT_REPORT = 'collect-report.json';

/** Far more than the report of any copy with millions of refused objects. */
const LONGEST_REPORT = 512 * 1024 * 1024;

/** Folders that are named as left out; more names would add nothing. */
export const MOST_LEFT_OUT = 1_000;

/** An object that was listed but is not in the copy, and why. */
export interface UnreadObject {
  readonly bucket: string;
  readonly key: string;
  readonly code: string;
  readonly message: string;
}

/** A folder of a bucket, or all keys that begin so, of which something is not in the copy. */
export interface LeftOut {
  readonly bucket: string;
  readonly prefix: string;
}

/** The result of a collection. Times are ISO 8601 UTC; `window` is the window that was asked for, null where it was open. */
export interface CollectReport {
  readonly schema: 'trail-verify/collect/v1';
  readonly source: string;
  /** False until everything that was planned is copied or listed in `unread`. */
  readonly complete: boolean;
  readonly started: string;
  readonly finished: string | null;
  readonly window: { readonly from: string | null; readonly to: string | null };
  readonly buckets: readonly string[];
  /** Objects in the copy, of which `skipped` were there before. */
  readonly objects: number;
  readonly skipped: number;
  readonly bytes: number;
  readonly unread: readonly UnreadObject[];
  /** Folders that hold more than is copied of them, above all misfits beyond those that a verification names one by one. Up to 1,000. */
  readonly leftOut?: readonly LeftOut[] | undefined;
  /** Objects whose keys differ from another's by letter case only, up to 1,000; some file systems hold one of such names alone. */
  readonly caseTwins?: readonly ObjectRef[] | undefined;
}

/** Writes the report, whole or not at all; rejects with the file system's error. */
export async function writeCollectReport(folder: string, report: CollectReport): Promise<void> {
  await replaceFile(join(folder, COLLECT_REPORT), `${JSON.stringify(report, null, 2)}\n`);
}

/** The content of a folder's report; undefined where there is none, or none that can be read. */
export async function readCollectReport(
  folder: string,
): Promise<Pick<CollectReport, 'complete' | 'window' | 'buckets' | 'leftOut'> | undefined> {
  const file = await readSmallFile(join(folder, COLLECT_REPORT), LONGEST_REPORT);
  if (file === undefined) return undefined;
  const read = strictJson(file);
  const report = 'value' in read ? read.value : undefined;
  if (typeof report !== 'object' || report === null) return undefined;
  // Every field is read as unknown and checked.
  const { schema, complete, buckets, window, leftOut } = report as Readonly<Record<string, unknown>>;
  if (schema !== 'trail-verify/collect/v1' || !Array.isArray(buckets)) return undefined;
  const { from, to } = (window ?? {}) as Readonly<Record<string, unknown>>;
  return {
    complete: complete === true,
    window: { from: typeof from === 'string' ? from : null, to: typeof to === 'string' ? to : null },
    buckets: buckets.filter((bucket) => typeof bucket === 'string'),
    leftOut: Array.isArray(leftOut) ? leftOut.filter(isLeftOut).slice(0, MOST_LEFT_OUT) : [],
  };
}

function isLeftOut(value: unknown): value is LeftOut {
  if (typeof value !== 'object' || value === null) return false;
  const { bucket, prefix } = value as Readonly<Record<string, unknown>>;
  return typeof bucket === 'string' && typeof prefix === 'string';
}
