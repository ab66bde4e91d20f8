/** A thread that walks chains: it reads digests in their place, or over connections of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { END_THREAD } from '../hashing/end-worker.ts';
import { loadNativeOpen } from '../hashing/local-hasher.ts';
import type { ToWalker, WalkerSettings } from './contract.ts';
import { BucketDigests } from './read-digests.ts';
import { ThreadWalks } from './thread-walks.ts';

// Written by this program's own thread.
const { native, ...share } = workerData as WalkerSettings;
const addon = native ? loadNativeOpen() : undefined;
const walks = new ThreadWalks(
  (message, buffers = []) => parentPort?.postMessage(message, buffers),
  new BucketDigests(share),
  addon,
);
parentPort?.on('message', (message: ToWalker | typeof END_THREAD) => {
  if ('end' in message) process.exit(0);
  walks.take(message);
});
