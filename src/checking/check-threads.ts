/** The main thread's side of the threads that check batches: which has room, which access each knows, and which tasks are lost with it. */
import type { Worker } from 'node:worker_threads';
import { interrupted } from '../base/errors.ts';
import { type HashedFile, ThreadLost } from '../crypto/hash.ts';
import { endWorker, untilEnded } from '../hashing/end-worker.ts';
import { startWorker } from '../hashing/start-worker.ts';
import type { Access } from '../source/access.ts';
import { WIDEST_WINDOW } from '../source/wrappers.ts';
import { checkerHere } from './check-here.ts';
import {
  type Batch,
  BYTES_HELD,
  firstWidth,
  type Hashed,
  hasCredit,
  nativeContent,
  type OpenChecker,
  type Outcome,
  ownBuffer,
  requestsOf,
  type ThreadSettings,
  type ToThread,
} from './contract.ts';

/** How log files are checked: on how many threads, natively where that can be, with how many requests in flight. */
export interface CheckerOptions {
  readonly threads: number;
  /** Default true. */
  readonly native?: boolean | undefined;
  /**
   * Requests in flight of the whole run, a quarter of which is left to the thread that asks (default: 256 for the threads
   * alone, as far as they pay).
   */
  readonly concurrency?: number | undefined;
  /** How many files are checked on the thread that asks before the threads are worth their start; for tests. */
  readonly after?: number | undefined;
  readonly start?: ((settings: ThreadSettings) => Worker) | undefined;
}

/** Log files that are checked in the time that a thread takes to start; and bytes that take as long as a small file does. */
const WORTH_A_THREAD = 256;
const WORTH_A_FILE = 64 * 1024;

/** A number that waits for a thread's answer: it gets the answer, or undefined where the thread was lost. */
interface Owed {
  readonly count: number;
  readonly take: (answer: Outcome | Hashed | undefined) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly owed: Map<number, Owed>;
  readonly accesses: Map<string, Access>;
  files: number;
  width: number;
  isLost: boolean;
}

/**
 * Opens a checker; undefined where there are no threads. Threads start when enough was asked for, and end when it is closed.
 * The tasks of a lost thread are rejected; the others go on.
 */
export function openChecker(options: CheckerOptions): OpenChecker | undefined {
  const requests = requestsOf(options.concurrency) ?? WIDEST_WINDOW;
  return options.threads < 1 ? undefined : new CheckThreads(options, requests);
}

