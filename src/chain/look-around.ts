import { DAY } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import { chainId, dayFolder, digestFolderKey, FIRST_DIGESTS } from '../digest/digest-key.ts';
import type { ListedObject, Source } from '../source/source.ts';
import type { PlaceFolder } from './discover.ts';
import {
  emptyChain,
  folderName,
  type ListedChain,
  listedFrom,
  listedTo,
  MOST_CHAINS,
  recognizerOf,
  tooMany,
  type Window,
} from './list-digests.ts';
import { isMarker } from './misfits/misfits.ts';

/** Chains of one digest folder outside the listing of a window, read as stretches of keys: in samples, because a folder may be old. */

/** Samples are at a distance of two of these from the window, and of twice as much each. */
const MONTH: number = 30 * DAY;
/** Samples, and searches for ends of chains, under way at once. */
const AT_ONCE = 4;
/** An end of a chain is searched for until it is known to within so much; then that stretch is listed whole. */
const NEAR: number = 2 * DAY;
/** Halvings of eleven years down to two days, and one to spare. */
const MOST_HALVINGS = 12;
/** Pages of the last stretch: two days of forty trails. */
const MOST_LAST_PAGES = 2;
/** Rows of a full page of S3's. */
const FULL_PAGE = 1000;
/** Pages of one sample that hold no digest at all before it is left: somebody filled the folder, and that is reported. */
const MOST_PAGES = 4;

/** What was seen outside a listing: of each chain the digest nearest to it, its `below` or its `above`. */
export interface Looked {
  readonly chains: ReadonlyMap<string, ListedChain>;
  /** False where something is between the samples. */
  readonly isWhole: boolean;
  /** Where samples begin (milliseconds since the epoch). */
  readonly samples: readonly number[];
}

/** What to look into: one digest folder, outside the listing of `window`. */
export interface LookRequest {
  readonly source: Source;
  readonly folder: PlaceFolder;
  readonly region: string;
  readonly window: Window;
  /** Is handed every object that is no digest, and waited for. */
  readonly onUnrecognized?: ((object: ListedObject) => Promise<void>) | undefined;
  /** As in `DigestListing`. */
  readonly latest?: number | undefined;
  readonly most?: number | undefined;
}

/** The later of two keys. */
function largerOf(a: string, b: string): string {
  return a > b ? a : b;
}

/** How far a stretch was read: whether whole, and the last key that was seen of it. */
interface ReadStretch {
  readonly isWhole: boolean;
  readonly lastKey: string;
}

/** The chains of one folder, as stretches of it are read, each with its newest digest (`below`) or its oldest (`above`). */
class SampledFolder {
  readonly #request: LookRequest;
  readonly #side: 'below' | 'above';
  readonly #prefix: string;
  readonly #chains = new Map<string, ListedChain>();

  constructor(request: LookRequest, side: 'below' | 'above') {
    this.#request = request;
    this.#side = side;
    this.#prefix = digestFolderKey(request.folder, request.region);
  }

