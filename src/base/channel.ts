/** One promise for all who need not wait. */
const THERE_IS_ROOM: Promise<void> = Promise.resolve();

/**
 * A queue between many writers and one reader: `push` keeps a writer while `capacity` values wait, so that events
 * never pile up before a slow reader. It is read in batches, all that wait at a time: to wait for each value alone takes
 * longer than most readers do.
 */
export class Channel<Value> implements AsyncIterable<readonly Value[]> {
  readonly #capacity: number;
  readonly #values: Value[] = [];
  readonly #writers: (() => void)[] = [];
  #reader: (() => void) | undefined;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Hands over one value; resolves when there is room for the next. After the reader has left, values are dropped. */
  push(value: Value): Promise<void> {
    if (this.#closed) return THERE_IS_ROOM;
    this.#values.push(value);
    this.#reader?.();
    return this.#values.length < this.#capacity ? THERE_IS_ROOM : this.#room();
  }

  /** No more values will come; with `failure`, the reader's loop throws its error after the values before it. */
  close(failure?: { readonly error: unknown }): void {
    this.#closed = true;
    this.#failure ??= failure;
    this.#reader?.();
    for (const wake of this.#writers.splice(0)) wake();
  }

  async #room(): Promise<void> {
    while (this.#values.length >= this.#capacity && !this.#closed) {
      await new Promise<void>((resolve) => this.#writers.push(resolve));
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Value[]> {
    try {
      for (;;) {
        while (this.#values.length > 0) {
          const batch = this.#values.splice(0);
          for (const wake of this.#writers.splice(0)) wake();
          yield batch;
        }
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#closed) return;
        await new Promise<void>((resolve) => {
          this.#reader = resolve;
        });
        this.#reader = undefined;
      }
    } finally {
      this.close();
    }
  }
}
