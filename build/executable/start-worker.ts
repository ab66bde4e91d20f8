/** Stands in for `src/hashing/start-worker.ts` in the single executable: programs of threads are texts in it, and no file is written. */
import { getAsset } from 'node:sea';
import { Worker } from 'node:worker_threads';

type Module = typeof import('../../src/hashing/start-worker.ts');

export const startWorker: Module['startWorker'] = (name, workerData, _companions, resourceLimits = {}) =>
  new Worker(getAsset(`${name}.js`, 'utf8'), { eval: true, workerData, resourceLimits });
