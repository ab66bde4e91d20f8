/**
 * The route on one page: find the places, walk their chains, check their log files, and hold what was found against
 * what must be there.
 */

import { TrailVerifyError } from '../base/errors.ts';
import { append } from '../base/lists.ts';
import { discover, isOfQueries } from '../chain/discover.ts';
import type { KnownAccounts } from '../chain/listings.ts';
import { misfitFinding } from '../chain/misfits/misfits.ts';
import { isSeenWhole, knownAccounts, refusedAll, refusedLimit } from '../chain/refused-listings.ts';
import type { Finding } from '../findings/finding.ts';
import { expiryFindings } from '../history/versions.ts';
import type { Source } from '../source/source.ts';
import type { Target, VerifyOptions } from '../verify-options.ts';
import { closingFindings, outsideFindings } from './closing-findings.ts';
import { type Phase, runPhases } from './phases.ts';
import type { Emit } from './progress.ts';
import { beginRun, type Run, seesDeleted } from './run.ts';
import { walkPlaces } from './walk-places.ts';

/** The phases of a run, in the order of their events. */
const PHASES: readonly Phase<Run>[] = [
  { name: 'begin', onceStopped: 'runs', run: begin },
  { name: 'find the places', onceStopped: 'runs', run: findPlaces },
  { name: 'refuse acceptances of whole places', onceStopped: 'runs', run: refuseAcceptances },
  { name: 'report what belongs to no trail', onceStopped: 'runs', run: reportMisfits },
  { name: 'walk chains and check log files', onceStopped: 'runs', run: walkPlaces },
  {
    name: 'report what no result of the plan shows',
    when: ({ options, onlyQueries }) => options.shards !== undefined && !onlyQueries,
    onceStopped: 'left-out',
    run: tellUnread,
  },
  {
    name: 'look for digests removed from where they may be late',
    when: ({ onlyQueries }) => !onlyQueries,
    onceStopped: 'left-out',
    run: tellRemoved,
  },
  {
    name: 'search for what happened around trouble',
    // Without a check of log files there is none that is known to be genuine.
    when: ({ options }) => options.logs !== false,
    onceStopped: 'left-out',
    run: ({ search, emit }) => search.search(emit),
  },
  // Behind the search: no event of a trail says what became of a result.
  {
    name: 'verify query results',
    when: ({ discovery }) => discovery.queries.length > 0,
    onceStopped: 'left-out',
    run: async (run) => (await import('./query-results.ts')).verifyQueries(run),
  },
  { name: 'report what may expire', onceStopped: 'left-out', run: tellExpiry },
  { name: 'report what a copy holds outside its buckets', onceStopped: 'runs', run: reportOutside },
  {
    name: 'refuse names that are nowhere',
    when: ({ discovery: { queries }, onlyQueries }) => !onlyQueries && queries.length === 0,
    onceStopped: 'left-out',
    run: refuseUnknownNames,
  },
  { name: 'hold what was found against what must be there', onceStopped: 'runs', run: tellMissing },
  { name: 'look beyond the ends of chains', onceStopped: 'left-out', run: lookBeyondEnds },
  // What was covered is known now: a pattern may fit all of it by its times alone.
  { name: 'refuse acceptances of all time', onceStopped: 'left-out', run: refuseAcceptances },
  { name: 'say what was not checked', onceStopped: 'runs', run: tellLimits },
  { name: 'leave a state', when: ({ memory }) => memory !== undefined, onceStopped: 'runs', run: leaveState },
  { name: 'end', onceStopped: 'runs', run: end },
];

/** Runs one verification and hands its events to `report`. Rejects as `examineTrail` throws. */
export async function examine(options: VerifyOptions, report: Emit): Promise<void> {
  const run = beginRun(options, report);
  await runPhases(PHASES, run, run.stop);
}

function begin({ options, started, context: { window }, emit }: Run): Promise<void> {
  return emit({
    type: 'started',
    at: started,
    source: options.source.description,
    window: { from: window.from ?? null, to: window.to },
  });
}

async function findPlaces(run: Run): Promise<void> {
  const { options, context, scope, onlyQueries } = run;
  const { source, targets } = options;
  run.discovery = await discover({
    source: run.listing,
    targets,
    inScope: scope.includesPlace,
    looksForMisfits: options.unlisted !== false,
    onlyQueries,
    known: knownTo(run),
    onPlaces: (found) => {
      run.progress.found(found);
      return run.emit(run.progress.now());
    },
  });
  const { places, queries, refused } = run.discovery;
  const refusal = refusedAll(run.discovery);
  if (places.length === 0 && queries.length === 0 && refusal !== undefined) throw refusal;
  const limit = refusedLimit(refused);
  if (limit !== undefined) run.limits.push(limit);
  if (onlyQueries) refuseEmptyTargets(source, targets, queries);
  // Where versions are kept, those that only delete markers are left of are looked for first.
  if (onlyQueries || context.source.listVersions === undefined) await refuseNothing(run);
}

