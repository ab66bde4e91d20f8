/**
 * The route on one page: find the places, walk their chains, check their log files, hold what was found against what
 * must be there, and fold the events into a report.
 */
import { randomUUID } from 'node:crypto';
import type { RunContext } from './chain/chain-plan.ts';
import type { FoundChain } from './chain/check-expectations.ts';
import { type Discovery, discover } from './chain/discover.ts';
import type { Expectation } from './chain/expectation.ts';
import { type Scope, scopeExpectations, scopeTests } from './chain/scope.ts';
import { Channel } from './channel.ts';
import { type Clock, systemClock } from './clock.ts';
import { closingFindings } from './closing-findings.ts';
import type { KeyRing } from './crypto/key-ring.ts';
import { type Relocation, relocator } from './digest/relocation.ts';
import { TrailVerifyError } from './errors.ts';
import type { Limit, TrailEvent } from './findings/event.ts';
import { LogQueue } from './logs/log-queue.ts';
import { mapParallel } from './parallel.ts';
import { ReportBuilder } from './report/build-report.ts';
import { fixedLimits } from './report/limits.ts';
import type { Report } from './report/report.ts';
import { RunProgress } from './run-progress.ts';
import type { Source } from './source/source.ts';
import { limitSource } from './source/wrappers.ts';
import { verifyPlace } from './verify-place.ts';
import { VERSION } from './version.ts';

export type { Relocation, Scope };

/** Everything under `prefix` of a bucket; `prefix` is '' or ends in `/`. */
export interface Target {
  readonly bucket: string;
  readonly prefix: string;
}

/** What to verify, and with what. Times are milliseconds since the epoch. */
export interface VerifyOptions {
  readonly source: Source;
  readonly targets: readonly Target[];
  readonly keyRing: KeyRing;
  /** The window in digest time; default: everything found, to now. */
  readonly from?: number;
  readonly to?: number;
  readonly scope?: Scope;
  readonly expectations?: readonly Expectation[];
  readonly relocated?: readonly Relocation[];
  /** Check log files against their recorded hashes (default true). */
  readonly logs?: boolean;
  /** List the log folders for files that no digest names (default true). */
  readonly unlisted?: boolean;
  readonly clock?: Clock;
  /** The name of this run in the report; default a random UUID. */
  readonly runId?: string;
  readonly signal?: AbortSignal;
  /** Objects read at once (default 64). */
  readonly concurrency?: number;
  /** What could not be known before the run began, for the report. */
  readonly limits?: readonly Limit[];
}

const DEFAULT_CONCURRENCY = 64;
/** Places walked at once, and digests of one chain opened ahead: enough to keep the requests in flight busy. */
const PLACES_AT_ONCE = 8;
const DIGESTS_AHEAD = 16;
/** Events that wait for a slow reader before the run waits too. */
const EVENTS_WAITING = 1024;

/**
 * The events of a verification as they happen. When `signal` aborts, the run winds down with a RUN_INTERRUPTED
 * finding. Throws TrailVerifyError where the run itself cannot go on (TARGET_NOT_FOUND, TARGET_WITHOUT_TRAIL,
 * ACCESS_DENIED, CREDENTIALS, UNREACHABLE).
 */
export async function* examineTrail(options: VerifyOptions): AsyncGenerator<TrailEvent> {
  const channel = new Channel<TrailEvent>(EVENTS_WAITING);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const run = examine({ ...options, signal }, (event) => channel.push(event)).then(
    () => channel.close(),
    (error: unknown) => channel.close({ error }),
  );
  try {
    yield* channel;
  } finally {
    // A reader that leaves early ends the run as well.
    stop.abort();
    await run;
  }
}

/** Verifies and reports: `examineTrail`, folded. Every event is also handed to `onEvent`. Throws as `examineTrail`. */
export async function verifyTrail(
  options: VerifyOptions,
  onEvent?: (event: TrailEvent) => void,
): Promise<Report> {
  const builder = new ReportBuilder({
    runId: options.runId ?? randomUUID(),
    version: VERSION,
    node: process.versions.node,
    source: {
      target: options.source.description,
      kind: options.source.kind,
      relocated: options.relocated ?? [],
    },
    logsChecked: options.logs !== false,
    keys: () => options.keyRing.used(),
  });
  for await (const event of examineTrail(options)) {
    builder.add(event);
    onEvent?.(event);
  }
  return builder.build();
}

async function examine(
  options: VerifyOptions & { readonly signal: AbortSignal },
  emit: (event: TrailEvent) => Promise<void>,
): Promise<void> {
  const clock = options.clock ?? systemClock;
  const started = clock.now();
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  const window = { from: options.from, to: Math.min(options.to ?? started, started) };
  const limits = [...fixedLimits(options), ...(options.limits ?? [])];
  const context: RunContext = {
    source: limitSource(options.source, concurrency),
    keyRing: options.keyRing,
    moves: relocator(options.relocated ?? []),
    window,
    clock,
    signal: options.signal,
    ahead: DIGESTS_AHEAD,
    limit: (code, text) => limits.push({ code, text }),
  };
  await emit({
    type: 'started',
    at: started,
    source: options.source.description,
    window: { from: window.from ?? null, to: window.to },
  });
  const scope = scopeTests(options.scope);
  const expected = [...(options.expectations ?? []), ...scopeExpectations(options.scope)];
  const expectations = expected.filter(scope.includesExpectation);
  const discovery = await discover({
    source: context.source,
    targets: options.targets,
    inScope: scope.includesPlace,
  });
  if (discovery.places.length === 0 && expectations.length === 0)
    throw withoutTrail(options.source, options.targets);

  const summaries = await verifyPlaces(discovery, {
    options,
    context,
    expectations,
    concurrency,
    emit,
    isInScope: scope.includesChain,
  });
  for (const finding of closingFindings({
    targets: options.targets,
    context,
    discovery,
    expectations,
    summaries,
  }))
    await emit({ type: 'finding', finding });
  for (const text of options.keyRing.limits()) limits.push({ code: 'KEYS', text });
  for (const limit of limits) await emit({ type: 'limit', limit });
  await emit({ type: 'finished', at: clock.now() });
}

interface PlacesRun {
  readonly options: VerifyOptions;
  readonly context: RunContext;
  readonly expectations: readonly Expectation[];
  readonly concurrency: number;
  readonly emit: (event: TrailEvent) => Promise<void>;
  readonly isInScope: ReturnType<typeof scopeTests>['includesChain'];
}

/** Walks the places, several at once. The first error that ends the run ends them all. */
async function verifyPlaces({ places }: Discovery, run: PlacesRun): Promise<readonly FoundChain[]> {
  const { options, context, expectations, emit, isInScope } = run;
  const logQueue = options.logs === false ? undefined : new LogQueue(run.concurrency);
  const progress = new RunProgress(places.length);
  const counted = async (event: TrailEvent): Promise<void> => {
    await emit(event);
    const update = progress.after(event);
    if (update !== undefined) await emit(update);
  };
  const placeRun = {
    context,
    expectations,
    isInScope,
    emit: counted,
    logQueue,
    checksUnlisted: options.unlisted !== false,
  };
  const summaries = await mapParallel(places, PLACES_AT_ONCE, async (place) => {
    if (context.signal?.aborted === true) return [];
    const chains = await verifyPlace(place, placeRun);
    progress.placeDone();
    return chains;
  });
  await logQueue?.drain();
  return summaries.flat();
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
