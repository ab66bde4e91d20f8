import { setTimeout as delay } from 'node:timers/promises';
import { TrailVerifyError } from '../base/errors.ts';
import { type Group, groupsOf, type PlannedWork } from './groups.ts';
import {
  type AccountDone,
  LONGEST_REASON,
  MOST_REASONS,
  MOST_STALLED,
  MOST_STARTED,
  type Pace,
  readAccountDone,
  readTreeJob,
  runQueueOf,
  SHARD_QUEUE,
  type ShardJob,
  shardJobOptions,
} from './jobs.ts';
import { type EngineJob, type EngineQueue, type EngineStore, type EngineWorker, within } from './store.ts';

/**
 * The coordinator's side of the engine: a tree of jobs, the run above its accounts above their shards. An account's shards are
 * added when its turn comes, so that the store holds a bounded number. What is done is what has a result in the plan: the tree only
 * says when to look. So a store that lost its jobs, or that lies about them, costs time and changes no report.
 */

/** A run that is driven. */
export interface DriveOptions {
  readonly store: EngineStore;
  readonly pace: Pace;
  readonly work: PlannedWork;
  /** Whether there may be results already. */
  readonly isResumed: boolean;
  /** The shards that have a result which counts, each of which is read for it; and those that have any, by a listing. */
  counting(): Promise<ReadonlySet<number>>;
  listed(): Promise<ReadonlySet<number>>;
  readonly signal: AbortSignal;
  onProgress(progress: DriveProgress): void;
  /** No worker of this version takes a shard, and some are waiting. Said once each time. */
  onSilence(): void;
  /** Nothing is new for a long time, and the store says this of it. Said again each time that this has lasted twice as long. */
  onStandstill(still: Standstill): void;
}

/** A run in which nothing happens, for how many milliseconds. */
export interface Standstill {
  readonly elapsed: number;
  readonly waiting: number;
  readonly active: number;
}

/** How far the reading is, over all workers. */
export interface DriveProgress {
  readonly done: number;
  readonly all: number;
  /** How many were done when this process began to look, and for how many milliseconds it looks. */
  readonly before: number;
  readonly elapsed: number;
  /** The accounts whose shards are being read. */
  readonly accounts: readonly string[];
}

/** What came of it: shards without a result, with the reasons that are known. */
export interface Driven {
  readonly missing: readonly number[];
  readonly reasons: ReadonlyMap<number, string>;
}

/** Shards that wait in the store at once. */
const MOST_QUEUED = 5_000;
/** Jobs that are added with one command. */
const BATCH = 500;
/** Time between two looks, in milliseconds. */
const LOOK = 500;
/** Trees of one plan: one for each time that shards were left. */
const MOST_TREES = 1_000;
/** Times that a store may lose a run without anything being read meanwhile. */
const MOST_LOST = 5;
/** Accounts that are looked at for the progress. */
const MOST_OPEN = 20;

/** Has the shards read that have no result yet. Resolves when each has one or has failed for good; rejects with INTERRUPTED. */
export async function driveRun(options: DriveOptions): Promise<Driven> {
  const { store, work, signal } = options;
  const runs = store.queue(runQueueOf(work.sha256));
  const shards = store.queue(SHARD_QUEUE);
  const groups = groupsOf(work.shards);
  let present = options.isResumed ? await options.counting() : new Set<number>();
  const watch = new Watch(options, groups);
  const missing = (): readonly number[] =>
    work.shards.map((_, shard) => shard).filter((shard) => !present.has(shard));
  for (let lost = 0; missing().length > 0; ) {
    requireGoingOn(signal);
    const left = missing().length;
    const tree = new Tree(options, groups, present, { runs, shards });
    const ending = await tree.grow(watch);
    if (ending === 'done') {
      // Whether they count, who merges says.
      present = await options.listed();
      return { missing: missing(), reasons: await tree.reasons() };
    }
    present = await options.counting();
    // The store has lost it: it came back without its jobs, or somebody took them out.
    lost = missing().length < left ? 0 : lost + 1;
    if (lost > MOST_LOST)
      throw new TrailVerifyError('UNREACHABLE', `the store ${store.shown} loses the jobs of the run`, {
        hint: 'let it keep them (Redis: appendonly yes, maxmemory-policy noeviction), and go on with --resume',
      });
    await delay(LOOK, undefined, { signal }).catch(() => undefined);
  }
  return { missing: [], reasons: new Map() };
}

