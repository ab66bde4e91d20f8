/**
 * Chains that ended before the listing of a window begins. Whoever deletes all of a chain's newest digests leaves its older
 * ones, or must delete them as well; so the folder is looked into as far back as it goes:
 *
 *     2015 … oldest digests      …  8 months    4 months   2 months | 40 days, listed whole | window
 *            \___ a page ___/       \_ page _/  \_ page _/ \_ page _/
 *
 * A page begins at each distance and goes on to the next digests that there are, so that deleting the days at those distances
 * alone hides nothing. A copy on this machine is listed whole.
 */
import { DAY } from '../clock.ts';
import { chainId } from '../digest/chain-id.ts';
import { dayFolder, digestFolderKey } from '../digest/digest-key.ts';
import { mapParallel } from '../parallel.ts';
import type { ListedObject, Source } from '../source/source.ts';
import type { Window } from './chain-plan.ts';
import type { PlaceFolder } from './discover.ts';
import {
  emptyChain,
  folderName,
  isMarker,
  type ListedChain,
  listedFrom,
  recognizerOf,
  tooMany,
} from './list-digests.ts';

const MONTH = 30 * DAY;
/** Before this year there is no digest: log file validation came in October 2015. */
const FIRST_YEAR = Date.UTC(2015, 0, 1);
/** Rows of a full page of S3's. */
const FULL_PAGE = 1000;
/** Pages of one sample that hold no digest at all before it is left: somebody filled the folder, and is told of. */
const MOST_PAGES = 4;
/** Chains of one folder held, as in the listing of a window. */
const MOST_CHAINS = 1_000_000;
/** Samples, and searches for ends of chains, under way at once. */
const AT_ONCE = 4;
/** An end is searched for until it is known to within so much; then that stretch is listed whole. */
const NEAR = 2 * DAY;
/** Halvings of eleven years down to two days, and one to spare. */
const MOST_HALVINGS = 12;
/** Pages of the last stretch: two days of forty trails. */
const MOST_LAST_PAGES = 2;

/** What was seen before a listing: the newest digest of each chain is its `below`. */
export interface LookedBack {
  readonly chains: ReadonlyMap<string, ListedChain>;
  /** False where something lies between the samples. */
  readonly isWhole: boolean;
  /** Where samples begin (milliseconds since the epoch). */
  readonly samples: readonly number[];
}

/** What to look into: one digest folder, before the listing of `window`. */
export interface LookBackRequest {
  readonly source: Source;
  readonly folder: PlaceFolder;
  readonly region: string;
  readonly window: Window;
  /** Is handed every object that is no digest, and waited for. */
  readonly onUnrecognized?: ((object: ListedObject) => Promise<void>) | undefined;
  readonly most?: number;
}

/**
 * The chains of a digest folder that have digests before the listing of the window begins. Throws what the source's listing
 * throws, and TARGET_TOO_LARGE where there are more than can be.
 */
export async function lookBack(request: LookBackRequest): Promise<LookedBack> {
  const { source, window } = request;
  const { from } = window;
  const limit = listedFrom(window);
  const before = new Before(request);
  if (from === undefined || limit === undefined) return before.result(true, []);
  const end = before.dayKey(limit);
  if (source.kind !== 's3') {
    await before.read(undefined, end, Number.POSITIVE_INFINITY);
    return before.result(true, []);
  }
  const oldest = await before.read(before.dayKey(FIRST_YEAR), end, 1);
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
export async function findEnd(
  request: LookBackRequest,
  seen: ListedChain,
  looked: LookedBack,
): Promise<void> {
  const limit = listedFrom(request.window);
  if (limit === undefined || looked.isWhole || seen.below === undefined) return;
  const id = chainId(seen.chain);
  const before = new Before(request);
  let end = seen.below.endTime;
  /** Reads a stretch, and tells whether it has a newer digest of the chain. */
  const extend = async (low: number, high: number, pages: number): Promise<boolean> => {
    await before.read(before.dayKey(low), before.dayKey(high), pages);
    const found = before.newestOf(id);
    if (found === undefined || found.endTime <= end) return false;
    seen.below = found;
    end = found.endTime;
    return true;
  };
  let high = Math.min(limit, ...looked.samples.filter((sample) => sample > end));
  for (let step = 0; step < MOST_HALVINGS && high - end > NEAR; step += 1) {
    const middle = end + (high - end) / 2;
    if (!(await extend(middle, high, 1))) high = middle;
  }
  await extend(end, high + DAY, MOST_LAST_PAGES);
}

function largerOf(a: string, b: string): string {
  return a > b ? a : b;
}

/** How far a stretch was read: whether whole, and the last key that was seen of it. */
interface ReadStretch {
  readonly isWhole: boolean;
  readonly lastKey: string;
}

/** The chains of one folder, as stretches of it are read. */
class Before {
  readonly #request: LookBackRequest;
  readonly #prefix: string;
  readonly #chains = new Map<string, ListedChain>();

  constructor(request: LookBackRequest) {
    this.#request = request;
    this.#prefix = digestFolderKey(request.folder, request.region);
  }

  result(isWhole: boolean, samples: readonly number[]): LookedBack {
    return { chains: this.#chains, isWhole, samples };
  }

  newestOf(id: string): ListedChain['below'] {
    return this.#chains.get(id)?.below;
  }

  /** Where the digests of a day begin. */
  dayKey(time: number): string {
    return this.#prefix + dayFolder(time);
  }

  /** Reads keys after one and before another, `pages` pages of them; a few pages without any digest do not count. */
  async read(startAfter: string | undefined, end: string, pages: number): Promise<ReadStretch> {
    const { source, folder } = this.#request;
    const keySuffices = (key: string): boolean => recognize(key) !== undefined;
    const recognize = recognizerOf(folder);
    let [useful, useless] = [0, 0];
    for await (const page of source.list({
      bucket: folder.bucket,
      prefix: this.#prefix,
      ...(startAfter === undefined ? {} : { startAfter }),
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
      if (this.#chains.size > most) throw tooMany(folderName(`s3://${bucket}`, this.#prefix), most);
      if (chain.below === undefined || key.endTime > chain.below.endTime)
        chain.below = { ref: { bucket, key: object.key }, endTime: key.endTime };
    }
    return hasDigest;
  }
}
