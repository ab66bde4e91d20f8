/** What the phases of one run share: what it was asked for, whom it reads and trusts, who follows it, and what was found so far. */

import { ControlSearch } from '../activity/search.ts';
import { systemClock } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { type ByteBudget, byteBudget } from '../base/flow.ts';
import { type Discovery, isOfQueries } from '../chain/discover.ts';
import { type FoundChain, type ScopeTests, scopeExpectations, scopeTests } from '../chain/expectations.ts';
import type { ChainWalker, Expectation, RunContext } from '../chain/list-digests.ts';
import { RefusedListings } from '../chain/listings.ts';
import { type RunChecker, runChecker } from '../checking/check-here.ts';
import { relocator } from '../digest/digest-key.ts';
import type { Limit } from '../findings/event.ts';
import type { FindingOf } from '../findings/finding.ts';
import { RemovedDigests } from '../history/removed-digests.ts';
import { fixedLimits } from '../report/describe-run.ts';
import { Reach } from '../report/reach.ts';
import type { Source } from '../source/source.ts';
import { interruptible, limitSource, rememberRetention } from '../source/wrappers.ts';
import { notCheckedBy } from '../state/read-checkpoint.ts';
import { RunMemory } from '../state/run-memory.ts';
import { stateTarget, type VerifyOptions } from '../verify-options.ts';
import { RunStop } from './phases.ts';
import { type Emit, emitTo, type Observer, RunProgress } from './progress.ts';

/** Digests of one chain opened ahead: enough, with several places at once, to keep the requests in flight busy. */
const DIGESTS_AHEAD = 16;
/** Log files in memory at once, in bytes as stored: few large ones weigh as much as many small ones. */
const LOG_BYTES_HELD = 64 * 1024 * 1024;

/** What places hold: their chains in scope, and their folders without digests. */
export interface PlacesFound {
  readonly found: readonly FoundChain[];
  readonly absent: readonly FindingOf<'CHAIN_ABSENT'>[];
}

/** The sets that a run verified, as far as its closing findings must know them. */
export interface VerifiedQueries {
  /** Sets that were found in scope. */
  readonly found: number;
  /** Each set in scope whose signature was verified; the Region is the one that its key proves, and undefined where it proves none. */
  readonly signed: readonly {
    readonly account: string;
    readonly region: string | undefined;
    /** Whether nothing of it is unproven. */
    readonly isValid: boolean;
  }[];
}

/** Before the search for places. */
const NOTHING_FOUND: Discovery = {
  places: [],
  queries: [],
  complete: false,
  foldersListed: 0,
  misfits: [],
  refused: [],
  listed: new Set(),
};

/** One run. */
export interface Run {
  readonly options: VerifyOptions;
  /** When it began, in milliseconds since the epoch. */
  readonly started: number;
  readonly context: RunContext;
  /** The same source for who takes a refused listing as an error. */
  readonly listing: Source;
  readonly stop: RunStop;
  readonly scope: ScopeTests;
  readonly expectations: readonly Expectation[];
  /** Whether it was asked for the query results of CloudTrail Lake alone. What a target holds has no say in it. */
  readonly onlyQueries: boolean;
  /** Objects that it reads at once, without those that its checker reads. */
  readonly concurrency: number;
  readonly checking: RunChecker;
  /** What the log files may take that are read here and not yet hashed or searched. */
  readonly logBytes: ByteBudget;
  /** What its report must say is not shown. */
  readonly limits: Limit[];
  readonly emit: Emit;
  readonly progress: RunProgress;
  readonly search: ControlSearch;
  readonly removed: RemovedDigests;
  readonly reach: Reach;
  /** What earlier runs left; undefined for a run without a state. */
  readonly memory: RunMemory | undefined;
  /** What the search for places has found. */
  discovery: Discovery;
  /** Whether the walk of their chains has begun. */
  isWalking: boolean;
  /** How many findings were told so far. */
  told: number;
  /** What the places were found to hold. */
  places: PlacesFound;
  /** The query results that were verified. */
  queries: VerifiedQueries;
  /** The error that stopped the run; undefined where none did. */
  failure: TrailVerifyError | undefined;
}

/** What the run could see of its target: the search for places, with what could not be listed since. */
export function seenBy({ discovery, context }: Run): Discovery {
  return { ...discovery, refused: [...discovery.refused, ...(context.refused?.all ?? [])] };
}

