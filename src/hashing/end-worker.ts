import type { Worker } from 'node:worker_threads';

/**
 * The last message to a thread, which then ends itself. A thread that is ended from outside may be anywhere: between the making of
 * a zlib engine and its start, Node (20, 22 and 24 alike) ends the whole process with a failed assertion, "close before init".
 */
export const END_THREAD = { end: true } as const;

/** How long a thread has for that before it is ended all the same, in milliseconds: it may be in a loop, or deaf. */
const PATIENCE = 2000;

const living = new Set<Worker>();

/** Keeps a thread until it has ended, for `endWorkers`. Returns it. */
export function untilEnded(worker: Worker): Worker {
  living.add(worker);
  worker.once('exit', () => living.delete(worker));
  return worker;
}

/** Ends a thread between two of its messages, at the latest after `patience` milliseconds. Settles when it has ended. */
export async function endWorker(worker: Worker, patience: number = PATIENCE): Promise<void> {
  // As one that has ended has it.
  if (worker.threadId === -1) return;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
    timer = setTimeout(() => void worker.terminate().then(() => resolve()), patience);
  });
  worker.postMessage(END_THREAD);
  await ended;
  clearTimeout(timer);
}

/** Ends all threads of the process, for one that is about to exit. */
export async function endWorkers(patience: number): Promise<void> {
  await Promise.all([...living].map((worker) => endWorker(worker, patience)));
}
