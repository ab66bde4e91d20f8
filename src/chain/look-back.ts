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

import { DAY } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import { chainId } from '../digest/digest-key.ts';
import { type ListedChain, listedFrom } from './list-digests.ts';
import {
  AT_ONCE,
  type Looked,
  type LookRequest,
  largerOf,
  MONTH,
  MOST_HALVINGS,
  MOST_LAST_PAGES,
  NEAR,
  SampledFolder,
} from './sampled-folder.ts';

/** Before this year there is no digest: log file validation came in October 2015. */
const FIRST_YEAR = Date.UTC(2015, 0, 1);

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
export async function findEnd(request: LookRequest, seen: ListedChain, looked: Looked): Promise<void> {
  const limit = listedFrom(request.window);
  if (limit === undefined || looked.isWhole || seen.below === undefined) return;
  const id = chainId(seen.chain);
  const before = new SampledFolder(request, 'below');
  let end = seen.below.endTime;
  /** Reads a stretch, and tells whether it has a newer digest of the chain. */
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
