import { CLOUDTRAIL_BEGAN, DAY, HOUR, MINUTE } from '../base/clock.ts';
import { holds, type Interval, subtract, union } from '../chain/coverage.ts';
import type { PlaceFolder } from '../chain/discover.ts';
import { provenDigestsOf } from '../chain/folders-without-digests.ts';
import {
  type ChainPlan,
  emptyChain,
  folderName,
  type ListedChain,
  listRange,
  placeDigest,
  type RunContext,
  type Window,
} from '../chain/list-digests.ts';
import { type Misfit, misfitsBelow, misfitsOfLevel } from '../chain/misfits/misfits.ts';
import {
  accountFolderKey,
  chainId,
  type DigestKey,
  dayFolder,
  digestFolderKey,
  parseDigestKey,
  parseStamp,
} from '../digest/digest-key.ts';
import type { Finding } from '../findings/finding.ts';
import { type Level, levelOf, type ObjectRef, type Source } from '../source/source.ts';

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
 * What the chains of one place cover, for each account folder with their proven digests. A chain counts for a
 * folder with all its time, from its first digest to its last, also when its digests moved elsewhere since; and where one chain
 * of a folder has a hole, nothing can be said of that time, for whatever was delivered then may have been listed there.
 */
export class PlaceCoverage {
  readonly #times = new Map<string, ChainTime>();
  readonly #timesOf = new Map<string, Map<string, ChainTime>>();

  /** A proven digest of `chain` is at `ref` and covers `interval`. */
  cover(chain: string, ref: ObjectRef, interval: Interval): void {
    const time = this.#time(chain);
    time.covered.push(interval);
    if (time.covered.length > MAX_LOOSE) time.covered = [...union(time.covered)];
    this.lies(chain, ref);
  }

  /** A digest of `chain` is at `ref`, proven by this run or an earlier one: the chain counts for that folder. */
  lies(chain: string, ref: ObjectRef): void {
    const key = parseDigestKey(ref.key);
    if (key === undefined) return;
    const folder = `${ref.bucket}/${accountFolderKey(key)}`;
    this.#timesOf.set(folder, (this.#timesOf.get(folder) ?? new Map()).set(chain, this.#time(chain)));
  }

