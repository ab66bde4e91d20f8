import { isDeepStrictEqual } from 'node:util';
import { TrailVerifyError } from '../../../base/errors.ts';
import { mapParallel } from '../../../base/flow.ts';
import { type Driven, type DriveProgress, driveRun, forgetRun } from '../../../engine/drive.ts';
import { paceOf } from '../../../engine/jobs.ts';
import type { EngineStore } from '../../../engine/store.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { countOf, formatCount, formatDuration } from '../../../render/words.ts';
import type { Plan } from '../../../scale/plan.ts';
import type { ResultStore } from '../../../scale/shard-results.ts';
import type { TrustedSigners } from '../../../scale/signed.ts';
import { interruption } from '../../io/exit.ts';
import {
  type Asked,
  askedOf,
  openPlanStore,
  readStoredPlan,
  requireNotInPlan,
  resultStore,
  signPlan,
  trustedSigners,
} from '../../io/plan.ts';
import { progressDisplay, withProgress } from '../../io/progress.ts';
import { countsFor } from '../../io/shard.ts';
import { askingAt } from '../../io/signing/secrets.ts';
import { openSigner } from '../../io/signing/signer.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { RunRecord } from '../../options/added.ts';
import type { EngineSettings } from '../../options/engine.ts';
import { signingWhere } from '../../options/signing.ts';
import type { TargetSettings } from '../../options/target.ts';
import type { VerifySettings } from '../verify-options.ts';
import { mergeCommand } from './merge.ts';
import type { MergeSettings } from './merge-options.ts';
import { writeNewPlan } from './plan.ts';
import { openWatchedStore } from './watched-store.ts';

/** A run whose shards are read by the workers of an engine. */
export interface EngineRunSettings extends VerifySettings {
  readonly engine: EngineSettings;
}

/**
 * Makes a plan or goes on with one, has its shards read, and merges; returns the exit code. Throws TrailVerifyError as `plan` and
 * `merge` do, UNREACHABLE where the store cannot be used, and INTERRUPTED: what was read until then is in the plan.
 */
export async function engineVerifyCommand(
  asked: EngineRunSettings,
  outer: Terminal,
  record: RunRecord,
): Promise<number> {
  const { engine } = asked;
  await requireNotInPlan(engine.place, { ...asked, shardSigners: engine.shardSigners });
  const display = progressDisplay(outer.error, asked.quiet ? false : asked.progress, Date.now);
  const terminal = withProgress(outer, display);
  const settings = { ...asked, access: askingAt(terminal, asked.access) };
  const say = (text: string): void => terminal.error.write(`trail-verify: ${escapeTerminal(text)}\n`);
  let isMerging = false;
  // Nobody needs it while the report is made.
  const { store, signal, fatal } = await openWatchedStore(engine.store, terminal, () => isMerging);
  const interrupted = interruption(
    terminal,
    () => 'workers go on with what is queued, and --resume goes on from there',
    display.clear,
  );
  try {
    const known = await planOf(settings, terminal);
    const { plan } = known;
    const driven = await drive(store, known, settings, {
      signal: AbortSignal.any([interrupted.signal, signal]),
      onProgress: (progress) => display.update((columns) => progressLine(progress, columns)),
      say,
    }).catch((error: unknown) => {
      throw fatal() ?? resumable(error, plan.sha256);
    });
    display.clear();
    interrupted.end();
    tellMissing(driven, plan, say);
    isMerging = true;
    const exitCode = await mergeCommand(mergeOf(settings, plan.sha256), outer, record);
    await forgetRun(store, plan.sha256);
    return exitCode;
  } finally {
    display.clear();
    interrupted.end();
    await store.close();
  }
}

/** A plan, and whose results of it count. */
interface KnownPlan {
  readonly plan: Plan<Asked>;
  readonly trusted: TrustedSigners;
}

