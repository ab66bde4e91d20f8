/**
 * Log files that no digest names. The walk comes down in time and registers every log file that a proven digest
 * names; once it is below a day, no digest still to come can name a log file of that day, so the day's folders are
 * listed and compared and what was registered for them is forgotten. Memory holds a few days, whatever the window.
 */

import type { RunContext } from '../chain/chain-plan.ts';
import { holds, type Interval, union } from '../chain/coverage.ts';
import type { Place, PlaceFolder } from '../chain/discover.ts';
import { findingObject } from '../chain/finding-object.ts';
import { listRange } from '../chain/list-digests.ts';
import { DAY, HOUR, isoTime, MINUTE } from '../clock.ts';
import { accountFolderKey, dayFolder, parseStamp } from '../digest/digest-key.ts';
import type { Finding } from '../findings/finding.ts';
import type { ListedObject, ObjectRef } from '../source/source.ts';
import type { PlaceCoverage } from './place-coverage.ts';

/** The time in a log file's name is that of a five-minute bucket, a few minutes off its delivery either way. */
const NAME_SLACK = HOUR;
/** How far S3's time of writing may be from CloudTrail's own time of delivery. */
const WRITE_SLACK = 5 * MINUTE;
/** A log file that was named so long before the end of coverage had its digest, were it CloudTrail's. */
const DIGESTED_AFTER = 3 * HOUR;
/** When to compare: after so many days, or so many names held. */
const MAX_DAYS_HELD = 31 * DAY;
const MAX_NAMES_HELD = 20_000;
const NAME_TIME = /_(\d{8}T\d{4})Z/;

/**
 * What an earlier run has judged: log files that it listed, as far as the digests up to `through` should name them
 * (milliseconds since the epoch). Their digests are not read again, so they would seem unlisted.
 */
export interface JudgedBefore {
  /** Whether that run has seen an object, as it is now, in the folder of a day (`2026-11-20`). */
  readonly isListed: (day: string, bucket: string, object: ListedObject) => boolean;
  readonly through: number;
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
  readonly #judged: JudgedBefore | undefined;
  /** Days from here on were compared. */
  #done: number;

  /** Only days that `windows` reach into are compared, where they are given. */
  constructor(
    place: Place,
    context: RunContext,
    coverage: PlaceCoverage,
    windows?: readonly Partial<Interval>[],
    judged?: JudgedBefore,
  ) {
    this.#judged = judged;
    this.#place = place;
    this.#coverage = coverage;
    this.#context = context;
    this.#days = windows && daysOf(windows, context.window.to);
    this.#done = dayOf(context.window.to) + 2 * DAY;
  }

  /** Takes note of a log file that a proven digest names. */
  register(log: ObjectRef): void {
    const actual = this.#context.moves.toActual({ bucket: log.bucket, key: log.key });
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

  /** The walk has ended: compares every day that is left. */
  async *finish(): AsyncGenerator<Finding> {
    const oldest = this.#days?.[0]?.from ?? this.#context.window.from ?? this.#coverage.oldest;
    if (oldest !== undefined) yield* this.#compare(dayOf(oldest), new Map());
  }

  async *#compare(fromDay: number, open: ReadonlyMap<string, Interval>): AsyncGenerator<Finding> {
    for (const folder of fromDay < this.#done ? this.#place.folders : []) {
      // Without a proven digest in it there is nothing to compare with; that its digests are absent is told elsewhere.
      const coverage = this.#coverage.ofFolder(`${folder.bucket}/${accountFolderKey(folder)}`, open);
      if (coverage.length === 0) continue;
      for (const family of folder.families.filter((name) => name !== 'CloudTrail-Digest')) {
        yield* this.#compareFolder(folder, family, fromDay, coverage);
      }
    }
    this.#done = Math.min(this.#done, fromDay);
  }

  async *#compareFolder(
    folder: PlaceFolder,
    family: string,
    fromDay: number,
    coverage: readonly Interval[],
  ): AsyncGenerator<Finding> {
    const { source, moves } = this.#context;
    const prefix = `${accountFolderKey(folder)}${family}/${this.#place.region}/`;
    const compare = (object: ListedObject): Finding | undefined => {
      const slash = object.key.lastIndexOf('/') + 1;
      if (
        this.#names.get(`${folder.bucket}/${object.key.slice(0, slash)}`)?.has(object.key.slice(slash)) ===
        true
      )
        return undefined;
      const path = object.key.slice(prefix.length);
      if (wasJudged(path, folder.bucket, object, this.#judged)) return undefined;
      const time = unlistedSince(path, object.lastModified, coverage);
      if (time === undefined) return undefined;
      const written = object.lastModified === undefined ? {} : { written: isoTime(object.lastModified) };
      const ref = { bucket: folder.bucket, key: object.key };
      return {
        code: 'LOG_UNLISTED',
        weight: 'unproven',
        object: findingObject(ref, moves),
        time: isoTime(time),
        evidence: { ...written, size: object.size },
      };
    };
    const whole = { from: fromDay, to: this.#done };
    const days = this.#days?.map((known) => overlap(known, whole)) ?? [whole];
    for (const { from, to } of days.filter((span) => span.from < span.to)) {
      const range = { startAfter: prefix + dayFolder(from), end: prefix + dayFolder(to) };
      for await (const page of listRange(source, folder.bucket, prefix, range)) {
        for (const object of page) {
          const finding = compare(object);
          if (finding !== undefined) yield finding;
        }
      }
    }
    const oldest = `${folder.bucket}/${prefix}${dayFolder(fromDay)}`;
    for (const [name, names] of this.#names) {
      if (!name.startsWith(`${folder.bucket}/${prefix}`) || name < oldest) continue;
      this.#names.delete(name);
      this.#held -= names.size;
    }
  }
}

/**
 * The time (milliseconds since the epoch) for which a digest should have named a log file: when it was written, where
 * that lies in coverage; or else, where it was written at another time or copied without one, the time in its name, if
 * that is so far inside the coverage that its digest must be there. Undefined where nothing was owed. `path` is its key
 * below the Region's folder.
 */
function unlistedSince(
  path: string,
  written: number | undefined,
  coverage: readonly Interval[],
): number | undefined {
  const named = namedSpan(path);
  if (written !== undefined && written >= (named?.from ?? 0) - NAME_SLACK) {
    if (holds(coverage, { from: written - WRITE_SLACK, to: written + WRITE_SLACK })) return written;
  }
  if (named === undefined) return undefined;
  const owed = { from: named.from - NAME_SLACK, to: named.to + DIGESTED_AFTER };
  return holds(coverage, owed) ? named.from : undefined;
}

/** When a log file says that it was delivered: the time in its name; where that is none or not of its day folder, the whole day. */
function namedSpan(path: string): Interval | undefined {
  const day = parseStamp(`${path.slice(0, 10).replaceAll('/', '')}T000000Z`);
  if (day === undefined) return undefined;
  const time = parseStamp(`${NAME_TIME.exec(path)?.[1] ?? ''}00Z`);
  const isOfDay = time !== undefined && time >= day - NAME_SLACK && time <= day + DAY + NAME_SLACK;
  return isOfDay ? { from: time, to: time } : { from: day, to: day + DAY };
}

function wasJudged(
  path: string,
  bucket: string,
  object: ListedObject,
  judged: JudgedBefore | undefined,
): boolean {
  const named = judged === undefined ? undefined : namedSpan(path);
  if (judged === undefined || named === undefined || named.to + DIGESTED_AFTER > judged.through) return false;
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
