import { DAY, HOUR } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { largest } from '../base/lists.ts';
import {
  accountFolderKey,
  chainId,
  chainOf,
  digestFolderKey,
  parseDigestKey,
  trailId,
} from '../digest/digest-key.ts';
import type { ListedObject, ObjectRef } from '../source/source.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { Place, PlaceFolder } from './discover.ts';
import {
  type ChainPlan,
  type Expectation,
  type ListedChain,
  listDigests,
  placeDigest,
  type RunContext,
  type Window,
} from './list-digests.ts';
import { findBeginning, findEnd, type Looked, type LookRequest, lookAhead, lookBack } from './look-around.ts';

/** What of a run plans its chains. */
type PlanContext = Pick<RunContext, 'source' | 'window' | 'clock' | 'limit'>;

/**
 * Lists every digest folder of a place and makes one plan for each chain, wherever its digests are: also for one that ended
 * long before the window, or of which only later digests are there. Objects among them that are no digests go to `onUnrecognized` with their bucket.
 */
export async function planChains(
  place: Place,
  context: PlanContext,
  expectations: readonly Expectation[],
  onUnrecognized: (bucket: string, object: ListedObject) => Promise<void>,
): Promise<readonly ChainPlan[]> {
  const { source, window } = context;
  const latest = Math.max(context.clock.now(), window.to) + CLOCK_SLACK;
  const merged = new Map<string, ListedChain>();
  const known = new Set<string>();
  const past: LookedInto[] = [];
  const future: LookedInto[] = [];
  for (const folder of place.folders.filter(({ families }) => families.includes('CloudTrail-Digest'))) {
    known.add(folderId(folder));
    const tell = (object: ListedObject): Promise<void> => onUnrecognized(folder.bucket, object);
    const request = { source, folder, region: place.region, window, latest };
    const found = await listDigests(source, folder, place.region, { window, latest, onUnrecognized: tell });
    for (const [id, chain] of found) merged.set(id, merge(merged.get(id), chain));
    past.push({ request, looked: await lookBack({ ...request, onUnrecognized: tell }) });
    const ahead = await lookAhead({ ...request, onUnrecognized: tell }, context.clock.now());
    future.push({ request, looked: ahead });
  }
  for (const [id, chain] of await endedBefore(past, merged)) merged.set(id, merge(merged.get(id), chain));
  const later = await seenLater(future, merged);
  if ([...past, ...future].some(({ looked }) => !looked.isWhole))
    context.limit('LOOKED_BACK_IN_SAMPLES', SAMPLED);
  const all = [...merged.values(), ...later.values()].map(({ chain }) => chain);
  const own = new Set(all.filter(({ organization }) => organization === undefined).map(chainId));
  const plan = (found: ListedChain): ChainPlan => ({
    chain: found.chain,
    organization: found.organization,
    listed: found.listed,
    above: found.above,
    below: found.below,
    seenIn: found.seenIn,
    ...statusOf(found, expectations, own),
    follow: (ref) => follow(ref, found, known, context),
  });
  return [
    ...[...merged.values()].map(plan),
    ...[...later.values()].map((found) => ({ ...plan(found), above: undefined, later: found.above })),
  ];
}

const SAMPLED =
  'Chains that ended more than 40 days before the window, and those that are left only from more than a day after it, were looked for in samples of the digest folders: the oldest digests, the newest, and those of 2, 4, 8 and more months before and after the window. A chain that lies wholly between samples goes unseen, unless a trail ARN, --expect or a state says that it must be there.';

/** How far another clock may be ahead. */
const CLOCK_SLACK = HOUR;
/** Chains of one place whose very end is searched for, a dozen requests each; of others the newest digest that was seen is taken for it. */
const MOST_ENDS = 32;

/** What was seen of a folder before its listing, or after it. */
interface LookedInto {
  readonly request: LookRequest;
  readonly looked: Looked;
}

/**
 * What the past adds to the chains that are listed: where each was seen, the newest digest of those of which nothing is listed
 * down from the window, and the chains that ended. A backfill chain counts for the hourly chain that it belongs to: it ends
 * whenever nothing is late any more.
 */
