/**
 * Log files that no digest names. The walk comes down in time and registers every log file that a proven digest
 * names; once it is below a day, no digest still to come can name a log file of that day, so the day's folders are
 * listed and compared and what was registered for them is forgotten. Memory holds a few days, whatever the window.
 *
 * At the end come the misfits on the levels that lead to the days, and the files that a digest outside the window may name.
 */

import { DAY, HOUR, isoTime, MINUTE } from '../base/clock.ts';
import { findingObject } from '../chain/check-digest.ts';
import { holds, type Interval, subtract, union } from '../chain/coverage.ts';
import type { Place, PlaceFolder } from '../chain/discover.ts';
import { listRange, type RunContext } from '../chain/list-digests.ts';
import { namesLogFile } from '../chain/misfits/look-alikes.ts';
import { misfitFinding } from '../chain/misfits/misfits.ts';
import {
  accountFolderKey,
  dayFolder,
  dayOfPath,
  type LogFolder,
  NAME_SLACK,
  parseLogPath,
} from '../digest/digest-key.ts';
import { type Finding, type FindingOf, makeFinding } from '../findings/finding.ts';
import type { ListedObject, ObjectRef } from '../source/source.ts';
import {
  type FolderTime,
  isBefore,
  isDecided,
  type LateLookup,
  misfitDays,
  type PlaceCoverage,
} from './place-coverage.ts';

/** How far S3's time of writing may be from CloudTrail's own time of delivery. */
export const WRITE_SLACK: number = 5 * MINUTE;
/** How far the time in a log file's name is from its delivery (some ten minutes, by AWS's own samples). */
export const NAME_PRECISION: number = 15 * MINUTE;
/** A log file whose name is so much older than the end of coverage was delivered before it, were it CloudTrail's. */
const NAMED_BEFORE = 2 * NAME_PRECISION;
/** A log file that was named so long ago had its digest. */
const DIGESTED_AFTER = 3 * HOUR;
/** How far another clock may be ahead. */
const CLOCK_SLACK = HOUR;
/** When to compare: after so many days, or so many names held. */
const MAX_DAYS_HELD = 31 * DAY;
const MAX_NAMES_HELD = 20_000;
/** A text that sorts behind every key that begins like this one, except unusual ones, which are passed over. */
const BEHIND = '~';

/**
 * What an earlier run has judged: log files that it listed, as far as the digests up to `through` should name them
 * (milliseconds since the epoch). Their digests are not read again, so they would seem unlisted.
 */
export interface JudgedBefore {
  /** Whether that run has seen an object, as it is now, in the folder of a day (`2026-11-20`). */
  readonly isListed: (day: string, bucket: string, object: ListedObject) => boolean;
  readonly through: number;
}

/** What else a search may know. */
export interface SearchAids {
  /** Searches digests outside the window; without it, files that those may name are reported. */
  readonly lookup?: LateLookup | undefined;
  /**
   * Account folders (`bucket/P/AWSLogs/…/account/`), and the time from which on no digest is known there (milliseconds since the epoch):
   * while none is proven, each log file of that time is looked up.
   */
  readonly unreported?: ReadonlyMap<string, number> | undefined;
  /** Whether the object of that key, below a Region's folder `prefix`, was listed and reported already. */
  readonly isReported?: ((bucket: string, key: string, prefix: string) => boolean) | undefined;
  /** Receives each log file of the time asked about that only a digest still to come can name, or one from before the first. */
  readonly onUndecided?: (() => void) | undefined;
  /**
   * Where no beginning was asked for: receives the years, months and days before the oldest digest that hold log files,
   * by the folder of a family and Region (`bucket/…/us-east-1/`) and the path below it (`2025/`).
   */
  readonly onEarlier?: ((folder: string, path: string) => void) | undefined;
}

/** Finds the unlisted log files of one place. */
export class UnlistedLogs {
  readonly #place: Place;
  readonly #context: RunContext;
  readonly #names = new Map<string, Set<string>>();
  #held = 0;
  readonly #coverage: PlaceCoverage;
  /** The days that are compared, in order and apart; undefined for all of them. */
  readonly #days: readonly Interval[] | undefined;
  /** The time asked about, and as much after it as its digests may reach. */
  readonly #asked: readonly Interval[];
  readonly #judged: JudgedBefore | undefined;
  readonly #aids: SearchAids;
  /** The present; the window never ends after it. */
  readonly #now: number;
  /** Days from here on were compared. */
  #done: number;
  /** The days of each folder that were listed, by the folder's key. */
  readonly #listed = new Map<string, Interval>();

