/**
 * What of a place is to be read: what is new since the checkpoint, the days whose listing changed, and a sample of the
 * others.
 *
 *     days    01  02  03  04  05  06  07
 *     listing =   =   !=  =   =   =   +      = as it was, != changed, + grown
 *     windows        [--]            [----   down to the checkpoint and four hours on
 */
import { DELIVERY_GRACE } from '../chain/cadence.ts';
import type { ChainPlan, Window } from '../chain/chain-plan.ts';
import { type Interval, union } from '../chain/coverage.ts';
import { DAY, HOUR } from '../clock.ts';
import { sha256 } from '../crypto/sha256.ts';
import { chainId } from '../digest/chain-id.ts';
import { largest, smallest } from '../long-lists.ts';
import type { ChainCheckpoint, DayRecord, PlaceCheckpoint } from './checkpoint.ts';
import { type DayListing, EMPTY_DAY } from './list-days.ts';

/**
 * How far below the checkpoint a run reads again: the log files around its end have a digest on either side, and a file
 * is only held unlisted where it lies an hour after the beginning and three before the end of what was read.
 */
export const OVERLAP: number = HOUR + DELIVERY_GRACE;

/** A day of which fewer objects are left. */
export interface ShrunkDay {
  readonly day: string;
  readonly before: DayRecord;
  readonly now: Pick<DayRecord, 'digests' | 'logs'>;
}

/** What to read of a place, and why. `windows` are newest first and apart; days are dates, oldest first. */
export interface Review {
  /** False where no checkpoint vouches for anything: the whole window is read. */
  readonly isKnown: boolean;
  readonly windows: readonly Window[];
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
  /** False where nobody known vouches for `known`: it finds, and everything is read. */
  readonly vouches: boolean;
  /** False where only days from the checkpoint on were listed. */
  readonly relisted: boolean;
  readonly isDrawn: (day: string) => boolean;
}

/** Plans what of a place is read. */
export function planReview(input: ReviewInput): Review {
  const { window, plans, known, listing, vouches, relisted, isDrawn } = input;
  const whole: Review = {
    isKnown: false,
    windows: [window],
    changed: [],
    sampled: [],
    unchanged: 0,
    shrunk: [],
  };
  const top = known === undefined ? undefined : topOf(known, window);
  if (known === undefined || top === undefined) return whole;
  // However late the window begins, what is new is proven down to the checkpoint.
  const lower = Math.min(Math.max(window.from ?? Number.NEGATIVE_INFINITY, earliest(known)), top);
  const changed: string[] = [];
  const sampled: string[] = [];
  const shrunk: ShrunkDay[] = [];
  let unchanged = 0;
  for (const day of relisted ? daysOf(known, listing) : []) {
    const begin = Date.parse(day);
    if (!(begin + DAY > lower)) continue;
    const before = known.days[day];
    const now = listing.days.get(day);
    const isRecent = begin + DAY > top;
    const isSame = now?.isAsBefore ?? isEmpty(before);
    // What comes to a recent day is new; named as of time below what is read anew, it would be judged by nobody.
    const isBelow = now?.addedFrom !== undefined && now.addedFrom < top;
    if (!isSame || (isRecent ? isBelow : (now?.added ?? 0) > 0)) changed.push(day);
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
  for (const day of [...changed, ...sampled]) wanted.push(...windowsOf(day, known));
  // What a state knows of the days is told even where it spares nothing.
  if (!vouches || hasNewChain(plans, known) || hasOlderDigest(plans, known))
    return { ...whole, changed, shrunk };
  const windows = union(
    wanted.map(({ from, to }) => ({ from: Math.max(from, lower), to: Math.min(to, window.to) })),
  ).toReversed();
  return { isKnown: true, windows, changed, sampled, unchanged, shrunk };
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

/** Where the digests end that may name a log file of `day`, by default: the hour before it to two hours after it. */
export function defaultSpan(day: string): Interval {
  const begin = Date.parse(day);
  return { from: begin - HOUR, to: begin + DAY + 2 * HOUR };
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

function earliest(known: PlaceCheckpoint): number {
  return smallest(standardOf(known).map(({ since }) => Date.parse(since)));
}

function hasNewChain(plans: readonly ChainPlan[], known: PlaceCheckpoint): boolean {
  return plans.some(
    ({ chain, listed }) =>
      chain.kind === 'standard' && listed.length > 0 && !known.chains.some(({ id }) => id === chainId(chain)),
  );
}

/** Whether a digest lies below what was read of its chain: one that came later, for a chain begins with its first digest. */
function hasOlderDigest(plans: readonly ChainPlan[], known: PlaceCheckpoint): boolean {
  return standardOf(known).some(({ id, since }) =>
    plans.some(
      ({ chain, listed }) =>
        chainId(chain) === id && listed.some(({ endTime }) => endTime < Date.parse(since)),
    ),
  );
}

function newestOf(plans: readonly ChainPlan[], id: string): number {
  const plan = plans.find(({ chain }) => chainId(chain) === id);
  return largest((plan?.listed ?? []).map(({ endTime }) => endTime));
}

function daysOf(known: PlaceCheckpoint, listing: DayListing): readonly string[] {
  return [...new Set([...Object.keys(known.days), ...listing.days.keys()])].sort();
}
