import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { strictJson } from '../../base/json.ts';
import { shellWord } from '../../base/shell-word.ts';
import { replaceFile } from '../given-file.ts';
import type { ObjectRef } from '../source.ts';
import { type Entry, type ReadOptions, readEntries } from './entries.ts';
import { type CopyRoot, namesBelow } from './lookup.ts';
import { readSmallFile } from './object-file.ts';
import { readNames } from './path.ts';

/**
 * Where in a folder trails are: every `AWSLogs` folder, and all else that has CloudTrail's name. Other code decides which of
 * them is verified. All others must be reported. Otherwise genuine originals in the one place would hide changed ones in
 * another.
 */

/** An `AWSLogs` folder of a copy; `key` is its path below the copy's folder, with `/` between and behind. */
export interface LogTree {
  readonly path: string;
  readonly key: string;
}

/** Folders and files of CloudTrail outside the buckets that are verified; `key` as for `LogTree`, of a file without `/` behind. */
interface Outside {
  readonly kind: 'tree' | 'file';
  readonly key: string;
}

/** The result of a search of a folder; `complete` where nothing was left out. */
interface Searched<Found> {
  readonly found: readonly Found[];
  readonly complete: boolean;
  readonly folders: number;
}

/** Folders opened in one search: some seconds of work, and far more than there are above the trails of any bucket. */
const MOST_FOLDERS = 20_000;
/** Found things that are named one by one. */
const MOST_FOUND = 1_000;
const AWS_LOGS = 'AWSLogs';
/** Kinds of file that people keep next to a copy, `cloudtrail-keys.jsonl` for one, and that no reader of trails reads. */
const NO_TRAIL = /\.(?:jsonl|pem|txt|md|csv|html)$/i;

/** The `AWSLogs` folders of a copy that are in no other. */
export function findTrees(root: CopyRoot): Promise<Searched<LogTree>> {
  const judge = (entry: Entry, key: string): Verdict<LogTree> => {
    if (!entry.folder) return 'pass';
    return entry.segment === AWS_LOGS ? { path: entry.path, key } : 'enter';
  };
  return search(root, judge, (key) => key, { look: 'names', onUnread: () => {} });
}

/**
 * Folders and files of CloudTrail outside the folders at `bases`, which are verified: folders named like `AWSLogs` or
 * CloudTrail's, in any letter case, and files named like CloudTrail's. Within those, everything that is in no `AWSLogs` folder:
 * folders that differ from it in letter case, files named as CloudTrail names its own, and log data in folders that pass for a
 * trail's. Everywhere the folders that are not entered, unless their names are of a kind that no reader of trails reads.
 */
export function findOutside(root: CopyRoot, bases: Iterable<string>): Promise<Searched<Outside>> {
  const chosen = new Set(bases);
  // The first folder takes the place of a bucket, unless the copy's own is one.
  const keyOf = (key: string): string =>
    chosen.has(root.path) ? root.above + key : key.slice(key.indexOf('/') + 1);
  /** The names below the folder that is verified; undefined outside of all. */
  const namesInside = (path: string): readonly string[] | undefined => {
    for (const base of chosen) {
      const names = namesBelow(base, path);
      if (names !== undefined) return names;
    }
    return undefined;
  };
  const judge = (entry: Entry, key: string): Verdict<Outside> => {
    const names = namesInside(entry.path);
    const inside = names !== undefined;
    if (entry.folder) {
      if (inside && entry.segment === AWS_LOGS) return 'pass';
      if (likeAwsLogs(entry.segment)) return { kind: 'tree', key };
      return !inside && likeCloudTrail(entry.segment) ? { kind: 'tree', key } : 'enter';
    }
    const isTrail =
      likeAwsLogs(entry.segment) ||
      // A link may be one of a person's own files.
      entry.closed === 'folder' ||
      (!NO_TRAIL.test(entry.segment) &&
        (entry.closed === 'link' || (inside ? passesForTrail(names) : likeCloudTrail(entry.segment))));
    return isTrail ? { kind: 'file', key } : 'pass';
  };
  // A file that only has the name of another's metadata may hold events: it is looked into.
  return search(root, judge, keyOf, { look: 'whole' });
}

