import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, systemClock } from '../base/clock.ts';
import { interrupted, type TrailVerifyError } from '../base/errors.ts';
import { type Limiter, limiter } from '../base/flow.ts';
import type { BucketRetention, Source } from './source.ts';

/** The capabilities that only some sources have, each call handed to `take`. */
function optionalCalls(
  source: Source,
  take: <Result>(call: () => Promise<Result>) => Promise<Result>,
): Pick<
  Source,
  'hashed' | 'level' | 'versions' | 'listVersions' | 'versionFolders' | 'retention' | 'clockSkew' | 'outside'
> {
  const hashed = source.hashed?.bind(source);
  const level = source.level?.bind(source);
  const versions = source.versions?.bind(source);
  const pages = source.listVersions?.bind(source);
  const versionFolders = source.versionFolders?.bind(source);
  const retention = source.retention?.bind(source);
  const outside = source.outside?.bind(source);
  return {
    hashed: hashed && ((ref) => take(() => hashed(ref))),
    level: level && ((bucket, prefix, most) => take(() => level(bucket, prefix, most))),
    versions: versions && ((ref) => take(() => versions(ref))),
    listVersions: pages && ((request) => limitPages(pages(request), take)),
    versionFolders:
      versionFolders && ((bucket, prefix, most) => take(() => versionFolders(bucket, prefix, most))),
    retention: retention && ((bucket) => take(() => retention(bucket))),
    clockSkew: source.clockSkew?.bind(source),
    outside,
  };
}

/** The same source, which is asked once for the rules of each bucket, however often they matter. */
export function rememberRetention(source: Source): Source {
  const retention = source.retention?.bind(source);
  if (retention === undefined) return source;
  const asked = new Map<string, Promise<BucketRetention>>();
  return {
    ...source,
    retention: (bucket) => {
      const rules = asked.get(bucket) ?? retention(bucket);
      asked.set(bucket, rules);
      return rules;
    },
  };
}

/** The same source, whose reads of objects are refused with INTERRUPTED when `signal` aborts, also those under way. */
export function interruptible(source: Source, signal: AbortSignal): Source {
  const waiting = new Set<(error: TrailVerifyError) => void>();
  const refuse = (): void => {
    for (const reject of waiting) reject(interrupted());
  };
  signal.addEventListener('abort', refuse, { once: true });
  const orRefuse = <Result>(read: () => Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(interrupted());
        return;
      }
      waiting.add(reject);
      read()
        .then(resolve, reject)
        .finally(() => waiting.delete(reject));
    });
  const hashed = source.hashed?.bind(source);
  return {
    ...source,
    open: (ref, options) => orRefuse(() => source.open(ref, options)),
    hashed: hashed && ((ref) => orRefuse(() => hashed(ref))),
  };
}

/** The same source with at most `concurrency` requests in flight; the others wait in the order they came. */
export function limitSource(source: Source, concurrency: number): Source {
  const limit = limiter(concurrency);
  return {
    description: source.description,
    kind: source.kind,
    list: (request) => limitPages(source.list(request), limit),
    folders: (bucket, prefix, most) => limit(() => source.folders(bucket, prefix, most)),
    open: (ref, options) => limit(() => source.open(ref, options)),
    ...threadAccess(source),
    holds: (bucket) => source.holds(bucket),
    ...optionalCalls(source, limit),
  };
}

/**
 * The same source, in which one bucket is read through an access point. Its rules of retention are not to be had there: S3 serves
 * objects and listings through an access point, and no settings of the bucket.
 */
export function readThrough(
  source: Source,
  { bucket: named, accessPoint }: { readonly bucket: string; readonly accessPoint: string },
): Source {
  const nameOf = (bucket: string): string => (bucket === named ? accessPoint : bucket);
  const through = <Place extends { readonly bucket: string }>(place: Place): Place => ({
    ...place,
    bucket: nameOf(place.bucket),
  });
  const { hashed, level, access, versions, listVersions, versionFolders } = source;
  return {
    ...source,
    list: (request) => source.list(through(request)),
    folders: (bucket, prefix, most) => source.folders(nameOf(bucket), prefix, most),
    open: (ref, options) => source.open(through(ref), options),
    holds: (bucket) => source.holds(nameOf(bucket)),
    hashed: hashed && ((ref) => hashed(through(ref))),
    level: level && ((bucket, prefix, most) => level(nameOf(bucket), prefix, most)),
    access: access && ((bucket) => access(nameOf(bucket))),
    versions: versions && ((ref) => versions(through(ref))),
    listVersions: listVersions && ((request) => listVersions(through(request))),
    versionFolders:
      versionFolders && ((bucket, prefix, most) => versionFolders(nameOf(bucket), prefix, most)),
    retention: undefined,
  };
}

/** The part of a source that serves other threads. */
function threadAccess({ handsOver, access, pace }: Source): Pick<Source, 'handsOver' | 'access' | 'pace'> {
  return {
    access,
    pace,
    handsOver,
  };
}

