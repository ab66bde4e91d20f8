import type { ChainPlan, RunContext, WalkStep } from './chain-plan.ts';

/** Walks chains elsewhere than on the thread that asks, with the very same `ChainWalk`. */
export interface ChainWalker {
  /**
   * The steps that `ChainWalk` makes of `plan`, in its order. `inRuns`: sound digests in a row come as one step, with a `digests` event
   * and the log files that they name (see `WalkStep.named`), and none of them as a digest. Rejects as `ChainWalk` does.
   */
  walk(plan: ChainPlan, context: RunContext, inRuns: boolean): AsyncGenerator<WalkStep>;
}