  /**
   * Counts `span` before the time that `chain` covers around or after `at` as time whose digests may be looked up: whether or not
   * they can be read and proven, a log file of that time that no proven one names is reported. Nothing where the chain covers nothing.
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

  /** The newest proven digest of `chain` is at `ref` and ends at `from`; only the first call for a chain counts. */
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
    const { covered, reported, pending, unread } = this.#sumOf(folder, open);
    return subtract(covered, [...reported, ...pending, ...unread]);
  }

  /** As `ofFolder`, with the time that digests cover which were not read, and may be. */
  reachable(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const { covered, edges, reported, pending, unread } = this.#sumOf(folder, open);
    return subtract([...covered, ...edges, ...unread], [...reported, ...pending]);
  }

  /**
   * As `reachable`, with the time after chains that are over. A file whose name is of covered time was delivered some hours
   * later at the most; where all that time is of this kind, no digest that is still to come can name it.
   */
  ahead(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const { covered, edges, reported, pending, unread, over } = this.#sumOf(folder, open);
    return subtract([...covered, ...edges, ...unread, ...over], [...reported, ...pending]);
  }

  /** The time of an account folder of which something is claimed, or will be once the digests still to come are there. */
  claimed(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const { covered, edges, reported, pending, unread } = this.#sumOf(folder, open);
    return subtract([...covered, ...edges, ...pending, ...unread], reported);
  }

  /** Whether there are proven digests in an account folder. */
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
  ): Readonly<Record<'covered' | 'edges' | 'reported' | ChainEnd, readonly Interval[]>> {
    const times = [...(this.#timesOf.get(folder) ?? [])];
    const after = (end: ChainEnd): readonly Interval[] =>
      times.flatMap(([, one]) =>
        one.after?.end === end ? [{ from: one.after.from, to: Number.POSITIVE_INFINITY }] : [],
      );
    return {
      covered: times.flatMap(([, one]) => one.covered),
      edges: times.flatMap(([, one]) => one.edges),
      reported: times.flatMap(([chain, { holes }]) => holes.concat(open.get(chain) ?? [])),
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

/**
 * Log files of the days asked about that a digest outside the window may name: one that was delivered late, or whose time of
 * writing or name is at the window's edge. The digests of those times are read and proven like all others; only that such
 * a digest names a file takes it off the list. First those around the times in question, then what comes after the window,
 * then the backfill digests below it, which repeat an hour long after it.
 */

/** A log file that nothing read so far names, the times at which it may have been delivered, and the finding for it. */
export interface Wanted {
  /** `bucket/key` */
  readonly place: string;
  readonly times: readonly number[];
  readonly finding: Finding & { readonly code: 'LOG_UNLISTED' };
}

/**
 * Files that are looked up in one place, some 600 bytes each, and digests that are read for them. A bucket that was restored has all of
 * its files written at one time, so those of the hours before a window are looked up.
 */
export const MOST_WANTED = 20_000;
const MOST_DIGESTS = 200;
/** Stretches of time whose digests are listed. */
const MOST_LISTINGS = 24;
/** How far below the window backfill digests are looked for: how late CloudTrail may be is not documented. */
const BACKFILLED = DAY;
/** How far the digest that names a file may be from the time of its delivery, because clocks and names are inexact. */
const SLACK = 10 * MINUTE;

/** Looks up the log files of one place. */
export class LateLookup {
  readonly #folders: readonly PlaceFolder[];
  readonly #region: string;
  readonly #context: RunContext;
  readonly #wanted = new Map<string, Wanted>();
  #digests = 0;
  #mostDigests = MOST_DIGESTS;
  #isCut = false;

  constructor(folders: readonly PlaceFolder[], region: string, context: RunContext) {
    this.#folders = folders;
    this.#region = region;
    this.#context = context;
  }

  /** Takes a file to be looked up; false where there are too many. */
  want(wanted: Wanted): boolean {
    if (this.#wanted.size >= MOST_WANTED) return false;
    this.#wanted.set(wanted.place, wanted);
    return true;
  }

  /** The findings of the files that no digest names, as far as they are looked for. Rejects only with errors that end the run. */
  async findings(): Promise<readonly Finding[]> {
    const times = [...this.#wanted.values()].flatMap((one) => one.times);
    const around = union(times.map((time) => ({ from: time - SLACK, to: time + SLACK })));
    for (const [at, { from, to }] of around.entries()) {
      if (this.#wanted.size === 0) break;
      if (at >= MOST_LISTINGS) this.#isCut = true;
      else await this.#read({ from, to });
    }
    const { from, to } = this.#context.window;
    if (this.#wanted.size > 0) await this.#read({ from: to, to: to + MOST_DIGESTS * HOUR });
    if (this.#wanted.size > 0 && from !== undefined) {
      this.#mostDigests += MOST_DIGESTS;
      await this.#read({ from: from - BACKFILLED, to: from }, ({ kind }) => kind === 'backfill');
    }
    return [...this.#wanted.values()].map(({ finding }) =>
      this.#isCut ? { ...finding, evidence: { ...finding.evidence, reason: 'undecided' } } : finding,
    );
  }

  /** Reads the digests of a stretch of time, as far as their number goes. */
  async #read(window: Window & Interval, isMeant: (key: DigestKey) => boolean = () => true): Promise<void> {
    for (const folder of this.#folders) {
      const chains = await this.#list(folder, window, isMeant);
      for (const plan of chains) {
        for await (const { digest } of provenDigestsOf(plan, window, this.#context)) {
          for (const { bucket, key } of digest.logFiles) {
            const actual = this.#context.relocations.toActual({ bucket, key });
            this.#wanted.delete(`${actual.bucket}/${actual.key}`);
          }
        }
      }
    }
  }

  /** The chains of one folder in a stretch of time, without digests beyond the number that is read. */
  async #list(
    folder: PlaceFolder,
    window: Window & Interval,
    isMeant: (key: DigestKey) => boolean,
  ): Promise<readonly Omit<ChainPlan, 'follow'>[]> {
    const { source } = this.#context;
    const prefix = digestFolderKey(folder, this.#region);
    const chains = new Map<string, ListedChain>();
    const range = {
      startAfter: prefix + dayFolder(window.from - DAY),
      end: prefix + dayFolder(window.to + DAY + 2 * HOUR),
      keySuffices: () => true,
    };
    for await (const page of listRange(source, folder.bucket, prefix, range)) {
      for (const object of page) {
        const key = parseDigestKey(object.key);
        if (key === undefined || !isMeant(key)) continue;
        const id = chainId(key);
        const empty = (): ListedChain => emptyChain(key, folderName(folder.bucket, prefix));
        const chain = chains.get(id) ?? empty();
        chains.set(id, chain);
        const isFull = this.#digests >= this.#mostDigests;
        const ref = { bucket: folder.bucket, key: object.key };
        const isInside = placeDigest(isFull ? empty() : chain, { ref, endTime: key.endTime }, window);
        if (isInside && isFull) this.#isCut = true;
        else if (isInside) this.#digests += 1;
      }
    }
    return [...chains.values()].map((chain) => ({ ...chain, lastDelivered: undefined }));
  }
}

/**
 * Misfits on the levels that lead to the days of one family and Region, and folders there that can be no day:
 *
 *     CloudTrail/us-east-1/x    2026/x    2026/3/3/x    2026/02/31/x    9999/…    .evil/…
 *
 * Only the years and months are listed in which the days asked about begin and end: those in between were listed with
 * the days themselves, and other days are not claimed.
 */

/** What to search. Times are milliseconds since the epoch. */
export interface DaySearch {
  readonly source: Source;
  readonly bucket: string;
  /** The folder of the family and Region, which ends in `/`. */
  readonly prefix: string;
  /** The days asked about. */
  readonly days: Interval;
  readonly now: number;
  /** Whether an object there, by its key, may be taken for log data. */
  readonly asLog: (key: string) => boolean;
  /** Whether whatever has that key was listed with the days. */
  readonly isListed: (key: string) => boolean;
  /** Receives each folder that is of earlier days alone, by its path below the Region's: `2025/`, `2026/03/`. */
  readonly onEarlier?: ((path: string) => void) | undefined;
}

/** How far another clock may be ahead. */
const CLOCK_SLACK = HOUR;
/** Folders that can be none of a day that are examined on one level; the others are reported as they are. */
const MOST_LOOKS = 20;
/** A level of folders: what their names are like, and what makes one's path its first and its last day's. */
interface Part {
  readonly name: RegExp;
  readonly first: string;
  readonly last: string;
}
const PARTS: readonly Part[] = [
  { name: /^\d{4}\/$/, first: '/01/01', last: '/12/31' },
  { name: /^\d{2}\/$/, first: '/01', last: '/31' },
  { name: /^\d{2}\/$/, first: '', last: '' },
];

/** The misfits on the levels that lead to the days. Throws what the source's listing throws. */
export async function* misfitDays(search: DaySearch): AsyncGenerator<Misfit> {
  yield* searchLevel(search, search.prefix, PARTS);
}

async function* searchLevel(
  search: DaySearch,
  folder: string,
  parts: readonly Part[],
): AsyncGenerator<Misfit> {
  const [part, ...deeper] = parts;
  if (part === undefined) return;
  const { source, bucket, asLog, isListed } = search;
  const level: Level = await levelOf(source, bucket, folder);
  for (const misfit of misfitsOfLevel(bucket, folder, level, asLog))
    if (misfit.further !== undefined || !isListed(misfit.object.key)) yield misfit;
  let looks = 0;
  for (const child of level.folders) {
    const path = child.slice(search.prefix.length);
    const span = spanOf(path, part);
    if (span === undefined || span.from > search.now + CLOCK_SLACK || span.to < CLOUDTRAIL_BEGAN) {
      looks += 1;
      yield* impossible(search, child, looks <= MOST_LOOKS);
    } else if (leadsToEnd(path, search.days)) yield* searchLevel(search, child, deeper);
    else if (span.to < search.days.from) search.onEarlier?.(path);
  }
}

/** The content of a folder that can be none of a day. */
async function* impossible(search: DaySearch, folder: string, looks: boolean): AsyncGenerator<Misfit> {
  const { source, bucket, asLog, isListed } = search;
  const below = looks
    ? await misfitsBelow(source, bucket, folder)
    : [{ bucket, object: { key: folder, size: 0 }, asLog: true, reason: 'place' } as const];
  for (const misfit of below)
    if (!isListed(misfit.object.key)) yield { ...misfit, asLog: asLog(misfit.object.key) };
}

/** The time that a year, a month or a day's folder is of, by its path below the Region's; undefined where it can be none. */
function spanOf(path: string, { name, first, last }: Part): Interval | undefined {
  if (!name.test(path.slice(path.lastIndexOf('/', path.length - 2) + 1))) return undefined;
  const from = timeOf(path.slice(0, -1) + first);
  return from === undefined ? undefined : { from, to: timeOf(path.slice(0, -1) + last) ?? from };
}

function timeOf(path: string): number | undefined {
  return parseStamp(`${path.replaceAll('/', '')}T000000Z`);
}

/** Whether the days asked about begin or end in the folder of a year or a month. */
function leadsToEnd(path: string, { from, to }: Interval): boolean {
  return dayFolder(from).startsWith(path) || dayFolder(to - 1).startsWith(path);
}
