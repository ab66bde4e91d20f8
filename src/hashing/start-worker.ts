import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Starts a thread with `hash-worker`, which lies beside this file. */
export function startWorker(): Worker {
  const extension = extname(import.meta.url);
  const program = new URL(`./hash-worker${extension}`, import.meta.url);
  if (extension !== '.ts') return new Worker(program);
  // From the sources, as in tests: threads do not take over what runs TypeScript in the main thread.
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${program.href}'); })`;
  return new Worker(load, { eval: true });
}
