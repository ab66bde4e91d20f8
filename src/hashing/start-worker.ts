import { extname } from 'node:path';
import { type ResourceLimits, Worker } from 'node:worker_threads';

/**
 * Starts a thread with a program that is next to the module `companions` (its URL): in the bundle of the command all of them
 * are in one folder. The thread finds `workerData` as its own, and has memory as `resourceLimits` say.
 */
export function startWorker(
  name: 'check-worker' | 'walk-worker',
  workerData?: unknown,
  companions: string = import.meta.url,
  resourceLimits: ResourceLimits = {},
): Worker {
  const extension = extname(companions);
  const program = new URL(`./${name}${extension}`, companions);
  if (extension !== '.ts') return new Worker(program, { workerData, resourceLimits });
  // From the sources, as in tests: threads do not take over what runs TypeScript in the main thread.
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${program.href}'); })`;
  return new Worker(load, { eval: true, workerData, resourceLimits });
}
