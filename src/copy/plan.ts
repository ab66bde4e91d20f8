/**
 * The ranges to copy, so that a verification of the copy finds the same as one of the bucket: the digests and log files of the
 * window, and all else that a verification of that window looks at on its way there, misfits above all.
 */

import { type Clock, DAY, systemClock } from '../base/clock.ts';
import { isObjectError, TrailVerifyError } from '../base/errors.ts';
import { discover, type Place, type PlaceFolder, type QueryFolder } from '../chain/discover.ts';
import type { Window } from '../chain/list-digests.ts';
import type { RefusedListing } from '../chain/listings.ts';
import { namesLogFile } from '../chain/misfits/look-alikes.ts';
import { isMarker, type Misfit } from '../chain/misfits/misfits.ts';
import { handoversOf } from '../chain/moved-chains.ts';
import { planChains } from '../chain/plan-chains.ts';
import { knownAccounts } from '../chain/refused-listings.ts';
import { accountFolderKey, dayFolder, relocator } from '../digest/digest-key.ts';
import { findResults, MAX_HELD } from '../lake/find-results.ts';
import { MAX_SIGN_FILE, parseSignFile, SIGN_FILE } from '../lake/sign-file.ts';
import { misfitDays } from '../logs/place-coverage.ts';
import { compareKeys, type ListedObject, type Source } from '../source/source.ts';
import type { CopyRange } from './collect.ts';

/** The part of the targets that a copy is to hold. Times are milliseconds since the epoch; an absent list means all. */
export interface CopyScope {
  readonly source: Source;
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Beyond both ends of the window. The digest before the first hour is in the folder of the day before, and log files are
 * delivered before the digest that names them.
 */
const MARGIN = DAY;

/**
 * The ranges of keys to copy so that the window can be verified offline. They hold, of every account and Region in scope, the
 * digests and the log files of every family, in the day folders of the window and one day around it. All trails of a Region are
 * copied, because their log files share the folders. Added to them are the misfits that a verification names (of a folder with
 * more, a range that is cut), the digests that show that a chain began before the window or goes on after it, and the first
 * objects of each folder, so that no folder is lost. Throws what `source.folders` throws, and ACCESS_DENIED
 * for a folder in scope that may not be listed. Throws CONFIGURATION where the search
 * ended before every folder was looked into, because nothing would show what the copy lacks.
 */
export async function* planCopy(scope: CopyScope): AsyncGenerator<CopyRange> {
  const { source, targets, accounts, regions } = scope;
  const inScope = (account: string | undefined, region: string | undefined): boolean =>
    (account === undefined || accounts === undefined || accounts.includes(account)) &&
    (region === undefined || regions === undefined || regions.includes(region));
  const { places, queries, complete, foldersListed, misfits, refused } = await discover({
    source,
    targets,
    inScope,
    looksForMisfits: true,
    known: knownAccounts({ accounts }, [], relocator([])),
  });
  const [denied] = refused.filter(({ isAsked }) => isAsked);
  if (denied !== undefined) throw refusedCopy(denied);
  if (!complete) throw searchEnded(targets, foldersListed);
  const plan = new Plan(scope);
  for (const place of places) {
    for (const folder of place.folders)
      for (const family of folder.families) yield plan.range(place, folder, family);
    yield* plan.outside(place);
  }
  yield* plan.misfits(misfits);
  for (const folder of queries) yield* plan.queries(folder);
}

/** A copy of a part would look like the whole. */
function refusedCopy({ bucket, prefix, reason }: RefusedListing): TrailVerifyError {
  return new TrailVerifyError('ACCESS_DENIED', reason, {
    hint: `grant s3:ListBucket on s3://${bucket}/${prefix}, or name with --account the accounts that may be listed`,
  });
}

/** Objects among the digests of one place that are copied though they are none, and folders named as cut. More would add nothing. */
const MOST_UNRECOGNIZED = 10_000;
const MOST_CUT = 1_000;
/** The parts of a log file's name. */
const LOG_TIME = /_\d{8}T\d{4}Z/;

/** The ranges planned so far, and the further places to copy. */
class Plan {
  readonly #scope: CopyScope;
  readonly #clock: Clock;
  readonly #ranges = new Map<string, CopyRange>();
  /** Objects that are copied by themselves, as `bucket/key`. */
  readonly #single = new Set<string>();
  #cut = 0;