/** The plan: a new one, or the one that is there and is of the very same run. Throws as `plan` and `merge` do. */
async function planOf(settings: EngineRunSettings, terminal: Terminal): Promise<KnownPlan> {
  const { engine, quiet, signing, access } = settings;
  // Before anything is made: whose results would count?
  const signer = (await openSigner(signing, access, terminal))?.signer;
  if (signer === undefined)
    throw new TrailVerifyError('CONFIGURATION', 'workers read no plan that nobody has signed', {
      hint: 'leave out --no-sign',
    });
  const trusted = await trustedSigners(signer, engine.shardSigners);
  const store = openPlanStore(engine.place, access);
  let hash = engine.resume;
  let said: readonly string[] = [];
  if (hash === undefined) {
    const asked = {
      ...settings,
      shards: engine.shards,
      output: engine.place,
      state: settings.state?.place,
    };
    const made = await writeNewPlan(asked, terminal).catch((error: unknown) => {
      throw withOwnHint(error);
    });
    hash = made.sha256;
    said = made.lines;
  }
  const plan = await readStoredPlan(store, engine.place, hash, { hashFrom: '--resume' });
  if (engine.resume !== undefined) requireSame(plan, settings, store.location);
  // A run that was killed may have left its plan unsigned.
  await signPlan(store, hash, signer, Date.now());
  // Standard output is the report's.
  if (!quiet) for (const line of said) terminal.error.write(`${line}\n`);
  return { plan, trusted };
}

/** `plan` has an option of another name for its place. */
function withOwnHint(error: unknown): unknown {
  if (!(error instanceof TrailVerifyError) || error.code !== 'OUTPUT_NOT_USABLE') return error;
  const hint =
    'give another place with --plan, or go on with the plan that is there with --resume and its hash';
  return new TrailVerifyError(error.code, error.message, { hint, cause: error });
}

/** Times of one run that are given twice may be so many milliseconds apart. */
const SLACK = 120_000;

/** Throws CONFIGURATION where a plan is of another run than the one that was asked for now. */
function requireSame({ document }: Plan<Asked>, settings: TargetSettings, location: string): void {
  const { asked, window, planned } = document;
  const elapsed = (settings.now ?? Date.now()) - Date.parse(planned);
  // An age is counted from the time of the plan: what it says now is later by what has passed since.
  const isSameTime = (now: number | undefined, then: string | null): boolean => {
    if (now === undefined || then === null) return now === undefined && then === null;
    const apart = now - Date.parse(then);
    return apart === 0 || Math.abs(apart - elapsed) <= SLACK;
  };
  const isSameEnd = settings.to === undefined || isSameTime(settings.to, window.to);
  if (
    isDeepStrictEqual(plain(asked), plain(askedOf(settings))) &&
    isSameTime(settings.from, window.from) &&
    isSameEnd
  )
    return;
  throw new TrailVerifyError('CONFIGURATION', `the plan in ${location} is of another target, scope or time`, {
    hint: 'go on with the options that it was made with, or give another --plan',
  });
}

/** As it is in a file: without fields that are undefined. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Results that are read at once, each of which may be large. */
const RESULTS_AT_ONCE = 4;

interface DriveHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DriveProgress) => void;
  readonly say: (text: string) => void;
}

