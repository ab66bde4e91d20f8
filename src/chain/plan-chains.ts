import { DAY } from '../clock.ts';
import { chainId, chainOf } from '../digest/chain-id.ts';
import { accountFolderKey, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import { TrailVerifyError } from '../errors.ts';
import { largest } from '../long-lists.ts';
import type { ListedObject, ObjectRef } from '../source/source.ts';
import type { ChainPlan, RunContext } from './chain-plan.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { Place, PlaceFolder } from './discover.ts';
import type { Expectation } from './expectation.ts';
import { type ListedChain, listDigests } from './list-digests.ts';

/**
 * Lists every digest folder of a place and makes one plan for each chain, wherever its digests lie. What lies among them and
 * is none is handed to `onUnrecognized` with its bucket.
 */
export async function planChains(
  place: Place,
  context: RunContext,
  expectations: readonly Expectation[],
  onUnrecognized: (bucket: string, object: ListedObject) => Promise<void>,
): Promise<readonly ChainPlan[]> {
  const merged = new Map<string, ListedChain>();
  const known = new Set<string>();
  // Only with a time of delivery from AWS does it matter when a digest was written.
  const timed = expectations.some((one) => one.lastDelivered !== undefined);
  for (const folder of place.folders.filter(({ families }) => families.includes('CloudTrail-Digest'))) {
    known.add(folderId(folder));
    const found = await listDigests(context.source, folder, place.region, {
      window: context.window,
      timed,
      onUnrecognized: (object) => onUnrecognized(folder.bucket, object),
    });
    for (const [id, chain] of found) merged.set(id, merge(merged.get(id), chain));
  }
  return [...merged.values()].map(
    (found): ChainPlan => ({
      chain: found.chain,
      organization: found.organization,
      listed: found.listed,
      above: found.above,
      below: found.below,
      lastDelivered: lastDelivered(found, expectations),
      follow: (ref) => follow(ref, found, known, context),
    }),
  );
}

/** Lists the folder that a link leads to, once, for the digests of the same chain; a trail may move its bucket or prefix. */
async function follow(
  ref: ObjectRef,
  found: ListedChain,
  known: Set<string>,
  context: RunContext,
): Promise<readonly ListedDigest[]> {
  const key = parseDigestKey(ref.key);
  if (key === undefined || chainId(chainOf(key)) !== chainId(found.chain)) return [];
  const folder: PlaceFolder = { ...key, bucket: ref.bucket, families: [] };
  if (known.has(folderId(folder))) return [];
  known.add(folderId(folder));
  const where = `s3://${ref.bucket}/${digestFolderKey(folder, found.chain.region)}`;
  context.limit(
    'FOLLOWED_ELSEWHERE',
    `The trail led to ${where}, outside the target: its digests and their log files were checked, its folders were not searched for other trails or unlisted log files.`,
  );
  try {
    const window = { from: context.window.from, to: Math.min(context.window.to, key.endTime + DAY) };
    const chains = await listDigests(context.source, folder, found.chain.region, { window });
    return chains.get(chainId(found.chain))?.listed ?? [];
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || !['TARGET_NOT_FOUND', 'ACCESS_DENIED'].includes(error.code))
      throw error;
    context.limit(
      'FOLLOWED_UNLISTED',
      `${where}, where the trail was before, could not be listed: ${error.message}`,
    );
    return [];
  }
}

function merge(a: ListedChain | undefined, b: ListedChain): ListedChain {
  if (a === undefined) return b;
  const newest = (x: ListedDigest | undefined, y: ListedDigest | undefined): ListedDigest | undefined =>
    (x?.endTime ?? Number.NEGATIVE_INFINITY) >= (y?.endTime ?? Number.NEGATIVE_INFINITY) ? x : y;
  const oldest = (x: ListedDigest | undefined, y: ListedDigest | undefined): ListedDigest | undefined =>
    (x?.endTime ?? Number.POSITIVE_INFINITY) <= (y?.endTime ?? Number.POSITIVE_INFINITY) ? x : y;
  const organization = a.organization ?? b.organization;
  return {
    chain: a.chain,
    organization,
    listed: a.listed.concat(b.listed),
    above: oldest(a.above, b.above),
    below: newest(a.below, b.below),
  };
}

function lastDelivered({ chain }: ListedChain, expectations: readonly Expectation[]): number | undefined {
  if (chain.kind === 'backfill') return undefined;
  const times = expectations
    .filter(
      (one) => one.account === chain.account && one.region === chain.region && one.trail === chain.trail,
    )
    .filter((one) => (one.homeRegion ?? chain.homeRegion) === chain.homeRegion)
    .flatMap((one) => (one.lastDelivered === undefined ? [] : [one.lastDelivered]));
  return times.length === 0 ? undefined : largest(times);
}

function folderId(folder: PlaceFolder): string {
  return `${folder.bucket}/${accountFolderKey(folder)}`;
}
