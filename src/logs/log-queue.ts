import { type Limiter, limiter } from '../parallel.ts';

/**
 * How far work may run ahead of the oldest that is not done. Outcomes are written down in order, so those behind one
 * slow answer wait in memory: some 500 bytes each.
 */
const MAX_LEAD = 32_768;

/**
 * Work that runs beside the walk, so many at once and so many waiting: `add` keeps its caller until there is room, so
 * that a fast walk over digests never piles up log files in memory.
 */
export class LogQueue {
  readonly #limit: Limiter;
  readonly #capacity: number;
  readonly #lead: number;
  readonly #waiting: (() => void)[] = [];
  /** The numbers of the tasks that are not done, in the order in which they came. */
  readonly #pending = new Set<number>();
  #next = 0;
  #failure: { readonly error: unknown } | undefined;

  /** `concurrency` tasks run at once and as many again wait; none is taken that is `lead` or more after the oldest not done. */
  constructor(concurrency: number, lead: number = MAX_LEAD) {
    this.#limit = limiter(concurrency);
    this.#capacity = 2 * concurrency;
    this.#lead = lead;
  }

  /** Resolves when the task has a place, not when it is done. Rejects with the error of any task that failed before. */
  async add(task: () => Promise<void>): Promise<void> {
    while (!this.#hasRoom()) await this.#oneDone();
    if (this.#failure !== undefined) throw this.#failure.error;
    const number = this.#next++;
    this.#pending.add(number);
    void this.#limit(task).then(
      () => this.#done(number),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#done(number);
      },
    );
  }

  /** Resolves when every task is done; rejects with the first error. */
  async drain(): Promise<void> {
    while (this.#pending.size > 0) await this.#oneDone();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #hasRoom(): boolean {
    const [oldest = this.#next] = this.#pending;
    return this.#pending.size < this.#capacity && this.#next - oldest < this.#lead;
  }

  #oneDone(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #done(number: number): void {
    this.#pending.delete(number);
    // Every waiter looks again for itself: drain and add wait in the same line.
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