/** Throws TARGET_WITHOUT_TRAIL where a target holds nothing of CloudTrail, and nobody said that it must. */
async function refuseNothing(run: Run): Promise<void> {
  const { options, expectations, memory, onlyQueries, told } = run;
  const { source, targets } = options;
  const { places, queries } = run.discovery;
  if (places.length + queries.length + expectations.length + told > 0 || memory?.knowsPlaces === true) return;
  // A search that did not look into every folder says nothing of what is there: that is a finding, and no error.
  const beside = await source.outside?.();
  const isLookedInto = isSeenWhole(run.discovery) && seesDeleted(run) && (beside?.unread ?? []).length === 0;
  if (!isLookedInto) return;
  // In a copy a link or a pipe may be in the place of the folder that was looked for.
  const inPlace = beside && [
    ...run.discovery.misfits.map(({ object: { key, noFile } }) => ({ key, what: noFile })),
    ...beside.outside.map(({ path }) => ({ key: path, what: undefined })),
  ];
  throw withoutTrail(source, targets, onlyQueries, inPlace?.[0]);
}

function knownTo({ options, expectations, context }: Run): KnownAccounts {
  return knownAccounts(options.scope ?? {}, expectations, context.relocations);
}

/** Throws TARGET_WITHOUT_TRAIL for a target within a folder of CloudTrail Lake that holds no query results, though another target does. */
function refuseEmptyTargets(
  source: Source,
  targets: readonly Target[],
  queries: Run['discovery']['queries'],
): void {
  if (queries.length === 0) return;
  for (const target of targets) {
    const { bucket, prefix } = target;
    const isFound = queries.some(
      ({ bucket: own, key }) => own === bucket && (key.startsWith(prefix) || prefix.startsWith(key)),
    );
    if (isOfQueries(prefix) && !isFound) throw withoutTrail(source, [target], true);
  }
}

async function refuseAcceptances({ options, reach, discovery }: Run): Promise<void> {
  const { acceptances = [] } = options;
  if (acceptances.length === 0) return;
  const { refuseSweeping } = await import('../report/sweeping-acceptances.ts');
  refuseSweeping(acceptances, reach.of(discovery.places), reach.queries(discovery.queries));
}

function reportMisfits(run: Run): Promise<void> {
  const { discovery, context } = run;
  return tell(
    run,
    discovery.misfits.map((misfit) => misfitFinding(misfit, context.relocations)),
  );
}

async function tellUnread({ options: { shards }, emit }: Run): Promise<void> {
  for await (const finding of shards?.findings() ?? []) await emit({ type: 'finding', finding });
}

async function tellRemoved(run: Run): Promise<void> {
  const { options, removed, discovery, scope } = run;
  const recent = await removed.recent();
  const { targets } = options;
  const wiped = await removed.wiped({ targets, discovery, scope, known: knownTo(run) });
  await tell(run, [...recent, ...wiped]);
}

async function tellExpiry(run: Run): Promise<void> {
  await tell(run, await expiryFindings(run.discovery.places, run.context));
}

async function reportOutside(run: Run): Promise<void> {
  await tell(run, await outsideFindings(run.options.source, run.context.relocations));
}

/** Loaded late: most runs find what they were asked for. */
async function refuseUnknownNames(run: Run): Promise<void> {
  await refuseNothing(run);
  const { accounts = [], regions = [], trails = [] } = run.options.scope ?? {};
  if (run.places.found.length > 0 || accounts.length + regions.length + trails.length === 0) return;
  await (await import('./names-not-there.ts')).refuseNamesNotThere(run);
}

function tellMissing(run: Run): Promise<void> {
  return tell(run, closingFindings(run));
}

async function lookBeyondEnds(run: Run): Promise<void> {
  await tell(run, await run.removed.findings());
}

async function tellLimits({ options, memory, limits, emit }: Run): Promise<void> {
  append(limits, options.shards?.limits() ?? []);
  append(limits, memory?.limits() ?? []);
  for (const text of options.keyRing.limits()) limits.push({ code: 'KEYS', text });
  for (const limit of limits) await emit({ type: 'limit', limit });
}

async function leaveState({ memory, stop, emit }: Run): Promise<void> {
  // A run that was stopped, by an error too, has not seen everything.
  if (memory !== undefined) await emit({ type: 'checkpoint', use: memory.conclude(!stop.isStopped) });
}

function end({ context, emit }: Run): Promise<void> {
  return emit({ type: 'finished', at: context.clock.now() });
}

async function tell({ emit }: Run, findings: readonly Finding[]): Promise<void> {
  for (const finding of findings) await emit({ type: 'finding', finding });
}

/** `inPlace` is what a copy holds in the place of a trail's folder, as a noun where it is known. */
function withoutTrail(
  source: Source,
  targets: readonly Target[],
  onlyQueries: boolean,
  inPlace?: { readonly key: string; readonly what: string | undefined },
): TrailVerifyError {
  const isBucket = source.kind === 's3' && targets.length === 1;
  const where = isBucket ? `s3://${targets[0]?.bucket}/${targets[0]?.prefix}` : source.description;
  if (onlyQueries)
    return new TrailVerifyError(
      'TARGET_WITHOUT_TRAIL',
      `${where} holds no query results of CloudTrail Lake (AWSLogs/<account>/CloudTrail-Lake/Query)`,
      { hint: 'name the bucket and prefix where the results were delivered, for example s3://bucket/prefix' },
    );
  return new TrailVerifyError(
    'TARGET_WITHOUT_TRAIL',
    `${where} holds no CloudTrail folders (AWSLogs/<account>/CloudTrail…)`,
    {
      hint:
        inPlace === undefined
          ? "name the bucket and the trail's prefix as they are in CloudTrail, for example s3://bucket/prefix"
          : `${inPlace.key} is there, and is ${inPlace.what ?? 'no folder of a trail (links and pipes are not followed)'}: put the folder itself in its place; cp -L and rsync -L copy what links lead to`,
    },
  );
}