async function drive(
  store: EngineStore,
  { plan, trusted }: KnownPlan,
  { engine, access }: EngineRunSettings,
  { signal, onProgress, say }: DriveHooks,
): Promise<Driven> {
  const planStore = openPlanStore(engine.place, access);
  return driveRun({
    store,
    pace: paceOf(engine.lockSeconds),
    work: {
      name: engine.name,
      sha256: plan.sha256,
      shards: Array.from(plan.shards, ({ stretches }) => stretches[0]?.account ?? ''),
    },
    isResumed: engine.resume !== undefined,
    counting: async () => {
      const results = resultStore(planStore);
      const counts = await mapParallel(plan.shards.numbers, RESULTS_AT_ONCE, async (shard) => {
        for (const name of await results.names(shard))
          if (countsFor(plan, shard, await readFile(results, name), trusted)) return [shard];
        return [];
      });
      return new Set(counts.flat());
    },
    listed: async () => {
      const results = resultStore(planStore);
      const present = new Set<number>();
      for (const shard of plan.shards.numbers)
        if ((await results.names(shard)).length > 0) present.add(shard);
      return present;
    },
    signal,
    onProgress,
    onSilence: () =>
      say(
        `no worker of version ${plan.document.tool} takes a shard; waiting: start trail-verify worker with the same store`,
      ),
    onStandstill: ({ elapsed, waiting, active }) =>
      say(
        `nothing new for ${formatDuration(elapsed)}; the store says: ${formatCount(waiting)} waiting, ${formatCount(active)} being read; if that is wrong, ctrl-C and --resume ${plan.sha256} on an emptied store`,
      ),
  });
}

/** A result file; empty where there is none that can be read. */
async function readFile(results: ResultStore, name: string): Promise<Uint8Array> {
  const none = new Uint8Array();
  return (
    (await results.read(name).catch((error: unknown) => {
      if (error instanceof TrailVerifyError && error.code === 'CONFIGURATION') return none;
      throw error;
    })) ?? none
  );
}

function resumable(error: unknown, hash: string): unknown {
  if (!(error instanceof TrailVerifyError) || error.code !== 'INTERRUPTED') return error;
  return new TrailVerifyError('INTERRUPTED', error.message, {
    hint: `what was read is in the plan: run the same with --resume ${hash}, and without --shards`,
    cause: error,
  });
}

/** Shards that are named one by one. */
const MOST_NAMED = 10;

function tellMissing(
  { missing, reasons }: Driven,
  { shards }: Plan<Asked>,
  say: (text: string) => void,
): void {
  for (const shard of missing.slice(0, MOST_NAMED)) {
    const account = shards.at(shard)?.stretches[0]?.account ?? '';
    say(`shard ${shard} (${account}) has no result: ${reasons.get(shard) ?? 'no reason is known'}`);
  }
  if (missing.length > MOST_NAMED) say(`and so have ${missing.length - MOST_NAMED} more shards`);
  if (missing.length > 0) say('the report says what is unproven; --resume tries them again');
}

/** Shards and accounts on one line; what has no room is left out. */
function progressLine({ done, all, before, elapsed, accounts }: DriveProgress, columns: number): string {
  const read = done - before;
  const left = read > 0 && done < all ? ((all - done) * elapsed) / read : undefined;
  const [first, ...others] = accounts;
  const parts = [
    `shards ${formatCount(done)}/${formatCount(all)}`,
    ...(left === undefined ? [] : [`about ${formatDuration(left)} left`]),
    ...(first === undefined
      ? []
      : [`in ${first}${others.length > 0 ? ` and ${countOf(others.length, 'more account')}` : ''}`]),
  ];
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}  ${part}`;
    if (line !== '' && longer.length > columns) break;
    line = longer;
  }
  return line;
}

function mergeOf(settings: EngineRunSettings, planHash: string): MergeSettings {
  const { keyFiles, access, workers, concurrency, maxRate, trustEndpointKeys } = settings;
  const { expectFile, acceptFile, output, force, report, format, also, signing, record, metrics } = settings;
  const { failOn, quiet, verbose, progress, color, state, now, engine } = settings;
  return {
    keyFiles,
    access,
    workers,
    concurrency,
    maxRate,
    trustEndpointKeys,
    expectFile,
    acceptFile,
    output,
    force,
    report,
    format,
    also,
    signing: signingWhere(report || state !== undefined, signing),
    record,
    metrics,
    failOn,
    quiet,
    verbose,
    progress,
    color,
    state,
    now,
    plan: engine.place,
    planHash,
    hashFrom: '--resume',
    shardSigners: engine.shardSigners,
    own: signing,
  };
}
