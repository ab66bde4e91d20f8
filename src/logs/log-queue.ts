import { type Limiter, limiter } from '../parallel.ts';

/**
 * Work that runs beside the walk, so many at once and so many waiting: `add` keeps its caller until there is room, so
 * that a fast walk over digests never piles up log files in memory.
 */
export class LogQueue {
  readonly #limit: Limiter;
  readonly #capacity: number;
  readonly #waiting: (() => void)[] = [];
  #pending = 0;
  #failure: { readonly error: unknown } | undefined;

  /** `concurrency` tasks run at once and as many again wait. */
  constructor(concurrency: number) {
    this.#limit = limiter(concurrency);
    this.#capacity = 2 * concurrency;
  }

  /** Resolves when the task has a place, not when it is done. Rejects with the error of any task that failed before. */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.#pending >= this.#capacity) await this.#oneDone();
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#pending += 1;
    void this.#limit(task).then(
      () => this.#done(),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#done();
      },
    );
  }

  /** Resolves when every task is done; rejects with the first error. */
  async drain(): Promise<void> {
    while (this.#pending > 0) await this.#oneDone();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #oneDone(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #done(): void {
    this.#pending -= 1;
    // Every waiter looks again for itself: drain and add wait in the same line.
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