async function* limitPages<Page>(pages: AsyncIterable<Page>, limit: Limiter): AsyncGenerator<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await limit(() => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Counts of the requests to a source so far. `bytes` are those of the objects that were read, as stored. */
export interface SourceCounts {
  readonly pages: number;
  readonly folders: number;
  readonly opened: number;
  readonly failed: number;
  readonly bytes: number;
}

/** The same source, and a function that returns the counts of its requests so far. */
export function countSource(source: Source): {
  readonly source: Source;
  readonly counts: () => SourceCounts;
} {
  const counts = { pages: 0, folders: 0, opened: 0, failed: 0, bytes: 0 };
  const level = source.level?.bind(source);
  const counted: Source = {
    description: source.description,
    kind: source.kind,
    list: async function* (request) {
      for await (const page of source.list(request)) {
        counts.pages += 1;
        yield page;
      }
    },
    folders: (bucket, prefix, most) => {
      counts.folders += 1;
      return source.folders(bucket, prefix, most);
    },
    open: async (ref, options) => {
      try {
        const object = await source.open(ref, options);
        counts.opened += 1;
        counts.bytes += object.bytes.length;
        return object;
      } catch (error) {
        counts.failed += 1;
        throw error;
      }
    },
    holds: (bucket) => source.holds(bucket),
    ...optionalCalls(source, (call) => call()),
    ...(level === undefined
      ? {}
      : {
          level: (bucket, prefix, most) => {
            counts.folders += 1;
            return level(bucket, prefix, most);
          },
        }),
  };
  return { source: counted, counts: () => ({ ...counts }) };
}

/** Of a second's requests so many may begin together, where others than this source's readers ask. */
const AT_ONCE = 0.1;

/**
 * The same source with at most `perSecond` requests begun in a second, evenly spread: a page of a listing, a
 * look into a folder and an object are one each. Repeated tries inside the source are not counted.
 */
export function limitRate(source: Source, perSecond: number, clock: Clock = systemClock): Source {
  const interval = 1000 / perSecond;
  let nextFree = Number.NEGATIVE_INFINITY;
  const turn = async (count = 1): Promise<void> => {
    const now = clock.now();
    const mine = Math.max(now, nextFree);
    nextFree = mine + count * interval;
    // Timers know whole milliseconds only; a request that is due within one may go at once.
    if (mine - now >= 1) await wait(mine - now);
  };
  return {
    description: source.description,
    kind: source.kind,
    list: (request) => takeTurns(source.list(request), turn),
    folders: async (bucket, prefix, most) => {
      await turn();
      return source.folders(bucket, prefix, most);
    },
    open: async (ref, options) => {
      await turn();
      return source.open(ref, options);
    },
    ...threadAccess(source),
    pace: { most: Math.max(1, Math.floor(perSecond * AT_ONCE)), turn },
    holds: (bucket) => source.holds(bucket),
    ...optionalCalls(source, async (call) => {
      await turn();
      return call();
    }),
  };
}

async function* takeTurns<Page>(pages: AsyncIterable<Page>, turn: () => Promise<void>): AsyncGenerator<Page> {
  await turn();
  for await (const page of pages) {
    yield page;
    await turn();
  }
}

/**
 * How many reads are worth having in flight: more hide more latency, until this thread or the server is the limit. A
 * window that begins small is widened only by reads that show it to be worth while.
 */

/** Where a window begins and ends. */
const FIRST_WINDOW = 64;
export const WIDEST_WINDOW = 256;
const STEP = 1.25;
/** Above this share of its time the thread is the limit, and more in flight would only wait for it. */
const BUSY = 0.85;
/** A server that answers so much slower than it did is asked for too much. */
const SLOWED = 1.5;
const OVERLOADED = 3;
/** Larger objects are bound by bandwidth, and each takes memory; in bytes. */
const SMALL_OBJECT = 256 * 1024;
/** The weight of the quickest round in the next, so that one lucky round does not bind for ever. */
const FORGETTING = 1.02;

/** The measures of one round of reads, as many as the window has. */
export interface ReadRound {
  /** Means of one read: in milliseconds, and in bytes. */
  readonly time: number;
  readonly size: number;
  /** The share of the time in which the thread was at work, 0 to 1. */
  readonly busy: number;
  /** More reads waited all the time than there was room for. */
  readonly isFull: boolean;
}

/** Reads that may be in flight at once. */
export class RequestWindow {
  #width: number = FIRST_WINDOW;
  #quickest = Number.POSITIVE_INFINITY;

  get width(): number {
    return this.#width;
  }

  /** Takes one round into account. */
  learn({ time, size, busy, isFull }: ReadRound): void {
    this.#quickest = Math.min(this.#quickest * FORGETTING, time);
    const slower = time / this.#quickest;
    // A busy thread sees its answers late: that is no sign of the server.
    if (busy < BUSY && slower > OVERLOADED)
      this.#width = Math.max(FIRST_WINDOW, Math.floor(this.#width / STEP));
    else if (isFull && busy < BUSY && slower <= SLOWED && size <= SMALL_OBJECT)
      this.#width = Math.min(WIDEST_WINDOW, Math.ceil(this.#width * STEP));
  }
}
