import type { Worker } from 'node:worker_threads';

/**
 * The last message to a thread, which then ends itself. A thread that is ended from outside may be anywhere: between the making of
 * a zlib engine and its start, Node (20, 22 and 24 alike) ends the whole process with a failed assertion, "close before init".
 */
export const END_THREAD = { end: true } as const;

/** How long a thread has for that before it is ended all the same, in milliseconds: it may be in a loop, or deaf. */
const PATIENCE = 2000;

const living = new Set<Worker>();
const processes = new Set<StartedProcess>();

/** A process that this one has started, as Node has it. */
interface StartedProcess {
  kill(signal: 'SIGKILL'): boolean;
  once(event: 'exit', listener: () => void): unknown;
}

/** Keeps a thread until it has ended, for `endWorkers`. Returns it. */
export function untilEnded(worker: Worker): Worker {
  living.add(worker);
  worker.once('exit', () => living.delete(worker));
  return worker;
}

/** Keeps a process until it has ended, for `endWorkers`, which does not wait for what it is at. Returns it. */
export function untilProcessEnded<Started extends StartedProcess>(process: Started): Started {
  processes.add(process);
  process.once('exit', () => processes.delete(process));
  return process;
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

/** Ends all threads of the process and those that it started, for one that is about to exit. */
export async function endWorkers(patience: number): Promise<void> {
  for (const process of processes) process.kill('SIGKILL');
  await Promise.all([...living].map((worker) => endWorker(worker, patience)));
}
