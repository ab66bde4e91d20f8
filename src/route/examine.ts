/**
 * The route on one page: find the places, walk their chains, check their log files, and hold what was found against
 * what must be there.
 */

import { ControlSearch } from '../activity/search.ts';
import { systemClock } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { type ByteBudget, byteBudget, mapParallel } from '../base/flow.ts';
import { append } from '../base/lists.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { type Discovery, discover } from '../chain/discover.ts';
import { type ScopeTests, scopeExpectations, scopeTests } from '../chain/expectations.ts';
import type { ChainWalker, Expectation, RunContext } from '../chain/list-digests.ts';
import { strayFinding } from '../chain/stray.ts';
import { type RunChecker, runChecker } from '../checking/check-here.ts';
import { LogChecks } from '../checking/log-checks.ts';
import { relocator } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { RemovedDigests } from '../history/removed-digests.ts';
import { expiryFindings, HistoryLookup } from '../history/versions.ts';
import { earlierLimit, fixedLimits, undecidedLimit } from '../report/describe-run.ts';
import { Reach, refuseSweeping } from '../report/sweeping-acceptances.ts';
import type { Source } from '../source/source.ts';
import { interruptible, limitSource, rememberRetention } from '../source/wrappers.ts';
import { laxitiesOf } from '../state/read-checkpoint.ts';
import { RunMemory } from '../state/run-memory.ts';
import { stateTarget, type Target, type VerifyOptions } from '../verify-options.ts';
import { asideFindings } from './aside-findings.ts';
import { closingFindings } from './closing-findings.ts';
import { RunProgress } from './progress.ts';
import { isInterruption, type PlaceResult, verifyPlace } from './verify-place.ts';

type Emit = (event: TrailEvent) => Promise<void>;

/** Places walked at once, and digests of one chain opened ahead: enough to keep the requests in flight busy. */
const PLACES_AT_ONCE = 8;
const DIGESTS_AHEAD = 16;
/** Log files in memory at once, in bytes as stored: few large ones weigh as much as many small ones. */
const LOG_BYTES_HELD = 64 * 1024 * 1024;

/**
 * Who walks the chains elsewhere. A fixed number of requests is divided between log files and all else already; a third part of it
 * would often be none, and never what a chain needs. So chains of buckets are walked on the thread that asks then.
 */
function walkerOf({ source, concurrency, walker }: VerifyOptions): ChainWalker | undefined {
  return source.kind === 's3' && concurrency !== undefined ? undefined : walker;
}

/** Runs one verification and hands its events to `emit`. Rejects as `examineTrail` throws. */
export async function examine(options: VerifyOptions, report: Emit): Promise<void> {
  const clock = options.clock ?? systemClock;
  const started = clock.now();
  const checking = runChecker(options);
  const concurrency = checking.rest;
  const window = { from: options.from, to: Math.min(options.to ?? started, started) };
  const limits = [...fixedLimits(options), ...(options.limits ?? [])];
  const failed = new AbortController();
  const signal =
    options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const scope = scopeTests(options.scope);
  const context: RunContext = {
    source: rememberRetention(interruptible(limitSource(options.source, concurrency), signal)),
    keyRing: options.keyRing,
    moves: relocator(options.relocated ?? []),
    window,
    clock,
    signal,
    ahead: DIGESTS_AHEAD,
    walker: walkerOf(options),
    limit: (code, text) => limits.push({ code, text }),
    ...(options.onObject === undefined ? {} : { onObject: options.onObject }),
    onRecentEnd: (end) => {
      if (scope.includesChain(end.chain)) removed.seeRecent(end);
    },
  };
  const memory =
    options.state && new RunMemory(options.state, context, stateTarget(options), laxitiesOf(options));
  const removed = new RemovedDigests(context);
  const reach = new Reach(window);
  const emit: Emit = (event) => {
    memory?.observe(event);
    if (event.type === 'finding') removed.see(event.finding);
    reach.see(event);
    return report(event);
  };
  await emit({
    type: 'started',
    at: started,
    source: options.source.description,
    window: { from: window.from ?? null, to: window.to },
  });
  const told = (options.expectations ?? []).filter(scope.includesExpectation);
  const expectations = [...told, ...scopeExpectations(options.scope, told)];
  const { targets } = options;
  const discovery = await discover({
    source: context.source,
    targets,
    inScope: scope.includesPlace,
    looksForStrays: options.unlisted !== false,
  });
  const isExpected = expectations.length > 0 || memory?.knowsPlaces === true;
  // A search that did not look into every folder says nothing of what is there: that is a finding, and no error.
  const isLookedInto = async (): Promise<boolean> =>
    discovery.complete && ((await options.source.aside?.())?.unread ?? []).length === 0;
  if (discovery.places.length === 0 && !isExpected && (await isLookedInto()))
    throw withoutTrail(options.source, targets);

  const { acceptances = [] } = options;
  refuseSweeping(acceptances, reach.of(discovery.places));
  for (const stray of discovery.strays)
    await emit({ type: 'finding', finding: strayFinding(stray, context.moves) });

  const logBytes = byteBudget(LOG_BYTES_HELD);
  const search = new ControlSearch({ context, expectations, concurrency, logBytes });
  const stop = (): void => failed.abort();
  const run = { options, context, expectations, scope, concurrency, logBytes, search, emit, memory, stop };
  let result: PlacesResult;
  try {
    result = await verifyPlaces(discovery, { ...run, checking });
  } finally {
    await checking.close();
  }
  if (context.signal?.aborted !== true) {
    const recent = await removed.recent();
    for (const finding of [...recent, ...(await removed.wiped({ targets, discovery, scope }))]) {
      search.see({ type: 'finding', finding });
      await emit({ type: 'finding', finding });
    }
  }
  // Without a check of log files there is none that is known to be genuine.
  if (options.logs !== false && context.signal?.aborted !== true) await search.search(emit);
  if (context.signal?.aborted !== true)
    for (const finding of await expiryFindings(discovery.places, context))
      await emit({ type: 'finding', finding });
  for (const finding of await asideFindings(options.source, context.moves))
    await emit({ type: 'finding', finding });
  const whole = { targets, context, discovery, expectations, memory, ...result };
  for (const finding of closingFindings(whole)) await emit({ type: 'finding', finding });
  if (context.signal?.aborted !== true)
    for (const finding of await removed.findings()) await emit({ type: 'finding', finding });
  // What was covered is known now: a pattern may fit all of it by its times alone.
  if (context.signal?.aborted !== true) refuseSweeping(acceptances, reach.of(discovery.places));
  append(limits, memory?.limits() ?? []);
  for (const text of options.keyRing.limits()) limits.push({ code: 'KEYS', text });
  for (const limit of limits) await emit({ type: 'limit', limit });
  if (memory !== undefined) {
    const isComplete = result.failure === undefined && context.signal?.aborted !== true;
    await emit({ type: 'checkpoint', use: memory.conclude(isComplete) });
  }
  await emit({ type: 'finished', at: clock.now() });
}

