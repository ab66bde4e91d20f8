import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { endWorker, endWorkers, untilEnded } from '../../src/hashing/end-worker.ts';

const MODULE = fileURLToPath(new URL('../../src/hashing/end-worker.ts', import.meta.url));
/** Inflates all the time, and hears messages in between, as the threads of a run do where there is no native code. */
const INFLATING = `
  const { parentPort } = require('node:worker_threads');
  const { deflateRawSync, inflateRawSync } = require('node:zlib');
  const file = deflateRawSync(Buffer.alloc(50));
  parentPort.on('message', (message) => { if ('end' in message) process.exit(0); });
  (function turn() {
    for (let count = 0; count < 200; count += 1) inflateRawSync(file);
    setImmediate(turn);
  })();
  parentPort.postMessage('on');`;

/** Runs a program that ends threads again and again while they inflate, by the way given; returns its exit code, or its signal. */
function ending(way: string, rounds: number): number | string | null {
  const program = `
    import { Worker } from 'node:worker_threads';
    import { endWorker } from ${JSON.stringify(MODULE)};
    const one = () => new Promise((resolve) => {
      const worker = new Worker(${JSON.stringify(INFLATING)}, { eval: true, execArgv: [] });
      worker.once('message', () => setTimeout(() => ${way}.then(resolve), Math.random() * 3));
    });
    for (let round = 0; round < ${rounds}; round += 1) await Promise.all([one(), one()]);
    process.exit(7);`;
  const { status, signal } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { stdio: 'ignore' },
  );
  return signal ?? status;
}

test('threads at work are ended, and the process goes on', () => {
  expect(ending('endWorker(worker)', 100)).toBe(7);
}, 60_000);

test('one that hears nothing is ended all the same, and one that has ended is left alone', async () => {
  const deaf = new Worker('require("node:worker_threads").parentPort.postMessage("on"); for (;;);', {
    eval: true,
  });
  await new Promise((resolve) => deaf.once('message', resolve));
  await endWorker(deaf, 50);
  expect(deaf.threadId).toBe(-1);
  await endWorker(deaf);
});

test('all of a process are ended together', async () => {
  const threads = [1, 2].map(() => untilEnded(new Worker(INFLATING, { eval: true })));
  await endWorkers(30_000);
  expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  await endWorkers(0);
});