  /** What was seen so far. */
  result(isWhole: boolean, samples: readonly number[]): Looked {
    return { chains: this.#chains, isWhole, samples };
  }

  /** The digest of a chain that is the nearest to the window of those read so far. */
  nearestOf(id: string): ListedChain['below'] {
    return this.#chains.get(id)?.[this.#side];
  }

  /** Where the digests of a day begin. */
  dayKey(time: number): string {
    return this.#prefix + dayFolder(time);
  }

  /** Reads keys after one and before another, `pages` pages of them; a few pages without any digest do not count. */
  async read(startAfter: string | undefined, end: string, pages: number): Promise<ReadStretch> {
    const { source, folder } = this.#request;
    const keySuffices = (key: string): boolean => recognize(key) !== undefined;
    const recognize = recognizerOf(folder, this.#request.latest);
    let [useful, useless] = [0, 0];
    for await (const page of source.list({
      bucket: folder.bucket,
      prefix: this.#prefix,
      startAfter,
      keySuffices,
    })) {
      const lastKey = page.at(-1)?.key ?? '';
      if (await this.#take(page, end, recognize)) useful += page.length;
      else useless += page.length;
      if (lastKey >= end) break;
      // A page that is not full is most likely the last one: then going on costs no request, and shows that nothing follows.
      if (useful >= pages * FULL_PAGE || useless >= MOST_PAGES * FULL_PAGE)
        return { isWhole: false, lastKey };
    }
    return { isWhole: true, lastKey: end };
  }

  /** Takes the digests of a page; false where there is none. */
  async #take(
    page: readonly ListedObject[],
    end: string,
    recognize: ReturnType<typeof recognizerOf>,
  ): Promise<boolean> {
    const { folder, onUnrecognized, most = MOST_CHAINS } = this.#request;
    const { bucket } = folder;
    let hasDigest = false;
    for (const object of page) {
      if (object.key >= end || isMarker(object)) continue;
      const key = recognize(object.key);
      if (key === undefined) {
        await onUnrecognized?.(object);
        continue;
      }
      hasDigest = true;
      const id = chainId(key);
      const chain = this.#chains.get(id) ?? emptyChain(key, folderName(bucket, this.#prefix));
      this.#chains.set(id, chain);
      if (this.#chains.size > most)
        throw tooMany(folderName(`s3://${bucket}`, this.#prefix), `the digests of ${most} chains`);
      const known = chain[this.#side];
      const isNearer = (than: number): boolean =>
        this.#side === 'below' ? key.endTime > than : key.endTime < than;
      if (known === undefined || isNearer(known.endTime))
        chain[this.#side] = { ref: { bucket, key: object.key }, endTime: key.endTime };
    }
    return hasDigest;
  }
}

/**
 * Chains that ended before the listing of a window begins. An intruder who deletes all of a chain's newest digests leaves its older
 * ones, or must delete them as well; so the folder is looked into as far back as it goes:
 *
 *     2015 … oldest digests      …  8 months    4 months   2 months | 40 days, listed whole | window
 *            \___ a page ___/       \_ page _/  \_ page _/ \_ page _/
 *
 * A page begins at each distance and goes on to the next digests that there are, so that deleting the days at those distances
 * alone hides nothing. A copy on this machine is listed whole.
 */

/**
 * The chains of a digest folder that have digests before the listing of the window begins. Throws what the source's listing
 * throws, and TARGET_TOO_LARGE where there are more than can be.
 */
export async function lookBack(request: LookRequest): Promise<Looked> {
  const { source, window } = request;
  const { from } = window;
  const limit = listedFrom(window);
  const before = new SampledFolder(request, 'below');
  if (from === undefined || limit === undefined) return before.result(true, []);
  const end = before.dayKey(limit);
  if (source.kind !== 's3') {
    await before.read(undefined, end, Number.POSITIVE_INFINITY);
    return before.result(true, []);
  }
  const oldest = await before.read(before.dayKey(FIRST_DIGESTS), end, 1);
  if (oldest.isWhole) return before.result(true, []);
  const { lastKey } = oldest;
  const samples: number[] = [];
  for (
    let distance = 2 * MONTH;
    samples.length === 0 || before.dayKey(from - distance) > lastKey;
    distance *= 2
  )
    samples.push(from - distance);
  const starts = samples.map((sample) => largerOf(before.dayKey(sample), lastKey));
  const read = await mapParallel([...starts.entries()], AT_ONCE, ([at, start]) =>
    before.read(start, starts[at - 1] ?? end, 1),
  );
  const isJoined = starts.at(-1) === lastKey;
  return before.result(isJoined && read.every(({ isWhole }) => isWhole), samples);
}

/**
 * Finds the newest digest of a chain that `lookBack` saw in the folder and that has nothing in the listing of the window, as
 * near as halving does: it becomes the chain's `below`. Throws what the source's listing throws.
 */
export async function findEnd(request: LookRequest, seen: ListedChain, looked: Looked): Promise<void> {
  const limit = listedFrom(request.window);
  if (limit === undefined || looked.isWhole || seen.below === undefined) return;
  const id = chainId(seen.chain);
  const before = new SampledFolder(request, 'below');
  let end = seen.below.endTime;
  /** Reads a stretch, and says whether it has a newer digest of the chain. */
  const extend = async (low: number, high: number, pages: number): Promise<boolean> => {
    await before.read(before.dayKey(low), before.dayKey(high), pages);
    const found = before.nearestOf(id);
    if (found === undefined || found.endTime <= end) return false;
    seen.below = found;
    end = found.endTime;
    return true;
  };
  const day = before.dayKey(end);
  let high = Math.min(limit, ...looked.samples.filter((sample) => before.dayKey(sample) > day));
  for (let step = 0; step < MOST_HALVINGS && high - end > NEAR; step += 1) {
    const middle = end + (high - end) / 2;
    if (!(await extend(middle, high, 1))) high = middle;
  }
  await extend(end, high + DAY, MOST_LAST_PAGES);
}

/**
 * Chains of which a window in the past shows nothing, though they have later digests. An intruder who deletes a chain from its
 * beginning to well beyond a window leaves those; so the folder is looked into up to the clock of the run:
 *
 *     window | a day, listed whole | 2 months   4 months   8 months     …  now
 *                       \___ page ___/ \_ page _/ \_ page _/   \_ page _/
 *
 * A page begins at each distance and goes on to the next digests that there are. A copy on this machine is listed whole, and
 * up to now nothing is left to look at.
 */

/** The last sample begins so long before now: each chain that is still alive has digests in it. */
const NEWEST = 2 * DAY;

/**
 * The chains of a digest folder that have digests between the listing of the window and `now` (milliseconds since the epoch).
 * Throws what the source's listing throws, and TARGET_TOO_LARGE where there are more than can be.
 */
export async function lookAhead(request: LookRequest, now: number): Promise<Looked> {
  const { source, window } = request;
  const after = new SampledFolder(request, 'above');
  const start = after.dayKey(listedTo(window));
  const end = after.dayKey(now + DAY);
  if (start >= end) return after.result(true, []);
  const first = await after.read(start, end, source.kind === 's3' ? 1 : Number.POSITIVE_INFINITY);
  if (first.isWhole) return after.result(true, []);
  const { lastKey } = first;
  const samples: number[] = [];
  const newest = now - NEWEST;
  for (let distance = 2 * MONTH; window.to + distance < newest; distance *= 2)
    samples.push(window.to + distance);
  samples.push(newest);
  const left = samples.filter((sample) => after.dayKey(sample) > lastKey);
  const starts = left.length === 0 ? [lastKey] : left.map((sample) => after.dayKey(sample));
  const read = await mapParallel([...starts.entries()], AT_ONCE, ([at, from]) =>
    after.read(from, starts[at + 1] ?? end, 1),
  );
  return after.result(left.length === 0 && read.every(({ isWhole }) => isWhole), left);
}

/**
 * Finds the oldest digest of a chain that `lookAhead` saw and that has nothing nearer to the window, as near as halving does: it
 * becomes the chain's `above`. Throws what the source's listing throws.
 */
export async function findBeginning(request: LookRequest, seen: ListedChain, looked: Looked): Promise<void> {
  if (looked.isWhole || seen.above === undefined) return;
  const id = chainId(seen.chain);
  const after = new SampledFolder(request, 'above');
  let high = seen.above.endTime;
  // The sample that the chain was seen in goes on from where it begins: the chain may be older than that, but no older than
  // the sample before it. What was seen in the first is the oldest that there is.
  const day = after.dayKey(high);
  const starts = [listedTo(request.window), ...looked.samples].filter((start) => after.dayKey(start) <= day);
  const before = starts.at(-2);
  if (before === undefined) return;
  let low = before;
  /** Reads a stretch, and says whether it has an older digest of the chain. */
  const extend = async (from: number, to: number, pages: number): Promise<boolean> => {
    await after.read(after.dayKey(from), after.dayKey(to), pages);
    const found = after.nearestOf(id);
    if (found === undefined || found.endTime >= high) return false;
    seen.above = found;
    high = found.endTime;
    return true;
  };
  for (let step = 0; step < MOST_HALVINGS && high - low > NEAR; step += 1) {
    const middle = low + (high - low) / 2;
    if (!(await extend(middle, high, 1))) low = middle;
    // What is read from the middle on and shows the chain only later has shown where it begins.
    else if (high - middle > NEAR) return;
  }
  await extend(low, high + DAY, MOST_LAST_PAGES);
}