class CheckThreads implements OpenChecker {
  readonly requests: number;
  readonly #options: CheckerOptions;
  readonly #here: OpenChecker;
  #threads: Thread[] | undefined;
  #asked = 0;
  #next = 0;
  #isClosed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(options: CheckerOptions, requests: number) {
    this.requests = requests;
    this.#options = options;
    const fixed = options.concurrency !== undefined;
    this.#here = checkerHere({ requests, fixed, bytes: BYTES_HELD });
  }

  hasRoom(paced: boolean): boolean {
    if (this.#isHere) return this.#here.hasRoom(paced);
    // Never more at once than both may have together.
    if (!this.#here.isIdle()) return false;
    return this.#isLost || this.#freest(paced) !== undefined;
  }

  onRoom(wake: () => void): void {
    // Both may be at work while the threads take over.
    if (this.#isHere || !this.#here.isIdle()) this.#here.onRoom(wake);
    else if (this.#isLost || this.#isClosed) setImmediate(wake);
    else this.#waiting.push(wake);
  }

  isIdle(): boolean {
    if (this.#isHere || this.#threads === undefined) return this.#here.isIdle();
    return this.#threads.some(({ files, isLost }) => files === 0 && !isLost);
  }

  check(batch: Omit<Batch, 'number'>, access: Access): Promise<Outcome> {
    if (this.#isClosed) return Promise.reject(new Error('the check of log files has ended'));
    if (this.#isHere) {
      this.#asked += batch.count;
      return this.#here.check(batch, access).then((outcome) => {
        this.#asked += outcome.read / WORTH_A_FILE;
        return outcome;
      });
    }
    const thread = this.#freest(batch.paced);
    if (thread === undefined) return Promise.reject(new Error('there is no thread left'));
    if (thread.accesses.get(batch.bucket) !== access) {
      thread.accesses.set(batch.bucket, access);
      send(thread, { bucket: batch.bucket, access });
    }
    const number = this.#next;
    return new Promise((resolve, reject) => {
      const take = (outcome: Outcome | Hashed | undefined): void => {
        if (outcome !== undefined && 'batch' in outcome) resolve(outcome);
        else reject(new ThreadLost());
      };
      this.#owe(thread, { count: batch.count, take });
      send(thread, { batch: { ...batch, number } });
    });
  }

  async hash(file: Uint8Array, handOver: boolean, signal?: AbortSignal): Promise<HashedFile> {
    if (signal?.aborted === true) throw interrupted();
    if (this.#isHere) {
      this.#asked += 1 + file.length / WORTH_A_FILE;
      return this.#here.hash(file, handOver, signal);
    }
    const thread = this.#leastBusy();
    if (thread === undefined) return this.#here.hash(file, handOver, signal);
    const number = this.#next;
    const isEmpty = file.length === 0;
    const hashed = await new Promise<HashedFile | undefined>((resolve) => {
      const take = (answer: Outcome | Hashed | undefined): void =>
        resolve(answer !== undefined && 'hash' in answer ? answer.hashed : undefined);
      this.#owe(thread, { count: 1, take });
      send(thread, { hash: number, file }, handOver ? ownBuffer(file) : []);
    });
    if (hashed !== undefined) return hashed;
    if (signal?.aborted) throw interrupted();
    // Whether the thread or the machine failed, the thread that asks is the last to try.
    if (file.length === 0 && !isEmpty) throw new ThreadLost();
    return this.#here.hash(file, handOver, signal);
  }

  stop(): void {
    this.#here.stop();
    for (const thread of this.#threads ?? []) if (!thread.isLost) send(thread, { stop: true });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wakeAll();
    await this.#here.close();
    await Promise.all((this.#threads ?? []).map(({ worker }) => endWorker(worker)));
  }

  /** A small run starts no thread. */
  get #isHere(): boolean {
    return this.#threads === undefined && this.#asked < (this.#options.after ?? WORTH_A_THREAD);
  }

  get #isLost(): boolean {
    return this.#threads?.every(({ isLost }) => isLost) === true;
  }

  /** The living thread with the fewest files that has room for more; starts them all where none was asked before. */
  #freest(paced: boolean): Thread | undefined {
    return this.#leastBusy(({ files, width }) => hasCredit(files, width, paced));
  }

  #leastBusy(isFit: (thread: Thread) => boolean = (): boolean => true): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads ?? this.#startAll()) {
      if (thread.isLost || !isFit(thread)) continue;
      if (best === undefined || thread.files < best.files) best = thread;
    }
    return best;
  }

  /** Takes note that the next number is with a thread. A thread at work keeps the process, an idle one does not. */
  #owe(thread: Thread, owed: Owed): void {
    thread.owed.set(this.#next, owed);
    this.#next += 1;
    thread.files += owed.count;
    thread.worker.ref();
  }

  #startAll(): Thread[] {
    const { native = true, concurrency, start } = this.#options;
    // One that may ask for nothing still hashes.
    const count = Math.min(this.#options.threads, Math.max(1, this.requests));
    const bytes = Math.floor(BYTES_HELD / count);
    const threads = Array.from({ length: count }, (_, at): Thread => {
      // Divided without a rest, and never more than there are.
      const requests = Math.floor(this.requests / count) + (at < this.requests % count ? 1 : 0);
      const fixed = concurrency !== undefined;
      const most = nativeContent(count);
      const settings: ThreadSettings = { native, nativeContent: most, requests, fixed, bytes };
      const worker = start?.(settings) ?? startCheckThread(settings);
      const width = firstWidth({ requests, fixed });
      return { worker, owed: new Map(), accesses: new Map(), files: 0, width, isLost: false };
    });
    for (const thread of threads) {
      const { worker } = thread;
      worker.on('message', (answer: Outcome | Hashed) => this.#take(thread, answer));
      for (const end of ['error', 'exit', 'messageerror'] as const) worker.on(end, () => this.#lose(thread));
      worker.unref();
    }
    this.#threads = threads;
    return threads;
  }

  #take(thread: Thread, answer: Outcome | Hashed): void {
    const number = 'batch' in answer ? answer.batch : answer.hash;
    const owed = thread.owed.get(number);
    if (owed === undefined) return;
    thread.owed.delete(number);
    thread.files -= owed.count;
    if ('batch' in answer && answer.width > 0) thread.width = answer.width;
    if (thread.files === 0) thread.worker.unref();
    owed.take(answer);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #lose(thread: Thread): void {
    if (thread.isLost) return;
    thread.isLost = true;
    const lost = [...thread.owed.values()];
    thread.owed.clear();
    thread.files = 0;
    for (const { take } of lost) take(undefined);
    this.#wakeAll();
    void endWorker(thread.worker);
  }
}

function send({ worker }: Thread, message: ToThread, give: ArrayBuffer[] = []): void {
  worker.postMessage(message, give);
}

/** Memory for new objects, in MB: hardly anything of a file outlives it, so a small one is as good as the usual 48 for each thread. */
const YOUNG = 8;

/** A thread that checks batches. */
export function startCheckThread(settings: ThreadSettings): Worker {
  return untilEnded(
    startWorker('check-worker', settings, import.meta.url, { maxYoungGenerationSizeMb: YOUNG }),
  );
}
