/** A thread that walks chains of a copy. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadNativeOpen } from '../hashing/native-addon.ts';
import type { ToWalker, WalkerSettings } from './contract.ts';
import { ThreadWalks } from './thread-walks.ts';

// Written by this program's own thread.
const { native } = workerData as WalkerSettings;
const addon = native ? loadNativeOpen() : undefined;
const walks = new ThreadWalks((message, buffers = []) => parentPort?.postMessage(message, buffers), addon);
parentPort?.on('message', (message: ToWalker) => walks.take(message));
