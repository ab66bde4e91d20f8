/**
 * What of a place is to be read: what is new since the checkpoint, the days whose listing changed or holds what was written too
 * late to be decided then, and a sample of the others. Objects that a listing shows and the checkpoint did not decide are in a
 * window that is read.
 *
 *     days    01  02  03  04  05  06  07
 *     listing =   =   !=  =   =   =   +      = as it was, != changed, + grown
 *     windows        [--]            [----   down to the checkpoint and four hours on
 */

import { DAY, HOUR } from '../base/clock.ts';
import { largest, partition, smallest } from '../base/lists.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD, type Interval, union } from '../chain/coverage.ts';
import { type ListedDigest, placeOf } from '../chain/digest-queue.ts';
import type { ChainPlan, Window } from '../chain/list-digests.ts';
import { sha256 } from '../crypto/hash.ts';
import { type Chain, chainId, NAME_SLACK } from '../digest/digest-key.ts';
import { NAME_PRECISION, WRITE_SLACK } from '../logs/unlisted-logs.ts';
import type { ChainCheckpoint, Checkpoint, DayRecord, PlaceCheckpoint } from './checkpoint.ts';
import { type DayListing, EMPTY_DAY } from './list-days.ts';

/**
 * How far below the checkpoint a run reads again: the log files around its end have a digest on either side, and a file
 * is only held unlisted where it is an hour after the beginning and three before the end of what was read.
 */
export const OVERLAP: number = HOUR + DELIVERY_GRACE;

/** How far above the beginning of what is read a log file must be named to be held unlisted by its name alone. */
const HELD_ABOVE = NAME_PRECISION;
/** How far below a day what may name the files of its folder begins: a name may be of the day before, and is not precise. */
const NAMED_BELOW = 2 * NAME_SLACK;

/** A day of which fewer objects are left. */
export interface ShrunkDay {
  readonly day: string;
  readonly before: DayRecord;
  readonly now: Pick<DayRecord, 'digests' | 'logs'>;
}

/** What to read of a place, and why. `windows` are newest first and apart; days are dates, oldest first. */
export interface Review {
  /** False where no checkpoint proves anything: the whole window is read. */
  readonly isKnown: boolean;
  readonly windows: readonly Window[];
  /** Whether anything is gone or changed that was there at the checkpoint: then no link to it from elsewhere is as it was. */
  readonly hasLoss: boolean;
  readonly changed: readonly string[];
  readonly sampled: readonly string[];
  readonly unchanged: number;
  readonly shrunk: readonly ShrunkDay[];
}

/** What a review is planned from. */
export interface ReviewInput {
  readonly window: Window;
  readonly plans: readonly ChainPlan[];
  readonly known: PlaceCheckpoint | undefined;
  /** Undefined where older days are not listed again. */
  readonly listing: DayListing;
  /** False where nothing makes `known` trusted: it adds findings, and everything is read. */
  readonly isTrusted: boolean;
  /** False where only days from the checkpoint on were listed. */
  readonly relisted: boolean;
  readonly isDrawn: (day: string) => boolean;
}

/** Plans what of a place is read. */
export function planReview(input: ReviewInput): Review {
  const { window, plans, known, listing, isTrusted, relisted, isDrawn } = input;
  const whole: Review = {
    isKnown: false,
    windows: [window],
    hasLoss: false,
    changed: [],
    sampled: [],
    unchanged: 0,
    shrunk: [],
  };
  const top = known === undefined ? undefined : topOf(known, window);
  if (known === undefined || top === undefined) return whole;
  // However late the window begins, what is new is proven down to the checkpoint.
  const lower = Math.min(window.from ?? Number.NEGATIVE_INFINITY, top);
  const changed: string[] = [];
  const sampled: string[] = [];
  /** Days as they were, with what was left undecided then. */
  const open: string[] = [];
  const shrunk: ShrunkDay[] = [];
  let unchanged = 0;
  let hasLoss = false;
  for (const day of relisted ? daysOf(known, listing) : []) {
    const begin = Date.parse(day);
    if (!(begin + DAY > lower)) continue;
    const before = known.days[day];
    const now = listing.days.get(day);
    const isRecent = begin + DAY > top;
    const isSame = now?.isAsBefore ?? isEmpty(before);
    // What comes to a recent day is new; named as of time below what is read again, or right above, nobody would judge it.
    const isBelow = (named: number | undefined): boolean =>
      named !== undefined && (!isRecent || named < top + HELD_ABOVE);
    if (!isSame) hasLoss = true;
    if (!isSame || isBelow(now?.addedFrom)) changed.push(day);
    else if (isBelow(now?.openFrom)) open.push(day);
    else if (begin < top && isDrawn(day)) sampled.push(day);
    else if (!isRecent) unchanged += 1;
    const left = { digests: now?.record.digests ?? 0, logs: now?.record.logs ?? 0 };
    if (before !== undefined && (left.digests < before.digests || left.logs < before.logs))
      shrunk.push({ day, before, now: left });
  }
  const wanted: Interval[] = [{ from: top, to: window.to }];
  for (const chain of known.chains) {
    const end = Date.parse(chain.last.end);
    if (chain.kind === 'standard' && end - OVERLAP < top)
      wanted.push({ from: end - OVERLAP, to: Math.max(end, newestOf(plans, chain.id)) });
  }
  for (const day of [...changed, ...open, ...sampled]) wanted.push(...windowsOf(day, known));
  // The state's knowledge of the days is reported even where it saves nothing.
  const isAnew =
    hasNewChain(plans, known) || hasOlderDigest(plans, known) || hasNewFolder(plans, known, listing);
  if (!isTrusted || isAnew) return { ...whole, changed, shrunk };
  const windows = apart(
    wanted.map(({ from, to }) => ({ from: Math.max(from, lower), to: Math.min(to, window.to) })),
  ).toReversed();
  return { isKnown: true, windows, hasLoss, changed, sampled, unchanged, shrunk };
}

