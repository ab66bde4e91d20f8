/**
 * The log files that proven digests name: handed to the checks in batches, and judged one by one where a batch does not say that they
 * agree.
 */

import type { VerifiedDigest } from '../chain/check-digest.ts';
import type { TakeExamined } from '../chain/list-digests.ts';
import { type DigestLogs, LogChecks } from '../checking/log-checks.ts';
import { type LogJob, verifyLog } from '../logs/verify-log.ts';
import { agreeingLogs, type ShardReadings } from '../scale/shard-results.ts';
import { sinceCheckpoint } from '../state/checkpoint-findings.ts';
import type { PlaceReview } from '../state/place-review.ts';
import type { Emit } from './progress.ts';
import type { Run } from './run.ts';

/** The check of a run's log files. */
export class LogFiles {
  readonly #run: Run;
  readonly #emit: Emit;
  readonly #checks: LogChecks;
  /** Takes each log file that was read; undefined where nobody does. */
  readonly #onObject: TakeExamined | undefined;

  /** `emit` takes the events of log files. */
  constructor(run: Run, emit: Emit) {
    this.#run = run;
    this.#emit = emit;
    const { checker, inBatches } = run.checking;
    const { source, relocations, signal } = run.context;
    const { concurrency } = run;
    const onObject = both(run.context.onObject, run.options.onLog);
    this.#onObject = onObject;
    this.#checks = new LogChecks({
      source,
      relocations,
      checker,
      inBatches,
      concurrency,
      emit,
      onObject,
      signal,
    });
  }

  /**
   * Has the log files of a proven digest checked; `review` is what earlier runs know of its place. Undefined where nothing is to be
   * waited for, as nearly always, else what resolves when there is room for more. Rejects only with errors that end the run.
   */
  take(chain: string, verified: VerifiedDigest, review: PlaceReview | undefined): Promise<void> | undefined {
    const { digest, ref } = verified;
    const logs = digest.logFiles;
    this.#run.search.proven(chain, verified);
    const one = async (position: number): Promise<void> => {
      const log = logs[position];
      if (log !== undefined)
        await this.#judge({ log, position, chain, digest: ref, digestEnd: digest.endTime }, review);
    };
    const job: DigestLogs = { chain, digest: ref, logs, one };
    const { shards } = this.#run.options;
    return shards === undefined ? this.#checks.add(job) : this.#takeRead(verified, job, shards);
  }

  /** As `take` for those of which the results of a plan do not say that they agree; the others are reported so. */
  async #takeRead(verified: VerifiedDigest, job: DigestLogs, shards: ShardReadings): Promise<void> {
    const { context, stop } = this.#run;
    if (stop.isStopped) return;
    const agreeing = await shards.agreeing(verified, context.relocations);
    if (agreeing === undefined) {
      await this.#checks.add(job);
      return;
    }
    for (const event of agreeingLogs(job.chain, verified, agreeing, context.relocations))
      await this.#emit(event);
    await this.#checks.add({ ...job, isDone: (position) => agreeing[position] !== undefined });
  }

  /** Resolves when all have been checked. Rejects only with errors that end the run. */
  drain(): Promise<void> {
    return this.#checks.drain();
  }

  /** Judges one log file, unless the run was stopped. */
  async #judge(job: LogJob, review: PlaceReview | undefined): Promise<void> {
    const { context, checking, logBytes, memory, stop } = this.#run;
    if (stop.isStopped) return;
    const { source, relocations, signal } = context;
    const hold = logBytes.hold();
    try {
      const events = await verifyLog(job, source, relocations, {
        onObject: this.#onObject,
        hash: (file, handOver) => checking.checker.hash(file, handOver, signal),
        admit: hold.take,
      });
      for (const event of events) {
        await this.#emit(event);
        if (event.type !== 'finding' || review?.wasVerified(job.chain, job.digestEnd) !== true) continue;
        const since = memory?.basis && sinceCheckpoint(event.finding, memory.basis);
        if (since !== undefined) await this.#emit(since);
      }
    } catch (error) {
      // What was not hashed before an interruption has not been judged.
      if (!stop.isInterruption(error)) throw error;
    } finally {
      hold.release();
    }
  }
}

function both(one: TakeExamined | undefined, other: TakeExamined | undefined): TakeExamined | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return async (object) => {
    await one(object);
    await other(object);
  };
}
