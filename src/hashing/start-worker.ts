import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Starts a thread with a program that lies beside this file. */
export function startWorker(name: 'hash-worker' | 'digest-worker' = 'hash-worker'): Worker {
  const extension = extname(import.meta.url);
  const program = new URL(`./${name}${extension}`, import.meta.url);
  if (extension !== '.ts') return new Worker(program);
  // From the sources, as in tests: threads do not take over what runs TypeScript in the main thread.
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${program.href}'); })`;
  return new Worker(load, { eval: true });
}
