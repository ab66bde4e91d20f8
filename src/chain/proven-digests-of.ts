import type { ChainPlan, RunContext, Window } from './chain-plan.ts';
import type { VerifiedDigest } from './check-digest.ts';
import type { ExaminedDigest } from './examined-object.ts';
import { narrowPlan } from './narrow-plan.ts';
import { walkBackfill } from './walk-backfill.ts';
import { ChainWalk } from './walk-chain.ts';

/**
 * The proven digests of a chain in a window beside the run's own, for what they name alone: nothing of them is told, counted
 * or followed elsewhere. Rejects only with errors that end the run.
 */
export async function* provenDigestsOf(
  plan: Omit<ChainPlan, 'follow'>,
  window: Window,
  context: RunContext,
): AsyncGenerator<VerifiedDigest> {
  const { onObject, onRecentEnd: _none, ...rest } = context;
  const aside: RunContext = {
    ...rest,
    window,
    ...(onObject === undefined
      ? {}
      : {
          // A walk hands on digests alone.
          onObject: (object) => onObject({ ...(object as ExaminedDigest), counted: false }),
        }),
  };
  const alone = narrowPlan({ ...plan, follow: async () => [] }, window);
  const steps =
    plan.chain.kind === 'backfill' ? walkBackfill(alone, aside) : new ChainWalk(alone, aside).steps();
  for await (const { digest } of steps) if (digest?.asRecorded === true) yield digest;
}
