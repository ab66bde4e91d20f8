import { stat } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../../../base/errors.ts';
import { paceOf, type ShardDone, type ShardJob } from '../../../engine/jobs.ts';
import { serveShards } from '../../../engine/serve.ts';
import type { EngineStore } from '../../../engine/store.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { countOf } from '../../../render/words.ts';
import type { TrustedSigners } from '../../../scale/signed.ts';
import { EXIT, exitCodeOfError, interruption } from '../../io/exit.ts';
import { openPlanStore, readStoredPlan, requireNotInPlan, trustedSigners } from '../../io/plan.ts';
import { noShard, openShards, type ShardRunner, wordsOfShard } from '../../io/shard.ts';
import { askingAt } from '../../io/signing/secrets.ts';
import { openSigner } from '../../io/signing/signer.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { PlanPlace } from '../../options/plan.ts';
import { openWatchedStore } from './watched-store.ts';
import type { WorkerSettings } from './worker-options.ts';

/** Serves an engine until a signal comes, or until nothing is left; returns the exit code. Throws TrailVerifyError where the store cannot be used. */
export async function workerCommand(asked: WorkerSettings, terminal: Terminal): Promise<number> {
  const settings = { ...asked, access: askingAt(terminal, asked.access) };
  const say = (text: string): void => terminal.error.write(`trail-verify: ${escapeTerminal(text)}\n`);
  const missing = await missingFolder(asked.plans);
  await requireNotInPlan(asked.plans, asked);
  const { store, signal, fatal } = await openWatchedStore(asked.store, terminal);
  if (missing !== undefined)
    say(`there is no folder ${missing} yet; jobs of plans in it are served when it is there`);
  const interrupted = interruption(
    terminal,
    () => 'shards that are being read are handed back',
    () => {},
  );
  const opened = await openSigner(settings.signing, settings.access, terminal);
  const signers = await trustedSigners(opened?.signer, settings.runSigners);
  const plans = new OpenPlans(settings, signers, terminal);
  try {
    const { failed } = await serve(
      store,
      plans,
      settings,
      AbortSignal.any([interrupted.signal, signal]),
      say,
    );
    const why = fatal();
    if (why !== undefined) throw why;
    if (failed > 0) return EXIT.failed;
    return plans.differing > 0 ? EXIT.inconclusive : EXIT.valid;
  } finally {
    interrupted.end();
    await plans.close();
    await store.close();
  }
}

/** Returns the folder of plans that is not there yet, for it is made with the first plan. Throws TARGET_NOT_FOUND for one that is a file. */
async function missingFolder(plans: PlanPlace): Promise<string | undefined> {
  if (plans.kind !== 'folder') return undefined;
  const facts = await stat(plans.path).catch(() => undefined);
  if (facts === undefined) return plans.path;
  if (facts.isDirectory()) return undefined;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `${plans.path} is no folder`, {
    hint: 'give the folder or s3://bucket/prefix that holds the plans',
  });
}