/** The union of windows of which no two are so near each other that one digest reaches into both. */
function apart(windows: readonly Interval[]): readonly Interval[] {
  const reaches = windows
    .filter(({ from, to }) => from < to)
    .map(({ from, to }) => ({ from, to: to + DIGEST_PERIOD }));
  return union(reaches).map(({ from, to }) => ({ from, to: to - DIGEST_PERIOD }));
}

function isEmpty(day: DayRecord | undefined): boolean {
  return day === undefined || (day.sha256 === EMPTY_DAY && (day.fresh ?? []).length === 0);
}

/** Whether a day is drawn for reading again: alike for everybody who knows the seed. */
export function isDrawnBy(
  sample: { readonly rate: number; readonly seed: string } | undefined,
  place: string,
): (day: string) => boolean {
  return (day: string): boolean => {
    if (sample === undefined) return false;
    const draw = Number.parseInt(sha256(Buffer.from(`${sample.seed}/${place}/${day}`)).slice(0, 12), 16);
    return draw / 2 ** 48 < sample.rate;
  };
}

/** From when on everything is read: the newest checkpoint less the overlap; undefined where no hourly chain is known. */
export function topOf(known: PlaceCheckpoint, window: Window): number | undefined {
  const ends = standardOf(known).map(({ last }) => Date.parse(last.end));
  return ends.length === 0 ? undefined : Math.min(largest(ends) - OVERLAP, window.to);
}

/**
 * From when on a place is read after `checkpoint`, in milliseconds since the epoch; undefined where it says nothing of the place, or
 * nothing of `chain`. It is what the listing of a run may show to be less: days that have changed are read as well.
 */
export function readSince(
  { places }: Pick<Checkpoint, 'places'>,
  { account, region }: Pick<PlaceCheckpoint, 'account' | 'region'>,
  window: Window,
  chain?: Chain,
): number | undefined {
  const known = places.find((place) => place.account === account && place.region === region);
  if (known === undefined) return undefined;
  const isKnown = chain === undefined || known.chains.some(({ id }) => id === chainId(chain));
  const top = isKnown ? topOf(known, window) : undefined;
  return top !== undefined && top > (window.from ?? Number.NEGATIVE_INFINITY) ? top : undefined;
}

/**
 * Up to which time of writing everything was decided at the checkpoint (milliseconds since the epoch): what a chain may have
 * named since was still to come. A chain that had ended long before names nothing more.
 */
export function decidedAt(known: PlaceCheckpoint, window: Window): number {
  const top = topOf(known, window);
  if (top === undefined) return Number.POSITIVE_INFINITY;
  const ends = standardOf(known).map(({ last }) => Date.parse(last.end));
  return smallest(ends.filter((end) => end >= top)) - WRITE_SLACK;
}

/** Where the digests end that may name a log file of `day`, by default: two hours before it to two hours after it. */
export function defaultSpan(day: string): Interval {
  const begin = Date.parse(day);
  return { from: begin - NAMED_BELOW, to: begin + DAY + 2 * HOUR };
}

function windowsOf(day: string, known: PlaceCheckpoint): readonly Interval[] {
  const late = known.late[day];
  const usual = defaultSpan(day);
  // Digests end within a late span, so the hour before it belongs to them.
  return late === undefined
    ? [usual]
    : [usual, { from: Date.parse(late.from) - HOUR, to: Date.parse(late.to) + HOUR }];
}

function standardOf({ chains }: PlaceCheckpoint): readonly ChainCheckpoint[] {
  return chains.filter(({ kind }) => kind === 'standard');
}

function hasNewChain(plans: readonly ChainPlan[], known: PlaceCheckpoint): boolean {
  return plans.some(
    ({ chain, listed }) =>
      chain.kind === 'standard' && listed.length > 0 && !known.chains.some(({ id }) => id === chainId(chain)),
  );
}

/** Whether a digest is below the part of its chain that was read: it came later, because a chain begins with its first digest. */
function hasOlderDigest(plans: readonly ChainPlan[], known: PlaceCheckpoint): boolean {
  return standardOf(known).some(({ id, since }) =>
    plans.some(
      ({ chain, listed }) =>
        chainId(chain) === id && listed.some(({ endTime }) => endTime < Date.parse(since)),
    ),
  );
}

/**
 * Whether a chain has come to a folder since in which log files lay before: nobody could say of those then that no digest names
 * them.
 */
function hasNewFolder(
  plans: readonly ChainPlan[],
  known: PlaceCheckpoint,
  { settledFolders }: DayListing,
): boolean {
  return standardOf(known).some(({ id, last }) => {
    const listed = plans.find(({ chain }) => chainId(chain) === id)?.listed ?? [];
    const [old, added] = partition(listed, ({ endTime }) => endTime <= Date.parse(last.end));
    const before = new Set(old.map(folderOf));
    return added.map(folderOf).some((folder) => !before.has(folder) && settledFolders.has(folder));
  });
}

/** The account folder of a digest. */
function folderOf({ ref }: ListedDigest): string {
  const place = placeOf(ref);
  return place.slice(0, place.lastIndexOf('/CloudTrail-Digest/') + 1);
}

function newestOf(plans: readonly ChainPlan[], id: string): number {
  const plan = plans.find(({ chain }) => chainId(chain) === id);
  return largest((plan?.listed ?? []).map(({ endTime }) => endTime));
}

function daysOf(known: PlaceCheckpoint, listing: DayListing): readonly string[] {
  return [...new Set([...Object.keys(known.days), ...listing.days.keys()])].sort();
}