  constructor(scope: CopyScope) {
    this.#scope = scope;
    this.#clock = scope.clock ?? systemClock;
  }

  /** The days of one family and Region. */
  range({ region }: Place, folder: PlaceFolder, family: string): CopyRange {
    const { from, to } = this.#scope;
    const prefix = prefixOf(folder, family, region);
    const range: CopyRange = {
      bucket: folder.bucket,
      prefix,
      region,
      startAfter: from === undefined ? undefined : prefix + dayFolder(from - MARGIN),
      endBefore: to === undefined ? undefined : prefix + dayFolder(to + 2 * MARGIN),
    };
    this.#ranges.set(`${folder.bucket}/${prefix}`, range);
    return range;
  }

  /** The part of a place outside its days that a verification of the window sees; nothing where all of it is copied. */
  async *outside(place: Place): AsyncGenerator<CopyRange> {
    const { source, from, to } = this.#scope;
    if (from === undefined && to === undefined) return;
    const now = this.#clock.now();
    const end = Math.min(to ?? now, now);
    yield* this.#aroundChains(place, { from, to: end });
    const days = { from: dayOf(from ?? end), to: dayOf(end) + 2 * DAY };
    for (const folder of place.folders) {
      const { bucket } = folder;
      for (const family of folder.families) {
        const prefix = prefixOf(folder, family, place.region);
        yield* this.#objects(bucket, await firstObjects(source, bucket, prefix));
        const asLog = family === 'CloudTrail-Digest' ? namesLogFile : (): boolean => true;
        const isListed = (key: string): boolean => this.#isPlanned(bucket, key);
        const found: Misfit[] = [];
        for await (const misfit of misfitDays({ source, bucket, prefix, days, now, asLog, isListed }))
          found.push(misfit);
        yield* this.misfits(found);
      }
    }
  }

