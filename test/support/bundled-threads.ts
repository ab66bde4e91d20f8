/** Threads whose programs were bundled before all tests. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { inject } from 'vitest';
import type { ThreadSettings } from '../../src/checking/contract.ts';
import { startWorker } from '../../src/hashing/start-worker.ts';
import type { WalkerSettings } from '../../src/walking/contract.ts';

const BESIDE = pathToFileURL(join(inject('threads'), 'tests.js')).href;
/** As the program's own threads have it, in MB. */
const MEMORY = { maxYoungGenerationSizeMb: 8 };

/** A thread that walks chains. */
export function startWalkThread(settings: WalkerSettings): Worker {
  return startWorker('walk-worker', settings, BESIDE, MEMORY);
}

/** A thread that checks batches. */
export function startCheckThread(settings: ThreadSettings): Worker {
  return startWorker('check-worker', settings, BESIDE, MEMORY);
}
