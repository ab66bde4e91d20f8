/** Bounds on concurrent work: tasks, values that wait for their reader, bytes that are held. */
import pLimit from 'p-limit';

/** Runs a task when there is room for it, in the order of calls. */
export type Limiter = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** A limiter that lets `concurrency` tasks run at once. */
export function limiter(concurrency: number): Limiter {
  const limit = pLimit(concurrency);
  return (task) => limit(task);
}

/** Runs `work` on every item, `concurrency` at once; results in the order of the items. Rejects with the first error. */
export function mapParallel<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const run = limiter(concurrency);
  return Promise.all(items.map((item) => run(() => work(item))));
}

/**
 * As `mapParallel`, for work that others see: nothing begins after the first error, and it rejects when all that had begun has ended. Who
 * goes on then knows that nothing more comes.
 */
export async function mapToEnd<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  let failure: { readonly error: unknown } | undefined;
  const results = await mapParallel(items, concurrency, async (item) => {
    if (failure !== undefined) return [];
    try {
      return [await work(item)];
    } catch (error) {
      failure ??= { error };
      return [];
    }
  });
  if (failure !== undefined) throw failure.error;
  return results.flat();
}

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

/** Bytes of objects held at once, over all readers together. */
export interface ByteBudget {
  /** A reader's share, empty at first. */
  hold(): ByteHold;
}

/** The bytes of one reader. */
export interface ByteHold {
  /**
   * Resolves when there is room for `bytes`, which are then held in place of what this reader held before. In the order
   * of calls; more than the whole budget is let in alone.
   */
  readonly take: (bytes: number) => Promise<void>;
  /** Gives everything back; again is harmless. */
  readonly release: () => void;
}

/** Room for so many bytes, given in the order of requests; more than all of it is let in alone. */
export class ByteRoom {
  readonly #capacity: number;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  #held = 0;
  #isReleasing = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Holds `bytes`: true where there is room for them now, else `enter` is called when there is. */
  take(bytes: number, enter: () => void): boolean {
    if (this.#waiting.length > 0 || !this.#has(bytes)) {
      this.#waiting.push({ bytes, enter });
      return false;
    }
    this.#held += bytes;
    return true;
  }

  /** Gives so many bytes back. */
  release(bytes: number): void {
    this.#held -= bytes;
    // An entering task may give back at once. The loop that let it in then goes on, however many do so.
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    for (let next = this.#waiting[0]; next !== undefined && this.#has(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#held += next.bytes;
      next.enter();
    }
    this.#isReleasing = false;
  }

  #has(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#capacity;
  }
}

/** A budget of so many bytes. */
export function byteBudget(capacity: number): ByteBudget {
  const room = new ByteRoom(capacity);
  return {
    hold: () => {
      let own = 0;
      const release = (): void => {
        const bytes = own;
        own = 0;
        if (bytes > 0) room.release(bytes);
      };
      return {
        release,
        take: async (bytes) => {
          release();
          await new Promise<void>((enter) => {
            if (room.take(bytes, enter)) enter();
          });
          own = bytes;
        },
      };
    },
  };
}
