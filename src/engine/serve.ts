import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../base/errors.ts';
import {
  LONGEST_REASON,
  MOST_STALLED,
  MOST_STARTED,
  type Pace,
  readShardJob,
  SHARD_QUEUE,
  type ShardDone,
  type ShardJob,
} from './jobs.ts';
import { type EngineJob, type EngineStore, within } from './store.ts';

/** The worker's side of the engine: takes shards, has them read, and hands back what it cannot finish. */

/** How a worker serves. */
export interface ServeOptions {
  readonly store: EngineStore;
  readonly pace: Pace;
  readonly shardsAtOnce: number;
  /** Whether to end when nothing is left to do. */
  readonly untilEmpty: boolean;
  /** Ends the serving: what is being read is handed back. */
  readonly signal: AbortSignal;
  /** Reads the shard of a job that has been checked in form. */
  read(job: ShardJob, signal: AbortSignal): Promise<ShardDone>;
  /** Whether no retry mends that error. */
  isFinal(error: unknown): boolean;
  /** A try has failed; `isLast` where the shard has failed for good. */
  onFailed(words: string, isLast: boolean): void;
  /** So many jobs are left that nobody has handed back for a long time; the serving ends. */
  onStuck(jobs: number): void;
}

/** Serves until the signal comes, or until nothing is left; resolves with the shards that failed for good here. */
export async function serveShards(options: ServeOptions): Promise<{ readonly failed: number }> {
  const { store, pace, shardsAtOnce, signal } = options;
  const { UnrecoverableError, WaitingError } = store.bullMq;
  let failed = 0;
  let said = 0;
  let busy = 0;
  const say = (words: string, isLast: boolean): void => {
    said += 1;
    if (said > MOST_SAID) return;
    options.onFailed(said === MOST_SAID ? `${words}; no more of these are named` : words, isLast);
  };
  const process = async (job: EngineJob, token?: string): Promise<ShardDone> => {
    busy += 1;
    try {
      return await processOne(job, token);
    } finally {
      busy -= 1;
    }
  };
  const processOne = async (job: EngineJob, token?: string): Promise<ShardDone> => {
    const read = readShardJob(job.data);
    if ('problem' in read) {
      failed += 1;
      say(`a job that names no shard was refused: ${read.problem.slice(0, LONGEST_REASON)}`, true);
      throw new UnrecoverableError('it names no shard of a plan');
    }
    const { plan, shard } = read.value;
    try {
      return await options.read(read.value, signal);
    } catch (error) {
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const reason = messageOf(error).slice(0, LONGEST_REASON);
      const isLast = options.isFinal(error) || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      if (isLast) failed += 1;
      say(`${plan}: shard ${shard}: ${reason}`, isLast);
      // Its stack is nobody's business there.
      throw options.isFinal(error) ? new UnrecoverableError(reason) : new Error(reason);
    }
  };
  const worker = store.worker(SHARD_QUEUE, process, {
    concurrency: shardsAtOnce,
    lockDuration: pace.lock,
    stalledInterval: pace.lock / 2,
    maxStalledCount: MOST_STALLED,
    maxStartedAttempts: MOST_STARTED,
    runRetryDelay: pace.backoff,
    drainDelay: 1,
  });
  try {
    await ended(options, () => busy > 0);
  } finally {
    // A store that is away keeps nobody: the lock of a shard ends by itself.
    await within(HANDING_BACK, worker.close()).catch(() => undefined);
  }
  return { failed };
}

/** Failures that are named: who writes into the store can have any number of them. */
const MOST_SAID = 200;
/** As long as shards are handed back, in milliseconds. */
const HANDING_BACK = 10_000;
/** Time between two looks at the store, in milliseconds. */
const LOOK = 500;
/** Locks that end without a shard to take, before a worker that ends when nothing is left does not wait for those of others. */
const IDLE = MOST_STALLED + 1;
/** Where shards may be. */
const OPEN = ['waiting', 'active', 'delayed', 'prioritized'] as const;

async function ended(
  { store, pace, untilEmpty, signal, onStuck }: ServeOptions,
  isBusy: () => boolean,
): Promise<void> {
  const queue = store.queue(SHARD_QUEUE);
  let emptySince: number | undefined;
  let idleSince: number | undefined;
  while (!signal.aborted) {
    // Also where nobody wants to know: it is how an outage is noticed, and its end.
    const counts = await store.ask(() => queue.getJobCounts(...OPEN)).catch(() => undefined);
    const isEmpty = counts !== undefined && OPEN.every((state) => (counts[state] ?? 0) === 0);
    emptySince = isEmpty ? (emptySince ?? performance.now()) : undefined;
    if (untilEmpty && emptySince !== undefined && performance.now() - emptySince >= pace.backoff) return;
    // What has another worker is its own, or would have come back by now. What nobody can read never does.
    const isIdle = counts !== undefined && counts.waiting === 0 && counts.prioritized === 0 && !isBusy();
    idleSince = isIdle ? (idleSince ?? performance.now()) : undefined;
    if (untilEmpty && idleSince !== undefined && performance.now() - idleSince >= IDLE * pace.lock) {
      onStuck(OPEN.reduce((sum, state) => sum + (counts?.[state] ?? 0), 0));
      return;
    }
    await delay(LOOK, undefined, { signal }).catch(() => undefined);
  }
}
