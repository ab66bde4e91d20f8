/** The verification of one place: all chains of one account and Region, their log files, and the files nobody listed. */

import { TrailVerifyError } from '../base/errors.ts';
import type { ByteBudget } from '../base/flow.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD, type Interval } from '../chain/coverage.ts';
import { placeOf } from '../chain/digest-queue.ts';
import type { Place } from '../chain/discover.ts';
import type { FoundChain } from '../chain/expectations.ts';
import { foldersWithoutDigests } from '../chain/folders-without-digests.ts';
import type {
  ChainPlan,
  Expectation,
  NamedLogs,
  RunContext,
  WalkStep,
  Window,
} from '../chain/list-digests.ts';
import { narrowPlan, planChains } from '../chain/plan-chains.ts';
import { provenDigestsOf } from '../chain/prove-places.ts';
import { namesLogFile, strayFinding } from '../chain/stray.ts';
import { walkBackfill } from '../chain/walk-backfill.ts';
import { inDescendingTime } from '../chain/walk-chain.ts';
import type { LogChecks } from '../checking/log-checks.ts';
import type { HashFile } from '../crypto/hash.ts';
import { accountFolderKey, type Chain, chainId, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Finding, FindingOf } from '../findings/finding.ts';
import { type ChainEnd, LateLookup, PlaceCoverage } from '../logs/place-coverage.ts';
import { UnlistedLogs } from '../logs/unlisted-logs.ts';
import { type LogJob, verifyLog } from '../logs/verify-log.ts';
import type { ListedObject, ObjectRef } from '../source/source.ts';
import { sinceCheckpoint } from '../state/checkpoint-findings.ts';
import type { PlaceReview } from '../state/place-review.ts';
import type { RunMemory } from '../state/run-memory.ts';

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

/** What the places of one run share. */
export interface PlaceRun {
  readonly context: RunContext;
  readonly expectations: readonly Expectation[];
  readonly isInScope: (chain: Chain) => boolean;
  readonly emit: (event: TrailEvent) => Promise<void>;
  /** Undefined where log files are not checked. */
  readonly logChecks: LogChecks | undefined;
  /** What the log files may take that are read here and not yet hashed. */
  readonly logBytes: ByteBudget;
  /** Hashes those. */
  readonly hash: HashFile;
  readonly checksUnlisted: boolean;
  /** Is told of every log file that no digest read so far may decide. */
  readonly onUndecided: () => void;
  /** Is told of the days before the oldest digest that hold log files (see `SearchAids`). */
  readonly onEarlier: (folder: string, path: string) => void;
  /** Is told of every digest whose log files are checked. */
  readonly onProven: (chain: string, digest: VerifiedDigest) => void;
  /** What earlier runs left; undefined for a run without a state. */
  readonly memory: RunMemory | undefined;
}

/** What one place holds: its chains in scope, and its folders without digests. */
export interface PlaceResult {
  readonly found: readonly FoundChain[];
  readonly absent: readonly FindingOf<'CHAIN_ABSENT'>[];
}

/** Why time may be uncovered in which no log file of the chain was delivered, as far as anybody knows. */
const OWED_NOTHING: ReadonlySet<string> = new Set(['CHAIN_STARTS_LATE', 'CHAIN_ENDS_EARLY']);
/** Objects among the digests that are remembered as told, for the levels above them may show them again. */
const MOST_TOLD = 10_000;

/** Verifies one place, and tells which chains in scope it holds. Rejects only with errors that end the run. */
export function verifyPlace(place: Place, run: PlaceRun): Promise<PlaceResult> {
  return new PlaceVerification(place, run).verify();
}

function openEnded(
  windows: readonly Window[] | undefined,
): readonly { readonly from?: number; readonly to: number }[] | undefined {
  // A window without a beginning is searched as far as coverage goes, as ever.
  if (windows === undefined || windows.some(({ from }) => from === undefined)) return undefined;
  return windows.map(({ from = 0, to }) => ({ from, to }));
}

class PlaceVerification {
  readonly #place: Place;
  readonly #run: PlaceRun;
  readonly #coverage = new PlaceCoverage();
  #unlisted: UnlistedLogs | undefined;
  #review: PlaceReview | undefined;
  /** The chains told of so far, each with the end of its newest digest that covers time. */
  readonly #found = new Map<
    string,
    { readonly chain: Chain; newestCovered: number | undefined; organization: string | undefined }
  >();
  /** The chains whose starting digest was proven: before it they owed nothing. */
  readonly #begun = new Set<string>();
  /** Holes that no covered digest closes yet, by chain. */
  readonly #open = new Map<string, Interval>();
  /** Objects among the digests that were told, by bucket and key. */
  readonly #told = new Set<string>();

