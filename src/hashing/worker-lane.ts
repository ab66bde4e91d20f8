import type { Worker } from 'node:worker_threads';
import { ThreadLost } from '../crypto/hasher.ts';
import { TrailVerifyError } from '../errors.ts';
import type { BatchMessage, WorkerMessage } from './hash-worker.ts';
import { type HashAnswer, type HashTask, isObjectFile, type Lane } from './lane.ts';
import { startWorker } from './start-worker.ts';

interface Outstanding {
  readonly resolve: (answers: readonly HashAnswer[]) => void;
  readonly reject: (error: Error) => void;
}

/** A thread of this process. One that ends takes its batches with it; the next batch starts another. */
export class WorkerLane implements Lane {
  readonly depth = 2;
  readonly #outstanding = new Map<number, Outstanding>();
  #worker: Worker | undefined;
  readonly #startThread: () => Worker;
  #isReady = false;
  #next = 0;
  #refusal: TrailVerifyError | undefined;

  /** `start` starts a thread; it begins with the first batch. */
  constructor(start: () => Worker = startWorker) {
    this.#startThread = start;
  }

  /** Sends the batch to the thread. Rejects also with CONFIGURATION where no thread can be started. */
  run(batch: readonly HashTask[]): Promise<readonly HashAnswer[]> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    // A thread at work keeps the process, an idle one does not.
    worker.ref();
    const number = this.#next++;
    const message: BatchMessage = { batch: number, tasks: batch };
    return new Promise((resolve, reject) => {
      this.#outstanding.set(number, { resolve, reject });
      worker.postMessage(message, batch.flatMap(buffersOf));
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = this.#startThread();
    this.#isReady = false;
    worker.on('message', (message: WorkerMessage) => {
      if (message === 'ready') this.#isReady = true;
      else this.#answer(worker, message.batch, message.answers);
    });
    worker.on('error', (error: unknown) =>
      this.#lose(worker, error instanceof Error ? error.message : String(error)),
    );
    worker.on('exit', (code) => this.#lose(worker, `it ended with code ${code}`));
    return worker;
  }

  #answer(worker: Worker, batch: number, answers: readonly HashAnswer[]): void {
    this.#outstanding.get(batch)?.resolve(answers);
    this.#outstanding.delete(batch);
    if (this.#outstanding.size === 0) worker.unref();
  }

  #lose(worker: Worker, reason: string): void {
    // Of an error and the exit that follows, the first counts; a worker that was closed may have work as well.
    if (this.#worker === worker) this.#worker = undefined;
    else if (this.#worker !== undefined) return;
    const lost = [...this.#outstanding.values()];
    this.#outstanding.clear();
    // What never came up will not come up the next time: nothing more is sent to it.
    if (!this.#isReady && lost.length > 0) this.#refusal = cannotStart(reason);
    for (const { reject } of lost) reject(this.#refusal ?? new ThreadLost(reason));
  }
}

function cannotStart(reason: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `no thread for hashing could be started: ${reason}`, {
    hint: 'hash on one thread with --workers 0',
  });
}

/** What may leave this thread: whole buffers that nobody else holds, never a part of one. */
function buffersOf({ file, handOver }: HashTask): ArrayBuffer[] {
  if (!handOver || isObjectFile(file)) return [];
  const { buffer, byteLength } = file;
  return buffer instanceof ArrayBuffer && byteLength > 0 && buffer.byteLength === byteLength ? [buffer] : [];
}
