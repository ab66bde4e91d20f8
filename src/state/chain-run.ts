import { isoTime } from '../base/clock.ts';
import type { ChainPlan, Window } from '../chain/chain-plan.ts';
import { placeOf } from '../chain/digest-queue.ts';
import { chainId } from '../digest/digest-key.ts';
import type { Finding } from '../findings/finding.ts';
import type { ChainCheckpoint, LastDigest } from './checkpoint.ts';
import { type Basis, rewritten, rolledBack } from './checkpoint-findings.ts';

/** What one chain of the place turned out to be in this run. */
export interface ChainRun {
  plan: ChainPlan;
  since: number | undefined;
  newest: LastDigest | undefined;
  /** What was read where the checkpoint's last digest should be. */
  atLast: { sha256?: string; signature?: string; isProven: boolean } | undefined;
  digests: number;
  logs: number;
}

const NONE = { ref: { bucket: '', key: '' }, endTime: Number.NEGATIVE_INFINITY };

/** What is to be told of the digest that the checkpoint of a chain ends with; nothing where it is as it was. */
export function compareLast(
  known: ChainCheckpoint,
  run: ChainRun | undefined,
  basis: Basis,
): readonly Finding[] {
  if (run === undefined) return [];
  const { plan, atLast } = run;
  const { last } = known;
  if (atLast?.isProven === true) {
    const isSame = atLast.sha256 === last.sha256 && atLast.signature === last.signature;
    return isSame ? [] : [rewritten(known, atLast, basis)];
  }
  if (atLast?.sha256 !== undefined && atLast.sha256 !== last.sha256) return [rewritten(known, atLast, basis)];
  const listed = [plan.above, ...plan.listed, plan.below].filter((one) => one !== undefined);
  if (listed.some(({ ref }) => placeOf(ref) === placeOf(last))) return [];
  const newest = listed.reduce((a, b) => (b.endTime > a.endTime ? b : a), listed[0] ?? NONE);
  if (newest === NONE) return [];
  const isCutBack = newest.endTime < Date.parse(last.end);
  return [isCutBack ? rolledBack(known, newest, basis) : rewritten(known, {}, basis)];
}

/** The checkpoint that a chain has earned, `known` being its last one; undefined where nothing of it is proven. */
export function nextCheckpoint(
  run: ChainRun,
  known: ChainCheckpoint | undefined,
  window: Window,
): ChainCheckpoint | undefined {
  const from = window.from ?? Number.NEGATIVE_INFINITY;
  const id = chainId(run.plan.chain);
  const newest = run.newest;
  const isLater = newest !== undefined && Date.parse(newest.end) >= Date.parse(known?.last.end ?? newest.end);
  const last = isLater ? newest : known?.last;
  const began = known === undefined ? run.since : Date.parse(known.since);
  const since =
    began ?? (run.plan.chain.kind === 'backfill' && last !== undefined ? Date.parse(last.end) : undefined);
  if (last === undefined || since === undefined) return undefined;
  const counts = { digests: (known?.digests ?? 0) + run.digests, logs: (known?.logs ?? 0) + run.logs };
  return { id, ...run.plan.chain, since: isoTime(Math.max(since, from)), last, ...counts };
}