interface PlacesRun {
  readonly options: VerifyOptions;
  readonly context: RunContext;
  readonly expectations: readonly Expectation[];
  readonly scope: ScopeTests;
  readonly concurrency: number;
  readonly logBytes: ByteBudget;
  readonly search: ControlSearch;
  readonly emit: Emit;
  readonly memory: RunMemory | undefined;
  readonly checking: RunChecker;
  readonly stop: () => void;
}

/** What the places hold, and the error that ended the run early. */
interface PlacesResult extends PlaceResult {
  readonly failure: TrailVerifyError | undefined;
}

/** Walks the places, several at once. The first error stops all; it is thrown where nothing was judged before it. */
async function verifyPlaces({ places }: Discovery, run: PlacesRun): Promise<PlacesResult> {
  const { options, context, expectations, concurrency, checking } = run;
  const { checker, inBatches } = checking;
  const progress = new RunProgress(places.length);
  // Listings may take long before there is anything to count.
  await run.emit(progress.now());
  const errors: unknown[] = [];
  const orStop = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work;
    } catch (error) {
      // What was being read when the run ended says nothing more.
      if (isInterruption(error, context)) return undefined;
      errors.push(error);
      run.stop();
      return undefined;
    }
  };
  const histories = new HistoryLookup(context.source, context.limit);
  const passOn: Emit = (event) => {
    const passed = run.emit(event);
    const update = progress.after(event);
    return update === undefined ? passed : passed.then(() => run.emit(update));
  };
  // Nearly all events wait for nothing, and each promise more is one for every event.
  const emit: Emit = (found) => {
    run.search.see(found);
    if (found.type !== 'finding' || context.signal?.aborted === true) return passOn(found);
    return histories.explain(found.finding).then((finding) => passOn({ ...found, finding }));
  };
  const checksUnlisted = options.unlisted !== false;
  const { source, moves, onObject, signal } = context;
  const logChecks =
    options.logs === false
      ? undefined
      : new LogChecks({ source, moves, checker, inBatches, concurrency, emit, onObject, signal });
  let undecided = 0;
  /** The earliest of the days before the oldest digest, by folder of a family and Region. */
  const earlier = new Map<string, string>();
  const placeRun = {
    context,
    expectations,
    isInScope: run.scope.includesChain,
    emit,
    logChecks,
    logBytes: run.logBytes,
    hash: (file: Uint8Array, handOver: boolean) => checker.hash(file, handOver, signal),
    checksUnlisted,
    onUndecided: () => {
      undecided += 1;
    },
    onEarlier: (folder: string, path: string) => {
      const known = earlier.get(folder);
      if (known === undefined || path < known) earlier.set(folder, path);
    },
    onProven: (chain: string, digest: VerifiedDigest) => run.search.proven(chain, digest),
    memory: run.memory,
  };
  const results = await mapParallel(places, PLACES_AT_ONCE, async (place) => {
    if (context.signal?.aborted === true) return [];
    const result = await orStop(verifyPlace(place, placeRun));
    progress.placeDone();
    return result === undefined ? [] : [result];
  });
  if (logChecks !== undefined) await orStop(logChecks.drain());
  if (undecided > 0) context.limit('LOGS_UNDECIDED', undecidedLimit(undecided));
  if (earlier.size > 0) context.limit('LOGS_BEFORE_DIGESTS', earlierLimit([...earlier.values()]));
  const whole = {
    found: results.flat().flatMap(({ found }) => found),
    absent: results.flat().flatMap(({ absent }) => absent),
  };
  if (errors.length === 0) return { ...whole, failure: undefined };
  const [failure] = errors;
  if (!(failure instanceof TrailVerifyError) || failure.code === 'INTERNAL' || !progress.hasBegun)
    throw failure;
  return { ...whole, failure };
}

function withoutTrail(source: Source, targets: readonly Target[]): TrailVerifyError {
  const isBucket = source.kind === 's3' && targets.length === 1;
  const where = isBucket ? `s3://${targets[0]?.bucket}/${targets[0]?.prefix}` : source.description;
  return new TrailVerifyError(
    'TARGET_WITHOUT_TRAIL',
    `${where} holds no CloudTrail folders (AWSLogs/<account>/CloudTrail…)`,
    {
      hint: "name the bucket and the trail's prefix as they are in CloudTrail, for example s3://bucket/prefix",
    },
  );
}
