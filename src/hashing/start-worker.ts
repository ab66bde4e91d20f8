import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Where the programs of threads lie, from here. */
const PROGRAMS = {
  'hash-worker': './hash-worker',
  'digest-worker': './digest-worker',
  'check-worker': '../checking/check-worker',
} as const;

/** Starts a thread with one of the programs; it finds `workerData` as its own. */
export function startWorker(name: keyof typeof PROGRAMS = 'hash-worker', workerData?: unknown): Worker {
  const extension = extname(import.meta.url);
  const program = new URL(PROGRAMS[name] + extension, import.meta.url);
  if (extension !== '.ts') return new Worker(program, { workerData });
  // From the sources, as in tests: threads do not take over what runs TypeScript in the main thread.
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${program.href}'); })`;
  return new Worker(load, { eval: true, workerData });
}
