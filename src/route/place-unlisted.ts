/** Objects of a place that no digest lists: files among its digests, log files in its days, and what cannot be decided of them. */

import type { Interval } from '../chain/coverage.ts';
import { placeOf } from '../chain/digest-queue.ts';
import type { Place } from '../chain/discover.ts';
import type { ChainPlan, RunContext, Window } from '../chain/list-digests.ts';
import { namesLogFile } from '../chain/misfits/look-alikes.ts';
import { misfitFinding } from '../chain/misfits/misfits.ts';
import { accountFolderKey, type Chain } from '../digest/digest-key.ts';
import type { Finding, FindingOf } from '../findings/finding.ts';
import { LateLookup, type PlaceCoverage } from '../logs/place-coverage.ts';
import { UnlistedLogs } from '../logs/unlisted-logs.ts';
import { earlierLimit, undecidedLimit } from '../report/describe-run.ts';
import type { ListedObject } from '../source/source.ts';
import type { PlaceReview } from '../state/place-review.ts';

/** Objects among the digests that are remembered as reported, for the levels above them may show them again. */
const MOST_REPORTED = 10_000;

/** Log files that no place could decide, over all places of a run. */
export class NeverDecided {
  #count = 0;
  /** The earliest of the days before the oldest digest, by folder of a family and Region. */
  readonly #earlier = new Map<string, string>();

  /** Counts a log file that only a digest still to come can name, or one from before the first. */
  count(): void {
    this.#count += 1;
  }

  /** Takes note of the days before the oldest digest that hold log files (see `SearchAids.onEarlier`). */
  before(folder: string, path: string): void {
    const known = this.#earlier.get(folder);
    if (known === undefined || path < known) this.#earlier.set(folder, path);
  }

  /** Reports undecided log files, and those from before the digests, as limits. */
  tell(limit: RunContext['limit']): void {
    if (this.#count > 0) limit('LOGS_UNDECIDED', undecidedLimit(this.#count));
    if (this.#earlier.size > 0) limit('LOGS_BEFORE_DIGESTS', earlierLimit([...this.#earlier.values()]));
  }
}

/** The objects of one place that CloudTrail cannot have written, where its digests and days are listed. */
export class PlaceMisfits {
  readonly #context: RunContext;
  /** Those that were reported, by bucket and key. */
  readonly #reported = new Set<string>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** The finding about an object among the digests; undefined where it was reported. */
  among(bucket: string, object: ListedObject): Finding | undefined {
    const place = `${bucket}/${object.key}`;
    if (this.#reported.has(place)) return undefined;
    if (this.#reported.size < MOST_REPORTED) this.#reported.add(place);
    const misfit = { bucket, object, asLog: namesLogFile(object.key), reason: 'place' } as const;
    return misfitFinding(misfit, this.#context.relocations);
  }

  /** Whether an object was reported. */
  has(bucket: string, key: string): boolean {
    return this.#reported.has(`${bucket}/${key}`);
  }

  /** The findings about what the listing of a run with a state has met. */
  *listed(review: PlaceReview | undefined): Generator<Finding> {
    for (const misfit of review?.misfits ?? [])
      if (!this.has(misfit.bucket, misfit.object.key)) yield misfitFinding(misfit, this.#context.relocations);
  }
}

/** What decides where in a place unlisted log files are looked for, and which are reported. */
export interface UnlistedSearch {
  readonly place: Place;
  readonly context: RunContext;
  readonly coverage: PlaceCoverage;
  /** The windows that are read; undefined for all of the run's own. */
  readonly windows: readonly Window[] | undefined;
  readonly review: PlaceReview | undefined;
  readonly misfits: PlaceMisfits;
  readonly undecided: NeverDecided;
  /** The account folders that no finding is about (`untoldFolders`). */
  readonly unreported: ReadonlyMap<string, number>;
}

/** The search for unlisted log files of one place. */
export function unlistedLogs(search: UnlistedSearch): UnlistedLogs {
  const { place, context, coverage, windows, review, misfits, undecided, unreported } = search;
  return new UnlistedLogs(place, context, coverage, openEnded(windows), review?.judged, {
    lookup: new LateLookup(place.folders, place.region, context),
    isReported: (bucket, key, prefix) => misfits.has(bucket, key) || review?.hasListed(key, prefix) === true,
    unreported,
    onUndecided: () => undecided.count(),
    onEarlier: (folder, path) => undecided.before(folder, path),
  });
}

function openEnded(windows: readonly Window[] | undefined): readonly Partial<Interval>[] | undefined {
  // A window without a beginning is searched as far as coverage goes, as ever.
  if (windows === undefined || windows.some(({ from }) => from === undefined)) return undefined;
  return windows.map(({ from = 0, to }) => ({ from, to }));
}

/**
 * The account folders of a place that no finding is about, and from when on (milliseconds since the epoch): no later digest of a chain
 * in scope is judged there, and no finding says that there is none. Other digests may be there: their names prove nothing.
 */
export function unreportedFolders(
  place: Place,
  plans: readonly ChainPlan[],
  absent: readonly FindingOf<'CHAIN_ABSENT'>[],
  isInScope: (chain: Chain) => boolean,
): ReadonlyMap<string, number> {
  const unreported = new Map<string, number>();
  for (const folder of place.folders) {
    const name = `${folder.bucket}/${accountFolderKey(folder)}`;
    if (absent.some(({ object }) => placeOf(object).startsWith(name))) continue;
    let newest = Number.NEGATIVE_INFINITY;
    for (const { chain, listed } of plans) {
      if (!isInScope(chain)) continue;
      for (const { ref, endTime } of listed)
        if (endTime > newest && placeOf(ref).startsWith(name)) newest = endTime;
    }
    unreported.set(name, newest);
  }
  return unreported;
}
