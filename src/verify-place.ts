/** The verification of one place: all chains of one account and Region, their log files, and the files nobody listed. */

import type { ChainPlan, RunContext, WalkStep } from './chain/chain-plan.ts';
import type { FoundChain } from './chain/check-expectations.ts';
import type { Interval } from './chain/coverage.ts';
import type { Place } from './chain/discover.ts';
import type { Expectation } from './chain/expectation.ts';
import { findingObject } from './chain/finding-object.ts';
import { hasLogFiles } from './chain/has-log-files.ts';
import { planChains } from './chain/plan-chains.ts';
import { walkBackfill } from './chain/walk-backfill.ts';
import { ChainWalk } from './chain/walk-chain.ts';
import { type Chain, chainId } from './digest/chain-id.ts';
import { digestFolderKey } from './digest/digest-key.ts';
import type { TrailEvent } from './findings/event.ts';
import type { Finding } from './findings/finding.ts';
import type { LogQueue } from './logs/log-queue.ts';
import { UnlistedLogs } from './logs/unlisted-logs.ts';
import { verifyLog } from './logs/verify-log.ts';

/** What the places of one run share. */
export interface PlaceRun {
  readonly context: RunContext;
  readonly expectations: readonly Expectation[];
  readonly isInScope: (chain: Chain) => boolean;
  readonly emit: (event: TrailEvent) => Promise<void>;
  /** Undefined where log files are not checked. */
  readonly logQueue: LogQueue | undefined;
  readonly checksUnlisted: boolean;
}

/** Verifies one place. Rejects only with errors that end the run. */
export async function verifyPlace(place: Place, run: PlaceRun): Promise<readonly FoundChain[]> {
  const { context, emit } = run;
  const { plans, unrecognized } = await planChains(place, context, run.expectations);
  for (const { bucket, object } of unrecognized) {
    const subject = findingObject({ bucket, key: object.key }, context.moves);
    await emitFinding(run, {
      code: 'OBJECT_UNRECOGNIZED',
      weight: 'note',
      object: subject,
      evidence: { size: object.size },
    });
  }
  const announced = new Set<string>();
  const announce = async (plan: ChainPlan): Promise<void> => {
    const id = chainId(plan.chain);
    if (announced.has(id)) return;
    announced.add(id);
    const organization = plan.organization === undefined ? {} : { organization: plan.organization };
    const facts = {
      chain: plan.chain,
      ...organization,
      inScope: run.isInScope(plan.chain),
      listed: plan.listed.length,
    };
    await emit({ type: 'chain', id, ...facts });
  };
  for (const plan of plans.filter(({ listed, below }) => listed.length > 0 || below !== undefined))
    await announce(plan);
  for (const finding of await foldersWithoutDigests(place, run)) await emitFinding(run, finding);

  const unlisted = run.checksUnlisted ? new UnlistedLogs(place, context) : undefined;
  const newest = new Map<string, number>();
  const open = new Map<string, Interval>();
  const take = async (plan: ChainPlan, step: WalkStep): Promise<void> => {
    const isInScope = run.isInScope(plan.chain);
    open.delete(chainId(plan.chain));
    if (step.openHole !== undefined) open.set(chainId(plan.chain), step.openHole);
    // A chain that is only seen above the window is none of the report's, unless it tells something of the window.
    if (step.events.length > 0) await announce(plan);
    for (const event of step.events)
      if (event.type === 'uncovered' && event.reason !== 'CHAIN_STARTS_LATE') unlisted?.hole(event);
    if (isInScope) for (const event of step.events) await emit(event);
    if (step.digest === undefined) return;
    const { digest, asRecorded, ref } = step.digest;
    const id = chainId(plan.chain);
    newest.set(id, Math.max(newest.get(id) ?? 0, digest.endTime));
    if (plan.chain.kind === 'standard' && asRecorded && digest.previous !== undefined) {
      unlisted?.cover({ from: digest.startTime, to: digest.endTime });
    }
    for (const log of digest.logFiles) {
      unlisted?.register(log);
      if (!isInScope) continue;
      await run.logQueue?.add(async () => {
        if (context.signal?.aborted === true) return;
        const job = { log, chain: id, digest: ref, digestEnd: digest.endTime };
        for (const event of await verifyLog(job, context.source, context.moves)) await emit(event);
      });
    }
  };

  // What is out of scope is walked only for the log files it lists.
  const walked = plans.filter((plan) => run.isInScope(plan.chain) || unlisted !== undefined);
  for (const plan of walked.filter(({ chain }) => chain.kind === 'backfill')) {
    for await (const step of walkBackfill(plan, context)) await take(plan, step);
  }
  const standard = walked.filter(({ chain }) => chain.kind === 'standard');
  for await (const { plan, step } of inDescendingTime(standard, context)) {
    await take(plan, step);
    for (const finding of (await unlisted?.passed(step.at, open.values())) ?? [])
      await emitFinding(run, finding);
  }
  if (context.signal?.aborted !== true) {
    for (const finding of (await unlisted?.finish()) ?? []) await emitFinding(run, finding);
  }
  return plans
    .filter(({ chain }) => run.isInScope(chain) && announced.has(chainId(chain)))
    .map(({ chain }) => ({ chain, newestProven: newest.get(chainId(chain)) }));
}

/** The steps of several walks, the newest first, so that all of them have come down to a time before any goes below it. */
async function* inDescendingTime(
  plans: readonly ChainPlan[],
  context: RunContext,
): AsyncGenerator<{ plan: ChainPlan; step: WalkStep }> {
  const walks = await Promise.all(
    plans.map(async (plan) => {
      const steps = new ChainWalk(plan, context).steps();
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

/** A finding for each folder of the place that holds log files of the window, and beside them no digest folder. */
async function foldersWithoutDigests(place: Place, run: PlaceRun): Promise<readonly Finding[]> {
  const { context } = run;
  const findings: Finding[] = [];
  for (const folder of place.folders) {
    if (folder.families.includes('CloudTrail-Digest')) continue;
    if (!(await hasLogFiles(context.source, folder, place.region, context.window))) continue;
    const object = findingObject(
      { bucket: folder.bucket, key: digestFolderKey(folder, place.region) },
      context.moves,
    );
    const evidence = { basis: 'log-files', account: place.account, region: place.region } as const;
    findings.push({ code: 'CHAIN_ABSENT', weight: 'unproven', object, evidence });
  }
  return findings;
}

async function emitFinding(run: PlaceRun, finding: Finding): Promise<void> {
  await run.emit({ type: 'finding', finding });
}
