/** A thread that checks batches: it reads files in their place, or over connections of its own. It also hashes the files that it is given. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadNativeNow, nativeHasher, plainHasher } from '../hashing/local-hasher.ts';
import { ObjectReaders } from '../source/open-readers.ts';
import { checkBatch, LOG_BOUNDS } from './check-here.ts';
import { type Hashed, type Outcome, ownBuffer, type ThreadSettings, type ToThread } from './contract.ts';

// Written by this program's own thread.
const { native, nativeContent, ...share } = workerData as ThreadSettings;
const addon = native ? loadNativeNow() : undefined;
const hasher = addon === undefined ? plainHasher(LOG_BOUNDS) : nativeHasher(addon, LOG_BOUNDS, nativeContent);
const readers = new ObjectReaders({ ...share, maxBytes: LOG_BOUNDS.maxBytes });
parentPort?.on('message', (message: ToThread) => {
  if ('access' in message) readers.renew(message.bucket, message.access);
  else if ('hash' in message) {
    const { hash, file } = message;
    hasher.add(file, (hashed) => parentPort?.postMessage({ hash, hashed } satisfies Hashed));
  } else if ('stop' in message) {
    readers.stop();
    hasher.stop();
  } else if ('end' in message) process.exit(0);
  else {
    const { batch } = message;
    checkBatch(batch, readers.of(batch.bucket), hasher, (outcome) => {
      const whole: Outcome = { ...outcome, width: readers.width };
      // Each has a memory of its own.
      const given = (outcome.stored ?? []).flatMap((one) => (one === undefined ? [] : ownBuffer(one.bytes)));
      parentPort?.postMessage(whole, given);
    });
  }
});
