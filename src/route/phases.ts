/** What a run is made of: phases one after the other, and how it ends before its time. */

import { TrailVerifyError } from '../base/errors.ts';

/** One part of a run, or of the verification of one place. */
export interface Phase<Run> {
  /** What it does, as a verb phrase. */
  readonly name: string;
  /** Whether this run has it; undefined for every run. */
  readonly when?: ((run: Run) => boolean) | undefined;
  /**
   * Whether it runs in a run that was stopped: to end what is under way, and to report what was found so far. What asks the source for
   * more is left out, and ends where it is when the run is stopped meanwhile.
   */
  readonly onceStopped: 'runs' | 'left-out';
  /**
   * Emits its events by the run. It is no generator of them: several places emit at once, and a million events through a channel
   * and a generator of its own took 2 s of processor time, where emitting them took 0.3 s.
   */
  readonly run: (run: Run) => void | Promise<void>;
}

/** Runs phases one after the other; those that are left out are so from when `stop` says. Rejects with the first error of a phase. */
export async function runPhases<Run>(phases: readonly Phase<Run>[], run: Run, stop: RunStop): Promise<void> {
  for (const phase of phases) {
    if (phase.onceStopped === 'left-out' && stop.isStopped) continue;
    if (phase.when?.(run) === false) continue;
    try {
      await phase.run(run);
    } catch (error) {
      if (phase.onceStopped === 'runs' || !stop.isInterruption(error)) throw error;
    }
  }
}

/** What stops a run: its caller, or the first error of one of its parts. */
export class RunStop {
  readonly #failed = new AbortController();
  readonly #errors: unknown[] = [];
  /** Aborts when the run is stopped, by whichever of the two. */
  readonly signal: AbortSignal;

  /** `caller` aborts when the caller wants the run to end. */
  constructor(caller: AbortSignal | undefined) {
    const { signal } = this.#failed;
    this.signal = caller === undefined ? signal : AbortSignal.any([caller, signal]);
  }

  /** Whether the run was stopped. */
  get isStopped(): boolean {
    return this.signal.aborted;
  }

  /** What `work` resolves with. Its error stops the run, and is kept; undefined is given back then. */
  async orStop<Result>(work: Promise<Result>): Promise<Result | undefined> {
    try {
      return await work;
    } catch (error) {
      // What was being read when the run ended says nothing more.
      if (this.isInterruption(error)) return undefined;
      this.#errors.push(error);
      this.#failed.abort();
      return undefined;
    }
  }

  /** True for the error of what was under way when the run was stopped. */
  isInterruption(error: unknown): boolean {
    return this.isStopped && error instanceof TrailVerifyError && error.code === 'INTERRUPTED';
  }

  /**
   * The error that stopped the run; undefined where none did. Throws it where no report can name it: a fault of this program, or
   * any error where nothing was judged before it.
   */
  failure(hasJudged: boolean): TrailVerifyError | undefined {
    if (this.#errors.length === 0) return undefined;
    const [failure] = this.#errors;
    if (!(failure instanceof TrailVerifyError) || failure.code === 'INTERNAL' || !hasJudged) throw failure;
    return failure;
  }
}