  /** Only days that `windows` reach into are compared, where they are given. */
  constructor(
    place: Place,
    context: RunContext,
    coverage: PlaceCoverage,
    windows?: readonly Partial<Interval>[],
    judged?: JudgedBefore,
    aids: SearchAids = {},
  ) {
    this.#judged = judged;
    this.#aids = aids;
    this.#place = place;
    this.#coverage = coverage;
    this.#context = context;
    const { window } = context;
    this.#days = windows && daysOf(windows, window.to);
    this.#asked = union(
      (windows ?? [{ from: window.from ?? 0, to: window.to }]).map(({ from = 0, to = window.to }) => ({
        from,
        to,
      })),
    );
    this.#done = dayOf(window.to) + 2 * DAY;
    this.#now = Math.max(context.clock.now(), window.to);
  }

  /** Takes note of a log file that a proven digest names. */
  register(log: ObjectRef): void {
    const actual = this.#context.relocations.toActual(log);
    const slash = actual.key.lastIndexOf('/') + 1;
    const folder = `${actual.bucket}/${actual.key.slice(0, slash)}`;
    const names = this.#names.get(folder) ?? new Set();
    this.#names.set(folder, names);
    // A slice alone would keep the whole key in memory for as long as the name.
    names.add(` ${actual.key.slice(slash)}`.slice(1));
    this.#held += 1;
  }

  /** The walks have come down to `at`, with `open` holes by chain; what the days that are complete by now show. */
  async *passed(at: number, open: ReadonlyMap<string, Interval>): AsyncGenerator<Finding> {
    const complete = dayOf(at + NAME_SLACK) + DAY;
    if (complete >= this.#done) return;
    if (this.#done - complete < MAX_DAYS_HELD && this.#held < MAX_NAMES_HELD) return;
    yield* this.#compare(complete, open);
  }

  /** The walk has ended: compares every day that is left, and looks at the levels above them. */
  async *finish(): AsyncGenerator<Finding> {
    const { window } = this.#context;
    const oldest = this.#days?.[0]?.from ?? window.from ?? this.#coverage.oldest;
    if (oldest !== undefined) yield* this.#compare(dayOf(oldest), new Map());
    const days = {
      from: dayOf(window.from ?? this.#coverage.oldest ?? window.to),
      to: dayOf(window.to) + 2 * DAY,
    };
    for (const folder of this.#place.folders)
      for (const family of folder.families) yield* this.#misfits(folder, family, days);
    yield* (await this.#aids.lookup?.findings()) ?? [];
  }

  async *#compare(fromDay: number, open: ReadonlyMap<string, Interval>): AsyncGenerator<Finding> {
    for (const folder of fromDay < this.#done ? this.#place.folders : []) {
      // Without a proven digest in it there is nothing to compare with; that its digests are absent is reported elsewhere.
      const time = this.#timeOf(`${folder.bucket}/${accountFolderKey(folder)}`, open);
      if (time.reachable.length === 0) continue;
      for (const family of folder.families.filter((name) => name !== 'CloudTrail-Digest')) {
        yield* this.#compareFolder(folder, family, fromDay, time);
      }
    }
    this.#done = Math.min(this.#done, fromDay);
  }

  #timeOf(folder: string, open: ReadonlyMap<string, Interval>): FolderTime {
    const unreported = this.#coverage.knows(folder) ? undefined : this.#aids.unreported?.get(folder);
    if (unreported === undefined)
      return {
        decided: this.#coverage.ofFolder(folder, open),
        reachable: this.#coverage.reachable(folder, open),
        ahead: this.#coverage.ahead(folder, open),
        claimed: this.#coverage.claimed(folder, open),
      };
    const before = { from: Number.NEGATIVE_INFINITY, to: unreported };
    const late = { from: this.#now - DIGESTED_AFTER, to: Number.POSITIVE_INFINITY };
    const asked = this.#asked.map(({ from, to }) => ({ from: from - DAY, to: to + DAY }));
    const claimed = subtract(asked, [before]);
    const reachable = subtract(claimed, [late]);
    return { decided: [], reachable, ahead: reachable, claimed };
  }

  async *#compareFolder(
    folder: PlaceFolder,
    family: string,
    fromDay: number,
    time: FolderTime,
  ): AsyncGenerator<Finding> {
    const prefix = prefixOf(folder, family, this.#place.region);
    const whole = { from: fromDay, to: this.#done };
    const days = this.#days?.map((known) => overlap(known, whole)) ?? [whole];
    for (const { from, to } of days.filter((span) => span.from < span.to)) {
      const begin = dayKey(prefix, from);
      // What a digest names is not asked how large or how old it is.
      const keySuffices = (key: string): boolean => this.#isNamed(folder.bucket, key);
      const range = { startAfter: before(begin), end: dayKey(prefix, to), keySuffices };
      for await (const page of listRange(this.#context.source, folder.bucket, prefix, range)) {
        for (const object of page) {
          if (object.key < begin) continue;
          const finding = this.#judge(folder, family, prefix, object, time);
          if (finding !== undefined) yield finding;
        }
      }
    }
    const listed = this.#listed.get(`${folder.bucket}/${prefix}`);
    this.#listed.set(`${folder.bucket}/${prefix}`, { from: fromDay, to: listed?.to ?? this.#done });
    const oldest = `${folder.bucket}/${prefix}${dayFolder(fromDay)}`;
    for (const [name, names] of this.#names) {
      if (!name.startsWith(`${folder.bucket}/${prefix}`) || name < oldest) continue;
      this.#names.delete(name);
      this.#held -= names.size;
    }
  }

  /** Whether a proven digest names that key. */
  #isNamed(bucket: string, key: string): boolean {
    const slash = key.lastIndexOf('/') + 1;
    return this.#names.get(`${bucket}/${key.slice(0, slash)}`)?.has(key.slice(slash)) === true;
  }

  /** What an object among the days shows; undefined for one that a digest names, that was owed none, or that is looked up. */
  #judge(
    folder: PlaceFolder,
    family: string,
    prefix: string,
    object: ListedObject,
    time: FolderTime,
  ): Finding | undefined {
    const { bucket } = folder;
    if (this.#isNamed(bucket, object.key)) return undefined;
    const path = object.key.slice(prefix.length);
    const latest = this.#now + CLOCK_SLACK;
    const day = dayOfPath(path);
    if (day === undefined || day > latest) {
      if (this.#aids.isReported?.(bucket, object.key, prefix) === true) return undefined;
      return misfitFinding({ bucket, object, asLog: true, reason: 'place' }, this.#context.relocations);
    }
    const where: LogFolder = { account: folder.account, family, region: this.#place.region };
    const named = parseLogPath(path, where);
    const { lastModified: written } = object;
    if (named === undefined || named > latest) {
      const about = written !== undefined && isDecided(time, written, WRITE_SLACK) ? written : day;
      return this.#unlisted(bucket, object, about, 'name');
    }
    if (wasJudged(path, named, bucket, object, this.#judged)) return undefined;
    return this.#owed(bucket, object, { named, day, prefix }, time);
  }

  /** A file with a name that CloudTrail may have given it. */
  #owed(
    bucket: string,
    object: ListedObject,
    { named, day, prefix }: { readonly named: number; readonly day: number; readonly prefix: string },
    time: FolderTime,
  ): Finding | undefined {
    const { lastModified } = object;
    // Named for a time a little outside its folder's day, it is that day's too: the other day's window does not list the folder.
    const own = Math.min(Math.max(named, day), day + DAY - 1);
    const written =
      lastModified !== undefined && lastModified >= named - NAME_SLACK ? lastModified : undefined;
    const isWritten = written !== undefined && isDecided(time, written, WRITE_SLACK);
    // A name without a time of writing may be further off.
    const early = named - (lastModified === undefined ? NAME_SLACK : NAME_PRECISION);
    const owed = { from: early, to: named + NAMED_BEFORE };
    const isNamed = holds(time.decided, owed);
    const isAsked = (at: number): boolean => this.#asked.some(({ from, to }) => at >= from && at <= to);
    const isReached =
      (isAsked(named) || isAsked(own)) &&
      holds(time.reachable, { from: early, to: named + NAME_PRECISION }) &&
      holds(time.ahead, owed);
    const isReachedLate =
      written !== undefined &&
      isAsked(written) &&
      holds(time.reachable, { from: written - WRITE_SLACK, to: written + WRITE_SLACK });
    const isNear = (at: number): boolean =>
      this.#asked.some(({ from, to }) => at >= from && at <= to + DIGESTED_AFTER);
    const isByWriting = isReachedLate || (isWritten && isNear(written));
    const isByName = isReached || (isNamed && (isNear(named) || isNear(own)));
    const about = isByWriting ? written : isByName ? named : undefined;
    if (about === undefined) {
      const times = written === undefined ? [named, own] : [named, own, written];
      const isClaimed = (at: number): boolean => isAsked(at) && holds(time.claimed, { from: at, to: at });
      if (times.some(isClaimed)) this.#aids.onUndecided?.();
      else if (this.#isOpen() && isBefore(time, named + NAMED_BEFORE))
        this.#aids.onEarlier?.(`${bucket}/${prefix}`, dayFolder(day));
      return undefined;
    }
    // Where every digest was read that may name it there is nothing to look up.
    const times = [
      ...(written === undefined || isWritten ? [] : [written]),
      ...(isDecided(time, named, WRITE_SLACK) ? [] : [named]),
    ];
    const finding = this.#unlisted(bucket, object, about);
    const hasLater = time.reachable.at(-1)?.to === Number.POSITIVE_INFINITY && !isWritten;
    // Below a window there are backfill digests that it did not read.
    const hasUnread = hasLater || this.#context.window.from !== undefined;
    if (this.#aids.lookup === undefined || (times.length === 0 && !hasUnread)) return finding;
    if (this.#aids.lookup.want({ place: `${bucket}/${object.key}`, times, finding })) return undefined;
    return this.#unlisted(bucket, object, about, 'undecided');
  }

  /** Whether no beginning was asked for, so that what is found is all that is claimed. */
  #isOpen(): boolean {
    return this.#context.window.from === undefined && this.#judged === undefined;
  }

  #unlisted(
    bucket: string,
    object: ListedObject,
    time: number,
    reason?: 'name' | 'undecided',
  ): FindingOf<'LOG_UNLISTED'> {
    const { key, size, lastModified } = object;
    const written = lastModified === undefined ? undefined : isoTime(lastModified);
    const about = { object: findingObject({ bucket, key }, this.#context.relocations), time: isoTime(time) };
    return makeFinding('LOG_UNLISTED', about, { written, size, reason });
  }

  /** The misfits on the levels that lead to the days of one family. */
  async *#misfits(folder: PlaceFolder, family: string, days: Interval): AsyncGenerator<Finding> {
    const { bucket } = folder;
    const { source, relocations } = this.#context;
    const prefix = prefixOf(folder, family, this.#place.region);
    const compared = this.#listed.get(`${bucket}/${prefix}`);
    const ranges =
      compared === undefined ? [] : (this.#days ?? [compared]).map((one) => overlap(one, compared));
    const isListed = (key: string): boolean =>
      ranges.some(({ from, to }) => key >= dayKey(prefix, from) && key < dayKey(prefix, to)) ||
      this.#aids.isReported?.(bucket, key, prefix) === true;
    const asLog = family === 'CloudTrail-Digest' ? namesLogFile : (): boolean => true;
    const { onEarlier } = this.#aids;
    const tellsEarlier =
      this.#isOpen() && this.#coverage.oldest !== undefined && family !== 'CloudTrail-Digest';
    const tell =
      onEarlier && tellsEarlier ? (path: string) => onEarlier(`${bucket}/${prefix}`, path) : undefined;
    const search = { source, bucket, prefix, days, now: this.#now, asLog, isListed, onEarlier: tell };
    for await (const misfit of misfitDays(search)) yield misfitFinding(misfit, relocations);
  }
}

function prefixOf(folder: PlaceFolder, family: string, region: string): string {
  return `${accountFolderKey(folder)}${family}/${region}/`;
}

/** Where the keys of a day begin: `2026/11/20`, because an object of that name is one of the day's misfits. */
function dayKey(prefix: string, day: number): string {
  return prefix + dayFolder(day).slice(0, -1);
}

/** What comes right before a day's keys: `2026/11/1` and what is behind it. */
function before(key: string): string {
  return key.slice(0, -1) + String.fromCharCode(key.charCodeAt(key.length - 1) - 1) + BEHIND;
}

function wasJudged(
  path: string,
  named: number,
  bucket: string,
  object: ListedObject,
  judged: JudgedBefore | undefined,
): boolean {
  if (judged === undefined || named + DIGESTED_AFTER > judged.through) return false;
  return judged.isListed(path.slice(0, 10).replaceAll('/', '-'), bucket, object);
}

function daysOf(windows: readonly Partial<Interval>[], latest: number): readonly Interval[] {
  return union(windows.map(({ from = 0, to = latest }) => ({ from: dayOf(from), to: dayOf(to) + 2 * DAY })));
}

function overlap(a: Interval, b: Interval): Interval {
  return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
}

function dayOf(time: number): number {
  return Math.floor(time / DAY) * DAY;
}