async function endedBefore(
  past: readonly LookedInto[],
  merged: ReadonlyMap<string, ListedChain>,
): Promise<ReadonlyMap<string, ListedChain>> {
  const ended = new Map<string, ListedChain>();
  let searches = 0;
  const seen = idsOf(past);
  for (const { request, looked } of past) {
    for (const [id, chain] of looked.chains) {
      const near = merged.get(id);
      if (near === undefined && isOfHourly(chain, merged, seen)) continue;
      if (near !== undefined && (near.listed.length > 0 || near.below !== undefined)) {
        for (const folder of chain.seenIn) near.seenIn.add(folder);
        if (near.below === undefined) ended.set(id, merge(ended.get(id), chain));
        continue;
      }
      // Names of chains cost an intruder nothing.
      if (searches < MOST_ENDS) await findEnd(request, chain, looked);
      searches += 1;
      ended.set(id, merge(ended.get(id), chain));
    }
  }
  return ended;
}

/**
 * The chains of which nothing but later digests is there, each with the oldest (`above`) that could be found. Of those that
 * are listed it is only noted where else they were seen.
 */
async function seenLater(
  future: readonly LookedInto[],
  merged: ReadonlyMap<string, ListedChain>,
): Promise<ReadonlyMap<string, ListedChain>> {
  const later = new Map<string, ListedChain>();
  let searches = 0;
  const seen = idsOf(future);
  for (const { request, looked } of future) {
    for (const [id, chain] of looked.chains) {
      const near = merged.get(id);
      if (near !== undefined) for (const folder of chain.seenIn) near.seenIn.add(folder);
      if (near !== undefined || isOfHourly(chain, merged, seen)) continue;
      if (searches < MOST_ENDS) await findBeginning(request, chain, looked);
      searches += 1;
      later.set(id, merge(later.get(id), chain));
    }
  }
  return later;
}

function idsOf(folders: readonly LookedInto[]): ReadonlySet<string> {
  return new Set(folders.flatMap(({ looked }) => [...looked.chains.keys()]));
}

/** Whether a chain is the backfill chain of an hourly one that is known. */
function isOfHourly(
  { chain }: ListedChain,
  merged: ReadonlyMap<string, unknown>,
  seen: ReadonlySet<string>,
): boolean {
  const hourly = chainId({ ...chain, kind: 'standard' });
  return chain.kind === 'backfill' && (merged.has(hourly) || seen.has(hourly));
}

/** Lists the folder that a link leads to, once, for the digests of the same chain; a trail may move its bucket or prefix. */
async function follow(
  ref: ObjectRef,
  found: ListedChain,
  known: Set<string>,
  context: PlanContext,
): Promise<readonly ListedDigest[]> {
  const key = parseDigestKey(ref.key);
  if (key === undefined || trailId(chainOf(key)) !== trailId(found.chain)) return [];
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
    return chains.get(chainId(chainOf(key)))?.listed ?? [];
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
    seenIn: new Set([...a.seenIn, ...b.seenIn]),
  };
}

/**
 * What AWS says of a chain: when it delivered last, and when the trail was switched off. What it says of an account's own trail is
 * not said of an organization's, where the account has both; `own` are the ids of chains of accounts' own trails.
 */
function statusOf(
  { chain }: ListedChain,
  expectations: readonly Expectation[],
  own: ReadonlySet<string>,
): Pick<ChainPlan, 'lastDelivered' | 'stopped'> {
  if (chain.kind === 'backfill') return { lastDelivered: undefined };
  const hasOwn = own.has(trailId(chain));
  const reported = expectations
    .filter(({ organization }) => organization !== undefined || chain.organization === undefined || !hasOwn)
    .filter(
      (one) => one.account === chain.account && one.region === chain.region && one.trail === chain.trail,
    )
    .filter((one) => (one.homeRegion ?? chain.homeRegion) === chain.homeRegion);
  const times = reported.flatMap(({ lastDelivered }) => lastDelivered ?? []);
  const stops = reported.flatMap(({ stopped }) => stopped ?? []);
  return {
    lastDelivered: times.length === 0 ? undefined : largest(times),
    stopped: stops.length === 0 ? undefined : largest(stops),
  };
}

function folderId(folder: PlaceFolder): string {
  return `${folder.bucket}/${accountFolderKey(folder)}`;
}

/** The same chain for a part of the window that `plan` was listed for: its digests there, and the nearest around them. */
export function narrowPlan(plan: ChainPlan, window: Window): ChainPlan {
  const narrow: ListedChain = {
    chain: plan.chain,
    organization: plan.organization,
    listed: [],
    above: undefined,
    below: undefined,
    seenIn: new Set(),
  };
  for (const digest of [plan.below, ...plan.listed, plan.above])
    if (digest !== undefined) placeDigest(narrow, digest, window);
  return { ...plan, listed: narrow.listed, above: narrow.above, below: narrow.below };
}