function serve(
  store: EngineStore,
  plans: OpenPlans,
  { lockSeconds, shardsAtOnce, untilEmpty }: WorkerSettings,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<{ readonly failed: number }> {
  return serveShards({
    store,
    pace: paceOf(lockSeconds),
    shardsAtOnce,
    untilEmpty,
    signal,
    read: (job, signal) => plans.read(job, signal),
    isFinal,
    onStuck: (jobs) =>
      say(
        `${countOf(jobs, 'job')} left that other workers have, or that nobody can read; not waiting for them`,
      ),
    onFailed: (words, isLast) => say(`${words}${isLast ? '' : '; it is tried again'}`),
  });
}

/** Errors that are the same on every machine and each time: what the plan asks for cannot be read, or is too much for one shard. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof TrailVerifyError)) return false;
  return error.code === 'TARGET_TOO_LARGE' || exitCodeOfError(error.code) === EXIT.usage;
}

/** A plan whose target is open. */
interface OpenPlan {
  readonly count: number;
  readonly runner: ShardRunner;
  /** The shards that this worker has read. */
  readonly read: Set<number>;
}

/** Plans that are kept open between two of their shards. */
const MOST_OPEN = 4;

/**
 * The plans of a worker, each opened once. A job says which by a name and a hash: the name is one segment below the worker's own
 * place, and the plan there must have that hash. Jobs are anybody's word who can write the store, and a plan has this machine read with
 * its rights. So somebody must have signed it who may ask for that.
 */
class OpenPlans {
  readonly #settings: WorkerSettings;
  readonly #signers: TrustedSigners;
  readonly #terminal: Terminal;
  readonly #open = new Map<string, { readonly plan: Promise<OpenPlan>; users: number }>();
  #differing = 0;

  constructor(settings: WorkerSettings, signers: TrustedSigners, terminal: Terminal) {
    this.#settings = settings;
    this.#signers = signers;
    this.#terminal = terminal;
  }

  /** Results that differed from those that were there. */
  get differing(): number {
    return this.#differing;
  }

  async read(job: ShardJob, signal: AbortSignal): Promise<ShardDone> {
    const key = `${job.sha256} ${job.plan}`;
    const held = this.#open.get(key) ?? { plan: this.#openPlan(job), users: 0 };
    // The newest last: the one that nobody has used for longest is closed first.
    this.#open.delete(key);
    this.#open.set(key, held);
    held.users += 1;
    try {
      return await this.#readShard(job, await held.plan, signal);
    } catch (error) {
      // The next try opens it again, with credentials and keys of then.
      if (this.#open.get(key) === held) this.#open.delete(key);
      throw error;
    } finally {
      held.users -= 1;
      await this.#closeIdle(this.#open.get(key) === held ? undefined : held);
    }
  }

  async close(): Promise<void> {
    for (const { plan } of this.#open.values()) await closePlan(plan);
    this.#open.clear();
  }

  async #openPlan({ plan: name, sha256 }: ShardJob): Promise<OpenPlan> {
    const place = placeBelow(this.#settings.plans, name);
    const store = openPlanStore(place, this.#settings.access);
    const plan = await readStoredPlan(store, place, sha256, { signers: this.#signers }).catch(
      (error: unknown) => {
        // Another worker may have it.
        if (!(error instanceof TrailVerifyError) || error.code !== 'TARGET_NOT_FOUND') throw error;
        throw new TrailVerifyError('UNREACHABLE', error.message, { cause: error });
      },
    );
    const runner = await openShards(store, plan, this.#settings, this.#terminal);
    return { count: plan.shards.length, runner, read: new Set() };
  }

  async #readShard(
    { plan: name, shard }: ShardJob,
    { count, runner, read }: OpenPlan,
    signal: AbortSignal,
  ): Promise<ShardDone> {
    if (shard >= count) throw noShard(shard, count);
    // An engine gives a shard out twice now and then. To read it again would be work for nothing, as often as somebody likes.
    const found = await runner.found(shard);
    if (found === 'own' || (found === 'other' && read.has(shard))) return { kept: 'there', digests: 0 };
    const kept = await runner.run(shard, signal);
    read.add(shard);
    if (kept.kept === 'differs') this.#differing += 1;
    for (const line of wordsOfShard(kept))
      this.#terminal.out.write(`${escapeTerminal(`${name}: ${line}`)}
`);
    return { kept: kept.kept, digests: kept.summary.digests };
  }

  async #closeIdle(
    left: { readonly plan: Promise<OpenPlan>; readonly users: number } | undefined,
  ): Promise<void> {
    if (left !== undefined && left.users === 0) await closePlan(left.plan);
    for (const [key, { plan, users }] of this.#open) {
      if (this.#open.size <= MOST_OPEN) return;
      if (users > 0) continue;
      this.#open.delete(key);
      await closePlan(plan);
    }
  }
}

async function closePlan(plan: Promise<OpenPlan>): Promise<void> {
  const opened = await plan.catch(() => undefined);
  await opened?.runner.close();
}

/** The plan of a name that was checked. */
function placeBelow(plans: PlanPlace, name: string): PlanPlace {
  return plans.kind === 'folder'
    ? { kind: 'folder', path: path.join(plans.path, name) }
    : { kind: 's3', bucket: plans.bucket, prefix: `${plans.prefix}${name}/` };
}
