import { holds, type Interval, subtract, union } from '../chain/coverage.ts';
import { accountFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { ObjectRef } from '../source/source.ts';

/** How many intervals of one chain are kept before they are joined. */
const MAX_LOOSE = 1000;

/**
 * What comes after a chain's newest proven digest: `pending` where the next one may still be on its way, `unread` where it is
 * not one of those that were read, `over` where there is none: then no file can be this chain's.
 */
export type ChainEnd = 'pending' | 'unread' | 'over';

/** What one chain covers, what its digests before that may name, what it should cover and does not, and what comes after its newest digest. */
interface ChainTime {
  covered: Interval[];
  readonly edges: Interval[];
  readonly holes: Interval[];
  after: { readonly end: ChainEnd; readonly from: number } | undefined;
}

/** The time of one account folder, of `PlaceCoverage`. */
export interface FolderTime {
  /** Every digest that may name its log files was read. */
  readonly decided: readonly Interval[];
  /** Or may be looked up. */
  readonly reachable: readonly Interval[];
  /** Or there is none. */
  readonly ahead: readonly Interval[];
  /** The time of which something is claimed, or will be. */
  readonly claimed: readonly Interval[];
}

/**
 * What the chains of one place cover, for each account folder that their proven digests lie in. A chain counts for a
 * folder with all its time, from its first digest to its last, also when its digests moved elsewhere since; and where one chain
 * of a folder has a hole, nothing can be said of that time, for whatever was delivered then may have been listed there.
 */
export class PlaceCoverage {
  readonly #times = new Map<string, ChainTime>();
  readonly #timesOf = new Map<string, Map<string, ChainTime>>();

  /** A proven digest of `chain` lies at `ref` and covers `interval`. */
  cover(chain: string, ref: ObjectRef, interval: Interval): void {
    const time = this.#time(chain);
    time.covered.push(interval);
    if (time.covered.length > MAX_LOOSE) time.covered = [...union(time.covered)];
    this.lies(chain, ref);
  }

  /** A digest of `chain` lies at `ref`, proven by this run or an earlier one: the chain counts for that folder. */
  lies(chain: string, ref: ObjectRef): void {
    const key = parseDigestKey(ref.key);
    if (key === undefined) return;
    const folder = `${ref.bucket}/${accountFolderKey(key)}`;
    this.#timesOf.set(folder, (this.#timesOf.get(folder) ?? new Map()).set(chain, this.#time(chain)));
  }

  /**
   * Counts `span` before the time that `chain` covers around or after `at` as time whose digests may be looked up: whether or not
   * they can be read and proven, a log file of that time that no proven one names is told. Nothing where the chain covers nothing.
   */
  edge(chain: string, at: number, span: number): void {
    const time = this.#time(chain);
    const first = union(time.covered).find(({ to }) => to > at)?.from;
    if (first !== undefined) time.edges.push({ from: first - span, to: first });
  }

  /** Time that `chain` should cover and does not. */
  hole(chain: string, interval: Interval): void {
    this.#time(chain).holes.push(interval);
  }

  /** The newest proven digest of `chain` lies at `ref` and ends at `from`; only the first call for a chain counts. */
  ends(chain: string, ref: ObjectRef, end: ChainEnd, from: number): void {
    const time = this.#time(chain);
    time.after ??= { end, from };
    this.lies(chain, ref);
  }

  /**
   * The time of an account folder (`bucket/P/AWSLogs/…/account/`) in which every digest was read that may name its log files,
   * `open` being holes not closed yet by chain.
   */
  ofFolder(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const { covered, told, pending, unread } = this.#sumOf(folder, open);
    return subtract(covered, [...told, ...pending, ...unread]);
  }

  /** As `ofFolder`, with the time that digests cover which were not read, and may be. */
  reachable(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const { covered, edges, told, pending, unread } = this.#sumOf(folder, open);
    return subtract([...covered, ...edges, ...unread], [...told, ...pending]);
  }

  /**
   * As `reachable`, with the time after chains that are over. A file whose name is of covered time was delivered some hours
   * later at the most; where all that time is of this kind, no digest that is still to come can name it.
   */
  ahead(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const { covered, edges, told, pending, unread, over } = this.#sumOf(folder, open);
    return subtract([...covered, ...edges, ...unread, ...over], [...told, ...pending]);
  }

  /** The time of an account folder of which something is claimed, or will be once the digests still to come are there. */
  claimed(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const { covered, edges, told, pending, unread } = this.#sumOf(folder, open);
    return subtract([...covered, ...edges, ...pending, ...unread], told);
  }

  /** Whether proven digests lie in an account folder. */
  knows(folder: string): boolean {
    return this.#timesOf.has(folder);
  }

  /** The earliest time that any chain covers. */
  get oldest(): number | undefined {
    return union([...this.#times.values()].flatMap(({ covered }) => covered))[0]?.from;
  }

  #sumOf(
    folder: string,
    open: ReadonlyMap<string, Interval>,
  ): Readonly<Record<'covered' | 'edges' | 'told' | ChainEnd, readonly Interval[]>> {
    const times = [...(this.#timesOf.get(folder) ?? [])];
    const after = (end: ChainEnd): readonly Interval[] =>
      times.flatMap(([, one]) =>
        one.after?.end === end ? [{ from: one.after.from, to: Number.POSITIVE_INFINITY }] : [],
      );
    return {
      covered: times.flatMap(([, one]) => one.covered),
      edges: times.flatMap(([, one]) => one.edges),
      told: times.flatMap(([chain, { holes }]) => holes.concat(open.get(chain) ?? [])),
      pending: after('pending'),
      unread: after('unread'),
      over: after('over'),
    };
  }

  #time(chain: string): ChainTime {
    const time = this.#times.get(chain) ?? { covered: [], edges: [], holes: [], after: undefined };
    this.#times.set(chain, time);
    return time;
  }
}

/** Whether every digest was read that may name a log file of a time, `slack` milliseconds before and after it. */
export function isDecided({ decided }: FolderTime, time: number, slack: number): boolean {
  return holds(decided, { from: time - slack, to: time + slack });
}

/** Whether a time is before all that a folder's chains cover or may. */
export function isBefore({ claimed }: FolderTime, at: number): boolean {
  return claimed.every(({ from }) => at < from);
}
