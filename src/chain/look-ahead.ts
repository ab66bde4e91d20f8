/**
 * Chains of which a window in the past shows nothing, though they have later digests. Whoever deletes a chain from its
 * beginning to well beyond a window leaves those; so the folder is looked into up to the clock of the run:
 *
 *     window | a day, listed whole | 2 months   4 months   8 months     …  now
 *                       \___ page ___/ \_ page _/ \_ page _/   \_ page _/
 *
 * A page begins at each distance and goes on to the next digests that there are. A copy on this machine is listed whole, and
 * up to now nothing is left to look at.
 */
import { DAY } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import { chainId } from '../digest/digest-key.ts';
import { type ListedChain, listedTo } from './list-digests.ts';
import {
  AT_ONCE,
  type Looked,
  type LookRequest,
  MONTH,
  MOST_HALVINGS,
  MOST_LAST_PAGES,
  NEAR,
  SampledFolder,
} from './sampled-folder.ts';

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
  /** Reads a stretch, and tells whether it has an older digest of the chain. */
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
