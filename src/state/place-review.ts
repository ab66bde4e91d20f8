/** One place against its checkpoint: what to read of it, and what came of that. */

import { DAY, isoTime } from '../base/clock.ts';
import { largest, partition } from '../base/lists.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { DIGEST_PERIOD, type Interval, subtract } from '../chain/coverage.ts';
import { type ListedDigest, placeOf } from '../chain/digest-queue.ts';
import type { Place } from '../chain/discover.ts';
import type { ChainPlan, RunContext, Window } from '../chain/list-digests.ts';
import type { RefusedListings } from '../chain/listings.ts';
import type { Misfit } from '../chain/misfits/misfits.ts';
import type { KeyRing } from '../crypto/public-key.ts';
import { chainId, dayFolder, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { ChainDepth, TrailEvent } from '../findings/event.ts';
import type { Finding } from '../findings/finding.ts';
import type { JudgedBefore } from '../logs/unlisted-logs.ts';
import { eachLog } from '../report/inventory.ts';
import type { ChainCheckpoint, LastDigest, PlaceCheckpoint } from './checkpoint.ts';
import {
  type Basis,
  type ChainRun,
  compareLast,
  holdsBack,
  judgedBefore,
  nextCheckpoint,
  shrunkDay,
} from './checkpoint-findings.ts';
import { type DayListing, listDays } from './list-days.ts';
import { decidedAt, defaultSpan, isDrawnBy, OVERLAP, planReview, type Review, topOf } from './plan-review.ts';
import { keysUsed, maySpareReading, type StateOptions, unionOfKeys } from './read-checkpoint.ts';

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

const SECOND = 1000;
const LOG_DAY = /\/(\d{4})\/(\d{2})\/(\d{2})\/[^/]+$/;
/** The review of one place. Made by `open`; `plan` comes next, then events, then the rest. */
export class PlaceReview {
  readonly place: Place;
  /** The checkpoint of the place by an earlier run, trusted or not: it may add findings. */
  #known: PlaceCheckpoint | undefined;
  /** The same, where it is trusted and for all of the window; undefined where it saves no reading. */
  #trusted: PlaceCheckpoint | undefined;
  readonly #listing: DayListing;
  readonly #relisted: boolean;
  /** The first day that was listed (`2026/11/20/`); undefined for all of them. */
  readonly #begin: string | undefined;
  readonly #options: StateOptions;
  readonly #basis: Basis | undefined;
  readonly #window: Window;
  /** What this run goes without (`laxitiesOf`). */
  readonly #notChecked: readonly string[];
  readonly #ring: KeyRing;
  readonly #chains = new Map<string, ChainRun>();
  readonly #late = new Map<string, Interval>();
  readonly #refused: RefusedListings | undefined;
  #review: Review | undefined;
  #isHeld = false;

  private constructor(
    place: Place,
    known: { readonly reported: PlaceCheckpoint | undefined; readonly trusted: PlaceCheckpoint | undefined },
    listed: {
      readonly listing: DayListing;
      readonly relisted: boolean;
      readonly from: string | undefined;
    },
    settings: {
      readonly options: StateOptions;
      readonly basis: Basis | undefined;
      readonly window: Window;
      readonly notChecked: readonly string[];
      readonly ring: KeyRing;
      readonly refused: RefusedListings | undefined;
    },
  ) {
    this.place = place;
    this.#known = known.reported;
    this.#trusted = known.trusted;
    this.#listing = listed.listing;
    this.#relisted = listed.relisted;
    this.#begin = listed.from;
    this.#options = settings.options;
    this.#basis = settings.basis;
    this.#window = settings.window;
    this.#notChecked = settings.notChecked;
    this.#ring = settings.ring;
    this.#refused = settings.refused;
  }

  /**
   * Lists the days of `place`. Nothing was read of it yet, so that a change made meanwhile shows in the next listing.
   * Throws what the source's listing throws.
   */
  static async open(
    place: Place,
    checkpoint: PlaceCheckpoint | undefined,
    context: RunContext,
    options: StateOptions,
    basis: Basis | undefined,
    notChecked: readonly string[],
  ): Promise<PlaceReview> {
    const { window, source } = context;
    const known = checkpoint === undefined ? undefined : withinWindow(checkpoint, window);
    const maySpare =
      known !== undefined && maySpareReading(known, window, { notChecked, ring: context.keyRing });
    const trusted = basis?.isTrusted === true && maySpare ? known : undefined;
    const top = trusted && topOf(trusted, window);
    const relisted = options.relist !== false || top === undefined;
    const begin = relisted ? window.from : top;
    const from = begin === undefined ? undefined : dayFolder(begin);
    const { cut = null, days = {} } = known ?? {};
    const now = context.clock.now() - (source.clockSkew?.()?.milliseconds ?? 0);
    const decided = trusted === undefined ? Number.POSITIVE_INFINITY : decidedAt(trusted, window);
    const listing = await listDays(source, place, { from, cut, decided, known: days, now });
    const reported = { reported: known, trusted };
    const { keyRing: ring, refused } = context;
    const settings = { options, basis, window, notChecked, ring, refused };
    return new PlaceReview(place, reported, { listing, relisted, from }, settings);
  }

  /** What the listing met that belongs to no day. */
  get misfits(): readonly Misfit[] {
    return this.#listing.misfits;
  }

  /** Whether the listing went over whatever has that key below a Region's folder `prefix`. */
  hasListed(key: string, prefix: string): boolean {
    return this.#begin === undefined || key > prefix + this.#begin;
  }

  /** The window to list digests for: the run's own, but down to every checkpoint. */
  get listed(): Window {
    const { from, to } = this.#window;
    const ends = (this.#known?.chains ?? []).map(({ last }) => Date.parse(last.end) - OVERLAP);
    return { from: from === undefined ? undefined : Math.min(from, ...ends), to };
  }

  /** What to read, given the chains that are listed. */
  plan(plans: readonly ChainPlan[]): Review {
    this.#known = this.#known && withPresentIds(this.#known, plans);
    this.#trusted = this.#trusted && withPresentIds(this.#trusted, plans);
    const isDrawn = isDrawnBy(this.#options.sample, this.#name);
    const input = { window: this.#window, plans, known: this.#known, listing: this.#listing };
    const isTrusted = this.#trusted !== undefined;
    this.#review = planReview({ ...input, isTrusted, relisted: this.#relisted, isDrawn });
    for (const plan of plans) {
      const empty = { since: undefined, newest: undefined, atLast: undefined, digests: 0, logs: 0 };
      this.#chains.set(chainId(plan.chain), { plan, ...empty });
    }
    return this.#review;
  }

  /** The part of a window that a chain is to be walked in; undefined where it had not begun, or has ended before it. */
  windowOf(plan: ChainPlan, window: Window): Window | undefined {
    const known = this.#knownChain(chainId(plan.chain));
    if (this.#review?.isKnown !== true || known === undefined || plan.chain.kind !== 'standard')
      return window;
    const since = Date.parse(known.since);
    const from = Math.max(window.from ?? Number.NEGATIVE_INFINITY, since);
    const newest = largest(plan.listed.map(({ endTime }) => endTime));
    // That a chain ends early is reported at the top of everything, and only there.
    const to = window.to === this.#window.to ? window.to : Math.min(window.to, newest);
    if (from >= to) return undefined;
    // A chain that is asked for from its beginning on began with a digest that ends there, and belongs to the window.
    return { from: from === since && this.#window.from === undefined ? undefined : from, to };
  }

  /**
   * A backfill chain with the digests to read: those in what is read, and all where anything is gone, for their links lead
   * anywhere. Of the others of its digests nothing has changed.
   */
  backfill(plan: ChainPlan): { readonly plan: ChainPlan; readonly settled: ReadonlySet<string> } {
    const { windows = [], hasLoss } = this.#review ?? {};
    const reads = hasLoss === true ? [...windows, this.#window] : windows;
    const isRead = ({ endTime }: ListedDigest): boolean =>
      reads.some(
        ({ from, to }) => endTime > (from ?? Number.NEGATIVE_INFINITY) && endTime - DIGEST_PERIOD < to,
      );
    const [read, others] = partition(plan.listed, isRead);
    return { plan: { ...plan, listed: read }, settled: new Set(others.map(({ ref }) => placeOf(ref))) };
  }

  /** Whether to read right below the window, because a log file of its first hour may be named there. */
  get readsBelow(): boolean {
    return this.judged === undefined || this.#review?.windows.at(-1)?.from === this.#window.from;
  }

  /** The log files that an earlier run has held against their digests; undefined where there was none. */
  get judged(): JudgedBefore | undefined {
    const top = this.#trusted && topOf(this.#trusted, this.#window);
    if (this.#trusted === undefined || top === undefined || this.#review?.isKnown !== true) return undefined;
    const isAsBefore = (day: string): boolean => this.#listing.days.get(day)?.isAsBefore !== false;
    const decided = decidedAt(this.#trusted, this.#window);
    return judgedBefore(this.#trusted, { through: top + OVERLAP, decided }, isAsBefore);
  }

  /** Takes note of a proven digest. */
  proven(id: string, digest: VerifiedDigest): void {
    const chain = this.#chains.get(id);
    if (chain === undefined) return;
    const { ref, sha256, signature } = digest;
    const end = parseDigestKey(ref.key)?.endTime ?? digest.digest.endTime;
    const known = this.#knownChain(id);
    if (known !== undefined && placeOf(known.last) === placeOf(ref))
      chain.atLast = { sha256, signature, isProven: true };
    if (this.#isNew(id, end)) chain.digests += 1;
    if (chain.newest === undefined || end > Date.parse(chain.newest.end)) {
      const { bucket, key } = ref;
      chain.newest = { bucket, key, sha256, signature, end: isoTime(end) };
    }
  }

  /** Takes note of an event of one of the place's chains. */
  observe(event: TrailEvent): void {
    if (event.type === 'finding' && holdsBack(event.finding)) this.#isHeld = true;
    else if (event.type === 'digest') this.#digest(event);
    else if (event.type === 'log') this.#log(event);
    else if (event.type === 'logs') for (const one of eachLog(event)) this.#log(one);
    else if (event.type === 'covered') {
      const chain = this.#chains.get(event.chain);
      if (chain !== undefined) chain.since = Math.min(chain.since ?? event.from, event.from);
    }
  }

  /** Whether an earlier run read the log files of a digest that ends at `end` (milliseconds since the epoch). */
  wasVerified(id: string, end: number): boolean {
    const known = this.#knownChain(id);
    return known !== undefined && end > Date.parse(known.since) && end <= Date.parse(known.last.end);
  }

  /** The findings that show once every chain was walked. */
  findings(): readonly Finding[] {
    const basis = this.#basis;
    if (basis === undefined || this.#known === undefined) return [];
    const { chains } = this.#known;
    // A listing that was refused shows neither that its chains end earlier nor that days shrank. What was read shows what it shows.
    const isShown = (one: Finding): boolean =>
      one.code === 'CHAIN_REWRITTEN' && one.evidence.actual !== undefined;
    const isHidden = chains.every(({ last }) => this.#isHidden(last));
    return [
      ...(this.#review?.shrunk ?? [])
        .map((day) => shrunkDay(this.place, day, basis))
        .filter(({ weight }) => !isHidden || weight !== 'violation'),
      ...chains.flatMap((known) => {
        const compared = compareLast(known, this.#chains.get(known.id), basis);
        return this.#isHidden(known.last) ? compared.filter(isShown) : compared;
      }),
    ];
  }

  /** Whether S3 refused to list the folder of a digest. */
  #isHidden({ bucket, key }: LastDigest): boolean {
    const named = parseDigestKey(key);
    return (
      named !== undefined && this.#refused?.isRefused(bucket, digestFolderKey(named, named.region)) === true
    );
  }

  /** How deep every chain of the place was looked into. */
  depths(): readonly (readonly [string, ChainDepth])[] {
    return [...this.#chains.keys()].map((id): [string, ChainDepth] => {
      const known = this.#knownChain(id);
      const review = this.#review;
      if (known === undefined || review?.isKnown !== true)
        return [id, { depth: 'full', trustedFromCheckpoint: [] }];
      const whole = { from: Date.parse(known.since), to: Date.parse(known.last.end) };
      const read = review.windows.map(({ from, to }) => ({ from: from ?? whole.from, to }));
      const trustedFromCheckpoint = subtract([whole], read).map(({ from, to }) => ({
        from: isoTime(from),
        to: isoTime(to),
      }));
      return [id, { depth: this.#relisted ? 'chain+listing' : 'chain', trustedFromCheckpoint }];
    });
  }

  /** Days by what was done with them, each under the place's name. */
  get days(): {
    readonly changed: readonly string[];
    readonly sampled: readonly string[];
    readonly unchanged: number;
  } {
    const named = (days: readonly string[] = []): readonly string[] =>
      days.map((day) => `${this.#name}/${day}`);
    const { changed, sampled, unchanged = 0 } = this.#review ?? {};
    return { changed: named(changed), sampled: named(sampled), unchanged };
  }

  /** The checkpoint that this run earned of the place; undefined where findings, or nothing proven, keep the old one. */
  checkpoint(): PlaceCheckpoint | undefined {
    const chains = [...this.#chains].flatMap(
      ([id, run]) => nextCheckpoint(run, this.#provingChain(id), this.#window) ?? [],
    );
    const isUnseen = this.#refused?.isWithin(this.place) === true;
    if (this.#isHeld || isUnseen || !chains.some(({ kind }) => kind === 'standard')) return undefined;
    // Days after the window were listed and not read: what is known of them must stay as it is.
    const isBeyond = (this.#trusted?.chains ?? []).some(({ last }) => Date.parse(last.end) > this.#window.to);
    if (isBeyond) return undefined;
    const from = this.#window.from ?? Number.NEGATIVE_INFINITY;
    const days = new Map(this.#relisted ? [] : Object.entries(this.#trusted?.days ?? {}));
    for (const [day, { record }] of this.#listing.days) days.set(day, record);
    const late = new Map(Object.entries(this.#trusted?.late ?? {}));
    for (const [day, span] of this.#late) late.set(day, { from: isoTime(span.from), to: isoTime(span.to) });
    const kept = <Value>(entries: Map<string, Value>): Record<string, Value> =>
      Object.fromEntries(
        [...entries].filter(([day]) => Date.parse(day) + DAY > from).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    const { account, region } = this.place;
    // Days that were not listed again keep the cut that they were listed with.
    const cut = this.#relisted
      ? this.#listing.cut
      : Math.max(this.#listing.cut ?? 0, this.#trusted?.cut ?? 0);
    // Where a checkpoint saved reading, the window begins no earlier than the time that it proves.
    const read = {
      from: this.#window.from === undefined ? null : isoTime(Math.ceil(from / SECOND) * SECOND),
    };
    const notChecked = this.#notChecked.length === 0 ? {} : { notChecked: this.#notChecked };
    const keys = unionOfKeys(this.#trusted?.keys ?? [], keysUsed(this.#ring, region));
    return { account, region, cut, days: kept(days), late: kept(late), chains, ...read, ...notChecked, keys };
  }

  get #name(): string {
    return `${this.place.account}/${this.place.region}`;
  }

  #knownChain(id: string): ChainCheckpoint | undefined {
    return this.#known?.chains.find((chain) => chain.id === id);
  }

  #provingChain(id: string): ChainCheckpoint | undefined {
    return this.#trusted?.chains.find((chain) => chain.id === id);
  }

  /** Whether what ends at `end` is not counted in the checkpoint that this run goes on from. */
  #isNew(id: string, end: number): boolean {
    const known = this.#provingChain(id);
    return known === undefined || end > Date.parse(known.last.end);
  }

  #digest({ chain: id, object, hashes }: EventOf<'digest'>): void {
    const chain = this.#chains.get(id);
    const known = this.#knownChain(id);
    if (chain === undefined || known === undefined || placeOf(known.last) !== placeOf(object)) return;
    const content = hashes?.content;
    chain.atLast ??= { sha256: content, isProven: false };
  }

  #log({ chain: id, object, digest, outcome }: EventOf<'log'>): void {
    const chain = this.#chains.get(id);
    const end = parseDigestKey(digest.key)?.endTime;
    if (chain === undefined || end === undefined) return;
    if (outcome === 'valid' && this.#isNew(id, end)) chain.logs += 1;
    const [, year, month, date] = LOG_DAY.exec(object.key) ?? [];
    if (year === undefined) return;
    const day = `${year}-${month}-${date}`;
    const usual = defaultSpan(day);
    if (Number.isNaN(usual.from) || (end > usual.from && end <= usual.to)) return;
    const before = this.#late.get(day) ?? lateOf(this.#trusted, day) ?? { from: end, to: end };
    this.#late.set(day, { from: Math.min(before.from, end), to: Math.max(before.to, end) });
  }
}

/** The checkpoint with the present id of each chain that has moved since to an organization's folder, or from there. */
function withPresentIds(known: PlaceCheckpoint, plans: readonly ChainPlan[]): PlaceCheckpoint {
  const ids = new Set(known.chains.map(({ id }) => id));
  const moved = new Map(
    plans.flatMap(({ chain, formerly = [] }) => formerly.map((id): [string, typeof chain] => [id, chain])),
  );
  const chains = known.chains.map((chain) => {
    const present = moved.get(chain.id);
    return present === undefined || ids.has(chainId(present))
      ? chain
      : { ...chain, organization: present.organization, id: chainId(present) };
  });
  return { ...known, chains };
}

/** The checkpoint without its part before the window: evidence may expire there. */
function withinWindow(known: PlaceCheckpoint, { from }: Window): PlaceCheckpoint | undefined {
  if (from === undefined) return known;
  const chains = known.chains.filter(({ last }) => Date.parse(last.end) > from);
  return chains.some(({ kind }) => kind === 'standard') ? { ...known, chains } : undefined;
}

function lateOf(known: PlaceCheckpoint | undefined, day: string): Interval | undefined {
  const late = known?.late[day];
  return late === undefined ? undefined : { from: Date.parse(late.from), to: Date.parse(late.to) };
}
