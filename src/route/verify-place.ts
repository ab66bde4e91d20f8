/** The verification of one place: all chains of one account and Region, their log files, and the files nobody listed. */

import { DIGEST_PERIOD } from '../chain/coverage.ts';
import type { Place } from '../chain/discover.ts';
import { foldersWithoutDigests, provenDigestsOf } from '../chain/folders-without-digests.ts';
import {
  type ChainPlan,
  type RunContext,
  showExamined,
  type WalkStep,
  type Window,
} from '../chain/list-digests.ts';
import { joinMoved } from '../chain/moved-chains.ts';
import { narrowPlan, planChains } from '../chain/plan-chains.ts';
import { walkBackfill } from '../chain/walk-backfill.ts';
import { inDescendingTime } from '../chain/walk-chain.ts';
import { chainId } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Finding } from '../findings/finding.ts';
import type { UnlistedLogs } from '../logs/unlisted-logs.ts';
import type { PlaceReview } from '../state/place-review.ts';
import type { LogFiles } from './log-files.ts';
import { type Phase, runPhases } from './phases.ts';
import { PlaceChains } from './place-chains.ts';
import { type NeverDecided, PlaceMisfits, unlistedLogs, unreportedFolders } from './place-unlisted.ts';
import type { Emit } from './progress.ts';
import type { PlacesFound, Run } from './run.ts';

/** What the places of one run share. */
export interface PlaceRun {
  readonly run: Run;
  /** Takes the events of the place. */
  readonly emit: Emit;
  /** Undefined where log files are not checked. */
  readonly logFiles: LogFiles | undefined;
  readonly undecided: NeverDecided;
}

/** Verifies one place, and says which chains in scope it holds. Rejects only with errors that end the run. */
export async function verifyPlace(place: Place, placeRun: PlaceRun): Promise<PlacesFound> {
  const verification = new PlaceVerification(place, placeRun);
  await runPhases(PHASES, verification, placeRun.run.stop);
  return verification.result;
}

/** A walk ends by itself once a run was stopped. */
const PHASES: readonly Phase<PlaceVerification>[] = [
  { name: 'list chains', onceStopped: 'runs', run: (place) => place.plan() },
  { name: 'walk backfill chains', onceStopped: 'runs', run: (place) => place.walkBackfill() },
  { name: 'walk hourly chains', onceStopped: 'runs', run: (place) => place.walkHourly() },
  { name: 'read right below the window', onceStopped: 'left-out', run: (place) => place.readBelow() },
  { name: 'tell what no digest lists', onceStopped: 'left-out', run: (place) => place.tellUnlisted() },
];

class PlaceVerification {
  readonly #place: Place;
  readonly #run: PlaceRun;
  readonly #context: RunContext;
  readonly #chains: PlaceChains;
  readonly #misfits: PlaceMisfits;
  #review: PlaceReview | undefined;
  #unlisted: UnlistedLogs | undefined;
  /** The chains that are walked. */
  #walked: readonly ChainPlan[] = [];
  /** The parts of the window that are walked. */
  #windows: readonly Window[] = [];
  #absent: PlacesFound['absent'] = [];

  constructor(place: Place, placeRun: PlaceRun) {
    const { context, scope } = placeRun.run;
    this.#place = place;
    this.#run = placeRun;
    this.#context = context;
    this.#chains = new PlaceChains(context.window, context.clock, scope.includesChain);
    this.#misfits = new PlaceMisfits(context);
  }

