/**
 * Chains that moved between an organization's folder and the account's own. Their names alone do not show it, for two trails
 * may have one name:
 *
 *     own trail            09 10 11 12 13         own folder      09 10 11
 *     organization's trail 09 10 11 12 13         organization's           12 13      12 was signed as the successor of 11
 *
 * On the right it is one chain: a proven digest of one folder links to the other. Whatever nobody signed stays two chains.
 */

import { DAY, HOUR } from '../base/clock.ts';
import { largest, smallest } from '../base/lists.ts';
import { type Chain, chainId, chainOf, parseDigestKey, trailId } from '../digest/digest-key.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { Place } from './discover.ts';
import { provenDigestsOf } from './folders-without-digests.ts';
import { type ChainPlan, listDigests, type RunContext } from './list-digests.ts';

/** How long after the last digest of a folder its successor in another one is looked for, where the window does not show it. */
const HANDED_WITHIN = 2 * DAY;
/** A digest without metadata is proven by one of the next ones. */
const PROVEN_BY = 4 * HOUR;
/** Pairs of chains that are held against each other in one place, some requests each: names of folders cost an intruder nothing. */
const MOST_PAIRS = 32;

type Digests = Pick<ChainPlan, 'chain' | 'listed' | 'above' | 'below' | 'later'>;

/** Digests of `newer` that may continue `older`, with those that prove them. */
export interface Handover<Plan extends Digests = Digests> {
  readonly older: Plan;
  readonly newer: Plan;
  readonly digests: readonly ListedDigest[];
}

/**
 * The same plans, but one for each chain of which a proven digest says that it moved: with the name of the folder that its newest
 * digest is in. Rejects only with errors that end the run.
 */
export async function joinMoved(
  plans: readonly ChainPlan[],
  place: Place,
  context: RunContext,
): Promise<readonly ChainPlan[]> {
  /** What each chain became part of. */
  const joined = new Map<ChainPlan, ChainPlan[]>();
  for (const handover of await handoversOf(plans, place, context)) {
    const { older, newer } = handover;
    const parts = joined.get(newer) ?? [newer];
    if (parts.includes(older) || !(await isHandedOver(handover, context))) continue;
    const all = [...parts, ...(joined.get(older) ?? [older])];
    for (const part of all) joined.set(part, all);
  }
  if (joined.size === 0) return plans;
  const moved = [...new Set(joined.values())].map((parts) => ({ parts, whole: wholeOf(parts) }));
  /** One chain for each that moved, in the place of its first part. */
  const wholes = new Map(moved.map(({ parts, whole }) => [parts[0], whole]));
  const hourly = plans
    .filter((plan) => plan.chain.kind === 'standard' && (!joined.has(plan) || wholes.has(plan)))
    .map((plan) => wholes.get(plan) ?? plan);
  const backfill = plans.filter(({ chain }) => chain.kind === 'backfill');
  const idsOfMoved = new Set([...joined.keys()].map(({ chain }) => backfillId(chain)));
  return [
    ...hourly,
    ...backfill.filter(({ chain }) => !idsOfMoved.has(chainId(chain))),
    ...moved.flatMap((one) => backfillOf(one, backfill)),
  ];
}

function backfillId(chain: Chain): string {
  return chainId({ ...chain, kind: 'backfill' });
}

/**
 * The backfill chain of `whole`, which moved, and of which `parts` are the hourly digests; none where it has none. It has every id that the
 * hourly one had, also those of folders in which it has no digest: an earlier run may know it by each.
 */
function backfillOf(
  { parts, whole }: { readonly parts: readonly ChainPlan[]; readonly whole: ChainPlan },
  backfill: readonly ChainPlan[],
): readonly ChainPlan[] {
  const ids = parts.map(({ chain }) => backfillId(chain));
  const own = backfill.filter(({ chain }) => ids.includes(chainId(chain)));
  if (own.length === 0) return [];
  const chain: Chain = { ...whole.chain, kind: 'backfill' };
  return [{ ...wholeOf(own), chain, formerly: ids.filter((id) => id !== chainId(chain)) }];
}

/** The pairs of chains of which one may continue the other, and the digests that would say so. Throws as the source's listing. */
export async function handoversOf<Plan extends Digests>(
  plans: readonly Plan[],
  place: Place,
  context: Pick<RunContext, 'source'>,
): Promise<readonly Handover<Plan>[]> {
  const groups = new Map<string, Plan[]>();
  for (const plan of plans) {
    if (plan.chain.kind !== 'standard') continue;
    const group = groups.get(trailId(plan.chain)) ?? [];
    groups.set(trailId(plan.chain), group);
    group.push(plan);
  }
  const handovers: Handover<Plan>[] = [];
  let pairs = 0;
  for (const group of groups.values())
    for (const newer of group)
      for (const older of group) {
        if (newer === older) continue;
        if (pairs >= MOST_PAIRS) return handovers;
        pairs += 1;
        for (const digests of await firstOf(newer, older, place, context))
          handovers.push({ older, newer, digests });
      }
  return handovers;
}