  /** The digests next to the window, or to the end of a chain, and the misfits among the digests. */
  async *#aroundChains(place: Place, window: Window): AsyncGenerator<CopyRange> {
    const unrecognized: Misfit[] = [];
    let isCut = false;
    const onUnrecognized = async (bucket: string, object: ListedObject): Promise<void> => {
      if (unrecognized.length >= MOST_UNRECOGNIZED) isCut = true;
      else unrecognized.push({ bucket, object, asLog: namesLogFile(object.key), reason: 'place' });
    };
    const context = { source: this.#scope.source, window, clock: this.#clock, limit: () => {} };
    const chains = await planChains(place, context, [], onUnrecognized);
    yield* this.misfits(unrecognized);
    if (isCut)
      for (const folder of place.folders)
        yield* this.#cutFolder(folder.bucket, prefixOf(folder, 'CloudTrail-Digest', place.region));
    // What shows that a chain moved may be between the window and its end in the former folder.
    const moves = await handoversOf(chains, place, context);
    const around = chains.flatMap(({ above, below, later }) => [above, below, later]);
    for (const digest of [...around, ...moves.flatMap(({ digests }) => digests)])
      if (digest !== undefined && this.#isNew(digest.ref.bucket, digest.ref.key))
        yield { bucket: digest.ref.bucket, prefix: digest.ref.key, endBefore: `${digest.ref.key}\0` };
  }

  /** The query results of the days of the window, those of no day, and the misfits among them. */
  async *queries(folder: QueryFolder): AsyncGenerator<CopyRange> {
    const { source, from, to } = this.#scope;
    const now = this.#clock.now();
    const window = { from, to: Math.min(to ?? now, now) };
    const { sets, misfits, isCut } = await findResults(source, folder, { window, now });
    const { bucket } = folder;
    for (const { key, signFile, objects } of sets)
      yield {
        bucket,
        prefix: key,
        objects: signFile === undefined ? objects : [signFile, ...objects],
        signFile: { bucket, key: key + SIGN_FILE },
        largest: MAX_HELD,
      };
    yield* this.misfits(misfits);
    if (isCut) yield* this.#cutFolder(bucket, folder.within);
  }

  /** Misfits, as far as they are named one by one; a folder that may hold more log data is named as cut. */
  *misfits(misfits: readonly Misfit[]): Generator<CopyRange> {
    const objects = new Map<string, ListedObject[]>();
    for (const { bucket, object, asLog, further } of misfits) {
      if (further === undefined && !isMarker(object)) {
        const found = objects.get(bucket) ?? [];
        objects.set(bucket, found);
        found.push(object);
      } else if (asLog) yield* this.#cutFolder(bucket, object.key);
    }
    for (const [bucket, found] of objects) yield* this.#objects(bucket, found);
  }

  *#cutFolder(bucket: string, prefix: string): Generator<CopyRange> {
    this.#cut += 1;
    if (this.#cut <= MOST_CUT) yield { bucket, prefix, objects: [], isCut: true };
  }

  *#objects(bucket: string, objects: readonly ListedObject[]): Generator<CopyRange> {
    const fresh = objects.filter(({ key }) => this.#isNew(bucket, key));
    if (fresh.length > 0) yield { bucket, prefix: '', objects: fresh };
  }

  /** Whether nothing copies that object so far; from now on something does. */
  #isNew(bucket: string, key: string): boolean {
    const name = `${bucket}/${key}`;
    if (this.#single.has(name) || this.#isPlanned(bucket, key)) return false;
    this.#single.add(name);
    return true;
  }

  /** Whether a range copies that key. */
  #isPlanned(bucket: string, key: string): boolean {
    for (let slash = key.indexOf('/'); slash !== -1; slash = key.indexOf('/', slash + 1)) {
      const range = this.#ranges.get(`${bucket}/${key.slice(0, slash + 1)}`);
      if (range === undefined) continue;
      const { startAfter, endBefore } = range;
      const isAfter = startAfter === undefined || compareKeys(key, startAfter) > 0;
      return isAfter && (endBefore === undefined || compareKeys(key, endBefore) < 0);
    }
    return false;
  }
}

/** Sets of query results whose Regions are looked up, evenly over all of them, and Regions that they may name. */
const MOST_SETS_READ = 100;
const MOST_SET_REGIONS = 16;

/**
 * The Regions that the sign files of some of the planned query results name, for the keys to keep with a copy. Nothing proves them: a
 * key of a wrong Region is of no use, and does no harm. Throws what `source.open` throws, but for what cannot be read.
 */
export async function resultRegions(
  source: Pick<Source, 'open'>,
  plan: readonly CopyRange[],
): Promise<readonly string[]> {
  const signFiles = plan.flatMap(({ signFile }) => signFile ?? []);
  const step = Math.max(1, signFiles.length / MOST_SETS_READ);
  const regions = new Set<string>();
  for (let at = 0; at < signFiles.length && regions.size < MOST_SET_REGIONS; at += step) {
    const ref = signFiles[Math.floor(at)];
    if (ref === undefined) continue;
    try {
      const { bytes } = await source.open(ref, { maxBytes: MAX_SIGN_FILE });
      const { signFile } = parseSignFile(bytes);
      if (signFile !== undefined) regions.add(signFile.region);
    } catch (error) {
      if (!isObjectError(error)) throw error;
    }
  }
  return [...regions];
}

/** The first objects of a folder, which show that it is there: a marker, an object, and a log file, each the first of its kind. */
async function firstObjects(
  source: Source,
  bucket: string,
  prefix: string,
): Promise<readonly ListedObject[]> {
  for await (const [first, ...others] of source.list({ bucket, prefix })) {
    if (first === undefined) continue;
    const page = [first, ...others];
    const object = page.find(({ key }) => !key.endsWith('/'));
    const log = page.find(({ key }) => LOG_TIME.test(key));
    return [first, ...[object, log].filter((one) => one !== undefined)];
  }
  return [];
}

function prefixOf(folder: PlaceFolder, family: string, region: string): string {
  return `${accountFolderKey(folder)}${family}/${region}/`;
}

function dayOf(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

function searchEnded(targets: CopyScope['targets'], foldersListed: number): TrailVerifyError {
  const names = targets.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).join(', ');
  return new TrailVerifyError(
    'CONFIGURATION',
    `the search for trails in ${names} ended after ${foldersListed} folders: there are more`,
    {
      hint: "name the trail's own prefix, for example s3://bucket/prefix, or s3://bucket/AWSLogs/ where it has none",
    },
  );
}