  /** What the place was found to hold. */
  get result(): PlacesFound {
    return { found: this.#chains.found, absent: this.#absent };
  }

  async plan(): Promise<void> {
    const { run, undecided } = this.#run;
    const context = this.#context;
    const isInScope = run.scope.includesChain;
    // Listed before anything is read: what changes meanwhile is a change to the next run.
    const review = await run.memory?.open(this.#place);
    this.#review = review;
    if (review !== undefined) run.options.shards?.listAnew(this.#place);
    const listed = review === undefined ? context : { ...context, window: review.listed };
    const found = await planChains(this.#place, listed, run.expectations, async (bucket, object) => {
      const misfit = this.#misfits.among(bucket, object);
      if (misfit !== undefined) await this.#tell([misfit]);
    });
    for (const { chain, listed: digests } of found)
      if (digests.length > 0) run.options.shards?.sees(chainId(chain));
    const plans = await joinMoved(found, this.#place, context);
    const { windows, isKnown } = review?.plan(plans.filter(({ chain }) => isInScope(chain))) ?? {};
    this.#windows = windows ?? [context.window];
    // A chain that is only seen above the window is announced with its first event.
    for (const plan of plans)
      if (plan.listed.length > 0 || plan.below !== undefined) await this.#announce(plan);
    run.progress.placeListed();
    this.#absent = await foldersWithoutDigests(this.#place, plans, context, isInScope);
    if (run.options.unlisted !== false)
      this.#unlisted = unlistedLogs({
        place: this.#place,
        context,
        coverage: this.#chains.coverage,
        windows,
        review,
        misfits: this.#misfits,
        undecided,
        unreported: unreportedFolders(this.#place, plans, this.#absent, isInScope),
      });
    // What is out of scope is walked only for the log files it lists.
    this.#walked = plans.filter(({ chain }) => isInScope(chain) || this.#unlisted !== undefined);
    if (isKnown === true) this.#chains.lieIn(this.#walked);
  }

  /** Judges backfill chains at once: their links lead to any time. */
  async walkBackfill(): Promise<void> {
    for (const whole of this.#walked) {
      if (whole.chain.kind !== 'backfill') continue;
      const { plan, settled } = this.#review?.backfill(whole) ?? { plan: whole, settled: undefined };
      for await (const step of walkBackfill(plan, this.#context, settled)) await this.#take(plan, step);
    }
  }

  async walkHourly(): Promise<void> {
    const hourly = this.#walked.filter(({ chain }) => chain.kind === 'standard');
    for (const window of this.#windows) await this.#walk(hourly, window);
  }

  /** Log files that were delivered right before the window's first hour may be named by the digest below it. */
  async readBelow(): Promise<void> {
    const { stop } = this.#run.run;
    const { from } = this.#context.window;
    // Where an earlier run has judged the objects there, no digest is needed.
    if (this.#unlisted === undefined || from === undefined || this.#review?.readsBelow === false) return;
    for (const plan of this.#walked) if (!stop.isStopped) await this.#readBelow(plan, from, this.#unlisted);
  }

  async tellUnlisted(): Promise<void> {
    if (this.#unlisted !== undefined) {
      await this.#tell(this.#misfits.listed(this.#review));
      await this.#tell(this.#unlisted.finish());
    }
    await this.#tell(this.#review?.findings() ?? []);
  }

  /** Walks every hourly chain down through `window`, or the part of it that the chain has. */
  async #walk(chains: readonly ChainPlan[], window: Window): Promise<void> {
    const context = { ...this.#context, window };
    const windows = new Map<ChainPlan, Window>();
    for (const plan of chains) {
      const own = this.#review === undefined ? window : this.#review.windowOf(plan, window);
      if (own === undefined) continue;
      windows.set(this.#review === undefined ? plan : narrowPlan(plan, own), own);
    }
    const contextOf = (plan: ChainPlan): RunContext => ({ ...context, window: windows.get(plan) ?? window });
    // Only a check of log files and a state need each digest as it is.
    const inRuns = this.#run.logFiles === undefined && this.#review === undefined;
    for await (const { plan, step } of inDescendingTime([...windows.keys()], context, contextOf, inRuns)) {
      await this.#take(plan, step);
      // A run of digests is at its newest, to which the others have come down. A walk that ends at the beginning of its chain has
      // passed this window and none of the others.
      const at = Math.max(step.at, window.from ?? step.at);
      await this.#tell(this.#unlisted?.passed(at, this.#chains.open) ?? []);
    }
  }

  async #readBelow(plan: ChainPlan, from: number, unlisted: UnlistedLogs): Promise<void> {
    const endTime = narrowPlan(plan, this.#context.window).below?.endTime ?? Number.NEGATIVE_INFINITY;
    // An older one names nothing of the window's first hour.
    const isNear = endTime >= from - 2 * DIGEST_PERIOD;
    const below = isNear ? provenDigestsOf(plan, { from: endTime - 1, to: endTime }, this.#context) : [];
    for await (const verified of below) {
      this.#chains.provenBelow(plan, verified);
      for (const log of verified.digest.logFiles) unlisted.register(log);
    }
    this.#chains.readBelow(plan, from);
  }

  async #announce(plan: ChainPlan): Promise<void> {
    const event = this.#chains.announce(plan);
    if (event !== undefined) await this.#run.emit(event);
  }

  /** Passes on one step of a walk: its events, and the log files of its digest. */
  async #take(plan: ChainPlan, step: WalkStep): Promise<void> {
    const isInScope = this.#run.run.scope.includesChain(plan.chain);
    this.#chains.step(plan, step);
    if (step.events.length > 0) await this.#announce(plan);
    await showExamined(this.#context, step);
    for (const event of step.events) {
      this.#chains.before(plan, event);
      if (isInScope) await this.#run.emit(event);
      if (event.type === 'digests') this.#takeRun(plan, event, step);
    }
    if (step.digest === undefined) return;
    const id = chainId(plan.chain);
    this.#review?.proven(id, step.digest);
    this.#chains.proven(plan, step.digest);
    for (const log of step.digest.digest.logFiles) this.#unlisted?.register(log);
    if (!isInScope) return;
    // Asked for so, for nearly always there is nothing to wait for.
    const held = this.#run.logFiles?.take(id, step.digest, this.#review);
    if (held !== undefined) await held;
  }

  #takeRun(plan: ChainPlan, event: Extract<TrailEvent, { type: 'digests' }>, { named }: WalkStep): void {
    this.#chains.provenRun(plan, event);
    if (this.#unlisted === undefined || named === undefined) return;
    for (const key of named.keys) this.#unlisted.register({ bucket: named.bucket, key });
  }

  async #tell(findings: Iterable<Finding> | AsyncIterable<Finding>): Promise<void> {
    for await (const finding of findings) await this.#run.emit({ type: 'finding', finding });
  }
}