/**
 * The digests of `newer` that may be its first one, and those that come next after the end of `older`: each with the few that
 * may prove it.
 */
async function firstOf(
  newer: Digests,
  older: Digests,
  place: Place,
  context: Pick<RunContext, 'source'>,
): Promise<readonly (readonly ListedDigest[])[]> {
  const end = endOf(older);
  const isShown = older.listed.length > 0 || end === undefined;
  const more = isShown ? [] : await listAfter(newer, end, place, context);
  const all = [...digestsOf(newer), ...more];
  const times = all.map(({ endTime }) => endTime);
  const first = [
    ...(newer.below === undefined ? [smallest(times)] : []),
    smallest(times.filter((time) => time > (end ?? Number.POSITIVE_INFINITY))),
  ].filter((time) => time < Number.POSITIVE_INFINITY);
  return [...new Set(first)].map((time) =>
    all.filter(({ endTime }) => endTime >= time && endTime <= time + PROVEN_BY),
  );
}

/** The digests of a chain right after the time `end`, in the folders of its organization. */
async function listAfter(
  { chain }: Digests,
  end: number,
  place: Place,
  { source }: Pick<RunContext, 'source'>,
): Promise<readonly ListedDigest[]> {
  const found: ListedDigest[] = [];
  for (const folder of place.folders) {
    if (!folder.families.includes('CloudTrail-Digest') || folder.organization !== chain.organization)
      continue;
    const window = { from: end, to: end + HANDED_WITHIN };
    const chains = await listDigests(source, folder, place.region, { window });
    found.push(...(chains.get(chainId(chain))?.listed ?? []));
  }
  return found;
}

/** Whether a proven digest of the newer chain names one of the older as the one before it. */
async function isHandedOver(
  { older, newer, digests }: Handover<ChainPlan>,
  context: RunContext,
): Promise<boolean> {
  const times = digests.map(({ endTime }) => endTime);
  const plan = { ...newer, listed: digests, above: undefined, below: undefined, later: undefined };
  const window = { from: smallest(times) - 1, to: largest(times) + 1 };
  // What is read for its link alone is no part of what was examined.
  for await (const { digest } of provenDigestsOf(plan, window, { ...context, onObject: undefined })) {
    const { previous } = digest;
    const led = previous && parseDigestKey(context.relocations.toActual(previous).key);
    if (led !== undefined && chainId(chainOf(led)) === chainId(older.chain)) return true;
  }
  return false;
}

function digestsOf({ below, listed, above, later }: Digests): readonly ListedDigest[] {
  return [below, ...listed, above, later].filter((digest) => digest !== undefined);
}

/** When the newest digest of a chain ends that is in the window or below it. */
function endOf({ below, listed }: Digests): number | undefined {
  const times = [...listed, ...(below === undefined ? [] : [below])].map(({ endTime }) => endTime);
  return times.length === 0 ? undefined : largest(times);
}

/** Several plans as that of one chain, with the name of the one that has the newest digest in the window or below it. */
function wholeOf(parts: readonly ChainPlan[]): ChainPlan {
  const end = (plan: ChainPlan): number => endOf(plan) ?? Number.NEGATIVE_INFINITY;
  const newest = parts.reduce((a, b) => (end(b) > end(a) ? b : a));
  const nearest = (
    digests: readonly (ListedDigest | undefined)[],
    is: 'oldest' | 'newest',
  ): ListedDigest | undefined =>
    digests
      .filter((digest) => digest !== undefined)
      .toSorted((a, b) => (is === 'oldest' ? a.endTime - b.endTime : b.endTime - a.endTime))[0];
  const above = nearest(
    parts.map((plan) => plan.above),
    'oldest',
  );
  const isLater = parts.every((plan) => end(plan) === Number.NEGATIVE_INFINITY && plan.above === undefined);
  return {
    ...newest,
    organization:
      newest.organization ?? parts.find(({ organization }) => organization !== undefined)?.organization,
    listed: parts.flatMap(({ listed }) => listed),
    above,
    below: nearest(
      parts.map((plan) => plan.below),
      'newest',
    ),
    later: isLater
      ? nearest(
          parts.map((plan) => plan.later),
          'oldest',
        )
      : undefined,
    seenIn: new Set(parts.flatMap(({ seenIn }) => [...(seenIn ?? [])])),
    formerly: parts.filter((plan) => plan !== newest).map(({ chain }) => chainId(chain)),
  };
}