/** What a run of `options` is made of, before its first phase; `report` takes its events. */
export function beginRun(options: VerifyOptions, report: Emit): Run {
  requireReading(options);
  requireDrawn(options);
  const clock = options.clock ?? systemClock;
  const started = clock.now();
  const checking = runChecker(options);
  const concurrency = checking.rest;
  const stop = new RunStop(options.signal);
  const { signal } = stop;
  const scope = scopeTests(options.scope);
  const onlyQueries = asksForQueriesOnly(options);
  const given = onlyQueries ? [] : (options.expectations ?? []).filter(scope.includesExpectation);
  const expectations = onlyQueries ? [] : [...given, ...scopeExpectations(options.scope, given)];
  const limits = [
    ...fixedLimits({ ...options, onlyQueries }),
    ...(options.limits ?? []),
    ...outsideScope(options, given),
  ];
  const window = { from: options.from, to: Math.min(options.to ?? started, started) };
  const source = options.shards?.over(options.source) ?? options.source;
  const listing = rememberRetention(interruptible(limitSource(source, concurrency), signal));
  const refused = new RefusedListings();
  const context: RunContext = {
    source: refused.around(listing),
    refused,
    keyRing: options.keyRing,
    relocations: relocator(options.relocated ?? []),
    window,
    clock,
    signal,
    ahead: DIGESTS_AHEAD,
    walker: walkerOf(options),
    limit: (code, text) => limits.push({ code, text }),
    onObject: options.onObject,
    onRecentEnd: (end) => {
      if (scope.includesChain(end.chain)) removed.seeRecent(end);
    },
  };
  const logBytes = byteBudget(LOG_BYTES_HELD);
  const progress = new RunProgress(options.logs !== false);
  const search = new ControlSearch({ context, expectations, concurrency, logBytes });
  const removed = new RemovedDigests(context);
  const reach = new Reach(window);
  const memory =
    options.state && new RunMemory(options.state, context, stateTarget(options), notCheckedBy(options));
  // In the order in which the phases ask them for what they have seen; none asks another.
  const observers: readonly Observer[] = [
    progress,
    {
      see: (event) => {
        // What belongs to no trail is reported before the walk, and is no trouble of a trail to search around.
        if (run.isWalking) search.see(event);
        if (event.type === 'finding') run.told += 1;
      },
    },
    removed,
    reach,
    ...(memory === undefined ? [] : [memory]),
  ];
  const run: Run = {
    options,
    started,
    context,
    listing,
    stop,
    scope,
    expectations,
    onlyQueries,
    concurrency,
    checking,
    logBytes,
    limits,
    emit: emitTo(report, observers, progress),
    progress,
    search,
    removed,
    reach,
    memory,
    discovery: NOTHING_FOUND,
    isWalking: false,
    told: 0,
    places: { found: [], absent: [] },
    queries: { found: 0, signed: [] },
    failure: undefined,
  };
  return run;
}

/** Throws CONFIGURATION for what is of no use without a trail. */
function asksForQueriesOnly({ targets, queryResultsOnly, state, expectations = [] }: VerifyOptions): boolean {
  const isWithin = targets.length > 0 && targets.every(({ prefix }) => isOfQueries(prefix));
  const isOnly = queryResultsOnly ?? isWithin;
  if (isOnly && (state !== undefined || expectations.length > 0))
    throw new TrailVerifyError(
      'CONFIGURATION',
      'a run of query results alone has no state, and expects no trail',
      { hint: 'leave out --state and --expect, or verify the bucket as a whole' },
    );
  return isOnly;
}

/** Throws CONFIGURATION for a share of days where none is listed, and so none drawn. */
function requireDrawn({ state }: VerifyOptions): void {
  if (state?.sample === undefined || state.relist !== false) return;
  throw new TrailVerifyError('CONFIGURATION', 'a run that lists no older days reads none of them again', {
    hint: 'leave out the sample of the state, or have the days listed',
  });
}

/** Throws CONFIGURATION for what needs the bytes of each object, which nobody has who merges the results of a plan. */
function requireReading({ shards, onObject, onLog }: VerifyOptions): void {
  if (shards === undefined || (onObject ?? onLog) === undefined) return;
  throw new TrailVerifyError('CONFIGURATION', 'a run that merges the results of a plan keeps no objects', {
    hint: 'verify without a plan for an evidence bag or an export of events',
  });
}

/**
 * Who walks the chains elsewhere. A fixed number of requests is divided between log files and all else already; a third part of it
 * would often be none, and never what a chain needs. So chains of buckets are walked on the thread that asks then.
 */
function walkerOf({ source, concurrency, walker, shards }: VerifyOptions): ChainWalker | undefined {
  // Threads read by themselves, and know no results.
  if (shards !== undefined) return undefined;
  return source.kind === 's3' && concurrency !== undefined ? undefined : walker;
}

/** The limit that says how much of a caller's list was not looked for because the scope leaves it out. */
function outsideScope({ expectations = [] }: VerifyOptions, given: readonly Expectation[]): readonly Limit[] {
  const isListed = ({ basis }: Expectation): boolean => basis === 'expect-file';
  const left = expectations.filter(isListed).length - given.filter(isListed).length;
  if (left === 0) return [];
  const text = `Of the expected accounts, Regions and trails ${left} ${left === 1 ? 'is' : 'are'} outside the scope of this run, and ${left === 1 ? 'was' : 'were'} not looked for.`;
  return [{ code: 'EXPECTED_OUTSIDE_SCOPE', text }];
}

/**
 * Whether the run could look at all that was deleted. Where versions may not be listed, or nobody understood their list, what is
 * not there may have been deleted, and is no typing error: whoever refuses the list must not turn a verdict into one.
 */
export function seesDeleted({ limits }: Run): boolean {
  return limits.every(({ code }) => code !== 'VERSIONS_NOT_SEEN');
}
