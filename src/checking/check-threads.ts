/** The main thread's side of the threads that check batches: which has room, what each knows, and what is lost with it. */
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../hashing/start-worker.ts';
import type { Access } from '../source/access.ts';
import { WIDEST_WINDOW } from '../source/request-window.ts';
import { checkerHere } from './check-here.ts';
import { hasCredit, type OpenChecker } from './checker.ts';
import {
  type Batch,
  BYTES_HELD,
  type Outcome,
  requestsOf,
  type ThreadSettings,
  type ToThread,
} from './contract.ts';

/** How log files are checked: on how many threads, natively where that can be, with how many requests in flight. */
export interface CheckerOptions {
  readonly threads: number;
  /** Default true. */
  readonly native?: boolean;
  /**
   * Requests in flight of the whole run, a quarter of which is left to the thread that asks (default: 256 for the threads
   * alone, as far as they pay).
   */
  readonly concurrency?: number | undefined;
  /** How many files are checked on the thread that asks before the threads are worth their start; for tests. */
  readonly after?: number;
  readonly start?: (settings: ThreadSettings) => Worker;
}

/** Log files that are checked in the time that a thread takes to start. */
const WORTH_A_THREAD = 256;
/** A window begins with so much of its share. */
const FIRST_SHARE = 0.25;

interface Outstanding {
  readonly count: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly batches: Map<number, Outstanding>;
  readonly told: Map<string, Access>;
  files: number;
  width: number;
  isLost: boolean;
}

/**
 * Opens a checker; undefined where `concurrency` leaves the threads nothing, or there are none. Threads start when enough
 * was asked for, and end when it is closed. What a thread had when it was lost is rejected; the others go on.
 */
export function openChecker(options: CheckerOptions): OpenChecker | undefined {
  const { threads, concurrency } = options;
  const requests = requestsOf(concurrency) ?? WIDEST_WINDOW;
  return threads < 1 || requests < 1 ? undefined : new CheckThreads(options, requests);
}

class CheckThreads implements OpenChecker {
  readonly requests: number;
  readonly #options: CheckerOptions;
  readonly #here: OpenChecker;
  #threads: Thread[] | undefined;
  #asked = 0;
  #next = 0;
  #isClosed = false;

  constructor(options: CheckerOptions, requests: number) {
    this.requests = requests;
    this.#options = options;
    const fixed = options.concurrency !== undefined;
    this.#here = checkerHere({ requests, fixed, bytes: BYTES_HELD });
  }

  hasRoom(): boolean {
    if (this.#isHere) return this.#here.hasRoom();
    // Never more at once than both may have together.
    if (!this.#here.isIdle()) return false;
    return this.#isLost || this.#freest() !== undefined;
  }

  isIdle(): boolean {
    if (this.#isHere || this.#threads === undefined) return this.#here.isIdle();
    return this.#threads.some(({ files, isLost }) => files === 0 && !isLost);
  }

  check(batch: Omit<Batch, 'number'>, access: Access): Promise<Outcome> {
    if (this.#isClosed) return Promise.reject(new Error('the check of log files has ended'));
    if (this.#isHere) {
      this.#asked += batch.count;
      return this.#here.check(batch, access);
    }
    this.#threads ??= this.#startAll();
    const thread = this.#freest();
    if (thread === undefined) return Promise.reject(new Error('there is no thread left'));
    if (thread.told.get(batch.bucket) !== access) {
      thread.told.set(batch.bucket, access);
      tell(thread, { bucket: batch.bucket, access });
    }
    const number = this.#next;
    this.#next += 1;
    // A thread at work keeps the process, an idle one does not.
    thread.worker.ref();
    thread.files += batch.count;
    return new Promise((resolve, reject) => {
      thread.batches.set(number, { count: batch.count, resolve, reject });
      tell(thread, { batch: { ...batch, number } });
    });
  }

  stop(): void {
    this.#here.stop();
    for (const thread of this.#threads ?? []) if (!thread.isLost) tell(thread, { stop: true });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#here.close();
    await Promise.all((this.#threads ?? []).map(({ worker }) => worker.terminate()));
  }

  /** A small run starts no thread. */
  get #isHere(): boolean {
    return this.#threads === undefined && this.#asked < (this.#options.after ?? WORTH_A_THREAD);
  }

  get #isLost(): boolean {
    return this.#threads?.every(({ isLost }) => isLost) === true;
  }

  /** The living thread with the fewest files that has room for more; before they start, all have. */
  #freest(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads ?? this.#startAll()) {
      if (thread.isLost || !hasCredit(thread.files, thread.width)) continue;
      if (best === undefined || thread.files < best.files) best = thread;
    }
    return best;
  }

  #startAll(): Thread[] {
    const { native = true, concurrency, start } = this.#options;
    const count = Math.min(this.#options.threads, this.requests);
    const bytes = Math.floor(BYTES_HELD / count);
    const threads = Array.from({ length: count }, (_, at): Thread => {
      // Divided without a rest, and never more than there are.
      const requests = Math.floor(this.requests / count) + (at < this.requests % count ? 1 : 0);
      const fixed = concurrency !== undefined;
      const settings: ThreadSettings = { native, requests, fixed, bytes };
      const worker = start?.(settings) ?? startCheckThread(settings);
      const width = fixed ? requests : Math.ceil(FIRST_SHARE * requests);
      return { worker, batches: new Map(), told: new Map(), files: 0, width, isLost: false };
    });
    for (const thread of threads) {
      const { worker } = thread;
      worker.on('message', (outcome: Outcome) => this.#take(thread, outcome));
      for (const end of ['error', 'exit', 'messageerror'] as const) worker.on(end, () => this.#lose(thread));
      worker.unref();
    }
    this.#threads = threads;
    return threads;
  }

  #take(thread: Thread, outcome: Outcome): void {
    const outstanding = thread.batches.get(outcome.batch);
    if (outstanding === undefined) return;
    thread.batches.delete(outcome.batch);
    thread.files -= outstanding.count;
    if (outcome.width > 0) thread.width = outcome.width;
    if (thread.files === 0) thread.worker.unref();
    outstanding.resolve(outcome);
  }

  #lose(thread: Thread): void {
    if (thread.isLost) return;
    thread.isLost = true;
    const lost = [...thread.batches.values()];
    thread.batches.clear();
    thread.files = 0;
    for (const { reject } of lost) reject(new Error('the thread was lost'));
    void thread.worker.terminate();
  }
}

function tell({ worker }: Thread, message: ToThread): void {
  worker.postMessage(message);
}

/** A thread that checks batches. */
export function startCheckThread(settings: ThreadSettings): Worker {
  return startWorker('check-worker', settings, import.meta.url);
}