/** How CloudTrail names its files, and the endings of it and its copies. */
const OWN_NAME = /_cloudtrail(?:-[a-z0-9]+)?_/;
const LOG_DATA = /\.(?:json|gz)(?:\.[^.]*)?$/i;
const FAMILY = /^cloudtrail(?:-(?:digest|insight|networkactivity|aggregated))?$/;
/** A Region, as in us-east-1 or us-gov-west-1. */
const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d+$/;

/** Whether a file of a bucket that is in no `AWSLogs` folder may be taken for a trail's, by its path: a prefix may have any name. */
function passesForTrail(names: readonly string[]): boolean {
  const folded = names.map(fold);
  const file = folded.pop() ?? '';
  if (OWN_NAME.test(file)) return true;
  const isInTree = folded.some(
    (name, at) => name.includes('awslogs') || (FAMILY.test(name) && REGION.test(folded[at + 1] ?? '')),
  );
  return isInTree && LOG_DATA.test(names.at(-1) ?? '');
}

function likeAwsLogs(segment: string): boolean {
  return fold(segment) === 'awslogs';
}

function likeCloudTrail(segment: string): boolean {
  return fold(segment).includes('cloudtrail');
}

/** A name as a careless reader or another file system takes it: without letter case, look-alike forms, dots, spaces and invisible characters. */
function fold(segment: string): string {
  const read = readNames([segment], 'folder');
  const file = readNames([segment], 'file');
  const plain = read.kind === 'escaped' ? read.segment : file.kind === 'escaped' ? file.segment : segment;
  return plain
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s.\u00ad\u200b-\u200f\u2060\ufeff]/g, '');
}

type Verdict<Found extends object> = Found | 'enter' | 'pass';

/**
 * Goes through the folders breadth first; `keyOf` gives the key in its bucket of a path below the copy's folder. Throws
 * ACCESS_DENIED where the copy's own folder may not be read.
 */
async function search<Found extends object>(
  root: CopyRoot,
  judge: (entry: Entry, key: string) => Verdict<Found>,
  keyOf: (key: string) => string,
  how: ReadOptions,
): Promise<Searched<Found>> {
  const found: Found[] = [];
  const seen = new Set<string>();
  const queue: { readonly path: string; readonly key: string }[] = [{ path: root.path, key: '' }];
  let folders = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    // A link may lead to a folder that is searched by its own name as well.
    const real = await realpath(next.path).catch(() => next?.path ?? '');
    if (seen.has(real)) continue;
    seen.add(real);
    if (folders >= MOST_FOLDERS || found.length >= MOST_FOUND) return { found, complete: false, folders };
    folders += 1;
    for (const entry of await readEntries(root, next.path, keyOf(next.key), how)) {
      const key = `${next.key}${entry.segment}${entry.folder ? '/' : ''}`;
      const verdict = judge(entry, key);
      if (verdict === 'enter') queue.push({ path: entry.path, key });
      else if (verdict !== 'pass') found.push(verdict);
    }
  }
  return { found, complete: true, folders };
}

/**
 * Proven digests in a place where neither reading of a folder puts them. `aws s3 sync s3://bucket/security folder` leaves the
 * prefix out, and people name the folders of several buckets as they like. None of that is tampering, and the program guesses
 * nothing.
 */