  constructor(place: Place, run: PlaceRun) {
    this.#place = place;
    this.#run = run;
  }

  async verify(): Promise<PlaceResult> {
    const { context, isInScope } = this.#run;
    // Listed before anything is read: what changes meanwhile is a change to the next run.
    this.#review = await this.#run.memory?.open(this.#place);
    const listed = this.#review === undefined ? context : { ...context, window: this.#review.listed };
    const plans = await planChains(this.#place, listed, this.#run.expectations, (bucket, object) =>
      this.#tellUnrecognized(bucket, object),
    );
    const { windows, isKnown } = this.#review?.plan(plans.filter(({ chain }) => isInScope(chain))) ?? {};
    // A chain that is only seen above the window is told of when it tells something of the window.
    for (const plan of plans)
      if (plan.listed.length > 0 || plan.below !== undefined) await this.#announce(plan);
    const absent = await foldersWithoutDigests(this.#place, plans, context, isInScope);
    if (this.#run.checksUnlisted)
      this.#unlisted = new UnlistedLogs(
        this.#place,
        context,
        this.#coverage,
        openEnded(windows),
        this.#review?.judged,
        {
          lookup: new LateLookup(this.#place.folders, this.#place.region, context),
          isTold: (bucket, key, prefix) =>
            this.#told.has(`${bucket}/${key}`) || this.#review?.hasListed(key, prefix) === true,
          untold: this.#untoldFolders(plans, absent),
          onUndecided: this.#run.onUndecided,
          onEarlier: this.#run.onEarlier,
        },
      );
    // What is out of scope is walked only for the log files it lists.
    const walked = plans.filter(({ chain }) => isInScope(chain) || this.#unlisted !== undefined);
    if (isKnown === true) this.#lieIn(walked);
    for (const plan of walked) if (plan.chain.kind === 'backfill') await this.#walkBackfill(plan);
    const standard = walked.filter(({ chain }) => chain.kind === 'standard');
    for (const window of windows ?? [context.window]) await this.#walk(standard, { ...context, window });
    // Where an earlier run has judged what lies there it needs no digest.
    if (this.#review?.readsBelow !== false && this.#unlisted !== undefined)
      for (const plan of walked) await this.#registerBelow(plan, this.#unlisted);
    if (context.signal?.aborted !== true) {
      if (this.#unlisted !== undefined) await this.#tellListedStrays();
      await this.#tell(this.#unlisted?.finish() ?? []);
      await this.#tell(this.#review?.findings() ?? []);
    }
    return { found: [...this.#found.values()].filter(({ chain }) => isInScope(chain)), absent };
  }

  /** Chains count for every folder that they lie in, also where an earlier run read their digests there. */
  #lieIn(chains: readonly ChainPlan[]): void {
    for (const { chain, listed } of chains)
      if (chain.kind === 'standard') for (const { ref } of listed) this.#coverage.lies(chainId(chain), ref);
  }

  /** Judges a backfill chain at once: its links lead to any time. */
  async #walkBackfill(whole: ChainPlan): Promise<void> {
    const { context } = this.#run;
    const { plan, settled } = this.#review?.backfill(whole) ?? { plan: whole, settled: undefined };
    for await (const step of walkBackfill(plan, context, settled)) await this.#take(plan, step);
  }

  /** Walks every hourly chain down through the window of `context`, or the part of it that the chain has. */
  async #walk(chains: readonly ChainPlan[], context: RunContext): Promise<void> {
    const windows = new Map<ChainPlan, Window>();
    for (const plan of chains) {
      const window =
        this.#review === undefined ? context.window : this.#review.windowOf(plan, context.window);
      if (window === undefined) continue;
      windows.set(this.#review === undefined ? plan : narrowPlan(plan, window), window);
    }
    const contextOf = (plan: ChainPlan): RunContext => ({
      ...context,
      window: windows.get(plan) ?? context.window,
    });
    // Only a check of log files and a state need each digest as it is.
    const inRuns = this.#run.logChecks === undefined && this.#review === undefined;
    for await (const { plan, step } of inDescendingTime([...windows.keys()], context, contextOf, inRuns)) {
      await this.#take(plan, step);
      // A run of digests is at its newest, to which the others have come down. A walk that ends at the beginning of its chain has
      // passed this window and none of the others.
      const at = Math.max(step.at, context.window.from ?? step.at);
      await this.#tell(this.#unlisted?.passed(at, this.#open) ?? []);
    }
  }

  async #announce(plan: ChainPlan): Promise<void> {
    const { chain, organization, listed } = plan;
    const id = chainId(chain);
    if (this.#found.has(id)) return;
    this.#found.set(id, { chain, newestCovered: undefined, organization: undefined });
    const facts = { chain, inScope: this.#run.isInScope(chain), listed: listed.length };
    await this.#run.emit({
      type: 'chain',
      id,
      ...facts,
      ...(organization === undefined ? {} : { organization }),
    });
  }

  /** Passes on one step of a walk: its events, and the log files of its digest. */
  async #take(plan: ChainPlan, step: WalkStep): Promise<void> {
    const id = chainId(plan.chain);
    const isInScope = this.#run.isInScope(plan.chain);
    // Of a chain out of scope nothing is told, so its holes excuse nothing.
    if (step.openHole === undefined || !isInScope) this.#open.delete(id);
    else this.#open.set(id, step.openHole);
    if (step.events.length > 0) await this.#announce(plan);
    for (const event of step.events) {
      // Before its first digest and after its last one a chain owed nothing.
      const isHole = event.type === 'uncovered' && !OWED_NOTHING.has(event.reason);
      if (isHole && isInScope) this.#coverage.hole(id, event);
      if (isInScope) await this.#run.emit(event);
      if (event.type === 'digests') this.#takeRun(plan, event, step.named);
    }
    if (step.digest === undefined) return;
    this.#review?.proven(id, step.digest);
    const { digest, asRecorded, ref } = step.digest;
    if (digest.previous === undefined) this.#begun.add(id);
    if (plan.chain.kind === 'standard' && asRecorded)
      this.#coverage.ends(id, ref, this.#endOf(plan, digest.endTime), digest.endTime);
    if (plan.chain.kind === 'standard' && asRecorded && digest.previous !== undefined) {
      this.#coverage.cover(id, ref, { from: digest.startTime, to: digest.endTime });
      this.#foundTo(id, ref, digest.endTime);
    }
    if (isInScope && this.#run.logChecks !== undefined) this.#run.onProven(id, step.digest);
    await this.#takeLogs(id, step.digest, isInScope);
  }

  /** A proven digest of a chain covers time up to `end`. */
  #foundTo(id: string, ref: ObjectRef, end: number): void {
    const found = this.#found.get(id);
    if (found === undefined) return;
    found.newestCovered = Math.max(found.newestCovered ?? 0, end);
    found.organization ??= parseDigestKey(ref.key)?.organization;
  }

  /** As `#take` of each digest of a run of an hourly chain, all of which cover time. */
  #takeRun(
    plan: ChainPlan,
    { newest: ref, windows }: EventOf<'digests'>,
    named: NamedLogs | undefined,
  ): void {
    const id = chainId(plan.chain);
    let covered: Interval | undefined;
    for (let at = 0; at < windows.length; at += 3) {
      const [from = 0, to = 0] = windows.subarray(at, at + 2);
      this.#coverage.ends(id, ref, this.#endOf(plan, to), to);
      this.#foundTo(id, ref, to);
      if (covered?.from === to) covered = { from, to: covered.to };
      else {
        if (covered !== undefined) this.#coverage.cover(id, ref, covered);
        covered = { from, to };
      }
    }
    if (covered !== undefined) this.#coverage.cover(id, ref, covered);
    if (this.#unlisted === undefined || named === undefined) return;
    for (const key of named.keys) this.#unlisted.register({ bucket: named.bucket, key });
  }

  /** Registers the log files of a proven digest, and has them checked; waits only for room where they wait. */
  async #takeLogs(chain: string, { digest, ref }: VerifiedDigest, isInScope: boolean): Promise<void> {
    const { logChecks } = this.#run;
    const logs = digest.logFiles;
    for (const log of logs) this.#unlisted?.register(log);
    if (logChecks === undefined || !isInScope) return;
    const one = async (position: number): Promise<void> => {
      const log = logs[position];
      if (log !== undefined)
        await this.#check({ log, position, chain, digest: ref, digestEnd: digest.endTime });
    };
    // Asked for so, for nearly always there is nothing to wait for.
    const held = logChecks.add({ chain, digest: ref, logs, one });
    if (held !== undefined) await held;
  }

  /**
   * What comes after the newest proven digest of a chain, which ends at `end`: what was delivered then is for its next one to
   * name, however far the others are, unless there is none.
   */
  #endOf({ above }: ChainPlan, end: number): ChainEnd {
    const { window, clock } = this.#run.context;
    if (above !== undefined) return 'unread';
    if (end < Math.min(window.to, clock.now() - DELIVERY_GRACE)) return 'over';
    return end >= clock.now() - DELIVERY_GRACE - DIGEST_PERIOD ? 'pending' : 'unread';
  }

  /** Log files that were delivered right before the window's first hour may be named by the digest below it. */
  async #registerBelow(plan: ChainPlan, unlisted: UnlistedLogs): Promise<void> {
    const { context } = this.#run;
    const { from } = context.window;
    if (from === undefined || context.signal?.aborted === true) return;
    const id = chainId(plan.chain);
    const endTime = narrowPlan(plan, context.window).below?.endTime ?? Number.NEGATIVE_INFINITY;
    // An older one names nothing of the window's first hour.
    const isNear = endTime >= from - 2 * DIGEST_PERIOD;
    const below = isNear ? provenDigestsOf(plan, { from: endTime - 1, to: endTime }, context) : [];
    for await (const { ref, digest } of below) {
      if (digest.previous === undefined) this.#begun.add(id);
      if (plan.chain.kind === 'standard' && digest.previous !== undefined)
        this.#coverage.cover(id, ref, { from: digest.startTime, to: digest.endTime });
      for (const log of digest.logFiles) unlisted.register(log);
    }
    // Whoever takes away or spoils that digest must not make room for a file that only it could deny.
    if (!this.#begun.has(id)) this.#coverage.edge(id, from, 2 * DIGEST_PERIOD);
  }

  /**
   * The account folders of which nothing is told, and from when on (milliseconds since the epoch): no later digest of a chain in scope
   * is judged there, and no finding says that there is none. Other digests may lie there: their names prove nothing.
   */
  #untoldFolders(
    plans: readonly ChainPlan[],
    absent: readonly FindingOf<'CHAIN_ABSENT'>[],
  ): ReadonlyMap<string, number> {
    const untold = new Map<string, number>();
    for (const folder of this.#place.folders) {
      const name = `${folder.bucket}/${accountFolderKey(folder)}`;
      if (absent.some(({ object }) => placeOf(object).startsWith(name))) continue;
      let newest = Number.NEGATIVE_INFINITY;
      for (const { chain, listed } of plans) {
        if (!this.#run.isInScope(chain)) continue;
        for (const { ref, endTime } of listed)
          if (endTime > newest && placeOf(ref).startsWith(name)) newest = endTime;
      }
      untold.set(name, newest);
    }
    return untold;
  }

  async #tellUnrecognized(bucket: string, object: ListedObject): Promise<void> {
    const place = `${bucket}/${object.key}`;
    if (this.#told.has(place)) return;
    if (this.#told.size < MOST_TOLD) this.#told.add(place);
    const stray = { bucket, object, asLog: namesLogFile(object.key), reason: 'place' } as const;
    await this.#tell([strayFinding(stray, this.#run.context.moves)]);
  }

  /** The strays that the listing of a run with a state has met. */
  async #tellListedStrays(): Promise<void> {
    for (const stray of this.#review?.strays ?? []) {
      if (this.#told.has(`${stray.bucket}/${stray.object.key}`)) continue;
      await this.#tell([strayFinding(stray, this.#run.context.moves)]);
    }
  }

  /** Checks one log file. */
  async #check(job: LogJob): Promise<void> {
    const { context, emit, logBytes, hash, memory } = this.#run;
    const review = this.#review;
    if (context.signal?.aborted === true) return;
    const hold = logBytes.hold();
    try {
      const { moves, onObject } = context;
      const reading = { onObject, hash, admit: hold.take };
      for (const event of await verifyLog(job, context.source, moves, reading)) {
        await emit(event);
        if (event.type !== 'finding' || review?.wasVerified(job.chain, job.digestEnd) !== true) continue;
        const since = memory?.basis && sinceCheckpoint(event.finding, memory.basis);
        if (since !== undefined) await emit(since);
      }
    } catch (error) {
      // What was not hashed before an interruption has not been judged.
      if (!isInterruption(error, context)) throw error;
    } finally {
      hold.release();
    }
  }

  async #tell(findings: Iterable<Finding> | AsyncIterable<Finding>): Promise<void> {
    for await (const finding of findings) await this.#run.emit({ type: 'finding', finding });
  }
}

/** True for the error of what an interruption ended. */
export function isInterruption(error: unknown, { signal }: RunContext): boolean {
  return signal?.aborted === true && error instanceof TrailVerifyError && error.code === 'INTERRUPTED';
}