/** Takes the jobs of a run out of the store, where it is merged. Never rejects: they are small, and nobody waits for them. */
export async function forgetRun(store: EngineStore, plan: string): Promise<void> {
  await store.ask(() => store.queue(runQueueOf(plan)).obliterate({ force: true })).catch(() => undefined);
}

function requireGoingOn(signal: AbortSignal): void {
  if (signal.aborted) throw new TrailVerifyError('INTERRUPTED', 'the run was interrupted');
}

/** One tree: a run, and all below it. */
class Tree {
  readonly #options: DriveOptions;
  readonly #groups: readonly Group[];
  readonly #present: ReadonlySet<number>;
  readonly #queues: { readonly runs: EngineQueue; readonly shards: EngineQueue };
  #number = 0;

  constructor(
    options: DriveOptions,
    groups: readonly Group[],
    present: ReadonlySet<number>,
    queues: { readonly runs: EngineQueue; readonly shards: EngineQueue },
  ) {
    this.#options = options;
    this.#groups = groups;
    this.#present = present;
    this.#queues = queues;
  }

  get number(): number {
    return this.#number;
  }

  /** Plants the tree, or goes on with one that is there, until all of it is done; `lost` where it is there no more. */
  async grow(watch: Watch): Promise<'done' | 'lost'> {
    const { store, work, pace } = this.#options;
    await this.#plant();
    const worker = store.worker(runQueueOf(work.sha256), (job, token) => this.#process(job, token), {
      // Side by side with one that waits for room.
      concurrency: 2,
      lockDuration: pace.lock,
      stalledInterval: pace.lock / 2,
      maxStalledCount: MOST_STALLED,
      maxStartedAttempts: MOST_STARTED,
      runRetryDelay: pace.backoff,
      drainDelay: 1,
    });
    try {
      return await this.#await(watch);
    } finally {
      await closed(worker);
    }
  }

  /** The reasons that the store knows of shards without a result. */
  async reasons(): Promise<ReadonlyMap<number, string>> {
    const reasons = new Map<number, string>();
    const { ask } = this.#options.store;
    try {
      const run = await ask(() => this.#queues.runs.getJob(this.#runId()));
      const accounts = run === undefined ? {} : await ask(() => run.getChildrenValues());
      for (const account of Object.values(accounts))
        for (const { shard, reason } of readAccountDone(account)?.failed ?? []) reasons.set(shard, reason);
      // An account that was given up has no value: it must not be passed over.
      const lost = run === undefined ? {} : await ask(() => run.getIgnoredChildrenFailures());
      for (const [key, reason] of Object.entries(lost))
        for (const shard of this.#groupOfId(key.slice(key.lastIndexOf(':') + 1))?.shards ?? [])
          if (!reasons.has(shard)) reasons.set(shard, String(reason).slice(0, LONGEST_REASON));
    } catch {
      // Which are missing is known without the store.
    }
    return reasons;
  }

  /** The ids of accounts that are done with, and what is left of those that are being read. */
  async progress(): Promise<{ readonly done: readonly Group[]; readonly open: ReadonlyMap<Group, number> }> {
    const { runs } = this.#queues;
    const ids = await runs.getRanges(['completed', 'failed'], 0, 2 * this.#groups.length + MOST_TREES);
    const done = new Set(ids.flat().flatMap((id) => this.#groupOfId(id) ?? []));
    const open = new Map<Group, number>();
    for (const job of await runs.getWaitingChildren(0, MOST_OPEN)) {
      const group = this.#groupOfId(job?.id ?? '');
      if (group === undefined) continue;
      const { unprocessed = 0 } = await job.getDependenciesCount({ unprocessed: true });
      open.set(group, Math.min(unprocessed, group.shards.length));
    }
    return { done: [...done], open };
  }

  /** Shards that wait for a worker, and those that one has. */
  async load(): Promise<{ readonly waiting: number; readonly active: number }> {
    const counts = await this.#queues.shards.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
    const { waiting = 0, active = 0, delayed = 0, prioritized = 0 } = counts;
    return { waiting: waiting + delayed + prioritized, active };
  }

  #runId(): string {
    return `run-${this.#number}`;
  }

  #groupOfId(id: string): Group | undefined {
    const [, tree, at] = /^account-(\d{1,4})-(\d{1,7})$/.exec(id) ?? [];
    return Number(tree) === this.#number ? this.#groups[Number(at)] : undefined;
  }

  /** Adds the job of the run, or finds the one that is not done yet. */
  async #plant(): Promise<void> {
    const { ask } = this.#options.store;
    const { runs } = this.#queues;
    for (; this.#number < MOST_TREES; this.#number += 1) {
      requireGoingOn(this.#options.signal);
      const state = await untilAnswered(this.#options, () => ask(() => runs.getJobState(this.#runId())));
      if (state === 'completed' || state === 'failed') continue;
      // One that is there already stays as it is: an id is taken once.
      const plant = { step: 'add' } as const;
      await untilAnswered(this.#options, () => ask(() => runs.add('run', plant, { jobId: this.#runId() })));
      return;
    }
    throw new TrailVerifyError('CONFIGURATION', 'the store has too many runs of this plan', {
      hint: 'look who writes into it',
    });
  }

  async #await(watch: Watch): Promise<'done' | 'lost'> {
    const { signal, store } = this.#options;
    for (;;) {
      requireGoingOn(signal);
      const state = await store
        .ask(() => this.#queues.runs.getJobState(this.#runId()))
        .catch(() => undefined);
      if (state === 'completed') return 'done';
      if (state === 'failed' || state === 'unknown') return 'lost';
      if (state !== undefined) await watch.look(this);
      await delay(LOOK, undefined, { signal }).catch(() => undefined);
    }
  }

  async #process(job: EngineJob, token = ''): Promise<AccountDone> {
    const { UnrecoverableError, WaitingError, WaitingChildrenError } = this.#options.store.bullMq;
    const data = readTreeJob(job.data);
    const group = this.#groupOfId(job.id ?? '');
    if (data === undefined || (group === undefined && job.id !== this.#runId()))
      throw new UnrecoverableError('it is no job of this run');
    if (data.step === 'add') {
      try {
        await (group === undefined ? this.#addAccounts(job) : this.#addShards(job, group));
      } catch (error) {
        if (!this.#options.signal.aborted) throw error;
        await job.moveToWait(token);
        throw new WaitingError();
      }
      await job.updateData({ step: 'wait' });
      if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
    }
    return { failed: group === undefined ? [] : await failedOf(job, this.#idPrefix()) };
  }

  async #addAccounts(job: EngineJob): Promise<void> {
    const parent = parentOf(job, this.#queues.runs);
    const jobs = this.#groups.map((_, at) => ({
      name: 'account',
      data: { step: 'add' } as const,
      opts: {
        jobId: `account-${this.#number}-${at}`,
        parent,
        attempts: MOST_STARTED,
        backoff: { type: 'fixed', delay: this.#options.pace.backoff },
        ignoreDependencyOnFailure: true,
      },
    }));
    for (let at = 0; at < jobs.length; at += BATCH)
      await this.#queues.runs.addBulk(jobs.slice(at, at + BATCH));
  }

  async #addShards(job: EngineJob, group: Group): Promise<void> {
    const { work, pace, signal } = this.#options;
    const { shards } = this.#queues;
    const parent = parentOf(job, this.#queues.runs);
    const jobs = group.shards
      .filter((shard) => !this.#present.has(shard))
      .map((shard) => {
        const data: ShardJob = { plan: work.name, sha256: work.sha256, shard };
        return {
          name: 'shard',
          data,
          opts: { ...shardJobOptions(pace), jobId: `${this.#idPrefix()}${shard}`, parent },
        };
      });
    for (let at = 0; at < jobs.length; at += BATCH) {
      for (;;) {
        requireGoingOn(signal);
        if ((await this.load()).waiting < MOST_QUEUED) break;
        await delay(LOOK, undefined, { signal }).catch(() => undefined);
      }
      await shards.addBulk(jobs.slice(at, at + BATCH));
    }
  }

  #idPrefix(): string {
    return `${this.#options.work.sha256.slice(0, 32)}-${this.#number}-`;
  }
}

function parentOf(
  job: EngineJob,
  { qualifiedName }: EngineQueue,
): { readonly id: string; readonly queue: string } {
  return { id: job.id ?? '', queue: qualifiedName };
}

/** The shards below an account that failed for good: what succeeded says nothing of them. */
async function failedOf(account: EngineJob, prefix: string): Promise<AccountDone['failed']> {
  const failed: { shard: number; reason: string }[] = [];
  for (const [key, reason] of Object.entries(await account.getIgnoredChildrenFailures())) {
    const id = key.slice(key.lastIndexOf(':') + 1);
    const shard = id.startsWith(prefix) ? id.slice(prefix.length) : '';
    if (!/^\d{1,7}$/.test(shard) || failed.length >= MOST_REASONS) continue;
    failed.push({ shard: Number(shard), reason: String(reason).slice(0, LONGEST_REASON) });
  }
  return failed;
}

/** Asks until the store answers. */
async function untilAnswered<Answer>({ signal }: DriveOptions, ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      requireGoingOn(signal);
      if (error instanceof TrailVerifyError) throw error;
      await delay(LOOK, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** As long as accounts are handed back, in milliseconds. */
const HANDING_BACK = 5_000;

/** Closes a worker; where the store is away its locks end by themselves. */
async function closed(worker: EngineWorker): Promise<void> {
  await within(HANDING_BACK, worker.close()).catch(() => undefined);
}

/** Follows a run: what is done of it, and whether anybody does it. */
class Watch {
  readonly #options: DriveOptions;
  readonly #groups: readonly Group[];
  readonly #began = performance.now();
  #before: number | undefined;
  #done = 0;
  #quietSince: number | undefined;
  #isSaid = false;
  #newsAt = performance.now();
  #stillFor: number;

  constructor(options: DriveOptions, groups: readonly Group[]) {
    this.#options = options;
    this.#groups = groups;
    this.#stillFor = options.pace.still;
  }

  async look(tree: Tree): Promise<void> {
    const seen = await this.#options.store
      .ask(async () => ({ ...(await tree.progress()), ...(await tree.load()) }))
      .catch(() => undefined);
    if (seen === undefined) return;
    const { done, open, waiting, active } = seen;
    let count = 0;
    for (const { shards } of done) count += shards.length;
    for (const [{ shards }, left] of open) count += shards.length - left;
    const isNews = count > this.#done;
    // Between two looks an account may be neither open nor done.
    this.#done = Math.max(this.#done, count);
    this.#before ??= this.#done;
    this.#options.onProgress({
      done: this.#done,
      all: this.#groups.reduce((sum, { shards }) => sum + shards.length, 0),
      before: this.#before,
      elapsed: performance.now() - this.#began,
      accounts: [...new Set([...open.keys()].map(({ account }) => account))],
    });
    this.#listen(waiting > 0 && active === 0 && !isNews);
    this.#tellStandstill(isNews, { waiting, active });
  }

  /** A large shard takes its time, and a store may have lost what is left: who looks on knows which of the two it is. */
  #tellStandstill(isNews: boolean, load: { readonly waiting: number; readonly active: number }): void {
    if (isNews) {
      this.#newsAt = performance.now();
      this.#stillFor = this.#options.pace.still;
      return;
    }
    const still = performance.now() - this.#newsAt;
    if (still < this.#stillFor) return;
    this.#stillFor *= 2;
    this.#options.onStandstill({ elapsed: still, ...load });
  }

  #listen(isQuiet: boolean): void {
    if (!isQuiet) {
      this.#quietSince = undefined;
      this.#isSaid = false;
      return;
    }
    this.#quietSince ??= performance.now();
    if (this.#isSaid || performance.now() - this.#quietSince < this.#options.pace.silence) return;
    this.#isSaid = true;
    this.#options.onSilence();
  }
}
