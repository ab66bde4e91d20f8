/** A thread that hashes what it is sent: batches come as messages, answers go back under the number of their batch. */
import { parentPort } from 'node:worker_threads';
import { readBuffer } from '../source/object-file.ts';
import { hashBatch } from './hash-batch.ts';
import type { HashAnswer, HashTask } from './lane.ts';

/** A batch as it is sent. */
export interface BatchMessage {
  readonly batch: number;
  readonly tasks: readonly HashTask[];
}

/** What comes back: 'ready' once, then the answers of batches. */
export type WorkerMessage = 'ready' | { readonly batch: number; readonly answers: readonly HashAnswer[] };

const buffer = readBuffer();
// One after the other, for they share the buffer.
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', ({ batch, tasks }: BatchMessage) => {
  last = last.then(async () => {
    const message: WorkerMessage = { batch, answers: await hashBatch(tasks, buffer) };
    parentPort?.postMessage(message);
  });
});
parentPort?.postMessage('ready' satisfies WorkerMessage);
