/** A thread that walks chains of a copy. */
import { parentPort } from 'node:worker_threads';
import type { ToWalker } from './contract.ts';
import { ThreadWalks } from './thread-walks.ts';

const walks = new ThreadWalks((message, buffers = []) => parentPort?.postMessage(message, buffers));
parentPort?.on('message', (message: ToWalker) => walks.take(message));
