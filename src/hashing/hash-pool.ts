import type { HashedFile } from '../crypto/hash-gzip.ts';
import type { HashedObject, Hasher, HashOptions } from '../crypto/hasher.ts';
import { TrailVerifyError } from '../errors.ts';
import type { ObjectFile } from '../source/source.ts';
import { type HashAnswer, type HashTask, isObjectFile, type Lane } from './lane.ts';

/** A batch is worth its message from some 256 KB; more files than these make it no better. */
const BATCH_BYTES = 256 * 1024;
const BATCH_FILES = 64;
/** As many as the native path hashes side by side: what is left over of a batch would be hashed at the price of one by one. */
const SIDE_BY_SIDE = 8;
/** Less than this waits while a thread is at work anyway, for it costs less to hash than to hand over. */
const LEAST_BYTES = 32 * 1024;
/** Bytes that wait for a thread or are at work; more are not asked for. */
const MOST_HELD = 64 * 1024 * 1024;
/** What a file is taken to have until the first are known. */
const FIRST_GUESS = 32 * 1024;
/** Bounds the size of files that are handed over as bytes: none, for they are held already. */
const UNBOUNDED = 2 ** 40;

interface Waiting {
  readonly task: HashTask;
  readonly alone: boolean;
  readonly resolve: (hashed: HashedObject | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Files on their way to lanes, in batches: few small messages cost more than the hashing of small files. */
export class HashPool implements Hasher {
  readonly ahead: number;
  readonly #lanes: readonly Lane[];
  readonly #busy: Map<Lane, number>;
  readonly #depth: number;
  readonly #signal: AbortSignal | undefined;
  readonly #interrupt = (): void => this.#refuseWaiting(interrupted());
  #queue: Waiting[] = [];
  #typicalSize = FIRST_GUESS;
  #held = 0;
  #isScheduled = false;
  #isClosed = false;
  readonly #wakeReaders: (() => void)[] = [];

  /** When `signal` aborts, what no thread has begun with is refused with INTERRUPTED, and all that comes later. */
  constructor(lanes: readonly Lane[], signal?: AbortSignal) {
    this.#lanes = lanes;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#interrupt, { once: true });
    this.#busy = new Map(lanes.map((lane) => [lane, 0]));
    this.#depth = lanes.reduce((sum, { depth }) => sum + depth, 0);
    this.ahead = this.#depth * BATCH_FILES;
  }

  async ready(): Promise<void> {
    while (this.#held > MOST_HELD && !this.#isClosed && this.#signal?.aborted !== true)
      await new Promise<void>((resolve) => this.#wakeReaders.push(resolve));
  }

  async hash(file: Uint8Array, { maxContent, alone, handOver }: HashOptions): Promise<HashedFile> {
    const size = file.byteLength;
    this.#held += size;
    try {
      const bounds = { maxBytes: UNBOUNDED, maxContent };
      const hashed = await this.#add({ file, bounds, handOver: handOver === true }, alone === true);
      if (hashed !== undefined) return hashed;
      throw new TrailVerifyError('INTERNAL', 'bytes that were read could not be hashed');
    } finally {
      this.#held -= size;
      if (this.#held <= MOST_HELD) for (const wake of this.#wakeReaders.splice(0)) wake();
    }
  }

  hashFile(
    file: ObjectFile,
    { maxBytes, maxContent, alone }: HashOptions & { readonly maxBytes: number },
  ): Promise<HashedObject | undefined> {
    return this.#add({ file, bounds: { maxBytes, maxContent }, handOver: false }, alone === true);
  }

  /** Ends its threads; what is still waiting is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // A signal may live longer than many hashers.
    this.#signal?.removeEventListener('abort', this.#interrupt);
    this.#refuseWaiting(closed());
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #refuseWaiting(why: TrailVerifyError): void {
    for (const { reject } of this.#queue.splice(0)) reject(why);
    for (const wake of this.#wakeReaders.splice(0)) wake();
  }

  #add(task: HashTask, alone: boolean): Promise<HashedObject | undefined> {
    if (this.#isClosed) return Promise.reject(closed());
    if (this.#signal?.aborted === true) return Promise.reject(interrupted());
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, alone, resolve, reject });
      this.#schedule();
    });
  }

  /** Sends what is waiting after everything that came with it has been added too. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#queue.length > 0 && !this.#isWorthWaiting()) {
      const lane = this.#freestLane();
      if (lane === undefined) return;
      this.#busy.set(lane, this.#runningIn(lane) + 1);
      void this.#run(lane, this.#takeBatch(lane));
    }
  }

  /** True while so little waits that more should come to it, and a batch is out whose end brings the next look. */
  #isWorthWaiting(): boolean {
    if (this.#queue.length >= BATCH_FILES || !this.#isAtWork()) return false;
    let bytes = 0;
    for (const { task, alone } of this.#queue) {
      bytes += isObjectFile(task.file) ? this.#typicalSize : task.file.byteLength;
      if (alone || bytes >= LEAST_BYTES) return false;
    }
    return true;
  }

  #isAtWork(): boolean {
    return this.#lanes.some((lane) => this.#runningIn(lane) > 0);
  }

  #freestLane(): Lane | undefined {
    const free = this.#lanes.filter((lane) => this.#runningIn(lane) < lane.depth);
    return free.sort((a, b) => this.#runningIn(a) - this.#runningIn(b))[0];
  }

  #runningIn(lane: Lane): number {
    return this.#busy.get(lane) ?? 0;
  }

  /** The next files of the same bounds: no more than a fair share of what waits, lest one thread have all the work at the end. */
  #takeBatch({ batchBytes = BATCH_BYTES }: Lane): readonly Waiting[] {
    const least = batchBytes > BATCH_BYTES ? SIDE_BY_SIDE : 1;
    const worthwhile = Math.ceil(LEAST_BYTES / this.#typicalSize);
    const share = Math.max(worthwhile, Math.ceil(this.#queue.length / this.#depth));
    const most = Math.min(BATCH_FILES, share, Math.max(least, Math.floor(BATCH_BYTES / this.#typicalSize)));
    const [first] = this.#queue;
    let count = 0;
    for (let bytes = 0; count < most; count += 1) {
      const waiting = this.#queue[count];
      if (waiting === undefined || first === undefined) break;
      if (count > 0 && (waiting.alone || first.alone || !isAlike(waiting.task, first.task))) break;
      bytes += isObjectFile(waiting.task.file) ? this.#typicalSize : waiting.task.file.byteLength;
      if (count > 0 && bytes > (count < least ? batchBytes : BATCH_BYTES)) break;
    }
    return this.#queue.splice(0, count > SIDE_BY_SIDE ? count - (count % SIDE_BY_SIDE) : count);
  }

  async #run(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await lane.run(batch.map(({ task }) => task));
      for (const [at, waiting] of batch.entries()) this.#settle(waiting, answers[at]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#busy.set(lane, this.#runningIn(lane) - 1);
      this.#send();
    }
  }

  #settle({ resolve, reject }: Waiting, answer: HashAnswer | undefined): void {
    if (answer === undefined || 'failure' in answer) {
      reject(new Error(answer?.failure ?? 'a thread for hashing gave no answer'));
      return;
    }
    if (answer.hashed !== undefined) {
      const { size } = answer.hashed;
      this.#typicalSize = Math.max(256, 0.9 * this.#typicalSize + 0.1 * size);
    }
    resolve(answer.hashed);
  }
}

function isAlike(a: HashTask, b: HashTask): boolean {
  return a.bounds.maxBytes === b.bounds.maxBytes && a.bounds.maxContent === b.bounds.maxContent;
}

function interrupted(): TrailVerifyError {
  return new TrailVerifyError('INTERRUPTED', 'the hashing of log files was interrupted');
}

function closed(): TrailVerifyError {
  return new TrailVerifyError('INTERNAL', 'the hashing of log files has ended');
}
