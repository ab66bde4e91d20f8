import type { ChainPlan, Window } from './chain-plan.ts';
import { type ListedChain, placeDigest } from './list-digests.ts';

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
