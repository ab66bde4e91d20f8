import type { ChainPlan, RunContext, WalkStep } from './chain-plan.ts';
import { ChainWalk } from './walk-chain.ts';

/**
 * The steps of several walks, the newest first, so that all of them have come down to a time before any goes below it.
 * `contextOf` may give a walk a window of its own; `inRuns` allows for a run of sound digests as one step (see `ChainWalker`).
 */
export async function* inDescendingTime(
  plans: readonly ChainPlan[],
  context: RunContext,
  contextOf: (plan: ChainPlan) => RunContext = () => context,
  inRuns = false,
): AsyncGenerator<{ plan: ChainPlan; step: WalkStep }> {
  const walks = await Promise.all(
    plans.map(async (plan) => {
      const own = contextOf(plan);
      const steps = own.walker?.walk(plan, own, inRuns) ?? new ChainWalk(plan, own).steps();
      return { plan, steps, next: await steps.next() };
    }),
  );
  for (;;) {
    let newest: (typeof walks)[number] | undefined;
    let at = Number.NEGATIVE_INFINITY;
    for (const walk of walks) {
      if (walk.next.done === true || (newest !== undefined && walk.next.value.at <= at)) continue;
      newest = walk;
      at = walk.next.value.at;
    }
    if (newest === undefined || newest.next.done === true) return;
    yield { plan: newest.plan, step: newest.next.value };
    newest.next = await newest.steps.next();
  }
}