/** A folder below the copy's own, and which bucket and prefix its digests were signed for; both end in `/` or are ''. */
export interface Elsewhere {
  readonly folder: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** Ways that are shown. */
const MOST_SHOWN = 5;

/** The path in front of the part that a key of the copy and the proven place have in common from `AWSLogs` on. */
export function elsewhereOf(key: string, place: ObjectRef): Elsewhere | undefined {
  const at = place.key.lastIndexOf('AWSLogs/');
  const tail = place.key.slice(at);
  if (at === -1 || !key.endsWith(tail)) return undefined;
  const folder = key.slice(0, -tail.length);
  return { folder, bucket: place.bucket, prefix: place.key.slice(0, at) };
}

/** The refusal that names the proven digests and how each group is verified. */
export function allElsewhere(root: CopyRoot, found: Iterable<Elsewhere>): TrailVerifyError {
  const all = [...found].sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const shown = all.slice(0, MOST_SHOWN);
  const places = shown.map(({ folder, bucket, prefix }) => `${folder}AWSLogs of s3://${bucket}/${prefix}`);
  const more = all.length > shown.length ? `, and ${all.length - shown.length} more` : '';
  return new TrailVerifyError(
    'CONFIGURATION',
    `${root.path} is laid out neither as a bucket nor as a folder of buckets; its digests prove ${places.join(', ')}${more}`,
    { hint: `verify each in its own way: ${shown.map((one) => wayOf(root, one)).join(' or ')}` },
  );
}

function wayOf(root: CopyRoot, { folder, bucket, prefix }: Elsewhere): string {
  const hasPrefix = `/${folder}`.endsWith(`/${prefix}`);
  const top = hasPrefix ? folder.slice(0, folder.length - prefix.length) : folder;
  const command = `trail-verify verify ${shellWord(join(root.path, top.slice(0, -1)))}`;
  return hasPrefix ? command : `${command} --copy-of ${shellWord(`s3://${bucket}/${prefix.slice(0, -1)}`)}`;
}

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

/** What a copy was limited to; an empty list is no limit. */
export interface CopyScope {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly trails: readonly string[];
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
  /** Accounts, Regions and trails that the copy was limited to; absent where it was not. */
  readonly scope?: CopyScope | undefined;
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
): Promise<Pick<CollectReport, 'complete' | 'window' | 'scope' | 'buckets' | 'leftOut'> | undefined> {
  const file = await readSmallFile(join(folder, COLLECT_REPORT), LONGEST_REPORT);
  if (file === undefined) return undefined;
  const read = strictJson(file);
  const report = 'value' in read ? read.value : undefined;
  if (typeof report !== 'object' || report === null) return undefined;
  // Every field is read as unknown and checked.
  const { schema, complete, buckets, window, scope, leftOut } = report as Readonly<Record<string, unknown>>;
  if (schema !== 'trail-verify/collect/v1' || !Array.isArray(buckets)) return undefined;
  const { from, to } = (window ?? {}) as Readonly<Record<string, unknown>>;
  return {
    complete: complete === true,
    window: { from: typeof from === 'string' ? from : null, to: typeof to === 'string' ? to : null },
    scope: readScope(scope),
    buckets: buckets.filter((bucket) => typeof bucket === 'string'),
    leftOut: Array.isArray(leftOut) ? leftOut.filter(isLeftOut).slice(0, MOST_LEFT_OUT) : [],
  };
}

/** Names of a scope that are read; a limit of the report names fewer. */
const MOST_NAMES = 100;
/** Trail names have up to 128 characters, and all others fewer. */
const LONGEST_NAME = 128;

function readScope(value: unknown): CopyScope | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { accounts, regions, trails } = value as Readonly<Record<string, unknown>>;
  const names = (of: unknown): readonly string[] =>
    Array.isArray(of)
      ? of.filter((name) => typeof name === 'string' && name.length <= LONGEST_NAME).slice(0, MOST_NAMES)
      : [];
  return { accounts: names(accounts), regions: names(regions), trails: names(trails) };
}

function isLeftOut(value: unknown): value is LeftOut {
  if (typeof value !== 'object' || value === null) return false;
  const { bucket, prefix } = value as Readonly<Record<string, unknown>>;
  return typeof bucket === 'string' && typeof prefix === 'string';
}
